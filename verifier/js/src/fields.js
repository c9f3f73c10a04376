// Reading of JSON objects member by member, with errors that name the member as written: `dataBasis[0].basis`.

import { ClaimError } from './errors.js';
import { isObject } from './json.js';

const MAX_TEXT = 300;
const MAX_ITEMS = 1_000;
/** Any white space of Unicode, as a part of a character class. */
export const SPACES =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
export const PLAIN_URL = new RegExp(`^[a-z][a-z0-9+.-]*:[^${SPACES}<>"\\\\^\`{|}]{1,2000}$`, 'u');
const OUTER_SPACE = new RegExp(`^[${SPACES}]|[${SPACES}]$`);
const ALL_SPACE = new RegExp(`^[${SPACES}]*$`);
// Controls, line separators, bidirectional embeddings, overrides and isolates, byte-order mark, noncharacters,
// surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]/u;

export const isBlank = (text) => ALL_SPACE.test(text);

/** Why a text for people cannot be in a certificate; null if it can. */
export function textProblem(value, limit = MAX_TEXT) {
  if (isBlank(value)) return 'must not be empty';
  if (value.length > limit && [...value].length > limit) return `is longer than ${limit} characters`;
  if (OUTER_SPACE.test(value)) return 'begins or ends with white space';
  if (UNSAFE.test(value)) return 'holds a control character, a direction override or half a character';
  if (value.normalize('NFC') !== value) return 'is not in Unicode normal form NFC';
  return null;
}

/** Midnight UTC of an ISO 8601 calendar date in milliseconds, null for anything else. */
export function dayOf(text) {
  if (!/^(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : time;
}

/** An xsd:dateTimeStamp: an offset is required, fractions are allowed. */
export const STAMP =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;

/** Milliseconds of an xsd:dateTimeStamp, null for anything else. */
export function instantOf(text) {
  const match = STAMP.exec(text);
  if (match === null || match[1].startsWith('0000')) return null;
  const local = Date.parse(`${match[1]}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== match[1]) return null;
  if (match[3] !== undefined && (Number(match[4]) > 23 || Number(match[5]) > 59)) return null;
  const offset = match[3] === undefined ? 0 : (Number(match[4]) * 60 + Number(match[5])) * 60_000;
  return local + Number(`0.${match[2] ?? 0}`) * 1000 - (match[3] === '-' ? -offset : offset);
}

/** A mandatory URL. */
export const checkUrl = (fields, name) => fields.pattern(name, PLAIN_URL, 'a URL');

/** The members that say something: not undefined, not null, not an empty array. */
export const present = (members) =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );

/** One JSON object being read. Methods return the member's value, or throw ClaimError. */
export class Fields {
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

  /** The member as it is; fails when there is none. */
  get(name) {
    return this.has(name) ? this.raw[name] : this.fail(name, 'is missing');
  }

  /** A mandatory text for people, of at most `limit` characters. */
  text(name, limit = MAX_TEXT) {
    const value = this.get(name);
    const problem = typeof value === 'string' ? textProblem(value, limit) : 'must be a text';
    return problem === null ? value : this.fail(name, problem);
  }

  /** A mandatory string that `pattern`, which is anchored, matches; `meaning` completes `must be ...`. */
  pattern(name, pattern, meaning) {
    const value = this.get(name);
    return typeof value === 'string' && pattern.test(value) ? value : this.fail(name, `must be ${meaning}`);
  }

  /** A mandatory word of a fixed vocabulary; an unknown one is refused. */
  word(name, words) {
    const value = this.get(name);
    return words.includes(value) ? value : this.fail(name, `must be one of ${[...words].sort().join(', ')}`);
  }

  /** A mandatory ISO 8601 calendar date. */
  date(name) {
    const value = this.get(name);
    return typeof value === 'string' && dayOf(value) !== null
      ? value
      : this.fail(name, 'must be a date such as 2026-11-20');
  }

  /** A mandatory JSON integer between `low` and `high`, both included; `true` and `1.0` are none. */
  integer(name, low, high) {
    const value = this.get(name);
    return typeof value === 'number' && low <= value && value <= high
      ? value
      : this.fail(name, `must be an integer from ${low} to ${high}`);
  }

  /** An optional member: what `read` gives when it is there, else undefined. */
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

  /** A mandatory object. */
  object(name) {
    return new Fields(this.get(name), this.at(name));
  }

  /** A mandatory array of between `least` and `most` items, as they are. */
  items(name, least = 0, most = MAX_ITEMS) {
    const value = this.get(name);
    if (!Array.isArray(value)) this.fail(name, 'must be an array');
    if (value.length < least) this.fail(name, `must have at least ${least}`);
    return value.length > most ? this.fail(name, `has more than ${most} items`) : value;
  }

  /** A mandatory array of objects. */
  objects(name, least = 0) {
    return this.items(name, least).map((item, index) => new Fields(item, `${this.at(name)}[${index}]`));
  }

  /** A mandatory array of different strings; `problemOf` says what is wrong with one, null when nothing is. */
  strings(name, least, problemOf) {
    const items = this.items(name, least);
    for (const [index, item] of items.entries()) {
      const problem = typeof item === 'string' ? problemOf(item) : 'must be a text';
      if (problem !== null) this.fail(`${name}[${index}]`, problem);
    }
    return new Set(items).size === items.length ? items : this.fail(name, 'names something twice');
  }

  /** A mandatory array of different texts, each of which matches `pattern` when one is given. */
  texts(name, pattern = null) {
    return this.strings(name, 0, (item) => {
      const problem = textProblem(item);
      return problem === null && pattern !== null && !pattern.test(item) ? 'is not of the form wanted here' : problem;
    });
  }

  /** A mandatory array of different words of a fixed vocabulary. */
  words(name, words, least = 0) {
    const problem = `must be one of ${[...words].sort().join(', ')}`;
    return this.strings(name, least, (item) => (words.includes(item) ? null : problem));
  }
}
