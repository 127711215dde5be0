/** @file What is predicted. */

export type Task = 'regression' | 'binary' | 'multiclass';

/** The model families: the words of `--models`. */
export const FAMILIES = ['lrnn', 'mlp', 'gbdt', 'extratrees', 'xgboost', 'knn', 'linear', 'dummy', 'ensemble'] as const;
export type Family = (typeof FAMILIES)[number];
/** Families that are trained (an ensemble is made of them). */
export type TrainedFamily = Exclude<Family, 'ensemble'>;
