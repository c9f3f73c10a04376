// What an issuer publishes below its origin: the path of each document, its media type and how large it may be.

const KIB = 1024;
const PUBLISHED = [
  [/^status\/token\/[1-9][0-9]*$/, 'application/statuslist+jwt', 64 * KIB],
  [/^status\/bitstring\/(?:revocation|suspension)\/[1-9][0-9]*$/, 'application/vc+jwt', 64 * KIB],
  [/^bundle\.zip$/, 'application/zip', 64 * KIB * KIB],
  [/^log\/proof\/[0-9a-f]{64}$/, null, 256 * KIB],
  [/^log\/checkpoint$/, null, 64 * KIB],
  [/^log\/tile\/entries\/.*$/, null, 17 * KIB * KIB],
];
const ANY_OTHER = [null, 'application/json', 4 * KIB * KIB];
const PLAIN_PATH = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/;

export const TRUST_PATH = 'trust.json';
export const CHECKPOINT_PATH = 'log/checkpoint';

/** The media type a reader insists on for `path` (null: any) and the size beyond which it refuses it. */
export function publishedAs(path) {
  const [, type, most] = PUBLISHED.find(([pattern]) => pattern.test(path)) ?? ANY_OTHER;
  return { type, most };
}

/** Whether `path` is plain: no query, no escapes, no dot segments, nothing absolute. */
export const isPublishedPath = (path) =>
  PLAIN_PATH.test(path) && !path.split('/').some((part) => /^\.*$/.test(part));

/** The published path of `url`, null when it is not a plain URL below `baseUrl`. */
export function pathBelow(baseUrl, url) {
  const path = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : '';
  return isPublishedPath(path) ? path : null;
}

export const recordPath = (number) => `c/${number}.json`;
export const proofPath = (digest) => `log/proof/${digest}`;
