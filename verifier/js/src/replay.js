// What the journal says of an edition at a past instant, by what was known at another. Pure.
//
// Entries count that were recorded by `knownAt` and in effect by `at`, in the order of the journal. The rules are the
// issuer's: an edition supersedes every earlier one, a suspension belongs to the certificate, a withdrawal ends all
// editions there are, and an appeal's edition begins anew.

import { Malformed } from './errors.js';
import { ISSUING_KINDS } from './proof.js';
import { LEEWAY, StatusValue } from './vocabulary.js';

const ENDING = ['withdrawn', 'terminated'];
const KNOWN_KINDS = [
  ...ISSUING_KINDS, ...ENDING, 'activated', 'expired', 'superseded', 'suspended', 'reinstated', 'abandoned',
];

/**
 * The status of the edition whose token has `digest`, at `at`, by the entries recorded by `knownAt` (null: all).
 *
 * Gives `{value, issued, event}`: `value` is null when the edition was not there (yet), `issued` the entry that issued
 * the token whether or not it counts (null when the journal has none), `event` the entry that decided. `events` are all
 * those about its certificate; Malformed when one is of an unknown kind, because it could have ended the certificate.
 */
export function replay(events, { digest, edition, at, knownAt }) {
  const unknown = events.find((event) => !KNOWN_KINDS.includes(event.kind));
  if (unknown !== undefined) throw new Malformed(`the journal has an entry of the unknown kind ${unknown.kind}`);
  const issued = events.find((event) => ISSUING_KINDS.includes(event.kind) && event.digests.includes(digest)) ?? null;
  if (issued === null) {
    const event = events.find((item) => item.kind === 'abandoned' && item.edition === edition) ?? null;
    return { value: event === null ? null : StatusValue.INVALID, issued, event };
  }
  if (issued.edition !== edition) throw new Malformed('the journal lists the token under another edition');
  const wasKnown = (event) => knownAt === null || event.recordedAt <= knownAt;
  if (!wasKnown(issued) || issued.effectiveAt > at + LEEWAY) return { value: null, issued, event: null };
  let [suspended, superseded, ended] = [null, null, null];
  for (const event of events) {
    if (event.effectiveAt > at || !wasKnown(event)) continue;
    const later = event.position > issued.position;
    if (event.kind === 'suspended') suspended = event;
    else if (event.kind === 'reinstated' || event.kind === 'appealed') suspended = null;
    if (later && ENDING.includes(event.kind)) ended ??= event;
    if (later && ISSUING_KINDS.includes(event.kind)) superseded ??= event;
  }
  if (ended !== null) return { value: StatusValue.INVALID, issued, event: ended };
  if (superseded !== null) return { value: StatusValue.SUPERSEDED, issued, event: superseded };
  if (suspended !== null) return { value: StatusValue.SUSPENDED, issued, event: suspended };
  return { value: StatusValue.VALID, issued, event: null };
}
