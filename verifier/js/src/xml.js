// A strict walk over well-formed XML 1.0 with namespaces, without a DTD: whatever is not that is Malformed.
//
// The handler gets `declaration(version, encoding)`, `doctype()`, `instruction(target)`, `start(name, attributes)`,
// `text(text)` and `end()`; names are `{namespace, local}`. Declarations of namespaces are not among the attributes.

import { Malformed } from './errors.js';

/** Of one tag, declarations of namespaces included. */
const MAX_ATTRIBUTES_READ = 1_000;
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
const START =
  'A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const NCNAME = `[${START}][${START}\\-.0-9\\xb7\\u0300-\\u036f\\u203f-\\u2040]*`;
const NAME = new RegExp(`(?:(${NCNAME}):)?(${NCNAME})`, 'uy');
const NO_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const GAP = '[ \\t\\n]';
const EQUALS = `${GAP}*=${GAP}*`;
const DECLARATION = new RegExp(
  `<\\?xml${GAP}+version${EQUALS}(["'])([^"'<]*)\\1` +
    `(?:${GAP}+encoding${EQUALS}(["'])([A-Za-z][A-Za-z0-9._-]*)\\3)?` +
    `(?:${GAP}+standalone${EQUALS}(["'])(?:yes|no)\\5)?${GAP}*\\?>`,
  'y',
);
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const broken = () => new Malformed('the SVG is not well-formed XML');

/** Walks the whole document `text`; a byte-order mark at its very beginning is passed over. */
export function walkXml(text, handler) {
  new XmlWalk(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'), handler).whole();
}

class XmlWalk {
  constructor(text, handler) {
    this.text = text;
    this.handler = handler;
    this.position = 0;
    /** Open elements: their name as written, and the namespaces in force inside. */
    this.open = [];
    this.rooted = false;
  }

  whole() {
    const { text } = this;
    if (NO_CHARACTER.test(text)) throw broken();
    if (/^<\?xml[ \t\n]/.test(text)) {
      const [, , version, , encoding] = this.take(DECLARATION);
      this.handler.declaration(version, encoding);
    }
    while (this.position < text.length) this.piece();
    if (!this.rooted || this.open.length) throw broken();
  }

  /** What `pattern` (sticky) matches here, and moves behind it. */
  take(pattern) {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) throw broken();
    this.position = pattern.lastIndex;
    return match;
  }

  /** The text up to `mark`, and moves behind that. */
  upTo(mark) {
    const end = this.text.indexOf(mark, this.position);
    if (end < 0) throw broken();
    const piece = this.text.slice(this.position, end);
    this.position = end + mark.length;
    return piece;
  }

  skips(mark) {
    if (!this.text.startsWith(mark, this.position)) return false;
    this.position += mark.length;
    return true;
  }

  piece() {
    if (this.text[this.position] !== '<') return this.characters();
    if (this.skips('<!--')) {
      this.upTo('--');
      return this.take(/>/y);
    }
    if (this.skips('<![CDATA[')) {
      if (!this.open.length) throw broken();
      return this.handler.text(this.upTo(']]>'));
    }
    if (this.skips('<!DOCTYPE')) return this.handler.doctype();
    if (this.skips('<?')) {
      const [, , target] = this.take(NAME);
      this.handler.instruction(target);
      return this.skips('?>') || (this.take(/[ \t\n]/y) && this.upTo('?>'));
    }
    return this.skips('</') ? this.endTag() : this.startTag();
  }

  characters() {
    const end = this.text.indexOf('<', this.position);
    const raw = this.text.slice(this.position, end < 0 ? undefined : end);
    this.position += raw.length;
    if (raw.includes(']]>')) throw broken();
    if (this.open.length) this.handler.text(expand(raw));
    else if (!/^[ \t\n]*$/.test(raw)) throw broken();
  }

  endTag() {
    const [name] = this.take(NAME);
    this.take(/[ \t\n]*>/y);
    if (this.open.pop()?.name !== name) throw broken();
    this.handler.end();
  }

  startTag() {
    this.position += 1;
    const [name, prefix, local] = this.take(NAME);
    const attributes = [];
    let namespaces = this.open.at(-1)?.namespaces ?? new Map([['', ''], ['xml', XML_NAMESPACE]]);
    while (!/[/>]/.test(this.text[this.afterSpace()] ?? '>')) {
      this.take(/[ \t\n]+/y);
      const [whole, space, own] = this.take(NAME);
      this.take(/[ \t\n]*=[ \t\n]*/y);
      const [quote] = this.take(/["']/y);
      const raw = this.upTo(quote);
      if (raw.includes('<') || attributes.some((attribute) => attribute.whole === whole)) throw broken();
      attributes.push({ whole, prefix: space, local: own, value: expand(raw.replace(/[\t\n]/g, ' ')) });
      if (attributes.length > MAX_ATTRIBUTES_READ) throw broken();
    }
    const plain = attributes.filter(({ whole, prefix: space }) => whole !== 'xmlns' && space !== 'xmlns');
    if (plain.length < attributes.length) namespaces = new Map(namespaces);
    for (const attribute of attributes) {
      if (!plain.includes(attribute)) declare(namespaces, attribute);
    }
    this.begin({ name, prefix, local, namespaces }, plain);
  }

  begin({ name, prefix, local, namespaces }, plain) {
    if (this.rooted && !this.open.length) throw broken();
    this.rooted = true;
    const resolve = (space) => (namespaces.has(space) ? namespaces.get(space) : broken());
    const named = plain.map((attribute) => ({
      namespace: attribute.prefix === undefined ? '' : resolve(attribute.prefix),
      local: attribute.local,
      value: attribute.value,
    }));
    const namespace = resolve(prefix ?? '');
    const bad = [namespace, ...named.map((item) => item.namespace)].find((item) => typeof item !== 'string');
    if (bad !== undefined) throw bad;
    if (new Set(named.map((item) => `${item.namespace} ${item.local}`)).size !== named.length) throw broken();
    const [, empty] = this.take(/[ \t\n]*(\/?)>/y);
    this.handler.start({ namespace, local }, named);
    if (empty) this.handler.end();
    else this.open.push({ name, namespaces });
  }

  afterSpace() {
    const space = /[ \t\n]*/y;
    space.lastIndex = this.position;
    space.exec(this.text);
    return space.lastIndex;
  }
}

function declare(namespaces, { prefix, local, value }) {
  const name = prefix === undefined ? '' : local;
  const reserved = value === XML_NAMESPACE ? name !== 'xml' : name === 'xml';
  if (name === 'xmlns' || reserved || value === XMLNS_NAMESPACE || value.includes(' ')) throw broken();
  if (name !== '' && value === '') throw broken();
  namespaces.set(name, value);
}

const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,8})|#x([0-9A-Fa-f]{1,8}));|&/g;

function expand(raw) {
  return raw.replace(REFERENCE, (whole, name, decimal, hex) => {
    if (name) return ENTITIES[name];
    const point = decimal ? Number(decimal) : parseInt(hex, 16);
    if (whole === '&' || point > 0x10ffff) throw broken();
    const character = String.fromCodePoint(point);
    if (NO_CHARACTER.test(character) || /\p{Surrogate}/u.test(character)) throw broken();
    return character;
  });
}
