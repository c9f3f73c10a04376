// The answer of a verification: a verdict of three, a stable code, one plain sentence and every check behind it.

import { NotAccepted } from './errors.js';

export const Verdict = Object.freeze({ ACCEPTED: 'accepted', REJECTED: 'rejected', INDETERMINATE: 'indeterminate' });

export const Outcome = Object.freeze({ PASSED: 'passed', FAILED: 'failed', UNKNOWN: 'unknown', SKIPPED: 'skipped' });

/** Stable machine codes, in the order in which the checks that give them run. */
export const Code = Object.freeze({
  VALID: 'valid',
  MALFORMED: 'malformed',
  WRONG_TYPE: 'wrong_type',
  TRUST_UNAVAILABLE: 'trust_unavailable',
  UNTRUSTED_ISSUER: 'untrusted_issuer',
  UNKNOWN_KEY: 'unknown_key',
  KEY_COMPROMISED: 'key_compromised',
  BAD_SIGNATURE: 'bad_signature',
  PROFILE_VIOLATION: 'profile_violation',
  NOT_YET_VALID: 'not_yet_valid',
  EXPIRED: 'expired',
  STATUS_UNAVAILABLE: 'status_unavailable',
  STATUS_INVALID: 'status_invalid',
  REVOKED: 'revoked',
  SUPERSEDED: 'superseded',
  SUSPENDED: 'suspended',
  STATUS_STALE: 'status_stale',
  STATUS_HISTORY_UNAVAILABLE: 'status_history_unavailable',
  DOMAIN_MISMATCH: 'domain_mismatch',
});

/** Names of the checks of every Report, in order. Those after the first failure are `skipped`. */
export const CHECKS = Object.freeze([
  'form', 'type', 'trust', 'issuer', 'key', 'signature', 'profile', 'validity', 'status', 'domain',
]);

/** RFC 3339 in UTC with `Z`, to the second; null stays null. */
export const formatTime = (date) => (date === null ? null : `${date.toISOString().slice(0, 19)}Z`);

/** What a verification found. `credential` is null unless the signature verified. */
export class Report {
  constructor({ verdict, code, sentence, checks, credential, asOf, at, knownAt, currentEdition }) {
    this.verdict = verdict;
    this.code = code;
    this.sentence = sentence;
    this.checks = Object.freeze(checks.map((check) => Object.freeze(check)));
    this.credential = credential;
    this.asOf = Object.freeze(asOf);
    this.at = at;
    /** The instant whose knowledge was asked for; null means that of the evidence. */
    this.knownAt = knownAt;
    this.currentEdition = currentEdition;
    Object.freeze(this);
  }

  /** The credential, or throws NotAccepted with the sentence as its message. */
  requireAccepted() {
    if (this.verdict !== Verdict.ACCEPTED || this.credential === null) {
      throw new NotAccepted(this, `${this.code}: ${this.sentence}`);
    }
    return this.credential;
  }

  /** The Report as the HTTP service gives it. */
  toJSON() {
    const { keys, status, journal } = this.asOf;
    return {
      verdict: this.verdict,
      code: this.code,
      sentence: this.sentence,
      checks: this.checks.map((check) => ({ ...check })),
      credential: this.credential,
      as_of: { keys: formatTime(keys), status: formatTime(status), journal: formatTime(journal) },
      at: formatTime(this.at),
      known_at: formatTime(this.knownAt),
      current_edition: this.currentEdition,
    };
  }
}
