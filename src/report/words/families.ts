/** @file One name, one colour and one symbol per family, everywhere. Colours are CSS variables: the style sheet owns them. */

import type { Family } from '../../core/index.js';

export type PlotSymbol =
  'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star' | 'wye' | 'hexagon' | 'diamond2';

export interface FamilyLook {
  readonly label: string;
  /** CSS colour, different in light and dark mode. */
  readonly colour: string;
  readonly symbol: PlotSymbol;
}

const LOOKS: Readonly<Record<Family, FamilyLook>> = {
  lrnn: { label: 'LRNN', colour: 'var(--lrnn)', symbol: 'circle' },
  mlp: { label: 'MLP', colour: 'var(--mlp)', symbol: 'square' },
  gbdt: { label: 'GBDT', colour: 'var(--gbdt)', symbol: 'wye' },
  extratrees: { label: 'Extra trees', colour: 'var(--extratrees)', symbol: 'hexagon' },
  xgboost: { label: 'XGBoost', colour: 'var(--xgboost)', symbol: 'triangle' },
  knn: { label: 'Nearest neighbours', colour: 'var(--knn)', symbol: 'diamond2' },
  linear: { label: 'Linear', colour: 'var(--linear)', symbol: 'diamond' },
  dummy: { label: 'Dummy', colour: 'var(--dummy)', symbol: 'cross' },
  ensemble: { label: 'Ensemble', colour: 'var(--ensemble)', symbol: 'star' },
};

export function familyLook(family: Family): FamilyLook {
  return LOOKS[family];
}

/** A family as pages name it. */
export interface FamilyChip {
  readonly family: Family;
  readonly label: string;
}

export function chipOf(family: Family): FamilyChip {
  return { family, label: familyLook(family).label };
}

/** What each family is, for people who have not met it. */
export const FAMILY_WORDS: Readonly<Record<Family, string>> = {
  lrnn: 'deep low-rank separated network: neurons multiply learned functions of one variable',
  mlp: 'multilayer perceptron: the classic dense network',
  gbdt: 'gradient-boosted trees of our own, grown leaf by leaf',
  extratrees: 'many trees with random splits, averaged',
  xgboost: 'gradient-boosted trees by the XGBoost library',
  knn: 'the mean of the most similar rows, the nearer ones counting more',
  linear: 'ridge or logistic regression',
  dummy: 'predicts the mean or the class shares: the floor',
  ensemble: 'weighted average or stack of other models, weights chosen on out-of-fold predictions',
};

const METRIC_WORDS: Readonly<Record<string, string>> = {
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
  medae: 'median absolute error',
  mape: 'MAPE',
  rmsle: 'RMSLE',
  cost: 'mean cost',
  poisson_deviance: 'Poisson deviance',
  gamma_deviance: 'gamma deviance',
  tweedie_deviance: 'Tweedie deviance (1.5)',
  auc: 'AUC',
  logloss: 'log loss',
  accuracy: 'accuracy',
  balanced_accuracy: 'balanced accuracy',
  f1: 'F1',
  'f0.5': 'F0.5',
  f2: 'F2',
  precision_macro: 'macro precision',
  recall_macro: 'macro recall',
  f1_macro: 'macro F1',
  'f0.5_macro': 'macro F0.5',
  f2_macro: 'macro F2',
  mcc: 'MCC',
  quadratic_kappa: 'quadratic kappa',
  mean_rank_error: 'mean rank error',
  brier: 'Brier score',
  average_precision: 'average precision',
  auc_ovr: 'AUC (one vs rest)',
  average_precision_ovr: 'average precision (one vs rest)',
  ece: 'calibration error',
};

/** `auc` -> `AUC`. */
export function metricLabel(metric: string): string {
  return METRIC_WORDS[metric] ?? numbered(metric) ?? metric;
}

/** Of metrics with a number in their names. */
function numbered(metric: string): string | undefined {
  const [, family, digits] = /^(pinball|tweedie_deviance|top)_([\d.]+)(?:_accuracy)?$/.exec(metric) ?? [];
  if (family === 'pinball') return `pinball loss at ${digits}`;
  if (family === 'top') return `top-${digits} accuracy`;
  return family && `Tweedie deviance (${digits})`;
}
