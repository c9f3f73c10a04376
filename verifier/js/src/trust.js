// Which keys of which issuer may sign what.
//
// The full form is the trust statement (`trust.json`): a general JWS that the issuer's root key signs, so that one
// pinned thumbprint is enough. JWK sets and did:web documents carry less (no purposes, no compromise, no version) and
// are trusted as whoever hands them over. Keys are found by issuer and `kid`, in memory, by exact comparison.

import { b64uDecode, toUtf8 } from './bytes.js';
import { Malformed, RollbackError, TrustError } from './errors.js';
import { baseUrlOf, didOf } from './identity.js';
import { parseGeneral, verifySignature } from './jose.js';
import { isObject, parseJson, sameJson } from './json.js';
import { MAX_KEYS, parseJwk, parseJwks } from './jwk.js';
import { LEEWAY, MAX_INSTANT } from './vocabulary.js';

const TRUST_TYP = 'lc-trust+jws';
const MAX_LIFETIME = 400 * 86_400_000;
const MAX_STATEMENT = 2_097_152;
const MAX_ROOTS = 8;
const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;
const PURPOSES = ['issuer', 'status', 'log'];
const STATES = ['staged', 'active', 'retired', 'compromised'];

/** The keys of one issuer. `keys` is a Map by `kid`; times are milliseconds, or null. */
export class Trust {
  constructor({ issuer, baseUrl, name, keys, ...more }) {
    this.issuer = issuer;
    this.baseUrl = baseUrl;
    this.name = name;
    this.keys = keys;
    /** 0 when there is no statement behind it. */
    this.version = more.version ?? 0;
    this.issuedAt = more.issuedAt ?? null;
    this.expiresAt = more.expiresAt ?? null;
    /** The keys that must sign the next statement. */
    this.roots = more.roots ?? [];
    /** Keys that were left out, and why. */
    this.problems = more.problems ?? [];
    this.content = more.content ?? null;
    this.byThumbprint = new Map([...keys.values()].map((entry) => [entry.key.thumbprint, entry]));
    Object.freeze(this);
  }

  /** The key of exactly this `kid`, undefined if there is none, whatever the `kid` looks like. */
  find(kid) {
    return this.keys.get(kid);
  }

  /** The key of a bare RFC 7638 thumbprint, which is all that the compact securing carries. */
  findThumbprint(thumbprint) {
    return this.byThumbprint.get(thumbprint);
  }

  /** Trust in exactly these public JWKs of `issuer`; TrustError when there are none, Malformed for an unusable one. */
  static async pinned(issuer, jwks, options = {}) {
    const keys = await Promise.all(jwks.map((jwk) => parseJwk(readAny(jwk))));
    return trustOf(issuer, keys.map((key) => [`${issuer}#${key.thumbprint}`, key]), [], options);
  }

  /** Trust in a JWK set (an object, or its bytes); unusable keys are left out, see `problems`. */
  static async fromJwks(issuer, jwks, options = {}) {
    const [entries, problems] = await parseJwks(readAny(jwks));
    return trustOf(issuer, entries, problems, options);
  }

  /** Trust in the assertion methods of a did:web document, which must be `issuer`'s when one is given. */
  static async fromDidDocument(document, { issuer, ...options } = {}) {
    const value = readAny(document);
    const did = isObject(value) ? value.id : undefined;
    if (typeof did !== 'string' || (issuer !== undefined && did !== issuer)) {
      throw new TrustError("the DID document is another subject's");
    }
    const { verificationMethod = [], assertionMethod: listed = [] } = value;
    if (
      !Array.isArray(verificationMethod) || !Array.isArray(listed) ||
      verificationMethod.length + listed.length > MAX_KEYS
    ) {
      throw new TrustError('the DID document has no list of methods');
    }
    const methods = [...verificationMethod, ...listed.filter(isObject)];
    const asserting = new Set(listed.map((item) => absolute(did, isObject(item) ? item.id : item)));
    const keys = methods
      .filter((method) => isObject(method) && method.controller === did)
      .filter((method) => method.type === 'JsonWebKey' || method.type === 'JsonWebKey2020')
      .filter((method) => asserting.has(absolute(did, method.id)))
      .map((method) => {
        const jwk = method.publicKeyJwk;
        return isObject(jwk) ? { __proto__: null, ...jwk, kid: absolute(did, method.id) } : jwk;
      });
    const [entries, problems] = await parseJwks({ keys });
    return trustOf(did, entries, problems, options);
  }
}

const readAny = (value) =>
  parseJson(value instanceof Uint8Array ? value : toUtf8(JSON.stringify(value)), { maxBytes: MAX_STATEMENT });

const absolute = (did, reference) =>
  typeof reference === 'string' && reference.startsWith('#') ? did + reference : reference;

function trustOf(issuer, entries, problems, { name = issuer, purposes = ['issuer', 'status'] }) {
  if (!entries.length) throw new TrustError(`there is no usable key of ${issuer}`);
  const keys = new Map(entries.map(([kid, key]) => [kid, trustedKey(kid, key, { purposes })]));
  return new Trust({ issuer, baseUrl: baseUrlOf(issuer), name, keys, problems });
}

/**
 * A key, what it may sign and whether it still may. Compromised with `since`: tokens proven in journal entries before
 * that position stand; proofs are made against the journal's `size` and `root` at the compromise.
 */
const trustedKey = (kid, key, more) =>
  Object.freeze({ kid, key, state: 'active', compromisedAt: null, since: null, size: null, root: null, ...more });

/**
 * The trust in a signed statement; throws TrustError, or RollbackError for one older than `previous`.
 *
 * `pin` is the thumbprint of the root to hold on to; null trusts the statement's own roots (at first sight only). With
 * `previous`, one of its roots must have signed too, which is how a root is replaced. `now` is in milliseconds.
 */
export async function readTrust(data, { pin = null, previous = null, now }) {
  let trust;
  let signers;
  try {
    const document = parseGeneral(data, { maxBytes: MAX_STATEMENT });
    const payload = parseJson(document.payload, { maxBytes: MAX_STATEMENT });
    if (!isObject(payload)) throw new Malformed('is not an object');
    trust = await readStatement(payload);
    signers = await signersOf(document, trust, previous);
  } catch (error) {
    throw error instanceof Malformed ? new TrustError(`the trust statement cannot be read: ${error.message}`) : error;
  }
  if (!signedBy(trust, signers)) throw new TrustError('the trust statement is not signed by its own root');
  if (pin !== null && !signers.has(pin)) throw new TrustError('the trust statement is not signed by the pinned root');
  if (previous !== null) checkSuccessor(trust, previous, signers);
  if (trust.issuedAt > now + LEEWAY) throw new TrustError('the trust statement comes from the future');
  if (now >= trust.expiresAt) throw new TrustError('the trust statement expired');
  return trust;
}

const signedBy = (trust, signers) => trust.roots.some((key) => signers.has(key.thumbprint));

function checkSuccessor(trust, previous, signers) {
  if (trust.issuer !== previous.issuer) throw new TrustError("the trust statement is another issuer's");
  if (trust.version < previous.version) {
    throw new RollbackError(`version ${trust.version} of the trust statement is older than ${previous.version}`);
  }
  if (previous.roots.length && !signedBy(previous, signers)) {
    throw new TrustError('the trust statement is not signed by a root of the one before it');
  }
  if (trust.version === previous.version && previous.content && !sameJson(trust.content, previous.content)) {
    throw new RollbackError(`there are two different trust statements of version ${trust.version}`);
  }
}

/** Thumbprints of the roots whose signature verifies. */
async function signersOf(document, trust, previous) {
  const known = new Map([...trust.roots, ...(previous?.roots ?? [])].map((key) => [key.thumbprint, key]));
  const signers = new Set();
  for (const signature of document.signatures) {
    const key = known.get(signature.header.kid) ?? (await carriedKey(signature.header));
    if (signature.header.typ === TRUST_TYP && key && (await verifySignature(signature, key))) {
      signers.add(key.thumbprint);
    }
  }
  return signers;
}

/**
 * A former root's key, carried by its signature for those who know its thumbprint only. It proves nothing by itself:
 * `kid` is the thumbprint of the key, and the caller compares that with its pin.
 */
async function carriedKey(header) {
  try {
    const key = await parseJwk(header.jwk);
    return key.thumbprint === header.kid ? key : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

async function readStatement(payload) {
  const { issuer, base_url: baseUrl, name, version, roots: rootJwks, keys: entries } = payload;
  if (![issuer, baseUrl, name].every((value) => typeof value === 'string')) {
    throw new Malformed('it does not name the issuer');
  }
  if (didOf(baseUrl) !== issuer) throw new Malformed("its base URL is not the issuer's");
  const [issuedAt, expiresAt] = [trustInstant(payload, 'iat'), trustInstant(payload, 'exp')];
  if (issuedAt === null || expiresAt === null || expiresAt <= issuedAt || expiresAt > issuedAt + MAX_LIFETIME) {
    throw new Malformed('it is not limited to 400 days');
  }
  if (typeof version !== 'number' || version < 1) throw new Malformed('its version is not a number from 1');
  if (!Array.isArray(rootJwks) || rootJwks.length < 1 || rootJwks.length > MAX_ROOTS) {
    throw new Malformed('it has no roots');
  }
  if (!Array.isArray(entries) || entries.length > MAX_KEYS) throw new Malformed('it has no keys');
  const roots = await Promise.all(rootJwks.map(parseJwk));
  const keys = new Map();
  const problems = [];
  const twice = new Set();
  for (const [index, item] of entries.entries()) {
    try {
      const entry = await readEntry(item, issuer);
      if (roots.some((root) => root.thumbprint === entry.key.thumbprint)) throw new Malformed('the key is a root');
      if (keys.has(entry.kid)) twice.add(entry.kid);
      keys.set(entry.kid, entry);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      problems.push(`keys[${index}]: ${error.message}`);
    }
  }
  for (const kid of twice) {
    problems.push(`${kid} appears twice`);
    keys.delete(kid);
  }
  const { iat, exp, ...content } = payload;
  return new Trust({ issuer, baseUrl, name, keys, version, issuedAt, expiresAt, roots, problems, content });
}

async function readEntry(item, issuer) {
  if (!isObject(item)) throw new Malformed('a key is an object');
  const key = await parseJwk(item.jwk);
  if (item.kid !== `${issuer}#${key.thumbprint}`) throw new Malformed('its kid is not the issuer and the thumbprint');
  if (!PURPOSES.includes(item.purpose) || !STATES.includes(item.state)) {
    throw new Malformed('its purpose or state is unknown');
  }
  if (item.purpose === 'log' && key.alg !== 'EdDSA') throw new Malformed('its purpose does not fit the key');
  trustInstant(item, 'promoted_at');
  trustInstant(item, 'retired_at');
  return trustedKey(item.kid, key, {
    purposes: [item.purpose],
    state: item.state,
    compromisedAt: trustInstant(item, 'compromised_at'),
    ...anchorOf(item),
  });
}

/** Half an anchor would let unproven tokens stand: the key is then compromised from the start. */
function anchorOf({ state, since, size, root }) {
  if (state !== 'compromised' || typeof since !== 'number' || typeof size !== 'number') return {};
  if (since < 0 || since > size || typeof root !== 'string' || !FINGERPRINT.test(root)) return {};
  return { since, size, root: b64uDecode(root) };
}

function trustInstant(item, name) {
  const value = item[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || value < 0 || value > MAX_INSTANT) {
    throw new Malformed(`${name} is not a time in seconds`);
  }
  return value * 1000;
}
