/** @file The model file: JSON and tensors in one safetensors container, with a version and a checksum over both. */

import type { JsonObject, JsonValue, Safetensors, Tensor } from '../core/index.js';
import { bytesOf, check, dtypeOf, readSafetensors, ToolkitError, writeSafetensors } from '../core/index.js';

/** Raised whenever older programs could not read what newer ones write. */
export const BUNDLE_VERSION = 1;
const FORMAT = 'lrnn-automl';

/** A fitted model taken apart; nothing in it is executable. */
export interface Bundle {
  readonly formatVersion: typeof BUNDLE_VERSION;
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
 * Reads a model file.
 *
 * Throws   data: not a model file, cut short, changed since it was written, or of a newer version
 */
export async function decodeBundle(bytes: Uint8Array): Promise<Bundle> {
  const { metadata, tensors } = read(bytes);
  if (metadata['format'] !== FORMAT) throw notAModel();
  checkVersion(metadata['format_version']);
  const { sha256, ...content } = metadata;
  const found = await checksum({ metadata: content, tensors });
  if (found !== sha256) throw changed(sha256, found);
  const { written_by: writtenBy = '', model = '{}' } = content;
  const writer = writtenBy.replace(`${FORMAT} `, '');
  return { formatVersion: BUNDLE_VERSION, writer, json: JSON.parse(model) as JsonObject, tensors };
}

function checkVersion(version: string | undefined): void {
  if (version === String(BUNDLE_VERSION)) return;
  const isNewer = Number(version) > BUNDLE_VERSION;
  const hint = isNewer ? 'It was written by a newer lrnn-automl; upgrade to open it.' : undefined;
  const rule = `format version must be ${BUNDLE_VERSION}`;
  throw new ToolkitError('data', { where: 'model', rule, got: isNewer ? Number(version) : version, hint });
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

async function sha256Of(bytes: Uint8Array): Promise<string> {
  // A copy where the memory is shared between threads, which the digest refuses.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
  const digest = await globalThis.crypto.subtle.digest('SHA-256', own);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
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

function notAModel(cause?: unknown): ToolkitError {
  const hint = 'Models end in .safetensors and come from lrnn fit or lrnn export.';
  return new ToolkitError(
    'data',
    { where: 'model', rule: 'must be a file written by lrnn-automl', got: 'another file', hint },
    { cause },
  );
}

function changed(expected: string | undefined, found: string): ToolkitError {
  const hint = 'The file has changed since it was written; copy or export it again.';
  const rule = `checksum must be ${expected?.slice(0, 12) ?? 'there'}`;
  return new ToolkitError('data', { where: 'model', rule, got: found.slice(0, 12), hint });
}
