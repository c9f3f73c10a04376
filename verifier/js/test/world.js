// Runs shared vectors. Nothing here is Node's own, so that a page can run the same.

const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Trust that was named and cannot be used. */
class Unusable {
  constructor(lib) {
    this.lib = lib;
    this.offline = true;
  }

  async trust() {
    throw new this.lib.TrustError('cannot be used');
  }

  journalTime() {
    return null;
  }
}

/** The evidence of one vector, which may change between two questions, and a clock that stands still. */
class World {
  constructor(lib, named) {
    this.lib = lib;
    this.named = named;
    this.files = {};
    this.time = null;
    this.opens = true;
    this.ticks = 0;
  }

  at({ now, evidence }) {
    this.time = new Date(now);
    const { files, lists } = this.whole(evidence);
    this.files = files ?? lists ?? {};
  }

  whole(name) {
    const value = this.named[name];
    if (value.like === undefined) return value;
    const first = this.whole(value.like);
    const kept = Object.entries(first.files).filter(([path]) => !value.without.includes(path));
    return { ...first, ...value, files: { ...Object.fromEntries(kept), ...value.files } };
  }

  async read(path) {
    const { EvidenceUnavailable, NotPublished } = this.lib;
    if (!Object.hasOwn(this.files, path)) throw new NotPublished(path);
    const body = this.files[path];
    if (body === null) throw new EvidenceUnavailable('does not answer');
    return typeof body === 'string' ? new TextEncoder().encode(body) : fromBase64(body.base64);
  }

  async source(name) {
    const { BundleSource, JournalSource, PinnedSource, Trust } = this.lib;
    const { kind, ...evidence } = this.whole(name);
    const { pin, issuer } = evidence;
    const clock = () => this.time;
    if (kind === 'bundle') return BundleSource.open(fromBase64(evidence.base64), { pin, clock });
    if (kind === 'published') {
      const monotonic = () => (this.ticks += 1_000_000);
      return new JournalSource((path) => this.read(path), { baseUrl: evidence.base_url, pin, monotonic });
    }
    const trust =
      kind === 'jwks'
        ? await Trust.fromJwks(issuer, evidence.jwks)
        : await Trust.fromDidDocument(evidence.document, { issuer });
    return new PinnedSource(trust, async (uri) => new TextDecoder().decode(await this.read(uri)));
  }

  async verifier(name) {
    const sources = [];
    try {
      if (this.whole(name).kind !== 'none') sources.push(await this.source(name));
    } catch (error) {
      if (!(error instanceof this.lib.LcertError)) throw error;
      this.opens = false;
      sources.push(new Unusable(this.lib));
    }
    return new this.lib.Verifier(sources, { clock: () => this.time });
  }
}

/** `{report, opens}` for a vector of an area (one file of vectors), judged with `lib`. */
export async function answer(lib, area, vector) {
  const world = new World(lib, area.evidence);
  const steps = [...(vector.before ?? []), vector];
  world.at(steps[0]);
  const verifier = await world.verifier(steps[0].evidence);
  const options = { at: vector.at, knownAt: vector.known_at, domain: vector.domain };
  const token = vector.token_of === undefined ? vector.token : area.tokens[vector.token_of];
  let report;
  for (const step of steps) {
    world.at(step);
    report = vector.badge === undefined
      ? await verifier.verify(token, options)
      : await verifier.verifyBadge(fromBase64(vector.badge), options);
  }
  return { report, opens: world.opens };
}

/** What differs between an answer and the expected one, null when nothing does. */
export function difference({ report, opens }, { verdict, code, checks, opens: mayOpen = true, ...more }) {
  const found = [report.verdict, report.code, report.checks.map((check) => check.outcome).join(), opens];
  const wanted = [verdict, code, checks.join(), mayOpen];
  if ('current_edition' in more) {
    found.push(report.currentEdition);
    wanted.push(more.current_edition);
  }
  const faults = report.checks.filter((check) => check.detail.startsWith('fault'));
  if (JSON.stringify(found) === JSON.stringify(wanted) && !faults.length) return null;
  return `got ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}: ${JSON.stringify(report)}`;
}
