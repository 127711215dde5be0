/** @file What every Sampler must do. */

import { expect } from 'chai';
import fc from 'fast-check';

import { Rng } from '../../src/core/index.js';
import {
  assignmentOf,
  hp,
  type Observation,
  resolve,
  type Sampler,
  type Space,
  type Suggestion,
} from '../../src/search/index.js';

/** Every distribution, nested and conditional. */
export const EVERYTHING: Space = {
  constant: 1,
  uniform: hp.uniform(-2, 5),
  log: hp.logRange(1e-6, 10),
  step: hp.quniform(0, 1, 0.05),
  offset: hp.quniform(0.15, 0.95, 0.1),
  integer: hp.integer(1, 4),
  logInteger: hp.logInteger(8, 256),
  index: hp.randint(2 ** 32),
  normal: hp.normal(0, 1),
  qnormal: hp.qnormal(3, 10, 2),
  lognormal: hp.lognormal(-2, 3),
  qlognormal: hp.qlognormal(0, 2, 1),
  single: hp.choice(['only']),
  form: hp.choice([
    { kind: 'a', width: hp.integer(1, 8), inner: hp.choice([false, { depth: hp.randint(3) }]) },
    { kind: 'b', rate: hp.uniform(0, 1) },
    null,
  ]),
};

export function describeSampler(name: string, sampler: Sampler): void {
  describe(`${name} as a sampler`, () => {
    const grow = (count: number, lossOf: (suggestion: Suggestion, t: number) => number, seed = 0): Observation[] => {
      const history: Observation[] = [];
      for (let t = 0; t < count; t++) {
        const suggestion = sampler.suggest(EVERYTHING, history, new Rng(seed).split(t));
        history.push({ assignment: suggestion.assignment, loss: lossOf(suggestion, t) });
      }
      return history;
    };
    const expectInside = ({ params, assignment, origin }: Suggestion): void => {
      expect(resolve(EVERYTHING, assignment)).to.deep.equal(params);
      expect(assignmentOf(EVERYTHING, params)).to.deep.equal(assignment);
      expect(JSON.parse(JSON.stringify(params))).to.deep.equal(params);
      expect(origin).to.be.a('string');
    };

    it('stays in the space and on its steps, whatever the losses', () => {
      const loss = fc.oneof(fc.double(), fc.constantFrom(Infinity, -Infinity, NaN, 0, 1e308, -1e308, 5e-324));
      fc.assert(
        fc.property(fc.array(loss, { maxLength: 14 }), fc.nat(), (losses, seed) => {
          const history = grow(losses.length, (_suggestion, t) => losses[t], seed);
          for (let again = 0; again < 3; again++) {
            const suggestion = sampler.suggest(EVERYTHING, history, new Rng(seed).split('again', again));
            expectInside(suggestion);
            const { step, offset, logInteger } = suggestion.params as Record<string, number>;
            expect(Math.abs(step / 0.05 - Math.round(step / 0.05))).to.be.below(1e-9);
            expect(offset).to.be.within(0.2, 0.9);
            expect(logInteger % 1).to.equal(0);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('says the same for the same history and state of the generator, and changes neither space nor history', () => {
      const history = grow(20, ({ params }) => params.uniform as number);
      const before = JSON.stringify([EVERYTHING, history]);
      const first = sampler.suggest(EVERYTHING, history, new Rng(9));
      expect(sampler.suggest(EVERYTHING, history, new Rng(9))).to.deep.equal(first);
      expect(sampler.suggest(EVERYTHING, structuredClone(history), new Rng(9))).to.deep.equal(first);
      expect(sampler.suggest(EVERYTHING, history, new Rng(10))).to.not.deep.equal(first);
      expect(JSON.stringify([EVERYTHING, history])).to.equal(before);
    });

    it('works with no history, one observation, equal losses, failures only and duplicates', () => {
      const [one] = grow(1, () => 1);
      const histories: Record<string, Observation[]> = {
        none: [],
        one: [one],
        'one, failed': [{ ...one, loss: Infinity }],
        equal: grow(30, () => 0.5),
        failed: grow(30, () => Infinity),
        'mostly failed': grow(30, (_suggestion, t) => (t === 7 ? 1 : Infinity)),
        duplicates: Array.from({ length: 40 }, (_, t) => ({ ...one, loss: t % 3 })),
      };
      for (const [what, history] of Object.entries(histories)) {
        for (let seed = 0; seed < 5; seed++) {
          const suggestion = sampler.suggest(EVERYTHING, history, new Rng(seed));
          expect(() => expectInside(suggestion), what).to.not.throw();
        }
      }
    });

    it('goes on exploring after a thousand trials', () => {
      const space = { x: hp.uniform(0, 1), c: hp.choice([0, 1, 2]) };
      const history = Array.from({ length: 1000 }, () => ({ assignment: { x: 0.5, c: 1 }, loss: 0 }));
      const seen = new Set<unknown>();
      for (let seed = 0; seed < 20; seed++) seen.add(sampler.suggest(space, history, new Rng(seed)).params.x);
      expect(seen.size).to.equal(20);
    });

    it('takes observations at the ends of the space and between its steps', () => {
      const space = { log: hp.logRange(1e-6, 10), step: hp.quniform(0, 1, 0.25), whole: hp.integer(1, 4) };
      const edges = [
        { log: 1e-6, step: 0, whole: 1 },
        { log: 10, step: 1, whole: 4 },
        { log: 3, step: 0.3, whole: 2 },
      ];
      const history = [...edges, ...edges].map((params, loss) => {
        const assignment = assignmentOf(space, params);
        expect(assignment).to.deep.equal(params);
        return { assignment: assignment!, loss };
      });
      for (let seed = 0; seed < 30; seed++) {
        const { params, assignment } = sampler.suggest(space, history, new Rng(seed));
        expect(resolve(space, assignment)).to.deep.equal(params);
        expect([0, 0.25, 0.5, 0.75, 1]).to.include(params.step);
        expect([1, 2, 3, 4]).to.include(params.whole);
      }
    });
  });
}
