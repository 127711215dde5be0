/** @file Which words of lrnn.config.json give way to others on the command line: those that mean another target or task. */

import type { TaskWord } from '../core/index.js';
import { taskFor } from '../core/index.js';
import { isMetricName, metricFor } from '../evaluate/index.js';

/** What somebody says of the same thing in another way: whoever says one on the command line means that one. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  '--trials': ['--time-budget'],
  '--time-budget': ['--trials'],
  '--redis': ['--workers'],
  '--costs': ['--class-weights'],
};
/** Options that make the task what it is, in the order in which they are looked at. */
const TASK_OF: Readonly<Record<string, TaskWord>> = {
  '--quantiles': 'quantile',
  '--exposure': 'count',
  '--order': 'ordinal',
};
export const OF_TASK: readonly string[] = ['--task', ...Object.keys(TASK_OF)];
/** What is said of one target, and may mean nothing for another. */
export const OF_TARGET: readonly string[] = [
  ...OF_TASK,
  '--metric',
  '--positive',
  '--costs',
  '--class-weights',
  '--monotone',
];

/** Values by options, with their dashes. */
export type Said = ReadonlyMap<string, string>;

/** Options of the file that are left out, and what they were about. */
export interface Displaced {
  /** Another way to say what the command line says. */
  readonly instead: readonly string[];
  /** About another target or task than that of the command line. */
  readonly others: readonly string[];
  readonly about: 'target' | 'task';
}

/** What gives way of the words of the file that the command line does not say itself. */
export function displacedBy(line: Said, file: Said): Displaced {
  const instead = [...line.keys()].flatMap((name) => INSTEAD[name] ?? []);
  const own = OF_TARGET.filter((name) => file.has(name) && !line.has(name) && !instead.includes(name));
  const [target, before] = [line.get('--target'), file.get('--target')];
  if (target !== undefined && before !== undefined && target !== before) {
    return { instead, others: own, about: 'target' };
  }
  const word = wordOf(line);
  const others =
    word === null || word === (wordOf(file) ?? 'auto') ? [] : own.filter((name) => !fits(name, file, word));
  return { instead, others, about: 'task' };
}

/** The task that is asked for; null where nothing says one. */
function wordOf(said: Said): string | null {
  const task = said.get('--task');
  if (task !== undefined && task !== 'auto') return task;
  return Object.entries(TASK_OF).find(([name]) => said.has(name))?.[1] ?? task ?? null;
}

/** Whether the option of the file can be meant where the task is that word. */
function fits(name: string, file: Said, word: string): boolean {
  if (word === 'auto') return name === '--metric' ? file.get(name) !== 'pinball' : !OF_TASK.includes(name);
  const task = taskFor(word as TaskWord);
  switch (name) {
    case '--task':
      return file.get(name) === 'auto';
    case '--metric':
      return isMetricFor(file.get(name)!, word);
    case '--positive':
      return word === 'binary';
    case '--costs':
    case '--class-weights':
      return task === 'binary' || task === 'multiclass';
    case '--monotone':
      return task === 'regression' || task === 'binary';
    default:
      return TASK_OF[name] === word;
  }
}

/** A name that is no metric's fits: it is for the fit to refuse. */
function isMetricFor(metric: string, word: string): boolean {
  if (!isMetricName(metric)) return true;
  if ((metric === 'pinball') !== (word === 'quantile')) return false;
  try {
    metricFor(metric, taskFor(word as TaskWord));
    return true;
  } catch {
    return false;
  }
}
