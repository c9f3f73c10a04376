// The offline trust bundle: what it must hold, and evidence read from it.
//
// A bundle is believed because a status key of its own trust statement signed the manifest, the manifest names the hash
// of every file, and the trust statement is signed by the pinned root. It answers until it expires (7 days); an expired
// one still opens, and the verifier says that it is too old.

import { b64uDecode, equalBytes, fromAscii, sha256, toHex, toUtf8 } from './bytes.js';
import { BundleError, EvidenceUnavailable, Malformed, TrustError } from './errors.js';
import { openCheckpoint } from './heads.js';
import { loadHistory } from './history.js';
import { splitToken, verifySignature } from './jose.js';
import { isObject, parseJson } from './json.js';
import { pathBelow } from './published.js';
import { readTrust } from './trust.js';
import { LEEWAY, MAX_INSTANT } from './vocabulary.js';
import { openZip, readZip } from './zip.js';

const MANIFEST = 'manifest.jws';
const TRUST = 'trust.json';
const CHECKPOINT = 'checkpoint';
const RECORDS = 'records.jsonl';
const PROOFS = 'proofs.jsonl';
const MANIFEST_TYP = 'lc-bundle+jwt';
const MAX_LINE = 1024 * 1024;
/** Of a file that is read before the rest is vouched for. */
const MAX_FIRST = 4 * 1024 * 1024;
const IN_USE = ['staged', 'active'];

/**
 * The bundle in `data`, every signature and hash checked; throws BundleError, RollbackError or TrustError.
 *
 * Only manifest and trust statement are decompressed before a status key has vouched for the rest.
 */
export async function readBundle(data, { pin = null, now }) {
  const zip = openZip(data);
  for (const name of [MANIFEST, TRUST, CHECKPOINT, RECORDS, PROOFS]) {
    if (!zip.names.includes(name)) throw new BundleError(`the bundle has no ${name}`);
  }
  let bundle;
  try {
    const trust = await readTrust(zip.read(TRUST, MAX_FIRST), { pin, now });
    const claims = await readManifest(zip.read(MANIFEST, MAX_FIRST), zip.names, trust);
    const files = new Map(zip.names.map((name) => [name, zip.read(name)]));
    for (const [name, digest] of Object.entries(claims.files)) {
      if (toHex(await sha256(files.get(name))) !== digest) {
        throw new Malformed(`${name} is not the file that the manifest lists`);
      }
    }
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

/** The claims of the manifest, which a status key signed and which lists every file in the zip. */
async function readManifest(data, names, trust) {
  const parsed = splitToken(fromAscii(data).replace(/\n$/, ''));
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
  if (listed.length !== names.length - 1 || !listed.every((name) => name !== MANIFEST && names.includes(name))) {
    throw new Malformed('the manifest lists other files than the bundle holds');
  }
  return claims;
}

async function checkTreeHead({ trust, files, size, root }) {
  const head = await openCheckpoint(files.get(CHECKPOINT), trust);
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
  #tiles;
  #history = null;

  constructor(bundle, tiles = new Map()) {
    this.offline = true;
    this.bundle = bundle;
    this.#tiles = tiles;
  }

  /**
   * The source of the bundle in `data` (its bytes); throws BundleError, RollbackError or TrustError. `history` are the
   * bytes of the history file that goes with a bundle whose journal is too long to lie in it.
   */
  static async open(data, { pin = null, history = null, clock = () => new Date() } = {}) {
    const bundle = await readBundle(data, { pin, now: clock().getTime() });
    return new BundleSource(bundle, history === null ? undefined : readZip(history));
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

  /** The whole journal up to the bundle's checkpoint, hashed when first asked for. */
  history() {
    const { size, root } = this.bundle;
    this.#history ??= loadHistory(async (path) => this.#tile(path), size, root);
    return this.#history;
  }

  #tile(path) {
    const [folder, width] = path.split('.p/');
    const wider = [...this.#tiles.keys()].find(
      (name) => width !== undefined && name.startsWith(`${folder}.p/`) && Number(name.split('.p/')[1]) >= Number(width),
    );
    const found = this.bundle.files.get(path) ?? this.#tiles.get(path) ?? this.#tiles.get(wider);
    if (found === undefined) throw new EvidenceUnavailable('the bundle holds no history');
    return found;
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
