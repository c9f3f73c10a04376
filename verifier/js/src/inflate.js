// Inflation (RFC 1951) within a bound, and its zlib (RFC 1950) and gzip (RFC 1952) frames, read exactly: one whole
// stream of exactly the size wanted, and nothing after it. The platform's DecompressionStream promises neither.

import { Malformed } from './errors.js';

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

const damaged = () => new Malformed('the compressed data is damaged');

let crcTable = null;

/** CRC-32 as in zip, gzip and PNG. */
export function crc32(data) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i += 1) crc = crcTable[(crc ^ data[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function adler32(data) {
  let [a, b] = [1, 0];
  for (let i = 0; i < data.length; i += 1) {
    a = (a + data[i]) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

/** Bits of a byte string, least significant first. Reading past its end throws. */
class Bits {
  constructor(data, position) {
    this.data = data;
    this.position = position;
    this.held = 0;
    this.count = 0;
  }

  /** The next `wanted` bits without taking them; beyond the end they are zeros. */
  peek(wanted) {
    while (this.count < wanted) {
      this.held |= (this.data[this.position] ?? 0) << this.count;
      this.position += 1;
      this.count += 8;
    }
    return this.held & ((1 << wanted) - 1);
  }

  drop(taken) {
    this.held >>>= taken;
    this.count -= taken;
    if (this.position - (this.count >> 3) > this.data.length) throw new Malformed('the compressed data is truncated');
  }

  take(wanted) {
    const value = this.peek(wanted);
    this.drop(wanted);
    return value;
  }

  /** Leaves the rest of a byte; the position of the next one. */
  align() {
    this.position -= this.count >> 3;
    this.held = 0;
    this.count = 0;
    return this.position;
  }
}

/** A decoding table over the longest code: `symbol << 4 | length`, 0 where no code is. */
function tableOf(lengths) {
  const longest = Math.max(...lengths);
  const counts = new Array(16).fill(0);
  for (const length of lengths) counts[length] += 1;
  counts[0] = 0;
  let left = 1;
  for (let length = 1; length <= 15; length += 1) {
    left = left * 2 - counts[length];
    if (left < 0) throw damaged();
  }
  if (left > 0 && longest > 1) throw damaged(); // as zlib: only a single code of one bit may leave others unused
  const next = [0, 0];
  for (let length = 1; length < 15; length += 1) next[length + 1] = (next[length] + counts[length]) << 1;
  const width = Math.max(longest, 1);
  const table = new Uint16Array(1 << width);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    let code = next[length];
    next[length] += 1;
    let reversed = 0;
    for (let i = 0; i < length; i += 1, code >>= 1) reversed = (reversed << 1) | (code & 1);
    for (let i = reversed; i < table.length; i += 1 << length) table[i] = (symbol << 4) | length;
  }
  return { table, width };
}

function symbolOf(bits, { table, width }) {
  const entry = table[bits.peek(width)];
  if (entry === 0) {
    bits.drop(width); // says truncated rather than damaged where that is the reason
    throw damaged();
  }
  bits.drop(entry & 15);
  return entry >> 4;
}

let fixedTables = null;

function readTables(bits) {
  const literals = bits.take(5) + 257;
  const distances = bits.take(5) + 1;
  const count = bits.take(4) + 4;
  if (literals > 286 || distances > 30) throw damaged();
  const codeLengths = new Array(19).fill(0);
  for (let i = 0; i < count; i += 1) codeLengths[CODE_ORDER[i]] = bits.take(3);
  const codes = tableOf(codeLengths);
  if (codeLengths.filter(Boolean).length < 2) throw damaged();
  const lengths = [];
  while (lengths.length < literals + distances) {
    const symbol = symbolOf(bits, codes);
    if (symbol < 16) {
      lengths.push(symbol);
      continue;
    }
    if (symbol === 16 && !lengths.length) throw damaged();
    const value = symbol === 16 ? lengths.at(-1) : 0;
    const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    for (let i = 0; i < times; i += 1) lengths.push(value);
  }
  if (lengths.length > literals + distances || lengths[END_OF_BLOCK] === 0) throw damaged();
  return [tableOf(lengths.slice(0, literals)), tableOf(lengths.slice(literals))];
}

/** A growing output that never exceeds its limit. */
class Output {
  constructor(limit) {
    this.limit = limit;
    this.data = new Uint8Array(Math.min(limit, 65_536));
    this.size = 0;
  }

  reserve(more) {
    const wanted = this.size + more;
    if (wanted > this.limit) throw new Malformed(`the data decompresses to more than ${this.limit} bytes`);
    if (wanted <= this.data.length) return;
    const larger = new Uint8Array(Math.min(this.limit, Math.max(wanted, this.data.length * 2)));
    larger.set(this.data.subarray(0, this.size));
    this.data = larger;
  }

  byte(value) {
    this.reserve(1);
    this.data[this.size] = value;
    this.size += 1;
  }

  stored(bytes) {
    this.reserve(bytes.length);
    this.data.set(bytes, this.size);
    this.size += bytes.length;
  }

  copy(length, distance) {
    if (distance > this.size) throw damaged();
    this.reserve(length);
    for (let i = 0; i < length; i += 1, this.size += 1) this.data[this.size] = this.data[this.size - distance];
  }
}

function inflateBlock(bits, out, [literals, distances]) {
  for (;;) {
    const symbol = symbolOf(bits, literals);
    if (symbol < 256) {
      out.byte(symbol);
    } else if (symbol === END_OF_BLOCK) {
      return;
    } else {
      const kind = symbol - 257;
      if (kind >= LENGTH_BASE.length) throw damaged();
      const length = LENGTH_BASE[kind] + bits.take(LENGTH_EXTRA[kind]);
      const far = symbolOf(bits, distances);
      if (far > 29) throw damaged();
      const extra = far < 4 ? 0 : (far >> 1) - 1;
      const base = far < 4 ? far + 1 : ((2 + (far & 1)) << extra) + 1;
      out.copy(length, base + bits.take(extra));
    }
  }
}

function inflateStored(bits, out) {
  const start = bits.align();
  const { data } = bits;
  if (start + 4 > data.length) throw new Malformed('the compressed data is truncated');
  const length = data[start] | (data[start + 1] << 8);
  if ((length ^ 0xffff) !== (data[start + 2] | (data[start + 3] << 8))) throw damaged();
  if (start + 4 + length > data.length) throw new Malformed('the compressed data is truncated');
  out.stored(data.subarray(start + 4, start + 4 + length));
  bits.position = start + 4 + length;
}

/** The inflated bytes from `start` on, at most `limit`, and the position after the stream; throws Malformed. */
export function inflateRaw(data, start, limit) {
  const bits = new Bits(data, start);
  const out = new Output(limit);
  for (let last = false; !last; ) {
    last = bits.take(1) === 1;
    const kind = bits.take(2);
    if (kind === 0) {
      inflateStored(bits, out);
    } else if (kind === 1) {
      fixedTables ??= [
        tableOf([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)]),
        tableOf(Array(32).fill(5)),
      ];
      inflateBlock(bits, out, fixedTables);
    } else if (kind === 2) {
      inflateBlock(bits, out, readTables(bits));
    } else {
      throw damaged();
    }
  }
  return { bytes: out.data.slice(0, out.size), end: bits.align() };
}

function framed(data, start, size, trailer) {
  const { bytes, end } = inflateRaw(data, start, size);
  const expected = trailer(bytes);
  if (end + expected.length > data.length) throw new Malformed('the compressed data is truncated');
  if (expected.some((byte, i) => data[end + i] !== byte)) throw damaged();
  if (end + expected.length < data.length) throw new Malformed('data follows the compressed data');
  if (bytes.length < size) throw new Malformed(`the data decompresses to ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

const bigEndian = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** The content of one whole zlib stream that must be exactly `size` bytes. */
export function zlibExactly(data, size) {
  const [method, flags] = data;
  const plain = (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0;
  if (!plain) throw damaged();
  return framed(data, 2, size, (bytes) => bigEndian(adler32(bytes)));
}

/** The content of one whole gzip stream that must be exactly `size` bytes. */
export function gzipExactly(data, size) {
  const [a, b, method, flags] = data;
  if (data.length < 18 || a !== 0x1f || b !== 0x8b || method !== 8 || flags & 0xe0) throw damaged();
  let start = 10;
  const text = () => {
    const end = data.indexOf(0, start);
    if (end < 0) throw new Malformed('the compressed data is truncated');
    start = end + 1;
  };
  if (flags & 4) start += 2 + (data[start] | (data[start + 1] << 8));
  if (flags & 8) text();
  if (flags & 16) text();
  if (flags & 2) {
    if ((crc32(data.subarray(0, start)) & 0xffff) !== (data[start] | (data[start + 1] << 8))) throw damaged();
    start += 2;
  }
  return framed(data, start, size, (bytes) => [
    ...bigEndian(crc32(bytes)).reverse(),
    ...bigEndian(bytes.length).reverse(),
  ]);
}
