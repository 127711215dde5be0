import { expect } from 'chai';
import fc from 'fast-check';

import { matrixFrom } from '../../src/core/index.js';
import { metricFor } from '../../src/evaluate/index.js';

interface Row {
  readonly y: number;
  /** Parts of a probability; ties happen. */
  readonly said: readonly number[];
  readonly w: number;
}

const rowsOf = (k: number) =>
  fc
    .array(
      fc.record({
        y: fc.nat(k - 1),
        said: fc.array(fc.nat(4), { minLength: k, maxLength: k }),
        w: fc.nat(3),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .filter((rows) => rows.some(({ w }) => w > 0));

function probabilities({ said }: Row): number[] {
  const sum = said.reduce((a, b) => a + b, 0);
  return said.map((part) => (sum > 0 ? part / sum : 1 / said.length));
}

function score(name: string, rows: readonly Row[], k: number, positive: 0 | 1 = 1): number {
  const y = Float64Array.from(rows, (row) => row.y);
  const weights = Float64Array.from(rows, ({ w }) => w);
  const metric = metricFor(name, k === 2 ? 'binary' : 'multiclass', { positive });
  return metric.compute(y, matrixFrom(rows.map(probabilities)), weights);
}

/** Truth and decision of each row, as often as it weighs: the first of the most probable classes is decided for. */
function pairs(rows: readonly Row[]): [number, number][] {
  return rows.flatMap((row) => {
    const p = matrixFrom([probabilities(row)]).data;
    const decided = p.indexOf(Math.max(...p));
    return Array.from({ length: row.w }, (): [number, number] => [row.y, decided]);
  });
}

const count = (list: readonly [number, number][], keep: (y: number, d: number) => boolean): number =>
  list.filter(([y, d]) => keep(y, d)).length;

function precisionOf(list: readonly [number, number][], c: number): number {
  const called = count(list, (_, d) => d === c);
  return called === 0 ? 0 : count(list, (y, d) => y === c && d === c) / called;
}

function recallOf(list: readonly [number, number][], c: number): number {
  const there = count(list, (y) => y === c);
  return there === 0 ? 0 : count(list, (y, d) => y === c && d === c) / there;
}

function fOf(list: readonly [number, number][], c: number, beta: number): number {
  const [p, r] = [precisionOf(list, c), recallOf(list, c)];
  return p + r === 0 ? 0 : ((1 + beta ** 2) * p * r) / (beta ** 2 * p + r);
}

function macro(list: readonly [number, number][], k: number, of: (c: number) => number): number {
  const classes = Array.from({ length: k }, (_, c) => c).filter((c) => count(list, (y, d) => y === c || d === c) > 0);
  return classes.reduce((sum, c) => sum + of(c), 0) / classes.length;
}

function kappa(list: readonly [number, number][]): number {
  let [seen, byChance] = [0, 0];
  for (const [y, d] of list) seen += (y - d) ** 2 / list.length;
  for (const [y] of list) for (const [, d] of list) byChance += (y - d) ** 2 / list.length ** 2;
  return byChance === 0 ? 0 : 1 - seen / byChance;
}

const close = (a: number, b: number, title: string): void => {
  expect(a, title).to.be.closeTo(b, 1e-9);
};

describe('metrics of decisions', () => {
  it('of two classes are what counting the rows gives', () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const list = pairs(rows);
        for (const c of [0, 1] as const) {
          close(score('precision', rows, 2, c), precisionOf(list, c), `precision of ${c}`);
          close(score('recall', rows, 2, c), recallOf(list, c), `recall of ${c}`);
          close(score('f1', rows, 2, c), fOf(list, c, 1), `f1 of ${c}`);
          close(score('f0.5', rows, 2, c), fOf(list, c, 0.5), `f0.5 of ${c}`);
          close(score('f2', rows, 2, c), fOf(list, c, 2), `f2 of ${c}`);
        }
      }),
    );
  });

  it('of any number of classes are means over the classes that are there or called', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }).chain((k) => fc.tuple(fc.constant(k), rowsOf(k))),
        ([k, rows]) => {
          const list = pairs(rows);
          close(
            score('precision_macro', rows, k),
            macro(list, k, (c) => precisionOf(list, c)),
            'precision',
          );
          close(
            score('recall_macro', rows, k),
            macro(list, k, (c) => recallOf(list, c)),
            'recall',
          );
          for (const beta of [0.5, 1, 2]) {
            const name = `f${beta}_macro`;
            close(
              score(name, rows, k),
              macro(list, k, (c) => fOf(list, c, beta)),
              name,
            );
          }
        },
      ),
    );
  });

  it('of classes in an order are the kappa of every pair of truth and decision', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }).chain((k) => fc.tuple(fc.constant(k), rowsOf(k))),
        ([k, rows]) => {
          close(score('quadratic_kappa', rows, k), kappa(pairs(rows)), 'kappa');
        },
      ),
    );
  });

  it('count a mistake of two places four times as much as one of one place', () => {
    const rows = (d: number): Row[] =>
      [0, 1, 2, 0, 1, 2].map((y, i) => ({ y, said: [0, 1, 2].map((c) => (c === (i === 0 ? d : y) ? 1 : 0)), w: 1 }));
    const [near, far] = [1, 2].map((d) => 1 - score('quadratic_kappa', rows(d), 3));
    expect(far / near).to.be.within(3.5, 4.5);
    expect(score('quadratic_kappa', rows(0), 3)).to.equal(1);
  });

  it('give a kappa of 0 to one class that is always decided for, whatever the truth', () => {
    const always = (ys: number[]): Row[] => ys.map((y) => ({ y, said: [0, 1, 0], w: 1 }));
    expect(score('quadratic_kappa', always([1, 1]), 3)).to.equal(0);
    expect(score('quadratic_kappa', always([0, 2]), 3)).to.equal(0);
  });
});
