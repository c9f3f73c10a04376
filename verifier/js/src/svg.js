// The credential in a baked SVG (Open Badges 3.0 section 5.3) is found by walking elements.
//
// Refused as it goes: a DTD, a stylesheet, a script, a second credential, more than a badge needs.

import { fromUtf8 } from './bytes.js';
import { Malformed } from './errors.js';
import { isBlank } from './fields.js';
import { walkXml } from './xml.js';

const OPENBADGES = 'https://purl.imsglobal.org/ob/v3p0';
const SVG = 'http://www.w3.org/2000/svg';
const XINCLUDE = 'http://www.w3.org/2001/XInclude';
const MAX_SVG = 2 * 1024 * 1024;
const MAX_ELEMENTS = 10_000;
const MAX_INSTRUCTIONS = 1_000;
const MAX_LEVELS = 64;
const MAX_ATTRIBUTES = 64;
const MAX_VALUE = 1024 * 1024;
const ACTIVE = ['script', 'handler', 'listener', 'foreignobject', 'iframe', 'object', 'embed'];
const LINKS = ['href', 'src', 'to', 'from', 'values'];
const ACTIVE_LINK = /^(?:javascript:|vbscript:|data:text\/html|data:image\/svg)/;
const INVISIBLE = /[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff]/g;

/** The token in an SVG, unjudged; throws Malformed. */
export function tokenInSvg(data) {
  if (data.length > MAX_SVG) throw new Malformed('the file is no PNG, and over 2 MiB for an SVG');
  const text = svgText(data);
  const walk = new SvgWalk();
  walkXml(text, walk);
  if (walk.found === null) throw new Malformed('the SVG holds no credential');
  return walk.found;
}

function svgText(data) {
  let text = '';
  try {
    text = fromUtf8(data);
  } catch {
    // refused below
  }
  if (!/^[\ufeff \t\r\n]*</.test(text)) throw new Malformed('the file is neither a PNG nor an SVG in UTF-8');
  return text;
}

class SvgWalk {
  constructor() {
    this.found = null;
    this.depth = 0;
    this.elements = 0;
    this.instructions = 0;
    this.inside = false;
  }

  declaration(version, encoding) {
    if (version !== '1.0' || (encoding ?? 'utf-8').toLowerCase() !== 'utf-8') {
      throw new Malformed('the SVG is not XML 1.0 in UTF-8');
    }
  }

  doctype() {
    throw new Malformed('the SVG has a document type, which badges never need');
  }

  instruction(target) {
    this.instructions += 1;
    if (this.instructions > MAX_INSTRUCTIONS) throw new Malformed('the SVG has too many instructions');
    if (target.toLowerCase().startsWith('xml')) throw new Malformed('the SVG has a stylesheet instruction');
  }

  start({ namespace, local }, attributes) {
    this.elements += 1;
    this.depth += 1;
    if (this.elements > MAX_ELEMENTS || this.depth > MAX_LEVELS || attributes.length > MAX_ATTRIBUTES) {
      throw new Malformed('the SVG has too many elements, levels or attributes');
    }
    if (this.depth === 1 && (namespace !== SVG || local !== 'svg')) throw new Malformed('the XML is not an SVG');
    if (namespace === XINCLUDE || ACTIVE.includes(local.toLowerCase())) {
      throw new Malformed('the SVG has active content');
    }
    for (const attribute of attributes) checkAttribute(attribute.local.toLowerCase(), attribute.value);
    if (this.inside) throw new Malformed("the SVG's credential has content");
    if (local.toLowerCase() === 'credential') this.credential(namespace, local, attributes);
  }

  credential(namespace, local, attributes) {
    if (namespace !== OPENBADGES || local !== 'credential') {
      throw new Malformed('the SVG has a credential of a wrong namespace');
    }
    if (this.found !== null) throw new Malformed('the SVG holds several credentials');
    if (this.depth !== 2) throw new Malformed("the SVG's credential is not directly below its root");
    const [only] = attributes;
    if (attributes.length !== 1 || only.namespace !== '' || only.local !== 'verify') {
      throw new Malformed("the SVG's credential holds no token");
    }
    this.found = only.value;
    this.inside = true;
  }

  end() {
    this.depth -= 1;
    this.inside = false;
  }

  text(text) {
    if (this.inside && !isBlank(text)) throw new Malformed("the SVG's credential has content");
  }
}

function checkAttribute(local, value) {
  if (value.length > MAX_VALUE) throw new Malformed('the SVG has a huge attribute');
  const active = LINKS.includes(local) && ACTIVE_LINK.test(value.replace(INVISIBLE, '').toLowerCase());
  if (local.startsWith('on') || active) throw new Malformed('the SVG has active content');
}
