// Evidence from what an issuer publishes, through any reader of published paths.
//
// Only verified bytes are kept, the last good version stays when a newer one cannot be had, and how old it is is told
// to the verifier, who judges.

import { fromAscii } from './bytes.js';
import { BundleError, EvidenceUnavailable, Malformed, TrustError, UnknownListKey } from './errors.js';
import { isObject, parseJson } from './json.js';
import { checkBitstringToken, checkStatusToken, ListMemory } from './lists.js';
import { pathBelow, proofPath, recordPath, TRUST_PATH } from './published.js';
import { readTrust } from './trust.js';

const MOST_KEPT = 1_024;
const REFRESH_PAUSE = 5_000;
const MAX_RECORD = 4 * 1024 * 1024;

/** Whether `fetchedAt` is at most `age` ago; not so when the clock has gone back. */
const isWithin = (now, fetchedAt, age) => now >= fetchedAt && now - fetchedAt <= age;

/**
 * Evidence about one issuer, read with `read(path)`, which resolves to bytes or rejects with EvidenceUnavailable.
 *
 * `baseUrl` is the origin that the trust statement must be about (null: whatever it says, for a reader that can only
 * lead to one issuer); `pin` the root thumbprint it must be signed by (null: the first one seen, for the life of this
 * object). `listTtl`, `trustTtl` and `maxAge` are seconds: how long a document is used without looking again, and how
 * long the last good trust serves when looking fails.
 */
export class PublishedSource {
  #read;
  #baseUrl;
  #pin;
  #listTtl;
  #trustTtl;
  #maxAge;
  #monotonic;
  #memory = new ListMemory();
  #trust;
  #lists = new Map();
  #records = new Map();
  #journalTime = null;

  constructor(read, options = {}) {
    const { baseUrl = null, pin = null, listTtl = 30, trustTtl = 30, maxAge = 3600 } = options;
    this.offline = false;
    this.#read = read;
    this.#baseUrl = baseUrl;
    this.#pin = pin;
    this.#listTtl = listTtl * 1000;
    this.#trustTtl = trustTtl * 1000;
    this.#maxAge = maxAge * 1000;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#trust = new Kept(this.#monotonic);
  }

  /** The issuer's keys, looked at again after `trustTtl`, or with `refresh` after five seconds. */
  async trust(now, { refresh = false } = {}) {
    const age = refresh ? REFRESH_PAUSE : this.#trustTtl;
    const [trust, fetchedAt] = await this.#trust.get(now, age, (last) => this.#loadTrust(last, now));
    if (now - fetchedAt > this.#maxAge) {
      throw new EvidenceUnavailable("the issuer's keys could not be read again for too long");
    }
    return { trust, fetchedAt, fresh: isWithin(now, fetchedAt, age) };
  }

  async #loadTrust(last, now) {
    // The first statement must be signed by the pin; every later one by a root of the one before it.
    const pin = last === null ? this.#pin : null;
    const trust = await readTrust(await this.#read(TRUST_PATH), { pin, previous: last, now });
    if (this.#baseUrl !== null && trust.baseUrl !== this.#baseUrl) {
      throw new TrustError(`${this.#baseUrl} publishes the trust statement of another issuer`);
    }
    return trust;
  }

  /** The token status list at `uri`, the last authentic one if a newer one cannot be had. */
  statusList(uri, now) {
    return this.#list(uri, now, checkStatusToken);
  }

  /** The bitstring status list credential at `uri`, kept like the other kind. */
  bitstringList(uri, now) {
    return this.#list(uri, now, checkBitstringToken);
  }

  async #list(uri, now, check) {
    const { trust } = await this.trust(now);
    const path = pathBelow(trust.baseUrl, uri);
    if (path === null) throw new EvidenceUnavailable("the status list is not on the issuer's origin");
    if (!this.#lists.has(uri)) {
      if (this.#lists.size >= MOST_KEPT) throw new EvidenceUnavailable('too many status lists');
      this.#lists.set(uri, new Kept(this.#monotonic));
    }
    const load = async () => {
      const text = fromAscii(await this.#read(path));
      const of = { uri, now, offline: false, memory: this.#memory };
      let list;
      try {
        list = await check(text, { ...of, trust });
      } catch (error) {
        if (!(error instanceof UnknownListKey)) throw error;
        list = await check(text, { ...of, trust: (await this.trust(now, { refresh: true })).trust });
      }
      this.#journalTime = Math.max(this.#journalTime ?? 0, list.issuedAt);
      return text;
    };
    const [token, fetchedAt] = await this.#lists.get(uri).get(now, this.#listTtl, load);
    return { token, fetchedAt };
  }

  /** The public record of a certificate; not signed, so good for naming things and for no decision. */
  async record(number, now) {
    const known = this.#records.get(number);
    if (known !== undefined && isWithin(now, known.fetchedAt, this.#listTtl)) return known.record;
    let record = null;
    try {
      const value = parseJson(await this.#read(recordPath(number)), { maxBytes: MAX_RECORD });
      if (isObject(value) && value.number === number) record = value;
    } catch (error) {
      if (!(error instanceof EvidenceUnavailable) && !(error instanceof Malformed)) throw error;
    }
    if (this.#records.size >= MOST_KEPT) this.#records.clear();
    this.#records.set(number, { record, fetchedAt: now });
    return record;
  }

  /** The published journal proof of a token digest; unchecked, it proves itself against the trust statement. */
  async proof(digest) {
    try {
      return await this.#read(proofPath(digest));
    } catch (error) {
      if (error instanceof EvidenceUnavailable) return null;
      throw error;
    }
  }

  /** When the newest list seen was signed: the journal is known up to then. Null when none was. */
  journalTime() {
    return this.#journalTime;
  }
}

/**
 * The last good version of one document, and the pacing of looking again.
 *
 * One look at a time; others use the last good version meanwhile, or wait when there is none. A failed look is not
 * repeated for as long as it took, so that an unreachable origin costs at most half of the time.
 */
export class Kept {
  constructor(monotonic) {
    this.monotonic = monotonic;
    this.good = null;
    this.error = null;
    this.notBefore = 0;
    this.looking = null;
  }

  /** The value and when it was read: one at most `age` old if it can be had. Throws what the last look threw. */
  async get(now, age, load) {
    if (this.good !== null && isWithin(now, this.good[1], age)) return this.good;
    if (this.looking === null) {
      this.looking = this.look(now, load).finally(() => {
        this.looking = null;
      });
      await this.looking;
    } else if (this.good === null) {
      await this.looking;
    }
    if (this.good !== null) return this.good;
    throw this.error ?? new EvidenceUnavailable('not read yet');
  }

  async look(now, load) {
    const begun = this.monotonic();
    if (this.error !== null && begun < this.notBefore) return;
    try {
      this.good = [await load(this.good?.[0] ?? null), now];
      this.error = null;
      return;
    } catch (error) {
      if (error instanceof EvidenceUnavailable || error instanceof TrustError) {
        this.error = error;
      } else if (error instanceof BundleError || error instanceof Malformed) {
        this.error = new EvidenceUnavailable(error.message);
      } else {
        throw error;
      }
    }
    const ended = this.monotonic();
    this.notBefore = ended + (ended - begun);
  }
}
