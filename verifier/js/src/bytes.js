// Bytes and their spellings. base64url and base64 have one spelling here: everything else is refused.

import { Malformed } from './errors.js';

const URL_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const URL_CODES = new Int16Array(128).fill(-1);
for (let i = 0; i < 64; i += 1) URL_CODES[URL_ALPHABET.charCodeAt(i)] = i;

export const toUtf8 = (text) => new TextEncoder().encode(text);

/** The text of UTF-8 bytes, a byte-order mark kept as a character; Malformed for anything else. */
export function fromUtf8(data) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Malformed('is not UTF-8');
  }
}

/** ASCII text; every other byte becomes U+FFFD, which no token has. */
export const fromAscii = (data) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(data);

export const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);

export const toHex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const equalBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export function concatBytes(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export const toBigInt = (data) => BigInt(`0x${toHex(data) || '0'}`);

export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data));

/** base64url without padding. */
export function b64uEncode(data) {
  let text = '';
  for (let i = 0; i < data.length; i += 3) {
    const group = (data[i] << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    const count = Math.min(data.length - i, 3) + 1;
    for (let j = 0; j < count; j += 1) text += URL_ALPHABET[(group >> (18 - 6 * j)) & 63];
  }
  return text;
}

/** The bytes of canonical, unpadded base64url; Malformed for every other spelling of them. */
export function b64uDecode(text) {
  const tail = text.length % 4;
  if (tail === 1) throw new Malformed('is not canonical base64url');
  const data = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const value = unit < 128 ? URL_CODES[unit] : -1;
    if (value < 0) throw new Malformed('is not canonical base64url');
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      data[offset] = (held >> bits) & 0xff;
      offset += 1;
    }
  }
  if (held & ((1 << bits) - 1)) throw new Malformed('is not canonical base64url');
  return data;
}

/** The bytes of canonical, padded standard base64. */
export function b64Decode(text) {
  const bare = text.replace(/={1,2}$/, '');
  const padded = bare.length + ((4 - (bare.length % 4)) % 4);
  if (/[-_]/.test(text) || text.length !== padded) throw new Malformed('is not canonical base64');
  return b64uDecode(bare.replaceAll('+', '-').replaceAll('/', '_'));
}
