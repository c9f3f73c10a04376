// The credential in a baked PNG (Open Badges 3.0 section 5.3) is found by walking chunks.
//
// An image is hostile until its token verifies, and two readers must never find two different tokens in it. So anything
// odd is refused: a second credential, a damaged chunk, data after the end. No pixel is decoded, nothing decompressed.

import { equalBytes, fromAscii } from './bytes.js';
import { Malformed } from './errors.js';
import { crc32 } from './inflate.js';

const PNG_MAGIC = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const KEYWORD = 'openbadgecredential';
const MAX_CHUNKS = 10_000;
const MAX_SIDE = 32_767;
const TEXT_CHUNKS = ['tEXt', 'zTXt', 'iTXt'];

export const isPng = (data) => equalBytes(data.subarray(0, 8), PNG_MAGIC);

/** The token in a PNG, unjudged; throws Malformed. */
export function tokenInPng(data) {
  const found = [];
  for (const [kind, body] of pngChunks(data)) {
    if (TEXT_CHUNKS.includes(kind) && keywordOf(body).toLowerCase() === KEYWORD) found.push(chunkText(kind, body));
  }
  if (!found.length) throw new Malformed('the PNG holds no credential: it may have been re-saved, which drops it');
  if (found.length > 1) throw new Malformed('the PNG holds several credentials');
  return fromAscii(found[0]);
}

function keywordOf(body) {
  const end = body.indexOf(0);
  return fromAscii(end < 0 ? body : body.subarray(0, end));
}

/** The text of a credential chunk: iTXt, not compressed (PNG section 11.3.3.4). */
function chunkText(kind, body) {
  const rest = body.subarray(KEYWORD.length + 1);
  if (kind !== 'iTXt' || keywordOf(body) !== KEYWORD) {
    throw new Malformed("the PNG's credential is not in an iTXt chunk");
  }
  if (rest[0] !== 0 || rest[1] !== 0) throw new Malformed("the PNG's credential is compressed");
  const language = rest.indexOf(0, 2);
  const keyword = language < 0 ? -1 : rest.indexOf(0, language + 1);
  if (keyword < 0 || rest.includes(0, keyword + 1)) throw new Malformed("the PNG's credential chunk is malformed");
  return rest.subarray(keyword + 1);
}

/** Every chunk of a whole PNG: IHDR first, some IDAT, IEND last and nothing after it, every CRC right. */
function* pngChunks(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let [offset, count, pixels, kind, length] = [PNG_MAGIC.length, 0, false, '', 0];
  do {
    if (offset + 12 > data.length) throw new Malformed('the PNG is truncated');
    length = view.getUint32(offset);
    const end = offset + 12 + length;
    if (end > data.length) throw new Malformed('a PNG chunk is longer than the file');
    kind = fromAscii(data.subarray(offset + 4, offset + 8));
    if (!/^[A-Za-z]{4}$/.test(kind)) throw new Malformed('a PNG chunk has no type');
    if (crc32(data.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new Malformed('a PNG chunk has a wrong checksum');
    }
    if ((count === 0) !== (kind === 'IHDR')) throw new Malformed('a PNG begins with its one header');
    const body = data.subarray(offset + 8, end - 4);
    if (kind === 'IHDR') checkHeader(body, view, offset + 8);
    pixels ||= kind === 'IDAT';
    yield [kind, body];
    [offset, count] = [end, count + 1];
    if (count > MAX_CHUNKS) throw new Malformed('the PNG has too many chunks');
  } while (kind !== 'IEND');
  if (offset !== data.length || length) throw new Malformed('data follows the end of the PNG');
  if (!pixels) throw new Malformed('the PNG has no picture');
}

function checkHeader(body, view, offset) {
  const fits = (side) => side > 0 && side <= MAX_SIDE;
  if (body.length !== 13 || !fits(view.getUint32(offset)) || !fits(view.getUint32(offset + 4))) {
    throw new Malformed('the PNG declares an impossible size');
  }
}
