import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { Outcome } from '../../lab/experiment.js';
import { EXPERIMENTS } from '../../lab/experiments.js';
import { page } from '../../lab/page.js';
import { Store } from '../../lab/store.js';

describe('all experiments of the lab, as small as they get', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  const outcomes = new Map<string, Outcome>();
  const summaryOf = <T>(name: string): T => outcomes.get(name)!.summary as T;

  before(async () => {
    for (const experiment of EXPERIMENTS)
      outcomes.set(experiment.name, await experiment.run('check', new Store(folder)));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('say what they found: words, tables without gaps, a summary of numbers', () => {
    expect([...outcomes.keys()]).to.include.members(['psnr', 'audio', 'poisson', 'ct', 'variance']);
    for (const [name, { words, tables, summary }] of outcomes) {
      expect(words.length, name).to.be.above(0);
      for (const { head, rows } of tables)
        for (const row of rows) expect(row.length, `${name}: ${String(row[0])}`).to.equal(head.length);
      expect(JSON.stringify(summary), name).to.match(/\d/).and.not.include('null');
    }
  });

  it('fit on one page', () => {
    const told = EXPERIMENTS.map(({ name, question }) => ({ question, outcome: outcomes.get(name)! }));
    const html = page('The lab', 'All of it.', told);
    for (const { question } of EXPERIMENTS) expect(html).to.include(question);
    expect(html).to.not.include('NaN');
  });

  it('take up what they have found before: a second run is one of reading', async () => {
    const store = new Store(folder);
    const begun = performance.now();
    for (const experiment of EXPERIMENTS.filter(({ name }) => name !== 'ct')) {
      const { summary } = await experiment.run('check', store);
      expect(summary).to.deep.equal(outcomes.get(experiment.name)!.summary);
    }
    expect((performance.now() - begun) / 1000).to.be.below(store.seconds);
  });

  it('show what reproduces at any size: pictures and equations at the published rates, and the variance', () => {
    const { lrnnSpder, sirenPublished, spderPublished } = summaryOf<Record<string, number>>('psnr');
    expect(lrnnSpder).to.be.above(Math.max(sirenPublished, spderPublished));
    const { poisson2 } = summaryOf<Record<string, { ratioPublished: number }>>('poisson');
    expect(poisson2.ratioPublished).to.be.below(1);
    expect(summaryOf<{ isBounded: boolean }>('variance').isBounded).to.equal(true);
  });

  it('show that more neurons than a function has rank make a layer better', () => {
    const found = summaryOf<Record<string, readonly number[]>>('rank');
    expect(found['rank 4'][1]).to.be.below(found['rank 4'][0]);
  });
});
