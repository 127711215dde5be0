/** @file What a row counts while a fold's model is fitted: its own weight, times that of its class. */

import type { StudyData } from './study-data.js';

/**
 * The weights of a fit; undefined where every row counts the same.
 *
 * With balanced class weights every class of the training rows weighs the same in total, and a row 1 on average. A class
 * that they have not keeps its rows' own weights. Scores never see class weights: they ask how the model does on the data as it is.
 *
 * Shapes   train: row numbers; returns [rows of the table], right for training and validation rows of the fold
 */
export function fitWeights(data: StudyData, train: Uint32Array): Float32Array | undefined {
  const { weights, classWeights = 'none', y, k } = data;
  if (classWeights === 'none' || data.task === 'regression') return weights;
  return balancedWeights(y, k, weights, train);
}

/** Weights times class factors that make every class of the given rows weigh the same. */
export function balancedWeights(
  y: Float32Array,
  k: number,
  weights: Float32Array | undefined,
  rows: Uint32Array,
): Float32Array {
  const weightOf = (row: number) => weights?.[row] ?? 1;
  const totals = new Float64Array(k);
  for (const row of rows) totals[y[row]] += weightOf(row);
  const present = totals.filter((total) => total > 0);
  const sum = present.reduce((all, total) => all + total, 0);
  const factors = totals.map((total) => (total > 0 ? sum / (present.length * total) : 1));
  return Float32Array.from(y, (c, row) => weightOf(row) * factors[c]);
}
