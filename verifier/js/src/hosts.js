// Whether a badge may stand on a host: it is one of the holder's checked domains, or below one.

import { isAscii } from './bytes.js';
import { isDomain, isLetters } from './identity.js';
import { punycodeEncode } from './punycode.js';

/**
 * The host in lower-case A-labels, without port or trailing dot; null for anything that is no domain name.
 *
 * Unicode labels are encoded as they are (IDNA 2008: no compatibility mapping), so that a look-alike stays another
 * name. A URL, an address, user information or white space is no host.
 */
export function normalHost(text) {
  if (typeof text !== 'string' || text === '' || text.length > 600 || [...text].length > 300) return null;
  const bare = text.replace(/:[0-9]{1,5}$/, '').replace(/\.$/, '').toLowerCase();
  const labels = isAscii(bare) ? [bare] : bare.split('.').map(aLabel);
  if (labels.includes(null)) return null;
  const host = labels.join('.');
  return isDomain(host) ? host : null;
}

function aLabel(given) {
  if (isAscii(given)) return given;
  const label = given.normalize('NFC');
  return label.normalize('NFKC') === label && isLetters(label) ? `xn--${punycodeEncode(label)}` : null;
}

/** Whether `text` names one of `domains` or a host below one; false for every string that is no host. */
export function isLicensedHost(text, domains) {
  const host = normalHost(text);
  return host !== null && domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
