/** @file Whatever stands in a cell, every artefact reads it as the product does: hunts for cells that are read in two ways. */

import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import type { PredictorParts } from '../../src/automl/index.js';
import { encodeRows, isFeature } from '../../src/data/index.js';
import { decodeOnnx, encodeOnnx, encodeStandalone, onnxFeeds, planOf, selfTestOf } from '../../src/export/index.js';
import { readTemplate } from '../../src/export/node.js';
import { openModel } from '../../src/run/predict/bundle.js';
import type { OnnxSession } from '../../src/run/predict/onnx-runtime.js';
import { openOnnx } from '../../src/run/predict/onnx-runtime.js';
import { assertClose } from '../support/close.js';

type Row = Readonly<Record<string, string>>;

/** Texts between numbers, truth values, dates, categories and nothing. */
const ODD = [
  ...[
    '+5',
    '-0',
    '0',
    '-.5',
    '5.',
    '.',
    '+',
    '1e5',
    '1E+05',
    '1e',
    'e5',
    '1e-5',
    '1e305',
    '1e999',
    '-1e999',
    '1,5',
    '1.5,0',
  ],
  ...[
    '0x10',
    '0b1',
    '0o7',
    '-0x10',
    '1_000',
    '1,234',
    '1,234.5',
    '1 234',
    "1'234",
    '1.234,5',
    '--1',
    '+-1',
    '1-',
    '１２',
    '١٢',
    '½',
    '∞',
  ],
  ...[
    'inf',
    '-inf',
    'Infinity',
    '+Infinity',
    'INF',
    'nan',
    'NaN',
    'NAN',
    '-nan',
    'null',
    'NULL',
    'Null',
    'NA',
    'na',
    'Na',
    'N/A',
    '?',
    '-',
  ],
  ...[
    'true',
    'TRUE',
    'tRuE',
    'True ',
    't',
    'T',
    'yes',
    'YES',
    'yeſ',
    'y',
    'falſe',
    'false',
    'no',
    'No',
    'n',
    '1',
    '1.0',
    '1.00',
    'on',
    'ON',
  ],
  ...[
    'Köln "West"',
    'KÖLN "WEST"',
    'Ko\u0308ln "West"',
    "'Rome'",
    '"Rome"',
    'rome',
    'Rome\u200b',
    '\ufeffRome',
    'Rome\u00a0',
    '\u2003Oslo\t',
    'Z3',
    'z3',
  ],
  ...[
    '2020-02-29',
    '2021-02-29',
    '2020-05-17T13:00:00Z',
    '2020-05-17 13:00 +02:00',
    '2020/05/17',
    '17.05.2020',
    '20200517',
    '0001-01-01',
    '9999-12-31',
  ],
  ...[
    'red',
    'RED fast',
    'red\nfast',
    'réd',
    'ＲＥＤ',
    'İ',
    'ǅ',
    '🦉 7',
    'a\u0000b',
    '\u0000',
    'constructor',
    '__proto__',
    '\\',
    '%s',
    '<b>',
    '=1+1',
    '\u2028',
  ],
];
const cell = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 })
      .filter((x) => x === 0 || Math.abs(x) > 1e-300)
      .map(String),
  },
  { weight: 1, arbitrary: fc.integer({ min: -99, max: 99 }).map((x) => ` ${x} `) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);

interface Ways {
  readonly parts: PredictorParts;
  readonly native: (rows: readonly Row[]) => Promise<ArrayLike<number>>;
  readonly js: (rows: readonly Row[]) => number[];
  readonly check: (rows: readonly Row[]) => unknown;
  readonly onnx: (rows: readonly Row[]) => Promise<ArrayLike<number>>;
}

describe('artefacts read odd cells as the product does', function () {
  this.timeout(120_000);
  const close: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of close) await end();
  });

  /** The model of a fixture in three ways. */
  async function waysOf(task: string): Promise<Ways> {
    const predictor = await openModel(join(import.meta.dirname, `fixtures/model-v2-${task}.safetensors`));
    close.push(() => predictor.dispose());
    const { parts } = predictor;
    const plan = planOf(parts);
    const content = { writer: '0', metric: 'rmse', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
    const { code } = await encodeStandalone(plan, await readTemplate(), content);
    const { predict, check } = (await import(
      `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
    )) as {
      predict: (rows: readonly Row[]) => { prediction: string | number; probabilities?: Record<string, number> }[];
      check: (rows: readonly Row[]) => unknown;
    };
    const bytes = await encodeOnnx(plan, content);
    const { inputs, schema } = await decodeOnnx(bytes);
    const session: OnnxSession = (await openOnnx(bytes, 'onnxruntime-node'))!;
    close.push(() => session.close());
    return {
      parts,
      native: async (rows) => (await predictor.predict(encodeRows(rows, parts.schema).frame)).data,
      js: (rows) =>
        predict(rows).flatMap(({ prediction, probabilities }) =>
          Object.values(probabilities ?? [prediction as number]),
        ),
      check,
      onnx: async (rows) => {
        const { value, probabilities } = await session.run(onnxFeeds(inputs, schema, rows));
        return (value ?? probabilities) as ArrayLike<number>;
      },
    };
  }

  for (const task of ['regression', 'multiclass']) {
    it(`in every kind of column: ${task}`, async () => {
      const { parts, native, js, onnx } = await waysOf(task);
      const names = parts.schema.columns.filter(isFeature).map(({ name }) => name);
      const row = fc
        .tuple(...names.map(() => cell))
        .map((cells) => Object.fromEntries(names.map((name, j) => [name, cells[j]])));
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
          const expected = await native(rows);
          const largest = Array.from(expected).reduce((size, value) => Math.max(size, Math.abs(value)), 0);
          const tolerance = { rtol: 1e-5, atol: 1e-6 * largest };
          assertClose(js(rows), expected, tolerance, 'js');
          assertClose(await onnx(rows), expected, tolerance, 'onnx');
        }),
        { numRuns: 25 },
      );
    });
  }

  it('and count what training has not seen as the product does, in files with ranges and without', async () => {
    for (const file of ['ranges-regression', 'ranges-binary', 'multiclass']) {
      const { parts, check } = await waysOf(file);
      const names = parts.schema.columns.filter(isFeature).map(({ name }) => name);
      const row = fc
        .tuple(...names.map(() => cell))
        .map((cells) => Object.fromEntries(names.map((name, j) => [name, cells[j]])));
      const seen = new Set<string>();
      fc.assert(
        fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
          const { unseenCategories, unparsable, outOfRange } = encodeRows(rows, parts.schema).summary;
          const expected = { unseenCategories, unparsable, outOfRange };
          for (const [kind, counts] of Object.entries(expected)) if (Object.keys(counts).length > 0) seen.add(kind);
          expect(check(rows)).to.deep.equal(JSON.parse(JSON.stringify(expected)));
        }),
        { numRuns: 60 },
      );
      expect([...seen]).to.include.members([
        'unseenCategories',
        'unparsable',
        ...(file === 'multiclass' ? [] : ['outOfRange']),
      ]);
    }
  });

  it('one by one, in a row that is ordinary otherwise', async () => {
    const { parts, native, js, onnx } = await waysOf('regression');
    const names = parts.schema.columns.filter(isFeature).map(({ name }) => name);
    const ordinary = { age: '40', 'größe, cm': '171,25', price: '1,234', 'year ms': '1600000001000', member: 'yes' };
    const full: Row = { ...ordinary, city: 'Oslo', zip: 'Z3', joined: '2020-05-17 13:00', note: 'red fast' };
    const rows = names.flatMap((name) => ODD.map((odd) => ({ ...full, [name]: odd })));
    const expected = await native(rows);
    for (const [way, found] of [
      ['js', js(rows)],
      ['onnx', await onnx(rows)],
    ] as const) {
      const differing = rows.filter((_, i) => Math.abs(found[i] - expected[i]) > 1e-5 * Math.abs(expected[i]) + 1e-5);
      const told = differing.map((row) =>
        names
          .filter((name) => row[name] !== full[name])
          .map((name) => `${name}: ${JSON.stringify(row[name])}`)
          .join(),
      );
      expect(told, way).to.deep.equal([]);
    }
  });
});
