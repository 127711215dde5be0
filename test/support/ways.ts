/** @file The ways to a prediction of one fitted model: native, exported as JavaScript, exported as ONNX. What they must agree on. */

import { expect } from 'chai';

import type { PredictorParts } from '../../src/automl/index.js';
import { Predictor } from '../../src/automl/index.js';
import { encodeRows } from '../../src/data/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { decodeOnnx, encodeOnnx, encodeStandalone, onnxFeeds, planOf, selfTestOf } from '../../src/export/index.js';
import { readTemplate } from '../../src/export/node.js';
import { openOnnx } from '../../src/run/predict/onnx-runtime.js';
import { assertClose } from './close.js';

export type AnyRow = Readonly<Record<string, unknown>>;

/** Numbers of each way, k per row in the order of the classes. */
export interface Ways {
  native(rows: readonly AnyRow[]): Promise<Float32Array>;
  js(rows: readonly AnyRow[]): number[];
  onnx(rows: readonly AnyRow[]): Promise<ArrayLike<number>>;
  close(): Promise<void>;
}

export async function waysOf(parts: PredictorParts): Promise<Ways> {
  const predictor = new Predictor(parts, wasmEngine);
  const plan = planOf(parts);
  const content = { writer: '0', metric: 'rmse', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
  const { code } = await encodeStandalone(plan, await readTemplate(), content);
  const { predict } = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as {
    predict: (rows: readonly AnyRow[]) => { prediction: string | number; probabilities?: Record<string, number> }[];
  };
  const bytes = await encodeOnnx(plan, content);
  const { inputs, schema } = await decodeOnnx(bytes);
  const session = (await openOnnx(bytes, 'onnxruntime-node'))!;
  const { classes } = parts.schema.target;
  return {
    native: async (rows) => (await predictor.predict(encodeRows(rows, parts.schema).frame)).data,
    js: (rows) =>
      predict(rows).flatMap(({ prediction, probabilities }) =>
        probabilities === undefined ? [prediction as number] : classes.map((name) => probabilities[name]),
      ),
    onnx: async (rows) => {
      const { value, probabilities } = await session.run(onnxFeeds(inputs, schema, rows));
      return (value ?? probabilities) as ArrayLike<number>;
    },
    close: async () => {
      await session.close();
      predictor.dispose();
    },
  };
}

/** All ways give the same numbers for these rows; returned, k per row. */
export async function agreed(ways: Ways, rows: readonly AnyRow[]): Promise<number[]> {
  const expected = await ways.native(rows);
  const largest = expected.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const tolerance = { rtol: 1e-5, atol: 1e-6 * largest };
  assertClose(ways.js(rows), expected, tolerance, 'js');
  assertClose(await ways.onnx(rows), expected, tolerance, 'onnx');
  expect(expected.some(Number.isNaN)).to.equal(false);
  return [...expected];
}
