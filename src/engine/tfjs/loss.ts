/** @file The three losses in TensorFlow.js operations, with gradients of their own: exact where autograd meets kinks. */

import type { LossSpec } from '../engine.js';
import type { Tensor, Tf } from './vendor.js';

/** What outputs are judged against: `target` [lanes x n x k] (see HostBatch), `share` [lanes x n x 1]. */
export interface Judge {
  readonly target: Tensor;
  readonly share: Tensor;
}

/** Each lane's weighted mean loss [lanes] of outputs [lanes x n x k]; differentiable in `output`. */
export function laneLosses(tf: Tf, kind: LossSpec['kind'], output: Tensor, judge: Judge): Tensor {
  const operation = tf.customGrad((o, save) => {
    (save as (tensors: Tensor[]) => void)([o as Tensor]);
    return {
      value: losses(tf, kind, o as Tensor, judge),
      gradFunc: (dy, saved) =>
        tf.mul(slopes(tf, kind, saved[0], judge), tf.mul(judge.share, tf.reshape(dy, [-1, 1, 1]))),
    };
  });
  return operation(output);
}

function losses(tf: Tf, kind: LossSpec['kind'], o: Tensor, { target, share }: Judge): Tensor {
  const [lanes, n, k] = o.shape;
  const total = (rows: Tensor): Tensor => tf.sum(tf.reshape(tf.mul(rows, share), [lanes, -1]), 1);
  if (kind === 'mse') return tf.div(total(tf.square(tf.sub(o, target))), k);
  if (kind === 'binaryCrossEntropy') {
    const overflow = tf.log1p(tf.exp(tf.neg(tf.abs(o))));
    return total(tf.sub(tf.add(tf.relu(o), overflow), tf.mul(target, o)));
  }
  const below = tf.sub(o, tf.max(o, -1, true));
  const logSum = tf.log(tf.sum(tf.exp(below), -1, true));
  const wanted = tf.reshape(tf.sum(tf.mul(target, below), -1), [lanes, n, 1]);
  return total(tf.sub(logSum, wanted));
}

function slopes(tf: Tf, kind: LossSpec['kind'], o: Tensor, { target }: Judge): Tensor {
  switch (kind) {
    case 'mse':
      return tf.mul(tf.sub(o, target), 2 / (o.shape[2] ?? 1));
    case 'binaryCrossEntropy':
      return tf.sub(tf.sigmoid(o), target);
    case 'crossEntropy':
      return tf.sub(tf.softmax(o, -1), target);
  }
}
