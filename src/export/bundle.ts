/** @file The model file: JSON and tensors in one safetensors container, with a version and a checksum over both. */

import type { JsonObject, JsonValue, Safetensors, Tensor } from '../core/index.js';
import { bytesOf, check, dtypeOf, readSafetensors, ToolkitError, writeSafetensors } from '../core/index.js';
import type { ColumnSchema, Schema } from '../data/index.js';
import { checkSum, checkVersion, FORMAT, notAModel, sha256Of } from './artefact.js';

/**
 * Raised whenever older programs could not read, or would misread, what newer ones write; every version stays readable.
 * 1: schema, recipes, members · 2: also self-test rows, and what is done to probabilities after the models · 3: stacked members ·
 * 4: numbers with units, signs around them, or as times; dates of a month in letters and a year · 5: how new files are to be read ·
 * 6: trees that split by categories · 7: trees that say logarithms of numbers, and forests that are
 * packed · 8: words of texts that are weighed · 9: costs that decide · 10: networks that say logarithms of numbers ·
 * 11: MLPs that see functions of columns · 12: straight lines that say logarithms of numbers, and columns in an order ·
 * 13: counts for an exposure · 14: quantiles · 15: models of a changed target · 16: several targets.
 */
export const BUNDLE_VERSION = 16;

/** The version of files with models of several targets, whatever these are. */
export const SEVERAL_TARGETS = 16;

/** The earliest version whose programs read what is to be written as it is meant. */
export function bundleVersion(json: JsonObject): number {
  const { columns = [], target, reading } = (json['schema'] ?? {}) as unknown as Partial<Schema>;
  const isNew = ({ units, signs, clock, dateFormat }: ColumnSchema) =>
    (units ?? signs ?? clock) !== undefined || dateFormat === 'MMM YYYY';
  if (hasChanged(json)) return 15;
  if (target?.quantiles !== undefined) return 14;
  if (target?.exposure !== undefined) return 13;
  if (linesSayLogs(json) || columns.some(({ kind }) => kind === 'ordinal')) return 12;
  if (hasBasis(json)) return 11;
  if (networksSayLogs(json)) return 10;
  if (json['costs'] !== undefined) return 9;
  if (columns.some(({ kind, mostWords }) => kind === 'text' && mostWords !== undefined)) return 8;
  if (saysLogs(json) || hasPacked(json)) return 7;
  if (splitsCategories(json)) return 6;
  if (reading !== undefined) return 5;
  if (columns.some(isNew)) return 4;
  return json['combine'] === undefined ? 2 : 3;
}

/** Whether a model is a forest with sets of categories, or a preparation makes codes of them. */
function splitsCategories(json: JsonObject): boolean {
  const kinds = Object.values((json['recipes'] ?? {}) as JsonObject).map((recipe) => (recipe as JsonObject)['kind']);
  return kinds.includes('native') || modelsOf(json).some(({ tensors = [] }) => tensors.includes('sets'));
}

/** Whether exp is taken of what some trees say. */
function saysLogs(json: JsonObject): boolean {
  return modelsOf(json).some((model) => model.json?.['link'] !== undefined);
}

/** Of networks, whose scaling earlier programs take for one without them. */
function networksSayLogs(json: JsonObject): boolean {
  return modelsOf(json).some((model) => (model.json?.['scaling'] as { link?: string } | undefined)?.link !== undefined);
}

/** Whether models were fitted on a changed target, also within those of levels. */
function hasChanged(json: JsonObject): boolean {
  const isIt = ({ kind, json: own }: StoredModel): boolean =>
    kind === 'transformed' ||
    (kind === 'quantiles' && (own?.['models'] as unknown as readonly StoredModel[]).some(isIt));
  return modelsOf(json).some(isIt);
}

/** Of linear models, whose scaling earlier programs do not look at. */
function linesSayLogs(json: JsonObject): boolean {
  return modelsOf(json).some(({ kind, json: own }) => kind === 'linear' && own?.['scaling'] !== undefined);
}

/** Of a layer of an MLP, whose weights earlier programs take for those of a layer without one. */
function hasBasis(json: JsonObject): boolean {
  const layersOf = (spec: JsonValue | undefined) =>
    (spec as { layers?: readonly JsonObject[] } | undefined)?.layers ?? [];
  return modelsOf(json).some((model) => layersOf(model.json?.['spec']).some(({ basis }) => basis !== undefined));
}

function hasPacked(json: JsonObject): boolean {
  return modelsOf(json).some(({ tensors = [] }) => tensors.includes('codes'));
}

/** What a bundle says of a model: what is no tensor, and the names of its tensors. */
interface StoredModel {
  readonly kind?: string;
  readonly json?: JsonObject;
  readonly tensors?: readonly string[];
}

function modelsOf({ members = [] }: JsonObject): readonly StoredModel[] {
  return (members as unknown as readonly { readonly folds?: readonly StoredModel[] }[]).flatMap(
    ({ folds = [] }) => folds,
  );
}

/** A fitted model taken apart; nothing in it is executable. */
export interface Bundle {
  /** From 1 to BUNDLE_VERSION. */
  readonly formatVersion: number;
  /** Version of the lrnn-automl that wrote it. */
  readonly writer: string;
  /** Everything that JSON can say: schema, recipes, settings. Finite numbers only. */
  readonly json: JsonObject;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/**
 * The bytes of a model file.
 *
 * Throws   usage: a number that is not finite in `json`, or a shape that does not fit its data
 */
export async function encodeBundle({ formatVersion, writer, json, tensors }: Bundle): Promise<Uint8Array> {
  const metadata = {
    format: FORMAT,
    format_version: String(formatVersion),
    written_by: `${FORMAT} ${writer}`,
    model: stringify(json),
  };
  const sha256 = await checksum({ metadata, tensors });
  return writeSafetensors({ metadata: { ...metadata, sha256 }, tensors });
}

/**
 * Reads a model file of this version or of an earlier one.
 *
 * Throws   data: not a model file, cut short, or changed since it was written; state: of a newer version
 */
export async function decodeBundle(bytes: Uint8Array): Promise<Bundle> {
  const { metadata, tensors } = read(bytes);
  if (metadata['format'] !== FORMAT) throw notAModel();
  checkVersion(metadata['format_version'], BUNDLE_VERSION);
  const { sha256, ...content } = metadata;
  checkSum(sha256, await checksum({ metadata: content, tensors }));
  const { written_by: writtenBy = '', model = '{}' } = content;
  const writer = writtenBy.replace(`${FORMAT} `, '');
  return { formatVersion: Number(content['format_version']), writer, json: parse(model), tensors };
}

function parse(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    const parts = { where: 'model', rule: 'must say in JSON what it is', got: 'something else' };
    throw new ToolkitError('data', parts, { cause: error });
  }
}

/**
 * SHA-256, in hexadecimal digits, of the JSON text [[[key, text], ...], [[name, dtype, shape, SHA-256 of the bytes], ...]],
 * both lists sorted by name: it speaks of the content, however the file is laid out.
 */
async function checksum({ metadata, tensors }: Safetensors): Promise<string> {
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
  const rows = Object.entries(tensors)
    .sort(byName)
    .map(async ([name, { shape, data }]) => [name, dtypeOf(data), shape, await sha256Of(bytesOf(data))]);
  return sha256Of(
    new TextEncoder().encode(JSON.stringify([Object.entries(metadata).sort(byName), await Promise.all(rows)])),
  );
}

/** JSON would turn NaN and Infinity into null without a word. */
function stringify(json: JsonObject): string {
  return JSON.stringify(json, (key, value: JsonValue) => {
    check(typeof value !== 'number' || Number.isFinite(value), 'model', `number "${key}" must be finite`, value);
    return value;
  });
}

function read(bytes: Uint8Array): Safetensors {
  try {
    return readSafetensors(bytes);
  } catch (error) {
    const isForeign = error instanceof ToolkitError && error.parts.rule.includes('safetensors file');
    throw isForeign ? notAModel(error) : error;
  }
}
