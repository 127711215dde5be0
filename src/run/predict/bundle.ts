/** @file The model file: a predictor's parts in a safetensors bundle, and the way back. */

import type { PredictorParts, StudySettings } from '../../automl/index.js';
import { partsFromBundle, partsToBundle, Predictor } from '../../automl/index.js';
import type { JsonObject, Matrix, Tensor } from '../../core/index.js';
import { checkData, ToolkitError } from '../../core/index.js';
import { checkReading, encodeRows } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import { chooseEngine } from '../../engine/index.js';
import { calibrated } from '../../ensemble/index.js';
import type { ArtefactContent, Bundle, Plan, SelfTest, SelfTestResult, Sureness } from '../../export/index.js';
import {
  bundleVersion,
  decodeBundle,
  encodeBundle,
  joinBundles,
  judge,
  planOf,
  selfTestOf,
  selfTestRows,
  splitBundle,
  sureTestOf,
} from '../../export/index.js';
import { readBundle, writeWhole } from '../../export/node.js';
import { withoutFolders } from '../command-line.js';
import { packageVersion } from '../package-info.js';

/**
 * Writes a model file; the old one stays whole until the new one is. What is written has been read back and has passed its
 * self-test.
 */
export async function saveModel(path: string, parts: PredictorParts, settings: StudySettings): Promise<void> {
  const { json, tensors } = partsToBundle(parts);
  const { writer, study, selfTest } = await contentOf(parts, planOf(parts), settings);
  const content = { ...json, study, selfTest: selfTest as unknown as JsonObject };
  const bytes = await encodeBundle({ formatVersion: bundleVersion(json), writer, json: content, tensors });
  requirePass(path, await replayed(opened(await decodeBundle(bytes)), selfTest));
  await writeWhole(path, bytes);
}

/** Two ways to compute a probability in float32 differ by this much at most, before it is calibrated. */
const PROBABILITY_NOISE = 1e-6;

/** What an artefact of these parts carries beside them; the self-test's rows are predicted here and now. */
export async function contentOf(parts: PredictorParts, plan: Plan, settings: StudySettings): Promise<ArtefactContent> {
  const { name, metric, dataSha256, seed, command } = settings;
  const rows = selfTestRows(plan);
  const { calibration, ...plain } = parts;
  const predictor = new Predictor(plain, chooseEngine(settings.deterministic ? 'wasm-simd' : 'wasm').engine);
  try {
    const raw = await predictor.predict(encodeRows(rows, parts.schema).frame);
    const { data } = calibrated(raw, calibration);
    const study = { name, metric, dataSha256, seed, command: withoutFolders(command) };
    const slack = calibrationSlack(raw, calibration);
    const sure = sureTestOf(plan, data, slack);
    const selfTest = { ...selfTestOf(rows, data, slack), ...(sure ? { sure } : {}) };
    return { writer: packageVersion(), metric, study, selfTest };
  } finally {
    predictor.dispose();
  }
}

/** What the last bits of a probability become where a calibration is steep: nothing that an artefact could help. */
function calibrationSlack(raw: Matrix, calibration: PredictorParts['calibration']): number {
  if (!calibration) return 0;
  const moved = (by: number) => calibrated({ ...raw, data: raw.data.map((p) => p + by) }, calibration).data;
  const [below, above] = [moved(-PROBABILITY_NOISE), moved(PROBABILITY_NOISE)];
  return above.reduce((slack, p, i) => Math.max(slack, Math.abs(p - below[i]) / 2), 0);
}

/** A model file that was opened; files of version 1 carry no self-test. */
export interface OpenedModel {
  readonly predictor: Predictor;
  readonly writer: string;
  readonly selfTest: SelfTest | null;
}

/**
 * Writes one model file of several targets, from files of one each, in their order.
 *
 * Throws   as `saveModel`
 */
export async function saveTargets(path: string, files: readonly string[]): Promise<void> {
  const bundles: Bundle[] = [];
  for (const file of files) bundles.push(await readBundle(file));
  const bytes = await encodeBundle(joinBundles(bundles, packageVersion()));
  for (const model of openedAll(await decodeBundle(bytes))) requirePass(path, await replayed(model, model.selfTest!));
  await writeWhole(path, bytes);
}

/** Reads a model file with all that it says of itself, a model for each target. Nothing in it is ever executed. */
export async function openBundles(path: string, engine?: Engine): Promise<OpenedModel[]> {
  return openedAll(await readBundle(path), engine);
}

/** The same of a file of one target. */
export async function openBundle(path: string, engine?: Engine): Promise<OpenedModel> {
  return onlyOne(await openBundles(path, engine));
}

function openedAll(bundle: Bundle, engine?: Engine): OpenedModel[] {
  const models = asDataFault(() => splitBundle(bundle)).map((own) => opened(own, engine));
  const names = models.map(({ predictor }) => predictor.parts.schema.target.name);
  checkData(new Set(names).size === names.length, 'model', 'must have a model of each of its targets', names);
  return models;
}

function onlyOne(models: readonly OpenedModel[]): OpenedModel {
  if (models.length === 1) return models[0];
  const names = models.map(({ predictor }) => predictor.parts.schema.target.name);
  for (const { predictor } of models) predictor.dispose();
  throw new ToolkitError('usage', { where: 'model', rule: 'must be of one target', got: names });
}

function opened({ json, tensors, writer }: Bundle, engine: Engine = chooseEngine('wasm').engine): OpenedModel {
  return asDataFault(() => {
    requireParts(json, tensors);
    const { selfTest = null, ...parts } = json as { selfTest?: SelfTest } & JsonObject;
    return { predictor: new Predictor(partsFromBundle(parts, tensors), engine), writer, selfTest };
  });
}

/** What a well-formed file makes of this program is the file's fault: its checksum says nothing of its content. */
function asDataFault<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw dataFault(error);
  }
}

function dataFault(error: unknown): ToolkitError {
  if (error instanceof ToolkitError && error.kind !== 'usage') return error;
  const said = error instanceof Error ? error.message : String(error);
  const hint = `It was changed by hand, or by a faulty program: ${said.split('\n')[0].replace(/\.$/, '')}.`;
  return new ToolkitError('data', { where: 'model', rule: 'must be a model that predicts', hint }, { cause: error });
}

/** A model that predicts its self-test so far off was not written so, whatever computes it here. */
const FAR_OFF = 1000;

/**
 * Refuses a model that cannot predict or says something else than when it was written: the rows of its self-test are predicted, or rows made
 * alike where it carries none.
 */
async function requireSound({ predictor, selfTest }: OpenedModel): Promise<void> {
  try {
    const rows = selfTest?.rows ?? selfTestRows(planOf(predictor.parts));
    const { data } = await predictor.predict(encodeRows(rows, predictor.parts.schema).frame);
    const isFinite = data.every((value) => Number.isFinite(value));
    checkData(isFinite, 'model', 'must predict numbers', 'something else');
    if (selfTest && !(judge(selfTest, data).share <= FAR_OFF)) requirePass('model', judge(selfTest, data));
  } catch (error) {
    predictor.dispose();
    throw dataFault(error);
  }
}

/** The result of a self-test; disposes of the model. */
export async function replayed({ predictor }: OpenedModel, selfTest: SelfTest): Promise<SelfTestResult> {
  try {
    const { data } = await predictor.predict(encodeRows(selfTest.rows, predictor.parts.schema).frame);
    return judge(selfTest, data, surenessOf(predictor));
  } finally {
    predictor.dispose();
  }
}

function surenessOf({ parts: { task, k, threshold, costs, uncertainty } }: Predictor): Sureness {
  return { task, k, threshold: threshold ?? null, costs: costs ?? null, uncertainty: uncertainty ?? null };
}

/** Throws `data` for a self-test that was not passed. */
export function requirePass(where: string, { ok, rows, difference }: SelfTestResult): void {
  const rule = `all ${rows} rows of the self-test must be predicted as when the model was written`;
  checkData(ok, where, rule, `a difference of ${difference.toPrecision(3)}`, 'Do not use this file here.');
}

/** Reads a model file for prediction, a model for each target. */
export async function openModels(path: string, engine?: Engine): Promise<Predictor[]> {
  return (await soundOnes(await openBundles(path, engine))).map(({ predictor }) => predictor);
}

/** The same of a file of one target. */
export async function openModel(path: string, engine?: Engine): Promise<Predictor> {
  const model = await openBundle(path, engine);
  await requireSound(model);
  return model.predictor;
}

/** Models from the bytes of a model file. */
export async function openModelBytes(bytes: Uint8Array): Promise<OpenedModel[]> {
  return soundOnes(openedAll(await decodeBundle(bytes)));
}

async function soundOnes(models: OpenedModel[]): Promise<OpenedModel[]> {
  try {
    for (const model of models) await requireSound(model);
    return models;
  } catch (error) {
    for (const { predictor } of models) predictor.dispose();
    throw error;
  }
}

/** Refuses a file that is well formed, but not a model: the checksum says only that nobody changed it since. */
function requireParts(json: JsonObject, tensors: Readonly<Record<string, Tensor>>): void {
  const where = 'model';
  const { task, k, schema } = json as { task?: unknown; k?: unknown; schema?: SchemaJson | null };
  const { name: targetName, classes } = schema?.target ?? {};
  const hasClasses = Array.isArray(classes) && classes.every((label) => typeof label === 'string');
  checkData(typeof targetName === 'string' && hasClasses, where, 'must name its target and classes', schema?.target);
  const outputs = task === 'regression' ? 1 : classes.length;
  // Before memory is taken for them.
  checkData(task !== 'regression' ? k === outputs && outputs > 1 : true, where, 'must have a class per probability', k);
  for (const [name, { data }] of Object.entries(tensors)) {
    checkData(data.every(Number.isFinite), where, 'every learned number must be finite', name);
  }
  for (const key of ['schema', 'recipes', 'members']) {
    checkData(typeof json[key] === 'object' && json[key] !== null, where, `must have ${key}`, json[key] ?? null);
  }
  requireReading(schema?.reading);
  const members = json['members'] as unknown as readonly MemberJson[];
  checkData(Array.isArray(json['members']) && members.length > 0, where, 'must have members', json['members']);
  for (const { name, folds = [] } of members) {
    folds.forEach(({ recipe, tensors: names = [] }, fold) => {
      const hasRecipe = Object.hasOwn(json['recipes'] as JsonObject, recipe);
      checkData(hasRecipe, where, 'must have the preparation of every fold', recipe);
      const missing = names.map((tensor) => `${name}/${fold}/${tensor}`).find((key) => !Object.hasOwn(tensors, key));
      checkData(missing === undefined, where, 'must have every tensor of every fold', missing);
    });
  }
}

/** What was said of a file is said again of the next one. */
function requireReading(reading: unknown): void {
  if (reading === undefined) return;
  const where = 'model';
  const isObject = typeof reading === 'object' && reading !== null;
  checkData(isObject, where, 'must say in words how files are read', reading);
  for (const [word, value] of Object.entries(reading)) {
    const fits = word === 'header' ? typeof value === 'number' : typeof value === 'string';
    checkData(fits, where, `must say in words how files are read (${word})`, value);
  }
  checkReading(reading);
}

interface SchemaJson {
  readonly target?: TargetJson | null;
  readonly reading?: unknown;
}

interface TargetJson {
  readonly name?: unknown;
  readonly classes?: unknown;
}

interface MemberJson {
  readonly name: string;
  readonly folds?: readonly FoldJson[];
}

interface FoldJson {
  readonly recipe: string;
  readonly tensors?: readonly string[];
}
