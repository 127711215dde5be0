/**
 * @file npm run bench:portfolio -- --data FOLDER [--rows 300,800] [--draws 1] [--sets a,b] [--folds 3] [--minutes 10] [--trials 4,8,14]
 *         [--only "lrnn|mlp: plain"] [--by blend|best] [--out reports/portfolio]
 *
 * Which settings of all families should be tried first. Every candidate is fitted on rows drawn of each set's training part (that of
 * bench:accuracy; its test quarter is not looked at), and predicts up to 2,000 others of that part. Then an order is chosen greedily: always
 * the candidate that lowers the mean error of the blend most, as the folds choose the blend (or what is best alone) and
 * the other rows judge it. Prints the orders chosen on
 * all sets, and what an order that the other sets chose gains on each set over what the product tries in as many trials. Answers are
 * kept in --out: a run that ends after --minutes goes on where it was, and orders are chosen once all is there.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { chooseEngine } from '../src/engine/index.js';
import { readSets } from './accuracy/sets.js';
import type { Draw } from './portfolio/answers.js';
import { answersOn } from './portfolio/answers.js';
import { familyTable, orderTables } from './portfolio/report.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    rows: { type: 'string', default: '300,800' },
    draws: { type: 'string', default: '1' },
    sets: { type: 'string' },
    folds: { type: 'string', default: '3' },
    by: { type: 'string', default: 'blend' },
    only: { type: 'string', default: '.' },
    minutes: { type: 'string', default: '1000' },
    trials: { type: 'string', default: '4,8,14' },
    out: { type: 'string', default: join('reports', 'portfolio') },
  },
});
if (values.data === undefined) throw new Error('bench:portfolio needs --data, a folder with a manifest.json');
const { data, out, folds } = values;
const by = values.by === 'best' ? 'best' : 'blend';
const only = new RegExp(values.only);
const { engine } = chooseEngine('wasm');
const end = Date.now() + 60_000 * Number(values.minutes);
const isOver = () => Date.now() > end;
const numbers = (list: string) => list.split(',').map(Number);

const draws: Draw[] = [];
let missing = 0;
for (const rows of numbers(values.rows)) {
  for (const set of readSets(data, values.sets?.split(',') ?? null)) {
    for (let draw = 0; draw < Number(values.draws); draw++) {
      const found = await answersOn(set, { data, out, rows, draw, folds: Number(folds), only, isOver, engine });
      if (found === null) missing++;
      // A small set gives as many rows to either.
      else if (
        !draws.some(({ set: name, size, draw: own }) => name === set.name && size.n === found.size.n && own === draw)
      )
        draws.push(found);
    }
  }
}
if (missing > 0) console.error(`${missing} draws are not complete: run it again to go on.`);
else {
  console.log(familyTable(draws, by).join('\n'));
  for (const lines of orderTables(draws, numbers(values.trials), by)) console.log(`\n${lines.join('\n')}`);
}
