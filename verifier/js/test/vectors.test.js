// The shared vectors: what every verifier of ours, in whatever language, must answer.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as lib from '../src/index.js';
import { answer, difference } from './world.js';

const FOLDER = new URL('../../../tests/vectors/', import.meta.url);

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.json')).sort()) {
  const area = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
  test(`${name}: ${area.vectors.length} vectors`, async () => {
    const wrong = [];
    for (const vector of area.vectors) {
      const found = difference(await answer(lib, area, vector), vector.expected);
      if (found !== null) wrong.push(`${vector.id} (${vector.description}): ${found}`);
    }
    assert.equal(wrong.length, 0, `${wrong.length} of ${area.vectors.length}\n${wrong.join('\n')}`);
  });
}
