// What a Report means on somebody's page: the element's state, and the words that cover the picture.

const LOCAL = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.*\.localhost)$/;

/** `site` for a page on the web; `local` for one on the author's own machine, where no domain can be judged. */
export const hostState = ({ protocol, hostname }) =>
  (protocol === 'https:' || protocol === 'http:') && !LOCAL.test(hostname) ? 'site' : 'local';

const STANDINGS = {
  suspended: ['pause', 'Suspended', 'This certificate is not valid now.'],
  revoked: ['stop', 'Not valid', 'This certificate was withdrawn or ended.'],
  expired: ['off', 'Expired', 'This certificate is not valid any more.'],
  superseded: ['off', 'Replaced', 'A newer edition of this certificate is in force.'],
  not_yet_valid: ['off', 'Not started', 'This certificate is not valid yet.'],
};

const covered = (state, tone, word, line) => ({ state, panel: { tone, word, line } });

/** Domains in a line: two at most by name. */
export function named(domains) {
  if (domains.length <= 2) return domains.join(' and ');
  return `${domains[0]} and ${domains.length - 1} more`;
}

/**
 * `state`, for the element's attribute, and `panel`, null only when the verifier accepted the certificate for this
 * site, or for a page on the author's own machine.
 */
export function panelFor(report, host) {
  if (report === null || (report.verdict === 'accepted' && report.credential === null)) {
    return covered('unknown', 'off', 'Status unknown', 'It could not be checked here just now.');
  }
  if (report.verdict === 'accepted') {
    return { state: host === 'site' ? 'valid' : 'preview', panel: null };
  }
  if (report.code === 'domain_mismatch') {
    const domains = report.credential.holder.domains.map((domain) => domain.name);
    return covered('mismatch', 'stop', 'Not for this site', `Licensed for ${named(domains)}, not for this site.`);
  }
  if (report.verdict === 'indeterminate') {
    return covered('unknown', 'off', 'Status unknown', 'It could not be checked here just now.');
  }
  const [tone, word, line] = STANDINGS[report.code] ?? ['stop', 'Not genuine', 'This is not a valid L Certification.'];
  return covered('invalid', tone, word, line);
}
