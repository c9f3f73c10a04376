// JSON-LD by jsonld in safe mode: a member that no context defines is an error, not silently dropped.
// in:  {contexts: {url: document}, documents: {name: document}}     out: {name: {ok, quads | error}}
import jsonld from 'jsonld';
import {answer, input, judged} from './read.mjs';

const {contexts, documents} = await input();

// Contexts come from the caller alone; anything else is refused, so nothing is fetched.
async function documentLoader(url) {
  if (!(url in contexts)) throw new Error(`context not given, and the network is not asked: ${url}`);
  return {contextUrl: null, documentUrl: url, document: contexts[url]};
}

const results = {};
for (const [name, document] of Object.entries(documents)) {
  results[name] = await judged(async () => {
    const expanded = await jsonld.expand(document, {documentLoader, safe: true});
    if (expanded.length !== 1) throw new Error(`expands to ${expanded.length} nodes`);
    const quads = await jsonld.canonize(document, {
      documentLoader, safe: true, algorithm: 'RDFC-1.0', format: 'application/n-quads',
    });
    return {quads: quads.split('\n').filter(Boolean)};
  });
}
answer(results);
