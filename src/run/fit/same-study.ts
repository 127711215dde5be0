/** @file A study that goes on must be asked for what it began with. */

import { isDeepStrictEqual } from 'node:util';

import type { StudySettings } from '../../automl/index.js';
import { DEFAULT_PARALLEL } from '../../automl/index.js';
import { check } from '../../core/index.js';
import type { Schema, TargetSchema } from '../../data/index.js';
import { positiveIndex, taskWord, withoutPositive, withoutRanges } from '../../data/index.js';

const AGAIN = 'Use the same options, or --out for a new study.';

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
    // Metric and task follow from what is asked for: that is to be named.
    if (key === 'task') requireSameAsked(stored.schema.target, now.schema.target);
    // Studies of earlier versions were begun without a choice: they go on without.
    if (key === 'refit' && stored.refit === undefined) continue;
    if (key === 'deterministic' && !stored.deterministic && !now.deterministic) continue;
    const same = JSON.stringify(comparable(stored, key)) === JSON.stringify(comparable(now, key));
    check(
      same,
      'resume',
      `${words[key] ?? key} must be that of the study`,
      key === 'schema' ? 'another' : now[key],
      AGAIN,
    );
  }
}

/** Throws usage: of the same column something else is asked. */
function requireSameAsked(stored: TargetSchema, now: TargetSchema): void {
  if (stored.name !== now.name) return;
  const pairs: Readonly<Record<string, readonly [before: unknown, after: unknown]>> = {
    task: [taskWord(stored), taskWord(now)],
    exposure: [stored.exposure ?? 'none', now.exposure ?? 'none'],
    quantiles: [stored.quantiles ?? 'none', now.quantiles ?? 'none'],
    ...(isReordered(stored, now) ? { order: [stored.classes, now.classes] } : {}),
  };
  const others = Object.entries(pairs).filter(([, [before, after]]) => !isDeepStrictEqual(before, after));
  if (others.length === 0) return;
  const names = others.map(([name]) => name).join(', ');
  const rule = `${names.replace(/, (?=\w+$)/, ' and ')} must be that of the study`;
  check(false, 'resume', rule, others[0][1][1], AGAIN);
}

/** The same classes in another order, which somebody has said. */
function isReordered(stored: TargetSchema, now: TargetSchema): boolean {
  if (stored.aim !== 'ordinal' || now.aim !== 'ordinal') return false;
  return isDeepStrictEqual([...stored.classes].sort(), [...now.classes].sort());
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
