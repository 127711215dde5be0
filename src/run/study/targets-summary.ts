/** @file What a study of several targets says of itself, from the studies of each. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { ToolkitError } from '../../core/index.js';
import type { TargetsSummary, TargetSummary } from '../contract.js';
import { openStudy } from './study-folder.js';
import { MODEL_FILE } from './study-paths.js';
import type { StudyTarget } from './targets.js';
import { readTargets, targetFolder } from './targets.js';

export function hasModelFile(folder: string): boolean {
  return existsSync(join(folder, MODEL_FILE));
}

/**
 * The summaries of all targets whose search has begun, in their order.
 *
 * Throws   usage: the folder holds no study of several targets
 */
export function targetsSummary(folder: string): TargetsSummary {
  const listed = readTargets(folder);
  if (!listed) throw new ToolkitError('usage', { where: 'study', rule: 'must have several targets', got: folder });
  const targets = listed.flatMap((own) => summaryOf(folder, own) ?? []);
  return {
    study: basename(resolve(folder)),
    seed: targets[0]?.seed ?? 0,
    seconds: targets.reduce((sum, { seconds }) => sum + seconds, 0),
    targets,
    model: hasModelFile(folder) ? join(folder, MODEL_FILE) : null,
  };
}

/** The same; null where the folder holds no study of several targets. */
export function targetsOf(folder: string): TargetsSummary | null {
  return readTargets(folder) ? targetsSummary(folder) : null;
}

/** Null where its search has not begun. */
function summaryOf(whole: string, own: StudyTarget): TargetSummary | null {
  const folder = targetFolder(whole, own);
  try {
    const reader = openStudy(folder);
    try {
      return { target: own.target, folder, ...reader.view().summary };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof ToolkitError && error.parts.where === 'study' && error.kind !== 'data') return null;
    throw error;
  }
}
