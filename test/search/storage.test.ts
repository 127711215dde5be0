import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMemoryStorage } from '../../src/search/index.js';
import { createSqliteStorage } from '../../src/search/node.js';
import { describeStorage } from '../conformance/storage.js';

function clock(): () => number {
  let time = 1000;
  return () => time++;
}

describeStorage('memory', () => createMemoryStorage({ now: clock() }));

describe('on disk', () => {
  let folder: string;
  let count = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'study-'))));
  after(() => rmSync(folder, { recursive: true }));
  describeStorage('sqlite', () => createSqliteStorage(join(folder, `${count++}.sqlite`), { now: clock() }));
});
