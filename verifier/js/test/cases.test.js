// Every case of the corpus has its one right answer here too.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { answerTo, HERE } from './corpus.js';

const folders = existsSync(HERE) ? readdirSync(HERE).filter((name) => /^[0-9]{3}-/.test(name)).sort() : [];

test(`${folders.length} cases`, { skip: folders.length ? false : 'the corpus is not here' }, async (t) => {
  const wrong = [];
  const waiting = [];
  for (const folder of folders) {
    const [, verdict, code] = folder.split('--');
    const found = await answerTo(folder, JSON.parse(readFileSync(`${HERE}${folder}/case.json`, 'utf8')));
    if (found === null) waiting.push(folder);
    else if (found.verdict !== verdict || found.code !== code.replaceAll('-', '_')) wrong.push({ folder, found });
  }
  if (waiting.length) t.diagnostic(`${waiting.length} large inputs were not made: ${waiting.join(', ')}`);
  assert.deepEqual(wrong, []);
  assert.ok(process.env.LCERT_LARGE === undefined || waiting.length === 0);
});
