// Strict reading of public JWKs (RFC 7517, RFC 7518 section 6, RFC 8037) and their RFC 7638 thumbprints.
//
// Three kinds of key exist here: P-256 (ES256), P-384 (ES384) and Ed25519 (EdDSA). Everything else, and every key that
// is private, weak, ambiguous or meant for something else, is refused when it is loaded.

import { b64uDecode, b64uEncode, sha256, toBigInt, toUtf8 } from './bytes.js';
import { checkEd25519Point, checkWeierstrassPoint } from './curves.js';
import { Malformed, Unsupported } from './errors.js';
import { isObject } from './json.js';

export const MAX_KEYS = 1_000;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const KINDS = {
  'EC P-256': {
    alg: 'ES256',
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    load: { name: 'ECDSA', namedCurve: 'P-256' },
    check: { name: 'ECDSA', hash: 'SHA-256' },
  },
  'EC P-384': {
    alg: 'ES384',
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    prime: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    load: { name: 'ECDSA', namedCurve: 'P-384' },
    check: { name: 'ECDSA', hash: 'SHA-384' },
  },
  'OKP Ed25519': { alg: 'EdDSA', size: 32, load: { name: 'Ed25519' }, check: { name: 'Ed25519' } },
};

/** A public key that may verify. */
export class PublicKey {
  #kind;
  #loaded;

  constructor(thumbprint, members, kind) {
    this.thumbprint = thumbprint;
    this.alg = kind.alg;
    /** The required JWK members, in lexical order. */
    this.members = members;
    this.#kind = kind;
  }

  /** Whether `signature` (r || s, or Ed25519 octets) over `data` is this key's; Unsupported where that is unknown. */
  async verify(data, signature) {
    const { size, order, load, check } = this.#kind;
    if (signature.length !== 2 * size) return false;
    if (order !== undefined) {
      for (const half of [signature.subarray(0, size), signature.subarray(size)]) {
        const value = toBigInt(half);
        if (value === 0n || value >= order) return false;
      }
    }
    this.#loaded ??= crypto.subtle.importKey('jwk', { ...this.members, ext: true }, load, true, ['verify']);
    try {
      return await crypto.subtle.verify(check, await this.#loaded, signature, data);
    } catch (error) {
      this.#loaded = undefined;
      throw new Unsupported(`this platform cannot check ${this.alg} signatures: ${error?.name ?? error}`);
    }
  }

  /** The x coordinate, which for Ed25519 is the whole public key. */
  raw() {
    return b64uDecode(this.members.x);
  }
}

function coordinate(value, size, name) {
  let data = null;
  try {
    data = typeof value === 'string' && value.length === Math.ceil((size * 4) / 3) ? b64uDecode(value) : null;
  } catch {
    // refused below
  }
  if (data?.length !== size) throw new Malformed(`the key's ${name} is not ${size} bytes in canonical base64url`);
  return data;
}

/** RFC 7638 SHA-256 thumbprint, base64url, of the required members. */
export async function thumbprintOf(members) {
  const parts = Object.keys(members).sort().map((name) => `"${name}":"${members[name]}"`);
  return b64uEncode(await sha256(toUtf8(`{${parts.join(',')}}`)));
}

/** The public key of a strictly read JWK; throws Malformed for anything that must not verify signatures. */
export async function parseJwk(value) {
  if (!isObject(value)) throw new Malformed('a key is an object');
  const jwk = { __proto__: null, ...value };
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) throw new Malformed('the key has private members');
  const { kty, crv } = jwk;
  const name = typeof kty === 'string' && typeof crv === 'string' ? `${kty} ${crv}` : '';
  if (!Object.hasOwn(KINDS, name)) throw new Malformed('the key is not P-256, P-384 or Ed25519');
  const kind = KINDS[name];
  if ('alg' in jwk && jwk.alg !== kind.alg) throw new Malformed(`the key's alg is not ${kind.alg}`);
  if ('use' in jwk && jwk.use !== 'sig') throw new Malformed('the key is not for signatures');
  const ops = jwk.key_ops;
  if ('key_ops' in jwk && !(Array.isArray(ops) && ops.length === 1 && ops[0] === 'verify')) {
    throw new Malformed("the key's key_ops are not [verify]");
  }
  const x = coordinate(jwk.x, kind.size, 'x');
  const members = { crv, kty, x: jwk.x };
  if (kind.order !== undefined) {
    checkWeierstrassPoint(toBigInt(x), toBigInt(coordinate(jwk.y, kind.size, 'y')), kind);
    members.y = jwk.y;
  } else {
    if ('y' in jwk) throw new Malformed('an Ed25519 key has no y');
    checkEd25519Point(x);
  }
  return new PublicKey(await thumbprintOf(members), Object.freeze(members), kind);
}

/**
 * The usable keys of a JWK Set as `[kid, key]`, and what is wrong with the others; Malformed only if it is no set.
 *
 * A `kid` that appears twice names no key: all its keys are left out.
 */
export async function parseJwks(value) {
  const keys = isObject(value) ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) {
    throw new Malformed(`a key set has an array of at most ${MAX_KEYS} keys`);
  }
  const entries = [];
  const problems = [];
  const seen = new Map();
  for (const [index, item] of keys.entries()) {
    const kid = isObject(item) ? item.kid : undefined;
    if (typeof kid === 'string') seen.set(kid, (seen.get(kid) ?? 0) + 1);
    try {
      const key = await parseJwk(item);
      if (typeof kid !== 'string' || kid.length < 1 || [...kid].length > 512) throw new Malformed('the key has no kid');
      entries.push([kid, key]);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      problems.push(`keys[${index}]: ${error.message}`);
    }
  }
  for (const [kid, count] of seen) {
    if (count > 1) problems.push(`the kid ${JSON.stringify(kid)} appears ${count} times`);
  }
  return [entries.filter(([kid]) => seen.get(kid) === 1), problems];
}
