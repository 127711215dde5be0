/** @file Log-loss of logits and its derivatives, for one logit (binary) or k (multiclass). */

/** What the loss is taken of: labels and weights of n rows. */
export interface Labels {
  /** [n] class indices. */
  readonly y: Float64Array;
  /** [n] */
  readonly weights: Float64Array;
}

/**
 * Weighted sum of the log-loss in nats; writes weight * (p - target), its derivative by the logits, into R.
 *
 * Shapes   S, R [n x m]; m = 1 is binary, where y is 1 for the class of the logit
 */
export function logLoss(S: Float64Array, m: number, { y, weights }: Labels, R: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < y.length; i++) {
    loss += weights[i] * (m === 1 ? binaryRow(S, i, y[i], R) : softmaxRow(S, i * m, m, y[i], R));
    for (let c = i * m; c < i * m + m; c++) R[c] *= weights[i];
  }
  return loss;
}

/** The loss of exp(S) as the mean of a Poisson variable, but for what y alone says: weighted sum, and its derivative by S. Shapes   S, R [n] */
export function poissonLoss(S: Float64Array, _: number, { y, weights }: Labels, R: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < y.length; i++) {
    const said = Math.exp(S[i]);
    loss += weights[i] * (said - y[i] * S[i]);
    R[i] = weights[i] * (said - y[i]);
  }
  return loss;
}

function binaryRow(S: Float64Array, i: number, y: number, R: Float64Array): number {
  const small = Math.exp(-Math.abs(S[i]));
  const p = S[i] >= 0 ? 1 / (1 + small) : small / (1 + small);
  R[i] = p - y;
  return Math.log1p(small) + (S[i] >= 0 ? (1 - y) * S[i] : -y * S[i]);
}

/** Softmax of m logits at `at`, minus 1 at class `label`, into R; returns -log p of the label. */
function softmaxRow(S: Float64Array, at: number, m: number, label: number, R: Float64Array): number {
  let top = S[at];
  for (let c = 1; c < m; c++) if (S[at + c] > top) top = S[at + c];
  let sum = 0;
  for (let c = 0; c < m; c++) sum += R[at + c] = Math.exp(S[at + c] - top);
  const loss = top + Math.log(sum) - S[at + label];
  for (let c = 0; c < m; c++) R[at + c] /= sum;
  R[at + label] -= 1;
  return loss;
}
