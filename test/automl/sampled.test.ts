import { expect } from 'chai';

import type { StudyData } from '../../src/automl/index.js';
import { PreparedTables, runFold, sampledTable, scoredRows, withJudges } from '../../src/automl/index.js';
import { onceNotes, sampleNotes } from '../../src/automl/sample-notes.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import { shareBins } from '../../src/trees/index.js';
import { frameOf, numeric } from '../prepare/support/frames.js';

/** Two classes, one of them rare, of one column that tells them apart; fold 0 validates the last fifth. */
function table(n: number, k = 2): StudyData {
  const rng = new Rng(5);
  const y = Float32Array.from({ length: n }, (_, i) => (i % 10 === 0 ? 1 : 0));
  const x = Array.from(y, (c) => c + rng.normal() / 2);
  const rows = allRows(n);
  const cut = Math.floor(0.8 * n);
  return {
    frame: frameOf(numeric('x', x)),
    y,
    weights: Float32Array.from({ length: n }, (_, i) => i),
    groups: Int32Array.from({ length: n }, (_, i) => i % 7),
    times: Float64Array.from({ length: n }, (_, i) => 10 * i),
    copies: Int32Array.from({ length: n }, (_, i) => i - (i % 3)),
    task: 'binary',
    k,
    classes: ['no', 'yes'],
    folds: [{ train: rows.slice(0, cut), validation: rows.slice(cut) }],
    holdout: new Uint32Array(0),
    metric: 'auc',
    seed: 3,
  };
}

describe('withJudges', () => {
  it('changes nothing where the rows that judge are not many', () => {
    const data = table(5000);
    expect(withJudges(data)).to.equal(data);
  });

  it('lets a sample of the same share of each class judge where they are, fewer where each row has many numbers', () => {
    const data = table(600_000);
    const { train, validation } = withJudges(data).folds[0];
    expect(train).to.equal(data.folds[0].train);
    expect(validation).to.have.length(100_000);
    expect(validation.filter((row) => data.y[row] === 1)).to.have.length(10_000);
    expect([...validation.subarray(0, 3)]).to.deep.equal([...validation.subarray(0, 3)].sort((a, b) => a - b));
    expect(withJudges({ ...data, k: 1000 }).folds[0].validation).to.have.length(3000);
    expect(withJudges(data).folds[0].validation).to.deep.equal(validation);
  });

  it('scores a sample of many held-out rows only where samples judge', () => {
    const data = { ...table(60_000), holdout: allRows(50_000) };
    expect(scoredRows(data, false)).to.equal(data.holdout);
    expect(scoredRows(data, true)).to.have.length(20_000);
  });
});

describe('sampledTable', () => {
  const data = table(1000);
  const [rows] = data.folds;

  it('gives the table itself where there are no more rows than asked for', () => {
    expect(sampledTable(data, rows, 800, 1)).to.deep.equal({ table: data, rows });
  });

  it('cuts out a sample and all judging rows, each with what belongs to it', () => {
    const { table: cut, rows: own } = sampledTable(data, rows, 200, 1);
    expect([own.train.length, own.validation.length, cut.frame.rowCount]).to.deep.equal([200, 200, 400]);
    const original = [...cut.weights!];
    expect(original.slice(200)).to.deep.equal([...rows.validation]);
    original.forEach((row, i) => {
      expect(cut.y[i]).to.equal(data.y[row]);
      expect(cut.groups![i]).to.equal(row % 7);
      expect(cut.times![i]).to.equal(10 * row);
      expect(cut.copies![i]).to.equal(row - (row % 3));
      expect((cut.frame.columns[0] as { values: Float64Array }).values[i]).to.equal(
        (data.frame.columns[0] as { values: Float64Array }).values[row],
      );
    });
    expect(cut.y.subarray(0, 200).filter((c) => c === 1)).to.have.length(20);
  });

  it('holds nearly all of a smaller sample in a larger one of the same seed', () => {
    const small = sampledTable(data, rows, 100, 1).table.weights!.subarray(0, 100);
    const large = new Set(sampledTable(data, rows, 400, 1).table.weights!.subarray(0, 400));
    expect(small.filter((row) => large.has(row)).length).to.be.at.least(95);
  });

  it('lets a job train on a sample and predict every judging row', async () => {
    const job = { trial: 0, fold: 0, family: 'linear', params: {}, seed: 1, rows: 100 } as const;
    const flat = { ...data, weights: undefined };
    const sampled = await runFold(flat, job, null, referenceEngine);
    const whole = await runFold(flat, { ...job, rows: undefined } as never, null, referenceEngine);
    if (!sampled.ok || !whole.ok) throw new Error('a fold failed');
    expect(sampled.prepared.key).to.equal('network/0/100');
    expect(sampled.predictions).to.have.length(whole.predictions.length);
    expect(sampled.predictions).to.not.deep.equal(whole.predictions);
    expect(sampled.score).to.be.closeTo(whole.score, 0.05);
    expect(await runFold(flat, job, sampled.prepared, referenceEngine)).to.deep.include({
      score: sampled.score,
      predictions: sampled.predictions,
    });
  });
});

describe('PreparedTables', () => {
  const prepared = (key: string, cells: number) => ({ key, recipe: {}, X: createMatrix(cells, 1) });

  it('lets go of the oldest where they take more bytes than they may, never of the newest', () => {
    const tables = new PreparedTables(100);
    for (const key of ['a', 'b', 'c']) tables.keep(prepared(key, 10));
    expect([tables.get('a'), tables.get('b')?.key, tables.get('c')?.key]).to.deep.equal([null, 'b', 'c']);
    tables.keep(prepared('large', 1000));
    expect([tables.get('c'), tables.get('large')?.key]).to.deep.equal([null, 'large']);
  });

  it('keeps one table for all folds whose recipe says the same, and counts it once', () => {
    const tables = new PreparedTables(100);
    const plain = (key: string, recipe: object) => ({ ...prepared(key, 10), recipe: { ...recipe }, isPlain: true });
    for (const key of ['tree/0', 'tree/1', 'tree/2']) tables.keep(plain(key, { says: 'same' }));
    tables.keep(plain('network/0', { says: 'other' }));
    const [first, ...others] = ['tree/0', 'tree/1', 'tree/2'].map((key) => tables.get(key)!);
    for (const { X } of others) expect(X).to.equal(first.X);
    expect(tables.alike().map(({ key }) => key)).to.deep.equal(['tree/2', 'network/0']);
    for (const [key, recipe] of [
      ['tree/0', {}],
      ['tree/1', {}],
    ] as const) {
      const own = new PreparedTables();
      own.keep(prepared('tree/9', 10));
      own.keep({ ...prepared(key, 10), recipe });
      expect(own.get(key)!.X).not.to.equal(own.get('tree/9')!.X);
    }
  });

  it('keeps bins for all that have the table, from whichever of them they came back', () => {
    const tables = new PreparedTables(300);
    const X = createMatrix(10, 2);
    const plain = (key: string) => ({ key, recipe: {}, X, isPlain: true });
    for (const key of ['tree/0', 'tree/1']) tables.keep(plain(key));
    const bins = shareBins(X);
    tables.keep({ ...plain('tree/1'), X: createMatrix(10, 2), bins });
    expect([tables.get('tree/0')!.bins, tables.get('tree/1')!.bins]).to.deep.equal([bins, bins]);
    expect(tables.get('tree/1')!.X).to.equal(X);
    // 80 bytes of numbers and 80 of bins, and as much of others.
    tables.keep({ ...prepared('tree/2', 20), bins: shareBins(X) });
    expect([tables.get('tree/0'), tables.get('tree/1'), tables.get('tree/2')].filter(Boolean)).to.have.length(1);
  });
});

describe('sampleNotes', () => {
  it('say what scores and models are based on, and nothing where that is all rows', () => {
    const judged = { rows: 100, of: 160, holdout: 20 };
    expect(
      sampleNotes({ rows: 200, holdoutRows: 40, judged }, [
        { model: 'lrnn-2', trainRows: 50 },
        { model: 'mlp-3' },
        { model: 'linear-1', trainRows: 50 },
      ]),
    ).to.deep.equal([
      'scores over the folds are of 100 of 160 rows, hold-out scores of 20 of 40: a sample, the same for every model',
      'lrnn-2, linear-1 trained on 50 rows a fold, a sample of the 200 of the table',
    ]);
    expect(sampleNotes({ rows: 200, holdoutRows: 40 }, [{ model: 'mlp-3' }])).to.deep.equal([]);
  });
});

describe('onceNotes', () => {
  const member = (model: string, isFitted: boolean) => ({ model, family: 'gbdt' as const, weight: 0.5, isFitted });
  const once = { trainRows: 180, stopRows: 10, judgeRows: 12, before: 0.4, score: 0.3, isTaken: true };

  it('says what a model is made of that was fitted on all rows, and what both score', () => {
    expect(onceNotes('rmse', { ...once, members: [member('gbdt-3', true), member('mlp-2', false)] })).to.deep.equal([
      'gbdt-3 was fitted once more on 180 rows, and 10 held-out rows stopped it: what is taken away is this with mlp-2 as the search fitted it; its rmse is 0.3000 on 12 other held-out rows, which choose between the two, and 0.4000 of the models of the search, whose scores stand on the leaderboard',
    ]);
  });

  it('says the rows of all fits where they differ, and that no fit is a part of the blend', () => {
    const both = [member('gbdt-3', true), member('mlp-2', true)];
    expect(onceNotes('rmse', { ...once, leastRows: 60, members: both })[0]).to.match(
      /^gbdt-3, mlp-2 were fitted once more on 60 to 180 rows, /,
    );
    const none = { ...once, isTaken: false, members: [member('mlp-2', false)] };
    expect(onceNotes('rmse', none)).to.deep.equal([
      'fits on 180 rows have no weight beside the models of the search, which are taken away: their rmse is 0.4000 on 12 other held-out rows',
    ]);
  });

  it('says that it was no better where it is not taken', () => {
    const [text] = onceNotes('rmse', { ...once, isTaken: false, members: [member('a', true), member('b', true)] });
    expect(text).to.match(/^a, b were fitted once more .* stopped them: that is not taken away, as it is no better;/);
  });
});
