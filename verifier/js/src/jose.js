// Strict reading of JWS: one token has one spelling, and hostile input is refused before it costs anything.
//
// RFC 7515 compact and general JSON serialisations, RFC 8725 rules. Reading proves nothing: only `verifySignature`
// with a trusted key does, and the algorithm is the key's, never the header's.

import { b64uDecode, isAscii, sha256, toHex, toUtf8 } from './bytes.js';
import { Malformed } from './errors.js';
import { isObject, memberOf, parseJson } from './json.js';

/** Characters of a compact token. */
export const MAX_TOKEN = 65_536;
const MAX_HEADER = 4_096;
const MAX_SIGNATURES = 16;
const FORBIDDEN_HEADERS = ['crit', 'b64', 'zip', 'enc'];

function within(what, read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Malformed ? new Malformed(`${what} ${error.message}`) : error;
  }
}

function readHeader(segment) {
  if (segment.length > MAX_HEADER) throw new Malformed('the header is too long');
  const header = within('the header', () => parseJson(b64uDecode(segment), { maxBytes: MAX_HEADER }));
  if (!isObject(header)) throw new Malformed('the header is not an object');
  for (const name of FORBIDDEN_HEADERS) {
    if (name in header) throw new Malformed(`the header has ${name}`);
  }
  if (typeof header.alg !== 'string') throw new Malformed('the header names no algorithm');
  for (const name of ['kid', 'typ', 'cty']) {
    if (name in header && typeof header[name] !== 'string') throw new Malformed(`the header's ${name} is not a string`);
  }
  return header;
}

/**
 * Takes a compact JWS apart, strictly; throws Malformed.
 *
 * At most 64 KiB of ASCII in three canonical base64url segments, the first two strict JSON objects, without `crit`,
 * `b64`, `zip` or `enc`. `alg` is not judged here: the key decides.
 */
export function splitToken(token) {
  if (typeof token !== 'string') throw new Malformed('a token is a string');
  if (token.length > MAX_TOKEN) throw new Malformed(`the token is longer than ${MAX_TOKEN} bytes`);
  if (!isAscii(token)) throw new Malformed('the token holds characters that no token has');
  const segments = token.split('.');
  if (segments.length !== 3) throw new Malformed(`a token has three segments, this has ${segments.length}`);
  const header = readHeader(segments[0]);
  const payload = within('the payload', () => parseJson(b64uDecode(segments[1]), { maxBytes: MAX_TOKEN }));
  if (!isObject(payload)) throw new Malformed('the payload is not an object');
  const signature = within('the signature', () => b64uDecode(segments[2]));
  return { header, payload, signature, signingInput: toUtf8(`${segments[0]}.${segments[1]}`) };
}

/** Hex SHA-256 of `header.payload`: what the journal lists. */
export const digestOf = async (parsed) => toHex(await sha256(parsed.signingInput));

/** Reads a general JSON serialisation (RFC 7515 section 7.2.1), strictly: one payload, several signatures. */
export function parseGeneral(data, { maxBytes }) {
  const value = parseJson(data, { maxBytes });
  if (!isObject(value) || typeof value.payload !== 'string') throw new Malformed('is not a general JWS');
  const entries = value.signatures;
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > MAX_SIGNATURES) {
    throw new Malformed(`a general JWS has between 1 and ${MAX_SIGNATURES} signatures`);
  }
  const payload = b64uDecode(value.payload);
  const signatures = entries.map((entry) => {
    if (!isObject(entry) || typeof entry.protected !== 'string' || typeof entry.signature !== 'string') {
      throw new Malformed('a signature lacks its protected header or its value');
    }
    return {
      header: readHeader(entry.protected),
      signature: b64uDecode(entry.signature),
      signingInput: toUtf8(`${entry.protected}.${value.payload}`),
    };
  });
  return { payload, signatures };
}

/** Whether the header's `alg` is exactly the key's and the signature verifies. */
export const verifySignature = async (signed, key) =>
  memberOf(signed.header, 'alg') === key.alg && key.verify(signed.signingInput, signed.signature);
