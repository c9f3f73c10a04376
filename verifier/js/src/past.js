// The status of a credential at a past instant, or by what was known at one, from the journal's history.

import { EvidenceUnavailable, Malformed } from './errors.js';
import { digestOf } from './jose.js';
import { replay } from './replay.js';
import { Code, formatTime } from './report.js';
import { standingOf, UNTOLD } from './standing.js';
import { LEEWAY } from './vocabulary.js';

const CODES = [Code.VALID, Code.REVOKED, Code.SUSPENDED, Code.SUPERSEDED];
const shownTime = (time) => formatTime(new Date(time));

/**
 * What the journal says of the token for the instants asked about.
 *
 * `lists` are the authentic lists that tell the present: the history must hold the journal they were made from, so that
 * nobody can show an older one. What was known at a time that the history covers stays as it was, however old the
 * evidence is; what is known now needs it to be `fresh`, unless it says withdrawn or replaced.
 */
export async function pastStanding({ credential, parsed, source, question }, lists, fresh) {
  const made = Math.min(...lists.map((list) => list.issuedAt));
  const unknown = (detail) => standingOf(Code.STATUS_HISTORY_UNAVAILABLE, detail, made);
  if (typeof source.history !== 'function') return unknown(UNTOLD);
  const { at, knownAt, now } = question;
  let past;
  let knownTo;
  try {
    const history = await source.history(now, { least: Math.max(...lists.map((list) => list.size)) });
    knownTo = await knownUpTo(history, lists, knownAt);
    const { number, edition } = credential.shown;
    past = replay(history.about(number), { digest: await digestOf(parsed), edition, at, knownAt });
  } catch (error) {
    if (error instanceof EvidenceUnavailable || error instanceof Malformed) return unknown(error.message);
    throw error;
  }
  const standing = (code, detail) => ({ ...standingOf(code, detail, made), journal: knownTo, past: true });
  if (past.value === null) return standing(...absence(past.issued, credential, knownTo));
  const code = CODES[past.value];
  const detail = past.event === null ? '' : entryDetail(past.event);
  if (code === Code.REVOKED || code === Code.SUPERSEDED) return standing(code, detail);
  if (at > now + LEEWAY) return standing(Code.STATUS_STALE, 'the time asked about is still to come');
  const settled = knownAt !== null && knownAt <= knownTo;
  return settled || fresh
    ? standing(code, detail)
    : standing(Code.STATUS_STALE, 'the evidence is too old to tell what is known now');
}

/** Up to when the history is the whole journal; EvidenceUnavailable when it does not go with the lists. */
async function knownUpTo(history, lists, knownAt) {
  const newest = history.lastRecorded();
  if (newest === null) throw new EvidenceUnavailable('the journal is empty');
  let latest = newest;
  for (const { size, root, issuedAt } of lists) {
    if (await history.holds(size, root)) latest = Math.max(latest, issuedAt);
    else if (size <= history.size) throw new EvidenceUnavailable('the journal contradicts the status list');
    else if (knownAt === null || knownAt >= newest) {
      throw new EvidenceUnavailable('the journal at hand ends before the status list was made');
    }
  }
  return latest;
}

/** Why the edition was not there. */
function absence(issued, { issuedAt }, knownTo) {
  if (issued !== null) {
    const [effective, recorded] = [shownTime(issued.effectiveAt), shownTime(issued.recordedAt)];
    return [Code.NOT_YET_VALID, `it took effect on ${effective}, recorded on ${recorded}`];
  }
  return issuedAt === null || issuedAt > knownTo
    ? [Code.STATUS_HISTORY_UNAVAILABLE, 'the journal at hand does not know the token']
    : [Code.STATUS_INVALID, 'the journal has no such token'];
}

function entryDetail({ position, kind, reason, effectiveAt, recordedAt }) {
  const why = reason === null ? '' : `, ${reason}`;
  const when = `effective ${shownTime(effectiveAt)}, recorded ${shownTime(recordedAt)}`;
  return `journal entry ${position}: ${kind}${why}, ${when}`;
}
