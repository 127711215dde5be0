/** @file Calibration: probabilities that come true as often as they say, learned on out-of-fold predictions. */

import type { Matrix } from '../core/index.js';
import { check, checkData, createMatrix } from '../core/index.js';
import type { RowWeights, Targets } from '../evaluate/index.js';
import { interpolate, PROBABILITY_FLOOR } from '../evaluate/index.js';
import type { CrossFit } from './cross-fit.js';
import { isClearGain, judgedFolds } from './cross-fit.js';
import { fitIsotonic } from './isotonic.js';

/**
 * What is done to the probabilities of a model; plain JSON, a part of the model file.
 *
 * temperature   p_c becomes p_c^(1 / temperature) / sum of these over the classes, each p_c taken as at least 2^-23
 * isotonic      two classes: P(class 1) is read off the line through the points (x, y), x and y growing from x = 0 to 1;
 *               P(class 0) is the rest
 */
export type Calibration =
  | { readonly method: 'temperature'; readonly temperature: number }
  | { readonly method: 'isotonic'; readonly x: readonly number[]; readonly y: readonly number[] };

/** A calibration, and what each fold's predictions become by the one fitted on the other folds. */
export interface CalibrationChoice {
  /** Fitted on all rows; null: left as they are. */
  readonly calibration: Calibration | null;
  readonly predictions: Matrix;
}

/** Below this many rows a line with many steps learns the noise. */
const ISOTONIC_MIN_ROWS = 1000;
/** Numbers (rows times classes) that a single temperature is fitted on at most. */
const MAX_NUMBERS = 200_000;
/** Standard errors, over the rows, that a gain of log loss must be above 0. */
const CLEAR_ERRORS = 2;
/** Of the power, 1 / temperature: sharpening far beyond what a model says is never learned from rows that happen to be right. */
const LIMITS = { low: 0.05, high: 3 };

/**
 * The calibration that lowers the log loss by more than noise: none, a temperature, or an isotonic line (two classes,
 * from 1,000 rows up). Each is judged on folds that it was not fitted on, against the simpler one before it.
 *
 * Judged with the spread mass that a temperature is fitted with, too: else a model that is sure of everything, and right on each
 * of a few rows, would be left as sure as it is.
 *
 * Shapes   predictions [n x k] probabilities, k >= 2; y [n]
 * Random   none
 */
export function chooseCalibration(predictions: Matrix, y: Targets, how: CrossFit): CalibrationChoice {
  check(predictions.cols >= 2, 'calibrate', 'predictions must be of two classes or more', predictions.cols);
  const isLong = predictions.cols === 2 && predictions.rows >= ISOTONIC_MIN_ROWS;
  const fits = isLong ? [fitTemperature, fitIsotonicOn] : [fitTemperature];
  let best: CalibrationChoice = { calibration: null, predictions };
  const spread = spreadShare(allOf(predictions.rows), how.weights);
  let bestLosses = rowLosses(predictions, y, spread);
  for (const fit of fits) {
    const tried = crossFitted(predictions, y, how, fit);
    const losses = rowLosses(tried, y, spread);
    const gains = losses.map((loss, i) => bestLosses[i] - loss);
    if (!isClearGain(gains, CLEAR_ERRORS, how.weights)) continue;
    best = { calibration: fit(predictions, y, allOf(predictions.rows), how.weights), predictions: tried };
    bestLosses = losses;
  }
  return best;
}

/** Probabilities as a calibration makes them; the same matrix where there is none. */
export function calibrated(predictions: Matrix, calibration: Calibration | null | undefined): Matrix {
  if (!calibration) return predictions;
  const out = createMatrix(predictions.rows, predictions.cols);
  applyTo(predictions, calibration, allOf(predictions.rows), out);
  return out;
}

/** Refuses what a model file must not say. */
export function requireCalibration(calibration: Calibration, k: number): void {
  const where = 'model';
  if (calibration.method === 'temperature') {
    const { temperature } = calibration;
    checkData(temperature > 0 && temperature < Infinity, where, 'temperature must be above 0', temperature);
    return;
  }
  checkData(calibration.method === 'isotonic' && k === 2, where, 'calibration must be a known one', calibration);
  const { x, y } = calibration;
  checkData(x.length > 0 && x.length === y.length, where, 'calibration must have an x for every y', x.length);
  const grows = x.every((_, i) => i === 0 || (x[i] > x[i - 1] && y[i] >= y[i - 1]));
  checkData(grows && y[0] >= 0 && y[y.length - 1] <= 1, where, 'calibration must grow from 0 to 1', calibration);
}

type Fit = (predictions: Matrix, y: Targets, rows: Uint32Array, weights?: RowWeights) => Calibration;

/** Each fold by what was fitted on the others; rows that nothing may be fitted for stay as they are. */
function crossFitted(predictions: Matrix, y: Targets, how: CrossFit, fit: Fit): Matrix {
  const out = createMatrix(predictions.rows, predictions.cols);
  out.data.set(predictions.data);
  for (const { judged, others } of judgedFolds(how)) {
    applyTo(predictions, fit(predictions, y, others, how.weights), judged, out);
  }
  return out;
}

function applyTo(predictions: Matrix, calibration: Calibration, rows: Uint32Array, out: Matrix): void {
  if (calibration.method === 'temperature') return sharpen(predictions, 1 / calibration.temperature, rows, out);
  for (const row of rows) {
    const p = interpolate(calibration.x, calibration.y, predictions.data[2 * row + 1]);
    out.data[2 * row] = 1 - p;
    out.data[2 * row + 1] = p;
  }
}

/** p^power, rescaled to sum to 1. */
function sharpen({ data, cols }: Matrix, power: number, rows: Uint32Array, out: Matrix): void {
  const powers = new Float64Array(cols);
  for (const row of rows) {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += powers[c] = Math.max(data[row * cols + c], PROBABILITY_FLOOR) ** power;
    for (let c = 0; c < cols; c++) out.data[row * cols + c] = powers[c] / sum;
  }
}

function fitIsotonicOn(predictions: Matrix, y: Targets, rows: Uint32Array, weights?: RowWeights): Calibration {
  const scores = Float32Array.from(rows, (row) => predictions.data[2 * row + 1]);
  const hits = Float64Array.from(rows, (row) => (y[row] === 1 ? 1 : 0));
  const line = fitIsotonic(scores, hits, weights && Float64Array.from(rows, (row) => weights[row]));
  return { method: 'isotonic', ...line };
}

/**
 * The temperature of least log loss: Newton's method on its inverse, in which the loss is convex, kept within a bracket.
 *
 * One row's worth of target mass is spread over the classes: where a model is right on every row, the log loss alone would ask
 * for certainty, and the first wrong row would cost more than all others gain.
 *
 * Source   Guo et al. 2017, On calibration of modern neural networks; the spread mass: Platt 1999
 */
export function fitTemperature(predictions: Matrix, y: Targets, rows: Uint32Array, weights?: RowWeights): Calibration {
  const stride = Math.ceil((rows.length * predictions.cols) / MAX_NUMBERS);
  const used = stride <= 1 ? rows : rows.filter((_, i) => i % stride === 0);
  const slopes = powerSlopes(predictions, y, used, weights);
  let { low, high } = LIMITS;
  let power = 1;
  for (let step = 0; step < 60 && high / low > 1 + 1e-7; step++) {
    const { slope, curvature } = slopes(power);
    if (slope > 0) high = power;
    else low = power;
    const next = power - slope / curvature;
    power = next > low && next < high ? next : Math.sqrt(low * high);
    if (Math.abs(slope) <= 1e-9 * curvature) break;
  }
  return { method: 'temperature', temperature: 1 / power };
}

/** First and second derivative, by the power, of the mean log loss of p^power rescaled. */
function powerSlopes(predictions: Matrix, y: Targets, rows: Uint32Array, weights?: RowWeights) {
  const { cols, data } = predictions;
  const logs = new Float64Array(rows.length * cols);
  const spread = spreadShare(rows, weights);
  rows.forEach((row, i) => {
    for (let c = 0; c < cols; c++) logs[i * cols + c] = Math.log(Math.max(data[row * cols + c], PROBABILITY_FLOOR));
  });
  return (power: number): { slope: number; curvature: number } => {
    let slope = 0;
    let curvature = 0;
    for (let i = 0; i < rows.length; i++) {
      const weight = weights ? weights[rows[i]] : 1;
      let [mass, first, second, sum] = [0, 0, 0, 0];
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const p = Math.exp(power * logs[j]);
        mass += p;
        first += p * logs[j];
        second += p * logs[j] * logs[j];
        sum += logs[j];
      }
      const mean = first / mass;
      slope += weight * (mean - (1 - spread) * logs[i * cols + y[rows[i]]] - (spread * sum) / cols);
      curvature += weight * Math.max(0, second / mass - mean * mean);
    }
    return { slope, curvature };
  };
}

/** The share of a row's target mass that is spread over the classes, so that all rows together give one row's worth. */
function spreadShare(rows: Uint32Array, weights: RowWeights | undefined): number {
  const total = weights ? rows.reduce((sum, row) => sum + weights[row], 0) : rows.length;
  return 1 / (total + 2);
}

/** Nats per row against targets of which the share `spread` belongs to all classes alike. */
function rowLosses({ data, cols }: Matrix, y: Targets, spread: number): Float64Array {
  const log = (at: number) => Math.log(Math.max(data[at], PROBABILITY_FLOOR));
  return Float64Array.from(y, (c, i) => {
    let sum = 0;
    for (let j = i * cols; j < (i + 1) * cols; j++) sum += log(j);
    return -(1 - spread) * log(i * cols + c) - (spread * sum) / cols;
  });
}

function allOf(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i);
}
