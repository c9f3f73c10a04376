// Proofs of RFC 6962 Merkle trees (SHA-256).

import { concatBytes, equalBytes, sha256 } from './bytes.js';

export const leafHash = (entry) => sha256(concatBytes([0], entry));
const nodeHash = (left, right) => sha256(concatBytes([1], left, right));

/** Halves a position of any size below 2^53. */
const half = (value) => Math.floor(value / 2);

/** Whether `path` proves leaf hash `leaf` at `index` of a tree of `size` under `root` (RFC 9162 section 2.1.3.2). */
export async function verifyInclusion(leaf, index, size, path, root) {
  if (index < 0 || index >= size || path.some((item) => item.length !== 32)) return false;
  let [first, last, current] = [index, size - 1, leaf];
  for (const item of path) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      current = await nodeHash(item, current);
      while (first % 2 === 0 && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      current = await nodeHash(current, item);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && equalBytes(current, root);
}
