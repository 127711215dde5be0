/** @file Explanations of studies on disk: computed once, in a thread, and kept in the study's folder. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ModelExplanation, StudyExplanation } from '../../explain/index.js';
import { EXPLANATION_VERSION } from '../../explain/index.js';
import { studyFile } from '../study/study-paths.js';
import { writeWhole } from '../study/whole-file.js';
import type { RowAnswer, RowsAnswer } from './study-questions.js';
import { StudyThread } from './study-thread.js';

/** Below the study's folder. */
export const EXPLAIN_FOLDER = 'explain';

/** `edition` is what the study's reader says: a study that went on, or another in the same folder, is explained anew. */
export interface ExplainTarget {
  readonly folder: string;
  readonly edition: string;
}

/**
 * What a server asks about studies. Two threads, so that a form does not wait for an explanation.
 *
 * A folder that cannot be written costs time with every start, nothing else.
 */
export class Explanations {
  private readonly explainer = new StudyThread();
  private readonly predictor = new StudyThread();
  private readonly underWay = new Map<string, Promise<unknown>>();

  /** Null in studies that keep no sample of rows. */
  model(target: ExplainTarget, model: string): Promise<ModelExplanation | null> {
    const file = studyFile(target.folder);
    return this.once(target, `model-${model}`, () => this.explainer.ask({ kind: 'model', file, model }));
  }

  study(target: ExplainTarget): Promise<StudyExplanation> {
    const file = studyFile(target.folder);
    return this.once(target, 'study', () => this.explainer.ask({ kind: 'study', file }));
  }

  row({ folder, edition }: ExplainTarget, model: string, row: Readonly<Record<string, unknown>>): Promise<RowAnswer> {
    return this.predictor.ask({ kind: 'row', file: studyFile(folder), model, edition, row });
  }

  /** Predicts every row of a CSV file. */
  rows({ folder, edition }: ExplainTarget, model: string, csv: string, maxColumns?: number): Promise<RowsAnswer> {
    return this.predictor.ask({ kind: 'rows', file: studyFile(folder), model, edition, csv, maxColumns });
  }

  async close(): Promise<void> {
    await Promise.all([this.explainer.close(), this.predictor.close()]);
  }

  /** From the folder, or from whoever is at it already, or computed now and kept. */
  private once<T>({ folder, edition }: ExplainTarget, name: string, compute: () => Promise<T>): Promise<T> {
    const path = join(folder, EXPLAIN_FOLDER, `${name}-${edition}.json`);
    const kept = readKept<T>(path);
    if (kept !== undefined) return Promise.resolve(kept);
    const known = this.underWay.get(path) as Promise<T> | undefined;
    if (known) return known;
    const work = compute()
      .then((value) => {
        keep(path, value);
        return value;
      })
      .finally(() => this.underWay.delete(path));
    this.underWay.set(path, work);
    return work;
  }
}

/** Written by another version, cut off by a full disk: made again. */
function readKept<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as T & { version?: number };
    return value.version === EXPLANATION_VERSION ? value : undefined;
  } catch {
    return undefined;
  }
}

function keep(path: string, value: unknown): void {
  try {
    const folder = dirname(path);
    // Not those above it: a study that was taken away meanwhile stays away.
    if (!existsSync(folder)) mkdirSync(folder);
    writeWhole(path, JSON.stringify(value));
  } catch {
    // A page without a kept explanation is slower, not wrong.
  }
}
