/** @file What every candidate says on a draw of a set's training rows, kept as JSON and not asked for again. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';

import type { FoldResult } from '../../src/automl/index.js';
import { inlineExecutor, Predictor } from '../../src/automl/index.js';
import type { Matrix, Task } from '../../src/core/index.js';
import { deriveSeed, FAMILIES } from '../../src/core/index.js';
import { encodeFrame, encodeTarget } from '../../src/data/index.js';
import { readCsv } from '../../src/data/node.js';
import type { Engine } from '../../src/engine/index.js';
import type { DataSize } from '../../src/models/index.js';
import type { LoadedData } from '../../src/run/fit/load-data.js';
import { loadData } from '../../src/run/fit/load-data.js';
import { checkOptions } from '../../src/run/fit/options.js';
import { newGroups, sizeOf } from '../../src/run/fit/search-plan.js';
import { planTrials } from '../../src/search/index.js';
import { kept } from '../accuracy/contenders.js';
import type { DataSet } from '../accuracy/sets.js';
import { drawRows, splitSet } from '../accuracy/sets.js';
import type { Candidate } from './candidates.js';
import { candidatesFor, isSame } from './candidates.js';

/** What can be blended and judged without another fit. */
export interface Draw extends Rows {
  readonly answers: readonly Answer[];
  /** Names of candidates in the order in which a search of the product would try them. */
  readonly product: readonly string[];
}

interface Rows {
  readonly name: string;
  readonly set: string;
  /** Which draw of as many rows. */
  readonly draw: number;
  readonly task: Task;
  readonly size: DataSize;
  readonly y: Float32Array;
  /** Fold f has rows [starts[f], starts[f + 1]) of y and of every `oof`. */
  readonly starts: readonly number[];
  readonly judgedY: Float32Array;
}

export interface Answer extends Candidate {
  /** Of the rows of each fold, by the model that did not learn from it. */
  readonly oof: Matrix;
  /** Of the judging rows, by the mean of the fold models. */
  readonly judged: Matrix;
  /** Of the processor, for all folds together. */
  readonly seconds: number;
}

export interface Asked {
  readonly data: string;
  readonly out: string;
  readonly rows: number;
  readonly draw: number;
  readonly folds: number;
  /** Of the names of candidates, those that are looked at. */
  readonly only: RegExp;
  /** Asked before every fit: true leaves what is missing to another run. */
  readonly isOver: () => boolean;
  readonly engine: Engine;
}

/** Of a set's training rows at most so many are learned from, so that others are left to judge. */
const MOST = 0.7;
/** Trials of the product's order that are looked at. */
const TRIALS = 20;
const FOLDS_SEED = 0;

/** The answers of all candidates on one draw of a set, those that fail left out; null where time is over before they are complete. */
export async function answersOn(set: DataSet, asked: Asked): Promise<Draw | null> {
  const name = `${set.name}-${asked.rows}-${asked.draw}`;
  const folder = join(asked.out, name);
  mkdirSync(folder, { recursive: true });
  let fitter: Fitter | null = null;
  const opened = async () => (fitter ??= await openFitter(set, asked, folder));
  try {
    const facts = await kept<PackedRows>(join(folder, 'rows.json'), async () => (await opened()).facts);
    const answers: Answer[] = [];
    for (const candidate of candidatesFor(facts.size).filter(({ name }) => asked.only.test(name))) {
      const file = join(folder, `${candidate.name.replaceAll(/[^a-z0-9.]+/g, '-')}.json`);
      if (!existsSync(file) && asked.isOver()) return null;
      const found = await kept<Packed | 'failed'>(file, async () => (await opened()).fit(candidate));
      if (found === 'failed') continue;
      answers.push({ ...candidate, oof: unpack(found.oof), judged: unpack(found.judged), seconds: found.seconds });
    }
    const { size, starts } = facts;
    const [y, judgedY] = [unpack(facts.y).data, unpack(facts.judgedY).data];
    const product = productOrder(size, answers);
    return { name, set: set.name, draw: asked.draw, task: set.task, size, starts, y, judgedY, answers, product };
  } finally {
    await (fitter as Fitter | null)?.close();
  }
}

interface Fitter {
  readonly facts: PackedRows;
  fit(candidate: Candidate): Promise<Packed | 'failed'>;
  close(): Promise<void>;
}

/** Reads a draw, and fits candidates on it. */
async function openFitter(set: DataSet, asked: Asked, out: string): Promise<Fitter> {
  const { target, task } = set;
  const files = splitSet(asked.data, set, join(asked.out, 'splits'));
  const known = parse(readFileSync(files.train), { bom: true }).length - 1;
  const rows = Math.min(asked.rows, Math.round(MOST * known));
  const parts = drawRows(files, set, { rows, draw: asked.draw });
  const { folds } = asked;
  const loaded = await loadData(
    checkOptions({ data: parts.train, target, task, holdout: 0, folds, seed: FOLDS_SEED, out }),
  );
  const { data } = loaded;
  const judged = await judgingRows(loaded, parts.test);
  const executor = inlineExecutor(data, asked.engine);
  const starts = [0];
  for (const { validation } of data.folds) starts.push(starts.at(-1)! + validation.length);
  const y = Float32Array.from(data.folds.flatMap(({ validation }) => [...validation].map((row) => data.y[row])));
  return {
    facts: { size: sizeOf(data), starts, y: packed(y), judgedY: packed(judged.y) },
    async fit(candidate) {
      const { family, params } = candidate;
      const before = process.cpuUsage();
      const fits: FoldResult[] = [];
      for (let fold = 0; fold < data.folds.length; fold++) {
        const seed = deriveSeed(asked.draw, 'portfolio', fold);
        const fit = await executor.run({ trial: 0, fold, family, params, seed });
        if (!fit.ok) {
          console.error(`${set.name}: ${candidate.name}: ${fit.error}`);
          return 'failed';
        }
        fits.push(fit);
      }
      const { user } = process.cpuUsage(before);
      return { ...(await answerOf(fits, candidate, loaded, judged.frame, asked.engine)), seconds: user / 1e6 };
    },
    close: () => executor.close(),
  };
}

async function judgingRows({ schema }: LoadedData, file: string) {
  const csv = await readCsv(file, { missingTokens: schema.missingTokens });
  const column = csv.table.column(schema.target.name)!;
  const { classes } = schema.target;
  const rows = Array.from({ length: csv.rowCount }, (_, row) => row).filter(
    (row) => classes.length === 0 || classes.includes(String(column.at(row))),
  );
  const { frame } = encodeFrame(csv, schema, rows);
  return { frame, y: encodeTarget(csv, schema, rows).y };
}

type Frame = Parameters<Predictor['predict']>[0];

async function answerOf(
  fits: readonly FoldResult[],
  { name, family, params }: Candidate,
  { schema, data }: LoadedData,
  frame: Frame,
  engine: Engine,
): Promise<Omit<Packed, 'seconds'>> {
  const good = fits.flatMap((fit) => (fit.ok ? [fit] : []));
  const folds = good.map(({ model, prepared }) => ({ recipe: prepared.key, state: model }));
  const recipes = Object.fromEntries(good.map(({ prepared }) => [prepared.key, prepared.recipe]));
  const members = [{ name, family, weight: 1, folds }];
  const predictor = new Predictor({ name, task: data.task, k: data.k, schema, recipes, members }, engine);
  const judged = await predictor.predict(frame);
  predictor.dispose();
  const oof = Float32Array.from(good.flatMap(({ predictions }) => [...predictions]));
  return { oof: packed(oof, judged.cols), judged: packed(judged.data, judged.cols), params };
}

/** What a study of the product would try on such a table, one trial after the other, as far as it is fixed. */
function productOrder(size: DataSize, answers: readonly Answer[]): string[] {
  const plan = planTrials({ groups: newGroups(size, { families: FAMILIES }, false) });
  const names: string[] = [];
  for (let t = 0; t < 3 * TRIALS && names.length < TRIALS; t++) {
    const step = plan.step(t);
    if (step?.kind !== 'fixed') continue;
    const family = step.group as Candidate['family'];
    const found = answers.find((answer) => isSame(answer, { family, params: step.params }));
    if (found) names.push(found.name);
  }
  return names;
}

interface PackedMatrix {
  readonly cols: number;
  readonly data: string;
}

interface PackedRows extends Pick<Rows, 'size' | 'starts'> {
  readonly y: PackedMatrix;
  readonly judgedY: PackedMatrix;
}

interface Packed extends Pick<Answer, 'seconds' | 'params'> {
  readonly oof: PackedMatrix;
  readonly judged: PackedMatrix;
}

function packed(data: Float32Array, cols = 1): PackedMatrix {
  return { cols, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}

function unpack({ cols, data }: PackedMatrix): Matrix {
  const numbers = new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);
  return { rows: numbers.length / cols, cols, data: numbers };
}
