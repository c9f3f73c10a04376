// W3C Bitstring Status List by @digitalbazaar/vc-bitstring-status-list. Its proofs are Data Integrity ones, so the
// list's signature is judged by jose first (signatures.mjs); this reads entries, purposes, issuers and bits.
// in:  {credentials: {name: credential}, lists: {url: credential}}
// out: {name: {ok, results: [{purpose, set}] | error}}
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {answer, input, judged} from './read.mjs';

const {credentials, lists} = await input();

async function documentLoader(url) {
  if (!(url in lists)) throw new Error(`list not given: ${url}`);
  return {contextUrl: null, documentUrl: url, document: lists[url]};
}

const results = {};
for (const [name, credential] of Object.entries(credentials)) {
  results[name] = await judged(async () => {
    const found = await checkStatus({credential, documentLoader, verifyBitstringStatusListCredential: false});
    if (found.error) throw found.error;
    return {
      results: found.results.map(({credentialStatus, status}) => ({
        purpose: credentialStatus.statusPurpose, set: status,
      })),
    };
  });
}
answer(results);
