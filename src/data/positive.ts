/** @file Of two classes the positive one: which it is, and why. Classes, columns of probabilities and models do not depend on it. */

import { check, ToolkitError } from '../core/index.js';
import { labeller } from './classes.js';
import type { ColumnSchema, PositiveClass, TargetSchema } from './schema.js';
import { quote } from './strays.js';
import { tidy } from './tidy.js';
import { grouped } from './words.js';

type Target = Pick<TargetSchema, 'task' | 'classes' | 'positive'>;

/** Null for other tasks than two classes. Before there was a choice it was the second. */
export function positiveOf({ task, classes, positive }: Target): PositiveClass | null {
  if (task !== 'binary') return null;
  return positive ?? { name: classes[1], reason: 'the second of the two, as before there was a choice' };
}

/** Which it is and why, as a sentence. */
export function positiveSentence({ name, reason }: PositiveClass): string {
  return `The positive class is ${name}: ${reason}.`;
}

/** Its place among the classes, and so among the columns of probabilities; 1 where nothing else was chosen. */
export function positiveIndex({ classes, positive }: Pick<TargetSchema, 'classes' | 'positive'>): 0 | 1 {
  return positive !== undefined && positive.name === classes[0] ? 0 : 1;
}

/** The target as programs wrote it that had no choice. */
export function withoutPositive({ positive: _, ...target }: TargetSchema): TargetSchema {
  return target;
}

/**
 * The class that somebody said, else the rarer one, and of two that are as frequent the second.
 *
 * Throws usage: there are not two classes, or none of them is the one that was said
 */
export function choosePositive(
  classes: readonly string[],
  column: ColumnSchema,
  counts: ReadonlyMap<string, number>,
  said: string | undefined,
): PositiveClass {
  const label = labeller(classes, column);
  if (said !== undefined) {
    const index = label(tidy(said));
    const rule = `must be a class of "${column.name}", which has ${classes.map(quote).join(' and ')}`;
    check(index >= 0, 'positive', rule, said);
    return { name: classes[index], reason: 'you said so' };
  }
  const rows = [0, 0];
  for (const [text, count] of counts) rows[label(text)] += count;
  const name = classes[rows[0] < rows[1] ? 0 : 1];
  const all = grouped(rows[0] + rows[1]);
  if (rows[0] === rows[1]) return { name, reason: `both have half of ${all} rows, and it is the second` };
  return { name, reason: `the rarer of the two, in ${grouped(Math.min(...rows))} of ${all} rows` };
}

/** Throws usage: one was said where there is none. */
export function refusePositive(found: string, positive: string): never {
  const hint = `Leave ${quote(positive)} out.`;
  throw new ToolkitError('usage', { where: 'positive', rule: 'needs a target of two classes', got: found, hint });
}
