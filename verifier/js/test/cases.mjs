// Answers cases of the corpus as they come: one JSON object a line in (`scripts/cases.py --list`), one out.

import { basename } from 'node:path';
import { createInterface } from 'node:readline';

import { answerTo } from './corpus.js';

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const { folder, ...settings } = JSON.parse(line);
  const found = await answerTo(basename(folder), settings);
  process.stdout.write(`${JSON.stringify({ folder, ...(found ?? { skip: 'the input is made on the fly' }) })}\n`);
}
