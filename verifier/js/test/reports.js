// Prints the whole Report on every vector as one JSON object a line, for comparison with another verifier's.

import { readdirSync, readFileSync } from 'node:fs';

import * as lib from '../src/index.js';
import { answer } from './world.js';

const FOLDER = new URL('../../../tests/vectors/', import.meta.url);

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.json')).sort()) {
  const area = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
  for (const vector of area.vectors) {
    const { report } = await answer(lib, area, vector);
    process.stdout.write(`${JSON.stringify({ id: vector.id, report })}\n`);
  }
}
