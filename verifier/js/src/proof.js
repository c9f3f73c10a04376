// That the journal held a token before a key was compromised, shown by a Merkle proof against the trust statement.

import { b64uDecode } from './bytes.js';
import { Malformed } from './errors.js';
import { isObject, parseJson } from './json.js';
import { leafHash, verifyInclusion } from './merkle.js';

/** Journal entries that issue an edition, and so list the digests of its tokens. */
export const ISSUING_KINDS = ['issued', 'renewed', 'rescoped', 'corrected', 'rekeyed', 'appealed'];
const MAX_PROOF = 262_144;
const MAX_ENTRY = 65_535;
const MAX_PATH = 64;

/**
 * The journal position of the entry that issued the token `digest`; null unless it is proven.
 *
 * `data` is `{"position", "entry", "path"}`. The tree is the one that the root-signed statement fixed when it declared
 * the key compromised, so nobody with the stolen key can add to it.
 */
export async function recordedPosition(data, digest, { size, root }) {
  if (data === null || size === null || root === null) return null;
  try {
    return await provenPosition(parseJson(data, { maxBytes: MAX_PROOF }), digest, size, root);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

async function provenPosition(value, digest, size, root) {
  if (!isObject(value)) return null;
  const { position, entry, path } = value;
  if (typeof position !== 'number' || typeof entry !== 'string' || !Array.isArray(path)) return null;
  if (path.length > MAX_PATH || !path.every((item) => typeof item === 'string')) return null;
  const leaf = b64uDecode(entry);
  if (!(await verifyInclusion(await leafHash(leaf), position, size, path.map(b64uDecode), root))) return null;
  const claims = parseJson(leaf, { maxBytes: MAX_ENTRY });
  const issues =
    isObject(claims) &&
    isObject(claims.tokens) &&
    ISSUING_KINDS.includes(claims.kind) &&
    Object.values(claims.tokens).includes(digest);
  return issues ? position : null;
}
