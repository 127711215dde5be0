/** @file What came of a fold as bytes and back: numbers as they are, to the bit. */

import type { FoldJob, FoldMachine, FoldResult, StudyData } from '../automl/index.js';
import {
  decodeState,
  encodeState,
  predictedShape,
  preparedKey,
  stepsFromBytes,
  stepsToBytes,
} from '../automl/index.js';
import type { SavedState, Tensor, TensorData } from '../core/index.js';
import { checkData, readSafetensors, writeSafetensors } from '../core/index.js';
import type { Check } from './schema.js';
import { anyObject, between, object, parsed, text, whole } from './schema.js';

const checkGood = object({ seconds: between(0, 1e9), key: text(200), recipe: anyObject });
const checkMachine: Check<FoldMachine> = object({ name: text(300), cores: whole(1, 100_000) });
const checkBad = object({ seconds: between(0, 1e9), error: text(10_000) });

const MAX_ERROR = 5000;

export function encodeResult(result: FoldResult): Uint8Array {
  const { seconds, machine } = result;
  const by: Readonly<Record<string, string>> = machine ? { machine: JSON.stringify(machine) } : {};
  if (!result.ok) {
    return writeSafetensors({
      metadata: { ...by, bad: JSON.stringify({ seconds, error: result.error.slice(0, MAX_ERROR) }) },
      tensors: {},
    });
  }
  const { score, predictions, steps, model, prepared } = result;
  const { key, recipe } = prepared;
  const arrays: Record<string, TensorData> = {
    score: Float64Array.of(score),
    predictions,
    model: encodeState(model),
    ...(steps ? { steps: stepsToBytes(steps) } : {}),
  };
  const tensors = Object.entries(arrays).map(([name, data]): [string, Tensor] => [
    name,
    { shape: [data.length], data },
  ]);
  const metadata = { ...by, good: JSON.stringify({ seconds, key, recipe }) };
  return writeSafetensors({ metadata, tensors: Object.fromEntries(tensors) });
}

/** Throws data: these are not the bytes of a result. */
export function decodeResult(bytes: Uint8Array): FoldResult {
  const { metadata, tensors } = readSafetensors(bytes);
  const { good, bad, machine } = metadata;
  const by = machine === undefined ? {} : { machine: parsed(machine, checkMachine, 'result.machine') };
  if (good === undefined) return { ok: false, ...parsed(bad ?? '', checkBad, 'result'), ...by };
  const { seconds, key, recipe } = parsed(good, checkGood, 'result');
  const { score, predictions, model, steps } = Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, data]),
  ) as Readonly<Record<string, TensorData | undefined>>;
  const isWhole =
    score instanceof Float64Array &&
    score.length === 1 &&
    Number.isFinite(score[0]) &&
    predictions instanceof Float32Array &&
    model instanceof Uint8Array &&
    (steps === undefined || steps instanceof Uint8Array);
  checkData(isWhole, 'result', 'must hold a score, predictions and a model', Object.keys(tensors).join(', '));
  const state = decodeState(model);
  const { kind, version, json } = state as Partial<SavedState>;
  const isState = typeof kind === 'string' && Number.isInteger(version) && typeof json === 'object' && json !== null;
  checkData(isState, 'result', 'must hold a model', kind);
  return {
    ok: true,
    score: score[0],
    predictions,
    ...(steps ? { steps: stepsFromBytes(steps) } : {}),
    model: state,
    seconds,
    prepared: { key, recipe },
    ...by,
  };
}

/** Throws data: it is not of this job, or speaks of other rows. */
export function checkFits(result: FoldResult, job: FoldJob, data: StudyData): void {
  if (!result.ok) return;
  const { predictions, steps, prepared } = result;
  checkData(prepared.key === preparedKey(job), 'result', 'must be prepared as its job asks', prepared.key);
  const { rows, cols } = predictedShape(data, job);
  const rule = `must predict ${rows} rows of ${cols} numbers`;
  checkData(predictions.length === rows * cols, 'result', rule, predictions.length);
  for (const step of steps?.predictions ?? []) {
    checkData(step.rows === rows && step.cols === cols, 'result', rule, `${step.rows} of ${step.cols} on the way`);
  }
}
