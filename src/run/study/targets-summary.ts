/** @file What a study of several targets says of itself, from the studies of each. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { ToolkitError } from '../../core/index.js';
import { isFileInUse } from '../../search/node.js';
import type { TargetsSummary, TargetSummary } from '../contract.js';
import { begunSettings, openStudy } from './study-folder.js';
import { MODEL_FILE, studyFile } from './study-paths.js';
import type { StudyTarget } from './targets.js';
import { readTargets, targetFolder } from './targets.js';

export function hasModelFile(folder: string): boolean {
  return existsSync(join(folder, MODEL_FILE));
}

/** What is missing of a study of several targets. */
export interface UnfinishedTargets {
  /** Targets whose search has not begun; none where only the model file of all of them, or the end of a search, is missing. */
  readonly waiting: readonly string[];
}

/**
 * What is missing while no process searches; null where nothing is, where one does, and where the folder holds no study of several targets.
 *
 * Throws   data: the list of targets cannot be read
 */
export function unfinishedTargets(folder: string): UnfinishedTargets | null {
  const listed = readTargets(folder);
  if (!listed || hasModelFile(folder)) return null;
  const files = listed.map((own) => studyFile(targetFolder(folder, own)));
  if (files.some((file) => existsSync(file) && isFileInUse(file))) return null;
  return { waiting: listed.filter((own) => !hasBegun(targetFolder(folder, own))).map(({ target }) => target) };
}

/** What cannot be read has begun: it says so itself. */
function hasBegun(folder: string): boolean {
  try {
    return begunSettings(folder) !== undefined;
  } catch (error) {
    if (error instanceof ToolkitError) return true;
    throw error;
  }
}

/**
 * The summaries of all targets whose search has begun, in their order, and what is still missing.
 *
 * Throws   usage: the folder holds no study of several targets
 */
export function targetsSummary(folder: string): TargetsSummary {
  const listed = readTargets(folder);
  if (!listed) throw new ToolkitError('usage', { where: 'study', rule: 'must have several targets', got: folder });
  const begun = listed.flatMap((own) => summaryOf(folder, own) ?? []);
  const targets = begun.map(({ summary }) => summary);
  const names = targets.map(({ target }) => target);
  return {
    study: basename(resolve(folder)),
    seed: targets[0]?.seed ?? 0,
    seconds: targets.reduce((sum, { seconds }) => sum + seconds, 0),
    targets,
    waiting: listed.map(({ target }) => target).filter((target) => !names.includes(target)),
    resume: begun.length > 0 && unfinishedTargets(folder) ? `${begun[0].command} --resume` : null,
    model: hasModelFile(folder) ? join(folder, MODEL_FILE) : null,
  };
}

/** The same; null where the folder holds no study of several targets. */
export function targetsOf(folder: string): TargetsSummary | null {
  return readTargets(folder) ? targetsSummary(folder) : null;
}

/** Null where its search has not begun. */
function summaryOf(
  whole: string,
  own: StudyTarget,
): { readonly summary: TargetSummary; readonly command: string } | null {
  const folder = targetFolder(whole, own);
  try {
    const reader = openStudy(folder);
    try {
      const { summary, command } = reader.view();
      return { summary: { target: own.target, folder, ...summary }, command };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof ToolkitError && error.parts.where === 'study' && error.kind !== 'data') return null;
    throw error;
  }
}
