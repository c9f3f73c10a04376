// Evidence from keys that the caller pins, and status lists from wherever the caller gets them.

import { EvidenceUnavailable } from './errors.js';

/** `status(uri)` gives a list's token, or rejects; without it no status can be checked. */
export class PinnedSource {
  #trust;
  #status;

  constructor(trust, status = null) {
    this.offline = false;
    this.#trust = trust;
    this.#status = status;
  }

  /** The pinned keys; never fresh, because there may be newer ones that nobody pinned. */
  async trust(now) {
    return { trust: this.#trust, fetchedAt: this.#trust.issuedAt ?? now, fresh: false };
  }

  async statusList(uri, now) {
    if (this.#status === null) throw new EvidenceUnavailable('no source of status lists was given');
    return { token: await this.#status(uri), fetchedAt: now };
  }

  bitstringList(uri, now) {
    return this.statusList(uri, now);
  }

  async record() {
    return null;
  }

  async proof() {
    return null;
  }

  journalTime() {
    return null;
  }
}
