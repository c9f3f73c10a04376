// The profile: what the payload of a valid L Certification looks like. Here is what every securing shares, and the
// compact one; `policy_full.js` holds the others. Members it does not know are ignored; what is known must be right.

import { ClaimError } from './errors.js';
import { Fields } from './fields.js';
import { credentialId, hostOf, isDomain } from './identity.js';
import { LIST_ENTRIES, MAX_INSTANT, MAX_LISTS, NUMBER, Securing } from './vocabulary.js';

const MAX_TERM = 366 * 86_400_000;
const COMPACT_ID = new RegExp(`^(${NUMBER})/([1-9][0-9]{0,5})$`);
const FORBIDDEN = ['vc', 'vp', 'aud'];

export const startOf = (day) => Date.parse(`${day}T00:00:00Z`);
/** The last second of a day. */
export const endOf = (day) => Date.parse(`${day}T23:59:59Z`);
const dayOfInstant = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

/**
 * What one edition of a certificate says, and where its status is told. `shown` is how Reports show it; times are in
 * milliseconds. `issuedAt` is the signature's `iat`, null where there is none.
 */
export class Credential {
  constructor({ shown, issuedAt, status = null, bitstrings = [], unknownStatus = [] }) {
    this.shown = shown;
    this.validFrom = startOf(shown.validFrom);
    this.validUntil = endOf(shown.validThrough);
    this.issuedAt = issuedAt;
    this.status = status;
    this.bitstrings = bitstrings;
    this.unknownStatus = unknownStatus;
    this.domains = shown.holder.domains.map((domain) => domain.name);
  }
}

/** The members of a Report's credential that every securing has. */
export function shownCredential({ baseUrl, number, edition, securing, issuer, issuedAt, certificate, ...parts }) {
  return {
    id: credentialId(baseUrl, number, edition),
    securing,
    issuer,
    issuerName: null,
    number,
    edition,
    url: `${baseUrl}/c/${number}`,
    validFrom: certificate.validFrom,
    validThrough: certificate.validThrough,
    issuedAt: issuedAt === null ? null : `${new Date(issuedAt).toISOString().slice(0, 19)}Z`,
    certificate,
    dataBasis: [],
    evidence: [],
    decision: null,
    ...parts,
  };
}

/** Refuses what no securing may carry, and registered times that are no JSON integers in their range. */
export function checkCommon(fields) {
  for (const name of FORBIDDEN) {
    if (fields.has(name)) fields.fail(name, 'must not be there');
  }
  for (const name of ['iat', 'nbf', 'exp']) {
    if (fields.has(name)) fields.integer(name, 0, MAX_INSTANT);
  }
}

export const issuedAtOf = (fields) => (fields.has('iat') ? fields.integer('iat', 0, MAX_INSTANT) * 1000 : null);

export function checkTerm(fields, first, last) {
  if (last < first) fields.fail('validThrough', 'is before validFrom');
  if (startOf(last) - startOf(first) >= MAX_TERM) fields.fail('validThrough', 'makes a term of more than 366 days');
}

/** `nbf` and `exp` are the first second of the first day and the last second of the last. */
export function checkWindow(fields, { validFrom, validThrough }) {
  for (const [name, instant] of [['nbf', startOf(validFrom)], ['exp', endOf(validThrough)]]) {
    if (fields.has(name) && fields.integer(name, 0, MAX_INSTANT) * 1000 !== instant) {
      fields.fail(name, "is not the first or last second of the certificate's validity");
    }
  }
  checkTerm(fields, validFrom, validThrough);
}

/** The credential that the claims of a compact token state; throws ClaimError for the first one that breaks a rule. */
export function checkCompact(claims, { baseUrl, issuer }) {
  const fields = new Fields(claims);
  checkCommon(fields);
  if (fields.text('iss') !== hostOf(baseUrl)) fields.fail('iss', "is not the issuer's host");
  const match = COMPACT_ID.exec(fields.text('jti'));
  if (match === null) throw new ClaimError('jti', 'must be NUMBER/EDITION');
  const names = fields.text('dom', 16_384).split(' ');
  if (!names.every(isDomain) || new Set(names).size !== names.length) {
    fields.fail('dom', 'must be different domain names with one space between them');
  }
  const [number, edition] = [match[1], Number(match[2])];
  const certificate = {
    number,
    edition,
    validFrom: dayOfInstant(fields.integer('nbf', 0, MAX_INSTANT)),
    validThrough: dayOfInstant(fields.integer('exp', 0, MAX_INSTANT)),
  };
  const [list, index] = fields.items('st', 2, 2);
  if (
    typeof list !== 'number' || typeof index !== 'number' ||
    list < 1 || list > MAX_LISTS || index < 0 || index >= LIST_ENTRIES
  ) {
    fields.fail('st', "must be the status list's number and an index in it");
  }
  const status = { uri: `${baseUrl}/status/token/${list}`, idx: index };
  const holder = { legalName: fields.text('sub'), domains: names.map((name) => ({ name })) };
  const scope = { statement: fields.text('scp') };
  const issuedAt = issuedAtOf(fields);
  checkWindow(fields, certificate);
  const securing = Securing.COMPACT;
  return new Credential({
    shown: shownCredential({
      baseUrl, number, edition, securing, issuer, issuedAt, certificate, holder, scope, status,
    }),
    issuedAt,
    status,
  });
}
