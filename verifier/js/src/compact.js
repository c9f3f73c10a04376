// The verifier of compact tokens alone, those of the offline QR codes: small enough to lie in a page.

import { instantOf } from './fields.js';
import { Judging } from './judging.js';
import { ListMemory } from './lists.js';
import { normalOrigin, readerOf } from './online.js';
import { PinnedSource } from './pinned.js';
import { checkCompact } from './policy.js';
import { CHECKS, Code, Outcome, Report, Verdict } from './report.js';
import { PublishedSource } from './source.js';
import { Trust } from './trust.js';

export { CHECKS, Code, Outcome, PinnedSource, PublishedSource, Report, Trust, Verdict };

const systemClock = () => new Date();

/**
 * Judges compact tokens by the evidence of its sources, one issuer each; the first source of an issuer counts.
 *
 * `clock` gives the present as a Date; only it judges freshness.
 */
export class CompactVerifier {
  /** The securings that are accepted, and the check of their claims. */
  static profiles = { compact: checkCompact };
  /** What reads published evidence. */
  static Source = PublishedSource;
  /** What reads the journal for questions about the past; null: they have no answer. */
  static tellPast = null;

  constructor(sources, { clock = systemClock } = {}) {
    this.sources = sources.map((source) => [source, new ListMemory()]);
    this.clock = clock;
  }

  /**
   * Online, by what the issuer at `origin` publishes; nothing is fetched before the first verification.
   *
   * `pin` is the thumbprint of the issuer's root key; without it the first one seen is held on to.
   */
  static online(origin, { pin = null, fetch, clock } = {}) {
    const read = readerOf(origin, { fetch });
    return new this([new this.Source(read, { baseUrl: normalOrigin(origin), pin })], { clock });
  }

  /** By keys the caller trusts; `status(uri)` gives status list tokens, and without it no status can be checked. */
  static pinned(trust, { status, clock } = {}) {
    return new this([new PinnedSource(trust, status)], { clock });
  }

  /**
   * The Report on a token, as of `at` (null: now), by what was known at `knownAt`. `domain` also asks whether the badge
   * may stand on that host. Whatever `token` holds, this resolves; it rejects only for times that are none.
   */
  async verify(token, options = {}) {
    return this.judge(token, this.question(options), options, this.constructor.profiles);
  }

  /** One Report a token, in order, as they are asked for. */
  async *verifyMany(tokens, options = {}) {
    for await (const token of tokens) yield await this.verify(token, options);
  }

  judge(token, question, { domain = null }, profiles) {
    const { tellPast } = this.constructor;
    return new Judging(token, { sources: this.sources, question, domain, profiles, tellPast }).run();
  }

  question({ at = null, knownAt = null }) {
    const now = timeOf(this.clock(), "the clock's time");
    return {
      at: at === null ? now : timeOf(at, 'at'),
      asked: at !== null,
      knownAt: knownAt === null ? null : timeOf(knownAt, 'knownAt'),
      now,
    };
  }
}

/** Milliseconds of a Date, or of an RFC 3339 text with an offset; TypeError for anything else. */
function timeOf(value, name) {
  const time = typeof value === 'string' ? instantOf(value) : value instanceof Date ? value.getTime() : NaN;
  if (time === null || Number.isNaN(time)) throw new TypeError(`${name} must be a Date, or a time with an offset`);
  return time;
}
