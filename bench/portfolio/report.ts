/** @file What bench:portfolio prints. */

import { table } from '../table.js';
import type { Draw } from './answers.js';
import type { By, Choosing, Gain, Judge } from './orders.js';
import { chooseOrder, foldsJudge, gainOf, leaveOneSetOut, meanOf } from './orders.js';

/** Below so many rows the product has other portfolios for networks. */
const FEW_ROWS = 500;

const isOfNumbers = ({ task }: Draw) => task === 'regression';
const kindOf = (draw: Draw): string => (isOfNumbers(draw) ? 'numbers' : 'classes');
const rowsOf = ({ size }: Draw): string => (size.n < FEW_ROWS ? 'few rows' : 'more rows');

/** How tables may be told apart before anything is fitted. */
const PARTINGS: Readonly<Record<string, (draw: Draw) => string>> = {
  'one order for all': () => 'all tables',
  'by task': kindOf,
  'by task and rows': (draw) => `${kindOf(draw)}, ${rowsOf(draw)}`,
};

/** Every candidate alone: its error over that of what the folds choose of all, and what it takes; best first, apart for numbers and classes. */
export function familyTable(draws: readonly Draw[], by: By): string[] {
  const judge = foldsJudge(draws, by);
  const names = [...new Set(draws.flatMap(({ answers }) => answers.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const having = draws.filter(({ answers }) => answers.some((answer) => answer.name === name));
    const some = (test: (draw: Draw) => boolean) => {
      const own = having.filter(test);
      const mean = meanOf(
        asChoosing(own, () => ''),
        (draw) => judge(draw.name, [name]),
      );
      return own.length > 0 ? Math.exp(mean) : Number.NaN;
    };
    const seconds = having.map(({ answers }) => answers.find((answer) => answer.name === name)!.seconds);
    const [few, more] = [(draw: Draw) => draw.size.n < FEW_ROWS, (draw: Draw) => draw.size.n >= FEW_ROWS];
    return [
      name,
      some((draw) => isOfNumbers(draw) && few(draw)),
      some((draw) => isOfNumbers(draw) && more(draw)),
      some((draw) => !isOfNumbers(draw) && few(draw)),
      some((draw) => !isOfNumbers(draw) && more(draw)),
      seconds.reduce((sum, value) => sum + value / seconds.length, 0),
    ];
  });
  const head = [`alone / ${by} of all`, 'numbers, few', 'numbers, more', 'classes, few', 'classes, more', 'seconds'];
  return table(head, rows);
}

function asChoosing(draws: readonly Draw[], partOf: (draw: Draw) => string): Choosing[] {
  return draws.map((draw) => {
    return { name: draw.name, set: draw.set, part: partOf(draw), candidates: draw.answers.map(({ name }) => name) };
  });
}

/** The orders by each way to tell tables apart, and what those that other sets chose gain over the product's. */
export function orderTables(draws: readonly Draw[], trials: readonly number[], by: By): string[][] {
  const judge = foldsJudge(draws, by);
  const most = Math.max(...trials);
  const product = new Map(draws.map((draw) => [draw.name, draw.product]));
  const gains: (string | number)[][] = [];
  const chosen = Object.entries(PARTINGS).flatMap(([how, partOf]) => {
    const list = asChoosing(draws, partOf);
    const left = leaveOneSetOut(list, judge, most);
    for (const count of trials) {
      gains.push(gainRow(how, count, list, (draw) => cut(left(draw), count), product, judge));
      const parts = new Set(list.map((draw) => draw.part));
      for (const part of parts.size > 1 ? parts : []) {
        const own = list.filter((draw) => draw.part === part);
        gains.push(gainRow(`  ${part}`, count, own, (draw) => cut(left(draw), count), product, judge));
      }
    }
    return [...new Set(list.map(({ part }) => part))].map((part) => {
      const own = list.filter((draw) => draw.part === part);
      return [`Chosen on all sets, ${part}:`, ...chooseOrder(own, judge, most).map((name, i) => `${i + 1}. ${name}`)];
    });
  });
  const head = ['error over that of the product', 'trials', 'ratio', '95 % of resampled sets', 'better on', 'sets'];
  return [...chosen, table(head, gains)];
}

const cut = (names: readonly string[], count: number): readonly string[] => names.slice(0, count);

function gainRow(
  how: string,
  count: number,
  draws: readonly Choosing[],
  orderOf: (draw: Choosing) => readonly string[],
  product: ReadonlyMap<string, readonly string[]>,
  judge: Judge,
): (string | number)[] {
  const gain: Gain = gainOf(draws, (draw) => {
    return judge(draw.name, orderOf(draw)) - judge(draw.name, cut(product.get(draw.name)!, count));
  });
  const [low, high] = gain.interval;
  return [how, count, gain.ratio, `${low.toFixed(3)} to ${high.toFixed(3)}`, gain.better, gain.sets];
}
