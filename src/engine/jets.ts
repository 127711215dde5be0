/**
 * @file Arithmetic of jets: a number with its first and second derivatives along some directions, so that the derivatives of a whole
 * network come out exact, and the way back, so that losses of them can be trained.
 *
 * Source   Griewank & Walther 2008, chapter 13 (Taylor arithmetic of degree 2); the adjoints are derived by hand from the same rules
 */

/**
 * Many jets of `count` directions: the value of jet i at data[i], its first derivative along direction k at
 * data[(1 + 2 k) stride + i], the second one at data[(2 + 2 k) stride + i].
 */
export interface Jets {
  readonly data: Float64Array;
  readonly stride: number;
  readonly count: number;
}

/** How many numbers a jet has: 1 + 2 count. */
export function parts(count: number): number {
  return 1 + 2 * count;
}

export function jets(stride: number, count: number): Jets {
  return { data: new Float64Array(stride * parts(count)), stride, count };
}

/** out[o] = a[i] b[j]; out may be a or b. */
export function multiply(out: Jets, o: number, a: Jets, i: number, b: Jets, j: number): void {
  const [a0, b0] = [a.data[i], b.data[j]];
  for (let k = 0; k < out.count; k++) {
    const [a1, a2] = [a.data[first(a, k, i)], a.data[second(a, k, i)]];
    const [b1, b2] = [b.data[first(b, k, j)], b.data[second(b, k, j)]];
    out.data[first(out, k, o)] = a1 * b0 + a0 * b1;
    out.data[second(out, k, o)] = a2 * b0 + 2 * a1 * b1 + a0 * b2;
  }
  out.data[o] = a0 * b0;
}

/** da[i] += what d[o], the gradient by a product, is for its factor beside b[j], times `scale`. */
export function multiplyBackward(da: Jets, i: number, d: Jets, o: number, b: Jets, j: number, scale = 1): void {
  const b0 = b.data[j];
  let sum = d.data[o] * b0;
  for (let k = 0; k < da.count; k++) {
    const [d1, d2] = [d.data[first(d, k, o)], d.data[second(d, k, o)]];
    const [b1, b2] = [b.data[first(b, k, j)], b.data[second(b, k, j)]];
    sum += d1 * b1 + d2 * b2;
    da.data[first(da, k, i)] += scale * (d1 * b0 + 2 * d2 * b1);
    da.data[second(da, k, i)] += scale * d2 * b0;
  }
  da.data[i] += scale * sum;
}

/** A function of one number and its first three derivatives there: f[at .. at + 4). */
export interface Taylor {
  readonly f: Float64Array;
  readonly at: number;
}

/** out[o] = f(u[i]); out may be u. */
export function compose(out: Jets, o: number, { f, at }: Taylor, u: Jets, i: number): void {
  const [f1, f2] = [f[at + 1], f[at + 2]];
  for (let k = 0; k < out.count; k++) {
    const [u1, u2] = [u.data[first(u, k, i)], u.data[second(u, k, i)]];
    out.data[first(out, k, o)] = f1 * u1;
    out.data[second(out, k, o)] = f2 * u1 * u1 + f1 * u2;
  }
  out.data[o] = f[at];
}

/** d[o], the gradient by f(u[i]), becomes that by u[i]. */
export function composeBackward(d: Jets, o: number, { f, at }: Taylor, u: Jets, i: number): void {
  const [f1, f2, f3] = [f[at + 1], f[at + 2], f[at + 3]];
  let sum = d.data[o] * f1;
  for (let k = 0; k < d.count; k++) {
    const [u1, u2] = [u.data[first(u, k, i)], u.data[second(u, k, i)]];
    const [d1, d2] = [d.data[first(d, k, o)], d.data[second(d, k, o)]];
    sum += d1 * f2 * u1 + d2 * (f3 * u1 * u1 + f2 * u2);
    d.data[first(d, k, o)] = d1 * f1 + 2 * d2 * f2 * u1;
    d.data[second(d, k, o)] = d2 * f1;
  }
  d.data[o] = sum;
}

/** The sum of a[i] b[j] over all their numbers: how a linear map's matrix sees a jet and its gradient. */
export function inner(a: Jets, i: number, b: Jets, j: number): number {
  let sum = 0;
  for (let part = parts(a.count), at = i, by = j; part > 0; part--, at += a.stride, by += b.stride)
    sum += a.data[at] * b.data[by];
  return sum;
}

/** out[o] += scale a[i]. */
export function add(out: Jets, o: number, a: Jets, i: number, scale: number): void {
  const [to, from] = [out.data, a.data];
  for (let part = parts(out.count), at = o, by = i; part > 0; part--, at += out.stride, by += a.stride)
    to[at] += scale * from[by];
}

function first({ stride }: Jets, k: number, i: number): number {
  return (1 + 2 * k) * stride + i;
}

function second({ stride }: Jets, k: number, i: number): number {
  return (2 + 2 * k) * stride + i;
}
