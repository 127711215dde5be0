import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { hp, type Observation, randomSampler, type Sampler, type Space, tpeSampler } from '../../src/search/index.js';
import { describeSampler } from '../conformance/sampler.js';

describeSampler('random', randomSampler);
describeSampler('tpe', tpeSampler());
describeSampler('tpe without a start', tpeSampler({ startupTrials: 0, candidates: 1 }));

type Problem = [name: string, space: Space, loss: (params: Record<string, number>) => number];

const PROBLEMS: Problem[] = [
  ['branin', { x: hp.uniform(-5, 10), y: hp.uniform(0, 15) }, ({ x, y }) => branin(x, y)],
  [
    'a quadratic in logarithms, integers, options and conditional parameters',
    {
      rate: hp.logRange(1e-5, 1),
      depth: hp.integer(1, 8),
      kind: hp.choice([0.5, 0, 0.8, 1]),
      form: hp.choice([{ width: hp.logInteger(4, 256) }, { m: hp.uniform(0, 1), n: hp.quniform(0, 1, 0.1) }]),
    },
    ({ rate, depth, kind, form }) => {
      const inner = form as unknown as { width?: number; m: number; n: number };
      const conditional =
        inner.width === undefined
          ? 3 * (inner.m - 0.3) ** 2 + 3 * (inner.n - 0.7) ** 2
          : 0.6 + Math.abs(Math.log2(inner.width / 64)) / 5;
      return (Math.log10(rate) + 2.5) ** 2 / 4 + (depth - 3) ** 2 / 10 + kind + conditional;
    },
  ],
];

/** Source  Branin 1972; its least value 0.397887 is taken off. */
function branin(x: number, y: number): number {
  const bow = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return bow * bow + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.397887;
}

function bestOf([, space, loss]: Problem, sampler: Sampler, trials: number, seed: number): number {
  const history: Observation[] = [];
  for (let t = 0; t < trials; t++) {
    const { params, assignment } = sampler.suggest(space, history, new Rng(seed).split(t));
    history.push({ assignment, loss: loss(params as Record<string, number>) });
  }
  return Math.min(...history.map((observation) => observation.loss));
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

describe('tpeSampler', () => {
  for (const problem of PROBLEMS) {
    it(`comes at least twice as near to the optimum as random search on ${problem[0]}`, () => {
      const seeds = Array.from({ length: 21 }, (_, seed) => seed);
      const random = median(seeds.map((seed) => bestOf(problem, randomSampler, 50, seed)));
      const tpe = median(seeds.map((seed) => bestOf(problem, tpeSampler(), 50, seed)));
      expect(tpe).to.be.below(random / 2, `random ${random}`);
    });
  }

  it('draws at random until enough trials have a loss, then says that it is tpe', () => {
    const sampler = tpeSampler({ startupTrials: 3 });
    const space = { x: hp.uniform(0, 1) };
    const history: Observation[] = [1, Infinity, 2].map((loss) => ({ assignment: { x: 0.5 }, loss }));
    const random = randomSampler.suggest(space, [], new Rng(1));
    expect(sampler.suggest(space, history, new Rng(1))).to.deep.equal(random);
    history.push({ assignment: { x: 0.1 }, loss: 3 });
    expect(sampler.suggest(space, history, new Rng(1)).origin).to.equal('tpe');
  });

  it('prefers the option and the values that good trials had', () => {
    const space = { c: hp.choice(['a', 'b', 'c']), x: hp.logRange(1e-4, 1), n: hp.integer(0, 20) };
    const history: Observation[] = Array.from({ length: 30 }, (_, t) => {
      const isGood = t % 5 === 0;
      return {
        assignment: { c: isGood ? 2 : t % 2, x: isGood ? 0.01 : 0.5, n: isGood ? 4 : 15 },
        loss: isGood ? 0 : 1,
      };
    });
    let near = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { c, x, n } = tpeSampler().suggest(space, history, new Rng(seed)).params as Record<string, unknown>;
      if (c === 'c' && Math.abs(Math.log10(x as number) + 2) < 0.7 && Math.abs((n as number) - 4) <= 4) near++;
    }
    expect(near).to.be.above(40);
  });

  it('keeps away from failures', () => {
    const space = { x: hp.uniform(0, 1) };
    const history: Observation[] = Array.from({ length: 40 }, (_, t) => {
      const x = (t * 0.618) % 1;
      return { assignment: { x }, loss: x > 0.5 ? Infinity : 1 };
    });
    let failing = 0;
    for (let seed = 0; seed < 50; seed++) {
      if ((tpeSampler().suggest(space, history, new Rng(seed)).params.x as number) > 0.5) failing++;
    }
    expect(failing).to.be.below(10);
  });

  it('learns about a conditional parameter from the trials that had it', () => {
    const space = { c: hp.choice([{ x: hp.uniform(0, 1) }, { x: hp.uniform(0, 1) }]) };
    const history: Observation[] = Array.from({ length: 40 }, (_, t) => {
      const x = (t % 20) / 20;
      if (t < 20) return { assignment: { c: 0, 'c:0.x': x }, loss: 1 + Math.abs(x - 0.9) };
      return { assignment: { c: 1, 'c:1.x': x }, loss: Math.abs(x - 0.1) };
    });
    for (let seed = 0; seed < 20; seed++) {
      const { assignment } = tpeSampler().suggest(space, history, new Rng(seed));
      expect(Object.keys(assignment)).to.have.members(['c', `c:${assignment.c}.x`]);
      if (assignment.c === 1) expect(assignment['c:1.x']).to.be.below(0.5);
    }
  });

  it('refuses senseless options', () => {
    expect(() => tpeSampler({ candidates: 0 })).to.throw('tpeSampler: candidates must be at least 1, got 0.');
    expect(() => tpeSampler({ startupTrials: -1 })).to.throw('startupTrials must not be negative, got -1.');
  });
});
