import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import type { JsonObject, Tensor } from '../../src/core/index.js';
import { Rng, ToolkitError } from '../../src/core/index.js';
import { decodeBundle, encodeBundle } from '../../src/export/index.js';
import { loadTargets } from '../../src/run/index.js';

/** Edited files; `npm run test:faults` sets it to what takes minutes. */
const COUNT = 3 * Number(process.env.FAULTS ?? 60);
const SEED = Number(process.env.TEST_SEED ?? 1);
const FIXTURES = resolve(import.meta.dirname, '../export/fixtures');
const FILES = readdirSync(FIXTURES).filter((name) => name.endsWith('.safetensors'));
const ROWS = [{}, { age: 41, city: 'Rome', price: 12.5, member: true, note: 'hello' }, { age: 'old', zip: 'Z42' }];

type Holder = Record<string, unknown>;

/** Every object and list of a JSON value, with what they hold. */
function holders(value: unknown): Holder[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Holder, ...Object.values(value).flatMap(holders)];
}

/** Changes one value of the JSON, or one number or the length of a tensor; says which. */
function edit(json: JsonObject, tensors: Record<string, Tensor>, rng: Rng): string {
  if (rng.integer(3) > 0) {
    const all = holders(json).filter((holder) => Object.keys(holder).length > 0);
    const holder = all[rng.integer(all.length)];
    const keys = Object.keys(holder);
    const key = keys[rng.integer(keys.length)];
    const values: unknown[] = [null, -1, 0, 0.5, 1e9, 2 ** 31, 'x', '', [], {}, true, [null], undefined];
    const value = values[rng.integer(values.length)];
    holder[key] = value;
    return `${key} = ${JSON.stringify(value)}`;
  }
  const names = Object.keys(tensors);
  const name = names[rng.integer(names.length)];
  const { data } = tensors[name];
  if (rng.integer(4) === 0) {
    const shorter = data.slice(0, Math.max(0, data.length - 1 - rng.integer(4)));
    tensors[name] = { shape: [shorter.length], data: shorter };
    return `${name} shorter`;
  }
  const values = [NaN, Infinity, 1e30, -1, 2 ** 31 - 1, -(2 ** 31)];
  const place = rng.integer(data.length);
  data[place] = values[rng.integer(values.length)];
  return `${name}[${place}] = ${data[place]}`;
}

describe('a model file with the right checksum and another content', function () {
  this.timeout(60_000 + COUNT * 1000);
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-models-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('predicts numbers, or is refused with one sentence', async () => {
    const rng = new Rng(SEED);
    const faults: string[] = [];
    const counts = { predicted: 0, refused: 0 };
    for (let i = 0; i < COUNT; i++) {
      const name = FILES[i % FILES.length];
      const bundle = await decodeBundle(new Uint8Array(readFileSync(join(FIXTURES, name))));
      const tensors = { ...bundle.tensors };
      const json = structuredClone(bundle.json);
      const what = `${name}: ${edit(json, tensors, rng)}`;
      const path = join(folder, 'edited.safetensors');
      writeFileSync(path, await encodeBundle({ ...bundle, json, tensors }));
      try {
        const model = await loadTargets(path);
        const answers = (await model.predict(ROWS)).flatMap((row) => Object.values(row));
        model.dispose();
        const numbers = answers.flatMap(({ prediction, probabilities }) =>
          probabilities ? Object.values(probabilities) : [prediction],
        );
        if (!numbers.every(Number.isFinite)) faults.push(`${what}: predicts ${numbers.join(', ')}`);
        counts.predicted++;
      } catch (error) {
        const isTold = error instanceof ToolkitError && (error.kind === 'data' || error.kind === 'state');
        if (!isTold) faults.push(`${what}: ${(error as Error).stack}`);
        counts.refused++;
      }
    }
    if (process.env.FAULTS) process.stdout.write(`      ${JSON.stringify(counts)}\n`);
    expect(faults.slice(0, 10).join('\n')).to.equal('');
    expect(Math.min(counts.predicted, counts.refused)).to.be.greaterThan(COUNT / 10);
  });
});
