/** @file Artefacts prove themselves: written ones pass, changed ones are refused in one sentence. */

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import ts from 'typescript';

import type { PredictorParts, StudySettings } from '../../../src/automl/index.js';
import { ToolkitError } from '../../../src/core/index.js';
import { encodeOnnx, encodeStandalone, planOf } from '../../../src/export/index.js';
import { readTemplate } from '../../../src/export/node.js';
import { loadModel, verifyArtefact } from '../../../src/run/index.js';
import { contentOf, saveModel } from '../../../src/run/predict/bundle.js';
import { ONNX_RUNTIMES } from '../../../src/run/predict/onnx-runtime.js';
import { motleyParts } from '../../support/fitted.js';

const SETTINGS = { name: 'motley', metric: 'auc', dataSha256: '0', seed: 1, command: 'lrnn fit' } as StudySettings;

/** The message of a promise that must fail with one of our errors. */
async function messageOf(promise: Promise<unknown>, kind: string): Promise<string> {
  const error = await promise.then(
    () => expect.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(ToolkitError);
  expect((error as ToolkitError).kind).to.equal(kind);
  return (error as ToolkitError).message;
}

describe('verify', function () {
  this.timeout(60_000);
  let folder: string;
  let parts: PredictorParts;
  const at = (name: string) => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-verify-'));
    const members = (['lrnn', 'xgboost', 'linear'] as const).map((family) => ({ family }));
    parts = await motleyParts('binary', members);
    const plan = planOf(parts);
    const content = await contentOf(parts, plan, SETTINGS);
    await saveModel(at('m.safetensors'), parts, SETTINGS);
    writeFileSync(at('m.onnx'), await encodeOnnx(plan, content));
    const { code, types } = await encodeStandalone(plan, await readTemplate(), content);
    writeFileSync(at('m.mjs'), code);
    writeFileSync(at('m.d.mts'), types);
    // Another model's numbers under this model's promises: whole by its checksum, and wrong.
    const other = planOf(await motleyParts('binary', members, { seed: 2 }));
    writeFileSync(at('wrong.onnx'), await encodeOnnx(other, content));
    writeFileSync(at('wrong.mjs'), (await encodeStandalone(other, await readTemplate(), content)).code);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('knows an ONNX file and a model file by their content where the name does not say', async () => {
    for (const format of ['onnx', 'safetensors']) {
      copyFileSync(at(`m.${format}`), at('unnamed'));
      expect((await verifyArtefact(at('unnamed'))).format).to.equal(format);
    }
  });

  it('passes what was just written, in every format and runtime', async () => {
    for (const [name, format] of [
      ['m.safetensors', 'safetensors'],
      ['m.onnx', 'onnx'],
      ['m.mjs', 'js'],
    ]) {
      const found = await verifyArtefact(at(name));
      expect(found).to.include({ path: at(name), format, rows: 16 });
      expect(found.difference).to.be.within(0, 2e-6);
    }
    for (const runtime of ONNX_RUNTIMES) {
      expect(await verifyArtefact(at('m.onnx'), runtime)).to.include({ runtime });
    }
  });

  it('visits gaps and categories that training has not seen', async () => {
    const { selfTest } = await contentOf(parts, planOf(parts), SETTINGS);
    const cells = selfTest.rows.flatMap((row) => Object.values(row));
    expect(cells).to.include('').and.to.include('no number');
    const cities = parts.schema.columns.find(({ name }) => name === 'city')!.levels!;
    expect(selfTest.rows.some(({ city }) => city !== undefined && city !== '' && !cities.includes(city))).to.be.true;
    expect(selfTest.rows.some((row) => Object.values(row).every((cell) => cell === ''))).to.be.true;
    expect(new Set(selfTest.expected.map(([p]) => p)).size).to.be.at.least(10);
  });

  it('refuses predictions that differ from what the file promises', async () => {
    for (const name of ['wrong.onnx', 'wrong.mjs']) {
      expect(await messageOf(verifyArtefact(at(name)), 'data')).to.match(
        /all 16 rows of the self-test must be predicted as when the model was written, got "a difference of 0\.\d+"/,
      );
    }
  });

  it('refuses a file in which one byte has changed, and one that is cut short', async () => {
    for (const name of ['m.safetensors', 'm.onnx', 'm.mjs']) {
      const whole = readFileSync(at(name));
      for (const place of [0.3, 0.6, 0.97]) {
        const changed = Buffer.from(whole);
        changed[Math.floor(place * whole.length)] ^= 1;
        writeFileSync(at(`changed-${name}`), changed);
        const said = await messageOf(verifyArtefact(at(`changed-${name}`)), 'data');
        expect(said, `${name} at ${place}`).to.match(/checksum must be|written by lrnn-automl|safetensors|ONNX file/);
      }
      writeFileSync(at(`cut-${name}`), whole.subarray(0, whole.length - 100));
      expect(await messageOf(verifyArtefact(at(`cut-${name}`)), 'data'), name).to.match(
        /checksum must be|cut short|broken bytes/,
      );
    }
  });

  it('refuses files of others and of newer versions', async () => {
    writeFileSync(at('other.onnx'), Uint8Array.of(8, 10, 18, 1, 65));
    writeFileSync(at('other.mjs'), 'export const a = 1;\n');
    for (const name of ['other.onnx', 'other.mjs']) {
      expect(await messageOf(verifyArtefact(at(name)), 'data')).to.match(
        /^model: must be a file written by lrnn-automl/,
      );
    }
    writeFileSync(
      at('new.mjs'),
      readFileSync(at('m.mjs'), 'utf8').replace('lrnn-automl 1 sha256', 'lrnn-automl 9 sha256'),
    );
    expect(await messageOf(verifyArtefact(at('new.mjs')), 'state')).to.match(/written by a newer lrnn-automl; upgrade/);
  });

  it('says that a file of version 1 carries no self-test', async () => {
    const fixture = join(import.meta.dirname, '../../export/fixtures/model-v1-binary.safetensors');
    copyFileSync(fixture, at('v1.safetensors'));
    expect(await messageOf(verifyArtefact(at('v1.safetensors')), 'state')).to.match(
      /^verify: the file must carry a self-test, got .*Export the model again\.$/,
    );
  });

  it('keeps a model file from loading whose content is no model', async () => {
    const { decodeBundle, encodeBundle } = await import('../../../src/export/index.js');
    const bundle = await decodeBundle(readFileSync(at('m.safetensors')));
    const rest = Object.fromEntries(Object.entries(bundle.json).filter(([key]) => key !== 'members'));
    const [first] = Object.keys(bundle.tensors);
    const tensors = Object.fromEntries(Object.entries(bundle.tensors).filter(([name]) => name !== first));
    for (const [forged, rule] of [
      [{ ...bundle, json: rest }, /^model: must have members/],
      [{ ...bundle, json: { ...bundle.json, recipes: {} } }, /^model: must have the preparation of every fold/],
      [{ ...bundle, tensors }, /^model: must have every tensor of every fold, got /],
      [
        { ...bundle, json: { ...bundle.json, combine: { method: 'sum', offset: 1 } } },
        /^model: the combination must be softmax/,
      ],
    ] as const) {
      writeFileSync(at('forged.safetensors'), await encodeBundle(forged));
      expect(await messageOf(loadModel(at('forged.safetensors')), 'data')).to.match(rule);
    }
  });

  it('writes types that fit the module', () => {
    const use = (row: string, type: string) => `import { predict, selfTest, schema, about } from './m.mjs';
const [{ prediction, probabilities }] = predict([${row}]);
export const answer: ${type} = prediction;
export const p: number = probabilities.yes + selfTest().difference;
export const names: string[] = [...schema.target.classes, about.metric];`;
    const sources = {
      'right.mts': use("{ age: 3, city: 'Oslo', joined: new Date(0), 'größe, cm': '1,5' }", "'yes' | 'no'"),
      'cell.mts': use('{ age: new Date(0) }', "'yes' | 'no'"),
      'class.mts': use('{}', "'yes'"),
    };
    for (const [name, source] of Object.entries(sources)) writeFileSync(at(name), source);
    const options = { module: ts.ModuleKind.NodeNext, strict: true, noEmit: true, types: [], lib: ['lib.es2022.d.ts'] };
    const program = ts.createProgram(Object.keys(sources).map(at), options);
    const faults = (name: string) =>
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(at(name)))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    expect(faults('right.mts')).to.deep.equal([]);
    expect(faults('cell.mts')[0]).to.match(/Date.* not assignable/);
    expect(faults('class.mts')[0]).to.match(/not assignable/);
  });

  it('puts nothing bare into the module that could end a script or a comment', async () => {
    const target = { ...parts.schema.target, name: '*/ alert(1) /*', classes: ['</script>', "a'b\\"] };
    const plan = planOf({ ...parts, schema: { ...parts.schema, target } });
    const { code } = await encodeStandalone(plan, await readTemplate(), await contentOf(parts, plan, SETTINGS));
    expect(code).to.not.include('</script>');
    const module = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as {
      schema: typeof parts.schema;
    };
    expect(module.schema.target).to.deep.equal(target);
  });
});
