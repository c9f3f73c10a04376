// What a Report means on somebody's page: the element's state, and the words that cover the picture.

const LOCAL = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.*\.localhost)$/;

/** `site` for a page on the web; `local` for one on the author's own machine, where no domain can be judged. */
export const hostState = ({ protocol, hostname }) =>
  (protocol === 'https:' || protocol === 'http:') && !LOCAL.test(hostname) ? 'site' : 'local';

/** State word and sentence of each cover, in the languages of the badge. `*` stands for the licensed domains. */
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

/** Which of the languages of the badge a `lang` attribute asks for. */
export function languageOf(tag) {
  const code = (tag ?? '').split('-')[0].toLowerCase();
  return Object.hasOwn(WORDS, code) ? code : 'en';
}

/** Domains in a line, kept together whatever is written around them. */
const named = (domains) => `\u2068${domains.length > 2 ? `${domains[0]} +${domains.length - 1}` : domains.join(', ')}\u2069`;

function cover(state, key, lang, domains = []) {
  const [word, line] = WORDS[lang][key];
  return { state, panel: { tone: TONES[key] ?? 'off', word, line: line.replace('*', () => named(domains)) } };
}

/**
 * `state`, for the element's attribute, and `panel`, null only when the verifier accepted the certificate for this
 * site, or for a page on the author's own machine.
 */
export function panelFor(report, host, lang) {
  const { verdict, code, credential } = report ?? {};
  if (verdict === 'accepted' && credential) return { state: host === 'site' ? 'valid' : 'preview', panel: null };
  if (verdict !== 'rejected') return cover('unknown', 'unknown', lang);
  if (code === 'domain_mismatch') {
    return cover('mismatch', 'mismatch', lang, credential.holder.domains.map((domain) => domain.name));
  }
  const known = ['suspended', 'revoked', 'expired', 'superseded', 'not_yet_valid'].includes(code);
  return cover('invalid', known ? code : 'forged', lang);
}
