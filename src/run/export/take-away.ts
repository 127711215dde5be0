/** @file A study's tables and a model's card as files: what pages offer for download, for those who have a terminal only. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';

import { ToolkitError } from '../../core/index.js';
import type { ModelExplanation } from '../../explain/index.js';
import {
  foldsCsv,
  holdoutCsv,
  importancesCsv,
  leaderboardCsv,
  modelCard,
  outOfFoldCsv,
  trialsCsv,
  worstCsv,
} from '../../report/index.js';
import type { StudyReader } from '../contract.js';
import { Explanations } from '../serve/explanations.js';
import { openStudy } from '../study/study-folder.js';

interface Asked {
  readonly folder: string;
  /** Null: the best one. */
  readonly model: string | null;
  readonly out: string | null;
}

/** Writes the card into `out`, or into the study folder, and returns the path. */
export async function exportCard({ folder, model, out }: Asked): Promise<string> {
  return reading(folder, async (reader) => {
    const study = reader.view();
    const view = reader.model(nameOf(model, study.summary.best, folder));
    const explanation = await explained(folder, reader, view.entry.model);
    const path = out ?? join(folder, `${view.entry.model}-card.md`);
    await write(path, modelCard({ study, view, name: basename(resolve(folder)), explanation }));
    return path;
  });
}

/**
 * Tables of the study and of one model: into a folder of them (`csv` in the study folder), or, where `out` ends in `.csv`, the one
 * table that was meant: the leaderboard, or with a model its out-of-fold predictions.
 */
export async function exportTables({ folder, model, out }: Asked): Promise<string> {
  return reading(folder, async (reader) => {
    const study = reader.view();
    if (out !== null && extname(out).toLowerCase() === '.csv') {
      await write(out, model === null ? leaderboardCsv(study) : outOfFoldCsv(study, reader.model(model)));
      return out;
    }
    const place = out ?? join(folder, 'csv');
    const view = reader.model(nameOf(model, study.summary.best, folder));
    const explanation = await explained(folder, reader, view.entry.model);
    const name = view.entry.model;
    const tables: Readonly<Record<string, string | null>> = {
      leaderboard: leaderboardCsv(study),
      trials: trialsCsv(study),
      folds: foldsCsv(study),
      [`${name}-oof`]: outOfFoldCsv(study, view),
      [`${name}-holdout`]: holdoutCsv(study, view),
      [`${name}-worst`]: explanation && worstCsv(study, explanation),
      [`${name}-importances`]: explanation && importancesCsv(explanation),
    };
    await mkdir(place, { recursive: true }).catch((error: Error) => {
      throw unwritable(place, error);
    });
    for (const [table, text] of Object.entries(tables))
      if (text !== null) await write(join(place, `${table}.csv`), text);
    return place;
  });
}

async function reading<T>(folder: string, work: (reader: StudyReader) => Promise<T>): Promise<T> {
  const reader = openStudy(folder);
  try {
    return await work(reader);
  } catch (error) {
    throw reader.blame(error);
  } finally {
    reader.close();
  }
}

function nameOf(model: string | null, best: string | null, folder: string): string {
  if (model !== null) return model;
  if (best !== null) return best;
  throw new ToolkitError('state', { where: 'export', rule: 'study must have a finished model', got: folder });
}

async function explained(folder: string, reader: StudyReader, model: string): Promise<ModelExplanation | null> {
  const explanations = new Explanations();
  try {
    return await explanations.model({ folder, edition: reader.edition() }, model);
  } finally {
    await explanations.close();
  }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: Error) => {
    throw unwritable(path, error);
  });
}

function unwritable(path: string, error: Error): ToolkitError {
  const parts = { where: 'export', rule: 'output must be writable', got: path, hint: `${error.message}.` };
  return new ToolkitError('usage', parts, { cause: error });
}
