// Published evidence that can tell the past as well: it reads the whole journal when that is asked about.

import { openCheckpoint } from './heads.js';
import { loadHistory } from './history.js';
import { CHECKPOINT_PATH } from './published.js';
import { Kept, PublishedSource } from './source.js';

export class JournalSource extends PublishedSource {
  #read;
  #ttl;
  #history;

  constructor(read, options = {}) {
    super(read, options);
    this.#read = read;
    this.#ttl = (options.listTtl ?? 30) * 1000;
    this.#history = new Kept(options.monotonic ?? (() => performance.now()));
  }

  /**
   * The whole journal up to the published checkpoint; only tiles that are not known yet are read.
   *
   * Looks again after `listTtl`, and at once when fewer than `least` entries are known.
   */
  async history(now, { least = 0 } = {}) {
    const load = (last) => this.#load(last, now);
    const [found] = await this.#history.get(now, this.#ttl, load);
    if (found.size >= least) return found;
    return (await this.#history.get(now, -1, load))[0];
  }

  async #load(last, now) {
    const { trust } = await this.trust(now);
    const { size, root } = await openCheckpoint(await this.#read(CHECKPOINT_PATH), trust);
    if (last !== null && (await last.holds(size, root))) return last;
    return loadHistory(this.#read, size, root, last);
  }
}
