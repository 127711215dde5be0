/** @file Door of explain: what a search, its models and its table say, as plain numbers. */
export * from './columns.js';
export * from './data/data-report.js';
export * from './data/relation.js';
export type { TimeOrder } from './data/sample-rows.js';
export * from './frames.js';
export type { ColumnFunctions, ExactForm, FactorFunction } from './lrnn/curves.js';
export type { LayerView, LrnnInside } from './lrnn/inside.js';
export * from './model/contributions.js';
export * from './model/dependence.js';
export * from './model/explain-model.js';
export * from './model/fold-predictor.js';
export * from './model/importance.js';
export * from './preparation.js';
export * from './sample.js';
export * from './search/agreement.js';
export * from './search/axes.js';
export * from './search/hyperparameters.js';
export * from './version.js';
