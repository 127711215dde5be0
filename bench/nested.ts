/**
 * @file npm run bench:nested -- [--families linear,xgboost,mlp,lrnn] [--shapes a,b] [--seeds 3] [--folds 5] [--mixed]
 *
 * What a category does that new rows do not know: the error on new groups or later times with the column over the error
 * without it, geometric mean over seeds. 1 is harmless; below 1 the column helps, as it should where devices are shared or last.
 * With --mixed encodings are learned across groups and times, as they must not be.
 */

import { parseArgs } from 'node:util';

import type { TrainedFamily } from '../src/core/index.js';
import { nestedError } from './nested/error.js';
import type { NestedShape } from './nested/tables.js';
import { nestedTable } from './nested/tables.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    families: { type: 'string', default: 'linear,xgboost,mlp,lrnn' },
    shapes: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    folds: { type: 'string', default: '5' },
    mixed: { type: 'boolean', default: false },
  },
});

const SHAPES: Readonly<Record<string, NestedShape>> = {
  'nested in 120 groups': { kind: 'group', groups: 120, rowsPerGroup: 20, groupsPerDevice: 1 },
  'nested in 20 groups': { kind: 'group', groups: 20, rowsPerGroup: 100, groupsPerDevice: 1 },
  'shared by 4 of 120 groups': { kind: 'group', groups: 120, rowsPerGroup: 20, groupsPerDevice: 4 },
  'lives for 20 rows in time': { kind: 'time', groups: 120, rowsPerGroup: 20, groupsPerDevice: 1 },
  'lasts in time': { kind: 'lasting', groups: 60, rowsPerGroup: 40, groupsPerDevice: 1 },
};
const families = values.families.split(',') as TrainedFamily[];
const names = values.shapes?.split(',') ?? Object.keys(SHAPES);

const rows = [];
for (const name of names) {
  const cells: string[] = [];
  for (const family of families) {
    let logs = 0;
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const shared = { family, folds: Number(values.folds), seed, apart: !values.mixed };
      const request = { table: nestedTable(SHAPES[name], seed), ...shared };
      const ratio = (await nestedError(request)) / (await nestedError({ ...request, without: 'device' }));
      logs += Math.log(ratio) / Number(values.seeds);
    }
    cells.push(Math.exp(logs).toFixed(3));
    console.error(`${name}: ${family} ${cells.at(-1)}`);
  }
  rows.push([name, ...cells]);
}
console.log(table(['error with the category over without', ...families], rows).join('\n'));
