// Judges cases of the corpus, tests/cases: a folder a case, with the one right answer in its name.
//
// Inputs too large to keep are made by scripts/cases.py --large; LCERT_LARGE names that folder.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { BundleSource, EvidenceUnavailable, JournalSource, LcertError, NotPublished, Verifier } from '../src/index.js';

export const HERE = fileURLToPath(new URL('../../../tests/cases/', import.meta.url));
const LARGE = process.env.LCERT_LARGE;
const ORIGINS = { certs: 'https://certs.example', other: 'https://other.example' };

const inputOf = (folder, name) =>
  [`${HERE}${folder}/${name}`, `${LARGE}/${folder}/${name}`].find((path) => existsSync(path));

function readerOf(folder, name, first, gone) {
  const places = first ? [`${HERE}${folder}/site/`] : [];
  places.push(`${HERE}issuers/${name}/`);
  return async (path) => {
    if (first && gone.includes(path)) throw new EvidenceUnavailable('cannot be reached');
    const found = places.map((place) => place + path).find((file) => existsSync(file) && statSync(file).isFile());
    if (found === undefined) throw new NotPublished(path);
    return readFileSync(found);
  };
}

async function sourcesOf(folder, { trust, gone = [] }, clock) {
  const sources = [];
  const online = trust.filter((name) => name in ORIGINS);
  for (const name of trust) {
    if (name in ORIGINS) {
      const read = readerOf(folder, name, name === online[0], gone);
      sources.push(new JournalSource(read, { baseUrl: ORIGINS[name] }));
    } else {
      const own = `${HERE}${folder}/${name}`;
      const file = existsSync(own) ? own : `${HERE}issuers/${name.replace('.zip', '')}/bundle.zip`;
      sources.push(await BundleSource.open(readFileSync(file), { clock }));
    }
  }
  return sources;
}

/** `{verdict, code}` for the case in `folder`; null when its input has not been made. */
export async function answerTo(folder, settings) {
  const input = inputOf(folder, settings.input);
  if (input === undefined) return null;
  const data = readFileSync(input);
  const clock = () => new Date(settings.clock);
  let verifier;
  try {
    verifier = new Verifier(await sourcesOf(folder, settings, clock), { clock });
  } catch (error) {
    if (error instanceof LcertError) return { verdict: 'indeterminate', code: 'trust_unavailable' };
    throw error;
  }
  const options = { at: settings.at, knownAt: settings.known_at, domain: settings.domain };
  const report = /\.(?:png|svg)$/.test(settings.input)
    ? await verifier.verifyBadge(data, options)
    : await verifier.verify(new Uint8Array(data), options);
  const { verdict, code, checks } = report;
  const fault = checks.find((check) => check.detail.startsWith('fault'));
  if (fault !== undefined) throw new Error(`${folder}: ${fault.detail}`);
  return { verdict, code };
}
