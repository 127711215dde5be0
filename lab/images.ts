/** @file Images: how well each network learns one picture by heart, step by step, at three parameters per pixel. */

import { curvesFigure } from './curves.js';
import type { Effort, Experiment, Outcome } from './experiment.js';
import { meanSquare, psnr } from './measures.js';
import type { Contender } from './networks.js';
import { encodedNetwork, productNetwork, sirenNetwork } from './networks.js';
import { picture, pixelCentres } from './picture.js';
import type { Store } from './store.js';
import { train } from './train.js';

interface Size {
  readonly n: number;
  readonly steps: number;
  /** Scale of the first layer's frequencies of LRNNs: about the picture's half number of pixels is the highest it holds. */
  readonly frequency: number;
  readonly octaves: number;
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { n: 16, steps: 120, frequency: 10, octaves: 3 },
  quick: { n: 48, steps: 240, frequency: 30, octaves: 5 },
  full: { n: 128, steps: 400, frequency: 60, octaves: 7 },
};
const PARAMETERS_PER_PIXEL = 3;
const MARKS = 24;
/** SIREN's own learning rate, and here that of SPDER, whose networks begin as SIREN's do. */
const PUBLISHED_RATE = 1e-4;

interface Run {
  readonly name: string;
  readonly rate: number;
  readonly parameters: number;
  readonly curve: readonly { readonly step: number; readonly seconds: number; readonly psnr: number }[];
  /** After an eighth of the steps, where eyes still see differences; in steps of 1/255. */
  readonly early: readonly number[];
}

/** Each network with the learning rates it is given: the published one where there is one, and a higher one. */
export function contenders({ n, frequency, octaves }: Size): readonly (readonly [Contender, readonly number[]])[] {
  const shape = { inputs: 2, parameters: PARAMETERS_PER_PIXEL * n * n };
  const frequencies = [frequency, 6];
  return [
    [productNetwork({ ...shape, activation: 'spder', frequencies }), [1e-2]],
    [productNetwork({ ...shape, activation: 'sin', frequencies }), [1e-2]],
    [sirenNetwork({ ...shape, activation: 'sin' }), [PUBLISHED_RATE, 1e-3]],
    [sirenNetwork({ ...shape, activation: 'spder' }), [PUBLISHED_RATE, 1e-3]],
    [encodedNetwork({ ...shape, octaves }), [3e-3]],
  ];
}

export const images: Experiment = {
  name: 'psnr',
  question: 'How well, and how soon, does each network learn a picture by heart?',
  async run(effort, store) {
    const size = SIZES[effort];
    const runs: Run[] = [];
    for (const [contender, rates] of contenders(size)) {
      for (const rate of rates) runs.push(await learn(contender, rate, size, store));
    }
    return outcome(size, runs);
  },
};

async function learn(contender: Contender, rate: number, { n, steps }: Size, store: Store): Promise<Run> {
  const { name } = contender;
  const settings = { experiment: 'images', name, network: contender.settings, rate, n, steps };
  return store.result(settings, async () => {
    const grey = picture(n);
    const y = grey.map((value) => 2 * value - 1);
    const trained = await train(contender, pixelCentres(n), { y }, { steps, rate, seed: 3, marks: MARKS });
    trained.dispose();
    const curve = trained.marks.map(({ step, seconds, outputs }) => ({
      step,
      seconds,
      psnr: psnr(meanSquare(outputs, y), 2),
    }));
    const early = Array.from(trained.marks[MARKS / 8 - 1].outputs, (value) => Math.round((255 * (value + 1)) / 2));
    return { name, rate, parameters: contender.size, curve, early };
  });
}

function outcome({ n, steps }: Size, runs: readonly Run[]): Outcome {
  const final = (run: Run): number => run.curve.at(-1)!.psnr;
  const best = (name: string): number => Math.max(...runs.filter((run) => run.name === name).map(final));
  const published = (name: string): number =>
    final(runs.find((run) => run.name === name && run.rate === PUBLISHED_RATE)!);
  const rivals = ['SIREN', 'SPDER'];
  const mine = best('LRNN-SPDER');
  const summary = {
    pixels: n * n,
    steps,
    lrnnSpder: round(mine),
    lrnnSin: round(best('LRNN-sin')),
    siren: round(best('SIREN')),
    spder: round(best('SPDER')),
    reluPe: round(best('ReLU-PE')),
    sirenPublished: round(published('SIREN')),
    spderPublished: round(published('SPDER')),
    gainPublished: round(mine - Math.max(...rivals.map(published))),
    gainBest: round(mine - Math.max(...rivals.map(best))),
  };
  const label = ({ name, rate }: Run): string => `${name} ${rate}`;
  const curves = (x: 'step' | 'seconds') =>
    runs.map((run) => ({ name: label(run), points: run.curve.map((point) => ({ x: point[x], y: point.psnr })) }));
  const parts = { yLabel: 'PSNR (dB)', caption: 'PSNR of the whole picture; higher is better.' };
  return {
    words: [
      `A picture of our own making, ${n} x ${n} pixels in 256 greys, learned by heart by networks of ${PARAMETERS_PER_PIXEL} parameters per pixel: ` +
        `coordinates in, grey out; all pixels in every one of ${steps} steps of Adam, whose learning rate (the number behind each name) falls along a cosine to 0.`,
      `LRNN-SPDER ends ${signed(summary.gainPublished)} dB from the better of SIREN and SPDER at SIREN's own learning rate (${PUBLISHED_RATE}), ` +
        `and ${signed(summary.gainBest)} dB from them at the better of the rates tried here. 32-bit arithmetic ends at about 140 dB.`,
    ],
    tables: [
      {
        head: ['network', 'rate', 'parameters', 'PSNR at 1/8', 'at 1/4', 'at 1/2', 'at the end', 'seconds'],
        rows: runs.map((run) => {
          const at = (share: number): number => round(run.curve[Math.round(run.curve.length * share) - 1].psnr);
          return [
            run.name,
            String(run.rate),
            run.parameters,
            at(1 / 8),
            at(1 / 4),
            at(1 / 2),
            at(1),
            round(run.curve.at(-1)!.seconds),
          ];
        }),
      },
    ],
    figures: [
      curvesFigure({ ...parts, id: 'psnr-steps', title: 'Error by step', xLabel: 'step', curves: curves('step') }),
      curvesFigure({
        ...parts,
        id: 'psnr-seconds',
        title: 'Error by time',
        xLabel: 'seconds',
        curves: curves('seconds'),
      }),
    ],
    pictures: [
      { caption: 'the picture', size: n, values: picture(n) },
      ...runs.map((run) => ({
        caption: `${label(run)}: ${round(run.curve[MARKS / 8 - 1].psnr)} dB after ${steps / 8} steps`,
        size: n,
        values: run.early.map((value) => value / 255),
      })),
    ],
    summary,
  };
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}
