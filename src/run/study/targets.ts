/** @file The folder of a study of several targets: which there are, and where the study of each lies. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { checkData, ToolkitError } from '../../core/index.js';
import { writeWhole } from './whole-file.js';

/** Beside the model file of all targets. */
export const TARGETS_FILE = 'targets.json';
/** In it lies a study for each target. */
export const TARGETS_FOLDER = 'targets';
const LONGEST_NAME = 60;
/** Stands between the names of a study and of one of its targets, which no name of a target's folder holds. */
const SEPARATOR = ':';

/** One target of a study of several. */
export interface StudyTarget {
  /** Name of the column. */
  readonly target: string;
  /** Name of the folder with its own study, below the folder of all of them. */
  readonly name: string;
}

/** Folders named after the columns. */
export function targetsFor(columns: readonly string[]): StudyTarget[] {
  const taken = new Set<string>();
  return columns.map((target) => {
    const plain = target.normalize('NFKC').replace(/[^\p{L}\p{N}._-]+/gu, '-');
    const stem = plain.replace(/^[.-]+|[.-]+$/g, '').slice(0, LONGEST_NAME) || 'target';
    let name = stem;
    // Some file systems do not tell large letters from small ones.
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${stem}-${number}`;
    taken.add(name.toLowerCase());
    return { target, name };
  });
}

/** Where the study of one target lies. */
export function targetFolder(folder: string, { name }: Pick<StudyTarget, 'name'>): string {
  return join(folder, TARGETS_FOLDER, name);
}

/**
 * The targets of a study of several, in their order; null where the folder holds none.
 *
 * Throws   data: the list cannot be read
 */
export function readTargets(folder: string): readonly StudyTarget[] | null {
  const file = join(folder, TARGETS_FILE);
  if (!existsSync(file)) return null;
  const { targets } = parsed(file) as { targets?: unknown };
  checkData(
    Array.isArray(targets) && targets.length > 0 && targets.every(isTarget),
    file,
    'must list targets',
    targets,
  );
  return targets as readonly StudyTarget[];
}

function parsed(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw new ToolkitError('data', { where: file, rule: 'must be JSON', got: 'something else' }, { cause: error });
  }
}

/** A name of one folder: nothing that leads elsewhere. */
function isTarget(value: unknown): boolean {
  const { target, name } = (value ?? {}) as Partial<Record<keyof StudyTarget, unknown>>;
  if (typeof target !== 'string' || typeof name !== 'string') return false;
  return name !== '' && !name.startsWith('.') && !/[/\\:\u0000-\u001f\u007f]/.test(name);
}

/** Whole or not at all. Throws   state: the folder cannot be written */
export function writeTargets(folder: string, targets: readonly StudyTarget[]): void {
  const file = join(folder, TARGETS_FILE);
  try {
    writeWhole(file, `${JSON.stringify({ version: 1, targets }, null, 2)}\n`);
  } catch (error) {
    const hint = `${(error as Error).message.split('\n')[0]}.`;
    const parts = { where: 'study', rule: 'folder must be writable', got: folder, hint };
    throw new ToolkitError('state', parts, { cause: error });
  }
}

/** What pages call the study of one target: `houses:price`. */
export function boardName(study: string, { name }: StudyTarget): string {
  return `${study}${SEPARATOR}${name}`;
}

/** The folder of such a name below the folder of all studies, as it would be; of any other name, its own. */
export function boardFolder(root: string, name: string): string {
  const at = name.indexOf(SEPARATOR);
  if (at < 0 || existsSync(join(root, name))) return join(root, name);
  return targetFolder(join(root, name.slice(0, at)), { name: name.slice(at + 1) });
}

/** The folder of all targets where this one is of one of them; null elsewhere. */
export function wholeFolder(folder: string): string | null {
  const above = dirname(resolve(folder));
  const whole = dirname(above);
  return basename(above) === TARGETS_FOLDER && existsSync(join(whole, TARGETS_FILE)) ? whole : null;
}

/** The name of a study in its folder, with that of the study whose target it is. */
export function studyNameIn(folder: string): string {
  const whole = wholeFolder(folder);
  const name = basename(resolve(folder));
  return whole === null ? name : boardName(basename(whole), { target: '', name });
}
