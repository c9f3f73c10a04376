// L Certification. Apache-2.0.
const LOCAL = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.*\.localhost)$/;
const hostState = ({ protocol, hostname }) =>
 (protocol === 'https:' || protocol === 'http:') && !LOCAL.test(hostname) ? 'site' : 'local';
const WORDS = {
 en: {
 unknown: ['Status unknown', 'It could not be checked here just now.'],
 mismatch: ['Not for this site', 'Licensed for *, not for this site.'],
 suspended: ['Suspended', 'This certificate is not valid now.'],
 revoked: ['Not valid', 'This certificate was withdrawn or ended.'],
 expired: ['Expired', 'This certificate is not valid any more.'],
 superseded: ['Replaced', 'A newer edition of this certificate is in force.'],
 not_yet_valid: ['Not started', 'This certificate is not valid yet.'],
 forged: ['Not genuine', 'This is not a valid L Certification.'],
 },
 de: {
 unknown: ['Status unbekannt', 'Konnte hier gerade nicht geprüft werden.'],
 mismatch: ['Nicht für diese Website', 'Lizenziert für *, nicht für diese Website.'],
 suspended: ['Ausgesetzt', 'Dieses Zertifikat gilt derzeit nicht.'],
 revoked: ['Ungültig', 'Dieses Zertifikat wurde entzogen oder beendet.'],
 expired: ['Abgelaufen', 'Dieses Zertifikat gilt nicht mehr.'],
 superseded: ['Ersetzt', 'Eine neuere Ausgabe dieses Zertifikats gilt.'],
 not_yet_valid: ['Noch nicht gültig', 'Dieses Zertifikat gilt noch nicht.'],
 forged: ['Nicht echt', 'Dies ist keine gültige L-Zertifizierung.'],
 },
 fr: {
 unknown: ['Statut inconnu', 'La vérification n’a pas pu se faire ici à l’instant.'],
 mismatch: ['Pas pour ce site', 'Licence pour *, pas pour ce site.'],
 suspended: ['Suspendu', 'Ce certificat n’est pas valable actuellement.'],
 revoked: ['Non valable', 'Ce certificat a été retiré ou a pris fin.'],
 expired: ['Expiré', 'Ce certificat n’est plus valable.'],
 superseded: ['Remplacé', 'Une édition plus récente de ce certificat est en vigueur.'],
 not_yet_valid: ['Pas encore valable', 'Ce certificat n’est pas encore valable.'],
 forged: ['Pas authentique', 'Ce n’est pas une certification L valable.'],
 },
 es: {
 unknown: ['Estado desconocido', 'No se pudo comprobar aquí en este momento.'],
 mismatch: ['No para este sitio', 'Con licencia para *, no para este sitio.'],
 suspended: ['Suspendido', 'Este certificado no es válido ahora.'],
 revoked: ['No válido', 'Este certificado fue retirado o terminó.'],
 expired: ['Caducado', 'Este certificado ya no es válido.'],
 superseded: ['Sustituido', 'Está en vigor una edición más reciente de este certificado.'],
 not_yet_valid: ['Aún no válido', 'Este certificado todavía no es válido.'],
 forged: ['No auténtico', 'Esto no es una certificación L válida.'],
 },
 ja: {
 unknown: ['状態不明', '現在ここでは確認できませんでした。'],
 mismatch: ['このサイト用ではありません', '* にライセンスされています。このサイト用ではありません。'],
 suspended: ['一時停止中', 'この証明書は現在有効ではありません。'],
 revoked: ['無効', 'この証明書は取り消されたか、終了しました。'],
 expired: ['期限切れ', 'この証明書はもう有効ではありません。'],
 superseded: ['差替え済み', 'この証明書の新しい版が有効です。'],
 not_yet_valid: ['開始前', 'この証明書はまだ有効ではありません。'],
 forged: ['本物ではありません', '有効なL認証ではありません。'],
 },
 ar: {
 unknown: ['الحالة غير معروفة', 'تعذّر التحقق هنا الآن.'],
 mismatch: ['ليست لهذا الموقع', 'مرخّصة لـ * وليس لهذا الموقع.'],
 suspended: ['معلّقة', 'هذه الشهادة غير سارية الآن.'],
 revoked: ['غير سارية', 'سُحبت هذه الشهادة أو أُنهيت.'],
 expired: ['منتهية الصلاحية', 'لم تعد هذه الشهادة سارية.'],
 superseded: ['استُبدلت', 'هناك إصدار أحدث سارٍ من هذه الشهادة.'],
 not_yet_valid: ['لم تبدأ بعد', 'هذه الشهادة غير سارية بعد.'],
 forged: ['غير أصلية', 'هذه ليست شهادة L صالحة.'],
 },
};
const TONES = { mismatch: 'stop', suspended: 'pause', revoked: 'stop', forged: 'stop' };
function languageOf(tag) {
 const code = (tag ?? '').split('-')[0].toLowerCase();
 return Object.hasOwn(WORDS, code) ? code : 'en';
}
const named = (domains) => `\u2068${domains.length > 2 ? `${domains[0]} +${domains.length - 1}` : domains.join(', ')}\u2069`;
function cover(state, key, lang, domains = []) {
 const [word, line] = WORDS[lang][key];
 return { state, panel: { tone: TONES[key] ?? 'off', word, line: line.replace('*', () => named(domains)) } };
}
function panelFor(report, host, lang) {
 const { verdict, code, credential } = report ?? {};
 if (verdict === 'accepted' && credential) return { state: host === 'site' ? 'valid' : 'preview', panel: null };
 if (verdict !== 'rejected') return cover('unknown', 'unknown', lang);
 if (code === 'domain_mismatch') {
 return cover('mismatch', 'mismatch', lang, credential.holder.domains.map((domain) => domain.name));
 }
 const known = ['suspended', 'revoked', 'expired', 'superseded', 'not_yet_valid'].includes(code);
 return cover('invalid', known ? code : 'forged', lang);
}
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
function loadVerifier() {
 verifier ??= new Promise((resolve, reject) => {
 const script = make('script', {
 type: 'module',
 src: `${ORIGIN}/static/element/l-cert-verifier-1.js`,
 integrity: "sha384-unoDYLkwHovf9cMGCmBbZsJc4GS+HyT+zV+CaOBt2mTAy/6BXFJYljTr3dimvGeH",
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
