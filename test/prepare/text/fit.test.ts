import { expect } from 'chai';

import type { JsonObject, Matrix } from '../../../src/core/index.js';
import { allRows, Rng } from '../../../src/core/index.js';
import type { Frame } from '../../../src/data/index.js';
import type { RecipeOptions } from '../../../src/prepare/index.js';
import { fitRecipe, restoreRecipe } from '../../../src/prepare/index.js';
import { fitText } from '../../../src/prepare/text/fit.js';
import { seeded } from '../../support/seed.js';
import { textColumn } from '../../support/texts.js';

const { seed: SEED } = seeded();

function textFrame(texts: readonly (string | null)[]): Frame {
  return { rowCount: texts.length, columns: [textColumn('note: text', texts)] };
}

/** Texts of common words that say nothing, and two of forty rare ones that give the class away. */
function rareWords(n: number, rng: Rng): { texts: string[]; y: Float32Array } {
  const y = Float32Array.from({ length: n }, () => rng.integer(2));
  const texts = Array.from(y, (label) => {
    const words = Array.from({ length: 10 }, () => `w${Math.floor(200 * rng.uniform() ** 2)}`);
    for (let i = 0; i < 2; i++) words.push(`s${2 * rng.integer(20) + label}`);
    return [...rng.shuffle(Array.from(words.keys()))].map((i) => words[i]).join(' ');
  });
  return { texts, y };
}

function aucOf(scores: readonly number[], y: ArrayLike<number>): number {
  let [wins, pairs] = [0, 0];
  scores.forEach((a, i) =>
    scores.forEach((b, j) => {
      if (y[i] <= y[j]) return;
      pairs++;
      wins += a > b ? 1 : a === b ? 0.5 : 0;
    }),
  );
  return wins / pairs;
}

const column = ({ data, cols }: { data: Float32Array; cols: number }, rows: Uint32Array, j = 0): number[] =>
  Array.from(rows, (row) => data[row * cols + j]);

const fit = (frame: Frame, y: Float32Array, rows: Uint32Array, options: RecipeOptions = {}, k = 2) =>
  fitRecipe('tree', frame, { y, k }, rows, 5, options);

describe('texts in a recipe', () => {
  it('tell classes by rare words: on the training rows, out of fold, and on others', () => {
    const { texts, y } = rareWords(600, new Rng(SEED));
    const [train, test] = [allRows(400), allRows(600).subarray(400)];
    const { recipe, X } = fit(textFrame(texts), y, train);
    expect(recipe.names[0]).to.equal('note → target');
    expect(recipe.names[1]).to.equal('note: topic 1');
    expect(new Set(recipe.sources)).to.deep.equal(new Set(['note: text']));
    expect(aucOf(column(X, train), y.subarray(0, 400))).to.be.above(0.9);
    expect(aucOf(column(X, test), y.subarray(400))).to.be.above(0.9);
  });

  it('tell nothing of labels that are chance: no row is scored by its own', () => {
    const aucs = Array.from({ length: 6 }, (_, i) => {
      const rng = new Rng(SEED + i);
      const { texts } = rareWords(300, rng);
      const y = Float32Array.from(texts, () => rng.integer(2));
      const { X } = fit(textFrame(texts), y, allRows(300));
      return aucOf(column(X, allRows(300)), y);
    });
    const mean = aucs.reduce((sum, auc) => sum + auc / aucs.length, 0);
    // Of one: 0.034 by chance; of the mean of six 0.014.
    expect(mean, aucs.join(' ')).to.be.within(0.43, 0.57);
  });

  it('say nothing of a group by its own rows, nor of a time by later ones', () => {
    const rng = new Rng(SEED);
    const groups = Int32Array.from({ length: 300 }, (_, i) => i % 30);
    const ofGroup = Array.from({ length: 30 }, () => rng.integer(2));
    const texts = Array.from(groups, (group) => `from g${group} with w${rng.integer(20)}`);
    const y = Float32Array.from(groups, (group) => ofGroup[group]);
    const score = (options: RecipeOptions): number =>
      aucOf(column(fit(textFrame(texts), y, allRows(300), options).X, allRows(300)), y);
    expect(score({})).to.be.above(0.9);
    expect(score({ groups })).to.be.below(0.75);
    const first = column(fit(textFrame(texts), y, allRows(300), { times: allRows(300) }).X, allRows(30));
    expect(new Set(first)).to.have.property('size', 1);
  });

  it('give the same bits after a restore, on other threads and in any number of rows', () => {
    const { texts, y } = rareWords(200, new Rng(SEED));
    const frame = textFrame([...texts.slice(0, 190), null, '', '😀', 'ไทย', ...texts.slice(194)]);
    for (const kind of ['network', 'tree', 'native'] as const) {
      const { recipe } = fitRecipe(kind, frame, { y, k: 2 }, allRows(150), 5);
      const restored = restoreRecipe(JSON.parse(JSON.stringify(recipe.toJSON())) as JsonObject);
      const whole = restored.transform(frame);
      expect(whole.data).to.deep.equal(recipe.transform(frame).data);
      const [text] = frame.columns;
      if (text.kind !== 'text') throw new Error('the frame has one text column');
      const one = restored.transform({ rowCount: 1, columns: [{ ...text, codes: text.codes.subarray(199) }] });
      expect([...one.data]).to.deep.equal([...whole.data.subarray(199 * whole.cols)]);
    }
  });

  it('do not depend on the order in which the frame met its texts', () => {
    const { texts, y } = rareWords(200, new Rng(SEED));
    const others = [...texts].reverse();
    const [a, b] = [textFrame(texts), textFrame([...others, ...texts])];
    const rows = allRows(400).subarray(200);
    const again = fit(b, Float32Array.from([...y].reverse().concat([...y])), rows);
    const first = fit(a, y, allRows(200));
    expect(column(again.X, rows)).to.deep.equal(column(first.X, allRows(200)));
  });

  it('leave out what says nothing: no text, one text, texts that share no word, one row', () => {
    const y = Float32Array.from({ length: 30 }, (_, i) => i % 2);
    const width = (texts: readonly (string | null)[]): string[] => [
      ...fit(textFrame(texts), y.subarray(0, texts.length), allRows(texts.length)).recipe.names,
    ];
    expect(width(Array<null>(30).fill(null))).to.deep.equal(['(nothing varies)']);
    expect(width(Array<string>(30).fill('the same words'))).to.deep.equal(['(nothing varies)']);
    expect(width(Array.from({ length: 30 }, (_, i) => `only${i}`))).to.deep.equal(['(nothing varies)']);
    expect(width(['one row of words'])).to.deep.equal(['(nothing varies)']);
    expect(width(Array<string>(30).fill(''))).to.deep.equal(['(nothing varies)']);
  });

  it('hold numbers in any table: a huge cell, words in every cell, one class only, no known word', () => {
    const { texts } = rareWords(60, new Rng(SEED));
    const odd = [...texts.slice(0, 56), 'wörd '.repeat(200_000), null, '', 'never before'].map((text) =>
      text === null ? null : `the and ${text}`,
    );
    for (const k of [1, 2, 3]) {
      const y = Float32Array.from(odd, (_, i) => (k === 1 ? i / 7 : i % k));
      const { recipe, X } = fit(textFrame(odd), y, allRows(50), {}, k);
      expect(X.data.every(Number.isFinite)).to.equal(true);
      if (k === 3) expect(recipe.names.filter((name) => name.includes('→'))).to.have.length(3);
      const gap = X.data.subarray(57 * X.cols, 58 * X.cols);
      expect([...gap]).to.deep.equal([...gap].map(() => 0));
      expect(
        fit(
          textFrame(odd),
          y.map(() => 0),
          allRows(50),
          {},
          k,
        ).X.data.every(Number.isFinite),
      ).to.equal(true);
    }
  });

  it('predict numbers by words', () => {
    const rng = new Rng(SEED);
    const parts = Array.from({ length: 300 }, () => [rng.integer(30), rng.integer(30)]);
    const texts = parts.map(([a, b]) => `part${a} and part${b} of the machine`);
    const y = Float32Array.from(parts, ([a, b]) => 1000 + 50 * (a + b) + rng.normal());
    const { X } = fit(textFrame(texts), y, allRows(200), {}, 1);
    const [scores, mean] = [column(X, allRows(300).subarray(200)), y.reduce((sum, value) => sum + value / 300, 0)];
    const up = scores.filter((score, i) => score > 0 === y[200 + i] > mean).length;
    expect(up).to.be.above(75);
  });

  it('look at no more values than they may, over all classes, and still tell them', () => {
    const { texts, y } = rareWords(600, new Rng(SEED));
    const frame = textFrame(texts);
    const [text] = frame.columns;
    const folds = { of: Int32Array.from(allRows(600), (i) => i % 5), count: 5, isOrdered: false, isApart: false };
    const scored = (k: number, visits: number): { steps: number; matrix: Matrix } => {
      let steps = 0;
      const exp = Math.exp;
      // Every step of a logistic fit takes one exponential.
      Math.exp = (x) => (steps++, exp(x));
      try {
        const target = { y: k === 2 ? y : Float32Array.from(y, (label, i) => 2 * (i % (k / 2)) + label), k };
        const request = {
          kind: 'tree',
          frame,
          column: text.name,
          target,
          rows: allRows(600),
          folds,
          seed: 5,
          visits,
        } as const;
        const fitted = fitText(request);
        const matrix = { rows: 600, cols: fitted.names.length, data: new Float32Array(600 * fitted.names.length) };
        fitted.transformTraining!(matrix, 0);
        return { steps, matrix };
      } finally {
        Math.exp = exp;
      }
    };
    // Twelve words a text and most of their pairs unknown: about 15 values a row, and never more than 23.
    const few = scored(2, 2 ** 18);
    expect(few.steps).to.be.below(2 ** 18 / 8);
    expect(aucOf(column(few.matrix, allRows(600)), y)).to.be.above(0.8);
    expect(scored(2, 2 ** 27).steps).to.be.above(few.steps);
    expect(scored(8, 2 ** 18).steps).to.be.below(2 ** 18 / 8);
  });
});
