/** @file What words say is found from a file to a held-out score. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import { fit } from '../../../src/run/index.js';

/** Sixteen words each, of which two are of forty rare ones that give the class away. */
function rareWords(n: number, seed: number): { note: string; label: string }[] {
  const rng = new Rng(seed);
  return Array.from({ length: n }, () => {
    const label = rng.integer(2);
    const words = Array.from({ length: 14 }, () => `w${Math.floor(400 * rng.uniform() ** 2)}`);
    for (let i = 0; i < 2; i++) words.push(`s${2 * rng.integer(20) + label}`);
    const order = rng.shuffle(words.map((_, i) => i));
    return { note: Array.from(order, (i) => words[i]).join(' '), label: label === 1 ? 'yes' : 'no' };
  });
}

describe('a fit of texts', function () {
  this.timeout(120_000);
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-texts-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('tells classes by rare words, on rows that no fit has seen', async () => {
    const out = join(folder, 'rare');
    const options = { target: 'label', trials: 3, models: ['linear', 'gbdt'], seed: 1, workers: 1, out } as const;
    const { leaderboard, metric } = await fit({ data: rareWords(1000, 5), ...options });
    expect(metric).to.equal('auc');
    for (const { family, holdout } of leaderboard) expect(holdout, family).to.be.at.least(0.95);
  });
});
