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
import { readerOf } from './online.js';
import { PinnedSource } from './pinned.js';
import { checkOpenBadge, checkVc } from './policy_full.js';
import { CHECKS, Code, Outcome, Report, Verdict } from './report.js';
import { PublishedSource } from './source.js';
import { readTrust, Trust } from './trust.js';
import { Securing } from './vocabulary.js';

export {
  BundleError, BundleSource, CHECKS, ClaimError, Code, CompactVerifier, EvidenceUnavailable, extractToken, LcertError,
  Malformed, NotAccepted, NotPublished, Outcome, PinnedSource, PublishedSource, readerOf, readTrust, Report,
  RollbackError, Securing, Trust, TrustError, Unsupported, Verdict,
};

/** Judges tokens of every securing, and badges, by the evidence of its sources. */
export class Verifier extends CompactVerifier {
  static profiles = { ...CompactVerifier.profiles, 'vc+jwt': checkVc, openbadge: checkOpenBadge };

  /** Offline, by the bytes of a trust bundle; rejects with BundleError or TrustError when it cannot be used. */
  static async fromBundle(bytes, { pin = null, clock } = {}) {
    const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    return new this([await BundleSource.open(data, { pin, clock })], { clock });
  }

  /** The Report on a baked PNG or SVG: on the Open Badge in it, the only securing that images carry. */
  async verifyBadge(bytes, options = {}) {
    const question = this.question(options);
    let token;
    try {
      token = extractToken(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
    } catch (error) {
      if (error instanceof Malformed) return reportWithoutToken(error.message, question);
      throw error;
    }
    return this.judge(token, question, options, { openbadge: checkOpenBadge });
  }
}
