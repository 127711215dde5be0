/** @file A process to be killed: goes on writing parts into a study, and says so after each. Argument: the file. */

import { existsSync } from 'node:fs';

import { createSqliteStorage, openSqliteStorage } from '../../../src/search/node.js';
import { makeSpec } from '../../conformance/storage.js';

const file = process.argv[2];
const storage = existsSync(file) ? openSqliteStorage(file) : createSqliteStorage(file);
const first = storage.trials().length;
for (let trial = first; ; trial++) {
  storage.begin(makeSpec(trial));
  for (let part = 0; part < 3; part++) {
    const byte = (trial * 3 + part) % 256;
    const blobs = { small: new Uint8Array(10).fill(byte), large: new Uint8Array(300_000).fill(byte) };
    storage.recordPart({ trial, part, value: byte, seconds: 1 }, blobs);
    storage.appendEvent({ trial, part });
    process.stdout.write(`${trial} ${part}\n`);
  }
  storage.finish(trial, { state: 'complete', value: trial });
}
