/** @file Any finished model of a study as a file of its own. */

import { join } from 'node:path';

import { predictorParts, studyRecord, unknownModel } from '../automl/index.js';
import { check } from '../core/index.js';
import { openSqliteStorage } from '../search/node.js';
import { saveModel } from './bundle.js';
import type { ExportFormat } from './contract.js';
import { openStudy, studyFile } from './study-folder.js';

/**
 * Writes the named model (null: the best on the leaderboard) and returns the path.
 *
 * Throws   usage: no such model, a format that this version does not write; state: nothing finished yet
 */
export async function exportModel(
  folder: string,
  model: string | null,
  format: ExportFormat,
  out: string | null,
): Promise<string> {
  check(format === 'safetensors', 'export', 'format must be safetensors in this version', format);
  const reader = openStudy(folder);
  const view = reader.view();
  reader.close();
  const finished = view.trials.filter(({ state }) => state === 'complete').map((trial) => trial.model);
  if (view.ensemble.length > 0) finished.unshift('ensemble');
  const name = model ?? view.summary.best ?? '';
  if (!finished.includes(name)) throw unknownModel(name, finished);
  const storage = openSqliteStorage(studyFile(folder), { readonly: true });
  try {
    const path = out ?? join(folder, `${name}.safetensors`);
    await saveModel(path, predictorParts(storage, name), studyRecord.settings(storage)!);
    return path;
  } finally {
    storage.close();
  }
}
