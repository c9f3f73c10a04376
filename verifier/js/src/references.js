// Where a credential says its status is told: token status list, bitstrings, and mechanisms that are none of ours.

import { checkUrl, Fields } from './fields.js';
import { BITSTRING_ENTRY, LIST_ENTRIES } from './vocabulary.js';

const LIST_NUMBER = /^[1-9][0-9]{0,5}$/;
const LIST_INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

function listNumber(uri, prefix) {
  const number = uri.startsWith(prefix) ? uri.slice(prefix.length) : '';
  return LIST_NUMBER.test(number) ? number : null;
}

/** `{reference, bitstrings, unknown}`; throws ClaimError for a reference that does not fit. */
export function readStatus(fields, baseUrl) {
  const unknown = [];
  let reference = null;
  if (fields.has('status')) {
    const status = fields.object('status');
    if (!Object.keys(status.raw).length) fields.fail('status', 'names no mechanism');
    for (const name of Object.keys(status.raw)) {
      if (name !== 'status_list') unknown.push(`status.${name}`.slice(0, 100));
    }
    if (status.has('status_list')) reference = readReference(status.object('status_list'), baseUrl);
  }
  const bitstrings = [];
  if (fields.has('credentialStatus')) {
    const value = fields.raw.credentialStatus;
    if (Array.isArray(value) && !value.length) fields.fail('credentialStatus', 'names no mechanism');
    for (const [position, item] of (Array.isArray(value) ? value : [value]).entries()) {
      const entry = new Fields(item, Array.isArray(value) ? `credentialStatus[${position}]` : 'credentialStatus');
      const types = entryTypes(entry);
      if (entry.has('id')) checkUrl(entry, 'id');
      if (types.length === 1 && types[0] === BITSTRING_ENTRY) bitstrings.push(readBitstring(entry, baseUrl));
      else unknown.push(types.join(', ').slice(0, 100));
    }
  }
  if (new Set(bitstrings.map((item) => item.purpose)).size !== bitstrings.length) {
    fields.fail('credentialStatus', 'has two entries of one purpose');
  }
  for (const item of reference === null ? [] : bitstrings) {
    if (item.uri.split('/').at(-1) !== reference.uri.split('/').at(-1) || item.index !== reference.idx) {
      fields.fail('credentialStatus', 'points at another place than the status claim');
    }
  }
  if (reference === null && !bitstrings.length && !unknown.length) fields.fail('status', 'is missing');
  return { reference, bitstrings, unknown };
}

function entryTypes(entry) {
  const value = entry.raw.type;
  const types = Array.isArray(value) ? value : [value];
  const named = types.length > 0 && types.every((item) => typeof item === 'string' && item !== '');
  return named ? types : entry.fail('type', 'is missing');
}

function readReference(entry, baseUrl) {
  const uri = entry.text('uri', 400);
  if (listNumber(uri, `${baseUrl}/status/token/`) === null) entry.fail('uri', 'is not a status list of the issuer');
  return { uri, idx: entry.integer('idx', 0, LIST_ENTRIES - 1) };
}

function readBitstring(entry, baseUrl) {
  const purpose = entry.word('statusPurpose', ['revocation', 'suspension']);
  const uri = entry.text('statusListCredential', 400);
  if (listNumber(uri, `${baseUrl}/status/bitstring/${purpose}/`) === null) {
    entry.fail('statusListCredential', 'is not a list of the issuer for this purpose');
  }
  const index = Number(entry.pattern('statusListIndex', LIST_INDEX, 'a decimal string'));
  if (index >= LIST_ENTRIES) entry.fail('statusListIndex', 'is beyond the end of every list');
  if (entry.has('statusSize')) entry.integer('statusSize', 1, 1); // an index among wider entries would be another place
  if (entry.raw.id === uri) entry.fail('id', "must not be the list's own URL");
  return { purpose, uri, index };
}
