/**
 * @file How each operation that our networks use passes a gradient on: the rules behind TensorFlow.js's autograd.
 *
 * Under Node, @tensorflow/tfjs-core comes without any (its builds for Node leave them to @tensorflow/tfjs, which brings
 * four more packages). Where another package has registered rules, those stand.
 */

import type { Tensor, Tf } from './vendor.js';

interface Rule {
  readonly inputsToSave?: string[];
  readonly outputsToSave?: boolean[];
  /** By input: the gradient by it, from dy and what was saved. */
  readonly by: Readonly<Record<string, (dy: Tensor, saved: Tensor[], attributes: Attributes) => Tensor>>;
}

type Attributes = Readonly<Record<string, unknown>>;

/** Registers what is missing. */
export function registerGradients(tf: Tf): void {
  for (const [kernelName, rule] of Object.entries({ ...arithmetic(tf), ...functions(tf), ...shapes(tf) })) {
    if (tf.getGradient(kernelName) as unknown) continue;
    tf.registerGradient({
      kernelName,
      ...(rule.inputsToSave && { inputsToSave: rule.inputsToSave }),
      ...(rule.outputsToSave && { outputsToSave: rule.outputsToSave }),
      gradFunc: (dy, saved, attributes) =>
        Object.fromEntries(
          Object.entries(rule.by).map(([input, by]) => [input, () => by(dy as Tensor, saved, attributes)]),
        ),
    });
  }
  if (tf.getGradient('Concat') as unknown) return;
  tf.registerGradient({
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const { axis } = attributes as unknown as { axis: number };
      const sizes = saved.map(({ shape }) => shape[axis]);
      const parts = tf.split(dy as Tensor, sizes, axis);
      return Object.fromEntries(parts.map((part, i) => [String(i), () => part]));
    },
  });
}

function arithmetic(tf: Tf): Record<string, Rule> {
  const inputsToSave = ['a', 'b'];
  const like = (dy: Tensor, input: Tensor): Tensor => unbroadcast(tf, dy, input.shape);
  return {
    Add: { inputsToSave, by: { a: (dy, [a]) => like(dy, a), b: (dy, [, b]) => like(dy, b) } },
    Sub: { inputsToSave, by: { a: (dy, [a]) => like(dy, a), b: (dy, [, b]) => like(tf.neg(dy), b) } },
    Multiply: {
      inputsToSave,
      by: { a: (dy, [a, b]) => like(tf.mul(dy, b), a), b: (dy, [a, b]) => like(tf.mul(dy, a), b) },
    },
    BatchMatMul: {
      inputsToSave,
      by: {
        a: (dy, [, b]) => tf.matMul(dy, b, false, true),
        b: (dy, [a]) => tf.matMul(a, dy, true, false),
      },
    },
  };
}

function functions(tf: Tf): Record<string, Rule> {
  const ofInput = (slope: (x: Tensor) => Tensor): Rule => ({
    inputsToSave: ['x'],
    by: { x: (dy, [x]) => tf.mul(dy, slope(x)) },
  });
  const ofOutput = (slope: (y: Tensor) => Tensor): Rule => ({
    outputsToSave: [true],
    by: { x: (dy, [y]) => tf.mul(dy, slope(y)) },
  });
  return {
    Sin: ofInput((x) => tf.cos(x)),
    Square: ofInput((x) => tf.mul(x, 2)),
    Relu: ofInput((x) => tf.step(x)),
    Rsqrt: ofOutput((y) => tf.mul(tf.mul(y, tf.square(y)), -0.5)),
    Tanh: ofOutput((y) => tf.sub(1, tf.square(y))),
    Sigmoid: ofOutput((y) => tf.mul(y, tf.sub(1, y))),
  };
}

function shapes(tf: Tf): Record<string, Rule> {
  const inputsToSave = ['x'];
  return {
    Reshape: { inputsToSave, by: { x: (dy, [x]) => tf.reshape(dy, x.shape) } },
    Sum: { inputsToSave, by: { x: (dy, [x], { axis }) => spread(tf, dy, x, axis) } },
    Mean: {
      inputsToSave,
      by: { x: (dy, [x], { axis }) => tf.div(spread(tf, dy, x, axis), x.size / dy.size) },
    },
    Prod: { inputsToSave, by: { x: (dy, [x], { axis }) => productBackward(tf, dy, x, axis) } },
  };
}

/** The sum of dy over whatever axes an operand was repeated along. */
function unbroadcast(tf: Tf, dy: Tensor, shape: readonly number[]): Tensor {
  const axes = tf.backend_util.getReductionAxes([...shape], dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, [...shape]);
}

/** dy, whose reduced axes are given back and filled. */
function spread(tf: Tf, dy: Tensor, x: Tensor, axis: unknown): Tensor {
  return tf.mul(tf.reshape(dy, withoutAxes(x.shape, axis)), tf.onesLike(x));
}

function withoutAxes(shape: readonly number[], axis: unknown): number[] {
  const axes = (Array.isArray(axis) ? (axis as number[]) : [axis as number]).map((a) => (a < 0 ? a + shape.length : a));
  return shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

/** Each factor's gradient is the product of all the others: those before it times those after it, never a division. */
function productBackward(tf: Tf, dy: Tensor, x: Tensor, axis: unknown): Tensor {
  const last = x.shape.length - 1;
  const before = tf.cumprod(x, last, true, false);
  const after = tf.cumprod(x, last, true, true);
  return tf.mul(tf.reshape(dy, withoutAxes(x.shape, axis)), tf.mul(before, after));
}
