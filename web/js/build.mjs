// Puts our modules, and those of the verifier that they use, into the single files that pages are given.
//
//   node web/js/build.mjs            writes web/lcert_web/static/
//   node web/js/build.mjs --check    says whether they are up to date (exit 1 if not)
//
// Nothing is renamed: imports, and comments that fill whole lines, are left out. A file may name the hash of another,
// so that what it loads later is what it was made with.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = resolve(HERE, '..', 'lcert_web', 'static');
const IMPORT = /^import \{[^}]*\} from '(\.[./a-z_-]*\.js)';\n/gm;
const EXPORT_LIST = /^export \{[^}]*\};\n/gm;
const DECLARED = /^(?:export )?(?:async )?(?:function\*?|class|const|let) ([A-Za-z0-9_$]+)/gm;
const COMMENT = /^[ \t]*(?:\/\/[^\n]*|\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n/gm;
const LICENCE = '// L Certification. Apache-2.0.\n';

/** Modules in the order in which they can run: each after what it imports. */
function modulesOf(path, seen = new Map()) {
  if (seen.has(path)) return seen;
  const text = readFileSync(path, 'utf8');
  seen.set(path, null);
  for (const [, imported] of text.matchAll(IMPORT)) modulesOf(resolve(dirname(path), imported), seen);
  seen.delete(path);
  return seen.set(path, text);
}

function bundleOf(entry, values = {}) {
  const home = new Map();
  const parts = [];
  for (const [path, text] of modulesOf(join(HERE, entry))) {
    const name = relative(HERE, path);
    for (const [, declared] of text.matchAll(DECLARED)) {
      if (home.has(declared)) throw new Error(`${declared} is declared in ${home.get(declared)} and in ${name}`);
      home.set(declared, name);
    }
    const body = text.replace(IMPORT, '').replace(EXPORT_LIST, '').replace(/^export /gm, '').replace(COMMENT, '');
    if (/^(?:import|export) /m.test(body)) throw new Error(`${name} imports or exports in a way this cannot put together`);
    parts.push(body.replace(/\n{2,}/g, '\n').replace(/^[ \t]+/gm, ' ').trim());
  }
  let text = `${LICENCE}${parts.join('\n')}\n`;
  for (const [word, value] of Object.entries(values)) text = text.replaceAll(word, JSON.stringify(value));
  return text;
}

const integrityOf = (text) => `sha384-${createHash('sha384').update(text).digest('base64')}`;

const verifier = bundleOf('element_verifier.js');
const files = {
  'element/l-cert-verifier-1.js': verifier,
  'element/l-cert-badge-1.js': bundleOf('element.js', { __VERIFIER_INTEGRITY__: integrityOf(verifier) }),
  'embed/kit.js': bundleOf('kit.js'),
  'offline/offline.js': bundleOf('offline.js'),
};

// Where the hash of the element is written down.
const hash = integrityOf(files['element/l-cert-badge-1.js']);
const ROOT = resolve(HERE, '..', '..');
for (const [name, pattern] of [
  ['issuer/lcert_issuer/badge/embeds.py', /(?<=^ELEMENT_INTEGRITY: Final = ").*(?="$)/m],
  ['examples/product-page/index.html', /(?<=l-cert-badge-1\.js" integrity=")[^"]*/],
]) {
  const before = readFileSync(join(ROOT, name), 'utf8');
  const after = before.replace(pattern, hash);
  if (after === before) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} names another hash of the element: run \`node web/js/build.mjs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(join(ROOT, name), after);
  }
}

for (const [name, text] of Object.entries(files)) {
  const path = join(STATIC, name);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`${name}: ${text.length} bytes`);
    continue;
  }
  let found = null;
  try {
    found = readFileSync(path, 'utf8');
  } catch {
    // said below
  }
  if (found !== text) {
    console.error(`static/${name} is not up to date: run \`node web/js/build.mjs\``);
    process.exitCode = 1;
  }
}
