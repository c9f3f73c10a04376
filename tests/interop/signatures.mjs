// Signatures by jose, the key found by the header's kid in the published key set.
// in:  {jwks, tokens: {name: {token, typ?, issuer?, subject?}}}     out: {name: {ok, header, payload | error}}
import {createLocalJWKSet, jwtVerify} from 'jose';
import {answer, input, judged} from './read.mjs';

const {jwks, tokens} = await input();
const keys = createLocalJWKSet(jwks);

const results = {};
for (const [name, {token, ...expected}] of Object.entries(tokens)) {
  results[name] = await judged(async () => {
    const {protectedHeader, payload} = await jwtVerify(token, keys, expected);
    return {header: protectedHeader, payload};
  });
}
answer(results);
