/** @file Keeping studies: words that a person gives to them, and taking them away for good. */

import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { check, ToolkitError } from '../../core/index.js';
import { isFileInUse } from '../../search/node.js';
import { STUDY_FILE, studyFile } from './study-paths.js';
import { writeWhole } from './whole-file.js';

/** Beside the study: the study itself stays as its run wrote it. */
export const TAGS_FILE = 'tags.json';

const MOST_TAGS = 12;
const LONGEST_TAG = 40;

/** In the order in which they were given; none where there is no file of them, or it cannot be read. */
export function readTags(folder: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, TAGS_FILE), 'utf8'));
    return Array.isArray(value)
      ? value.filter((tag): tag is string => typeof tag === 'string').slice(0, MOST_TAGS)
      : [];
  } catch {
    return [];
  }
}

/**
 * Writes what `splitTags` gives; none takes the file away.
 *
 * Throws   usage: too many, or one too long; state: the folder cannot be written
 */
export function writeTags(folder: string, tags: readonly string[]): void {
  check(tags.length <= MOST_TAGS, 'tags', `must be at most ${MOST_TAGS}`, tags.length);
  const long = tags.find((tag) => Array.from(tag).length > LONGEST_TAG);
  check(long === undefined, 'tags', `must have at most ${LONGEST_TAG} letters each`, long);
  const file = join(folder, TAGS_FILE);
  try {
    if (tags.length === 0) return rmSync(file, { force: true });
    writeWhole(file, JSON.stringify(tags));
  } catch (error) {
    throw refused('tags', 'study folder must be writable', folder, error);
  }
}

/** Words between commas, each once, spaces in them as one. */
export function splitTags(text: string): string[] {
  const words = text.split(',').map((word) => word.replace(/[\s\p{Cc}]+/gu, ' ').trim());
  return [...new Set(words.filter((word) => word !== ''))];
}

/** What a study makes of its folder, besides the table that was searched where that lies there. */
const OURS = new Set(['model.safetensors', 'report.html', 'explain', TAGS_FILE, `${TAGS_FILE}.part`]);

/** What `lrnn export` writes into the study folder: behind a model's name, and the folder of tables with what lies in it. */
const EXPORT_ENDINGS = ['.safetensors', '.onnx', '.mjs', '.d.mts', '-card.md'];
const TABLES_FOLDER = 'csv';
const STUDY_TABLES = new Set(['leaderboard.csv', 'trials.csv', 'folds.csv']);
const TABLE_ENDINGS = ['-oof.csv', '-holdout.csv', '-worst.csv', '-importances.csv'];

/** What may lie in a study's folder besides the files that every study has. */
export interface StudyBelongings {
  /** Name of the table that was searched; null where nobody knows it. */
  readonly dataFile: string | null;
  /** Names of its models, exports of which are its own, too. */
  readonly models: readonly string[];
}

/**
 * Takes a study away: its file, models, explanations and exports, and `dataFile` where that is beside them. A folder that holds
 * something else may be a person's own: it keeps that, and the table.
 *
 * Returns  the names of what stays in the folder; none where the folder is gone
 * Throws   state: a process holds the study, or the folder cannot be written
 */
export function removeStudy(folder: string, { dataFile, models }: StudyBelongings): readonly string[] {
  requireUnused(folder);
  const isOurs = (name: string): boolean =>
    OURS.has(name) ||
    name === STUDY_FILE ||
    name.startsWith(`${STUDY_FILE}-`) ||
    isOf(models, EXPORT_ENDINGS, name) ||
    (name === TABLES_FOLDER && holdsOnlyTables(join(folder, name), models));
  return takeAway(folder, { isOurs, dataFile, last: STUDY_FILE });
}

/** Throws   state: a process holds the study */
export function requireUnused(folder: string): void {
  const file = studyFile(folder);
  if (!existsSync(file) || !isFileInUse(file)) return;
  const hint = 'Stop its search first.';
  throw new ToolkitError('state', { where: 'delete', rule: 'no search must be writing the study', got: folder, hint });
}

export interface Taken {
  readonly isOurs: (name: string) => boolean;
  /** Goes where nothing strange stays. */
  readonly dataFile: string | null;
  /** By this a folder is known: what could not be taken away whole can be taken away again. */
  readonly last: string;
}

/** As `removeStudy`, of a folder of any kind. */
export function takeAway(folder: string, { isOurs, dataFile, last }: Taken): readonly string[] {
  try {
    const entries = readdirSync(folder);
    const strangers = entries.filter((name) => !isOurs(name) && name !== dataFile);
    const taken = strangers.length === 0 ? entries : entries.filter(isOurs);
    const order = [...taken].sort((a, b) => Number(a === last) - Number(b === last));
    for (const name of order) rmSync(join(folder, name), { recursive: true, force: true });
    if (strangers.length === 0) rmdirSync(folder);
    return entries.filter((name) => !taken.includes(name)).sort();
  } catch (error) {
    throw refused('delete', 'study folder must be writable', folder, error);
  }
}

/** A model's name, an ending, and nothing else; also the file beside it that a killed export leaves. */
function isOf(models: readonly string[], endings: readonly string[], name: string): boolean {
  const whole = name.replace(/\.\d+\.tmp$/, '');
  return endings.some((ending) => whole.endsWith(ending) && models.includes(whole.slice(0, -ending.length)));
}

function holdsOnlyTables(folder: string, models: readonly string[]): boolean {
  if (!lstatSync(folder).isDirectory()) return false;
  return readdirSync(folder).every((name) => STUDY_TABLES.has(name) || isOf(models, TABLE_ENDINGS, name));
}

function refused(where: string, rule: string, got: string, error: unknown): ToolkitError {
  const hint = `${(error as Error).message.split('\n')[0]}.`;
  return new ToolkitError('state', { where, rule, got, hint }, { cause: error });
}
