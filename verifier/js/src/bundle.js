// The offline trust bundle: what it must hold, and evidence read from it.
//
// A bundle is believed because a status key of its own trust statement signed the manifest, the manifest names the hash
// of every file, and the trust statement is signed by the pinned root. It answers until it expires (7 days); an expired
// one still opens, and the verifier says that it is too old.

import { b64uDecode, equalBytes, fromAscii, sha256, toHex, toUtf8 } from './bytes.js';
import { openNote, parseCheckpoint } from './checkpoint.js';
import { BundleError, EvidenceUnavailable, Malformed, TrustError } from './errors.js';
import { splitToken, verifySignature } from './jose.js';
import { isObject, parseJson } from './json.js';
import { pathBelow } from './published.js';
import { readTrust } from './trust.js';
import { LEEWAY, MAX_INSTANT } from './vocabulary.js';
import { readZip } from './zip.js';

const MANIFEST = 'manifest.jws';
const TRUST = 'trust.json';
const CHECKPOINT = 'checkpoint';
const RECORDS = 'records.jsonl';
const PROOFS = 'proofs.jsonl';
const MANIFEST_TYP = 'lc-bundle+jwt';
const MAX_LINE = 1024 * 1024;
const IN_USE = ['staged', 'active'];

/** The bundle in `data`, every signature and hash checked; throws BundleError, RollbackError or TrustError. */
export async function readBundle(data, { pin = null, now }) {
  const files = readZip(data);
  for (const name of [MANIFEST, TRUST, CHECKPOINT, RECORDS, PROOFS]) {
    if (!files.has(name)) throw new BundleError(`the bundle has no ${name}`);
  }
  let bundle;
  try {
    const trust = await readTrust(files.get(TRUST), { pin, now });
    const claims = await readManifest(files, trust);
    bundle = {
      trust,
      issuedAt: manifestInstant(claims, 'iat'),
      expiresAt: manifestInstant(claims, 'exp'),
      ...manifestJournal(claims),
      files,
    };
    await checkTreeHead(bundle);
  } catch (error) {
    if (error instanceof Malformed) throw new BundleError(`the bundle is not authentic: ${error.message}`);
    if (error instanceof EvidenceUnavailable) throw new BundleError(`the bundle was not checked: ${error.message}`);
    throw error;
  }
  if (bundle.issuedAt > now + LEEWAY) {
    throw new BundleError("the bundle comes from the future: is this machine's clock right?");
  }
  return bundle;
}

async function readManifest(files, trust) {
  const parsed = splitToken(fromAscii(files.get(MANIFEST)).replace(/\n$/, ''));
  const { kid, typ } = parsed.header;
  const entry = kid === undefined ? undefined : trust.find(kid);
  if (typ !== MANIFEST_TYP) throw new Malformed(`the manifest's type is not ${MANIFEST_TYP}`);
  if (entry === undefined || !entry.purposes.includes('status')) {
    throw new Malformed('the manifest is not signed by a status key of the issuer');
  }
  if (!IN_USE.includes(entry.state) || !(await verifySignature(parsed, entry.key))) {
    throw new Malformed("the manifest's signature does not count");
  }
  const claims = parsed.payload;
  if (claims.iss !== trust.issuer) throw new Malformed('the manifest names another issuer');
  const listed = isObject(claims.files) ? Object.keys(claims.files) : [];
  if (listed.length !== files.size - 1 || !listed.every((name) => name !== MANIFEST && files.has(name))) {
    throw new Malformed('the manifest lists other files than the bundle holds');
  }
  for (const name of listed) {
    if (toHex(await sha256(files.get(name))) !== claims.files[name]) {
      throw new Malformed(`${name} is not the file that the manifest lists`);
    }
  }
  return claims;
}

async function checkTreeHead({ trust, files, size, root }) {
  const keys = [...trust.keys.values()]
    .filter((entry) => entry.purposes.includes('log') && IN_USE.includes(entry.state))
    .map((entry) => entry.key);
  const name = `${trust.baseUrl.split('://')[1]}/log`;
  const head = parseCheckpoint(await openNote(files.get(CHECKPOINT), name, keys), name);
  if (head.size !== size || !equalBytes(head.root, root)) {
    throw new Malformed('the checkpoint is not that of the manifest');
  }
}

function manifestInstant(claims, name) {
  const value = claims[name];
  if (typeof value !== 'number' || value < 0 || value > MAX_INSTANT) {
    throw new Malformed(`the manifest's ${name} is not a time`);
  }
  return value * 1000;
}

function manifestJournal({ journal }) {
  const { size, root } = isObject(journal) ? journal : {};
  if (typeof size !== 'number' || size < 0) throw new Malformed('the manifest has no journal size');
  const data = typeof root === 'string' ? b64uDecode(root) : null;
  if (data?.length !== 32) throw new Malformed('the manifest has no journal root');
  return { size, root: data };
}

/** Evidence from one bundle: never fresh, never fetched. */
export class BundleSource {
  #indexed = new Map();

  constructor(bundle) {
    this.offline = true;
    this.bundle = bundle;
  }

  /** The source of the bundle in `data` (its bytes); throws BundleError, RollbackError or TrustError. */
  static async open(data, { pin = null, clock = () => new Date() } = {}) {
    return new BundleSource(await readBundle(data, { pin, now: clock().getTime() }));
  }

  /** The bundle's trust statement, never fresh; TrustError once it has expired itself. */
  async trust(now) {
    const { trust, issuedAt } = this.bundle;
    if (now > trust.expiresAt) throw new TrustError("the bundle's trust statement has expired");
    return { trust, fetchedAt: issuedAt, fresh: false };
  }

  async statusList(uri) {
    const { trust, files, issuedAt } = this.bundle;
    const path = pathBelow(trust.baseUrl, uri);
    const body = path?.startsWith('status/') ? files.get(path) : undefined;
    if (body === undefined) throw new EvidenceUnavailable('the bundle does not hold this status list');
    return { token: fromAscii(body), fetchedAt: issuedAt };
  }

  bitstringList(uri) {
    return this.statusList(uri);
  }

  async record(number) {
    return this.#index(RECORDS, 'number').get(number) ?? null;
  }

  async proof(digest) {
    const found = this.#index(PROOFS, 'digest').get(digest);
    return found === undefined ? null : toUtf8(JSON.stringify(found));
  }

  journalTime() {
    return this.bundle.issuedAt;
  }

  /** The lines of a file by one of their members, read on first use; other lines are left out. */
  #index(name, key) {
    if (this.#indexed.has(name)) return this.#indexed.get(name);
    const found = new Map();
    const data = this.bundle.files.get(name);
    for (let start = 0, end; start < data.length; start = end + 1) {
      end = data.indexOf(10, start);
      if (end < 0) end = data.length;
      if (end === start) continue;
      try {
        const value = parseJson(data.subarray(start, end), { maxBytes: MAX_LINE });
        if (isObject(value) && typeof value[key] === 'string') found.set(value[key], value);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    }
    this.#indexed.set(name, found);
    return found;
  }
}
