// One plain sentence for every answer, for the person who scanned a badge.
//
// Names and dates come from the credential, which is only there once its signature verified. What could not be found
// out is said to be unknown, and never sounds like a withdrawal.

import { Code, Verdict } from './report.js';

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
  'December',
];

function plainDate(time) {
  const date = new Date(time);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const plainTime = (time) => `${plainDate(time)}, ${new Date(time).toISOString().slice(11, 16)} UTC`;

/**
 * The sentence for `code`. `facts`: `verdict`; `asked` and `known`, the instants asked about and whose knowledge was
 * asked for when the caller named them; `past`, whether the journal's history gave the answer; `issuer`, its name;
 * `day`, when the key was compromised or of when the status is; `current`, `host`. Null when unknown.
 */
export const sentenceOf = (code, facts, credential) =>
  credential === null ? generalSentence(code, facts) : sentenceAbout(code, facts, credential);

function generalSentence(code, { verdict, issuer, day }) {
  const name = issuer ?? 'the certifier';
  switch (code) {
    case Code.MALFORMED:
      return 'Not valid: this is not an L Certification, or it was damaged.';
    case Code.WRONG_TYPE:
      return 'Not valid: this is another kind of document, not an L Certification.';
    case Code.TRUST_UNAVAILABLE:
      return "Unknown: the certifier's keys could not be checked, so nothing can be said about this certificate.";
    case Code.UNTRUSTED_ISSUER:
      return 'Not valid: this does not come from a certifier that is trusted here.';
    case Code.UNKNOWN_KEY:
      return verdict === Verdict.INDETERMINATE
        ? `Unknown: this is signed with a key that is not among the keys of ${name} at hand, which may be out of date.`
        : `Not valid: this is not signed with a key of ${name}.`;
    case Code.KEY_COMPROMISED:
      return day === null
        ? 'Not valid: the key that signed this was declared compromised.'
        : `Not valid: the key that signed this was declared compromised on ${plainDate(day)}.`;
    case Code.BAD_SIGNATURE:
      return 'Not valid: the signature is wrong, so this was forged or changed.';
    case Code.PROFILE_VIOLATION:
      return `Not valid: this is signed by ${name}, but it is not a proper L Certification.`;
    case Code.STATUS_HISTORY_UNAVAILABLE:
      return (
        'Unknown: the key that signed this was declared compromised later, and there is no proof at hand that this ' +
        'was recorded before.'
      );
    default:
      return 'Unknown: this could not be checked.';
  }
}

/** ` on 10 March 2026, as known then`, or less. */
function whenPhrase(asked, known) {
  const on = asked === null ? '' : ` on ${plainDate(asked)}`;
  if (known === null) return on;
  const then = asked !== null && plainDate(asked) === plainDate(known) ? 'then' : `on ${plainDate(known)}`;
  return `${on}, as known ${then}`;
}

function sentenceOfPast(code, on, grant, edition) {
  const said = {
    [Code.NOT_YET_VALID]: `edition ${edition} of ${grant} had not taken effect.`,
    [Code.REVOKED]: `${grant} was withdrawn or ended.`,
    [Code.SUPERSEDED]: `edition ${edition} of ${grant} had been replaced.`,
    [Code.SUSPENDED]: `${grant} was suspended.`,
  }[code];
  return said === undefined ? null : `Not valid${on}: ${said}`;
}

function sentenceAbout(code, { asked, known, past, day, current, host }, credential) {
  const { holder, scope, edition } = credential.shown;
  const [who, what] = [holder.legalName, scope.statement];
  const grant = `the certificate of ${who} for ${what}`;
  const [first, last] = [plainDate(credential.validFrom), plainDate(credential.validUntil)];
  const on = whenPhrase(asked, known);
  const ofPast = past ? sentenceOfPast(code, on, grant, edition) : null;
  if (ofPast !== null) return ofPast;
  const newer = current === null ? '' : ` The current edition is ${current}.`;
  const stamp = day === null ? '' : ` (as of ${plainTime(day)})`;
  switch (code) {
    case Code.VALID:
      return `Valid${on}: ${who} ${asked === null ? 'is' : 'was'} certified for ${what} until ${last}.`;
    case Code.NOT_YET_VALID:
      return `Not valid yet: ${grant} starts on ${first}.`;
    case Code.EXPIRED:
      return `Not valid any more: ${grant} expired after ${last}.${newer}`;
    case Code.REVOKED:
      return `Not valid: ${grant} was withdrawn or ended${stamp}.`;
    case Code.SUPERSEDED:
      return `Not valid any more: edition ${edition} of ${grant} was replaced.${newer}`;
    case Code.SUSPENDED:
      return `Not valid now: ${grant} is suspended${stamp}.`;
    case Code.STATUS_INVALID:
      return `Not valid: ${grant} does not fit the certifier's status list.`;
    case Code.STATUS_STALE: {
      const latest = day === null ? 'nothing recent is known' : `the latest known is of ${plainTime(day)}`;
      return `Unknown: ${grant} is genuine, but its status${on} is not known; ${latest}.`;
    }
    case Code.STATUS_HISTORY_UNAVAILABLE:
      return `Unknown: ${grant} is genuine, but its status${on} cannot be told from what is at hand.`;
    case Code.DOMAIN_MISMATCH: {
      const where = host ?? 'the place given';
      const domains = credential.domains.join(', ');
      return `Not valid here: the badge of ${who} for ${what} is licensed for ${domains}, not for ${where}.`;
    }
    default:
      return `Unknown: ${grant} is genuine and runs until ${last}, but its present status could not be checked.`;
  }
}
