/** @file A study that goes on must be asked for what it began with. */

import type { StudySettings } from '../../automl/index.js';
import { DEFAULT_PARALLEL } from '../../automl/index.js';
import { check } from '../../core/index.js';
import type { Schema } from '../../data/index.js';
import { positiveIndex, withoutPositive, withoutRanges } from '../../data/index.js';

/** What decides a study's results must not change between its sessions. */
export function requireSame(stored: StudySettings, now: StudySettings): void {
  const keys = [
    'dataSha256',
    'task',
    'metric',
    'seed',
    'folds',
    'holdout',
    'families',
    'group',
    'time',
    'gap',
    'monotone',
    'weights',
    'classWeights',
    'costs',
    'refit',
    'deterministic',
    'parallel',
    'duplicates',
    'schema',
  ] as const;
  const words: Partial<Record<(typeof keys)[number], string>> = {
    dataSha256: 'data (its SHA-256)',
    families: 'models',
    classWeights: 'class-weights',
    schema: 'target, positive, types and ignore',
  };
  for (const key of keys) {
    // Studies of earlier versions were begun without a choice: they go on without.
    if (key === 'refit' && stored.refit === undefined) continue;
    if (key === 'deterministic' && !stored.deterministic && !now.deterministic) continue;
    const same = JSON.stringify(comparable(stored, key)) === JSON.stringify(comparable(now, key));
    check(
      same,
      'resume',
      `${words[key] ?? key} must be that of the study`,
      key === 'schema' ? 'another' : now[key],
      'Use the same options, or --out for a new study.',
    );
  }
}

/** Studies of earlier versions remember neither ranges nor how the file was read; the data is the same, and the columns say how it was read. */
function comparable(settings: StudySettings, key: keyof StudySettings): unknown {
  if (key === 'monotone') return Object.entries(settings.monotone ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (key === 'parallel') return settings.parallel ?? DEFAULT_PARALLEL;
  if (key === 'duplicates') return settings.duplicates ?? 'split';
  return key === 'schema' ? comparableSchema(settings.schema) : (settings[key] ?? null);
}

/** Why a class is the positive one does not matter. */
function comparableSchema(schema: Schema): unknown {
  const target = { ...withoutPositive(schema.target), positive: positiveIndex(schema.target) };
  return { ...withoutRanges(schema), reading: undefined, target };
}
