// The only network code of this package: one bounded GET with the platform's `fetch`.
//
// https only, but for a loopback origin that the caller names. No redirects, credentials, referrer or cache; a deadline
// over headers and body, and a cap on its bytes as they come. Every fault is EvidenceUnavailable.

import { concatBytes } from './bytes.js';
import { EvidenceUnavailable, LcertError, NotPublished } from './errors.js';
import { hostOf } from './identity.js';
import { isPublishedPath, publishedAs } from './published.js';

const FETCH_DEADLINE = 10_000;

/** The origin in `text` in its one spelling (a trailing slash is forgiven); TypeError unless it is an issuer's. */
export function normalOrigin(text) {
  let origin;
  try {
    const url = new URL(text);
    origin = url.origin;
    if (url.href !== `${origin}/`) throw new TypeError('more than an origin');
    hostOf(origin);
  } catch {
    throw new TypeError(`${String(text).slice(0, 100)} is not the origin of an issuer, such as https://certs.example`);
  }
  return origin;
}

/**
 * `read(path)` for the published paths of one origin. It rejects with NotPublished for 404, EvidenceUnavailable for the
 * rest; the media type must be the one the path is published with.
 */
export function readerOf(origin, { fetch = globalThis.fetch, deadline = FETCH_DEADLINE } = {}) {
  const base = normalOrigin(origin);
  return async (path) => {
    if (!isPublishedPath(path)) throw new EvidenceUnavailable(`${path.slice(0, 100)} is not a published path`);
    const stop = new AbortController();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new EvidenceUnavailable(`${base}/${path} took too long`)), deadline);
    });
    try {
      return await Promise.race([getPublished(fetch, base, path, stop.signal), late]);
    } catch (error) {
      if (error instanceof LcertError) throw error;
      throw new EvidenceUnavailable(`${base} cannot be reached: ${error?.message ?? error}`.slice(0, 300));
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  };
}

async function getPublished(fetch, base, path, signal) {
  const { type, most } = publishedAs(path);
  const url = `${base}/${path}`;
  const answer = await fetch(url, {
    signal,
    headers: { accept: type === null ? '*/*' : `${type}, */*;q=0.1` },
    redirect: 'error',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
  });
  if (answer.status === 404 || answer.status === 410) throw new NotPublished(`${url} is not published`);
  if (answer.status !== 200 || answer.redirected) throw new EvidenceUnavailable(`${url} answered ${answer.status}`);
  const found = (answer.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  if (type !== null && found !== type) {
    throw new EvidenceUnavailable(`${url} came as ${found.slice(0, 60)}, not ${type}`);
  }
  const parts = [];
  let size = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) throw new EvidenceUnavailable(`${url}: the answer is too long`);
    parts.push(value);
  }
  if (size === 0) throw new EvidenceUnavailable(`${url}: the answer is empty`);
  return concatBytes(...parts);
}
