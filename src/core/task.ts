/** @file What is predicted. */

/** What models know: a number, or one of some classes. */
export type Task = 'regression' | 'binary' | 'multiclass';

/** What somebody may ask for besides: numbers or classes that are looked at in a way of their own (docs/decisions/tasks.md). */
export const AIMS = ['quantile', 'count', 'ordinal'] as const;
export type Aim = (typeof AIMS)[number];

/** The words of `--task`. */
export const TASK_WORDS = ['regression', 'binary', 'multiclass', ...AIMS] as const;
export type TaskWord = Task | Aim;

/** The task of models that serves the aim; other words are their own. */
export function taskFor(word: TaskWord): Task {
  return word === 'count' || word === 'quantile' ? 'regression' : word === 'ordinal' ? 'multiclass' : word;
}

export function aimOf(word: TaskWord): Aim | undefined {
  return AIMS.find((aim) => aim === word);
}

/** The model families: the words of `--models`. */
export const FAMILIES = ['lrnn', 'mlp', 'gbdt', 'extratrees', 'xgboost', 'knn', 'linear', 'dummy', 'ensemble'] as const;
export type Family = (typeof FAMILIES)[number];
/** Families that are trained (an ensemble is made of them). */
export type TrainedFamily = Exclude<Family, 'ensemble'>;
