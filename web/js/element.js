// <l-cert-badge number="LC-2026-0001"><a href=…><img …></a></l-cert-badge>
//
// The image in a link is what a page shows without this script. With it the certificate is checked in the visitor's
// browser: signature, status, and whether the badge may stand on this site. What is not right is covered with words;
// nothing here draws a good badge. No cookies, no storage, no request but to the issuer this file came from.

import { hostState, languageOf, panelFor } from './element_words.js';

const ORIGIN = new URL(import.meta.url).origin;
const VERIFIER = Symbol.for('l-cert-verifier-1');
const NUMBER = /^LC-[0-9]{4}-[0-9]{4,9}$/;
const MOST_TOKEN = 65_536;
const SIZES = { s: [200, 60], m: [320, 96], l: [480, 144] };

const STYLE = `
:host { display: inline-block; position: relative; max-width: 100%; vertical-align: middle; }
:host([hidden]) { display: none; }
.under { display: contents; }
.covered { visibility: hidden; }
a.panel { position: absolute; inset: 0; box-sizing: border-box; display: flex; align-items: center; gap: .75em; padding: 4px 12px;
  container-type: size; overflow: hidden; border: 1px solid #d5dae3; border-radius: 12px; background: #fff; color: #14213d; text-decoration: none;
  font: 400 12px/1.3 Inter, "Noto Sans", system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; text-align: start; }
a.panel:focus-visible { outline: 3px solid #1b4b91; outline-offset: 2px; }
.panel[hidden] { display: none; }
.panel svg { flex: none; width: 2.4em; height: 2.4em; }
.panel b { display: block; font-weight: 700; font-size: 1.1em; }
.panel span { min-width: 0; overflow-wrap: anywhere; text-wrap: balance; }
@container (max-height: 70px) { .panel svg { width: 20px; height: 20px; } .panel span { font-size: 10.5px; line-height: 1.2; } .panel b { font-size: 1em; } }
@container (min-height: 120px) { .panel svg { width: 44px; height: 44px; } .panel span { font-size: 15px; } }
.off { --tone: #4a5568; } .stop { --tone: #9b1c1c; } .pause { --tone: #8a5a00; }
.panel b { color: var(--tone); } .panel circle { fill: var(--tone); } .panel path { stroke: #fff; fill: none; stroke-width: 2.6; stroke-linecap: round; }
:host([theme="dark"]) a.panel { background: #101a2e; color: #f4f6fa; border-color: #2c3a55; }
:host([theme="dark"]) .off { --tone: #97a6bb; } :host([theme="dark"]) .stop { --tone: #e57373; } :host([theme="dark"]) .pause { --tone: #d99a2b; }
:host([theme="dark"]) .panel path { stroke: #101a2e; }
@media (prefers-color-scheme: dark) {
  :host([theme="both"]) a.panel { background: #101a2e; color: #f4f6fa; border-color: #2c3a55; }
  :host([theme="both"]) .off { --tone: #97a6bb; } :host([theme="both"]) .stop { --tone: #e57373; } :host([theme="both"]) .pause { --tone: #d99a2b; }
  :host([theme="both"]) .panel path { stroke: #101a2e; }
}`;

const GLYPHS = { off: 'M7 12h10', stop: 'M8 8l8 8M16 8l-8 8', pause: 'M9.5 8v8M14.5 8v8' };

const SVG = 'http://www.w3.org/2000/svg';

function make(name, attributes, ...children) {
  const svg = name === 'svg' || name === 'circle' || name === 'path';
  const node = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

let sheet = null;
let verifier = null;

/** The verifier's own file, held to the hash that this file names. Loaded when a badge comes into view. */
function loadVerifier() {
  verifier ??= new Promise((resolve, reject) => {
    const script = make('script', {
      type: 'module',
      src: `${ORIGIN}/static/element/l-cert-verifier-1.js`,
      integrity: __VERIFIER_INTEGRITY__,
      crossorigin: 'anonymous',
    });
    script.onload = () => (globalThis[VERIFIER] ? resolve(globalThis[VERIFIER](ORIGIN)) : reject(new Error('no verifier')));
    script.onerror = () => reject(new Error('the verifier cannot be loaded'));
    document.head.append(script);
    script.remove();
  });
  return verifier;
}

class LCertBadge extends HTMLElement {
  #under = null;
  #panel = null;
  #asked = 0;
  #watch = null;

  static get observedAttributes() {
    return ['number'];
  }

  connectedCallback() {
    if (this.shadowRoot === null) this.#build();
    this.#watch = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        this.#watch.disconnect();
        this.check();
      }
    }, { rootMargin: '200px' });
    this.#watch.observe(this);
  }

  disconnectedCallback() {
    this.#watch?.disconnect();
    this.#asked += 1;
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== null && before !== after && this.isConnected && this.shadowRoot !== null) {
      this.#fallback();
      this.check();
    }
  }

  get number() {
    const number = (this.getAttribute('number') ?? '').trim().toUpperCase();
    return NUMBER.test(number) ? number : null;
  }

  /** Checks anew; resolves to the verifier's Report as JSON, null when there could be none. */
  async check() {
    const asked = (this.#asked += 1);
    this.setAttribute('state', 'checking');
    let report = null;
    try {
      if (this.number !== null) report = await this.#ask();
    } catch {
      report = null;
    }
    if (asked !== this.#asked) return report;
    this.#show(report);
    this.dispatchEvent(new CustomEvent('l-cert-report', { bubbles: true, detail: report }));
    return report;
  }

  async #ask() {
    const { number } = this;
    const [judge, answer] = await Promise.all([
      loadVerifier(),
      fetch(`${ORIGIN}/c/${number}.jwt`, {
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
        cache: 'no-cache',
      }),
    ]);
    if (!answer.ok) return null;
    const token = await answer.text();
    if (token.length > MOST_TOKEN) return null;
    const host = hostState(location);
    const report = await judge.verify(token, host === 'site' ? { domain: location.hostname } : {});
    const about = report.credential?.number;
    return about !== undefined && about !== number ? null : report.toJSON();
  }

  #show(report) {
    const lang = languageOf(this.closest('[lang]')?.lang);
    const { state, panel } = panelFor(report, hostState(location), lang);
    this.setAttribute('state', state);
    this.#under.classList.toggle('covered', panel !== null);
    this.#panel.hidden = panel === null;
    if (panel === null) return;
    this.#panel.className = `panel ${panel.tone}`;
    this.#panel.lang = lang;
    this.#panel.dir = lang === 'ar' ? 'rtl' : 'ltr';
    this.#panel.href = this.number === null ? ORIGIN : `${ORIGIN}/c/${this.number}`;
    this.#panel.replaceChildren(
      make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
        make('circle', { cx: 12, cy: 12, r: 12 }), make('path', { d: GLYPHS[panel.tone] })),
      make('span', {}, make('b', {}, panel.word), panel.line),
    );
  }

  #build() {
    if (sheet === null) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    this.#under = make('slot', { class: 'under' });
    this.#panel = make('a', { class: 'panel', hidden: '' });
    root.append(this.#under, this.#panel);
    this.#fallback();
  }

  /** For a page that gives the number alone. */
  #fallback() {
    if (this.number === null || this.firstElementChild !== null) return this.#under.replaceChildren();
    const size = SIZES[this.getAttribute('size')] ? this.getAttribute('size') : 'm';
    const dark = this.getAttribute('theme') === 'dark' ? '&theme=dark' : '';
    const lang = this.lang === '' ? '' : `&lang=${languageOf(this.lang)}`;
    const [width, height] = SIZES[size];
    this.#under.replaceChildren(
      make('a', { href: `${ORIGIN}/c/${this.number}` },
        make('img', {
          src: `${ORIGIN}/badge/${this.number}.svg?size=${size}${dark}${lang}`,
          width, height, alt: `L Certification ${this.number}`, decoding: 'async',
        })),
    );
    return undefined;
  }
}

if (!customElements.get('l-cert-badge')) customElements.define('l-cert-badge', LCertBadge);
