// C2SP tlog-checkpoint in a signed note: the journal's size and root, signed with the log's Ed25519 key.

import { b64Decode, concatBytes, equalBytes, fromUtf8, sha256, toUtf8 } from './bytes.js';
import { Malformed } from './errors.js';

const ALG_ED25519 = 1;
const MAX_NOTE = 64 * 1024;
const MAX_NOTE_SIGNATURES = 100;
const NOTE_SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** The four bytes that name an Ed25519 key in a signature line (signed-note, type 01). */
const noteKeyId = async (name, raw) =>
  (await sha256(concatBytes(toUtf8(`${name}\n`), [ALG_ED25519], raw))).subarray(0, 4);

/**
 * The text of a note signed by `name` with one of the log `keys`.
 *
 * Malformed when the form is wrong, no known key signed, or a line of a known key does not verify. Lines of other keys
 * (cosignatures) are passed over.
 */
export async function openNote(data, name, keys) {
  if (data.length > MAX_NOTE) throw new Malformed('the note is too long');
  const whole = fromUtf8(data);
  if (/[\x00-\x09\x0b-\x1f]/.test(whole)) throw new Malformed('the note has control characters');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0 || !whole.endsWith('\n') || split + 2 >= whole.length) {
    throw new Malformed('the note has no signatures');
  }
  const text = whole.slice(0, split + 1);
  const lines = whole.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) throw new Malformed('the note has too many signatures');
  const known = await Promise.all(keys.map(async (key) => ({ key, id: await noteKeyId(name, key.raw()) })));
  let verified = false;
  for (const line of lines) {
    const [dash, signer, value, ...rest] = line.split(' ');
    if (dash !== '\u2014' || !signer || value === undefined || rest.length) {
      throw new Malformed('a signature line of the note is malformed');
    }
    const raw = b64Decode(value);
    if (raw.length < 5) throw new Malformed('a signature of the note is too short');
    const found = signer === name ? known.find(({ id }) => equalBytes(id, raw.subarray(0, 4))) : undefined;
    if (found === undefined) continue;
    if (!(await found.key.verify(toUtf8(text), raw.subarray(4)))) {
      throw new Malformed('a signature of the note does not verify');
    }
    verified = true;
  }
  if (!verified) throw new Malformed(`the note is not signed by a known key of ${name}`);
  return text;
}

/** The tree head `{size, root}` in a note's text; Malformed unless canonical, and of `origin`. */
export function parseCheckpoint(text, origin) {
  const lines = text.slice(0, -1).split('\n');
  if (!text.endsWith('\n') || lines.length < 3 || lines.includes('')) {
    throw new Malformed('a checkpoint has origin, size and root, and no empty line');
  }
  if (lines[0] !== origin) throw new Malformed(`the checkpoint is not of ${origin}`);
  if (!NOTE_SIZE.test(lines[1])) throw new Malformed("a checkpoint's size is a decimal number");
  const root = b64Decode(lines[2]);
  if (root.length !== 32) throw new Malformed("a checkpoint's root is 32 bytes");
  return { size: Number(lines[1]), root };
}
