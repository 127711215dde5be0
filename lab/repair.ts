/** @file Pictures in part: a quarter of the resolution, or half of the pixels, and how well each network fills in the rest. */

import type { Matrix } from '../src/core/index.js';
import { createMatrix, Rng } from '../src/core/index.js';
import type { Effort, Experiment, Picture } from './experiment.js';
import { meanSquare, psnr } from './measures.js';
import type { Contender } from './networks.js';
import { encodedNetwork, productNetwork, sirenNetwork } from './networks.js';
import { picture, pixelCentres } from './picture.js';
import type { Store } from './store.js';
import { train } from './train.js';

interface Size {
  readonly n: number;
  readonly steps: number;
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { n: 16, steps: 60 },
  quick: { n: 48, steps: 200 },
  full: { n: 128, steps: 1000 },
};
const SEED = 3;

/** What a network is shown of a picture, in [-1, 1], and which pixels judge it. */
interface Task {
  readonly name: string;
  readonly title: string;
  readonly X: Matrix;
  readonly y: Float32Array;
  readonly judged: readonly number[];
  /** What who has no network would do. */
  readonly simple: { readonly name: string; readonly values: Float32Array };
}

/** One parameter for each pixel that is shown, frequencies of half of what those hold. */
export function contenders(shown: number): readonly (readonly [Contender, number])[] {
  const shape = { inputs: 2, parameters: shown };
  const side = Math.sqrt(shown);
  return [
    [productNetwork({ ...shape, activation: 'spder', frequencies: [side / 3, 1] }), 3e-3],
    [productNetwork({ ...shape, activation: 'sin', frequencies: [side / 3, 1] }), 3e-3],
    [sirenNetwork({ ...shape, activation: 'sin' }), 1e-4],
    [sirenNetwork({ ...shape, activation: 'sin', firstOmega: side / 2 }), 1e-3],
    [encodedNetwork({ ...shape, octaves: 4 }), 3e-3],
  ];
}

export const repair: Experiment = {
  name: 'repair',
  question: 'How well does each network fill in what it is not shown of a picture?',
  async run(effort, store) {
    const { n, steps } = SIZES[effort];
    const truth = picture(n).map((value) => 2 * value - 1);
    const parts = [];
    for (const task of [halved(n, truth), holes(n, truth)]) {
      const runs = [];
      for (const [contender, rate] of contenders(task.X.rows)) {
        const outputs = await filled(contender, { task, n, steps, rate }, store);
        runs.push({ name: contender.name, rate, size: contender.size, outputs, psnr: judged(task, outputs, truth) });
      }
      parts.push({ task, runs, simple: judged(task, task.simple.values, truth) });
    }
    const best = (runs: readonly { name: string; psnr: number }[], name: string): number =>
      Math.max(...runs.filter((run) => run.name.startsWith(name)).map((run) => run.psnr));
    const grey = (values: ArrayLike<number>, caption: string): Picture => ({
      caption,
      size: n,
      values: Array.from(values, (value) => Math.min(1, Math.max(0, (value + 1) / 2))),
    });
    return {
      words: [
        `The picture of ${n} x ${n} pixels, of which networks of one parameter for each pixel shown see a quarter of the resolution, or half of the pixels, for ${steps} steps; PSNR is of all pixels, or of those that were not shown.`,
      ],
      tables: parts.map(({ task, runs, simple }) => ({
        head: [task.title, 'rate', 'parameters', 'PSNR'],
        rows: [
          ...runs.map((run) => [run.name, String(run.rate), run.size, run.psnr.toFixed(2)]),
          [task.simple.name, '', '', simple.toFixed(2)],
        ],
      })),
      figures: [],
      pictures: parts.flatMap(({ task, runs }) => [
        grey(task.simple.values, `${task.title}: ${task.simple.name}`),
        ...runs.map((run) => grey(run.outputs, `${task.title}: ${run.name} ${run.rate}, ${run.psnr.toFixed(1)} dB`)),
      ]),
      summary: Object.fromEntries(
        parts.map(({ task, runs, simple }) => [
          task.name,
          {
            lrnn: round(best(runs, 'LRNN')),
            siren: round(best(runs, 'SIREN')),
            relu: round(best(runs, 'ReLU')),
            simple: round(simple),
          },
        ]),
      ),
    };
  },
};

async function filled(
  contender: Contender,
  { task, n, steps, rate }: { task: Task; n: number; steps: number; rate: number },
  store: Store,
): Promise<readonly number[]> {
  const settings = { experiment: 'repair', task: task.name, network: contender.settings, n, steps, rate };
  return store.result(settings, async () => {
    const trained = await train(contender, task.X, { y: task.y }, { steps, rate, seed: SEED, marks: 1 });
    const outputs = await trained.predict(pixelCentres(n));
    trained.dispose();
    return Array.from(outputs, (value) => Math.round(1e4 * value) / 1e4);
  });
}

function judged({ judged: pixels }: Task, outputs: ArrayLike<number>, truth: Float32Array): number {
  const at = (from: ArrayLike<number>): number[] => pixels.map((pixel) => from[pixel]);
  return psnr(meanSquare(at(outputs), at(truth)), 2);
}

/** Means of 2 x 2 pixels. */
export function halved(n: number, truth: Float32Array): Task {
  const half = n / 2;
  const corner = (i: number): number => 2 * Math.floor(i / half) * n + 2 * (i % half);
  const y = Float32Array.from({ length: half * half }, (_, i) => {
    const at = corner(i);
    return (truth[at] + truth[at + 1] + truth[at + n] + truth[at + n + 1]) / 4;
  });
  const values = Float32Array.from({ length: n * n }, (_, i) => bilinear(y, half, i, n));
  const judged = Array.from({ length: n * n }, (_, i) => i);
  const simple = { name: 'bilinear interpolation', values };
  return { name: 'superResolution', title: 'Twice the resolution', X: pixelCentres(half), y, judged, simple };
}

/** Pixel i of n x n between the centres of half x half. */
function bilinear(y: Float32Array, half: number, i: number, n: number): number {
  const place = (k: number): readonly [number, number, number] => {
    const at = Math.min(half - 1, Math.max(0, (k + 0.5) / 2 - 0.5));
    const low = Math.min(half - 2, Math.floor(at));
    return [low, low + 1, at - low];
  };
  const [top, bottom, v] = place(Math.floor(i / n));
  const [left, right, u] = place(i % n);
  const line = (row: number): number => (1 - u) * y[row * half + left] + u * y[row * half + right];
  return (1 - v) * line(top) + v * line(bottom);
}

/** Half of the pixels, by chance; the simple way takes the mean of the neighbours that are shown. */
export function holes(n: number, truth: Float32Array): Task {
  const order = new Rng(41).shuffle(Uint32Array.from({ length: n * n }, (_, i) => i));
  const shown = order.slice(0, (n * n) / 2).sort();
  const all = pixelCentres(n);
  const X = createMatrix(shown.length, 2);
  shown.forEach((pixel, row) => X.data.set(all.data.subarray(2 * pixel, 2 * pixel + 2), 2 * row));
  const isShown = new Set(shown);
  const values = truth.map((value, pixel) => (isShown.has(pixel) ? value : nearMean(pixel, { n, truth, isShown })));
  return {
    name: 'inpainting',
    title: 'Half of the pixels',
    X,
    y: Float32Array.from(shown, (pixel) => truth[pixel]),
    judged: Array.from(order.slice((n * n) / 2)),
    simple: { name: 'means of neighbours', values },
  };
}

function nearMean(
  pixel: number,
  { n, truth, isShown }: { n: number; truth: Float32Array; isShown: ReadonlySet<number> },
): number {
  const [i, j] = [Math.floor(pixel / n), pixel % n];
  for (let reach = 1; ; reach++) {
    let [sum, count] = [0, 0];
    for (let a = Math.max(0, i - reach); a <= Math.min(n - 1, i + reach); a++) {
      for (let b = Math.max(0, j - reach); b <= Math.min(n - 1, j + reach); b++) {
        if (!isShown.has(a * n + b)) continue;
        sum += truth[a * n + b];
        count++;
      }
    }
    if (count > 0) return sum / count;
  }
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
