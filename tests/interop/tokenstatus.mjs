// IETF Token Status List by @sd-jwt/jwt-status-list.
// in:  {credentials: {name: token}, lists: {uri: token}}     out: {name: {ok, uri, idx, bits, status | error}}
import {getListFromStatusListJWT, getStatusListFromJWT} from '@sd-jwt/jwt-status-list';
import {answer, input, judged} from './read.mjs';

const {credentials, lists} = await input();

const results = {};
for (const [name, token] of Object.entries(credentials)) {
  results[name] = await judged(async () => {
    const {idx, uri} = getStatusListFromJWT(token);
    const list = getListFromStatusListJWT(lists[uri]);
    return {uri, idx, bits: list.getBitsPerStatus(), status: list.getStatus(idx)};
  });
}
answer(results);
