// Which public points are usable: on their curve, in their one encoding, and (Ed25519) not of small order.

import { Malformed } from './errors.js';

export const ED25519_P = 2n ** 255n - 19n;
const ED25519_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

export function modulo(value, prime) {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

export function power(base, exponent, prime) {
  let result = 1n;
  for (let b = modulo(base, prime), e = exponent; e > 0n; e >>= 1n, b = (b * b) % prime) {
    if (e & 1n) result = (result * b) % prime;
  }
  return result;
}

const inverse = (value, prime) => power(value, prime - 2n, prime);

/** Refuses a point that is not on the curve y^2 = x^3 - 3x + b, or whose coordinates are too large. */
export function checkWeierstrassPoint(x, y, { prime, b }) {
  if (x >= prime || y >= prime || modulo(y * y - (x * x * x - 3n * x + b), prime) !== 0n) {
    throw new Malformed('the key is not a point of its curve');
  }
}

/**
 * Refuses encodings that are not canonical, not on the curve, or of an order dividing 8 (RFC 8032 section 5.1.3).
 *
 * Under a small-order key one signature fits many messages, and not every library refuses such keys.
 */
export function checkEd25519Point(data) {
  const p = ED25519_P;
  let encoded = 0n;
  for (let i = data.length - 1; i >= 0; i -= 1) encoded = (encoded << 8n) | BigInt(data[i]);
  let y = encoded & ((1n << 255n) - 1n);
  if (y >= p) throw new Malformed('the key is not canonically encoded');
  const square = modulo((y * y - 1n) * inverse(ED25519_D * y * y + 1n, p), p);
  let x = power(square, (p + 3n) / 8n, p);
  if ((x * x) % p !== square) x = (x * power(2n, (p - 1n) / 4n, p)) % p;
  if ((x * x) % p !== square || (x === 0n && encoded >> 255n)) {
    throw new Malformed('the key is not a point of the curve');
  }
  for (let i = 0; i < 3; i += 1) { // 8P by affine doubling on -x^2 + y^2 = 1 + d x^2 y^2
    const product = modulo(ED25519_D * x * x * y * y, p);
    [x, y] = [
      modulo(2n * x * y * inverse(1n + product, p), p),
      modulo((y * y + x * x) * inverse(1n - product, p), p),
    ];
  }
  if (x === 0n && y === 1n) throw new Malformed('the key is a point of small order');
}
