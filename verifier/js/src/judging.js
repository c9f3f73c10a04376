// One verification, step by step, in the order of CHECKS. The first step that fails names the code.
//
// Status is asked for only when everything before it passed, and nothing a token says is believed before its signature
// verified with a key of the issuer it names.

import { fromAscii } from './bytes.js';
import { ClaimError, LcertError, Malformed, Unsupported } from './errors.js';
import { isLicensedHost, normalHost } from './hosts.js';
import { hostOf } from './identity.js';
import { digestOf, splitToken, verifySignature } from './jose.js';
import { isObject } from './json.js';
import { recordedPosition } from './proof.js';
import { editionInForce } from './records.js';
import { CHECKS, Code, Outcome, Report, Verdict } from './report.js';
import { sentenceOf } from './sentences.js';
import { findStanding } from './standing.js';
import { BITSTRING_LIST_CREDENTIAL, LEEWAY, MAX_EDITION, Securing } from './vocabulary.js';

const UNDECIDED = [
  Code.TRUST_UNAVAILABLE, Code.STATUS_UNAVAILABLE, Code.STATUS_STALE, Code.STATUS_HISTORY_UNAVAILABLE,
];
const BY_TYP = { 'vc+jwt': Securing.VC_JWT, 'lc+jwt': Securing.COMPACT };
// Open Badges 3.0 section 8.2.4.1 allows no more, but for a `typ` that ours never has.
const BADGE_HEADERS = ['alg', 'kid', 'jwk'];
// What a fault of ours is called, by the step it happens in: never accepted, and never more than is known.
const FAULTS = [
  Code.MALFORMED, Code.WRONG_TYPE, Code.TRUST_UNAVAILABLE, Code.UNTRUSTED_ISSUER, Code.UNKNOWN_KEY, Code.BAD_SIGNATURE,
  Code.PROFILE_VIOLATION, Code.NOT_YET_VALID, Code.STATUS_UNAVAILABLE, Code.DOMAIN_MISMATCH,
];
const dateOrNull = (time) => (time === null ? null : new Date(time));

/** How a step ends the judging: it has failed, or could not tell. */
class Stop {
  constructor(code, detail, { undecided = UNDECIDED.includes(code), day = null, past = false } = {}) {
    this.code = code;
    this.detail = detail;
    this.verdict = undecided ? Verdict.INDETERMINATE : Verdict.REJECTED;
    this.day = day;
    this.past = past;
  }
}

/** The Report for an input in which no token was found. */
export const reportWithoutToken = (detail, question) =>
  new Judging(null, { sources: [], question, domain: null, profiles: {} }).stopped(new Stop(Code.MALFORMED, detail));

/**
 * The state of one verification; `run` gives the Report.
 *
 * `sources` are pairs of a source and its ListMemory; `question` is `{at, asked, knownAt, now}` in milliseconds;
 * `profiles` maps the securings that are accepted here to the check of their claims; `tellPast` reads the journal for
 * questions about the past (null: such questions have no answer).
 */
export class Judging {
  constructor(token, { sources, question, domain, profiles, tellPast = null }) {
    this.token = token;
    this.sources = sources;
    this.question = question;
    this.domain = domain;
    this.profiles = profiles;
    this.tellPast = tellPast;
    this.passed = 0;
    this.view = null;
    this.credential = null;
    this.standing = null;
  }

  /** The Report. Never rejects: a fault of this library is told as an answer that accepts nothing. */
  async run() {
    const steps = [
      this.form, this.type, this.trust, this.issuer, this.findKey, this.signature, this.profile, this.validity,
      this.status, this.host,
    ];
    try {
      for (const step of steps) {
        await step.call(this);
        this.passed += 1;
      }
      return await this.report(Verdict.ACCEPTED, Code.VALID, { failed: null });
    } catch (error) {
      if (error instanceof Stop) return this.stopped(error);
      return this.stopped(new Stop(FAULTS[this.passed], `fault: ${error?.name ?? typeof error}`));
    }
  }

  /** RFC 7515 compact serialisation, read strictly. */
  form() {
    try {
      this.parsed = splitToken(this.token instanceof Uint8Array ? fromAscii(this.token) : this.token);
    } catch (error) {
      throw error instanceof Malformed ? new Stop(Code.MALFORMED, error.message) : error;
    }
  }

  /** RFC 8725 section 3.11: the kind is explicit, and each kind is accepted only where it is meant to be. */
  type() {
    const { header, payload } = this.parsed;
    const known = Object.hasOwn(BY_TYP, header.typ ?? '') ? BY_TYP[header.typ] : null;
    const found = 'typ' in header ? known : Securing.OPENBADGE;
    if (found === null || !Object.hasOwn(this.profiles, found)) {
      throw new Stop(Code.WRONG_TYPE, 'its typ is not one that is accepted here');
    }
    if (found === Securing.VC_JWT && (header.cty ?? 'vc') !== 'vc') {
      throw new Stop(Code.WRONG_TYPE, 'its cty is not vc');
    }
    if (found === Securing.OPENBADGE && !Object.keys(header).every((name) => BADGE_HEADERS.includes(name))) {
      throw new Stop(Code.WRONG_TYPE, 'its header holds what no Open Badge has');
    }
    if ([payload.type].flat().includes(BITSTRING_LIST_CREDENTIAL)) {
      throw new Stop(Code.WRONG_TYPE, 'it is a status list');
    }
    this.securing = found;
  }

  /** The source whose trust names exactly the issuer that the token names. */
  async trust() {
    const { payload } = this.parsed;
    const { now } = this.question;
    const compact = this.securing === Securing.COMPACT;
    const named = compact ? payload.iss : payload.issuer;
    const issuer = isObject(named) && !compact ? named.id : named;
    let unavailable = this.sources.length ? '' : 'no trust was given';
    for (const [source, memory] of this.sources) {
      let view;
      try {
        view = await source.trust(now);
      } catch (error) {
        if (!(error instanceof LcertError)) throw error;
        unavailable = error.message;
        continue;
      }
      const { trust } = view;
      if (trust.expiresAt !== null && now >= trust.expiresAt) {
        unavailable = 'the trust statement has expired';
      } else if (issuer === (compact ? hostOf(trust.baseUrl) : trust.issuer)) {
        Object.assign(this, { source, memory, view });
        return;
      }
    }
    if (unavailable) throw new Stop(Code.TRUST_UNAVAILABLE, unavailable);
  }

  issuer() {
    if (this.view === null) {
      throw new Stop(Code.UNTRUSTED_ISSUER, 'no trusted issuer has the name that the token gives');
    }
  }

  keyNamed() {
    const { kid } = this.parsed.header;
    if (kid === undefined) throw new Stop(Code.UNKNOWN_KEY, 'the token names no key');
    const { trust } = this.view;
    return this.securing === Securing.COMPACT ? trust.findThumbprint(kid) : trust.find(kid);
  }

  /** The key of this issuer with this kid, meant for credentials and not compromised. */
  async findKey() {
    let key = this.keyNamed();
    if (key === undefined) {
      let fresh = false;
      try {
        this.view = await this.source.trust(this.question.now, { refresh: true });
        fresh = this.view.fresh && !this.source.offline;
        key = this.keyNamed();
      } catch (error) {
        if (!(error instanceof LcertError)) throw error;
      }
      if (key === undefined) {
        throw new Stop(Code.UNKNOWN_KEY, 'the issuer has no key of this name', { undecided: !fresh });
      }
    }
    if (!key.purposes.includes('issuer')) throw new Stop(Code.UNKNOWN_KEY, 'the key is not meant for credentials');
    this.key = key;
    if (key.state === 'compromised') await this.compromised(key);
  }

  /** Tokens that the journal proves older than the compromise stand; for the others the key is dead. */
  async compromised(key) {
    const day = key.compromisedAt;
    if (key.since === null) throw new Stop(Code.KEY_COMPROMISED, 'the key was compromised', { day });
    if (!(await this.verifies())) return; // the next step says so, and nobody makes us fetch proofs for forgeries
    const digest = await digestOf(this.parsed);
    const position = await recordedPosition(await this.source.proof(digest), digest, key);
    if (position === null) {
      const detail = 'the key was compromised, and it is not proven that the token was recorded before';
      throw new Stop(Code.STATUS_HISTORY_UNAVAILABLE, detail, { day });
    }
    if (position >= key.since) {
      throw new Stop(Code.KEY_COMPROMISED, 'it was recorded after the compromise', { day });
    }
  }

  /** Whether the signature is the key's. What this platform cannot check is undecided. */
  async verifies() {
    try {
      return await verifySignature(this.parsed, this.key.key);
    } catch (error) {
      throw error instanceof Unsupported ? new Stop(Code.TRUST_UNAVAILABLE, error.message) : error;
    }
  }

  async signature() {
    if (await this.verifies()) return;
    const same = this.parsed.header.alg === this.key.key.alg;
    throw new Stop(
      Code.BAD_SIGNATURE, same ? 'the signature does not verify' : "the algorithm is not the key's",
    );
  }

  profile() {
    const { baseUrl, issuer } = this.view.trust;
    try {
      this.credential = this.profiles[this.securing](this.parsed.payload, { baseUrl, issuer });
    } catch (error) {
      throw error instanceof ClaimError ? new Stop(Code.PROFILE_VIOLATION, error.message) : error;
    }
  }

  /** Leeway for the beginning only; the last day ends with its last second. */
  validity() {
    const { shown, validFrom, validUntil, issuedAt } = this.credential;
    const { at, now } = this.question;
    if (at < validFrom - LEEWAY) throw new Stop(Code.NOT_YET_VALID, `valid from ${shown.validFrom}`);
    if (issuedAt !== null && issuedAt > now + LEEWAY) throw new Stop(Code.NOT_YET_VALID, 'it was signed in the future');
    if (at >= validUntil + 1000) throw new Stop(Code.EXPIRED, `valid through ${shown.validThrough}`);
  }

  async status() {
    let found;
    try {
      found = await findStanding(this, this.tellPast);
    } catch (error) {
      throw error instanceof LcertError ? new Stop(Code.STATUS_UNAVAILABLE, error.message) : error;
    }
    this.standing = found;
    if (found.code !== Code.VALID) throw new Stop(found.code, found.detail, { day: found.made, past: found.past });
  }

  host() {
    if (this.domain !== null && !isLicensedHost(this.domain, this.credential.domains)) {
      throw new Stop(Code.DOMAIN_MISMATCH, 'the host is not one the badge is licensed for');
    }
  }

  async stopped({ code, verdict, detail, day, past }) {
    const current = code === Code.SUPERSEDED || code === Code.EXPIRED ? await this.currentEdition() : null;
    return this.report(verdict, code, { failed: detail.slice(0, 500), day, past, current });
  }

  async report(verdict, code, { failed, day = null, past = false, current = null }) {
    const checks = CHECKS.map((name, index) => {
      if (failed !== null && index === this.passed) {
        const outcome = verdict === Verdict.INDETERMINATE ? Outcome.UNKNOWN : Outcome.FAILED;
        return { name, outcome, detail: failed };
      }
      const asked = name !== 'domain' || this.domain !== null;
      return { name, outcome: index < this.passed && asked ? Outcome.PASSED : Outcome.SKIPPED, detail: '' };
    });
    const facts = {
      verdict,
      asked: this.question.asked ? this.question.at : null,
      known: this.question.knownAt,
      past,
      issuer: this.view?.trust.name ?? null,
      day,
      current,
      host: this.domain === null ? null : normalHost(this.domain),
    };
    return new Report({
      verdict,
      code,
      sentence: sentenceOf(code, facts, this.credential),
      checks,
      credential: this.credential?.shown ?? null,
      asOf: {
        keys: dateOrNull(this.view?.fetchedAt ?? null),
        status: dateOrNull(this.standing?.made ?? null),
        journal: dateOrNull(this.standing?.journal ?? (await this.journalTime())),
      },
      at: new Date(this.question.at),
      knownAt: dateOrNull(this.question.knownAt),
      currentEdition: current,
    });
  }

  async journalTime() {
    return this.view === null ? null : quietly(() => this.source.journalTime());
  }

  /**
   * The URL of a later edition that the public record names; made from numbers, as the record is not signed. The one it
   * calls current, or a renewal that has taken over by now, since the record was made.
   */
  async currentEdition() {
    const { number, edition, url } = this.credential.shown;
    const { now } = this.question;
    const record = await quietly(() => this.source.record(number, now));
    if (!isObject(record)) return null;
    const named = [record.currentEdition, editionInForce(record.editions, now)];
    const current = Math.max(0, ...named.filter((value) => typeof value === 'number'));
    return current > edition && current <= MAX_EDITION ? `${url}/${current}` : null;
  }
}

/** What `ask` gives, null when it fails: something only nice to have must not cost the answer. */
async function quietly(ask) {
  try {
    return (await ask()) ?? null;
  } catch {
    return null;
  }
}
