/** @file ONNX files with their metadata: written whole, and read back as far as a check needs it. */

import type { JsonObject, Task } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { Schema } from '../../data/index.js';
import { requireCosts, requireUncertainty } from '../../evaluate/index.js';
import type { ArtefactContent } from '../artefact.js';
import { checkSum, checkVersion, FORMAT, notAModel, sha256Of } from '../artefact.js';
import type { Plan } from '../plan.js';
import type { SelfTest, Sureness } from '../self-test.js';
import type { OnnxInput } from './inputs.js';
import { onnxFile, onnxGraph } from './model.js';
import { readMessage } from './protobuf.js';

/** Raised whenever the inputs, the outputs or the metadata change their meaning; every version stays readable. 2: costs that decide · 3: counts for an exposure · 4: quantiles. */
export const ONNX_VERSION = 4;

/** What an ONNX file of ours says of itself. */
export interface OnnxArtefact {
  readonly writer: string;
  readonly inputs: readonly OnnxInput[];
  readonly schema: Schema;
  readonly selfTest: SelfTest;
  readonly sureness: Sureness;
}

/** The bytes of an ONNX file: one graph from raw columns to predictions. */
export async function encodeOnnx(
  plan: Plan,
  { writer, metric, study, selfTest }: ArtefactContent,
): Promise<Uint8Array> {
  const { bytes, inputs } = onnxGraph(plan);
  const { name, task, schema, uncertainty, threshold, costs } = plan;
  const metadata = {
    format: FORMAT,
    format_version: String(versionOf(plan)),
    written_by: `${FORMAT} ${writer}`,
    name,
    task,
    metric,
    target: schema.target.name,
    classes: JSON.stringify(schema.target.classes),
    inputs: JSON.stringify(inputs),
    schema: JSON.stringify(schema),
    study: JSON.stringify(study),
    self_test: JSON.stringify(selfTest),
    ...(uncertainty ? { uncertainty: JSON.stringify(uncertainty) } : {}),
    ...(threshold === null ? {} : { threshold: String(threshold) }),
    ...(costs === null ? {} : { costs: JSON.stringify(costs) }),
  };
  return onnxFile(bytes, writer, { ...metadata, sha256: await checksum(metadata, bytes) });
}

function versionOf({ exposure, costs, schema }: Plan): number {
  if (schema.target.quantiles) return ONNX_VERSION;
  return exposure !== null ? 3 : costs !== null ? 2 : 1;
}

/**
 * Reads what an ONNX file says of itself. The graph is only weighed, not understood.
 *
 * Throws   data: not ours, cut short, or changed since it was written; state: of a newer version
 */
export async function decodeOnnx(bytes: Uint8Array): Promise<OnnxArtefact> {
  const fields = readMessage(bytes);
  const graph = fields?.find(({ field }) => field === 7)?.bytes;
  const metadata = Object.fromEntries(
    (fields ?? []).filter(({ field }) => field === 14).map(({ bytes: b }) => entryOf(b)),
  );
  if (!graph || metadata['format'] !== FORMAT) throw fields === null ? damaged() : notAModel();
  checkVersion(metadata['format_version'], ONNX_VERSION);
  const { sha256, ...content } = metadata;
  checkSum(sha256, await checksum(content, graph));
  const json = (key: string) => JSON.parse(content[key]) as JsonObject;
  return {
    writer: content['written_by'].replace(`${FORMAT} `, ''),
    inputs: json('inputs') as unknown as OnnxInput[],
    schema: json('schema') as unknown as Schema,
    selfTest: json('self_test') as unknown as SelfTest,
    sureness: surenessOf(content),
  };
}

/** Files of earlier versions do not know how sure they are, and keep their threshold in the graph alone. */
function surenessOf({ task, classes, threshold, costs, uncertainty }: Readonly<Record<string, string>>): Sureness {
  const names = JSON.parse(classes) as string[];
  const own: unknown = uncertainty === undefined ? null : JSON.parse(uncertainty);
  if (own !== null) requireUncertainty(own, names.length);
  const said: unknown = costs === undefined ? null : JSON.parse(costs);
  if (said !== null) requireCosts(said, names.length);
  return {
    task: task as Task,
    k: Math.max(1, names.length),
    threshold: threshold === undefined ? null : Number(threshold),
    costs: said,
    uncertainty: own,
  };
}

function entryOf(bytes: Uint8Array): [string, string] {
  const fields = readMessage(bytes) ?? [];
  const text = (number: number) => new TextDecoder().decode(fields.find(({ field }) => field === number)?.bytes);
  return [text(1), text(2)];
}

/** SHA-256 of the JSON text [[[key, text], ...] sorted by key, SHA-256 of the graph's bytes]. */
async function checksum(metadata: Readonly<Record<string, string>>, graph: Uint8Array): Promise<string> {
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Of(new TextEncoder().encode(JSON.stringify([entries, await sha256Of(graph)])));
}

function damaged(): ToolkitError {
  const hint = 'The file is cut short or damaged; copy or export it again.';
  return new ToolkitError('data', { where: 'model', rule: 'must be an ONNX file', got: 'broken bytes', hint });
}
