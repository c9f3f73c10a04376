// The one token baked into a PNG or SVG.

import { isAscii } from './bytes.js';
import { Malformed } from './errors.js';
import { MAX_TOKEN } from './jose.js';
import { isPng, tokenInPng } from './png.js';
import { tokenInSvg } from './svg.js';

const MAX_BADGE_BYTES = 8 * 1024 * 1024;

/** The token in an image, unjudged. Malformed for anything else, and for an odd image. */
export function extractToken(data) {
  if (data.length > MAX_BADGE_BYTES) throw new Malformed('the image is over 8 MiB');
  const token = isPng(data) ? tokenInPng(data) : tokenInSvg(data);
  if (token === '') throw new Malformed('the image holds an empty credential');
  if (token.length > MAX_TOKEN) throw new Malformed('the credential in the image is over 64 KiB');
  if (!isAscii(token)) throw new Malformed('the credential in the image is not a token');
  return token;
}
