/** @file Numeric comparison that reports the worst element. */

export interface Tolerance {
  rtol: number;
  atol: number;
}
export const F32: Tolerance = { rtol: 1e-4, atol: 1e-6 };
export const F64: Tolerance = { rtol: 1e-7, atol: 0 };

/** Fails on the worst element, and says which: |a - e| <= atol + rtol * |e|. NaN equals NaN only. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tol: Tolerance,
  label = 'values',
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${label}: length ${actual.length}, expected ${expected.length}`);
  }
  let worst = -1;
  let excess = 1;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i];
    const e = expected[i];
    if (Object.is(a, e) || a === e) continue;
    const ratio = Math.abs(a - e) / (tol.atol + tol.rtol * Math.abs(e));
    if (!(ratio <= excess)) {
      worst = i;
      excess = Number.isNaN(ratio) ? Infinity : ratio;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `${label}[${worst}]: ${actual[worst]}, expected ${expected[worst]} (${excess.toPrecision(3)}x the tolerance)`,
    );
  }
}
