/** @file Door of run for those who only predict: it loads nothing that searches, reads CSV files or draws. */
export * from './interrupted.js';
export type { Prediction } from './predict/answer.js';
export * from './predict/load-model.js';
export type { NewRowsOptions } from './predict/new-rows.js';
