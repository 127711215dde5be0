import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { parseHTML } from 'linkedom';

import { loadOutOfFoldRows, studyRecord, trialPredictions } from '../../src/automl/index.js';
import { loadCrossFitted } from '../../src/automl/out-of-fold.js';
import type { Matrix } from '../../src/core/index.js';
import { positiveIndex } from '../../src/data/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import { fit } from '../../src/run/index.js';
import type { Storage } from '../../src/search/index.js';
import { openSqliteStorage } from '../../src/search/node.js';
import { Handlers } from '../../src/server/handlers.js';
import type { Studies } from '../../src/server/studies.js';
import { studiesIn } from '../../src/server/studies.js';

const CSV = 'datasets/credit.csv';
const TARGET = 'Status';
const ROWS = 900;

interface Element {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

/** `1,234.5` as it stands, and half a unit of its last place. */
function shown(text: string): { readonly value: number; readonly within: number } {
  const plain = /-?[\d,]+(\.\d+)?/.exec(text)![0].replaceAll(',', '');
  const decimals = plain.split('.')[1]?.length ?? 0;
  return { value: Number(plain), within: 0.5 * 10 ** -decimals * (1 + 1e-9) };
}

function expectShown(text: string, actual: number, what: string): void {
  const { value, within } = shown(text);
  expect(value, what).to.be.closeTo(actual, within + 1e-6 * Math.abs(actual));
}

/** The truth is the CSV and the predictions in the study's file; nothing here goes through views. */
describe('numbers on the pages of a real study', function () {
  this.timeout(180_000);
  let folder = '';
  let studies: Studies;
  let handlers: Handlers;
  let storage: Storage;
  let lines: string[][] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-numbers-'));
    const text = readFileSync(CSV, 'utf8')
      .trim()
      .split('\n')
      .slice(0, ROWS + 1);
    lines = text.map((line) => line.split(','));
    mkdirSync(join(folder, 'reports'));
    const data = join(folder, 'credit.csv');
    writeFileSync(data, `${text.join('\n')}\n`);
    const models = ['xgboost', 'linear', 'dummy', 'ensemble'] as const;
    const out = join(folder, 'reports/credit');
    await fit({ data, target: TARGET, models: [...models], trials: 6, folds: 3, seed: 1, workers: 2, out });
    studies = studiesIn(join(folder, 'reports'));
    handlers = new Handlers({ studies, reportsFolder: folder, maxUploadBytes: 1 });
    storage = openSqliteStorage(join(out, 'study.sqlite'), { readonly: true });
  });

  after(async () => {
    storage?.close();
    await studies?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function page(reply: Promise<{ readonly body: unknown }>): Promise<Element> {
    return (parseHTML(String((await reply).body)) as unknown as { document: Element }).document;
  }

  /** Rows of a table that must be there. */
  function tableOf(document: Element, selector: string): string[][] {
    const rows = [...document.querySelectorAll(`${selector} tbody tr`)].map(cellsOf);
    expect(rows, selector).not.to.be.empty;
    return rows;
  }

  const cellsOf = (row: Element): string[] =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim());

  /** Per model: the score of every fold, from the predictions in the file and the labels in the CSV. */
  function truth(): Map<string, { readonly folds: number[]; readonly predictions: Matrix; readonly y: Float32Array }> {
    const oof = loadOutOfFoldRows(storage);
    const classes = studyRecord.settings(storage)!.schema.target.classes;
    const label = lines[0].indexOf(TARGET);
    const y = Float32Array.from(oof.rows, (row) => classes.indexOf(lines[row + 1][label]));
    expect(Array.from(y), 'the study kept the labels of the file').to.deep.equal(Array.from(oof.y));
    const found = new Map<string, { folds: number[]; predictions: Matrix; y: Float32Array }>();
    const add = (model: string, predictions: Matrix): void => {
      const folds = oof.starts.slice(1).map((end, f) => {
        const from = oof.starts[f];
        const part = { rows: end - from, cols: 2, data: predictions.data.slice(2 * from, 2 * end) };
        return METRICS.auc.compute(y.slice(from, end), part);
      });
      found.set(model, { folds, predictions, y });
    };
    for (const { number, group, state } of storage.trials()) {
      if (state === 'complete') add(`${group}-${number}`, trialPredictions(storage, number, oof));
    }
    // An ensemble is judged by what it says of each fold when it knows the others only, which the file holds.
    const { members, crossFitted } = studyRecord.ensemble(storage)!;
    add('ensemble', crossFitted ? loadCrossFitted(storage, oof) : found.get(members[0].model)!.predictions);
    return found;
  }

  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  const spreadOf = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1));

  it('are the scores, spreads and weights of the study on the overview', async () => {
    const document = await page(handlers.study('credit'));
    const known = truth();
    let rows = 0;
    for (const row of document.querySelectorAll('table.board tbody tr')) {
      const model = (row.querySelector('th a') ?? row.querySelector('.model-name'))!.textContent;
      if (!known.has(model)) continue;
      const { folds } = known.get(model)!;
      expectShown(row.querySelector('.score strong')!.textContent, meanOf(folds), `${model}, mean`);
      expectShown(row.querySelector('.score .quiet')!.textContent, spreadOf(folds), `${model}, spread`);
      rows++;
    }
    expect(rows).to.be.at.least(4);
    const { members: weights, combine } = studyRecord.ensemble(storage)!;
    if (weights.length > 1) {
      const table = [...document.querySelectorAll('#figure-weights tbody tr')].map(cellsOf);
      table.forEach(([model, weight], i) => {
        expect(model).to.equal(weights[i].model);
        expectShown(weight, (combine ? 1 : 100) * weights[i].weight, `weight of ${model}`);
      });
    }
    for (const [model, mean] of tableOf(document, '#figure-comparison')) {
      expectShown(mean, meanOf(known.get(model)!.folds), `${model} in the figure`);
    }
    const [best] = document.querySelectorAll('tr.best th a');
    for (const [rival, lead] of tableOf(document, '#figure-gaps')) {
      const gap = meanOf(known.get(best.textContent)!.folds) - meanOf(known.get(rival)!.folds);
      expectShown(lead, gap, `lead over ${rival}`);
    }
  });

  it('are the trials of the study on the page of the search', async () => {
    const document = await page(handlers.part('credit', 'search'));
    const known = truth();
    const trials = storage.trials();
    const table = [...document.querySelectorAll('[aria-label="All trials, table"] tbody tr')];
    expect(table).to.have.length(trials.length);
    table.forEach((row, i) => {
      const { number, group, state } = trials[i];
      const [name, said, score] = cellsOf(row);
      expect(name).to.match(new RegExp(`${group}-${number}$`));
      expect(said).to.equal(state);
      if (state === 'complete') expectShown(score, meanOf(known.get(`${group}-${number}`)!.folds), name);
    });
    const history = tableOf(document, '#figure-history');
    expect(history).to.have.length(trials.length);
    const scores = trials.flatMap(({ number, group }) => {
      const own = known.get(`${group}-${number}`);
      return own ? [meanOf(own.folds)] : [];
    });
    expectShown(history.at(-1)!.at(-1)!, Math.max(...scores), 'the best so far at the end');
  });

  it('are the predictions of the study on the page of a model', async () => {
    const { model } = studyRecord.ensemble(storage)!.members[0];
    const { y, predictions, folds } = truth().get(model)!;
    const document = await page(handlers.model('credit', model));
    const said = [...document.querySelectorAll('[aria-labelledby="by-fold"] .pairs dd')].map(
      ({ textContent }) => textContent,
    );
    said.forEach((text, fold) => expectShown(text, folds[fold], `fold ${fold + 1}`));
    expect(said).to.have.length(3);
    const second = (i: number): number => predictions.data[2 * i + 1];
    const positive = positiveIndex(studyRecord.settings(storage)!.schema.target);
    const probability = (i: number): number => predictions.data[2 * i + positive];
    const count = (isCounted: (i: number) => boolean): number => Array.from(y.keys()).filter(isCounted).length;
    for (const row of tableOf(document, '[aria-label="Thresholds, numbers"]')) {
      const [threshold, tp, fp, fn, tn] = row.map(Number);
      const isCalled = (i: number): boolean => probability(i) >= Math.fround(threshold);
      expect([tp, fp, fn, tn], `at ${threshold}`).to.deep.equal([
        count((i) => y[i] === positive && isCalled(i)),
        count((i) => y[i] !== positive && isCalled(i)),
        count((i) => y[i] === positive && !isCalled(i)),
        count((i) => y[i] !== positive && !isCalled(i)),
      ]);
    }
    tableOf(document, '#figure-confusion').forEach(([, ...counts], c) => {
      const own = (choice: number): number =>
        count((i) => y[i] === c && (second(i) > predictions.data[2 * i] ? 1 : 0) === choice);
      expect(counts.slice(0, 2).map((text) => shown(text).value)).to.deep.equal([own(0), own(1)]);
    });
    const area = METRICS.auc.compute(y, predictions);
    expectShown(tableOf(document, '#figure-roc')[0].at(-1)!, area, 'area under the ROC');
  });

  it('are the cells of the file on the page of the data', async () => {
    const document = await page(handlers.part('credit', 'data'));
    const [names, ...rows] = lines;
    const table = tableOf(document, '[aria-label="Columns, table"]');
    expect(table.map(([name]) => name)).to.have.members(names);
    const gaps = new Set(['', 'NA', 'N/A', 'NaN', 'null', '?', '-']);
    for (const [name, , , missing, distinct] of table) {
      const cells = rows.map((row) => row[names.indexOf(name)]);
      const present = cells.filter((cell) => !gaps.has(cell));
      expectShown(distinct, new Set(present).size, `${name}, distinct`);
      const share = (100 * (cells.length - present.length)) / cells.length;
      if (share === 0) expect(missing, name).to.equal('none');
      else expectShown(missing, share, `${name}, missing`);
    }
    for (const [level, count] of tableOf(document, '#figure-target')) {
      const own = rows.filter((row) => row[names.indexOf(TARGET)] === level).length;
      expect(shown(count).value, level).to.equal(own);
    }
  });
});
