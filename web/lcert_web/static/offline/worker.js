// Keeps the page behind offline codes, so that it opens where there is no network. It answers for that page and for the
// files the page is made of, and for nothing else; it never sees what is in a fragment, and keeps no answer about status.

const VERSION = __VERSION__;
const KEPT = __KEPT__;
const PAGE = '/v';
const CACHE = `l-cert-v-${VERSION}`;
const PATIENCE = 4000;

self.addEventListener('install', (event) => {
  const fresh = [PAGE, ...KEPT].map((url) => new Request(url, { cache: 'no-cache', credentials: 'omit' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith('l-cert-v-') && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(newestPage(url.search));
  else if (KEPT.includes(url.pathname + url.search)) event.respondWith(kept(request));
});

/** The page from the network, which carries the newest keys; the kept one when that fails or takes too long. */
async function newestPage(query) {
  const cache = await caches.open(CACHE);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(PAGE + query, { cache: 'no-cache', credentials: 'omit', signal: stop.signal });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    await cache.put(PAGE, answer.clone());
    return answer;
  } catch (error) {
    const saved = await cache.match(PAGE, { ignoreVary: true });
    if (saved) return saved;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request.url, { ignoreVary: true })) ?? fetch(request);
}
