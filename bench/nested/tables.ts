/** @file Made-up tables whose rows hang together by group or time, with a category that new rows know or do not know. */

import { Rng } from '../../src/core/index.js';
import type { Frame } from '../../src/data/index.js';

export interface NestedTable {
  /** Columns: "covariate" of the group, "x" and "z" of the row, and the category "device". */
  readonly frame: Frame;
  readonly y: Float32Array;
  /** One of the two: what folds keep apart. */
  readonly groups?: Int32Array;
  readonly times?: Float64Array;
  /** Rows of groups that train, or of early times, and rows of others. */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

export interface NestedShape {
  /** 'group': new rows are of new groups. 'time': each group lives for a while, new rows are later. 'lasting': all groups go on. */
  readonly kind: 'group' | 'time' | 'lasting';
  /** Groups that train; half as many more are tested. */
  readonly groups: number;
  readonly rowsPerGroup: number;
  /** Groups that have one device in common: of 1 the device is nested, of more it has an effect of its own. */
  readonly groupsPerDevice: number;
}

/**
 * y = covariate + x + sin(2 z) / 2 + an effect of the group (sd 1), or of the device where several groups have it, + noise (sd 0.5).
 *
 * Random   from the seed only
 */
export function nestedTable({ kind, groups, rowsPerGroup, groupsPerDevice }: NestedShape, seed: number): NestedTable {
  const rng = new Rng(seed);
  const all = kind === 'lasting' ? groups : Math.ceil(1.5 * groups);
  const covariate = Float64Array.from({ length: all }, () => rng.normal());
  const own = Float64Array.from({ length: all }, () => rng.normal());
  const ofDevice = Float64Array.from({ length: all }, () => rng.normal());
  const n = kind === 'lasting' ? Math.ceil(1.5 * groups) * rowsPerGroup : all * rowsPerGroup;
  const groupOf = Int32Array.from({ length: n }, (_, row) => {
    if (kind === 'lasting') return rng.integer(all);
    // In time three groups live at once, so that no cut finds them all apart.
    const late = kind === 'time' ? rng.integer(3) : 0;
    return Math.min(all - 1, Math.floor(row / rowsPerGroup) + late);
  });
  // Devices are dealt in turn, so that new groups have devices of the trained ones where they are shared.
  const devices = Math.ceil(all / groupsPerDevice);
  const deviceOf = groupOf.map((group) => (groupsPerDevice === 1 ? group : group % devices));
  const [x, z] = [0, 1].map(() => Float64Array.from({ length: n }, () => rng.normal()));
  const effect = (row: number): number =>
    groupsPerDevice === 1 ? own[groupOf[row]] : 0.3 * own[groupOf[row]] + ofDevice[deviceOf[row]];
  const y = Float32Array.from(
    { length: n },
    (_, row) => covariate[groupOf[row]] + x[row] + Math.sin(2 * z[row]) / 2 + effect(row) + 0.5 * rng.normal(),
  );
  const levels = Array.from({ length: devices }, (_, device) => `device ${device}`);
  const cut = groups * rowsPerGroup;
  const rows = Uint32Array.from({ length: n }, (_, row) => row);
  return {
    frame: {
      rowCount: n,
      columns: [
        { kind: 'numeric', name: 'covariate', values: Float64Array.from(groupOf, (group) => covariate[group]) },
        { kind: 'numeric', name: 'x', values: x },
        { kind: 'numeric', name: 'z', values: z },
        { kind: 'categorical', name: 'device', codes: deviceOf, levels },
      ],
    },
    y,
    ...(kind === 'group' ? { groups: groupOf } : { times: Float64Array.from(rows) }),
    train: rows.slice(0, cut),
    test: rows.slice(cut),
  };
}
