/** @file A model as it is here, in JavaScript and in both runtimes of ONNX: they must agree. */

import { expect } from 'chai';

import type { PredictorParts } from '../../../src/automl/index.js';
import { Predictor } from '../../../src/automl/index.js';
import { Rng } from '../../../src/core/index.js';
import { encodeRows } from '../../../src/data/index.js';
import { parseCsv } from '../../../src/data/node.js';
import { wasmEngine } from '../../../src/engine/index.js';
import { decidedClass } from '../../../src/evaluate/index.js';
import { decodeOnnx, encodeOnnx, encodeStandalone, onnxFeeds, planOf, selfTestOf } from '../../../src/export/index.js';
import { readTemplate } from '../../../src/export/node.js';
import { ONNX_RUNTIMES, openOnnx } from '../../../src/run/predict/onnx-runtime.js';
import { assertClose } from '../../support/close.js';

export type Row = Readonly<Record<string, unknown>>;

/** The largest prediction may be off by this share of itself. */
const RELATIVE = 1e-5;

interface Outcome {
  readonly numbers: ArrayLike<number>;
  readonly answers: readonly (string | number)[];
}

interface Artefacts {
  readonly onnx: Uint8Array;
  readonly code: string;
}

async function artefacts(parts: PredictorParts): Promise<Artefacts> {
  const plan = planOf(parts);
  const content = { writer: '0', metric: 'rmse', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
  const { code } = await encodeStandalone(plan, await readTemplate(), content);
  return { onnx: await encodeOnnx(plan, content), code };
}

export async function natively(parts: PredictorParts, rows: readonly Row[]): Promise<Outcome> {
  const predictor = new Predictor(parts, wasmEngine);
  const { data, cols } = await predictor.predict(encodeRows(rows, parts.schema).frame);
  predictor.dispose();
  const { classes } = parts.schema.target;
  const answers = rows.map((_, i) => {
    const row = data.subarray(i * cols, (i + 1) * cols);
    if (cols === 1) return row[0];
    return classes[decidedClass(row, parts)];
  });
  return { numbers: data, answers };
}

async function inOnnx(runtime: (typeof ONNX_RUNTIMES)[number], { onnx }: Artefacts, rows: readonly Row[]) {
  const { inputs, schema } = await decodeOnnx(onnx);
  const session = (await openOnnx(onnx, runtime))!;
  const outputs = await session.run(onnxFeeds(inputs, schema, rows));
  await session.close();
  const { value, probabilities, label } = outputs;
  return { numbers: (value ?? probabilities) as ArrayLike<number>, answers: Array.from(label ?? value) };
}

/** As a page or a program would: the module is imported, and nothing else. */
async function inJavaScript({ code }: Artefacts, rows: readonly Row[]): Promise<Outcome> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  const { predict } = (await import(url)) as {
    predict: (rows: readonly Row[]) => { prediction: string | number; probabilities?: Record<string, number> }[];
  };
  const predictions = predict(rows);
  return {
    numbers: predictions.flatMap(({ prediction, probabilities }) =>
      Object.values(probabilities ?? [prediction as number]),
    ),
    answers: predictions.map(({ prediction }) => prediction),
  };
}

/** Every artefact of the parts against the product's own predictions. */
export async function expectParity(parts: PredictorParts, rows: readonly Row[]): Promise<void> {
  const made = await artefacts(parts);
  const native = await natively(parts, rows);
  const largest = Array.from(native.numbers).reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const tolerance = { rtol: RELATIVE, atol: 1e-6 * largest };
  const outcomes: [string, Outcome][] = [['js', await inJavaScript(made, rows)]];
  for (const runtime of ONNX_RUNTIMES) outcomes.push([runtime, await inOnnx(runtime, made, rows)]);
  for (const [name, { numbers, answers }] of outcomes) {
    assertClose(numbers, native.numbers, tolerance, `${parts.name} in ${name}`);
    if (parts.task !== 'regression') expect(answers, name).to.deep.equal(native.answers);
  }
}

/** Rows of a CSV text as they are written, some with gaps, some with what training has not seen. */
export async function troubledRows(csv: string, count: number, seed: number): Promise<Row[]> {
  const table = await parseCsv(csv);
  const rng = new Rng(seed);
  const odd = ['', 'NA', 'Atlantis', '-1e9', ' 7 ', 'no number', '1e999', 'Infinity', 'TRUE', '.5', '+3', '0x10'];
  return Array.from({ length: count }, (_, i) => {
    const row = Object.fromEntries(table.names.map((name) => [name, table.table.get(name, i) as string | null]));
    for (const name of table.names) if (i % 3 > 0 && rng.uniform() < 0.2) row[name] = odd[rng.integer(odd.length)];
    return row;
  });
}
