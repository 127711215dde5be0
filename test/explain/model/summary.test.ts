import { expect } from 'chai';

import type { PredictorParts } from '../../../src/automl/index.js';
import type { Frame } from '../../../src/data/index.js';
import { encodeRows } from '../../../src/data/index.js';
import { parseCsv } from '../../../src/data/node.js';
import { wasmEngine } from '../../../src/engine/index.js';
import type { ExplainSample } from '../../../src/explain/index.js';
import { backgroundOf, cellOf, featuresOf, spread, takeRows } from '../../../src/explain/index.js';
import { RowExplainer } from '../../../src/explain/model/row-explainer.js';
import { contributionSummary } from '../../../src/explain/model/summary.js';
import { motley, motleyParts } from '../../support/fitted.js';

const ROWS = 60;

async function sampleFor(parts: PredictorParts): Promise<ExplainSample> {
  const { names, table } = await parseCsv(motley(ROWS, 31));
  const rows = Array.from({ length: ROWS }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, table.get(name, i) as string | null])),
  );
  const { frame } = encodeRows(rows, parts.schema);
  const numbers = Uint32Array.from({ length: ROWS }, (_, i) => i);
  return {
    frame,
    y: Float32Array.from(numbers, (i) => (i * 7) % 2),
    rows: numbers,
    folds: Int32Array.from(numbers, (i) => i % 2),
  };
}

async function summaryOf(parts: PredictorParts, work = 1e12) {
  const sample = await sampleFor(parts);
  const features = featuresOf(sample.frame, parts.schema);
  const output = parts.task === 'regression' ? 0 : 1;
  const input = { folds: parts, sample, features, engine: wasmEngine, output, work };
  return { sample, features, summary: await contributionSummary(input) };
}

describe('contributionSummary', function () {
  this.timeout(60_000);

  it('has the contributions of every row by the model of its fold, exact for trees', async () => {
    const parts = await motleyParts('binary', [{ family: 'gbdt' }]);
    const { sample, features, summary } = await summaryOf(parts);
    expect(summary).to.include({ unit: 'log-odds', method: 'exact', output: 1, rows: ROWS, startRows: 32 });
    const all = backgroundOf(sample, features.length);
    const background = takeRows(all, spread(all.rowCount, 32));
    for (const row of [0, 1, 7]) {
      const members = parts.members.map((member) => ({ ...member, folds: [member.folds[sample.folds[row]]] }));
      const explainer = new RowExplainer({ parts: { ...parts, members }, background, features, engine: wasmEngine });
      const [{ columns }] = await explainer.explain(takeRows(sample.frame, [row]));
      for (const { column, values } of columns) {
        const own = summary!.columns.find((candidate) => candidate.column === column)!;
        expect(own.values[row]).to.be.closeTo(values[1], 1e-4 * Math.max(1, Math.abs(values[1])));
      }
    }
  });

  it('puts the columns of the largest contributions first, and is the same again', async () => {
    const parts = await motleyParts('regression', [{ family: 'extratrees' }, { family: 'linear' }]);
    const { summary } = await summaryOf(parts);
    const sizes = summary!.columns.map(({ size }) => size);
    expect(sizes).to.deep.equal([...sizes].sort((a, b) => b - a));
    const first = summary!.columns.slice(0, 3).map(({ column }) => column);
    expect(first).not.to.include.oneOf(['price', 'year ms', 'joined', 'note']);
    expect(summary).to.include({ method: 'partly exact', startRows: 12, output: 0 });
    expect((await summaryOf(parts)).summary).to.deep.equal(summary);
  });

  it('tells low from high values of numbers, yes from no, and nothing of categories, texts and gaps', async () => {
    const parts = await motleyParts('regression', [{ family: 'gbdt' }]);
    const { sample, summary } = await summaryOf(parts);
    const fifths = (name: string) => summary!.columns.find(({ column }) => column === name)!.fifths;
    const cells = (frame: Frame, name: string) => {
      const column = frame.columns.find((own) => own.name === name)!;
      return Array.from({ length: ROWS }, (_, row) => cellOf(column, row));
    };
    const ages = cells(sample.frame, 'age');
    fifths('age').forEach((own, a) => {
      expect(own === null).to.equal(Number.isNaN(ages[a]));
      fifths('age').forEach((other, b) => {
        if (ages[a] < ages[b]) expect(own).to.be.at.most(other!);
      });
    });
    expect(new Set(fifths('age').filter((own) => own !== null))).to.deep.equal(new Set([0, 1, 2, 3, 4]));
    const members = cells(sample.frame, 'member');
    fifths('member').forEach((own, row) => expect(own).to.equal(Number.isNaN(members[row]) ? null : 4 * members[row]));
    for (const name of ['city', 'zip', 'note']) expect(new Set(fifths(name))).to.deep.equal(new Set([null]));
  });

  it('asks about fewer rows where that is dear, and about none where so few show nothing', async () => {
    const parts = await motleyParts('binary', [{ family: 'mlp' }]);
    const whole = (await summaryOf(parts)).summary!;
    expect(whole).to.include({ method: 'sampled', unit: 'prediction', rows: ROWS });
    const [{ state }] = parts.members[0].folds;
    const numbers = Object.values(state.tensors).reduce((sum, { length }) => sum + length, 1);
    const perRow = numbers * 2 * 12 * (whole.columns.length + 1);
    expect((await summaryOf(parts, 50 * perRow)).summary!.rows).to.equal(50);
    expect((await summaryOf(parts, 40 * perRow - 1)).summary).to.equal(null);
  });
});
