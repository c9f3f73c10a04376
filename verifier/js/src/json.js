// Strict JSON: one reading for every text, or none. What two parsers could read differently is refused.
//
// RFC 8259 as restricted by I-JSON (RFC 7493). Objects come without a prototype, so that no name in them is special.
// An integer beyond 2^53 comes as a BigInt and any other number as a `Fraction`, so `typeof x === 'number'` means
// exactly a JSON integer that is safe: `1.0` and `1e3` are none.

import { fromUtf8 } from './bytes.js';
import { Malformed } from './errors.js';

export const MAX_DEPTH = 32;
const MOST_DIGITS = 4300;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A JSON number written with a fraction or an exponent. */
export class Fraction {
  constructor(value) {
    this.value = value;
  }
}

export const isObject = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Fraction);

/** Whether a value was written as an integer, of any size. */
export const isInteger = (value) => typeof value === 'number' || typeof value === 'bigint';

/** Own member of an object, undefined when there is none. */
export const memberOf = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Whether two values say the same, whatever the order of their members. */
export function sameJson(a, b) {
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

/**
 * The value of strict JSON; throws Malformed.
 *
 * Refuses more than `maxBytes`, nesting deeper than `maxDepth`, duplicate names at any depth, NaN and infinities,
 * byte-order marks, lone surrogates, NUL, and anything that is not UTF-8.
 */
export function parseJson(data, { maxBytes, maxDepth = MAX_DEPTH }) {
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

  /** What `pattern` (sticky) matches here, and moves behind it; null when it does not. */
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
