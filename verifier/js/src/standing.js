// The status of a credential: which list says what, and whether it can be relied on for the instant asked about.

import { EvidenceUnavailable, Malformed, UnknownListKey } from './errors.js';
import { bitAt, checkBitstringToken, checkStatusToken, isFresh, statusAt } from './lists.js';
import { Code } from './report.js';
import { LEEWAY, StatusValue } from './vocabulary.js';

/** Of a list that cannot tell the instant asked about. */
export const UNTOLD = 'the list is newer than the time asked about';

/** `made` is when the list was signed, `journal` up to when the journal is known that was read (`past`), or null. */
export const standingOf = (code, detail = '', made = null) => ({ code, detail, made, journal: null, past: false });

/**
 * What the issuer's lists say of the credential; of the past, what `tellPast` finds in its journal (null: nothing).
 *
 * The token status list decides; bitstrings only for a credential that has none. A list that cannot be had or believed
 * is STATUS_UNAVAILABLE. An old list that says withdrawn or superseded is believed, because neither can be undone; an
 * old list that says anything else is STATUS_STALE. `asked` is `{credential, parsed, source, view, memory, question}`.
 */
export async function findStanding(asked, tellPast) {
  const { credential } = asked;
  let standing;
  try {
    if (credential.status !== null) standing = await byToken(asked, tellPast);
    else if (credential.bitstrings.length) standing = await byBitstrings(asked, tellPast);
    else return standingOf(Code.STATUS_UNAVAILABLE, unknownMechanism(credential));
  } catch (error) {
    if (error instanceof EvidenceUnavailable || error instanceof Malformed) {
      return standingOf(Code.STATUS_UNAVAILABLE, error.message);
    }
    throw error;
  }
  if (standing.code === Code.VALID && credential.unknownStatus.length) {
    return standingOf(Code.STATUS_UNAVAILABLE, unknownMechanism(credential), standing.made);
  }
  return standing;
}

const unknownMechanism = ({ unknownStatus }) => `the status mechanism ${unknownStatus.join(', ')} is unknown here`;

const contextOf = ({ source, memory, question }) => ({ now: question.now, offline: source.offline, memory });

async function byToken(asked, tellPast) {
  const { credential: { status }, source, view, question } = asked;
  const of = { ...contextOf(asked), uri: status.uri };
  const { token, fetchedAt } = await source.statusList(status.uri, question.now);
  let list;
  try {
    list = await checkStatusToken(token, { ...of, trust: view.trust });
  } catch (error) {
    if (!(error instanceof UnknownListKey)) throw error;
    const newer = await source.trust(question.now, { refresh: true });
    list = await checkStatusToken(token, { ...of, trust: newer.trust });
  }
  const value = statusAt(list, status.idx);
  if (value === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', list.issuedAt);
  const fresh = isFresh(list, { ...of, fetchedAt });
  if (isPast(question, list.issuedAt)) return standingInPast(asked, [list], fresh, tellPast);
  return judgeValue(value, list.issuedAt, fresh, question);
}

async function byBitstrings(asked, tellPast) {
  const { credential: { bitstrings }, source, view, question } = asked;
  const of = contextOf(asked);
  const values = {};
  const lists = [];
  let made = question.now;
  let fresh = true;
  for (const { purpose, uri, index } of bitstrings) {
    const { token, fetchedAt } = await source.bitstringList(uri, question.now);
    const list = await checkBitstringToken(token, { ...of, uri, trust: view.trust });
    lists.push(list);
    made = Math.min(made, list.issuedAt);
    if (list.purpose !== purpose) return standingOf(Code.STATUS_INVALID, 'the list is for another purpose', made);
    values[purpose] = bitAt(list, index);
    if (values[purpose] === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', made);
    fresh = fresh && isFresh(list, { ...of, fetchedAt });
  }
  if (isPast(question, made)) return standingInPast(asked, lists, fresh, tellPast);
  if (values.revocation) return judgeValue(StatusValue.INVALID, made, fresh, question);
  if (values.suspension) return judgeValue(StatusValue.SUSPENDED, made, fresh, question);
  if (values.revocation === undefined || values.suspension === undefined) {
    return standingOf(Code.STATUS_UNAVAILABLE, 'no list tells both kinds of status', made);
  }
  return judgeValue(StatusValue.VALID, made, fresh, question);
}

/** Whether a list made at `made` says nothing about the instants asked about. */
const isPast = ({ at, asked, knownAt }, made) => (asked && at < made) || (knownAt !== null && knownAt < made);

function standingInPast(asked, lists, fresh, tellPast) {
  const made = Math.min(...lists.map((list) => list.issuedAt));
  return tellPast === null
    ? standingOf(Code.STATUS_HISTORY_UNAVAILABLE, UNTOLD, made)
    : tellPast(asked, lists, fresh);
}

/** A value read from an authentic list made at `made`; the order of precedence is revoked, superseded, stale. */
function judgeValue(value, made, fresh, { at, now }) {
  if (value === StatusValue.INVALID) return standingOf(Code.REVOKED, 'the status list says invalid', made);
  if (value === StatusValue.SUPERSEDED) return standingOf(Code.SUPERSEDED, 'the status list says superseded', made);
  if (at > now + LEEWAY) return standingOf(Code.STATUS_STALE, 'the time asked about is still to come', made);
  if (!fresh) return standingOf(Code.STATUS_STALE, 'the list is too old to rely on', made);
  if (value === StatusValue.SUSPENDED) return standingOf(Code.SUSPENDED, 'the status list says suspended', made);
  return standingOf(Code.VALID, '', made);
}
