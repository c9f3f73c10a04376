// The journal's signed head, as its issuer publishes it.

import { openNote, parseCheckpoint } from './checkpoint.js';

const USABLE = ['staged', 'active'];

/** The head `{size, root}` in a checkpoint signed with a usable log key of `trust`; Malformed otherwise. */
export async function openCheckpoint(note, trust) {
  const keys = [...trust.keys.values()]
    .filter((entry) => entry.purposes.includes('log') && USABLE.includes(entry.state))
    .map((entry) => entry.key);
  const name = `${trust.baseUrl.split('://')[1]}/log`;
  return parseCheckpoint(await openNote(note, name, keys), name);
}
