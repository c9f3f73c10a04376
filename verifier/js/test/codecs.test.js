// Codecs against the platform's own, and on input that is not what it should be.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { domainToASCII } from 'node:url';
import { crc32 as nodeCrc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { b64Decode, b64uDecode, b64uEncode, sha256, toHex, toUtf8 } from '../src/bytes.js';
import { Malformed } from '../src/errors.js';
import { instantOf } from '../src/fields.js';
import { normalHost } from '../src/hosts.js';
import { isDomain } from '../src/identity.js';
import { crc32, gzipExactly, inflateRaw, zlibExactly } from '../src/inflate.js';
import { Fraction, parseJson } from '../src/json.js';
import { leafHash, rootOver, verifyInclusion } from '../src/merkle.js';
import { punycodeDecode, punycodeEncode } from '../src/punycode.js';

const read = (text, options = {}) =>
  parseJson(typeof text === 'string' ? toUtf8(text) : text, { maxBytes: 1e6, ...options });

test('ordinary JSON is read as JSON.parse reads it', () => {
  const values = [null, true, [], {}, [1, -2, [3]], { a: { b: [{}] }, '': 'x' }, 'é"\\\u2028\u{1f3b5}', { ä: 0 }];
  for (const value of values) {
    for (const space of [undefined, 2, '\t']) {
      assert.deepEqual(JSON.parse(JSON.stringify(read(JSON.stringify(value, null, space)))), value);
    }
  }
});

test('a name that every object has is a name like any other', () => {
  const value = read('{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}');
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
  assert.throws(() => read('{"__proto__":1,"__proto__":2}'), Malformed);
});

test('only a safe integer is a number', () => {
  assert.deepEqual(read('[0,-0,1,9007199254740991]'), [0, 0, 1, 9007199254740991]);
  assert.ok(Object.is(read('-0'), 0));
  assert.equal(typeof read('9007199254740992'), 'bigint');
  for (const text of ['1.0', '1e2', '1E-2', '0.5']) assert.ok(read(text) instanceof Fraction, text);
});

test('text that is not strict JSON is malformed', () => {
  const texts = [
    '', ' ', '{', '[', '"', '[1,]', '{"a"}', '{"a":}', '{,}', '[1 2]', '01', '-', '1.', '.1', '1e', '+1', 'nul',
    'True', 'NaN', 'Infinity', '1e999', '"\n"', '"\\x"', '"\\u12g4"', '"\\ud800"',
    '"\\ude00\\ud83d"', '"\\u0000"', '[]]',
    '{} {}',
    "'a'", '/**/1', '\u00a01', '\ufeff1', '{"a":1,"\\u0061":2}', '1'.repeat(5000), '['.repeat(33) + ']'.repeat(33),
  ];
  for (const text of texts) assert.throws(() => read(text), Malformed, text.slice(0, 40));
  for (const bytes of [[0xff], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xfe, 0xff, 0, 0x31]]) {
    assert.throws(() => read(Uint8Array.from(bytes)), Malformed);
  }
  assert.throws(() => read('[1,2,3]', { maxBytes: 6 }), Malformed);
  assert.equal(read('['.repeat(32) + ']'.repeat(32)).length, 1);
});

test('awkward text of full size costs little', () => {
  const escapes = `{"a":"${'\\u0061'.repeat(10_000)}"}`;
  for (const text of ['['.repeat(65_000), '"'.repeat(65_000), '\\"'.repeat(32_000), escapes]) {
    const begun = performance.now();
    try {
      read(text);
    } catch (error) {
      assert.ok(error instanceof Malformed);
    }
    assert.ok(performance.now() - begun < 200);
  }
});

test('base64url and base64 have one spelling', () => {
  for (let size = 0; size < 70; size += 1) {
    const data = new Uint8Array(randomBytes(size));
    assert.equal(b64uEncode(data), Buffer.from(data).toString('base64url'));
    assert.deepEqual(b64uDecode(b64uEncode(data)), data);
    assert.deepEqual(b64Decode(Buffer.from(data).toString('base64')), data);
  }
  for (const text of ['Q', 'QQ==', 'QR', 'QUJ', 'Q Q', 'QQ\n', '+/+/', 'é', 'QUJDRA\0']) {
    assert.throws(() => b64uDecode(text), Malformed, text);
  }
  for (const text of ['QQ', 'QQ=', 'QR==', 'QQ===', '-_-_', 'Q=Q=', '=', 'QUI=\n']) {
    assert.throws(() => b64Decode(text), Malformed, text);
  }
});

const samples = () => {
  const mixed = new Uint8Array(40_000);
  for (let i = 0; i < mixed.length; i += 1) mixed[i] = i % 7 ? i % 251 : Math.random() * 256;
  return [new Uint8Array(0), new Uint8Array(1), new Uint8Array(32_768), new Uint8Array(randomBytes(70_000)), mixed];
};

test('what zlib compresses, at every level, is inflated', () => {
  for (const data of samples()) {
    for (const level of [0, 1, 6, 9]) {
      for (const strategy of [0, 2, 4]) {
        const options = { level, strategy };
        assert.deepEqual(inflateRaw(deflateRawSync(data, options), 0, data.length).bytes, data);
        assert.deepEqual(zlibExactly(deflateSync(data, options), data.length), data);
        assert.deepEqual(gzipExactly(gzipSync(data, options), data.length), data);
      }
    }
    if (nodeCrc32 !== undefined) assert.equal(crc32(data), nodeCrc32(data));
  }
});

test('a changed, cut or longer stream is never taken for the one it was', () => {
  const data = samples()[4];
  const packed = new Uint8Array(deflateSync(data));
  for (let position = 0; position < packed.length; position += 13) {
    const changed = packed.slice();
    changed[position] ^= 0x55;
    assert.throws(() => zlibExactly(changed, data.length), Malformed);
    assert.throws(() => zlibExactly(packed.slice(0, position), data.length), Malformed);
  }
  for (const [bytes, size] of [
    [Buffer.concat([packed, Buffer.of(0)]), data.length],
    [packed, data.length - 1],
    [packed, data.length + 1],
    [deflateSync(new Uint8Array(50_000_000)), 32_768],
  ]) {
    const begun = performance.now();
    assert.throws(() => zlibExactly(new Uint8Array(bytes), size), Malformed);
    assert.ok(performance.now() - begun < 200);
  }
});

test('no bytes make inflation throw anything else, or run on', () => {
  for (let i = 0; i < 3_000; i += 1) {
    const data = new Uint8Array(randomBytes(1 + (i % 200)));
    try {
      inflateRaw(data, 0, 1_000);
    } catch (error) {
      assert.ok(error instanceof Malformed, error);
    }
  }
});

test('Punycode is that of the platform, and comes back', () => {
  const labels = ['bücher', 'λόγος', '日本語', 'рф', 'ñandú', 'ليهمابتكلموشعربي', '𠮷野家', 'façade-été'];
  for (const label of labels) {
    assert.equal(`xn--${punycodeEncode(label)}`, domainToASCII(label), label);
    assert.equal(punycodeDecode(punycodeEncode(label)), label);
    assert.ok(isDomain(`xn--${punycodeEncode(label)}.example`), label);
    assert.equal(normalHost(`${label}.example`), `xn--${punycodeEncode(label)}.example`);
  }
  for (const text of ['', '-', '99999999', 'é', '~', 'a'.repeat(60)]) {
    const decoded = punycodeDecode(text);
    assert.ok(decoded === null || typeof decoded === 'string');
  }
});

test('a time needs an offset and must exist', () => {
  assert.equal(instantOf('2026-11-20T00:00:00Z'), Date.UTC(2026, 10, 20));
  assert.equal(instantOf('2026-11-20T05:30:00.250+05:30'), Date.UTC(2026, 10, 20) + 250);
  for (const text of [
    '2026-11-20', '2026-11-20T00:00:00', '2026-11-20T24:00:00Z', '2026-02-29T00:00:00Z', '2026-11-20T00:00:60Z',
    '0000-01-01T00:00:00Z', '2026-11-20T00:00:00+24:00', '2026-11-20T00:00:00Z\n', '2026-13-01T00:00:00Z',
  ]) {
    assert.equal(instantOf(text), null, text);
  }
});

test('roots and proofs are those of RFC 6962', async () => {
  const joined = (parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  const hash = (...parts) => createHash('sha256').update(joined(parts)).digest();
  const treeOf = (leaves) => {
    if (leaves.length === 1) return leaves[0];
    const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
    return hash([1], treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split)));
  };
  const pathOf = (index, leaves) => {
    if (leaves.length === 1) return [];
    const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
    return index < split
      ? [...pathOf(index, leaves.slice(0, split)), treeOf(leaves.slice(split))]
      : [...pathOf(index - split, leaves.slice(split)), treeOf(leaves.slice(0, split))];
  };
  assert.equal(toHex(await rootOver([])), toHex(await sha256(new Uint8Array(0))));
  for (let size = 1; size <= 20; size += 1) {
    const leaves = await Promise.all(Array.from({ length: size }, (_, i) => leafHash(Uint8Array.of(i))));
    const root = await rootOver(leaves.map((leaf) => [leaf, 1]));
    assert.equal(toHex(root), toHex(treeOf(leaves)));
    for (let index = 0; index < size; index += 1) {
      const path = pathOf(index, leaves);
      assert.ok(await verifyInclusion(leaves[index], index, size, path, root));
      assert.ok(!(await verifyInclusion(leaves[index], index + 1, size, path, root)));
      assert.ok(!(await verifyInclusion(leaves[index], index, size, [...path, root], root)));
    }
  }
});
