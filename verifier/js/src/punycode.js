// Punycode (RFC 3492) of one label, without the `xn--`. Code points in, ASCII out, and back.

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

function adapt(delta, points, first) {
  let rest = first ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / points);
  let k = 0;
  while (rest > ((BASE - T_MIN) * T_MAX) / 2) {
    rest = Math.floor(rest / (BASE - T_MIN));
    k += BASE;
  }
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + 38));
}

const threshold = (k, bias) => Math.min(Math.max(k - bias, T_MIN), T_MAX);

export function punycodeEncode(text) {
  const points = Array.from(text, (character) => character.codePointAt(0));
  const basic = points.filter((point) => point < 128);
  let out = basic.length ? `${String.fromCodePoint(...basic)}-` : '';
  let [n, delta, bias] = [128, 0, 72];
  for (let handled = basic.length; handled < points.length; n += 1, delta += 1) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta += 1;
      if (point !== n) continue;
      let q = delta;
      for (let k = BASE; ; k += BASE) {
        const t = threshold(k, bias);
        if (q < t) break;
        out += DIGITS[t + ((q - t) % (BASE - t))];
        q = Math.floor((q - t) / (BASE - t));
      }
      out += DIGITS[q];
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
  }
  return out;
}

/** The text of Punycode, null for what is none. */
export function punycodeDecode(encoded) {
  const split = encoded.lastIndexOf('-');
  const points = Array.from(split < 0 ? '' : encoded.slice(0, split), (character) => character.codePointAt(0));
  let [n, i, bias, position] = [128, 0, 72, split + 1];
  while (position < encoded.length) {
    const before = i;
    for (let k = BASE, weight = 1; ; k += BASE) {
      const digit = position < encoded.length ? DIGITS.indexOf(encoded[position].toLowerCase()) : -1;
      if (digit < 0) return null;
      position += 1;
      i += digit * weight;
      if (i > 2 ** 40) return null;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= BASE - t;
    }
    bias = adapt(i - before, points.length + 1, before === 0);
    n += Math.floor(i / (points.length + 1));
    i %= points.length + 1;
    if (n > 0x10ffff) return null;
    points.splice(i, 0, n);
    i += 1;
  }
  return String.fromCodePoint(...points);
}
