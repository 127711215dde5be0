import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { loadData } from '../../src/run/load-data.js';
import { checkOptions } from '../../src/run/options.js';

describe('loadData', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-load-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (steering: { group?: string; time?: string }) => {
    const data = join(folder, 'table.csv');
    const lines = Array.from({ length: 60 }, (_, i) => `shop ${i % 6},${2000 + i},${(7 * i) % 13},${(i * i) % 17}`);
    writeFileSync(data, `shop,day,a,price\n${lines.join('\n')}\n`);
    return checkOptions({ data, target: 'price', task: 'regression', ...steering });
  };

  it('tells encodings what the folds keep apart, on memory that threads share', async () => {
    const { data } = await loadData(options({ group: 'shop' }));
    expect(Array.from(data.groups!)).to.deep.equal(Array.from({ length: 60 }, (_, i) => i % 6));
    expect(data.groups!.buffer).to.be.instanceOf(SharedArrayBuffer);
    expect(data.times).to.equal(undefined);
    const later = await loadData(options({ time: 'day' }));
    expect(later.data.times![59]).to.equal(2059);
    expect(later.data.times!.buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  it('lets a study that began before encodings kept groups apart go on as it began', async () => {
    const begun = { name: 'old' } as StudySettings;
    const { data } = await loadData(options({ group: 'shop' }), begun);
    expect(data).to.not.have.any.keys('groups', 'times');
    expect((await loadData(options({ group: 'shop' }), { ...begun, encodingsApart: true })).data.groups).to.have.length(
      60,
    );
  });
});
