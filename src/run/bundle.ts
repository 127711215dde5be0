/** @file The model file: a predictor's parts in a safetensors bundle, and the way back. */

import type { PredictorParts, StudySettings } from '../automl/index.js';
import { partsFromBundle, partsToBundle, Predictor } from '../automl/index.js';
import type { Engine } from '../engine/index.js';
import { chooseEngine } from '../engine/index.js';
import { readBundle, writeBundle } from '../export/node.js';
import { packageVersion } from './package-info.js';

/** Writes a model file; the old one stays whole until the new one is. */
export async function saveModel(path: string, parts: PredictorParts, settings: StudySettings): Promise<void> {
  const { json, tensors } = partsToBundle(parts);
  const { name, metric, dataSha256, seed, command } = settings;
  const study = { name, metric, dataSha256, seed, command };
  await writeBundle(path, { formatVersion: 1, writer: packageVersion(), json: { ...json, study }, tensors });
}

/** Reads a model file for prediction. Nothing in it is ever executed. */
export async function openModel(path: string, engine: Engine = chooseEngine('wasm').engine): Promise<Predictor> {
  const { json, tensors } = await readBundle(path);
  return new Predictor(partsFromBundle(json, tensors), engine);
}
