// The page behind an offline code: `/v#TOKEN`. The token is read from the fragment, checked here with the keys that came
// with the page, and sent nowhere; its status is looked up in the whole published list, never by number.

import { CompactVerifier } from '../../verifier/js/src/compact.js';
import { EvidenceUnavailable } from '../../verifier/js/src/errors.js';
import { readerOf } from '../../verifier/js/src/online.js';
import { PublishedSource } from '../../verifier/js/src/source.js';
import { shownAs, tokenIn } from './offline_words.js';

const page = document.getElementById('offline');
const settings = JSON.parse(document.getElementById('offline-data').textContent);
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const CHECKING = part('word').textContent;
const STATEMENT = new TextEncoder().encode(settings.trust ?? '');
const STATUS_LIST = /^status\/token\/[1-9][0-9]*$/;

const fromNetwork = readerOf(location.origin);

let asked = 0;

/**
 * Evidence that names no certificate to anybody: the keys that came with the page and, unless `saved`, newer ones and
 * whole status lists. Keys that could not be asked for just now are not fresh: one that is missing may be new.
 */
class PageSource extends PublishedSource {
  #renewed = false;

  constructor({ saved }) {
    const read = async (path) => {
      if (!saved && STATUS_LIST.test(path)) return fromNetwork(path);
      if (path !== 'trust.json') throw new EvidenceUnavailable('not asked for');
      try {
        if (saved) throw new EvidenceUnavailable('not asked for');
        const statement = await fromNetwork(path);
        this.#renewed = true;
        return statement;
      } catch (error) {
        if (STATEMENT.length > 0) return STATEMENT;
        throw error;
      }
    };
    super(read, { baseUrl: settings.issuer, pin: settings.pin });
  }

  async trust(now, options) {
    const view = await super.trust(now, options);
    return { ...view, fresh: view.fresh && this.#renewed };
  }
}

const verifierOf = (saved) => new CompactVerifier([new PageSource({ saved })]);

async function run() {
  const mine = (asked += 1);
  const token = tokenIn(location.hash);
  part('ask').hidden = token !== null;
  part('answer').hidden = token === null;
  if (token === null) return;
  if (!globalThis.crypto?.subtle) return show(null, 'unsupported');
  part('answer').setAttribute('aria-busy', 'true');
  const signed = await verifierOf(true).verify(token);
  if (mine !== asked) return undefined;
  if (signed.verdict === 'rejected') return show(signed, null);
  if (signed.code === 'status_unavailable') show(signed, 'asking');
  else showNothingYet(); // a key that the page did not come with may be a new one
  const live = await verifierOf(false).verify(token);
  if (mine !== asked) return undefined;
  const unreachable = live.code === 'status_unavailable' || live.code === 'status_stale';
  return show(live, unreachable ? (navigator.onLine ? 'unreachable' : 'away') : null);
}

function showNothingYet() {
  part('answer').className = 'verdict tone-off';
  delete part('answer').dataset.code;
  document.title = `${CHECKING} – ${settings.programme}`;
  part('word').textContent = CHECKING;
  part('sentence').textContent = '';
  part('seal').replaceChildren(document.getElementById('seal-dash').content.cloneNode(true));
  part('facts').hidden = part('domains').hidden = part('checks').hidden = part('again').hidden = true;
}

function show(report, moment) {
  const { tone, glyph, word, sentence } = shownAs(report, moment, settings.words);
  const credential = report?.credential ?? null;
  part('answer').className = `verdict tone-${tone}`;
  part('answer').dataset.code = report?.code ?? 'unsupported';
  part('answer').setAttribute('aria-busy', String(moment === 'asking'));
  part('seal').replaceChildren(document.getElementById(`seal-${glyph}`).content.cloneNode(true));
  part('word').textContent = word;
  part('sentence').textContent = sentence;
  part('facts').hidden = part('domains').hidden = credential === null;
  part('again').hidden = moment !== 'away' && moment !== 'unreachable';
  document.title = `${word} – ${settings.programme}`;
  if (credential !== null) showFacts(credential);
  showChecks(report);
}

function showFacts(credential) {
  part('holder').textContent = credential.holder.legalName;
  part('scope').textContent = credential.scope.statement;
  part('from').textContent = spoken(credential.validFrom);
  part('through').textContent = spoken(credential.validThrough);
  part('number').textContent = `${credential.number}, ${settings.words.edition} ${credential.edition}`;
  part('domain-list').replaceChildren(
    ...credential.holder.domains.map(({ name }) => {
      const line = document.createElement('p');
      const text = document.createElement('bdi');
      line.className = 'licensed-domain';
      text.textContent = name;
      line.append(text);
      return line;
    }),
  );
  part('page').href = `${settings.issuer}/c/${credential.number}`;
}

function showChecks(report) {
  part('checks').hidden = report === null;
  part('check-list').replaceChildren(
    ...(report?.checks ?? []).map(({ name, outcome }) => {
      const line = document.createElement('li');
      line.className = `check check-${outcome}`;
      const disc = { passed: 'tick', failed: 'cross' }[outcome] ?? 'dash';
      line.append(document.getElementById(`disc-${disc}`).content.cloneNode(true));
      const text = document.createElement('div');
      const said = document.createElement('span');
      said.className = 'outcome';
      said.textContent = settings.words.outcomes[outcome];
      text.append(`${settings.words.checks[name]} `, said);
      line.append(text);
      return line;
    }),
  );
}

/** `2027-11-19` as the page's language writes it. */
const spoken = (day) =>
  new Intl.DateTimeFormat(settings.dates, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );

part('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = tokenIn(`#${part('paste').value}`);
  if (token === null) part('paste').focus();
  else location.hash = token;
});
part('again').addEventListener('click', run);
document.querySelector('.languages')?.addEventListener('click', ({ target }) => {
  if (target instanceof HTMLAnchorElement) target.hash = location.hash; // the code stays when the language changes
});
globalThis.addEventListener('hashchange', run);
globalThis.addEventListener('online', run);
if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/v/worker.js', { scope: '/v' }).catch(() => {
    // without it the page needs a network to open; it says nothing wrong
  });
}
page.hidden = false;
run();
