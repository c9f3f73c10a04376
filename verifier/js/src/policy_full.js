// The profile of the securings that carry the whole claim set: the W3C credential and the Open Badge.
//
// VCDM 2.0 data rules, the registered JWT claims, Open Badges 3.0's mandatory members, and the programme's own rules.

import { ClaimError } from './errors.js';
import { checkUrl, Fields, instantOf, PLAIN_URL, present, STAMP } from './fields.js';
import { parseCredentialId } from './identity.js';
import { isObject } from './json.js';
import {
  checkCommon, checkTerm, checkWindow, Credential, endOf, issuedAtOf, shownCredential, startOf,
} from './policy.js';
import { DIGEST, DIGEST_MEANING, readDataBasis, readDecision, readEvidence, readHolder, readScope } from './reading.js';
import { readStatus } from './references.js';
import { CONTEXT_PATH, CONTEXT_VC, MAX_EDITION, MAX_INSTANT, NUMBER, Securing } from './vocabulary.js';

const WHOLE_NUMBER = new RegExp(`^${NUMBER}$`);
const CRITERIA = /^L-[0-9]{4}\.[0-9]{1,4}$/;
// The second context of an Open Badge, as 1EdTech's schema has it.
const BADGE_CONTEXT = /^https:\/\/purl\.imsglobal\.org\/spec\/ob\/v3p0\/context(?:-3\.[0-9]\.[0-9])*\.json$/;
const TYPED = ['credentialSchema', 'termsOfUse', 'evidence', 'refreshService', 'image'];
// Of these, what is nothing without its `id`.
const NAMED = ['credentialSchema', 'image'];
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

/** The credential that the claims of a W3C credential, or of an Open Badge, state; throws ClaimError. */
export const checkVc = (claims, of) => checkFull(claims, { ...of, securing: Securing.VC_JWT });
export const checkOpenBadge = (claims, of) => checkFull(claims, { ...of, securing: Securing.OPENBADGE });

function checkFull(claims, { securing, baseUrl, issuer }) {
  const fields = new Fields(claims);
  checkCommon(fields);
  const badge = securing === Securing.OPENBADGE;
  checkContexts(fields, baseUrl, badge);
  checkTypes(fields, 'type', ['VerifiableCredential', 'OpenBadgeCredential', 'LCertification']);
  const issuerName = checkIssuer(fields, issuer);
  checkTypedMembers(fields);
  const [number, edition] = readId(fields, baseUrl);
  const subject = fields.object('credentialSubject');
  checkTypes(subject, 'type', ['AchievementSubject', 'LCertifiedSubject']);
  const certificate = readCertificate(subject.object('certificate'), baseUrl);
  if (certificate.number !== number || certificate.edition !== edition) {
    fields.fail('id', 'names another number or edition than the certificate');
  }
  if (badge || subject.has('achievement')) checkAchievement(subject.object('achievement'));
  const holder = readHolder(subject.object('holder'));
  const subjectId = subject.text('id', 2_048);
  if (subjectId !== `https://${holder.domains[0].name}/`) {
    subject.fail('id', "must be the URL of the holder's first domain");
  }
  if (badge && Array.isArray(fields.raw.credentialStatus)) {
    fields.fail('credentialStatus', 'must be one object in an Open Badge');
  }
  const { reference, bitstrings, unknown } = readStatus(fields, baseUrl);
  const issuedAt = issuedAtOf(fields);
  const shown = shownCredential({
    baseUrl,
    number,
    edition,
    securing,
    issuer,
    issuerName,
    issuedAt,
    certificate,
    holder,
    scope: readScope(subject.object('scope')),
    dataBasis: readDataBasis(subject),
    evidence: readEvidence(subject),
    decision: readDecision(subject.object('decision')),
    status: reference,
  });
  if (readInstant(fields, 'validFrom') !== startOf(certificate.validFrom)) {
    fields.fail('validFrom', "differs from the certificate's");
  }
  if (readInstant(fields, 'validUntil') !== endOf(certificate.validThrough)) {
    fields.fail('validUntil', "differs from the end of the certificate's last day");
  }
  checkRegistered(fields, shown, subjectId);
  return new Credential({ shown, issuedAt, status: reference, bitstrings, unknownStatus: unknown });
}

function readId(fields, baseUrl) {
  const value = fields.text('id');
  try {
    return parseCredentialId(value, baseUrl);
  } catch (error) {
    throw new ClaimError('id', error.message);
  }
}

/** Number, edition and dates, and how they must fit together. */
function readCertificate(fields, baseUrl) {
  const certificate = present({
    number: fields.pattern('number', WHOLE_NUMBER, 'a number such as LC-2026-0001'),
    edition: fields.integer('edition', 1, MAX_EDITION),
    supersedes: fields.maybeText('supersedes'),
    programme: fields.word('programme', ['L']),
    criteria: fields.pattern('criteria', CRITERIA, 'a version such as L-2026.1'),
    criteriaDigest: fields.pattern('criteriaDigest', DIGEST, DIGEST_MEANING),
    assessedOn: fields.date('assessedOn'),
    grantedOn: fields.date('grantedOn'),
    firstGrantedOn: fields.date('firstGrantedOn'),
    validFrom: fields.date('validFrom'),
    validThrough: fields.date('validThrough'),
  });
  checkTerm(fields, certificate.validFrom, certificate.validThrough);
  if (certificate.grantedOn < certificate.assessedOn) fields.fail('grantedOn', 'is before the assessment');
  if (certificate.firstGrantedOn > certificate.grantedOn) fields.fail('firstGrantedOn', 'is after the grant');
  const before = certificate.supersedes;
  if (certificate.edition === 1) {
    return before === undefined ? certificate : fields.fail('supersedes', 'must not be there in the first edition');
  }
  let [number, edition] = ['', 0];
  try {
    [number, edition] = parseCredentialId(before ?? '', baseUrl);
  } catch {
    // refused below
  }
  if (number !== certificate.number || edition < 1 || edition >= certificate.edition) {
    fields.fail('supersedes', 'must be the id of an earlier edition from the second one on');
  }
  return certificate;
}

/** The registered claims agree with the credential; an Open Badge has them all (Open Badges 3.0 section 8.2.4). */
function checkRegistered(fields, shown, subjectId) {
  const badge = shown.securing === Securing.OPENBADGE;
  for (const [name, value] of [['iss', shown.issuer], ['sub', subjectId], ['jti', shown.id]]) {
    if ((badge || fields.has(name)) && fields.raw[name] !== value) fields.fail(name, 'differs from the credential');
  }
  if (badge) {
    for (const name of ['nbf', 'exp']) fields.integer(name, 0, MAX_INSTANT);
  }
  checkWindow(fields, shown);
}

function checkContexts(fields, baseUrl, badge) {
  const contexts = fields.items('@context', 2, 16);
  if (contexts[0] !== CONTEXT_VC) fields.fail('@context[0]', `must be ${CONTEXT_VC}`);
  for (const [index, item] of contexts.entries()) {
    // An embedded context could give the protected terms another meaning.
    const fits =
      typeof item === 'string' &&
      (item.startsWith('https://') || item.startsWith(`${baseUrl}/`)) &&
      PLAIN_URL.test(item);
    if (!fits) fields.fail(`@context[${index}]`, 'must be an https URL');
  }
  if (!contexts.includes(baseUrl + CONTEXT_PATH)) {
    fields.fail('@context', 'lacks the context of the L Certification');
  }
  if (badge && !BADGE_CONTEXT.test(contexts[1])) {
    fields.fail('@context[1]', 'must be the context of Open Badges 3.0');
  }
}

function checkTypes(fields, name, wanted) {
  const types = fields.items(name, 1, 16);
  if (!types.every((item) => typeof item === 'string') || !wanted.every((item) => types.includes(item))) {
    fields.fail(name, `must be an array of names with ${wanted.join(', ')}`);
  }
}

function checkIssuer(fields, issuer) {
  const value = fields.object('issuer');
  if (value.raw.id !== issuer) value.fail('id', 'is not the trusted issuer');
  checkTypes(value, 'type', ['Profile']);
  return value.text('name');
}

/** VCDM 2.0 section 4: these members are objects, or arrays of them, each with a `type`; texts are texts. */
function checkTypedMembers(fields) {
  for (const name of TYPED) {
    if (!fields.has(name)) continue;
    const value = fields.raw[name];
    for (const item of Array.isArray(value) && value.length ? value : [value]) {
      if (!isObject(item) || !isTypeName(item.type)) fields.fail(name, 'must be typed objects');
      if (NAMED.includes(name) || 'id' in item) checkUrl(new Fields(item, name), 'id');
    }
  }
  for (const name of ['name', 'description']) {
    if (fields.has(name) && !(typeof fields.raw[name] === 'string' || isLanguageValue(fields.raw[name]))) {
      fields.fail(name, 'must be a text or language values');
    }
  }
  if (fields.has('awardedDate')) readInstant(fields, 'awardedDate');
}

export function isTypeName(value) {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => typeof item === 'string' && item !== '');
}

function isLanguageValue(value) {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => isObject(item) && isLanguageObject(item));
}

/** VCDM 2.0 section 11.1: `@value`, and at most language and direction beside it. */
function isLanguageObject(item) {
  const { '@value': text, '@language': language = 'en', '@direction': direction = 'ltr', ...more } = item;
  return (
    typeof text === 'string' &&
    typeof language === 'string' &&
    LANGUAGE.test(language) &&
    ['ltr', 'rtl'].includes(direction) &&
    Object.keys(more).length === 0
  );
}

function checkAchievement(fields) {
  checkTypes(fields, 'type', ['Achievement']);
  checkUrl(fields, 'id');
  for (const name of ['name', 'description']) fields.text(name, 4_096);
  fields.maybeText('achievementType');
  const criteria = fields.object('criteria');
  if (criteria.has('id')) checkUrl(criteria, 'id');
}

function readInstant(fields, name) {
  const value = instantOf(fields.pattern(name, STAMP, 'a time with an offset such as 2026-11-20T00:00:00Z'));
  return value === null ? fields.fail(name, 'is not a time') : value;
}
