/** @file Replaying the self-test of an artefact: is it whole, and does it still say what it said when it was written? */

import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ToolkitError } from '../../core/index.js';
import type { SelfTestResult } from '../../export/index.js';
import { checkStandalone, decodeOnnx, judge, onnxFeeds } from '../../export/index.js';
import { readArtefact } from '../../export/node.js';
import type { ExportFormat } from '../contract.js';
import { openBundles, replayed, requirePass } from './bundle.js';
import { modelFile } from './load-model.js';
import type { OnnxRuntime } from './onnx-runtime.js';
import { needsRuntime, openOnnx } from './onnx-runtime.js';

/** A self-test that was passed. */
export interface Verification {
  readonly path: string;
  readonly format: ExportFormat;
  /** What ran it. */
  readonly runtime: string;
  /** Rows that were replayed. */
  readonly rows: number;
  /** Largest distance from an expected prediction. */
  readonly difference: number;
}

/**
 * Checks an artefact's checksum, predicts the rows that it carries and compares the predictions with those it was written with.
 *
 * A JavaScript artefact is a program: once its checksum is right it is run, with all that a program may do. Model files and
 * ONNX files are only read.
 *
 * Throws   data: not ours, damaged, or predictions that differ by more than the tolerance; state: of a newer version, without a
 * self-test, or an ONNX file where no ONNX Runtime is installed
 */
export async function verifyArtefact(path: string, runtime?: OnnxRuntime): Promise<Verification> {
  const file = modelFile(path);
  const extension = extname(file).toLowerCase();
  if (extension === '.onnx') return verifyOnnx(file, runtime);
  if (extension === '.js' || extension === '.mjs') return verifyStandalone(file);
  if (extension !== '.safetensors' && isOnnx(await readArtefact(file))) return verifyOnnx(file, runtime);
  return verifyBundle(file);
}

/** A file of any other name: ONNX begins with the field of its version, where a model file has the length of its header and then a brace. */
function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 0x08 && bytes[8] !== 0x7b;
}

/** The models of all targets that the file has. */
async function verifyBundle(path: string): Promise<Verification> {
  const models = await openBundles(path);
  const old = models.find(({ selfTest }) => selfTest === null);
  if (old) {
    for (const { predictor } of models) predictor.dispose();
    throw withoutSelfTest(path, old.writer);
  }
  const all: Verification[] = [];
  for (const model of models)
    all.push(passed(path, 'safetensors', 'lrnn-automl', await replayed(model, model.selfTest!)));
  const rows = all.reduce((sum, one) => sum + one.rows, 0);
  return { ...all[0], rows, difference: Math.max(...all.map(({ difference }) => difference)) };
}

async function verifyOnnx(path: string, wanted?: OnnxRuntime): Promise<Verification> {
  const bytes = await readArtefact(path);
  const { result, runtime } = await replayOnnx(bytes, wanted);
  return passed(path, 'onnx', runtime, result);
}

/**
 * The self-test of an ONNX file in the named runtime, or in the first one that is installed.
 *
 * Throws   state: there is none
 */
export async function replayOnnx(
  bytes: Uint8Array,
  wanted?: OnnxRuntime,
): Promise<{ result: SelfTestResult; runtime: OnnxRuntime }> {
  const { inputs, schema, selfTest, sureness } = await decodeOnnx(bytes);
  const session = await openOnnx(bytes, wanted);
  if (session === null) throw needsRuntime('verify');
  try {
    const { value, probabilities, quantiles } = await session.run(onnxFeeds(inputs, schema, selfTest.rows));
    const predictions = (quantiles ?? value ?? probabilities) as ArrayLike<number>;
    return { result: judge(selfTest, predictions, sureness), runtime: session.runtime };
  } finally {
    await session.close();
  }
}

async function verifyStandalone(path: string): Promise<Verification> {
  await checkStandalone(new TextDecoder().decode(await readArtefact(path)));
  return passed(path, 'js', `Node ${process.version}`, await replayStandalone(pathToFileURL(resolve(path)).href));
}

/** The self-test of a JavaScript artefact at an address that can be imported. Runs it. */
export async function replayStandalone(url: string): Promise<SelfTestResult> {
  const module = (await import(url)) as { selfTest(): Omit<SelfTestResult, 'share'> };
  const { ok, rows, difference } = module.selfTest();
  return { ok, rows, difference, share: ok ? 0 : Infinity };
}

function passed(path: string, format: ExportFormat, runtime: string, result: SelfTestResult): Verification {
  const { rows, difference } = result;
  requirePass(path, result);
  return { path, format, runtime, rows, difference };
}

function withoutSelfTest(path: string, writer: string): ToolkitError {
  const hint = `It was written by lrnn-automl ${writer}, which wrote none. Export the model again.`;
  return new ToolkitError('state', { where: 'verify', rule: 'the file must carry a self-test', got: path, hint });
}
