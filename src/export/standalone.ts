/** @file A predictor as one JavaScript module: a template that mirrors our own prediction, and the numbers it works on. */

import type { JsonObject } from '../core/index.js';
import type { ColumnSchema } from '../data/index.js';
import type { ArtefactContent } from './artefact.js';
import { checkSum, checkVersion, FORMAT, notAModel, sha256Of } from './artefact.js';
import { missingTexts } from './missing-texts.js';
import type { Plan } from './plan.js';

/** Raised whenever `predict`, `schema` or `selfTest` change their meaning. */
export const STANDALONE_VERSION = 1;

export interface Standalone {
  /** The module. */
  readonly code: string;
  /** Its declarations, for the file of types beside it. */
  readonly types: string;
}

/** The template's place for the model. */
const PLACE = "JSON.parse('MODEL')";
const HEAD = /^\/\/ (\S+) (\d+) sha256 ([0-9a-f]{64})\n/;

/** The module of a plan, around the text of `templates/model.mjs`. */
export async function encodeStandalone(plan: Plan, template: string, content: ArtefactContent): Promise<Standalone> {
  const { name, task, schema } = plan;
  const { writer, metric, study, selfTest } = content;
  const about = { format: FORMAT, formatVersion: STANDALONE_VERSION, writer, name, task, metric, study };
  const features = plan.features.map((feature) => schema.columns.indexOf(feature.schema));
  const exposure = plan.exposure === null ? null : schema.columns.indexOf(plan.exposure);
  const missing = missingTexts(schema.missingTokens);
  const { sources, texts, recipes, models, combine, calibration, threshold, costs, exact, uncertainty } = plan;
  const decision = { threshold, costs };
  const predicting = {
    features,
    exposure,
    sources,
    texts,
    recipes,
    models,
    combine,
    calibration,
    ...decision,
    exact,
    uncertainty,
  };
  const model = { about, schema, missing, ...predicting, selfTest };
  if (!template.includes(PLACE)) throw new Error('templates/model.mjs has no place for the model');
  const body = `${comment(plan, writer)}\n${template.replace(PLACE, () => `JSON.parse(${literal(model)})`)}`;
  const sha256 = await sha256Of(new TextEncoder().encode(body));
  return { code: `// ${FORMAT} ${STANDALONE_VERSION} sha256 ${sha256}\n${body}`, types: declarations(plan) };
}

/**
 * Refuses a module that is not as it was written.
 *
 * Throws   data: not ours, or changed since; state: of a newer version
 */
export async function checkStandalone(code: string): Promise<void> {
  const [head, format, version, sha256] = HEAD.exec(code) ?? [];
  if (head === undefined || format !== FORMAT) throw notAModel();
  checkVersion(version, STANDALONE_VERSION);
  checkSum(sha256, await sha256Of(new TextEncoder().encode(code.slice(head.length))));
}

function comment({ name, schema }: Plan, writer: string): string {
  const target = JSON.stringify(schema.target.name).replaceAll('*/', '*\\/');
  return [
    '/**',
    ` * Predicts ${target} from raw rows: the model ${name}, exported by lrnn-automl ${writer}. No dependencies; Node and browsers.`,
    ' *',
    " *     import { predict } from './this-file.mjs';",
    ' *     const [{ prediction }] = predict([{ ... }]);',
    ' */',
  ].join('\n');
}

/** JSON as a JavaScript string that may stand in a page, too: no quote, no `<`, no line separator is left bare. */
function literal(value: unknown): string {
  const json = JSON.stringify(value, (_, inner: unknown) => (ArrayBuffer.isView(inner) ? encodeArray(inner) : inner));
  const escaped = json
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('<', '\\x3c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `'${escaped}'`;
}

const TYPES = { Float32Array: 'float32', Float64Array: 'float64', Int32Array: 'int32', Uint8Array: 'uint8' } as const;

function encodeArray(array: ArrayBufferView): JsonObject {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return { type: TYPES[array.constructor.name as keyof typeof TYPES], base64: btoa(text) };
}

function declarations({ task, features, exposure, schema }: Plan): string {
  const counted = exposure
    ? [
        `  /** What the count is predicted for: above 0, never missing. */\n  ${JSON.stringify(exposure.name)}: number | string;`,
      ]
    : [];
  const rows = [
    ...counted,
    ...features.map(({ schema: column }) => `  ${JSON.stringify(column.name)}?: ${cellType(column)};`),
  ];
  const classes = schema.target.classes.map((name) => JSON.stringify(name)).join(' | ');
  const isClass = task !== 'regression';
  const { quantiles } = schema.target;
  return `/** A cell: text as in a CSV file, or a value of its own type; null, undefined, NaN and '' are missing. */
export type Cell = string | number | boolean | bigint | Date | null | undefined;

/** A raw row. Columns that are left out count as missing; others are not looked at. */
export interface Row {
${rows.join('\n')}
  [column: string]: unknown;
}
${isClass ? `\nexport type Class = ${classes};\n` : ''}
export interface Prediction {
${
  isClass
    ? `  /** The most probable class. */
  prediction: Class;
  /** Of each class; they sum to 1. */
  probabilities: Record<Class, number>;
  /** With \`interval\`: the class is among them with that probability; the most probable first. */
  set?: Class[];`
    : `  prediction: number;
${quantiles ? '  /** Every quantile by its level; the prediction is the one nearest to the median. */\n  quantiles: Record<string, number>;\n' : ''}  /** With \`interval\`: where the truth lies with that probability. */
  lower?: number;
  upper?: number;`
}
}

/** One prediction per row, in order; with \`interval\`, such as 0.9, how sure each is. */
export declare function predict(rows: readonly Row[], options?: { interval?: number }): Prediction[];

/** What in the rows training has not seen: cells per column. Nothing in it stops a prediction. */
export declare function check(rows: readonly Row[]): {
  unseenCategories: Record<string, number>;
  unparsable: Record<string, number>;
  outOfRange: Record<string, number>;
};

/**
 * What each column adds to what the model says of a row: exact Shapley values from the mean over background rows, which are yours
 * to choose. Null where the model is no sum of trees. Counted in the target's units, in probabilities, or in scores of classes
 * (log-odds of two; of more the logarithm of the probability less its mean over the classes), a number per class.
 */
export declare function contributions(
  row: Row,
  background: readonly Row[],
): {
  unit: 'prediction' | 'log-odds';
  base: number[];
  end: number[];
  columns: { column: string; values: number[] }[];
} | null;

/** Predicts the rows that the file carries and compares them with what they must give. */
export declare function selfTest(): { ok: boolean; rows: number; difference: number };

/** What the model was trained on. */
export declare const schema: {
  columns: { name: string; kind: string; levels?: string[] }[];
  target: { name: string; task: string; classes: string[]; positive?: { name: string; reason: string } };
  missingTokens: string[];
};

/** What the model is, and who wrote it. */
export declare const about: {
  format: string;
  formatVersion: number;
  writer: string;
  name: string;
  task: string;
  metric: string;
  study: Record<string, unknown>;
};
`;
}

function cellType({ kind }: ColumnSchema): string {
  const types: Readonly<Record<string, string>> = {
    numeric: 'number | string | null',
    boolean: 'boolean | string | number | null',
    date: 'Date | string | number | null',
  };
  return types[kind] ?? 'Cell';
}
