// RFC 6962 Merkle trees (SHA-256): roots and proofs of inclusion.

import { concatBytes, equalBytes, sha256 } from './bytes.js';

export const leafHash = (entry) => sha256(concatBytes([0], entry));
const nodeHash = (left, right) => sha256(concatBytes([1], left, right));

/** Halves a position of any size below 2^53. */
const half = (value) => Math.floor(value / 2);

/**
 * The root over subtrees from left to right, each `[root, leaves]` with a power of two of leaves, none larger than the
 * one before it.
 */
export async function rootOver(subtrees) {
  const stack = [];
  for (const [root, leaves] of subtrees) {
    let [current, size] = [root, leaves];
    while (stack.length && stack.at(-1)[1] === size) {
      current = await nodeHash(stack.pop()[0], current);
      size *= 2;
    }
    stack.push([current, size]);
  }
  if (!stack.length) return sha256(new Uint8Array(0));
  let root = stack.pop()[0];
  while (stack.length) root = await nodeHash(stack.pop()[0], root);
  return root;
}

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
