/**
 * @file Writes what Python is to check: for each task an ensemble of every family over every kind of column, as ONNX and as a model
 * file, with what to feed and what our own prediction says; and a model of a bundled table, to be fed as docs/exports.md shows.
 *
 * Usage: npx tsx test/python/write-artefacts.ts <folder>
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { PredictorParts, StudySettings } from '../../src/automl/index.js';
import { Predictor } from '../../src/automl/index.js';
import type { Task } from '../../src/core/index.js';
import { encodeRows } from '../../src/data/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { decodeOnnx, encodeOnnx, onnxFeeds, planOf } from '../../src/export/index.js';
import { contentOf, saveModel } from '../../src/run/predict/bundle.js';
import { fittedParts, motleyParts } from '../support/fitted.js';

const ROOT = resolve(import.meta.dirname, '../..');
const SETTINGS = { name: 'check', metric: 'rmse', dataSha256: '0', seed: 1, command: 'lrnn fit' } as StudySettings;
const MEMBERS = (['lrnn', 'mlp', 'xgboost', 'linear', 'dummy'] as const).map((family) => ({ family }));
const TASKS: readonly Task[] = ['regression', 'binary', 'multiclass'];
/** Some like those of the training, some with gaps and with what the training has not seen. */
const ROWS = [
  {
    age: '44',
    'größe, cm': '171,25',
    price: '123,456',
    member: 'yes',
    city: 'Oslo',
    zip: 'Z3',
    joined: '2020-05-17 13:00',
  },
  { age: '30', member: 'No', city: 'Köln "West"', zip: 'Z41', note: 'red FAST item 7', 'year ms': '1600000001234' },
  { age: '-1e9', city: 'Atlantis', zip: 'Z999', joined: 'soon', member: 'maybe' },
  { age: '1e999', 'größe, cm': 'wide', price: '?', city: '', zip: ' Z4 ', joined: '1969-12-31' },
  { age: '+7.5', note: 'old old old' },
  { age: 'inf', city: 'Rome' },
];

const [folder] = process.argv.slice(2);
const write = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));

async function writeModel(
  name: string,
  parts: PredictorParts,
  rows: readonly Readonly<Record<string, string>>[],
): Promise<void> {
  const plan = planOf(parts);
  const bytes = await encodeOnnx(plan, await contentOf(parts, plan, SETTINGS));
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  await saveModel(join(folder, `${name}.safetensors`), parts, SETTINGS);
  const predictor = new Predictor(parts, wasmEngine);
  const { data } = await predictor.predict(encodeRows(rows, parts.schema).frame);
  predictor.dispose();
  const { inputs, schema, selfTest } = await decodeOnnx(bytes);
  // JSON has no NaN: missing numbers are null.
  const feeds = (of: readonly Readonly<Record<string, string>>[]) =>
    onnxFeeds(inputs, schema, of).map(({ data: cells, ...feed }) => ({ ...feed, data: Array.from<unknown>(cells) }));
  write(`${name}.json`, { feeds: feeds(rows), expected: Array.from(data), selfTest: feeds(selfTest.rows) });
}

for (const task of TASKS) await writeModel(task, await motleyParts(task, MEMBERS), ROWS);

const csv = readFileSync(join(ROOT, 'datasets/penguins.csv'), 'utf8');
const penguins = await fittedParts({ csv, target: 'species', members: MEMBERS });
const [header, ...lines] = csv.trim().split(/\r?\n/);
const names = header.split(',');
const cells = lines.map((line) => Object.fromEntries(line.split(',').map((cell, j) => [names[j], cell])));
await writeModel('penguins', penguins, cells);
