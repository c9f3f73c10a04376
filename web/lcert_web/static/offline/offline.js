// L Certification. Apache-2.0.
class LcertError extends Error {
 constructor(message) {
 super(message);
 this.name = this.constructor.name;
 }
}
class Malformed extends LcertError {}
class ClaimError extends Malformed {
 constructor(path, message) {
 super(path ? `${path}: ${message}` : message);
 this.path = path;
 }
}
class EvidenceUnavailable extends LcertError {}
class NotPublished extends EvidenceUnavailable {}
class UnknownListKey extends EvidenceUnavailable {}
class Unsupported extends EvidenceUnavailable {}
class TrustError extends LcertError {}
class BundleError extends LcertError {}
class RollbackError extends BundleError {}
class NotAccepted extends LcertError {
 constructor(report, message) {
 super(message);
 this.report = report;
 }
}
const URL_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const URL_CODES = new Int16Array(128).fill(-1);
for (let i = 0; i < 64; i += 1) URL_CODES[URL_ALPHABET.charCodeAt(i)] = i;
const toUtf8 = (text) => new TextEncoder().encode(text);
function fromUtf8(data) {
 try {
 return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
 } catch {
 throw new Malformed('is not UTF-8');
 }
}
const fromAscii = (data) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(data);
const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);
const toHex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
const equalBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
function concatBytes(...parts) {
 const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
 let offset = 0;
 for (const part of parts) {
 whole.set(part, offset);
 offset += part.length;
 }
 return whole;
}
const toBigInt = (data) => BigInt(`0x${toHex(data) || '0'}`);
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data));
function b64uEncode(data) {
 let text = '';
 for (let i = 0; i < data.length; i += 3) {
 const group = (data[i] << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
 const count = Math.min(data.length - i, 3) + 1;
 for (let j = 0; j < count; j += 1) text += URL_ALPHABET[(group >> (18 - 6 * j)) & 63];
 }
 return text;
}
function b64uDecode(text) {
 const tail = text.length % 4;
 if (tail === 1) throw new Malformed('is not canonical base64url');
 const data = new Uint8Array(Math.floor((text.length * 3) / 4));
 let bits = 0;
 let held = 0;
 let offset = 0;
 for (let i = 0; i < text.length; i += 1) {
 const unit = text.charCodeAt(i);
 const value = unit < 128 ? URL_CODES[unit] : -1;
 if (value < 0) throw new Malformed('is not canonical base64url');
 held = ((held << 6) | value) & 0xffff;
 bits += 6;
 if (bits >= 8) {
 bits -= 8;
 data[offset] = (held >> bits) & 0xff;
 offset += 1;
 }
 }
 if (held & ((1 << bits) - 1)) throw new Malformed('is not canonical base64url');
 return data;
}
function b64Decode(text) {
 const bare = text.replace(/={1,2}$/, '');
 const padded = bare.length + ((4 - (bare.length % 4)) % 4);
 if (/[-_]/.test(text) || text.length !== padded) throw new Malformed('is not canonical base64');
 return b64uDecode(bare.replaceAll('+', '-').replaceAll('/', '_'));
}
const MAX_DEPTH = 32;
const MOST_DIGITS = 4300;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
class Fraction {
 constructor(value) {
 this.value = value;
 }
}
const isObject = (value) =>
 value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Fraction);
const isInteger = (value) => typeof value === 'number' || typeof value === 'bigint';
const memberOf = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);
function sameJson(a, b) {
 if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
 if (isObject(a)) {
 const names = Object.keys(a);
 return (
 isObject(b) &&
 names.length === Object.keys(b).length &&
 names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
 );
 }
 if (a instanceof Fraction) return b instanceof Fraction && a.value === b.value;
 return a === b;
}
function parseJson(data, { maxBytes, maxDepth = MAX_DEPTH }) {
 if (data.length > maxBytes) throw new Malformed(`is longer than ${maxBytes} bytes`);
 const text = fromUtf8(data);
 if (text.startsWith('\ufeff')) throw new Malformed('begins with a byte-order mark');
 return new JsonReader(text, maxDepth).whole();
}
class JsonReader {
 constructor(text, maxDepth) {
 this.text = text;
 this.maxDepth = maxDepth;
 this.position = 0;
 this.depth = 0;
 }
 whole() {
 this.space();
 const value = this.value();
 this.space();
 if (this.position !== this.text.length) throw new Malformed('is not JSON');
 return value;
 }
 take(pattern) {
 pattern.lastIndex = this.position;
 const match = pattern.exec(this.text);
 if (match !== null) this.position = pattern.lastIndex;
 return match;
 }
 space() {
 this.take(/[ \t\n\r]*/y);
 }
 expect(character) {
 this.space();
 if (this.text[this.position] !== character) throw new Malformed('is not JSON');
 this.position += 1;
 }
 next(character) {
 this.space();
 if (this.text[this.position] !== character) return false;
 this.position += 1;
 return true;
 }
 value() {
 const first = this.text[this.position];
 if (first === '{' || first === '[') {
 this.depth += 1;
 if (this.depth > this.maxDepth) throw new Malformed(`is nested deeper than ${this.maxDepth}`);
 this.position += 1;
 const value = first === '{' ? this.object() : this.array();
 this.depth -= 1;
 return value;
 }
 if (first === '"') return this.string();
 const word = this.take(/true|false|null/y);
 if (word !== null) return { true: true, false: false, null: null }[word[0]];
 return this.number();
 }
 object() {
 const value = Object.create(null);
 if (this.next('}')) return value;
 do {
 this.space();
 const name = this.string();
 if (Object.hasOwn(value, name)) throw new Malformed('a name appears twice in one object');
 this.expect(':');
 this.space();
 value[name] = this.value();
 } while (this.next(','));
 this.expect('}');
 return value;
 }
 array() {
 const value = [];
 if (this.next(']')) return value;
 do {
 this.space();
 value.push(this.value());
 } while (this.next(','));
 this.expect(']');
 return value;
 }
 string() {
 if (this.text[this.position] !== '"') throw new Malformed('is not JSON');
 this.position += 1;
 let value = this.take(/[^"\\\u0000-\u001f]*/y)[0];
 let escaped = false;
 while (this.text[this.position] === '\\') {
 escaped = true;
 const match = this.take(/\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))/y);
 if (match === null) throw new Malformed('is not JSON');
 value += match[1] ? ESCAPES[match[1]] : String.fromCharCode(parseInt(match[2], 16));
 value += this.take(/[^"\\\u0000-\u001f]*/y)[0];
 }
 if (this.text[this.position] !== '"') throw new Malformed('is not JSON');
 this.position += 1;
 if (escaped && value.includes('\0')) throw new Malformed('a string holds NUL');
 if (escaped && /\p{Surrogate}/u.test(value)) throw new Malformed('a string holds half a surrogate pair');
 return value;
 }
 number() {
 const match = this.take(/(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y);
 if (match === null) throw new Malformed('is not JSON');
 if (match[2] !== undefined || match[3] !== undefined) {
 const value = Number(match[0]);
 if (!Number.isFinite(value)) throw new Malformed('a number is out of range');
 return new Fraction(value);
 }
 if (match[1].length > MOST_DIGITS) throw new Malformed('a number is out of range');
 const value = Number(match[1]);
 return Number.isSafeInteger(value) ? value || 0 : BigInt(match[1]);
 }
}
const MAX_TEXT = 300;
const MAX_ITEMS = 1_000;
const SPACES =
 '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const PLAIN_URL = new RegExp(`^[a-z][a-z0-9+.-]*:[^${SPACES}<>"\\\\^\`{|}]{1,2000}$`, 'u');
const OUTER_SPACE = new RegExp(`^[${SPACES}]|[${SPACES}]$`);
const ALL_SPACE = new RegExp(`^[${SPACES}]*$`);
const UNSAFE =
 /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]/u;
const isBlank = (text) => ALL_SPACE.test(text);
function textProblem(value, limit = MAX_TEXT) {
 if (isBlank(value)) return 'must not be empty';
 if (value.length > limit && [...value].length > limit) return `is longer than ${limit} characters`;
 if (OUTER_SPACE.test(value)) return 'begins or ends with white space';
 if (UNSAFE.test(value)) return 'holds a control character, a direction override or half a character';
 if (value.normalize('NFC') !== value) return 'is not in Unicode normal form NFC';
 return null;
}
function dayOf(text) {
 if (!/^(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text)) return null;
 const time = Date.parse(`${text}T00:00:00Z`);
 return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : time;
}
const STAMP =
 /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;
function instantOf(text) {
 const match = STAMP.exec(text);
 if (match === null || match[1].startsWith('0000')) return null;
 const local = Date.parse(`${match[1]}Z`);
 if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== match[1]) return null;
 if (match[3] !== undefined && (Number(match[4]) > 23 || Number(match[5]) > 59)) return null;
 const offset = match[3] === undefined ? 0 : (Number(match[4]) * 60 + Number(match[5])) * 60_000;
 return local + Number(`0.${match[2] ?? 0}`) * 1000 - (match[3] === '-' ? -offset : offset);
}
const checkUrl = (fields, name) => fields.pattern(name, PLAIN_URL, 'a URL');
const present = (members) =>
 Object.fromEntries(
 Object.entries(members).filter(
 ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
 ),
 );
class Fields {
 constructor(value, path = '') {
 this.path = path;
 if (!isObject(value)) throw new ClaimError(path, 'must be an object');
 this.raw = value;
 }
 has(name) {
 return Object.hasOwn(this.raw, name);
 }
 fail(name, message) {
 throw new ClaimError(this.at(name), message);
 }
 at(name) {
 return this.path ? `${this.path}.${name}` : name;
 }
 get(name) {
 return this.has(name) ? this.raw[name] : this.fail(name, 'is missing');
 }
 text(name, limit = MAX_TEXT) {
 const value = this.get(name);
 const problem = typeof value === 'string' ? textProblem(value, limit) : 'must be a text';
 return problem === null ? value : this.fail(name, problem);
 }
 pattern(name, pattern, meaning) {
 const value = this.get(name);
 return typeof value === 'string' && pattern.test(value) ? value : this.fail(name, `must be ${meaning}`);
 }
 word(name, words) {
 const value = this.get(name);
 return words.includes(value) ? value : this.fail(name, `must be one of ${[...words].sort().join(', ')}`);
 }
 date(name) {
 const value = this.get(name);
 return typeof value === 'string' && dayOf(value) !== null
 ? value
 : this.fail(name, 'must be a date such as 2026-11-20');
 }
 integer(name, low, high) {
 const value = this.get(name);
 return typeof value === 'number' && low <= value && value <= high
 ? value
 : this.fail(name, `must be an integer from ${low} to ${high}`);
 }
 maybe(name, read) {
 return this.has(name) ? read(name) : undefined;
 }
 maybeText(name) {
 return this.maybe(name, () => this.text(name));
 }
 maybePattern(name, pattern, meaning) {
 return this.maybe(name, () => this.pattern(name, pattern, meaning));
 }
 maybeDate(name) {
 return this.maybe(name, () => this.date(name));
 }
 object(name) {
 return new Fields(this.get(name), this.at(name));
 }
 items(name, least = 0, most = MAX_ITEMS) {
 const value = this.get(name);
 if (!Array.isArray(value)) this.fail(name, 'must be an array');
 if (value.length < least) this.fail(name, `must have at least ${least}`);
 return value.length > most ? this.fail(name, `has more than ${most} items`) : value;
 }
 objects(name, least = 0) {
 return this.items(name, least).map((item, index) => new Fields(item, `${this.at(name)}[${index}]`));
 }
 strings(name, least, problemOf) {
 const items = this.items(name, least);
 for (const [index, item] of items.entries()) {
 const problem = typeof item === 'string' ? problemOf(item) : 'must be a text';
 if (problem !== null) this.fail(`${name}[${index}]`, problem);
 }
 return new Set(items).size === items.length ? items : this.fail(name, 'names something twice');
 }
 texts(name, pattern = null) {
 return this.strings(name, 0, (item) => {
 const problem = textProblem(item);
 return problem === null && pattern !== null && !pattern.test(item) ? 'is not of the form wanted here' : problem;
 });
 }
 words(name, words, least = 0) {
 const problem = `must be one of ${[...words].sort().join(', ')}`;
 return this.strings(name, least, (item) => (words.includes(item) ? null : problem));
 }
}
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';
function adapt(delta, points, first) {
 let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
 rest += Math.floor(rest / points);
 let k = 0;
 while (rest > ((BASE - T_MIN) * T_MAX) / 2) {
 rest = Math.floor(rest / (BASE - T_MIN));
 k += BASE;
 }
 return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + 38));
}
const threshold = (k, bias) => Math.min(Math.max(k - bias, T_MIN), T_MAX);
function punycodeEncode(text) {
 const points = Array.from(text, (character) => character.codePointAt(0));
 const basic = points.filter((point) => point < 128);
 let out = basic.length ? `${String.fromCodePoint(...basic)}-` : '';
 let [n, delta, bias] = [128, 0, 72];
 for (let handled = basic.length; handled < points.length; n += 1, delta += 1) {
 const next = Math.min(...points.filter((point) => point >= n));
 delta += (next - n) * (handled + 1);
 n = next;
 for (const point of points) {
 if (point < n) delta += 1;
 if (point !== n) continue;
 let q = delta;
 for (let k = BASE; ; k += BASE) {
 const t = threshold(k, bias);
 if (q < t) break;
 out += DIGITS[t + ((q - t) % (BASE - t))];
 q = Math.floor((q - t) / (BASE - t));
 }
 out += DIGITS[q];
 bias = adapt(delta, handled + 1, handled === basic.length);
 delta = 0;
 handled += 1;
 }
 }
 return out;
}
function punycodeDecode(encoded) {
 const split = encoded.lastIndexOf('-');
 const points = Array.from(split < 0 ? '' : encoded.slice(0, split), (character) => character.codePointAt(0));
 let [n, i, bias, position] = [128, 0, 72, split + 1];
 while (position < encoded.length) {
 const before = i;
 for (let k = BASE, weight = 1; ; k += BASE) {
 const digit = position < encoded.length ? DIGITS.indexOf(encoded[position].toLowerCase()) : -1;
 if (digit < 0) return null;
 position += 1;
 i += digit * weight;
 if (i > 2 ** 40) return null;
 const t = threshold(k, bias);
 if (digit < t) break;
 weight *= BASE - t;
 }
 bias = adapt(i - before, points.length + 1, before === 0);
 n += Math.floor(i / (points.length + 1));
 i %= points.length + 1;
 if (n > 0x10ffff) return null;
 points.splice(i, 0, n);
 i += 1;
 }
 return String.fromCodePoint(...points);
}
const CONTEXT_VC = 'https://www.w3.org/ns/credentials/v2';
const CONTEXT_PATH = '/contexts/l/v1';
const BITSTRING_ENTRY = 'BitstringStatusListEntry';
const BITSTRING_LIST_CREDENTIAL = 'BitstringStatusListCredential';
const LIST_ENTRIES = 131_072;
const MAX_INSTANT = 2 ** 33;
const MAX_EDITION = 999_999;
const MAX_LISTS = 1_000_000;
const NUMBER = 'LC-[0-9]{4}-[0-9]{4,9}';
const LEEWAY = 60_000;
const Securing = Object.freeze({ VC_JWT: 'vc+jwt', OPENBADGE: 'openbadge', COMPACT: 'compact' });
const StatusValue = Object.freeze({ VALID: 0, INVALID: 1, SUSPENDED: 2, SUPERSEDED: 3 });
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z0-9-]*[a-z])${LABEL}$`);
const ORIGIN = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?$/;
const CREDENTIAL_PATH = new RegExp(`^(${NUMBER})/([1-9][0-9]{0,5})$`);
const isLetters = (text) => /^[\p{L}\p{M}\p{N}-]+$/u.test(text);
function isDomain(name) {
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
const isLoopback = (host) =>
 host === 'localhost' || host === '[::1]' || (/^127\./.test(host) && isAddress(host));
function isAddress(host) {
 if (!/^(?:[0-9.]+|\[.+\])$/.test(host)) return false;
 try {
 return new URL(`http://${host}/`).hostname === host;
 } catch {
 return false;
 }
}
function hostOf(baseUrl) {
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
const didOf = (baseUrl) =>
 `did:web:${hostOf(baseUrl).replaceAll(':', '%3A').replaceAll('[', '%5B').replaceAll(']', '%5D')}`;
function baseUrlOf(did) {
 if (!did.startsWith('did:web:') || did.slice(8).includes(':')) {
 throw new Malformed('an issuer is did:web:HOST, with %3APORT when it has a port');
 }
 const host = did.slice(8).replaceAll('%3A', ':').replaceAll('%5B', '[').replaceAll('%5D', ']');
 const baseUrl = `${isLoopback(host.replace(/:[0-9]+$/, '')) ? 'http' : 'https'}://${host}`;
 if (didOf(baseUrl) !== did) throw new Malformed('the DID is not in its one spelling');
 return baseUrl;
}
const credentialId = (baseUrl, number, edition) => `${baseUrl}/c/${number}/${edition}`;
function parseCredentialId(value, baseUrl) {
 const prefix = `${baseUrl}/c/`;
 const match = value.startsWith(prefix) ? CREDENTIAL_PATH.exec(value.slice(prefix.length)) : null;
 if (match === null) throw new Malformed(`is not a credential id of ${baseUrl}`);
 return [match[1], Number(match[2])];
}
function normalHost(text) {
 if (typeof text !== 'string' || text === '' || text.length > 600 || [...text].length > 300) return null;
 const bare = text.replace(/:[0-9]{1,5}$/, '').replace(/\.$/, '').toLowerCase();
 const labels = isAscii(bare) ? [bare] : bare.split('.').map(aLabel);
 if (labels.includes(null)) return null;
 const host = labels.join('.');
 return isDomain(host) ? host : null;
}
function aLabel(given) {
 if (isAscii(given)) return given;
 const label = given.normalize('NFC');
 return label.normalize('NFKC') === label && isLetters(label) ? `xn--${punycodeEncode(label)}` : null;
}
function isLicensedHost(text, domains) {
 const host = normalHost(text);
 return host !== null && domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
const MAX_TOKEN = 65_536;
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
function splitToken(token) {
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
const digestOf = async (parsed) => toHex(await sha256(parsed.signingInput));
function parseGeneral(data, { maxBytes }) {
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
const verifySignature = async (signed, key) =>
 memberOf(signed.header, 'alg') === key.alg && key.verify(signed.signingInput, signed.signature);
const leafHash = (entry) => sha256(concatBytes([0], entry));
const nodeHash = (left, right) => sha256(concatBytes([1], left, right));
const half = (value) => Math.floor(value / 2);
async function rootOver(subtrees) {
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
async function verifyInclusion(leaf, index, size, path, root) {
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
const ISSUING_KINDS = ['issued', 'renewed', 'rescoped', 'corrected', 'rekeyed', 'appealed'];
const MAX_PROOF = 262_144;
const MAX_ENTRY = 65_535;
const MAX_PATH = 64;
async function recordedPosition(data, digest, { size, root }) {
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
function editionInForce(editions, now) {
 if (!Array.isArray(editions)) return null;
 let oldest = null;
 for (const entry of editions) {
 if (!isObject(entry)) return null;
 const { edition, supersededFrom: ends } = entry;
 const end = typeof ends === 'string' ? instantOf(ends) : null;
 if (ends !== undefined && end === null) return null;
 if (end !== null && end <= now) continue;
 if (typeof edition !== 'number') return null;
 oldest = Math.min(oldest ?? edition, edition);
 }
 return oldest;
}
const Verdict = Object.freeze({ ACCEPTED: 'accepted', REJECTED: 'rejected', INDETERMINATE: 'indeterminate' });
const Outcome = Object.freeze({ PASSED: 'passed', FAILED: 'failed', UNKNOWN: 'unknown', SKIPPED: 'skipped' });
const Code = Object.freeze({
 VALID: 'valid',
 MALFORMED: 'malformed',
 WRONG_TYPE: 'wrong_type',
 TRUST_UNAVAILABLE: 'trust_unavailable',
 UNTRUSTED_ISSUER: 'untrusted_issuer',
 UNKNOWN_KEY: 'unknown_key',
 KEY_COMPROMISED: 'key_compromised',
 BAD_SIGNATURE: 'bad_signature',
 PROFILE_VIOLATION: 'profile_violation',
 NOT_YET_VALID: 'not_yet_valid',
 EXPIRED: 'expired',
 STATUS_UNAVAILABLE: 'status_unavailable',
 STATUS_INVALID: 'status_invalid',
 REVOKED: 'revoked',
 SUPERSEDED: 'superseded',
 SUSPENDED: 'suspended',
 STATUS_STALE: 'status_stale',
 STATUS_HISTORY_UNAVAILABLE: 'status_history_unavailable',
 DOMAIN_MISMATCH: 'domain_mismatch',
});
const CHECKS = Object.freeze([
 'form', 'type', 'trust', 'issuer', 'key', 'signature', 'profile', 'validity', 'status', 'domain',
]);
const formatTime = (date) => (date === null ? null : `${date.toISOString().slice(0, 19)}Z`);
class Report {
 constructor({ verdict, code, sentence, checks, credential, asOf, at, knownAt, currentEdition }) {
 this.verdict = verdict;
 this.code = code;
 this.sentence = sentence;
 this.checks = Object.freeze(checks.map((check) => Object.freeze(check)));
 this.credential = credential;
 this.asOf = Object.freeze(asOf);
 this.at = at;
 this.knownAt = knownAt;
 this.currentEdition = currentEdition;
 Object.freeze(this);
 }
 requireAccepted() {
 if (this.verdict !== Verdict.ACCEPTED || this.credential === null) {
 throw new NotAccepted(this, `${this.code}: ${this.sentence}`);
 }
 return this.credential;
 }
 toJSON() {
 const { keys, status, journal } = this.asOf;
 return {
 verdict: this.verdict,
 code: this.code,
 sentence: this.sentence,
 checks: this.checks.map((check) => ({ ...check })),
 credential: this.credential,
 as_of: { keys: formatTime(keys), status: formatTime(status), journal: formatTime(journal) },
 at: formatTime(this.at),
 known_at: formatTime(this.knownAt),
 current_edition: this.currentEdition,
 };
 }
}
const MONTHS = [
 'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
 'December',
];
function plainDate(time) {
 const date = new Date(time);
 return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
const plainTime = (time) => `${plainDate(time)}, ${new Date(time).toISOString().slice(11, 16)} UTC`;
const sentenceOf = (code, facts, credential) =>
 credential === null ? generalSentence(code, facts) : sentenceAbout(code, facts, credential);
function generalSentence(code, { verdict, issuer, day }) {
 const name = issuer ?? 'the certifier';
 switch (code) {
 case Code.MALFORMED:
 return 'Not valid: this is not an L Certification, or it was damaged.';
 case Code.WRONG_TYPE:
 return 'Not valid: this is another kind of document, not an L Certification.';
 case Code.TRUST_UNAVAILABLE:
 return "Unknown: the certifier's keys could not be checked, so nothing can be said about this certificate.";
 case Code.UNTRUSTED_ISSUER:
 return 'Not valid: this does not come from a certifier that is trusted here.';
 case Code.UNKNOWN_KEY:
 return verdict === Verdict.INDETERMINATE
 ? `Unknown: this is signed with a key that is not among the keys of ${name} at hand, which may be out of date.`
 : `Not valid: this is not signed with a key of ${name}.`;
 case Code.KEY_COMPROMISED:
 return day === null
 ? 'Not valid: the key that signed this was declared compromised.'
 : `Not valid: the key that signed this was declared compromised on ${plainDate(day)}.`;
 case Code.BAD_SIGNATURE:
 return 'Not valid: the signature is wrong, so this was forged or changed.';
 case Code.PROFILE_VIOLATION:
 return `Not valid: this is signed by ${name}, but it is not a proper L Certification.`;
 case Code.STATUS_HISTORY_UNAVAILABLE:
 return (
 'Unknown: the key that signed this was declared compromised later, and there is no proof at hand that this ' +
 'was recorded before.'
 );
 default:
 return 'Unknown: this could not be checked.';
 }
}
function whenPhrase(asked, known) {
 const on = asked === null ? '' : ` on ${plainDate(asked)}`;
 if (known === null) return on;
 const then = asked !== null && plainDate(asked) === plainDate(known) ? 'then' : `on ${plainDate(known)}`;
 return `${on}, as known ${then}`;
}
function sentenceOfPast(code, on, grant, edition) {
 const said = {
 [Code.NOT_YET_VALID]: `edition ${edition} of ${grant} had not taken effect.`,
 [Code.REVOKED]: `${grant} was withdrawn or ended.`,
 [Code.SUPERSEDED]: `edition ${edition} of ${grant} had been replaced.`,
 [Code.SUSPENDED]: `${grant} was suspended.`,
 }[code];
 return said === undefined ? null : `Not valid${on}: ${said}`;
}
function sentenceAbout(code, { asked, known, past, day, current, host }, credential) {
 const { holder, scope, edition } = credential.shown;
 const [who, what] = [holder.legalName, scope.statement];
 const grant = `the certificate of ${who} for ${what}`;
 const [first, last] = [plainDate(credential.validFrom), plainDate(credential.validUntil)];
 const on = whenPhrase(asked, known);
 const ofPast = past ? sentenceOfPast(code, on, grant, edition) : null;
 if (ofPast !== null) return ofPast;
 const newer = current === null ? '' : ` The current edition is ${current}.`;
 const stamp = day === null ? '' : ` (as of ${plainTime(day)})`;
 switch (code) {
 case Code.VALID:
 return `Valid${on}: ${who} ${asked === null ? 'is' : 'was'} certified for ${what} until ${last}.`;
 case Code.NOT_YET_VALID:
 return `Not valid yet: ${grant} starts on ${first}.`;
 case Code.EXPIRED:
 return `Not valid any more: ${grant} expired after ${last}.${newer}`;
 case Code.REVOKED:
 return `Not valid: ${grant} was withdrawn or ended${stamp}.`;
 case Code.SUPERSEDED:
 return `Not valid any more: edition ${edition} of ${grant} was replaced.${newer}`;
 case Code.SUSPENDED:
 return `Not valid now: ${grant} is suspended${stamp}.`;
 case Code.STATUS_INVALID:
 return `Not valid: ${grant} does not fit the certifier's status list.`;
 case Code.STATUS_STALE: {
 const latest = day === null ? 'nothing recent is known' : `the latest known is of ${plainTime(day)}`;
 return `Unknown: ${grant} is genuine, but its status${on} is not known; ${latest}.`;
 }
 case Code.STATUS_HISTORY_UNAVAILABLE:
 return `Unknown: ${grant} is genuine, but its status${on} cannot be told from what is at hand.`;
 case Code.DOMAIN_MISMATCH: {
 const where = host ?? 'the place given';
 const domains = credential.domains.join(', ');
 return `Not valid here: the badge of ${who} for ${what} is licensed for ${domains}, not for ${where}.`;
 }
 default:
 return `Unknown: ${grant} is genuine and runs until ${last}, but its present status could not be checked.`;
 }
}
const LENGTH_BASE = [
 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;
const damaged = () => new Malformed('the compressed data is damaged');
let crcTable = null;
function crc32(data) {
 crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
 let c = n;
 for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
 return c;
 });
 let crc = 0xffffffff;
 for (let i = 0; i < data.length; i += 1) crc = crcTable[(crc ^ data[i]) & 0xff] ^ (crc >>> 8);
 return (crc ^ 0xffffffff) >>> 0;
}
function adler32(data) {
 let [a, b] = [1, 0];
 for (let i = 0; i < data.length; i += 1) {
 a = (a + data[i]) % 65_521;
 b = (b + a) % 65_521;
 }
 return ((b << 16) | a) >>> 0;
}
class Bits {
 constructor(data, position) {
 this.data = data;
 this.position = position;
 this.held = 0;
 this.count = 0;
 }
 peek(wanted) {
 while (this.count < wanted) {
 this.held |= (this.data[this.position] ?? 0) << this.count;
 this.position += 1;
 this.count += 8;
 }
 return this.held & ((1 << wanted) - 1);
 }
 drop(taken) {
 this.held >>>= taken;
 this.count -= taken;
 if (this.position - (this.count >> 3) > this.data.length) throw new Malformed('the compressed data is truncated');
 }
 take(wanted) {
 const value = this.peek(wanted);
 this.drop(wanted);
 return value;
 }
 align() {
 this.position -= this.count >> 3;
 this.held = 0;
 this.count = 0;
 return this.position;
 }
}
function tableOf(lengths) {
 const longest = Math.max(...lengths);
 const counts = new Array(16).fill(0);
 for (const length of lengths) counts[length] += 1;
 counts[0] = 0;
 let left = 1;
 for (let length = 1; length <= 15; length += 1) {
 left = left * 2 - counts[length];
 if (left < 0) throw damaged();
 }
 if (left > 0 && longest > 1) throw damaged(); // as zlib: only a single code of one bit may leave others unused
 const next = [0, 0];
 for (let length = 1; length < 15; length += 1) next[length + 1] = (next[length] + counts[length]) << 1;
 const width = Math.max(longest, 1);
 const table = new Uint16Array(1 << width);
 for (const [symbol, length] of lengths.entries()) {
 if (length === 0) continue;
 let code = next[length];
 next[length] += 1;
 let reversed = 0;
 for (let i = 0; i < length; i += 1, code >>= 1) reversed = (reversed << 1) | (code & 1);
 for (let i = reversed; i < table.length; i += 1 << length) table[i] = (symbol << 4) | length;
 }
 return { table, width };
}
function symbolOf(bits, { table, width }) {
 const entry = table[bits.peek(width)];
 if (entry === 0) {
 bits.drop(width); // says truncated rather than damaged where that is the reason
 throw damaged();
 }
 bits.drop(entry & 15);
 return entry >> 4;
}
let fixedTables = null;
function readTables(bits) {
 const literals = bits.take(5) + 257;
 const distances = bits.take(5) + 1;
 const count = bits.take(4) + 4;
 if (literals > 286 || distances > 30) throw damaged();
 const codeLengths = new Array(19).fill(0);
 for (let i = 0; i < count; i += 1) codeLengths[CODE_ORDER[i]] = bits.take(3);
 const codes = tableOf(codeLengths);
 if (codeLengths.filter(Boolean).length < 2) throw damaged();
 const lengths = [];
 while (lengths.length < literals + distances) {
 const symbol = symbolOf(bits, codes);
 if (symbol < 16) {
 lengths.push(symbol);
 continue;
 }
 if (symbol === 16 && !lengths.length) throw damaged();
 const value = symbol === 16 ? lengths.at(-1) : 0;
 const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
 for (let i = 0; i < times; i += 1) lengths.push(value);
 }
 if (lengths.length > literals + distances || lengths[END_OF_BLOCK] === 0) throw damaged();
 return [tableOf(lengths.slice(0, literals)), tableOf(lengths.slice(literals))];
}
class Output {
 constructor(limit) {
 this.limit = limit;
 this.data = new Uint8Array(Math.min(limit, 65_536));
 this.size = 0;
 }
 reserve(more) {
 const wanted = this.size + more;
 if (wanted > this.limit) throw new Malformed(`the data decompresses to more than ${this.limit} bytes`);
 if (wanted <= this.data.length) return;
 const larger = new Uint8Array(Math.min(this.limit, Math.max(wanted, this.data.length * 2)));
 larger.set(this.data.subarray(0, this.size));
 this.data = larger;
 }
 byte(value) {
 this.reserve(1);
 this.data[this.size] = value;
 this.size += 1;
 }
 stored(bytes) {
 this.reserve(bytes.length);
 this.data.set(bytes, this.size);
 this.size += bytes.length;
 }
 copy(length, distance) {
 if (distance > this.size) throw damaged();
 this.reserve(length);
 for (let i = 0; i < length; i += 1, this.size += 1) this.data[this.size] = this.data[this.size - distance];
 }
}
function inflateBlock(bits, out, [literals, distances]) {
 for (;;) {
 const symbol = symbolOf(bits, literals);
 if (symbol < 256) {
 out.byte(symbol);
 } else if (symbol === END_OF_BLOCK) {
 return;
 } else {
 const kind = symbol - 257;
 if (kind >= LENGTH_BASE.length) throw damaged();
 const length = LENGTH_BASE[kind] + bits.take(LENGTH_EXTRA[kind]);
 const far = symbolOf(bits, distances);
 if (far > 29) throw damaged();
 const extra = far < 4 ? 0 : (far >> 1) - 1;
 const base = far < 4 ? far + 1 : ((2 + (far & 1)) << extra) + 1;
 out.copy(length, base + bits.take(extra));
 }
 }
}
function inflateStored(bits, out) {
 const start = bits.align();
 const { data } = bits;
 if (start + 4 > data.length) throw new Malformed('the compressed data is truncated');
 const length = data[start] | (data[start + 1] << 8);
 if ((length ^ 0xffff) !== (data[start + 2] | (data[start + 3] << 8))) throw damaged();
 if (start + 4 + length > data.length) throw new Malformed('the compressed data is truncated');
 out.stored(data.subarray(start + 4, start + 4 + length));
 bits.position = start + 4 + length;
}
function inflateRaw(data, start, limit) {
 const bits = new Bits(data, start);
 const out = new Output(limit);
 for (let last = false; !last; ) {
 last = bits.take(1) === 1;
 const kind = bits.take(2);
 if (kind === 0) {
 inflateStored(bits, out);
 } else if (kind === 1) {
 fixedTables ??= [
 tableOf([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)]),
 tableOf(Array(32).fill(5)),
 ];
 inflateBlock(bits, out, fixedTables);
 } else if (kind === 2) {
 inflateBlock(bits, out, readTables(bits));
 } else {
 throw damaged();
 }
 }
 return { bytes: out.data.slice(0, out.size), end: bits.align() };
}
function framed(data, start, size, trailer) {
 const { bytes, end } = inflateRaw(data, start, size);
 const expected = trailer(bytes);
 if (end + expected.length > data.length) throw new Malformed('the compressed data is truncated');
 if (expected.some((byte, i) => data[end + i] !== byte)) throw damaged();
 if (end + expected.length < data.length) throw new Malformed('data follows the compressed data');
 if (bytes.length < size) throw new Malformed(`the data decompresses to ${bytes.length} bytes instead of ${size}`);
 return bytes;
}
const bigEndian = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
function zlibExactly(data, size) {
 const [method, flags] = data;
 const plain = (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0;
 if (!plain) throw damaged();
 return framed(data, 2, size, (bytes) => bigEndian(adler32(bytes)));
}
function gzipExactly(data, size) {
 const [a, b, method, flags] = data;
 if (data.length < 18 || a !== 0x1f || b !== 0x8b || method !== 8 || flags & 0xe0) throw damaged();
 let start = 10;
 const text = () => {
 const end = data.indexOf(0, start);
 if (end < 0) throw new Malformed('the compressed data is truncated');
 start = end + 1;
 };
 if (flags & 4) start += 2 + (data[start] | (data[start + 1] << 8));
 if (flags & 8) text();
 if (flags & 16) text();
 if (flags & 2) {
 if ((crc32(data.subarray(0, start)) & 0xffff) !== (data[start] | (data[start + 1] << 8))) throw damaged();
 start += 2;
 }
 return framed(data, start, size, (bytes) => [
 ...bigEndian(crc32(bytes)).reverse(),
 ...bigEndian(bytes.length).reverse(),
 ]);
}
const MAX_AGE = 3_600_000;
const MOST_REMEMBERED = 64;
const LIST_TYPES = ['VerifiableCredential', BITSTRING_LIST_CREDENTIAL];
const SIGNING = ['staged', 'active'];
const TOKEN_BYTES = LIST_ENTRIES / 4;
const BITSTRING_BYTES = LIST_ENTRIES / 8;
const mostCharacters = (size) => Math.floor(((size + Math.floor(size / 1000) + 128) * 4) / 3) + 5;
const isFresh = (list, { now, fetchedAt, offline }) =>
 now <= list.expiresAt && (offline || now - fetchedAt <= MAX_AGE);
const statusAt = (list, index) =>
 index >= 0 && index < LIST_ENTRIES ? (list.packed[index >> 2] >> ((index & 3) * 2)) & 3 : null;
const bitAt = (list, index) =>
 index >= 0 && index < LIST_ENTRIES ? ((list.packed[index >> 3] >> (7 - (index & 7))) & 1) === 1 : null;
class ListMemory {
 constructor() {
 this.decoded = new Map();
 this.newest = new Map();
 }
 keep(key, entry) {
 this.decoded.set(key, entry);
 if (this.decoded.size > MOST_REMEMBERED) this.decoded.delete(this.decoded.keys().next().value);
 }
 advance({ uri, size, root }) {
 const known = this.newest.get(uri);
 if (known !== undefined && size < known.size) {
 throw new EvidenceUnavailable('the status list is older than one already seen');
 }
 if (known !== undefined && size === known.size && !equalBytes(root, known.root)) {
 throw new EvidenceUnavailable('the status list contradicts one already seen');
 }
 this.newest.set(uri, { size, root });
 }
}
const checkStatusToken = (text, of) => checkList(text, 'statuslist+jwt', readTokenList, of);
const checkBitstringToken = (text, of) => checkList(text, 'vc+jwt', readBitstringList, of);
async function checkList(text, typ, read, { uri, trust, now, offline, memory }) {
 const key = `${typ} ${uri} ${text}`;
 let entry;
 try {
 entry = memory.decoded.get(key);
 if (entry === undefined || listKey(trust, entry.kid).thumbprint !== entry.thumbprint) {
 entry = await openList(text, typ, read, uri, trust);
 memory.keep(key, entry);
 }
 } catch (error) {
 if (!(error instanceof Malformed)) throw error;
 throw new EvidenceUnavailable(`the status list is not authentic: ${error.message}`);
 }
 if (entry.forBundle && !offline) throw new EvidenceUnavailable('the status list was made for an offline bundle');
 if (entry.list.issuedAt > now + LEEWAY) throw new EvidenceUnavailable('the status list comes from the future');
 memory.advance(entry.list);
 return entry.list;
}
async function openList(text, typ, read, uri, trust) {
 const parsed = splitToken(text);
 const { kid } = parsed.header;
 if (parsed.header.typ !== typ) throw new Malformed(`its type is not ${typ}`);
 if (kid === undefined) throw new Malformed('it names no key');
 if (typ === 'vc+jwt' && (parsed.header.cty ?? 'vc') !== 'vc') throw new Malformed('its cty is not vc');
 const key = listKey(trust, kid);
 if (!(await verifySignature(parsed, key))) throw new Malformed('its signature does not verify');
 const { bundle = false } = parsed.payload;
 if (typeof bundle !== 'boolean') throw new Malformed('its bundle marker is neither true nor false');
 return { list: read(parsed.payload, uri, trust), kid, thumbprint: key.thumbprint, forBundle: bundle };
}
function listKey(trust, kid) {
 const entry = trust.find(kid);
 if (entry === undefined) throw new UnknownListKey('the status list is signed by an unknown key');
 if (!entry.purposes.includes('status')) throw new Malformed('it is signed by a key that is not for status lists');
 if (!SIGNING.includes(entry.state)) throw new Malformed(`it is signed by a key that is ${entry.state}`);
 return entry.key;
}
function readTokenList(claims, uri, trust) {
 const body = claims.status_list;
 if (claims.iss !== trust.issuer) throw new Malformed('it names another issuer');
 if (claims.sub !== uri) throw new Malformed('it is another list');
 if (!isObject(body) || typeof body.lst !== 'string') throw new Malformed('it has no list');
 if (body.bits !== 2) throw new Malformed('its entries are not 2 bits');
 if ('ttl' in claims && !(isInteger(claims.ttl) && claims.ttl > 0)) {
 throw new Malformed('its ttl is not a positive number of seconds');
 }
 if (body.lst.length > mostCharacters(TOKEN_BYTES)) throw new Malformed('the status list is too long');
 return {
 uri,
 issuedAt: listInstant(claims, 'iat'),
 expiresAt: listInstant(claims, 'exp'),
 ...listJournal(claims),
 packed: zlibExactly(b64uDecode(body.lst), TOKEN_BYTES),
 };
}
function readBitstringList(claims, uri, trust) {
 const { issuer, credentialSubject: subject, type } = claims;
 if ((isObject(issuer) ? issuer.id : issuer) !== trust.issuer) throw new Malformed('it names another issuer');
 if ('iss' in claims && claims.iss !== trust.issuer) throw new Malformed('it names two issuers');
 if (claims.id !== uri) throw new Malformed('it is another list');
 const contexts = claims['@context'];
 if (!Array.isArray(contexts) || contexts[0] !== CONTEXT_VC || 'vc' in claims || 'vp' in claims) {
 throw new Malformed('it is not a credential of the data model 2.0');
 }
 if (!Array.isArray(type) || !LIST_TYPES.every((name) => type.includes(name))) {
 throw new Malformed('it is not a status list credential');
 }
 if (!isObject(subject) || subject.type !== 'BitstringStatusList') throw new Malformed('it has no list');
 const { statusPurpose: purpose, encodedList: encoded } = subject;
 if (typeof purpose !== 'string' || typeof encoded !== 'string') throw new Malformed('it has no purpose or no list');
 if ('ttl' in subject && !(isInteger(subject.ttl) && subject.ttl >= 0)) {
 throw new Malformed('its ttl is not a number of milliseconds');
 }
 let [issuedAt, expiresAt] = [listTimestamp(claims, 'validFrom'), listTimestamp(claims, 'validUntil')];
 if ('iat' in claims) issuedAt = Math.max(issuedAt, listInstant(claims, 'iat'));
 if ('exp' in claims) expiresAt = Math.min(expiresAt, listInstant(claims, 'exp'));
 if (!encoded.startsWith('u')) throw new Malformed('the encoded list is not multibase base64url');
 if (encoded.length > mostCharacters(BITSTRING_BYTES)) throw new Malformed('the encoded list is too long');
 return {
 uri,
 issuedAt,
 expiresAt,
 ...listJournal(claims),
 purpose,
 packed: gzipExactly(b64uDecode(encoded.slice(1)), BITSTRING_BYTES),
 };
}
function listJournal({ journal }) {
 const size = isObject(journal) ? journal.size : undefined;
 const root = isObject(journal) && typeof journal.root === 'string' ? b64uDecode(journal.root) : null;
 if (typeof size !== 'number' || size < 0 || root?.length !== 32) {
 throw new Malformed('it does not say which journal it was made from');
 }
 return { size, root };
}
function listInstant(claims, name) {
 const value = claims[name];
 if (typeof value !== 'number' || value < 0 || value > MAX_INSTANT) throw new Malformed(`its ${name} is not a time`);
 return value * 1000;
}
function listTimestamp(claims, name) {
 const time = typeof claims[name] === 'string' ? instantOf(claims[name]) : null;
 if (time === null) throw new Malformed(`its ${name} is not a time`);
 return time;
}
const UNTOLD = 'the list is newer than the time asked about';
const standingOf = (code, detail = '', made = null) => ({ code, detail, made, journal: null, past: false });
async function findStanding(asked, tellPast) {
 const { credential } = asked;
 let standing;
 try {
 if (credential.status !== null) standing = await byToken(asked, tellPast);
 else if (credential.bitstrings.length) standing = await byBitstrings(asked, tellPast);
 else return standingOf(Code.STATUS_UNAVAILABLE, unknownMechanism(credential));
 } catch (error) {
 if (error instanceof EvidenceUnavailable || error instanceof Malformed) {
 return standingOf(Code.STATUS_UNAVAILABLE, error.message);
 }
 throw error;
 }
 if (standing.code === Code.VALID && credential.unknownStatus.length) {
 return standingOf(Code.STATUS_UNAVAILABLE, unknownMechanism(credential), standing.made);
 }
 return standing;
}
const unknownMechanism = ({ unknownStatus }) => `the status mechanism ${unknownStatus.join(', ')} is unknown here`;
const contextOf = ({ source, memory, question }) => ({ now: question.now, offline: source.offline, memory });
async function byToken(asked, tellPast) {
 const { credential: { status }, source, view, question } = asked;
 const of = { ...contextOf(asked), uri: status.uri };
 const { token, fetchedAt } = await source.statusList(status.uri, question.now);
 let list;
 try {
 list = await checkStatusToken(token, { ...of, trust: view.trust });
 } catch (error) {
 if (!(error instanceof UnknownListKey)) throw error;
 const newer = await source.trust(question.now, { refresh: true });
 list = await checkStatusToken(token, { ...of, trust: newer.trust });
 }
 const value = statusAt(list, status.idx);
 if (value === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', list.issuedAt);
 const fresh = isFresh(list, { ...of, fetchedAt });
 if (isPast(question, list.issuedAt)) return standingInPast(asked, [list], fresh, tellPast);
 return judgeValue(value, list.issuedAt, fresh, question);
}
async function byBitstrings(asked, tellPast) {
 const { credential: { bitstrings }, source, view, question } = asked;
 const of = contextOf(asked);
 const values = {};
 const lists = [];
 let made = question.now;
 let fresh = true;
 for (const { purpose, uri, index } of bitstrings) {
 const { token, fetchedAt } = await source.bitstringList(uri, question.now);
 const list = await checkBitstringToken(token, { ...of, uri, trust: view.trust });
 lists.push(list);
 made = Math.min(made, list.issuedAt);
 if (list.purpose !== purpose) return standingOf(Code.STATUS_INVALID, 'the list is for another purpose', made);
 values[purpose] = bitAt(list, index);
 if (values[purpose] === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', made);
 fresh = fresh && isFresh(list, { ...of, fetchedAt });
 }
 if (isPast(question, made)) return standingInPast(asked, lists, fresh, tellPast);
 if (values.revocation) return judgeValue(StatusValue.INVALID, made, fresh, question);
 if (values.suspension) return judgeValue(StatusValue.SUSPENDED, made, fresh, question);
 if (values.revocation === undefined || values.suspension === undefined) {
 return standingOf(Code.STATUS_UNAVAILABLE, 'no list tells both kinds of status', made);
 }
 return judgeValue(StatusValue.VALID, made, fresh, question);
}
const isPast = ({ at, asked, knownAt }, made) => (asked && at < made) || (knownAt !== null && knownAt < made);
function standingInPast(asked, lists, fresh, tellPast) {
 const made = Math.min(...lists.map((list) => list.issuedAt));
 return tellPast === null
 ? standingOf(Code.STATUS_HISTORY_UNAVAILABLE, UNTOLD, made)
 : tellPast(asked, lists, fresh);
}
function judgeValue(value, made, fresh, { at, now }) {
 if (value === StatusValue.INVALID) return standingOf(Code.REVOKED, 'the status list says invalid', made);
 if (value === StatusValue.SUPERSEDED) return standingOf(Code.SUPERSEDED, 'the status list says superseded', made);
 if (at > now + LEEWAY) return standingOf(Code.STATUS_STALE, 'the time asked about is still to come', made);
 if (!fresh) return standingOf(Code.STATUS_STALE, 'the list is too old to rely on', made);
 if (value === StatusValue.SUSPENDED) return standingOf(Code.SUSPENDED, 'the status list says suspended', made);
 return standingOf(Code.VALID, '', made);
}
const UNDECIDED = [
 Code.TRUST_UNAVAILABLE, Code.STATUS_UNAVAILABLE, Code.STATUS_STALE, Code.STATUS_HISTORY_UNAVAILABLE,
];
const BY_TYP = { 'vc+jwt': Securing.VC_JWT, 'lc+jwt': Securing.COMPACT };
const BADGE_HEADERS = ['alg', 'kid', 'jwk'];
const FAULTS = [
 Code.MALFORMED, Code.WRONG_TYPE, Code.TRUST_UNAVAILABLE, Code.UNTRUSTED_ISSUER, Code.UNKNOWN_KEY, Code.BAD_SIGNATURE,
 Code.PROFILE_VIOLATION, Code.NOT_YET_VALID, Code.STATUS_UNAVAILABLE, Code.DOMAIN_MISMATCH,
];
const dateOrNull = (time) => (time === null ? null : new Date(time));
class Stop {
 constructor(code, detail, { undecided = UNDECIDED.includes(code), day = null, past = false } = {}) {
 this.code = code;
 this.detail = detail;
 this.verdict = undecided ? Verdict.INDETERMINATE : Verdict.REJECTED;
 this.day = day;
 this.past = past;
 }
}
const reportWithoutToken = (detail, question) =>
 new Judging(null, { sources: [], question, domain: null, profiles: {} }).stopped(new Stop(Code.MALFORMED, detail));
class Judging {
 constructor(token, { sources, question, domain, profiles, tellPast = null }) {
 this.token = token;
 this.sources = sources;
 this.question = question;
 this.domain = domain;
 this.profiles = profiles;
 this.tellPast = tellPast;
 this.passed = 0;
 this.view = null;
 this.credential = null;
 this.standing = null;
 }
 async run() {
 const steps = [
 this.form, this.type, this.trust, this.issuer, this.findKey, this.signature, this.profile, this.validity,
 this.status, this.host,
 ];
 try {
 for (const step of steps) {
 await step.call(this);
 this.passed += 1;
 }
 return await this.report(Verdict.ACCEPTED, Code.VALID, { failed: null });
 } catch (error) {
 if (error instanceof Stop) return this.stopped(error);
 return this.stopped(new Stop(FAULTS[this.passed], `fault: ${error?.name ?? typeof error}`));
 }
 }
 form() {
 try {
 this.parsed = splitToken(this.token instanceof Uint8Array ? fromAscii(this.token) : this.token);
 } catch (error) {
 throw error instanceof Malformed ? new Stop(Code.MALFORMED, error.message) : error;
 }
 }
 type() {
 const { header, payload } = this.parsed;
 const known = Object.hasOwn(BY_TYP, header.typ ?? '') ? BY_TYP[header.typ] : null;
 const found = 'typ' in header ? known : Securing.OPENBADGE;
 if (found === null || !Object.hasOwn(this.profiles, found)) {
 throw new Stop(Code.WRONG_TYPE, 'its typ is not one that is accepted here');
 }
 if (found === Securing.VC_JWT && (header.cty ?? 'vc') !== 'vc') {
 throw new Stop(Code.WRONG_TYPE, 'its cty is not vc');
 }
 if (found === Securing.OPENBADGE && !Object.keys(header).every((name) => BADGE_HEADERS.includes(name))) {
 throw new Stop(Code.WRONG_TYPE, 'its header holds what no Open Badge has');
 }
 if ([payload.type].flat().includes(BITSTRING_LIST_CREDENTIAL)) {
 throw new Stop(Code.WRONG_TYPE, 'it is a status list');
 }
 this.securing = found;
 }
 async trust() {
 const { payload } = this.parsed;
 const { now } = this.question;
 const compact = this.securing === Securing.COMPACT;
 const named = compact ? payload.iss : payload.issuer;
 const issuer = isObject(named) && !compact ? named.id : named;
 let unavailable = this.sources.length ? '' : 'no trust was given';
 for (const [source, memory] of this.sources) {
 let view;
 try {
 view = await source.trust(now);
 } catch (error) {
 if (!(error instanceof LcertError)) throw error;
 unavailable = error.message;
 continue;
 }
 const { trust } = view;
 if (trust.expiresAt !== null && now >= trust.expiresAt) {
 unavailable = 'the trust statement has expired';
 } else if (issuer === (compact ? hostOf(trust.baseUrl) : trust.issuer)) {
 Object.assign(this, { source, memory, view });
 return;
 }
 }
 if (unavailable) throw new Stop(Code.TRUST_UNAVAILABLE, unavailable);
 }
 issuer() {
 if (this.view === null) {
 throw new Stop(Code.UNTRUSTED_ISSUER, 'no trusted issuer has the name that the token gives');
 }
 }
 keyNamed() {
 const { kid } = this.parsed.header;
 if (kid === undefined) throw new Stop(Code.UNKNOWN_KEY, 'the token names no key');
 const { trust } = this.view;
 return this.securing === Securing.COMPACT ? trust.findThumbprint(kid) : trust.find(kid);
 }
 async findKey() {
 let key = this.keyNamed();
 if (key === undefined) {
 let fresh = false;
 try {
 this.view = await this.source.trust(this.question.now, { refresh: true });
 fresh = this.view.fresh && !this.source.offline;
 key = this.keyNamed();
 } catch (error) {
 if (!(error instanceof LcertError)) throw error;
 }
 if (key === undefined) {
 throw new Stop(Code.UNKNOWN_KEY, 'the issuer has no key of this name', { undecided: !fresh });
 }
 }
 if (!key.purposes.includes('issuer')) throw new Stop(Code.UNKNOWN_KEY, 'the key is not meant for credentials');
 this.key = key;
 if (key.state === 'compromised') await this.compromised(key);
 }
 async compromised(key) {
 const day = key.compromisedAt;
 if (key.since === null) throw new Stop(Code.KEY_COMPROMISED, 'the key was compromised', { day });
 if (!(await this.verifies())) return; // the next step says so, and nobody makes us fetch proofs for forgeries
 const digest = await digestOf(this.parsed);
 const position = await recordedPosition(await this.source.proof(digest), digest, key);
 if (position === null) {
 const detail = 'the key was compromised, and it is not proven that the token was recorded before';
 throw new Stop(Code.STATUS_HISTORY_UNAVAILABLE, detail, { day });
 }
 if (position >= key.since) {
 throw new Stop(Code.KEY_COMPROMISED, 'it was recorded after the compromise', { day });
 }
 }
 async verifies() {
 try {
 return await verifySignature(this.parsed, this.key.key);
 } catch (error) {
 throw error instanceof Unsupported ? new Stop(Code.TRUST_UNAVAILABLE, error.message) : error;
 }
 }
 async signature() {
 if (await this.verifies()) return;
 const same = this.parsed.header.alg === this.key.key.alg;
 throw new Stop(
 Code.BAD_SIGNATURE, same ? 'the signature does not verify' : "the algorithm is not the key's",
 );
 }
 profile() {
 const { baseUrl, issuer } = this.view.trust;
 try {
 this.credential = this.profiles[this.securing](this.parsed.payload, { baseUrl, issuer });
 } catch (error) {
 throw error instanceof ClaimError ? new Stop(Code.PROFILE_VIOLATION, error.message) : error;
 }
 }
 validity() {
 const { shown, validFrom, validUntil, issuedAt } = this.credential;
 const { at, now } = this.question;
 if (at < validFrom - LEEWAY) throw new Stop(Code.NOT_YET_VALID, `valid from ${shown.validFrom}`);
 if (issuedAt !== null && issuedAt > now + LEEWAY) throw new Stop(Code.NOT_YET_VALID, 'it was signed in the future');
 if (at >= validUntil + 1000) throw new Stop(Code.EXPIRED, `valid through ${shown.validThrough}`);
 }
 async status() {
 let found;
 try {
 found = await findStanding(this, this.tellPast);
 } catch (error) {
 throw error instanceof LcertError ? new Stop(Code.STATUS_UNAVAILABLE, error.message) : error;
 }
 this.standing = found;
 if (found.code !== Code.VALID) throw new Stop(found.code, found.detail, { day: found.made, past: found.past });
 }
 host() {
 if (this.domain !== null && !isLicensedHost(this.domain, this.credential.domains)) {
 throw new Stop(Code.DOMAIN_MISMATCH, 'the host is not one the badge is licensed for');
 }
 }
 async stopped({ code, verdict, detail, day, past }) {
 const current = code === Code.SUPERSEDED || code === Code.EXPIRED ? await this.currentEdition() : null;
 return this.report(verdict, code, { failed: detail.slice(0, 500), day, past, current });
 }
 async report(verdict, code, { failed, day = null, past = false, current = null }) {
 const checks = CHECKS.map((name, index) => {
 if (failed !== null && index === this.passed) {
 const outcome = verdict === Verdict.INDETERMINATE ? Outcome.UNKNOWN : Outcome.FAILED;
 return { name, outcome, detail: failed };
 }
 const asked = name !== 'domain' || this.domain !== null;
 return { name, outcome: index < this.passed && asked ? Outcome.PASSED : Outcome.SKIPPED, detail: '' };
 });
 const facts = {
 verdict,
 asked: this.question.asked ? this.question.at : null,
 known: this.question.knownAt,
 past,
 issuer: this.view?.trust.name ?? null,
 day,
 current,
 host: this.domain === null ? null : normalHost(this.domain),
 };
 return new Report({
 verdict,
 code,
 sentence: sentenceOf(code, facts, this.credential),
 checks,
 credential: this.credential?.shown ?? null,
 asOf: {
 keys: dateOrNull(this.view?.fetchedAt ?? null),
 status: dateOrNull(this.standing?.made ?? null),
 journal: dateOrNull(this.standing?.journal ?? (await this.journalTime())),
 },
 at: new Date(this.question.at),
 knownAt: dateOrNull(this.question.knownAt),
 currentEdition: current,
 });
 }
 async journalTime() {
 return this.view === null ? null : quietly(() => this.source.journalTime());
 }
 async currentEdition() {
 const { number, edition, url } = this.credential.shown;
 const { now } = this.question;
 const record = await quietly(() => this.source.record(number, now));
 if (!isObject(record)) return null;
 const named = [record.currentEdition, editionInForce(record.editions, now)];
 const current = Math.max(0, ...named.filter((value) => typeof value === 'number'));
 return current > edition && current <= MAX_EDITION ? `${url}/${current}` : null;
 }
}
async function quietly(ask) {
 try {
 return (await ask()) ?? null;
 } catch {
 return null;
 }
}
const KIB = 1024;
const PUBLISHED = [
 [/^status\/token\/[1-9][0-9]*$/, 'application/statuslist+jwt', 64 * KIB],
 [/^status\/bitstring\/(?:revocation|suspension)\/[1-9][0-9]*$/, 'application/vc+jwt', 64 * KIB],
 [/^bundle\.zip$/, 'application/zip', 64 * KIB * KIB],
 [/^log\/proof\/[0-9a-f]{64}$/, null, 256 * KIB],
 [/^log\/checkpoint$/, null, 64 * KIB],
 [/^log\/tile\/entries\/.*$/, null, 17 * KIB * KIB],
];
const ANY_OTHER = [null, 'application/json', 4 * KIB * KIB];
const PLAIN_PATH = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/;
const TRUST_PATH = 'trust.json';
const CHECKPOINT_PATH = 'log/checkpoint';
function publishedAs(path) {
 const [, type, most] = PUBLISHED.find(([pattern]) => pattern.test(path)) ?? ANY_OTHER;
 return { type, most };
}
const isPublishedPath = (path) =>
 PLAIN_PATH.test(path) && !path.split('/').some((part) => /^\.*$/.test(part));
function pathBelow(baseUrl, url) {
 const path = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : '';
 return isPublishedPath(path) ? path : null;
}
const recordPath = (number) => `c/${number}.json`;
const proofPath = (digest) => `log/proof/${digest}`;
const FETCH_DEADLINE = 10_000;
function normalOrigin(text) {
 let origin;
 try {
 const url = new URL(text);
 origin = url.origin;
 if (url.href !== `${origin}/`) throw new TypeError('more than an origin');
 hostOf(origin);
 } catch {
 throw new TypeError(`${String(text).slice(0, 100)} is not the origin of an issuer, such as https://certs.example`);
 }
 return origin;
}
function readerOf(origin, { fetch = globalThis.fetch, deadline = FETCH_DEADLINE } = {}) {
 const base = normalOrigin(origin);
 return async (path) => {
 if (!isPublishedPath(path)) throw new EvidenceUnavailable(`${path.slice(0, 100)} is not a published path`);
 const stop = new AbortController();
 let timer;
 const late = new Promise((_, reject) => {
 timer = setTimeout(() => reject(new EvidenceUnavailable(`${base}/${path} took too long`)), deadline);
 });
 try {
 return await Promise.race([getPublished(fetch, base, path, stop.signal), late]);
 } catch (error) {
 if (error instanceof LcertError) throw error;
 throw new EvidenceUnavailable(`${base} cannot be reached: ${error?.message ?? error}`.slice(0, 300));
 } finally {
 clearTimeout(timer);
 stop.abort();
 }
 };
}
async function getPublished(fetch, base, path, signal) {
 const { type, most } = publishedAs(path);
 const url = `${base}/${path}`;
 const answer = await fetch(url, {
 signal,
 headers: { accept: type === null ? '*/*' : `${type}, */*;q=0.1` },
 redirect: 'error',
 credentials: 'omit',
 referrerPolicy: 'no-referrer',
 cache: 'no-store',
 });
 if (answer.status === 404 || answer.status === 410) throw new NotPublished(`${url} is not published`);
 if (answer.status !== 200 || answer.redirected) throw new EvidenceUnavailable(`${url} answered ${answer.status}`);
 const found = (answer.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
 if (type !== null && found !== type) {
 throw new EvidenceUnavailable(`${url} came as ${found.slice(0, 60)}, not ${type}`);
 }
 const parts = [];
 let size = 0;
 const reader = answer.body.getReader();
 for (;;) {
 const { done, value } = await reader.read();
 if (done) break;
 size += value.length;
 if (size > most) throw new EvidenceUnavailable(`${url}: the answer is too long`);
 parts.push(value);
 }
 if (size === 0) throw new EvidenceUnavailable(`${url}: the answer is empty`);
 return concatBytes(...parts);
}
class PinnedSource {
 #trust;
 #status;
 constructor(trust, status = null) {
 this.offline = false;
 this.#trust = trust;
 this.#status = status;
 }
 async trust(now) {
 return { trust: this.#trust, fetchedAt: this.#trust.issuedAt ?? now, fresh: false };
 }
 async statusList(uri, now) {
 if (this.#status === null) throw new EvidenceUnavailable('no source of status lists was given');
 return { token: await this.#status(uri), fetchedAt: now };
 }
 bitstringList(uri, now) {
 return this.statusList(uri, now);
 }
 async record() {
 return null;
 }
 async proof() {
 return null;
 }
 journalTime() {
 return null;
 }
}
const MAX_TERM = 366 * 86_400_000;
const COMPACT_ID = new RegExp(`^(${NUMBER})/([1-9][0-9]{0,5})$`);
const FORBIDDEN = ['vc', 'vp', 'aud'];
const startOf = (day) => Date.parse(`${day}T00:00:00Z`);
const endOf = (day) => Date.parse(`${day}T23:59:59Z`);
const dayOfInstant = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
class Credential {
 constructor({ shown, issuedAt, status = null, bitstrings = [], unknownStatus = [] }) {
 this.shown = shown;
 this.validFrom = startOf(shown.validFrom);
 this.validUntil = endOf(shown.validThrough);
 this.issuedAt = issuedAt;
 this.status = status;
 this.bitstrings = bitstrings;
 this.unknownStatus = unknownStatus;
 this.domains = shown.holder.domains.map((domain) => domain.name);
 }
}
function shownCredential({ baseUrl, number, edition, securing, issuer, issuedAt, certificate, ...parts }) {
 return {
 id: credentialId(baseUrl, number, edition),
 securing,
 issuer,
 issuerName: null,
 number,
 edition,
 url: `${baseUrl}/c/${number}`,
 validFrom: certificate.validFrom,
 validThrough: certificate.validThrough,
 issuedAt: issuedAt === null ? null : `${new Date(issuedAt).toISOString().slice(0, 19)}Z`,
 certificate,
 dataBasis: [],
 evidence: [],
 decision: null,
 ...parts,
 };
}
function checkCommon(fields) {
 for (const name of FORBIDDEN) {
 if (fields.has(name)) fields.fail(name, 'must not be there');
 }
 for (const name of ['iat', 'nbf', 'exp']) {
 if (fields.has(name)) fields.integer(name, 0, MAX_INSTANT);
 }
}
const issuedAtOf = (fields) => (fields.has('iat') ? fields.integer('iat', 0, MAX_INSTANT) * 1000 : null);
function checkTerm(fields, first, last) {
 if (last < first) fields.fail('validThrough', 'is before validFrom');
 if (startOf(last) - startOf(first) >= MAX_TERM) fields.fail('validThrough', 'makes a term of more than 366 days');
}
function checkWindow(fields, { validFrom, validThrough }) {
 for (const [name, instant] of [['nbf', startOf(validFrom)], ['exp', endOf(validThrough)]]) {
 if (fields.has(name) && fields.integer(name, 0, MAX_INSTANT) * 1000 !== instant) {
 fields.fail(name, "is not the first or last second of the certificate's validity");
 }
 }
 checkTerm(fields, validFrom, validThrough);
}
function checkCompact(claims, { baseUrl, issuer }) {
 const fields = new Fields(claims);
 checkCommon(fields);
 if (fields.text('iss') !== hostOf(baseUrl)) fields.fail('iss', "is not the issuer's host");
 const match = COMPACT_ID.exec(fields.text('jti'));
 if (match === null) throw new ClaimError('jti', 'must be NUMBER/EDITION');
 const names = fields.text('dom', 16_384).split(' ');
 if (!names.every(isDomain) || new Set(names).size !== names.length) {
 fields.fail('dom', 'must be different domain names with one space between them');
 }
 const [number, edition] = [match[1], Number(match[2])];
 const certificate = {
 number,
 edition,
 validFrom: dayOfInstant(fields.integer('nbf', 0, MAX_INSTANT)),
 validThrough: dayOfInstant(fields.integer('exp', 0, MAX_INSTANT)),
 };
 const [list, index] = fields.items('st', 2, 2);
 if (
 typeof list !== 'number' || typeof index !== 'number' ||
 list < 1 || list > MAX_LISTS || index < 0 || index >= LIST_ENTRIES
 ) {
 fields.fail('st', "must be the status list's number and an index in it");
 }
 const status = { uri: `${baseUrl}/status/token/${list}`, idx: index };
 const holder = { legalName: fields.text('sub'), domains: names.map((name) => ({ name })) };
 const scope = { statement: fields.text('scp') };
 const issuedAt = issuedAtOf(fields);
 checkWindow(fields, certificate);
 const securing = Securing.COMPACT;
 return new Credential({
 shown: shownCredential({
 baseUrl, number, edition, securing, issuer, issuedAt, certificate, holder, scope, status,
 }),
 issuedAt,
 status,
 });
}
const ED25519_P = 2n ** 255n - 19n;
const ED25519_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
function modulo(value, prime) {
 const rest = value % prime;
 return rest < 0n ? rest + prime : rest;
}
function power(base, exponent, prime) {
 let result = 1n;
 for (let b = modulo(base, prime), e = exponent; e > 0n; e >>= 1n, b = (b * b) % prime) {
 if (e & 1n) result = (result * b) % prime;
 }
 return result;
}
const inverse = (value, prime) => power(value, prime - 2n, prime);
function checkWeierstrassPoint(x, y, { prime, b }) {
 if (x >= prime || y >= prime || modulo(y * y - (x * x * x - 3n * x + b), prime) !== 0n) {
 throw new Malformed('the key is not a point of its curve');
 }
}
function checkEd25519Point(data) {
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
const MAX_KEYS = 1_000;
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
class PublicKey {
 #kind;
 #loaded;
 constructor(thumbprint, members, kind) {
 this.thumbprint = thumbprint;
 this.alg = kind.alg;
 this.members = members;
 this.#kind = kind;
 }
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
 raw() {
 return b64uDecode(this.members.x);
 }
}
function coordinate(value, size, name) {
 let data = null;
 try {
 data = typeof value === 'string' && value.length === Math.ceil((size * 4) / 3) ? b64uDecode(value) : null;
 } catch {
 }
 if (data?.length !== size) throw new Malformed(`the key's ${name} is not ${size} bytes in canonical base64url`);
 return data;
}
async function thumbprintOf(members) {
 const parts = Object.keys(members).sort().map((name) => `"${name}":"${members[name]}"`);
 return b64uEncode(await sha256(toUtf8(`{${parts.join(',')}}`)));
}
async function parseJwk(value) {
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
async function parseJwks(value) {
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
const TRUST_TYP = 'lc-trust+jws';
const MAX_LIFETIME = 400 * 86_400_000;
const MAX_STATEMENT = 2_097_152;
const MAX_ROOTS = 8;
const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;
const PURPOSES = ['issuer', 'status', 'log'];
const STATES = ['staged', 'active', 'retired', 'compromised'];
class Trust {
 constructor({ issuer, baseUrl, name, keys, ...more }) {
 this.issuer = issuer;
 this.baseUrl = baseUrl;
 this.name = name;
 this.keys = keys;
 this.version = more.version ?? 0;
 this.issuedAt = more.issuedAt ?? null;
 this.expiresAt = more.expiresAt ?? null;
 this.roots = more.roots ?? [];
 this.problems = more.problems ?? [];
 this.content = more.content ?? null;
 this.byThumbprint = new Map([...keys.values()].map((entry) => [entry.key.thumbprint, entry]));
 Object.freeze(this);
 }
 find(kid) {
 return this.keys.get(kid);
 }
 findThumbprint(thumbprint) {
 return this.byThumbprint.get(thumbprint);
 }
 static async pinned(issuer, jwks, options = {}) {
 const keys = await Promise.all(jwks.map((jwk) => parseJwk(readAny(jwk))));
 return trustOf(issuer, keys.map((key) => [`${issuer}#${key.thumbprint}`, key]), [], options);
 }
 static async fromJwks(issuer, jwks, options = {}) {
 const [entries, problems] = await parseJwks(readAny(jwks));
 return trustOf(issuer, entries, problems, options);
 }
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
const trustedKey = (kid, key, more) =>
 Object.freeze({ kid, key, state: 'active', compromisedAt: null, since: null, size: null, root: null, ...more });
async function readTrust(data, { pin = null, previous = null, now }) {
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
const MOST_KEPT = 1_024;
const REFRESH_PAUSE = 5_000;
const MAX_RECORD = 4 * 1024 * 1024;
const isWithin = (now, fetchedAt, age) => now >= fetchedAt && now - fetchedAt <= age;
class PublishedSource {
 #read;
 #baseUrl;
 #pin;
 #listTtl;
 #trustTtl;
 #maxAge;
 #monotonic;
 #memory = new ListMemory();
 #trust;
 #lists = new Map();
 #records = new Map();
 #journalTime = null;
 constructor(read, options = {}) {
 const { baseUrl = null, pin = null, listTtl = 30, trustTtl = 30, maxAge = 3600 } = options;
 this.offline = false;
 this.#read = read;
 this.#baseUrl = baseUrl;
 this.#pin = pin;
 this.#listTtl = listTtl * 1000;
 this.#trustTtl = trustTtl * 1000;
 this.#maxAge = maxAge * 1000;
 this.#monotonic = options.monotonic ?? (() => performance.now());
 this.#trust = new Kept(this.#monotonic);
 }
 async trust(now, { refresh = false } = {}) {
 const age = refresh ? REFRESH_PAUSE : this.#trustTtl;
 const [trust, fetchedAt] = await this.#trust.get(now, age, (last) => this.#loadTrust(last, now));
 if (now - fetchedAt > this.#maxAge) {
 throw new EvidenceUnavailable("the issuer's keys could not be read again for too long");
 }
 return { trust, fetchedAt, fresh: isWithin(now, fetchedAt, age) };
 }
 async #loadTrust(last, now) {
 const pin = last === null ? this.#pin : null;
 const trust = await readTrust(await this.#read(TRUST_PATH), { pin, previous: last, now });
 if (this.#baseUrl !== null && trust.baseUrl !== this.#baseUrl) {
 throw new TrustError(`${this.#baseUrl} publishes the trust statement of another issuer`);
 }
 return trust;
 }
 statusList(uri, now) {
 return this.#list(uri, now, checkStatusToken);
 }
 bitstringList(uri, now) {
 return this.#list(uri, now, checkBitstringToken);
 }
 async #list(uri, now, check) {
 const { trust } = await this.trust(now);
 const path = pathBelow(trust.baseUrl, uri);
 if (path === null) throw new EvidenceUnavailable("the status list is not on the issuer's origin");
 if (!this.#lists.has(uri)) {
 if (this.#lists.size >= MOST_KEPT) throw new EvidenceUnavailable('too many status lists');
 this.#lists.set(uri, new Kept(this.#monotonic));
 }
 const load = async () => {
 const text = fromAscii(await this.#read(path));
 const of = { uri, now, offline: false, memory: this.#memory };
 let list;
 try {
 list = await check(text, { ...of, trust });
 } catch (error) {
 if (!(error instanceof UnknownListKey)) throw error;
 list = await check(text, { ...of, trust: (await this.trust(now, { refresh: true })).trust });
 }
 this.#journalTime = Math.max(this.#journalTime ?? 0, list.issuedAt);
 return text;
 };
 const [token, fetchedAt] = await this.#lists.get(uri).get(now, this.#listTtl, load);
 return { token, fetchedAt };
 }
 async record(number, now) {
 const known = this.#records.get(number);
 if (known !== undefined && isWithin(now, known.fetchedAt, this.#listTtl)) return known.record;
 let record = null;
 try {
 const value = parseJson(await this.#read(recordPath(number)), { maxBytes: MAX_RECORD });
 if (isObject(value) && value.number === number) record = value;
 } catch (error) {
 if (!(error instanceof EvidenceUnavailable) && !(error instanceof Malformed)) throw error;
 }
 if (this.#records.size >= MOST_KEPT) this.#records.clear();
 this.#records.set(number, { record, fetchedAt: now });
 return record;
 }
 async proof(digest) {
 try {
 return await this.#read(proofPath(digest));
 } catch (error) {
 if (error instanceof EvidenceUnavailable) return null;
 throw error;
 }
 }
 journalTime() {
 return this.#journalTime;
 }
}
class Kept {
 constructor(monotonic) {
 this.monotonic = monotonic;
 this.good = null;
 this.error = null;
 this.notBefore = 0;
 this.looking = null;
 }
 async get(now, age, load) {
 if (this.good !== null && isWithin(now, this.good[1], age)) return this.good;
 if (this.looking === null) {
 this.looking = this.look(now, load).finally(() => {
 this.looking = null;
 });
 await this.looking;
 } else if (this.good === null) {
 await this.looking;
 }
 if (this.good !== null) return this.good;
 throw this.error ?? new EvidenceUnavailable('not read yet');
 }
 async look(now, load) {
 const begun = this.monotonic();
 if (this.error !== null && begun < this.notBefore) return;
 try {
 this.good = [await load(this.good?.[0] ?? null), now];
 this.error = null;
 return;
 } catch (error) {
 if (error instanceof EvidenceUnavailable || error instanceof TrustError) {
 this.error = error;
 } else if (error instanceof BundleError || error instanceof Malformed) {
 this.error = new EvidenceUnavailable(error.message);
 } else {
 throw error;
 }
 }
 const ended = this.monotonic();
 this.notBefore = ended + (ended - begun);
 }
}
const systemClock = () => new Date();
class CompactVerifier {
 static profiles = { compact: checkCompact };
 static Source = PublishedSource;
 static tellPast = null;
 constructor(sources, { clock = systemClock } = {}) {
 this.sources = sources.map((source) => [source, new ListMemory()]);
 this.clock = clock;
 }
 static online(origin, { pin = null, fetch, clock } = {}) {
 const read = readerOf(origin, { fetch });
 return new this([new this.Source(read, { baseUrl: normalOrigin(origin), pin })], { clock });
 }
 static pinned(trust, { status, clock } = {}) {
 return new this([new PinnedSource(trust, status)], { clock });
 }
 async verify(token, options = {}) {
 return this.judge(token, this.question(options), options, this.constructor.profiles);
 }
 async *verifyMany(tokens, options = {}) {
 for await (const token of tokens) yield await this.verify(token, options);
 }
 judge(token, question, { domain = null }, profiles) {
 const { tellPast } = this.constructor;
 return new Judging(token, { sources: this.sources, question, domain, profiles, tellPast }).run();
 }
 question({ at = null, knownAt = null }) {
 const now = timeOf(this.clock(), "the clock's time");
 return {
 at: at === null ? now : timeOf(at, 'at'),
 asked: at !== null,
 knownAt: knownAt === null ? null : timeOf(knownAt, 'knownAt'),
 now,
 };
 }
}
function timeOf(value, name) {
 const time = typeof value === 'string' ? instantOf(value) : value instanceof Date ? value.getTime() : NaN;
 if (time === null || Number.isNaN(time)) throw new TypeError(`${name} must be a Date, or a time with an offset`);
 return time;
}
const LOOKS = {
 valid: ['active', 'tick'],
 not_yet_valid: ['off', 'hourglass'],
 expired: ['off', 'clock'],
 revoked: ['withdrawn', 'cross'],
 superseded: ['off', 'arrows'],
 suspended: ['suspended', 'pause'],
};
const UNKNOWN = ['off', 'dash'];
const FALSE = ['withdrawn', 'cross'];
function tokenIn(text) {
 const token = text.slice(text.lastIndexOf('#') + 1).replace(/\s+/g, '');
 return token === '' ? null : token;
}
function shownAs(report, moment, words) {
 const known = moment === null && report.verdict !== 'indeterminate' ? words.answers[report.code] : words.answers[moment];
 const { word, sentence } = known ?? words.answers[report.verdict];
 const [tone, glyph] = lookOf(report, moment);
 return { tone, glyph, word, sentence };
}
function lookOf(report, moment) {
 if (moment !== null || report.verdict === 'indeterminate') return UNKNOWN;
 if (report.verdict === 'accepted') return LOOKS.valid;
 return report.code === 'valid' ? UNKNOWN : (LOOKS[report.code] ?? FALSE);
}
const page = document.getElementById('offline');
const settings = JSON.parse(document.getElementById('offline-data').textContent);
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const CHECKING = part('word').textContent;
const STATEMENT = new TextEncoder().encode(settings.trust ?? '');
const STATUS_LIST = /^status\/token\/[1-9][0-9]*$/;
const fromNetwork = readerOf(location.origin);
let asked = 0;
class PageSource extends PublishedSource {
 #renewed = false;
 constructor({ saved }) {
 const read = async (path) => {
 if (!saved && STATUS_LIST.test(path)) return fromNetwork(path);
 if (path !== 'trust.json') throw new EvidenceUnavailable('not asked for');
 try {
 if (saved) throw new EvidenceUnavailable('not asked for');
 const statement = await fromNetwork(path);
 this.#renewed = true;
 return statement;
 } catch (error) {
 if (STATEMENT.length > 0) return STATEMENT;
 throw error;
 }
 };
 super(read, { baseUrl: settings.issuer, pin: settings.pin });
 }
 async trust(now, options) {
 const view = await super.trust(now, options);
 return { ...view, fresh: view.fresh && this.#renewed };
 }
}
const verifierOf = (saved) => new CompactVerifier([new PageSource({ saved })]);
async function run() {
 const mine = (asked += 1);
 const token = tokenIn(location.hash);
 part('ask').hidden = token !== null;
 part('answer').hidden = token === null;
 if (token === null) return;
 if (!globalThis.crypto?.subtle) return show(null, 'unsupported');
 part('answer').setAttribute('aria-busy', 'true');
 const signed = await verifierOf(true).verify(token);
 if (mine !== asked) return undefined;
 if (signed.verdict === 'rejected') return show(signed, null);
 if (signed.code === 'status_unavailable') show(signed, 'asking');
 else showNothingYet(); // a key that the page did not come with may be a new one
 const live = await verifierOf(false).verify(token);
 if (mine !== asked) return undefined;
 const unreachable = live.code === 'status_unavailable' || live.code === 'status_stale';
 return show(live, unreachable ? (navigator.onLine ? 'unreachable' : 'away') : null);
}
function showNothingYet() {
 part('answer').className = 'verdict tone-off';
 delete part('answer').dataset.code;
 document.title = `${CHECKING} – ${settings.programme}`;
 part('word').textContent = CHECKING;
 part('sentence').textContent = '';
 part('seal').replaceChildren(document.getElementById('seal-dash').content.cloneNode(true));
 part('facts').hidden = part('domains').hidden = part('checks').hidden = part('again').hidden = true;
}
function show(report, moment) {
 const { tone, glyph, word, sentence } = shownAs(report, moment, settings.words);
 const credential = report?.credential ?? null;
 part('answer').className = `verdict tone-${tone}`;
 part('answer').dataset.code = report?.code ?? 'unsupported';
 part('answer').setAttribute('aria-busy', String(moment === 'asking'));
 part('seal').replaceChildren(document.getElementById(`seal-${glyph}`).content.cloneNode(true));
 part('word').textContent = word;
 part('sentence').textContent = sentence;
 part('facts').hidden = part('domains').hidden = credential === null;
 part('again').hidden = moment !== 'away' && moment !== 'unreachable';
 document.title = `${word} – ${settings.programme}`;
 if (credential !== null) showFacts(credential);
 showChecks(report);
}
function showFacts(credential) {
 part('holder').textContent = credential.holder.legalName;
 part('scope').textContent = credential.scope.statement;
 part('from').textContent = spoken(credential.validFrom);
 part('through').textContent = spoken(credential.validThrough);
 part('number').textContent = `${credential.number}, ${settings.words.edition} ${credential.edition}`;
 part('domain-list').replaceChildren(
 ...credential.holder.domains.map(({ name }) => {
 const line = document.createElement('p');
 const text = document.createElement('bdi');
 line.className = 'licensed-domain';
 text.textContent = name;
 line.append(text);
 return line;
 }),
 );
 part('page').href = `${settings.issuer}/c/${credential.number}`;
}
function showChecks(report) {
 part('checks').hidden = report === null;
 part('check-list').replaceChildren(
 ...(report?.checks ?? []).map(({ name, outcome }) => {
 const line = document.createElement('li');
 line.className = `check check-${outcome}`;
 const disc = { passed: 'tick', failed: 'cross' }[outcome] ?? 'dash';
 line.append(document.getElementById(`disc-${disc}`).content.cloneNode(true));
 const text = document.createElement('div');
 const said = document.createElement('span');
 said.className = 'outcome';
 said.textContent = settings.words.outcomes[outcome];
 text.append(`${settings.words.checks[name]} `, said);
 line.append(text);
 return line;
 }),
 );
}
const spoken = (day) =>
 new Intl.DateTimeFormat(settings.dates, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
 new Date(`${day}T00:00:00Z`),
 );
part('form').addEventListener('submit', (event) => {
 event.preventDefault();
 const token = tokenIn(`#${part('paste').value}`);
 if (token === null) part('paste').focus();
 else location.hash = token;
});
part('again').addEventListener('click', run);
document.querySelector('.languages')?.addEventListener('click', ({ target }) => {
 if (target instanceof HTMLAnchorElement) target.hash = location.hash; // the code stays when the language changes
});
globalThis.addEventListener('hashchange', run);
globalThis.addEventListener('online', run);
if ('serviceWorker' in navigator) {
 navigator.serviceWorker.register('/v/worker.js', { scope: '/v' }).catch(() => {
 });
}
page.hidden = false;
run();
