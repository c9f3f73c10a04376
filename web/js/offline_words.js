// Which words, glyph and tone an answer gets on the offline page. Only an accepted certificate is ever shown as active.

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

/** The token of a fragment, of a whole address, or alone; null when there is nothing that could be one. */
export function tokenIn(text) {
  const token = text.slice(text.lastIndexOf('#') + 1).replace(/\s+/g, '');
  return token === '' ? null : token;
}

/**
 * `moment` says what is missing: `asking` for the status, `away` (offline), `unreachable`, `unsupported` (a browser
 * that cannot check); null when the Report is the whole answer.
 */
export function shownAs(report, moment, words) {
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
