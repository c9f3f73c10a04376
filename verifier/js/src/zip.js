// The zip of a trust bundle, read within bounds: plain files, stored or deflated, each once and of the size it says.

import { concatBytes, fromAscii } from './bytes.js';
import { BundleError, Malformed } from './errors.js';
import { crc32, inflateRaw } from './inflate.js';

const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;
const MAX_CONTENT_BYTES = 512 * 1024 * 1024;
const MAX_FILES = 5_000;
const MAX_DIRECTORY = 512 * 1024;
const FILE_NAME = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/**
 * A bundle's zip: its names, and `read(name, most)` for one of them of at most `most` bytes. BundleError for what is
 * not plainly one, and beyond the bounds. Nothing is decompressed before it is read.
 */
export function openZip(data) {
  if (data.length > MAX_BUNDLE_BYTES) throw new BundleError('the bundle is too large');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 22 || view.getUint32(0, true) !== LOCAL) throw new BundleError('the file is not a bundle');
  const entries = undamaged(() => readDirectory(data, view));
  const found = new Map();
  for (const entry of entries) {
    if (!FILE_NAME.test(entry.name) || found.has(entry.name) || entry.flags & 1) {
      throw new BundleError(`the bundle has an odd entry ${JSON.stringify(entry.name.slice(0, 80))}`);
    }
    if (entry.method !== 0 && entry.method !== 8) throw new BundleError('the bundle uses an unknown compression');
    found.set(entry.name, entry);
  }
  return {
    names: [...found.keys()],
    read(name, most = MAX_CONTENT_BYTES) {
      const entry = found.get(name);
      if (entry.size > most) throw new BundleError(`${name} is too large`);
      return undamaged(() => readZipEntry(data, view, entry));
    },
  };
}

/** Every file of a zip, as a Map. */
export function readZip(data) {
  const zip = openZip(data);
  return new Map(zip.names.map((name) => [name, zip.read(name)]));
}

/** What `read` gives; BundleError when it reaches beyond the data, or finds it damaged. */
function undamaged(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof Malformed) throw new BundleError('the bundle is damaged');
    throw error;
  }
}

function readDirectory(data, view) {
  const end = data.length - 22; // the directory lies right before the end record, which has no comment
  if (view.getUint32(end, true) !== END || view.getUint16(end + 20, true) !== 0) {
    throw new BundleError('the bundle is damaged');
  }
  if (view.getUint32(end + 12, true) > MAX_DIRECTORY) throw new BundleError('the bundle has too many files');
  const count = view.getUint16(end + 10, true);
  const start = view.getUint32(end + 16, true);
  if (count > MAX_FILES) throw new BundleError('the bundle has too many files');
  if (start + view.getUint32(end + 12, true) !== end) throw new BundleError('the bundle is damaged');
  const entries = [];
  let total = 0;
  let position = start;
  while (position < end) {
    if (view.getUint32(position, true) !== CENTRAL) throw new BundleError('the bundle is damaged');
    const named = view.getUint16(position + 28, true);
    const more = view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
    const entry = {
      flags: view.getUint16(position + 8, true),
      method: view.getUint16(position + 10, true),
      crc: view.getUint32(position + 16, true),
      packed: view.getUint32(position + 20, true),
      size: view.getUint32(position + 24, true),
      offset: view.getUint32(position + 42, true),
      name: fromAscii(data.subarray(position + 46, position + 46 + named)),
      limit: start,
    };
    total += entry.size;
    if (total > MAX_CONTENT_BYTES) throw new BundleError("the bundle's content is too large");
    entries.push(entry);
    position += 46 + named + more;
  }
  if (entries.length !== count || position !== end) throw new BundleError('the bundle is damaged');
  return entries;
}

function readZipEntry(data, view, { name, method, crc, packed, size, offset, limit }) {
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const named = fromAscii(data.subarray(offset + 30, offset + 30 + view.getUint16(offset + 26, true)));
  if (view.getUint32(offset, true) !== LOCAL || named !== name || start + packed > limit) {
    throw new BundleError('the bundle is damaged');
  }
  const body = data.subarray(start, start + packed);
  const { bytes, end } = method === 0 ? { bytes: concatBytes(body), end: packed } : inflateRaw(body, 0, size);
  if (bytes.length !== size || end !== packed) throw new BundleError(`${name} has another size than the bundle says`);
  if (crc32(bytes) !== crc) throw new BundleError('the bundle is damaged');
  return bytes;
}
