/** @file Names of a study's files. */

import { join } from 'node:path';

export const STUDY_FILE = 'study.sqlite';
export const MODEL_FILE = 'model.safetensors';

export function studyFile(folder: string): string {
  return join(folder, STUDY_FILE);
}
