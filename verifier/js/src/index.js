// Verification of L Certification credentials, in browsers and in Node.
//
// `Verifier` decides, by a trust bundle (offline) or by what the issuer publishes (online); it gives a `Report` with a
// verdict of three, a stable code and one plain sentence. Hostile input never rejects.

import { extractToken } from './badges.js';
import { BundleSource } from './bundle.js';
import { CompactVerifier } from './compact.js';
import {
  BundleError, ClaimError, EvidenceUnavailable, LcertError, Malformed, NotAccepted, NotPublished, RollbackError,
  TrustError, Unsupported,
} from './errors.js';
import { reportWithoutToken } from './judging.js';
import { JournalSource } from './journal_source.js';
import { readerOf } from './online.js';
import { pastStanding } from './past.js';
import { PinnedSource } from './pinned.js';
import { checkOpenBadge, checkVc } from './policy_full.js';
import { CHECKS, Code, Outcome, Report, Verdict } from './report.js';
import { PublishedSource } from './source.js';
import { Trust } from './trust.js';
import { Securing } from './vocabulary.js';

export {
  BundleError, BundleSource, CHECKS, ClaimError, Code, CompactVerifier, EvidenceUnavailable, extractToken,
  JournalSource, LcertError, Malformed, NotAccepted, NotPublished, Outcome, PinnedSource, PublishedSource, readerOf,
  Report, RollbackError, Securing, Trust, TrustError, Unsupported, Verdict,
};

/** Judges tokens of every securing, and badges, by the evidence of its sources. */
export class Verifier extends CompactVerifier {
  static profiles = { ...CompactVerifier.profiles, 'vc+jwt': checkVc, openbadge: checkOpenBadge };
  static Source = JournalSource;
  static tellPast = pastStanding;

  /**
   * Offline, by the bytes of a trust bundle; rejects with BundleError or TrustError when it cannot be used. `history`
   * are the bytes of the history file that goes with a bundle whose journal is too long to lie in it.
   */
  static async fromBundle(bytes, { pin = null, history = null, clock } = {}) {
    const more = history === null ? null : bytesOf(history);
    return new this([await BundleSource.open(bytesOf(bytes), { pin, history: more, clock })], { clock });
  }

  /** The Report on a baked PNG or SVG: on the Open Badge in it, the only securing that images carry. */
  async verifyBadge(bytes, options = {}) {
    const question = this.question(options);
    let token;
    try {
      token = extractToken(bytesOf(bytes));
    } catch (error) {
      if (error instanceof Malformed) return reportWithoutToken(error.message, question);
      throw error;
    }
    return this.judge(token, question, options, { openbadge: checkOpenBadge });
  }
}

const bytesOf = (data) => (data instanceof Uint8Array ? data : new Uint8Array(data));
