// What a public record tells. It is not signed: good for naming things, and for no decision.

import { instantOf } from './fields.js';
import { isObject } from './json.js';

/** The oldest edition of a public record that none has superseded by `now` (ms); null for a record of another form. */
export function editionInForce(editions, now) {
  if (!Array.isArray(editions)) return null;
  let oldest = null;
  for (const entry of editions) {
    if (!isObject(entry)) return null;
    const { edition, supersededFrom: ends } = entry;
    const end = typeof ends === 'string' ? instantOf(ends) : null;
    if (ends !== undefined && end === null) return null;
    if (end !== null && end <= now) continue;
    if (typeof edition !== 'number') return null;
    oldest = Math.min(oldest ?? edition, edition);
  }
  return oldest;
}
