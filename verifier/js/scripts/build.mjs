// Puts the modules of `src/` one after the other into the single files of `dist/`, for pages that serve them as they
// are. Nothing is renamed or rewritten: imports, and comments that fill whole lines, are left out.
//
//   node scripts/build.mjs            writes dist/
//   node scripts/build.mjs --check    says whether dist/ is up to date (exit 1 if not)

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ENTRIES = { 'lcert-verifier.js': 'index.js', 'lcert-compact.js': 'compact.js' };
const IMPORT = /^import \{[^}]*\} from '\.\/([a-z_]+\.js)';\n/gm;
const EXPORT_LIST = /^export \{([^}]*)\};\n/gm;
const DECLARED = /^(?:export )?(?:async )?(?:function\*?|class|const|let) ([A-Za-z0-9_$]+)/gm;
const COMMENT = /^[ \t]*(?:\/\/[^\n]*|\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n/gm;

function modulesOf(name, seen = new Map()) {
  if (seen.has(name)) return seen;
  const text = readFileSync(join(ROOT, 'src', name), 'utf8');
  seen.set(name, null); // a module that is being read; an import of it from below would be a circle
  for (const [, imported] of text.matchAll(IMPORT)) {
    if (seen.get(imported) === null) throw new Error(`${name} and ${imported} import each other`);
    modulesOf(imported, seen);
  }
  seen.delete(name);
  return seen.set(name, text); // after what it imports
}

function exportsOf(text) {
  const listed = [...text.matchAll(EXPORT_LIST)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
  const declared = [...text.matchAll(DECLARED)].filter(([all]) => all.startsWith('export ')).map(([, name]) => name);
  return [...listed, ...declared].filter(Boolean).sort();
}

/** The single file of an entry module. */
export function bundleOf(entry) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const home = new Map();
  const parts = [`// @lcert/verifier ${version}, made of verifier/js/src by scripts/build.mjs. Apache-2.0.\n`];
  const modules = modulesOf(entry);
  for (const [name, text] of modules) {
    for (const [, declared] of text.matchAll(DECLARED)) {
      if (home.has(declared)) throw new Error(`${declared} is declared in ${home.get(declared)} and in ${name}`);
      home.set(declared, name);
    }
    const body = text.replace(IMPORT, '').replace(EXPORT_LIST, '').replace(/^export /gm, '').replace(COMMENT, '');
    if (/^(?:import|export) /m.test(body)) throw new Error(`${name}: unknown form of import or export`);
    parts.push(`// ${name}\n\n${body.replace(/\n{3,}/g, '\n\n').trim()}\n`);
  }
  parts.push(`export {\n${exportsOf(modules.get(entry)).map((name) => `  ${name},\n`).join('')}};\n`);
  return parts.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const path = join(ROOT, 'dist', name);
    const text = bundleOf(entry);
    if (!process.argv.includes('--check')) {
      writeFileSync(path, text);
      console.log(`dist/${name}: ${text.length} bytes`);
    } else if (readFileSync(path, 'utf8') !== text) {
      console.error(`dist/${name} is not up to date: run \`npm run build\` in verifier/js`);
      process.exitCode = 1;
    }
  }
}
