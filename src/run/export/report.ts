/** @file The report of a study as one file of HTML. */

import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import type { PredictorParts, StudyView } from '../../automl/index.js';
import { predictorParts, studyRecord } from '../../automl/index.js';
import { ToolkitError } from '../../core/index.js';
import { exactUnit } from '../../ensemble/index.js';
import type { ModelExplanation } from '../../explain/index.js';
import type { Explained, OfflineExact } from '../../report/index.js';
import {
  dataPage,
  explainedModels,
  modelPage,
  offlineStart,
  predictorLead,
  searchPage,
  studyPage,
  tryPage,
} from '../../report/index.js';
import type { StaticParts } from '../../report/node.js';
import { renderStatic } from '../../report/node.js';
import type { Storage } from '../../search/index.js';
import { openSqliteStorage } from '../../search/node.js';
import type { StudyReader } from '../contract.js';
import { packageVersion } from '../package-info.js';
import { standaloneCode } from '../predict/standalone.js';
import { Explanations } from '../serve/explanations.js';
import { openStudy, readingStudy } from '../study/study-folder.js';
import { studyFile } from '../study/study-paths.js';

export const REPORT_FILE = 'report.html';

/** A report can be mailed, with the winner of a usual search in it: the model that predicts there is the best one that fits. */
export const MAX_REPORT_BYTES = 3_000_000;

/**
 * Writes the report into `out`, or into the study folder, and returns the path.
 *
 * Throws   state: nothing finished yet; usage: the file cannot be written
 */
export async function exportReport(folder: string, out: string | null): Promise<string> {
  const path = out ?? join(folder, REPORT_FILE);
  const explanations = new Explanations();
  try {
    const html = await renderReport(folder, explanations);
    await writeFile(path, html).catch((error: Error) => {
      const parts = { where: 'export', rule: 'output must be writable', got: path, hint: `${error.message}.` };
      throw new ToolkitError('usage', parts, { cause: error });
    });
    return path;
  } finally {
    await explanations.close();
  }
}

/** One page with the winner, and with the best LRNN where that is another; under 3 MB for a hundred trials. */
export async function renderReport(folder: string, explanations: Explanations): Promise<string> {
  return readingStudy(studyFile(folder), () => renderWhole(folder, explanations));
}

async function renderWhole(folder: string, explanations: Explanations): Promise<string> {
  const reader = openStudy(folder);
  try {
    const view = reader.view();
    const best = view.summary.best;
    if (best === null) {
      throw new ToolkitError('state', { where: 'report', rule: 'study must have a finished model', got: folder });
    }
    const name = basename(resolve(folder));
    const target = { folder, edition: reader.edition() };
    const lrnn = view.summary.leaderboard.find(({ family }) => family === 'lrnn')?.model;
    const shown = lrnn === undefined || lrnn === best ? [best] : [best, lrnn];
    const models = [];
    const known = new Map<string, ModelExplanation | null>();
    for (const model of shown) {
      const explanation = await explanations.model(target, model);
      known.set(model, explanation);
      models.push(modelPage(view, reader.model(model), name, { explanation, preparation: reader.preparation(model) }));
    }
    const explanation = await explanations.study(target);
    const events = reader.events(Math.max(0, reader.lastEventId() - 1));
    const page = {
      name,
      version: packageVersion(),
      study: studyPage(view, { name, events, explanation, explained: explainedIn(view, known) }),
      search: searchPage(view, name),
      data: dataPage(view, reader.data(), name, reader.sample()),
      models,
    };
    return await withPredictor(page, folder, view, reader);
  } finally {
    reader.close();
  }
}

function explainedIn(view: StudyView, known: ReadonlyMap<string, ModelExplanation | null>): Explained {
  const { best, lrnn } = explainedModels(view);
  const of = (model: string | null): ModelExplanation | null => (model === null ? null : (known.get(model) ?? null));
  return { best: of(best), lrnn: of(lrnn) };
}

/** The page with the winner, or with the best model on the leaderboard that leaves it small enough; without one where none does. */
async function withPredictor(
  page: Omit<StaticParts, 'predictor'>,
  folder: string,
  view: StudyView,
  reader: StudyReader,
): Promise<string> {
  const sample = reader.sample();
  const without = await renderStatic({ ...page, predictor: null });
  const storage = openSqliteStorage(studyFile(folder), { readonly: true });
  try {
    for (const { model } of view.summary.leaderboard) {
      const parts = predictorParts(storage, model);
      const code = await codeOf(storage, parts);
      if (code === null || Buffer.byteLength(without) + Buffer.byteLength(code) > MAX_REPORT_BYTES) continue;
      const start = sample ? offlineStart(view, sample, exactOf(parts)) : null;
      const form = tryPage(view, { name: page.name, model, sample, maxUploadBytes: 0 });
      const html = await renderStatic({ ...page, predictor: { form, code, start, lead: predictorLead(view, model) } });
      if (Buffer.byteLength(html) <= MAX_REPORT_BYTES) return html;
    }
    return without;
  } finally {
    storage.close();
  }
}

/** What the module of a model says of contributions. */
function exactOf(parts: PredictorParts): OfflineExact | null {
  const exact = exactUnit(parts);
  return exact && { unit: exact.unit, models: parts.members.reduce((sum, { folds }) => sum + folds.length, 0) };
}

/** Null for a model that has no JavaScript form. */
async function codeOf(storage: Storage, parts: PredictorParts): Promise<string | null> {
  try {
    return await standaloneCode(parts, studyRecord.settings(storage)!);
  } catch (error) {
    if (error instanceof ToolkitError) return null;
    throw error;
  }
}
