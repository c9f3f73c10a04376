// The status of a credential: which list says what, and whether it can be relied on for the instant asked about.

import { EvidenceUnavailable, Malformed, UnknownListKey } from './errors.js';
import { bitAt, checkBitstringToken, checkStatusToken, isFresh, statusAt } from './lists.js';
import { Code } from './report.js';
import { LEEWAY, StatusValue } from './vocabulary.js';

/**
 * What the issuer's lists say of the credential: `{code, detail, made}`, `made` being when the list was signed.
 *
 * The token status list decides; bitstrings only for a credential that has none. A list that cannot be had or believed
 * is STATUS_UNAVAILABLE. An old list that says withdrawn or superseded is believed, because neither can be undone; an
 * old list that says anything else is STATUS_STALE.
 */
export async function findStanding(credential, source, view, memory, question) {
  const of = { now: question.now, offline: source.offline, memory };
  let standing;
  try {
    if (credential.status !== null) standing = await byToken(credential, source, view, of, question);
    else if (credential.bitstrings.length) standing = await byBitstrings(credential, source, view, of, question);
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

const standingOf = (code, detail = '', made = null) => ({ code, detail, made });

const unknownMechanism = ({ unknownStatus }) => `the status mechanism ${unknownStatus.join(', ')} is unknown here`;

async function byToken({ status }, source, view, of, question) {
  const { token, fetchedAt } = await source.statusList(status.uri, question.now);
  const check = ({ trust }) => checkStatusToken(token, { ...of, uri: status.uri, trust });
  let list;
  try {
    list = await check(view);
  } catch (error) {
    if (!(error instanceof UnknownListKey)) throw error;
    list = await check(await source.trust(question.now, { refresh: true }));
  }
  const value = statusAt(list, status.idx);
  if (value === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', list.issuedAt);
  return judgeValue(value, list.issuedAt, isFresh(list, { ...of, fetchedAt }), question);
}

async function byBitstrings({ bitstrings }, source, view, of, question) {
  const values = {};
  let made = question.now;
  let fresh = true;
  for (const { purpose, uri, index } of bitstrings) {
    const { token, fetchedAt } = await source.bitstringList(uri, question.now);
    const list = await checkBitstringToken(token, { ...of, uri, trust: view.trust });
    made = Math.min(made, list.issuedAt);
    if (list.purpose !== purpose) return standingOf(Code.STATUS_INVALID, 'the list is for another purpose', made);
    values[purpose] = bitAt(list, index);
    if (values[purpose] === null) return standingOf(Code.STATUS_INVALID, 'the index is outside of the list', made);
    fresh = fresh && isFresh(list, { ...of, fetchedAt });
  }
  if (values.revocation) return judgeValue(StatusValue.INVALID, made, fresh, question);
  if (values.suspension) return judgeValue(StatusValue.SUSPENDED, made, fresh, question);
  if (values.revocation === undefined || values.suspension === undefined) {
    return standingOf(Code.STATUS_UNAVAILABLE, 'no list tells both kinds of status', made);
  }
  return judgeValue(StatusValue.VALID, made, fresh, question);
}

/** A value read from an authentic list made at `made`; the order of precedence is revoked, superseded, stale. */
function judgeValue(value, made, fresh, { at, asked, knownAt, now }) {
  if ((asked && at < made) || (knownAt !== null && knownAt < made)) {
    return standingOf(Code.STATUS_HISTORY_UNAVAILABLE, 'the list is newer than the time asked about', made);
  }
  if (value === StatusValue.INVALID) return standingOf(Code.REVOKED, 'the status list says invalid', made);
  if (value === StatusValue.SUPERSEDED) return standingOf(Code.SUPERSEDED, 'the status list says superseded', made);
  if (at > now + LEEWAY) return standingOf(Code.STATUS_STALE, 'the time asked about is still to come', made);
  if (!fresh) return standingOf(Code.STATUS_STALE, 'the list is too old to rely on', made);
  if (value === StatusValue.SUSPENDED) return standingOf(Code.SUSPENDED, 'the status list says suspended', made);
  return standingOf(Code.VALID, '', made);
}
