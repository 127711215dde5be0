/** @file The best model of a study that has not finished: what an interrupted search can be asked meanwhile. */

import { deliveredParts, Predictor, studyRecord, studySummary } from '../../automl/index.js';
import { chooseEngine } from '../../engine/index.js';
import { openSqliteStorage } from '../../search/node.js';
import { openStudy } from './study-folder.js';
import { studyFile } from './study-paths.js';

/** Null where no trial has finished. Throws what is wrong with the study. */
export function openBestSoFar(folder: string): { readonly predictor: Predictor; readonly model: string } | null {
  // Says in one sentence what is wrong with a folder or a file.
  openStudy(folder).close();
  const storage = openSqliteStorage(studyFile(folder), { readonly: true });
  try {
    const model = studySummary(storage).best;
    if (model === null) return null;
    const { deterministic } = studyRecord.settings(storage)!;
    const { engine } = chooseEngine(deterministic ? 'wasm-simd' : 'wasm');
    return { predictor: new Predictor(deliveredParts(storage, model), engine), model };
  } finally {
    storage.close();
  }
}
