/** @file Columns and classes may be called what every object inherits: one table through every public path. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import { decodeOnnx, onnxFeeds } from '../../src/export/index.js';
import type { Prediction } from '../../src/run/index.js';
import {
  Explanations,
  exportModel,
  fit,
  inspect,
  loadModel,
  openStudy,
  predictFile,
  verifyArtefact,
} from '../../src/run/index.js';
import type { RunningServer } from '../../src/server/index.js';
import { serveModel } from '../../src/server/index.js';

const CITIES = ['toString', 'constructor', '__proto__', '01', '1', '1610521604143693812', '1610521604143693813'];
const NAMES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', '01'] as const;
const CLASSES = ['__proto__', 'constructor', '01', '1', '1610521604143693812', '1610521604143693813', '10'];

/** Two categories, numbers, truth values, dates and a class whose names all objects know, or whose texts look like one number. */
function cellsOf(i: number): string[] {
  const day = String(1 + (i % 28)).padStart(2, '0');
  return [
    CITIES[i % 7],
    ['x', 'y', 'z'][i % 3],
    `${(i * 37) % 101}.5`,
    i % 2 ? 'yes' : 'no',
    `2021-03-${day}`,
    `$${i % 13}.25`,
  ];
}

function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => [...cellsOf(i), CLASSES[i % 7]].join(','));
  return `${[...NAMES, 'isPrototypeOf'].join(',')}\n${lines.join('\n')}\n`;
}

/** As JSON.parse makes them: a column `__proto__` is a key of its own. */
const rowOf = (cells: readonly string[]): Record<string, string> =>
  JSON.parse(`{${cells.map((cell, j) => `${JSON.stringify(NAMES[j])}:${JSON.stringify(cell)}`).join()}}`) as Record<
    string,
    string
  >;

describe('names that every object inherits', function () {
  this.timeout(180_000);
  let folder = '';
  let study = '';
  let data = '';
  let expected: readonly Prediction[] = [];
  const rows = Array.from({ length: 7 }, (_, i) => rowOf(cellsOf(i)));
  const bare = [{}, { constructor: 'toString' }].map((row) => ({ ...row, valueOf: '2021-03-04' }));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-names-'));
    [study, data] = [join(folder, 'study'), join(folder, 'rows.csv')];
    writeFileSync(data, table(140));
    const types = JSON.parse('{"constructor": "categorical", "__proto__": "numeric"}') as Record<string, never>;
    const options = {
      data,
      target: 'isPrototypeOf',
      types,
      models: ['linear', 'xgboost', 'lrnn', 'ensemble'],
      folds: 2,
    } as const;
    const { schema } = await inspect(options);
    expect(schema.target.classes).to.have.members(CLASSES);
    expect(schema.columns.slice(0, 6).map(({ kind }) => kind)).to.deep.equal([
      'categorical',
      'categorical',
      'numeric',
      'boolean',
      'date',
      'numeric',
    ]);
    expect(schema.columns[0].levels).to.have.members(CITIES);
    await fit({ ...options, trials: 4, seed: 1, workers: 1, out: study });
    const model = await loadModel(study);
    expected = await model.predict([...rows, ...bare]);
    model.dispose();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('learn, and answer with the class as it is written, among all classes', () => {
    expect(expected.slice(0, 7).map(({ prediction }) => prediction)).to.deep.equal(CLASSES);
    for (const { probabilities } of expected) expect(Object.keys(probabilities!)).to.have.members(CLASSES);
  });

  it('predict a file as objects, with one line per row', async () => {
    const { csv, summary } = await predictFile(study, data, null);
    const answers = csv!
      .trimEnd()
      .split('\n')
      .slice(1, 8)
      .map((line) => line.split(',')[0]);
    expect(answers).to.deep.equal(CLASSES);
    expect({ ...summary.unseenCategories }).to.deep.equal({});
  });

  it('come as JSON to a server, which counts what it does not know of them', async () => {
    const server: RunningServer = await serveModel({
      models: [{ name: null, path: join(study, 'model.safetensors') }],
      port: 0,
      workers: 1,
    });
    try {
      const odd = rowOf(['nowhere', 'x', 'no number', 'perhaps', 'never', '$1']);
      const reply = await fetch(`${server.url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([...rows, ...bare, odd]),
      });
      expect(reply.status).to.equal(200);
      const text = await reply.text();
      const { predictions, summary } = JSON.parse(text) as {
        predictions: Prediction[];
        summary: Record<string, object>;
      };
      expect(predictions.slice(0, 9)).to.deep.equal(expected);
      expect(Object.entries(summary.unseenCategories)).to.deep.equal([['constructor', 1]]);
      expect(Object.keys(summary.unparsable)).to.have.members(['__proto__', 'hasOwnProperty', 'valueOf']);
      expect(await (await fetch(`${server.url}/metrics`)).text()).to.contain(
        'lrnn_unparsable_cells_total{model="study",column="__proto__"} 1',
      );
      const columns = ((await (await fetch(`${server.url}/v1/schema`)).json()) as { columns: { name: string }[] })
        .columns;
      expect(columns.map(({ name }) => name)).to.deep.equal([...NAMES]);
      expect(await (await fetch(`${server.url}/openapi.json`)).text()).to.contain('"__proto__"');
    } finally {
      await server.close();
    }
  });

  for (const format of ['safetensors', 'onnx', 'js'] as const) {
    it(`are exported as ${format}, and verified`, async () => {
      const path = await exportModel(study, null, format, null);
      expect((await verifyArtefact(path)).rows).to.be.above(10);
      if (format === 'safetensors') {
        const model = await loadModel(path);
        expect(await model.predict([...rows, ...bare])).to.deep.equal(expected);
        model.dispose();
      } else if (format === 'onnx') {
        const { inputs, schema } = await decodeOnnx(new Uint8Array(readFileSync(path)));
        const feeds = onnxFeeds(inputs, schema, [{ valueOf: '2021-03-04' }]);
        for (const {
          name,
          data: [cell],
        } of feeds)
          if (typeof cell === 'string') expect(cell, name).to.equal('');
      } else {
        const { predict, check } = (await import(pathToFileURL(path).href)) as {
          predict: (rows: readonly object[]) => Prediction[];
          check: (rows: readonly object[]) => Record<string, object>;
        };
        expect(predict([...rows, ...bare]).map(({ prediction }) => prediction)).to.deep.equal(
          expected.map(({ prediction }) => prediction),
        );
        expect(Object.entries(check([rowOf(['nowhere', 'x', 'no number'])]).unparsable)).to.deep.equal([
          ['__proto__', 1],
        ]);
      }
    });
  }

  it('are explained, row by row too, and stand in the report', async () => {
    const explanations = new Explanations();
    try {
      const reader = openStudy(study);
      const target = { folder: study, edition: reader.edition() };
      const { summary, trials } = reader.view();
      expect(reader.data()!.columns.map(({ name }) => name)).to.include.members([...NAMES]);
      reader.close();
      for (const { model: name } of trials.slice(0, 1)) {
        const model = (await explanations.model(target, name))!;
        expect(model.importance.columns.map(({ column }) => column)).to.have.members([...NAMES]);
        expect(model.dependence.length).to.be.above(0);
      }
      const { columns, prediction } = await explanations.row(target, summary.best!, rows[2]);
      expect(columns.map(({ column }) => column)).to.have.members([...NAMES]);
      expect(prediction).to.have.length(7);
    } finally {
      await explanations.close();
    }
    const html = readFileSync(await exportModel(study, null, 'html', join(folder, 'report.html')), 'utf8');
    for (const name of NAMES) expect(html).to.contain(name);
  });
});
