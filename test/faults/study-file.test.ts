import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { fit, RunInterrupted } from '../../src/run/index.js';
import { damaged, textsIn } from './support/mutate.js';
import type { Finding } from './support/study-probe.js';

/** Damaged files per test; `npm run test:faults` sets it to what takes minutes. */
const COUNT = Number(process.env.FAULTS ?? 12);
const SEED = Number(process.env.TEST_SEED ?? 1);
const PROBE = resolve(import.meta.dirname, 'support/study-probe.ts');

describe('a damaged study file', function () {
  this.timeout(60_000 + COUNT * 5000);
  let root = '';
  let table = '';
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lrnn-faults-'));
    table = join(root, 'table.csv');
    const row = (i: number): string =>
      `${(i * 37) % 101},${['ü', 'b', 'c'][i % 3]},${i % 7},${(i * 37) % 101 > 50 ? 'yes' : 'no'}`;
    writeFileSync(table, `a,b,c,y\n${Array.from({ length: 120 }, (_, i) => row(i)).join('\n')}\n`);
    const options = {
      data: table,
      target: 'y',
      trials: 4,
      workers: 1,
      engine: 'wasm',
      models: ['linear', 'dummy', 'ensemble'],
    } as const;
    await fit({ ...options, out: join(root, 'whole') });
    const controller = new AbortController();
    const onEvent = ({ type }: { type: string }): void => (type === 'trial' ? controller.abort() : undefined);
    const cut = fit({
      ...options,
      models: ['linear', 'dummy'],
      out: join(root, 'cut'),
      signal: controller.signal,
      onEvent,
    });
    expect(await cut.catch((error: unknown) => error)).to.be.instanceOf(RunInterrupted);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** What the probe finds on damaged copies of a study, and on a good one beside them. */
  function probe(way: string, study: string): void {
    const original = readFileSync(join(root, study, 'study.sqlite'));
    const texts = textsIn(original);
    const stage = mkdtempSync(join(root, `${way}-`));
    const damage = new Map<string, string>();
    for (let i = 0; i < COUNT; i++) {
      const { what, bytes } = damaged(original, texts, SEED * 100_003 + i);
      damage.set(String(i), what);
      mkdirSync(join(stage, String(i)));
      writeFileSync(join(stage, String(i), 'study.sqlite'), bytes);
    }
    cpSync(join(root, study), join(stage, 'good'), { recursive: true });
    const child = spawnSync(process.execPath, ['--import', 'tsx', PROBE, way, stage, table], { encoding: 'utf8' });
    const lines = child.stdout.split('\n').filter((line) => line !== '');
    const found = lines.map((line) => JSON.parse(line) as Finding);
    const names = [...damage.keys(), 'good'].sort();
    const last = damage.get(names[found.length]) ?? 'the beginning or the end';
    expect([child.status, child.signal], `ended at ${last}: ${child.stderr.slice(0, 2000)}`).to.deep.equal([0, null]);
    const faults = found.filter(({ fault }) => fault !== null);
    expect(faults.map(({ name, fault }) => `${damage.get(name)}: ${fault}`).join('\n')).to.equal('');
    expect(found.map(({ name }) => name)).to.deep.equal(names);
    expect(found.find(({ name }) => name === 'good')?.code).to.equal(way === 'pages' ? 200 : 0);
    if (process.env.FAULTS) process.stdout.write(`      ${way}: ${tally(found)}\n`);
  }

  function tally(found: readonly Finding[]): string {
    const counts = new Map<number, number>();
    for (const { code } of found) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts].map(([code, count]) => `${count} x ${code}`).join(', ');
  }

  it('is shown, or refused with one sentence, and shows no number that is none', () => probe('show', 'whole'));

  it('stands in the list of the server, and its pages and those of others answer', () => probe('pages', 'whole'));

  it('is gone on with, or refused with one sentence', () => probe('resume', 'cut'));
});
