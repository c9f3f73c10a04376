// Whether a published status list is authentic, and what a source remembers of those it has shown.
//
// An authentic list may still be old: its reader judges that. Everything wrong with a list is EvidenceUnavailable,
// because a list that cannot be believed says nothing about the credential. A list is verified and inflated once for
// each version and then remembered by its text.

import { b64uDecode, equalBytes } from './bytes.js';
import { EvidenceUnavailable, Malformed, UnknownListKey } from './errors.js';
import { instantOf } from './fields.js';
import { gzipExactly, zlibExactly } from './inflate.js';
import { splitToken, verifySignature } from './jose.js';
import { isInteger, isObject } from './json.js';
import { BITSTRING_LIST_CREDENTIAL, CONTEXT_VC, LEEWAY, LIST_ENTRIES, MAX_INSTANT } from './vocabulary.js';

/** Milliseconds since a list was fetched online for a green answer. */
export const MAX_AGE = 3_600_000;
const MOST_REMEMBERED = 64;
const LIST_TYPES = ['VerifiableCredential', BITSTRING_LIST_CREDENTIAL];
const SIGNING = ['staged', 'active'];
const TOKEN_BYTES = LIST_ENTRIES / 4;
const BITSTRING_BYTES = LIST_ENTRIES / 8;

/** Base64url of data that does not compress. */
const mostCharacters = (size) => Math.floor(((size + Math.floor(size / 1000) + 128) * 4) / 3) + 5;

/** Whether a green answer may rest on a list: not expired and, online, fetched within the hour. */
export const isFresh = (list, { now, fetchedAt, offline }) =>
  now <= list.expiresAt && (offline || now - fetchedAt <= MAX_AGE);

/** The two-bit status at `index`, first entry in the least significant bits; null outside of the list. */
export const statusAt = (list, index) =>
  index >= 0 && index < LIST_ENTRIES ? (list.packed[index >> 2] >> ((index & 3) * 2)) & 3 : null;

/** Whether the bit at `index` is set, first entry in the most significant bit; null outside of the list. */
export const bitAt = (list, index) =>
  index >= 0 && index < LIST_ENTRIES ? ((list.packed[index >> 3] >> (7 - (index & 7))) & 1) === 1 : null;

/** What one source has shown so far: decoded lists by their text, and the newest journal state of each list. */
export class ListMemory {
  constructor() {
    this.decoded = new Map();
    this.newest = new Map();
  }

  keep(key, entry) {
    this.decoded.set(key, entry);
    if (this.decoded.size > MOST_REMEMBERED) this.decoded.delete(this.decoded.keys().next().value);
  }

  /** Notes a list's journal state; EvidenceUnavailable if that is older than, or beside, one already seen. */
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

/** The list in a `statuslist+jwt` for `uri`; EvidenceUnavailable unless a status key of `trust` signed it. */
export const checkStatusToken = (text, of) => checkList(text, 'statuslist+jwt', readTokenList, of);

/** The list in a bitstring status list credential (`vc+jwt`) with id `uri`; EvidenceUnavailable as above. */
export const checkBitstringToken = (text, of) => checkList(text, 'vc+jwt', readBitstringList, of);

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

/** The status key `kid`; a retired one signs no list any more, a compromised one never did. */
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
