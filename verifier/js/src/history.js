// The journal as history: every entry up to a signed tree head, so that nothing about a certificate can be left out.
//
// A status list tells the present; the past needs all entries about a certificate, and no entry says how many others
// there are. So a history is complete or it is none: all entry tiles (C2SP tlog-tiles) up to a checkpoint are read and
// hashed, and must give the checkpoint's root. Whole tiles never change and are read once.

import { equalBytes } from './bytes.js';
import { EvidenceUnavailable, Malformed } from './errors.js';
import { instantOf } from './fields.js';
import { isInteger, isObject, parseJson } from './json.js';
import { leafHash, rootOver } from './merkle.js';

const TILE_WIDTH = 256;
/** A longer journal is not read; ask a service that keeps one. */
const MAX_JOURNAL = 2 ** 20;
const MOST_ENTRY = 65_535;
const MOST_AVERAGE = 4_096;
const AT_ONCE = 8;

/** The events of one entry's bytes; Malformed for what this version cannot read. Times are in milliseconds. */
export function parseEvent(position, entry) {
  const value = parseJson(entry, { maxBytes: MOST_ENTRY });
  if (!isObject(value) || value.v !== 1 || typeof value.kind !== 'string') {
    throw new Malformed('the entry is of an unknown version');
  }
  const { kind, tokens = {}, edition = null } = value;
  if (!isObject(tokens) || !Object.values(tokens).every((item) => typeof item === 'string')) {
    throw new Malformed("the entry's tokens are not digests");
  }
  if (edition !== null && (!isInteger(edition) || edition < 1)) {
    throw new Malformed("the entry's edition is not a number from 1");
  }
  const texts = ['number', 'credential', 'reason', 'kid'].map((name) => value[name] ?? null);
  if (!texts.every((text) => text === null || typeof text === 'string')) {
    throw new Malformed('a member of the entry is not a text');
  }
  return {
    position,
    kind,
    edition,
    digests: Object.values(tokens),
    reason: value.reason ?? null,
    effectiveAt: eventInstant(value, 'effectiveAt'),
    recordedAt: eventInstant(value, 'recordedAt'),
  };
}

function eventInstant(value, name) {
  const text = value[name];
  const time = typeof text === 'string' && text.endsWith('Z') ? instantOf(text) : null;
  if (time === null) throw new Malformed(`the entry's ${name} is not a time`);
  return time;
}

/** All entries of a journal of `size`, proven to give `root`. */
export class History {
  constructor({ size, root, tiles, whole, positions }) {
    this.size = size;
    this.root = root;
    /** Entries by tile; only the last may be partial. */
    this.tiles = tiles;
    /** Roots of the whole tiles. */
    this.whole = whole;
    /** By certificate number, ascending. */
    this.positions = positions;
  }

  entry(position) {
    return this.tiles[Math.floor(position / TILE_WIDTH)][position % TILE_WIDTH];
  }

  /** Every event about a certificate, in order; Malformed when one of them cannot be read. */
  about(number) {
    return (this.positions.get(number) ?? []).map((position) => parseEvent(position, this.entry(position)));
  }

  /** When the newest entry was recorded; null for an empty journal. */
  lastRecorded() {
    return this.size === 0 ? null : parseEvent(this.size - 1, this.entry(this.size - 1)).recordedAt;
  }

  /** Whether the journal once had this head. */
  async holds(size, root) {
    if (size > this.size) return false;
    const whole = Math.floor(size / TILE_WIDTH);
    const rest = size % TILE_WIDTH ? this.tiles[whole].slice(0, size % TILE_WIDTH) : [];
    return equalBytes(root, await rootOfTiles(this.whole.slice(0, whole), rest));
  }
}

const rootOfTiles = async (whole, rest) =>
  rootOver([...whole.map((root) => [root, TILE_WIDTH]), ...(await leavesOf(rest))]);

const leavesOf = (entries) => Promise.all(entries.map(async (entry) => [await leafHash(entry), 1]));

function entriesPath(tile, width) {
  let rest = tile;
  let path = String(rest % 1000).padStart(3, '0');
  while (rest >= 1000) {
    rest = Math.floor(rest / 1000);
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return `log/tile/entries/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The first `width` entries of a tile, which may be wider: each behind its length as a big-endian u16. */
function firstEntries(data, width) {
  const entries = [];
  let offset = 0;
  for (let i = 0; i < width; i += 1) {
    const end = offset + 2 + ((data[offset] << 8) | data[offset + 1]);
    if (offset + 2 > data.length || end > data.length) {
      throw new EvidenceUnavailable('the journal cannot be read: an entry tile is truncated');
    }
    entries.push(data.subarray(offset + 2, end));
    offset = end;
  }
  return entries;
}

/** A tile by its path; if it is not there, the whole one that has taken its place. */
async function readTile(read, path) {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof EvidenceUnavailable) || !path.includes('.p/')) throw error;
    return read(path.split('.p/')[0]);
  }
}

/**
 * The history of the tree (`size`, `root`), which the caller knows to be authentic, read with `read(path)`.
 *
 * Tiles that `previous` has whole are not read again. A partial tile may have grown since: the whole one, cut, serves
 * as well. EvidenceUnavailable when a tile is missing, does not fit, or the journal was rewritten.
 */
export async function loadHistory(read, size, root, previous = null) {
  if (size > MAX_JOURNAL) throw new EvidenceUnavailable(`the journal has more than ${MAX_JOURNAL} entries`);
  const since = previous !== null && previous.size <= size ? previous.size : 0;
  const kept = Math.floor(since / TILE_WIDTH);
  const tiles = since ? previous.tiles.slice(0, kept) : [];
  const whole = since ? previous.whole.slice(0, kept) : [];
  const count = Math.ceil(size / TILE_WIDTH);
  let budget = MOST_AVERAGE * (size - kept * TILE_WIDTH) + 1024 * 1024;
  for (let start = kept; start < count; start += AT_ONCE) {
    const wanted = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, i) => start + i);
    const widthOf = (tile) => Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
    const found = await Promise.all(wanted.map((tile) => readTile(read, entriesPath(tile, widthOf(tile)))));
    for (const [i, tile] of wanted.entries()) {
      const entries = firstEntries(found[i], widthOf(tile));
      budget -= entries.reduce((sum, entry) => sum + entry.length, 0);
      if (budget < 0) throw new EvidenceUnavailable("the journal's entries are too long");
      if (entries.length === TILE_WIDTH) whole.push(await rootOver(await leavesOf(entries)));
      tiles.push(entries);
    }
  }
  const rest = size % TILE_WIDTH ? tiles.at(-1) : [];
  if (!equalBytes(root, await rootOfTiles(whole, rest))) {
    throw new EvidenceUnavailable("the journal's entries do not give the root of its checkpoint");
  }
  const known = since ? [...previous.positions] : [];
  const positions = new Map(known.map(([number, places]) => [number, [...places]]));
  const history = new History({ size, root, tiles, whole, positions });
  if (since && !(await history.holds(previous.size, previous.root))) {
    throw new EvidenceUnavailable('the journal does not extend the one already seen');
  }
  for (let position = since; position < size; position += 1) note(positions, position, history.entry(position));
  return history;
}

/** Notes the certificate an entry is about. Entries are authentic here, so a quick reading will do for the index. */
function note(positions, position, entry) {
  let value;
  try {
    value = JSON.parse(new TextDecoder().decode(entry));
  } catch {
    throw new EvidenceUnavailable('the journal holds an entry that is not JSON');
  }
  const number = isObject(value) ? value.number : undefined;
  if (typeof number !== 'string') return;
  if (positions.has(number)) positions.get(number).push(position);
  else positions.set(number, [position]);
}
