/** @file Taking a study of several targets away, with all of its targets: they share a table, a deal of its rows and a model file. */

import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { StudyBelongings } from './keep-study.js';
import { removeStudy, requireUnused, takeAway } from './keep-study.js';
import { MODEL_FILE } from './study-paths.js';
import { readTargets, targetFolder, TARGETS_FILE, TARGETS_FOLDER } from './targets.js';

const OURS = new Set([MODEL_FILE, TARGETS_FILE, `${TARGETS_FILE}.part`]);

/**
 * Takes the studies of all targets away, what is of all of them, and the table where that is beside them; as `removeStudy` does.
 *
 * @param belongingsOf  what may lie in the folder of one target
 * Returns  the names of what stays in the folder; none where the folder is gone
 * Throws   state: a process holds one of the studies, or a folder cannot be written; data: the list of targets cannot be read
 */
export function removeTargets(whole: string, belongingsOf: (folder: string) => StudyBelongings): readonly string[] {
  const folders = (readTargets(whole) ?? []).map((own) => targetFolder(whole, own)).filter((own) => existsSync(own));
  folders.forEach(requireUnused);
  const belongings = folders.map(belongingsOf);
  folders.forEach((folder, t) => removeStudy(folder, belongings[t]));
  const dataFile = belongings.find((own) => own.dataFile !== null)?.dataFile ?? null;
  const isOurs = (name: string): boolean =>
    OURS.has(name) || (name === TARGETS_FOLDER && isEmptyFolder(join(whole, name)));
  return takeAway(whole, { isOurs, dataFile, last: TARGETS_FILE });
}

function isEmptyFolder(folder: string): boolean {
  return lstatSync(folder).isDirectory() && readdirSync(folder).length === 0;
}
