// What callers rely on: options, sources, the network, platforms that lack something, and the built files.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { bundleOf } from '../scripts/build.mjs';
import * as lib from '../src/index.js';
import * as compact from '../src/compact.js';

const { Code, Verdict, Verifier } = lib;
const FOLDER = new URL('../../../tests/vectors/', import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
const FORMS = load('forms');
const SIGNATURES = load('signatures');
const GOOD = FORMS.evidence.good;
const TOKEN = FORMS.vectors.find((vector) => vector.id === 'forms/good-vc+jwt').token;
const COMPACT = FORMS.vectors.find((vector) => vector.id === 'forms/good-compact').token;
const clock = () => new Date('2026-11-23T12:00:00Z');
const TYPES = { 'trust.json': 'application/json', 'status/token/1': 'application/statuslist+jwt' };

/** A `fetch` over published files; `change(path)` may give another answer. */
function fetchOf(files, change = () => null) {
  const asked = [];
  const fetch = async (url, options) => {
    const path = url.replace('https://certs.example/', '');
    asked.push({ path, options });
    const other = await change(path, options);
    if (other !== null) return other;
    if (files[path] === undefined) return new Response('no', { status: 404 });
    const type = `${TYPES[path] ?? 'application/vc+jwt'}; charset=utf-8`;
    return new Response(files[path], { headers: { 'content-type': type } });
  };
  return { fetch, asked };
}

const online = (options, change) => {
  const { fetch, asked } = fetchOf(GOOD.files, change);
  return { verifier: Verifier.online('https://certs.example', { clock, fetch, ...options }), asked };
};

test('a token is verified online, and what was read is used again', async () => {
  const { verifier, asked } = online({ pin: GOOD.pin });
  const report = await verifier.verify(TOKEN);
  assert.equal(report.verdict, Verdict.ACCEPTED);
  assert.equal(
    report.sentence,
    'Valid: Quillwater Audio Ltd is certified for Quillwater Compose 3.x (text-to-music) until 19 November 2027.',
  );
  assert.equal(report.requireAccepted().number, 'LC-2026-0001');
  await verifier.verify(COMPACT);
  assert.deepEqual(asked.map(({ path }) => path), ['trust.json', 'status/token/1']);
  for (const { options } of asked) {
    assert.equal(options.redirect, 'error');
    assert.equal(options.credentials, 'omit');
    assert.equal(options.cache, 'no-store');
  }
});

test('many at once look up each document once', async () => {
  const { verifier, asked } = online();
  const reports = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(TOKEN)));
  assert.ok(reports.every((report) => report.verdict === Verdict.ACCEPTED));
  assert.equal(asked.length, 2);
});

test('verifyMany gives one Report a token, in order, from any iterable', async () => {
  const { verifier } = online();
  const codes = [];
  for await (const report of verifier.verifyMany([TOKEN, 'x', COMPACT])) codes.push(report.code);
  assert.deepEqual(codes, ['valid', 'malformed', 'valid']);
  async function* stream() {
    yield TOKEN;
  }
  for await (const report of verifier.verifyMany(stream(), { domain: 'other.example' })) codes.push(report.code);
  assert.equal(codes.at(-1), 'domain_mismatch');
});

test('every fault of the network leaves the answer open', async () => {
  const json = { headers: { 'content-type': 'application/json' } };
  const faults = {
    'a failing connection': () => Promise.reject(new TypeError('fetch failed')),
    'a server error': () => new Response('x', { status: 503 }),
    'an empty answer': () => new Response('', json),
    'another media type': () => new Response('{}', { headers: { 'content-type': 'text/html' } }),
    'too much': () => new Response(new Uint8Array(5 * 1024 * 1024), json),
    'no body': () => new Response(null, json),
    'no JSON': () => new Response('<', json),
  };
  for (const [name, answer] of Object.entries(faults)) {
    const keys = await online({}, (path) => (path === 'trust.json' ? answer() : null)).verifier.verify(TOKEN);
    assert.deepEqual([keys.verdict, keys.code], ['indeterminate', 'trust_unavailable'], name);
    const list = await online({}, (path) => (path.startsWith('status/') ? answer() : null)).verifier.verify(TOKEN);
    assert.deepEqual([list.verdict, list.code], ['indeterminate', 'status_unavailable'], name);
  }
});

test('an answer that drips runs into the deadline', async () => {
  let timer;
  const drip = () => new Response(new ReadableStream({
    start: (stream) => {
      timer = setInterval(() => stream.enqueue(Uint8Array.of(32)), 5);
    },
    cancel: () => clearInterval(timer),
  }), { headers: { 'content-type': 'application/json' } });
  const read = lib.readerOf('https://certs.example', { fetch: async () => drip(), deadline: 60 });
  const begun = performance.now();
  await assert.rejects(read('trust.json'), lib.EvidenceUnavailable);
  assert.ok(performance.now() - begun < 2_000);
  clearInterval(timer);
});

test('only the origin of an issuer is one', () => {
  const origins = ['https://certs.example', 'https://certs.example/', 'http://127.0.0.1:8080', 'HTTPS://Certs.Example'];
  for (const origin of origins) {
    assert.ok(Verifier.online(origin, { fetch: async () => null }));
  }
  for (const origin of [
    'http://certs.example', 'certs.example', 'https://certs.example/c', 'https://certs.example/?x',
    'https://u@certs.example', 'ftp://certs.example', 'https://localhost', '', null, 'file:///etc/passwd', 'data:,x',
  ]) {
    assert.throws(() => Verifier.online(origin), TypeError, String(origin));
  }
});

test('paths that are not published are not asked for', async () => {
  const { fetch, asked } = fetchOf(GOOD.files);
  const read = lib.readerOf('https://certs.example', { fetch });
  for (const path of ['', '/', '../x', 'a/../b', 'a//b', 'a?b', 'a#b', '//evil.example/x', 'a\\b', '%2e%2e/x', './a']) {
    await assert.rejects(read(path), lib.EvidenceUnavailable, path);
  }
  assert.equal(asked.length, 0);
});

test('no input makes a verification reject', async () => {
  const { verifier } = online();
  const bytes = new Uint8Array(9).fill(255);
  const inputs = [undefined, null, 5, {}, [], Symbol.iterator, '', 'a.b.c', '\ud800', bytes, () => 1];
  for (const input of inputs) {
    const report = await verifier.verify(input);
    assert.equal(report.code, Code.MALFORMED);
    assert.equal(report.credential, null);
  }
  assert.equal((await verifier.verifyBadge(new Uint8Array(0))).code, Code.MALFORMED);
  assert.equal((await verifier.verifyBadge(new ArrayBuffer(8))).code, Code.MALFORMED);
  assert.throws(() => lib.extractToken(toBytes('x')), lib.Malformed);
});

const toBytes = (text) => new TextEncoder().encode(text);

test('a time that is none is the caller\u2019s mistake', async () => {
  const { verifier } = online();
  for (const at of [new Date(NaN), '2026-11-20', '2026-11-20T00:00:00', 5, {}]) {
    await assert.rejects(verifier.verify(TOKEN, { at }), TypeError);
    await assert.rejects(verifier.verify(TOKEN, { knownAt: at }), TypeError);
    await assert.rejects(verifier.verifyBadge(toBytes('x'), { at }), TypeError);
  }
});

test('a source that fails in ways of its own accepts nothing', async () => {
  const good = new lib.PublishedSource(async (path) => toBytes(GOOD.files[path]), { baseUrl: 'https://certs.example' });
  for (const method of ['trust', 'statusList']) {
    const faults = [() => Promise.reject(new RangeError('x')), () => Promise.resolve(undefined), () => { throw 5; }];
    for (const fault of faults) {
      const source = { offline: false, trust: (...a) => good.trust(...a), statusList: (...a) => good.statusList(...a) };
      source[method] = fault;
      const report = await new Verifier([source], { clock }).verify(TOKEN);
      assert.equal(report.verdict, Verdict.INDETERMINATE, method);
    }
  }
});

test('without an algorithm in WebCrypto nothing is said about what is signed with it', async (t) => {
  const { files, pin } = SIGNATURES.evidence.EdDSA;
  const whole = { ...SIGNATURES.evidence.good.files, ...files };
  const token = SIGNATURES.vectors.find((vector) => vector.id === 'signatures/EdDSA-compact').token;
  const ask = async () => {
    const { fetch } = fetchOf(whole);
    return Verifier.online('https://certs.example', { clock, fetch, pin }).verify(token);
  };
  assert.equal((await ask()).code, 'valid');
  const { importKey } = crypto.subtle;
  t.mock.method(crypto.subtle, 'importKey', function (format, key, algorithm, ...rest) {
    if (algorithm.name === 'Ed25519') return Promise.reject(new DOMException('Unrecognized name', 'NotSupportedError'));
    return importKey.call(this, format, key, algorithm, ...rest);
  });
  const report = await ask();
  assert.deepEqual([report.verdict, report.code, report.credential], ['indeterminate', 'trust_unavailable', null]);
  assert.match(report.checks.find((check) => check.outcome === 'unknown').detail, /cannot check EdDSA/);
  const bundles = load('bundles');
  const data = Uint8Array.from(Buffer.from(bundles.evidence.good.base64, 'base64'));
  await assert.rejects(Verifier.fromBundle(data, { clock }), lib.BundleError);
  t.mock.restoreAll();
  assert.equal((await (await Verifier.fromBundle(data.buffer, { clock })).verify(TOKEN)).code, 'valid');
});

test('a Report is frozen, and says the same as JSON', async () => {
  const { verifier } = online();
  const report = await verifier.verify('x', { at: '2026-11-21T00:00:00Z' });
  assert.throws(() => { report.verdict = 'accepted'; }, TypeError);
  assert.throws(() => { report.checks[0].outcome = 'passed'; }, TypeError);
  assert.throws(() => report.requireAccepted(), lib.NotAccepted);
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(report))), [
    'verdict', 'code', 'sentence', 'checks', 'credential', 'as_of', 'at', 'known_at', 'current_edition',
  ]);
  assert.equal(report.toJSON().at, '2026-11-21T00:00:00Z');
});

test('a public record of any length costs no answer', async () => {
  const editions = Array.from({ length: 200_000 }, () => ({ edition: 2 }));
  const record = JSON.stringify({ number: 'LC-2026-0001', currentEdition: 1, editions });
  const headers = { 'content-type': 'application/json' };
  const change = (path) => (path === 'c/LC-2026-0001.json' ? new Response(record, { headers }) : null);
  const report = await online({ pin: GOOD.pin }, change).verifier.verify(TOKEN, { at: '2028-01-01T00:00:00Z' });
  assert.equal(report.code, 'expired');
  assert.equal(report.currentEdition, 'https://certs.example/c/LC-2026-0001/2');
});

test('the compact verifier judges compact tokens alone', async () => {
  const { fetch } = fetchOf(GOOD.files);
  const verifier = compact.CompactVerifier.online('https://certs.example', { clock, fetch });
  assert.equal((await verifier.verify(COMPACT)).code, 'valid');
  assert.equal((await verifier.verify(TOKEN)).code, 'wrong_type');
  assert.equal((await verifier.verify(COMPACT, { at: '2026-11-21T00:00:00Z' })).code, 'status_history_unavailable');
});

test('keys that the caller pins need a source of lists', async () => {
  const { jwks, issuer, lists } = load('keys').evidence.jwks;
  const trust = await lib.Trust.fromJwks(issuer, jwks);
  assert.equal((await Verifier.pinned(trust, { clock }).verify(TOKEN)).code, 'status_unavailable');
  const status = async (uri) => lists[uri];
  assert.equal((await Verifier.pinned(trust, { clock, status }).verify(TOKEN)).code, 'valid');
  const pinned = await lib.Trust.pinned(issuer, jwks.keys.map(({ kid, ...jwk }) => jwk));
  assert.equal((await Verifier.pinned(pinned, { clock, status }).verify(TOKEN)).code, 'valid');
});

test('the built files are up to date, and hold no import', async () => {
  for (const [name, entry, module] of [
    ['lcert-verifier.js', 'index.js', lib], ['lcert-compact.js', 'compact.js', compact],
  ]) {
    const url = new URL(`../dist/${name}`, import.meta.url);
    const text = readFileSync(url, 'utf8');
    assert.equal(text, bundleOf(entry), `${name}: npm run build`);
    assert.ok(!/^import /m.test(text));
    const built = await import(url);
    assert.deepEqual(Object.keys(built).sort(), Object.keys(module).sort());
    assert.equal((await new (built.Verifier ?? built.CompactVerifier)([]).verify('x')).code, 'malformed');
  }
});

test('every export has a type', () => {
  for (const [name, module] of [['index', lib], ['compact', compact]]) {
    const text = readFileSync(new URL(`../src/${name}.d.ts`, import.meta.url), 'utf8');
    for (const exported of Object.keys(module)) {
      assert.match(text, new RegExp(`\\b${exported}\\b`), `${name}.d.ts: ${exported}`);
    }
  }
});
