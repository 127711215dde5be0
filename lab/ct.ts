/** @file Sparse-view tomography: a network is the picture, and the loss compares what a scanner would measure of it. */

import type { OutsideLoss } from '../src/engine/index.js';
import { curvesFigure } from './curves.js';
import type { Effort, Experiment, Outcome } from './experiment.js';
import { meanSquare, psnr, structuralSimilarity } from './measures.js';
import type { Contender } from './networks.js';
import { encodedNetwork, productNetwork, sirenNetwork } from './networks.js';
import { pixelCentres } from './picture.js';
import type { Store } from './store.js';
import type { Projector, Scan } from './tomography.js';
import { filteredBackProjection, measured, phantom, projector } from './tomography.js';
import type { Goal } from './train.js';
import { train } from './train.js';

interface Size {
  readonly n: number;
  readonly views: readonly number[];
  readonly steps: number;
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { n: 16, views: [10], steps: 40 },
  quick: { n: 32, views: [20], steps: 200 },
  full: { n: 96, views: [50, 100], steps: 600 },
};
const MARKS = 20;
/** SIREN's own learning rate. */
const PUBLISHED_RATE = 1e-4;

interface Run {
  readonly name: string;
  readonly rate: number;
  readonly parameters: number;
  readonly curve: readonly { readonly step: number; readonly psnr: number }[];
  readonly ssim: number;
  readonly seconds: number;
  readonly image: readonly number[];
}

/**
 * One parameter per pixel; first frequencies low enough that a network prefers what is smooth between rays. SIREN stands there as
 * it was published (omega_0 = 30, rate 1e-4) and as it does best on this phantom, as LRNNs do, too.
 */
export function contenders(n: number): readonly (readonly [Contender, number])[] {
  const shape = { inputs: 2, parameters: n * n };
  const product = { ...shape, hidden: 8, sharing: 'layer', frequencies: [6, 1] } as const;
  const siren = { ...shape, activation: 'sin' } as const;
  return [
    [productNetwork({ ...product, activation: 'spder', width: 2 }), 2e-2],
    [productNetwork({ ...product, activation: 'sin', width: 4 }), 1e-2],
    [sirenNetwork(siren), PUBLISHED_RATE],
    [sirenNetwork({ ...siren, firstOmega: 12 }), 4e-3],
    [encodedNetwork({ ...shape, octaves: 4 }), 3e-3],
  ];
}

export const ct: Experiment = {
  name: 'ct',
  question: 'Which network sees most in a scan of few views?',
  async run(effort, store) {
    const { n, views, steps } = SIZES[effort];
    const parts: Part[] = [];
    for (const count of views) {
      const scan = { views: count, bins: Math.ceil(1.5 * n) };
      const map = projector(n, scan);
      const runs: Run[] = [classical(n, scan)];
      for (const [contender, rate] of contenders(n)) {
        runs.push(await reconstruct(contender, rate, { n, steps, scan, map }, store));
      }
      parts.push({ views: count, runs });
    }
    return outcome(n, steps, parts);
  },
};

interface Part {
  readonly views: number;
  readonly runs: readonly Run[];
}

/** The better of the ramp filter with and without Hann's window. */
function classical(n: number, scan: Scan): Run {
  const truth = phantom(n);
  const images = [true, false].map((smooth) => filteredBackProjection(measured(scan), n, scan, smooth));
  const [image] = images.sort((a, b) => meanSquare(a, truth) - meanSquare(b, truth));
  const found = psnr(meanSquare(image, truth), 1);
  return {
    name: 'filtered back-projection',
    rate: 0,
    parameters: 0,
    curve: [{ step: 0, psnr: found }],
    ssim: structuralSimilarity(image, truth, n, 1),
    seconds: 0,
    image: Array.from(image),
  };
}

interface Problem {
  readonly n: number;
  readonly steps: number;
  readonly scan: Scan;
  readonly map: Projector;
}

async function reconstruct(contender: Contender, rate: number, problem: Problem, store: Store): Promise<Run> {
  const { n, steps, scan, map } = problem;
  const { name } = contender;
  const settings = { experiment: 'ct', name, rate, n, steps, scan, network: contender.settings };
  return store.result(settings, async () => {
    const truth = phantom(n);
    const goal: Goal = { loss: measurementLoss(map, measured(scan)) };
    const trained = await train(contender, pixelCentres(n), goal, { steps, rate, seed: 3, marks: MARKS });
    trained.dispose();
    const image = trained.marks[MARKS - 1].outputs;
    return {
      name,
      rate,
      parameters: contender.size,
      curve: trained.marks.map(({ step, outputs }) => ({ step, psnr: psnr(meanSquare(outputs, truth), 1) })),
      ssim: structuralSimilarity(image, truth, n, 1),
      seconds: trained.seconds,
      image: Array.from(image, (value) => Math.round(1000 * value) / 1000),
    };
  });
}

/** The mean squared difference of line integrals; its gradient is the transpose of the projection on what is left. */
export function measurementLoss(map: Projector, sinogram: ArrayLike<number>): OutsideLoss {
  return (image, gradient) => {
    const off = map.forward(image).map((value, ray) => value - sinogram[ray]);
    gradient.set(map.adjoint(off).map((value) => (2 * value) / off.length));
    return off.reduce((sum, value) => sum + value * value, 0) / off.length;
  };
}

function outcome(n: number, steps: number, parts: readonly Part[]): Outcome {
  const final = (run: Run): number => run.curve.at(-1)!.psnr;
  const summaries = parts.map(({ views, runs }) => {
    const best = (...names: string[]): number => Math.max(...runs.filter((run) => names.includes(run.name)).map(final));
    const published = final(runs.find(({ name, rate }) => name === 'SIREN' && rate === PUBLISHED_RATE)!);
    const lrnn = best('LRNN-SPDER', 'LRNN-sin');
    const [siren, relu] = [best('SIREN'), best('ReLU-PE')];
    return {
      views,
      lrnn: round(lrnn),
      siren: round(siren),
      sirenPublished: round(published),
      relu: round(relu),
      filtered: round(best('filtered back-projection')),
      gainPublished: round(lrnn - Math.max(published, relu)),
      gainBest: round(lrnn - Math.max(siren, relu)),
    };
  });
  return {
    words: [
      `Shepp and Logan's phantom on ${n} x ${n} pixels. What the scanner measures is exact, without noise and without pixels; networks of one parameter per pixel ` +
        `are trained for ${steps} steps by what Joseph's projection makes of their pixels, through the engine's door for losses from outside.`,
      ...summaries.map(
        (at) =>
          `${at.views} views: the better LRNN ${at.lrnn} dB, SIREN as published ${at.sirenPublished} dB and at its best here ${at.siren} dB, ReLU ${at.relu} dB, filtered back-projection ${at.filtered} dB.`,
      ),
    ],
    tables: parts.map(({ views, runs }) => ({
      head: [`${views} views`, 'rate', 'parameters', 'PSNR', 'SSIM', 'seconds'],
      rows: runs.map((run) => [
        run.name,
        String(run.rate),
        run.parameters,
        final(run).toFixed(2),
        run.ssim.toFixed(3),
        run.seconds.toFixed(1),
      ]),
    })),
    figures: parts.map(({ views, runs }) =>
      curvesFigure({
        id: `ct-${views}`,
        title: `${views} views`,
        caption: 'PSNR of the reconstruction by step; higher is better.',
        xLabel: 'step',
        yLabel: 'PSNR (dB)',
        curves: runs
          .filter(({ curve }) => curve.length > 1)
          .map(({ name, rate, curve }) => ({
            name: `${name} ${rate}`,
            points: curve.map(({ step, psnr }) => ({ x: step, y: psnr })),
          })),
      }),
    ),
    pictures: [
      { caption: 'the phantom', size: n, values: phantom(n) },
      ...parts.flatMap(({ views, runs }) =>
        runs.map((run) => ({
          caption: `${run.name}${run.rate ? ` ${run.rate}` : ''}, ${views} views: ${final(run).toFixed(1)} dB`,
          size: n,
          values: run.image,
        })),
      ),
    ],
    summary: Object.fromEntries(summaries.map(({ views, ...rest }) => [views, rest])),
  };
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
