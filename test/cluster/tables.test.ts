import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { TableCache } from '../../src/cluster/cache.js';
import { encodeTable } from '../../src/cluster/table.js';
import { Tables } from '../../src/cluster/tables.js';
import { offerOf } from '../../src/cluster/transfer.js';
import { resultOf, TINY } from './tables.js';

describe('the tables of a worker', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-tables-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bytes = encodeTable(TINY);
  const offer = offerOf('1.0.0-node20', bytes);
  const use = (tables: Tables, study: string) =>
    tables.use(study, offer, async ({ folds }) => folds).catch((error: unknown) => (error as Error).message);

  it('are asked for anew where the study whose coordinator was asked has ended, once for all that wait', async () => {
    const asked: string[] = [];
    let isOver: (error: Error) => void = () => undefined;
    const over = new Promise<never>((_, reject) => (isOver = reject));
    over.catch(() => undefined);
    let opened = 0;
    let closed = 0;
    const fetch = async (study: string): Promise<Uint8Array> => {
      asked.push(study);
      return study === 'a' ? over : bytes;
    };
    const makeExecutor = () => {
      opened++;
      return {
        capacity: 1,
        run: async (one: Parameters<typeof resultOf>[0]) => resultOf(one),
        close: async () => void closed++,
      };
    };
    const tables = new Tables(new TableCache(folder), fetch, makeExecutor, () => undefined);
    const all = Promise.all(['a', 'b', 'a', 'b', 'c'].map((study) => use(tables, study)));
    isOver(new Error('its study is over'));
    const end = 'its study is over';
    expect(await all).to.deep.equal([end, 1, end, 1, 1]);
    expect(await Promise.all(['b', 'c'].map((study) => use(tables, study)))).to.deep.equal([1, 1]);
    expect(asked).to.deep.equal(['a', 'b']);
    await tables.close();
    expect([opened, closed]).to.deep.equal([1, 1]);
  });

  it('are refused where their own coordinator gives none, and asked for again the next time', async () => {
    let asked = 0;
    const fetch = async (): Promise<Uint8Array> => {
      if (asked++ === 0) throw new Error('not there');
      return bytes;
    };
    const makeExecutor = () => ({
      capacity: 1,
      run: async (one: Parameters<typeof resultOf>[0]) => resultOf(one),
      close: async () => undefined,
    });
    const tables = new Tables(new TableCache(folder), fetch, makeExecutor, () => undefined);
    expect(await use(tables, 'a')).to.equal('not there');
    expect(await use(tables, 'a')).to.equal(1);
    await tables.close();
  });
});
