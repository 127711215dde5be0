/** @file All losses in TensorFlow.js operations, with gradients of their own: exact where autograd meets kinks. */

import type { LossSpec, NumberLossKind } from '../engine.js';
import { isNumberLoss, pinballSlopes, powerOf } from '../engine.js';
import type { Tensor, Tf } from './vendor.js';

/** What outputs are judged against: `target` [lanes x n x k] (see HostBatch), `share` [lanes x n x 1]. */
export interface Judge {
  readonly target: Tensor;
  readonly share: Tensor;
}

/** Each lane's weighted mean loss [lanes] of outputs [lanes x n x k]; differentiable in `output`. */
export function laneLosses(tf: Tf, loss: LossSpec, output: Tensor, judge: Judge): Tensor {
  const operation = tf.customGrad((o, save) => {
    (save as (tensors: Tensor[]) => void)([o as Tensor]);
    return {
      value: losses(tf, loss, o as Tensor, judge),
      gradFunc: (dy, saved) =>
        tf.mul(slopes(tf, loss, saved[0], judge), tf.mul(judge.share, tf.reshape(dy, [-1, 1, 1]))),
    };
  });
  return operation(output);
}

function losses(tf: Tf, loss: LossSpec, o: Tensor, { target, share }: Judge): Tensor {
  const { kind } = loss;
  const [lanes, n, k] = o.shape;
  const total = (rows: Tensor): Tensor => tf.sum(tf.reshape(tf.mul(rows, share), [lanes, -1]), 1);
  if (isNumberLoss(kind)) return tf.div(total(NUMBER_LOSS[kind](tf, loss, o, target).heights()), k);
  if (kind === 'binaryCrossEntropy') {
    const overflow = tf.log1p(tf.exp(tf.neg(tf.abs(o))));
    return total(tf.sub(tf.add(tf.relu(o), overflow), tf.mul(target, o)));
  }
  const below = tf.sub(o, tf.max(o, -1, true));
  const logSum = tf.log(tf.sum(tf.exp(below), -1, true));
  const wanted = tf.reshape(tf.sum(tf.mul(target, below), -1), [lanes, n, 1]);
  return total(tf.sub(logSum, wanted));
}

function slopes(tf: Tf, loss: LossSpec, o: Tensor, { target }: Judge): Tensor {
  const { kind } = loss;
  if (isNumberLoss(kind)) return tf.mul(NUMBER_LOSS[kind](tf, loss, o, target).slopes(), 1 / (o.shape[2] ?? 1));
  return tf.sub(kind === 'binaryCrossEntropy' ? tf.sigmoid(o) : tf.softmax(o, -1), target);
}

/** A loss of each output, and its slope, only one of which is computed. */
interface Curve {
  heights(): Tensor;
  slopes(): Tensor;
}

type NumberLoss = (tf: Tf, loss: LossSpec, o: Tensor, target: Tensor) => Curve;

const NUMBER_LOSS: Readonly<Record<NumberLossKind, NumberLoss>> = {
  mse: (tf, _, o, target) => ({
    heights: () => tf.square(tf.sub(o, target)),
    slopes: () => tf.mul(tf.sub(o, target), 2),
  }),
  absolute: pinball,
  quantile: pinball,
  huber(tf, { shape: distance = 1 }, o, target) {
    const error = tf.sub(o, target);
    const cut = (): Tensor => tf.clipByValue(error, -distance, distance);
    return { heights: () => tf.mul(cut(), tf.sub(error, tf.mul(cut(), 0.5))), slopes: cut };
  },
  poisson: ofLogs,
  gamma: ofLogs,
  tweedie: ofLogs,
};

function pinball(tf: Tf, loss: LossSpec, o: Tensor, target: Tensor): Curve {
  const [below, above] = pinballSlopes(loss);
  const error = tf.sub(o, target);
  // The relu of either side; what is no number stays none.
  const high = (): Tensor => tf.mul(tf.relu(error), above);
  const low = (): Tensor => tf.mul(tf.relu(tf.neg(error)), -below);
  const sign = tf.sign(error);
  return {
    heights: () => tf.add(high(), low()),
    slopes: () => tf.add(tf.mul(tf.relu(sign), above), tf.mul(tf.relu(tf.neg(sign)), below)),
  };
}

function ofLogs(tf: Tf, loss: LossSpec, o: Tensor, target: Tensor): Curve {
  const p = powerOf(loss);
  const up = (): Tensor => tf.exp(tf.mul(o, 2 - p));
  const down = (): Tensor => tf.mul(target, tf.exp(tf.mul(o, 1 - p)));
  return {
    heights: () => tf.sub(p === 2 ? o : tf.div(up(), 2 - p), p === 1 ? tf.mul(target, o) : tf.div(down(), 1 - p)),
    slopes: () => tf.sub(up(), down()),
  };
}
