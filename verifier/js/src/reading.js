// The rules of the claim set, part by part. Every function reads a `Fields` and returns the part as Reports show it.

import { present, SPACES } from './fields.js';
import { isDomain } from './identity.js';

const LEVELS = ['company', 'product', 'model'];
const KINDS_OF_LEVEL = { company: LEVELS, product: ['product', 'model'], model: ['model'] };
const MODALITIES = ['text', 'code', 'image', 'video', 'music', 'voice', 'sfx', '3d'];
const BASIS_CODES = ['explicit-license', 'open-license', 'public-domain', 'owned'];
const COUNTRIES = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
  FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
  JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
  MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
  PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
  TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(/\s+/),
);
const SHORT_CODE = /^[A-Za-z0-9][A-Za-z0-9._:+/-]{0,63}$/;
const SHARE = /^(0|[1-9][0-9]{0,2})(?:-(0|[1-9][0-9]{0,2}))?$/;
/** `sha256-` and canonical base64url of 32 bytes. */
export const DIGEST = /^sha256-[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
export const DIGEST_MEANING = 'sha256- and 43 characters of base64url';
const IDENTIFIERS = {
  hf: [/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$/, 'a Hugging Face id'],
  sha256: [/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'],
  url: [new RegExp(`^https://[^${SPACES}"<>\\\\^\`{|}]{1,2000}$`, 'u'), 'an https URL'],
};

/** Whether a Legal Entity Identifier has a right checksum (ISO 17442, ISO 7064 MOD 97-10). */
function isLei(value) {
  if (typeof value !== 'string' || !/^[0-9A-Z]{18}[0-9]{2}$/.test(value)) return false;
  return BigInt(Array.from(value, (character) => parseInt(character, 36)).join('')) % 97n === 1n;
}

/** Whether `value` has the form of an SPDX licence expression; names are not looked up. */
function isSpdx(value) {
  const token = new RegExp(
    `[${SPACES}]*(\\(|\\)|(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\\+?)`, 'y',
  );
  let depth = 0;
  let operand = true; // a licence or an opening bracket must come next
  while (token.lastIndex < value.length) {
    const part = token.exec(value)?.[1];
    if (part === undefined) return false;
    if (part === ')') {
      depth -= 1;
      if (operand || depth < 0) return false;
    } else if (part === 'AND' || part === 'OR' || part === 'WITH') {
      if (operand) return false;
      operand = true;
    } else if (!operand) {
      return false;
    } else if (part === '(') {
      depth += 1;
    } else {
      operand = false;
    }
  }
  return depth === 0 && !operand;
}

const code = (fields, name, example) => fields.pattern(name, SHORT_CODE, `a short ${example}`);

/** Who holds the certificate: legal name, country, register entry, checked domains. */
export function readHolder(fields) {
  const registration = fields.object('registration');
  if (fields.has('lei') && !isLei(fields.raw.lei)) {
    fields.fail('lei', 'is not a Legal Entity Identifier with a right checksum');
  }
  const domains = fields.objects('domains', 1).map(readDomain);
  if (new Set(domains.map((domain) => domain.name)).size !== domains.length) {
    fields.fail('domains', 'names a domain twice');
  }
  const country = fields.get('country');
  if (!COUNTRIES.has(country)) fields.fail('country', 'must be an ISO 3166-1 alpha-2 code such as GB');
  return present({
    legalName: fields.text('legalName'),
    tradingNames: fields.maybe('tradingNames', (name) => fields.texts(name)),
    country,
    registration: { scheme: registration.text('scheme'), id: registration.text('id') },
    lei: fields.raw.lei,
    domains,
  });
}

function readDomain(fields) {
  const name = fields.text('name');
  if (!isDomain(name)) {
    fields.fail('name', 'must be a domain name in lower case, international ones as A-labels (xn--...)');
  }
  return { name, method: code(fields, 'method', 'code such as dns-txt'), checkedOn: fields.date('checkedOn') };
}

/** What is certified, what is not, and what it was built on. */
export function readScope(fields) {
  const level = fields.word('level', LEVELS);
  const modalities = fields.words('modalities', MODALITIES, 1);
  const covered = fields.objects('covered', 1).map((item) => readCovered(item, level, modalities));
  const notCovered = fields.objects('notCovered').map((item) =>
    present({
      name: item.text('name'), function: item.maybeText('function'), reason: item.maybeText('reason'),
    }),
  );
  if (level === 'company' && notCovered.length) {
    fields.fail('notCovered', 'must be empty, because a company-level certificate covers the whole company');
  }
  return {
    level,
    statement: fields.text('statement'),
    modalities,
    covered,
    notCovered,
    upstream: fields.objects('upstream').map((item) =>
      present({
        name: item.text('name'),
        role: item.maybePattern('role', SHORT_CODE, 'a short code such as base-model'),
        basis: item.maybePattern('basis', SHORT_CODE, 'a short code such as assessed'),
        ref: item.maybeText('ref'),
      }),
    ),
  };
}

function readCovered(fields, level, modalities) {
  const kind = fields.word('kind', LEVELS);
  if (!KINDS_OF_LEVEL[level].includes(kind)) {
    fields.fail('kind', `is ${kind}, which a ${level}-level certificate does not cover`);
  }
  const modality = fields.word('modality', MODALITIES);
  if (!modalities.includes(modality)) fields.fail('modality', "is not among the scope's modalities");
  return present({
    kind,
    name: fields.text('name'),
    versions: kind === 'company' ? fields.maybeText('versions') : fields.text('versions'),
    modality,
    dataCutoff: fields.maybeDate('dataCutoff'),
    ids: fields.maybe('ids', (name) => fields.objects(name).map(readIdentifier)),
  });
}

function readIdentifier(fields) {
  const type = code(fields, 'type', 'code such as hf, sha256 or url');
  const value = fields.text('value', 2_048);
  const rule = Object.hasOwn(IDENTIFIERS, type) ? IDENTIFIERS[type] : null;
  if (rule !== null && !rule[0].test(value)) fields.fail('value', `must be ${rule[1]}`);
  return present({ type, value, revision: fields.maybeText('revision') });
}

/** On what grounds the data may be used, with shares that can add up to 100 %. */
export function readDataBasis(fields) {
  const parts = fields.objects('dataBasis', 1).map(readBasis);
  const sums = parts.map((part) => band(part.share)).reduce(([a, b], [low, high]) => [a + low, b + high], [0, 0]);
  if (sums[0] > 100 || sums[1] < 100) fields.fail('dataBasis', 'has shares that cannot add up to 100 %');
  return parts;
}

function band(share) {
  if (share === undefined) return [0, 100];
  const [, low, high] = SHARE.exec(share);
  return [Number(low), Number(high ?? low)];
}

function readBasis(fields) {
  const share = fields.maybePattern('share', SHARE, 'a band such as 80-90');
  const [low, high] = band(share);
  if (low > high || high > 100) fields.fail('share', 'must be a band of per cents from low to high');
  const licenses = fields.maybe('licenses', (name) => fields.texts(name));
  for (const [index, item] of (licenses ?? []).entries()) {
    if (!isSpdx(item)) fields.fail(`licenses[${index}]`, 'must be an SPDX licence expression');
  }
  return present({
    basis: fields.word('basis', BASIS_CODES),
    share,
    measure: fields.maybeText('measure'),
    licensorTypes: fields.maybe('licensorTypes', (name) => fields.texts(name, SHORT_CODE)),
    licenses,
  });
}

/** Salted digests of what was looked at. */
export function readEvidence(fields) {
  const parts = fields.objects('evidence', 1).map((item) => ({
    id: code(item, 'id', 'id such as ev-1'),
    type: code(item, 'type', 'code such as submission'),
    digest: item.pattern('digest', DIGEST, DIGEST_MEANING),
    held: item.text('held'),
  }));
  if (new Set(parts.map((part) => part.id)).size !== parts.length) fields.fail('evidence', 'uses an id twice');
  return parts;
}

/** Who reviewed and who decided, by role ids, and whether they were two people. */
export function readDecision(fields) {
  const reviewer = fields.pattern('reviewer', SHORT_CODE, 'a role id such as rv-02');
  const decider = fields.pattern('decider', SHORT_CODE, 'a role id such as dm-01');
  const separation = fields.word('separation', ['independent', 'same-person']);
  if (reviewer === decider && separation === 'independent') {
    fields.fail('separation', 'must be same-person when reviewer and decider are the same');
  }
  return { reviewer, decider, separation };
}
