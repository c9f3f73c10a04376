// Base URL, DID and certificate addresses: pure string rules, each with exactly one spelling.
//
// An issuer is known by its base URL, an origin: `https://certs.example` or, for development,
// `http://127.0.0.1:8080`. Its DID is `did:web:HOST[%3APORT]`. Everything else (upper case, trailing slash, default
// port, path) is refused rather than normalised.

import { isAscii } from './bytes.js';
import { Malformed } from './errors.js';
import { punycodeDecode, punycodeEncode } from './punycode.js';
import { NUMBER } from './vocabulary.js';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z0-9-]*[a-z])${LABEL}$`);
const ORIGIN = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?$/;
const CREDENTIAL_PATH = new RegExp(`^(${NUMBER})/([1-9][0-9]{0,5})$`);

/** Letters, marks, digits and hyphens only: what a label may decode to. */
export const isLetters = (text) => /^[\p{L}\p{M}\p{N}-]+$/u.test(text);

/** Whether `name` is a lower-case host name in A-labels with two labels or more, without a trailing dot. */
export function isDomain(name) {
  if (name.length > 253 || !DOMAIN.test(name)) return false;
  return name.split('.').every((label) => label.slice(2, 4) !== '--' || isALabel(label));
}

function isALabel(label) {
  if (!label.startsWith('xn--')) return false;
  const decoded = punycodeDecode(label.slice(4));
  return (
    decoded !== null &&
    !isAscii(decoded) &&
    decoded === decoded.toLowerCase() &&
    decoded === decoded.normalize('NFC') &&
    isLetters(decoded) &&
    punycodeEncode(decoded) === label.slice(4)
  );
}

/** Whether `host` is `localhost`, in 127.0.0.0/8 or `[::1]`; by form alone, nothing is resolved. */
export const isLoopback = (host) =>
  host === 'localhost' || host === '[::1]' || (/^127\./.test(host) && isAddress(host));

/** Whether `host` is an IP address in its one spelling, version 6 in brackets. */
function isAddress(host) {
  if (!/^(?:[0-9.]+|\[.+\])$/.test(host)) return false;
  try {
    return new URL(`http://${host}/`).hostname === host;
  } catch {
    return false;
  }
}

/** `HOST[:PORT]` of a base URL; Malformed unless it is an origin in its one spelling. */
export function hostOf(baseUrl) {
  const match = baseUrl.length <= 300 ? ORIGIN.exec(baseUrl) : null;
  if (match === null) {
    throw new Malformed('a base URL is an origin such as https://certs.example, lower case, without trailing slash');
  }
  const [, scheme, host, port] = match;
  if (host !== 'localhost' && !isDomain(host) && !isAddress(host)) throw new Malformed(`${host} is not a host name`);
  if (scheme === 'http' && !isLoopback(host)) throw new Malformed('http is for loopback hosts only: use https');
  if (scheme === 'https' && isLoopback(host)) throw new Malformed('a loopback host is served over http');
  if (port !== undefined && (Number(port) > 65_535 || port === (scheme === 'https' ? '443' : '80'))) {
    throw new Malformed('the port is out of range, or the default one, which is left out');
  }
  return port === undefined ? host : `${host}:${port}`;
}

/** The issuer's DID for a base URL (did:web, with the port's colon as %3A). */
export const didOf = (baseUrl) =>
  `did:web:${hostOf(baseUrl).replaceAll(':', '%3A').replaceAll('[', '%5B').replaceAll(']', '%5D')}`;

/** The base URL for an issuer's DID: http when the host is loopback, else https. */
export function baseUrlOf(did) {
  if (!did.startsWith('did:web:') || did.slice(8).includes(':')) {
    throw new Malformed('an issuer is did:web:HOST, with %3APORT when it has a port');
  }
  const host = did.slice(8).replaceAll('%3A', ':').replaceAll('%5B', '[').replaceAll('%5D', ']');
  const baseUrl = `${isLoopback(host.replace(/:[0-9]+$/, '')) ? 'http' : 'https'}://${host}`;
  if (didOf(baseUrl) !== did) throw new Malformed('the DID is not in its one spelling');
  return baseUrl;
}

export const credentialId = (baseUrl, number, edition) => `${baseUrl}/c/${number}/${edition}`;

/** Number and edition of a credential id below `baseUrl`; Malformed for anything else. */
export function parseCredentialId(value, baseUrl) {
  const prefix = `${baseUrl}/c/`;
  const match = value.startsWith(prefix) ? CREDENTIAL_PATH.exec(value.slice(prefix.length)) : null;
  if (match === null) throw new Malformed(`is not a credential id of ${baseUrl}`);
  return [match[1], Number(match[2])];
}
