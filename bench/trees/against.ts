/**
 * @file npm run bench:trees -- --peer "PYTHON" --data FOLDER [--part times,errors,...] [--seeds 3] [--sets a,b] [--rounds 100] [--most 20000]
 *
 * Trees of our own beside LightGBM or scikit-learn's extra trees (the Python must have them), and beside the XGBoost 0.7 that is a family
 * here: same rows, columns, rounds or trees, leaves and bins, one thread each, in turn. Times are seconds of the processor; binning counts,
 * reading and predicting do not. Errors are RMSE and log loss; of classes of extra trees, which are often sure, the RMSE of their shares.
 * Each figure is the median of a case's ratios over the seeds, then the geometric mean over cases with the interval that their
 * spread leaves. Every part takes minutes; without --part all run. Only the parts with sets need --data, a folder with a manifest.json.
 */

import { parseArgs } from 'node:util';

import { weighFits } from '../memory.js';
import { selectParts } from '../select.js';
import { holdOnSets } from './sets.js';
import { holdOnShapes } from './shapes.js';

/** What the command line asks for. */
export interface Asked {
  readonly peer: string;
  readonly data: string;
  readonly sets: readonly string[] | null;
  readonly seeds: number;
  readonly rounds: number;
  /** Rows of a set at most. */
  readonly most: number;
}

export type Print = (lines: readonly string[]) => void;

export interface TreesPart {
  readonly name: string;
  readonly question: string;
  readonly needs: readonly ('peer' | 'data')[];
  run(asked: Asked, print: Print): void | Promise<void>;
}

const SETS = ['peer', 'data'] as const;

export const PARTS: readonly TreesPart[] = [
  {
    name: 'times',
    question: 'How long does boosting take beside LightGBM and XGBoost 0.7, on made-up tables?',
    needs: ['peer'],
    run: (asked, print) => holdOnShapes('gbdt', asked, print),
  },
  {
    name: 'errors',
    question: 'How does boosting err beside LightGBM, both with categories as numbers?',
    needs: SETS,
    run: (asked, print) => holdOnSets({ family: 'gbdt', form: 'tree' }, asked, print),
  },
  {
    name: 'native',
    question: 'How does boosting err beside LightGBM, both with categories as such?',
    needs: SETS,
    run: (asked, print) => holdOnSets({ family: 'gbdt', form: 'native' }, asked, print),
  },
  {
    name: 'extra-times',
    question: "How long do extra trees take beside scikit-learn's, on made-up tables?",
    needs: ['peer'],
    run: (asked, print) => holdOnShapes('extratrees', asked, print),
  },
  {
    name: 'extra-errors',
    question: "How do extra trees err beside scikit-learn's?",
    needs: SETS,
    run: (asked, print) => holdOnSets({ family: 'extratrees', form: 'tree' }, asked, print),
  },
  {
    name: 'memory',
    question: 'What memory does a fit on 1,000,000 rows x 50 columns take, and what does a second worker add?',
    needs: [],
    run: (_, print) => weighFits(['gbdt'], { repeats: 3 }, print),
  },
];

const DEFAULTS = { part: '', peer: '', data: '', sets: '', seeds: '3', rounds: '100', most: '20000' };

/** The parts that words of a command line ask for and what they shall do, or what is wrong, as a sentence. */
export function readWords(words: readonly string[]): { parts: readonly TreesPart[]; asked: Asked } | string {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' } as const]));
  const values = { ...DEFAULTS, ...(parseArgs({ args: [...words], options }).values as Partial<typeof DEFAULTS>) };
  const parts = selectParts(PARTS, values.part);
  if (typeof parts === 'string') return parts;
  for (const name of ['seeds', 'rounds', 'most'] as const) {
    const isIn = Number.isInteger(Number(values[name])) && Number(values[name]) > 0;
    if (!isIn) return `bench:trees: --${name} must be a whole number above 0, got "${values[name]}"`;
  }
  for (const { name, needs } of parts) {
    const missing = needs.find((need) => values[need] === '');
    if (missing !== undefined) return `bench:trees: the part ${name} needs --${missing}`;
  }
  const { peer, data, sets } = values;
  const [seeds, rounds, most] = [values.seeds, values.rounds, values.most].map(Number);
  return { parts, asked: { peer, data, sets: sets === '' ? null : sets.split(','), seeds, rounds, most } };
}

export async function holdAgainst(words: readonly string[]): Promise<void> {
  const read = readWords(words);
  if (typeof read === 'string') {
    console.error(read);
    process.exitCode = 1;
    return;
  }
  for (const part of read.parts) {
    console.log(`\n${part.name}: ${part.question}`);
    await part.run(read.asked, (lines) => console.log(lines.join('\n')));
  }
}
