/** @file Where does a training step spend its time? Every kernel call of real steps is clocked. */

import type { Program } from '../src/engine/index.js';
import type { WasmBuild } from '../src/engine/wasm/build.js';
import type { Kernels } from '../src/engine/wasm/kernels.gen.js';
import type { WasmNetwork } from '../src/engine/wasm/network.js';
import { BUILDS, NETWORKS, training } from './networks.js';
import type { Part } from './part.js';
import type { Cell } from './table.js';
import { table } from './table.js';
import type { Effort } from './timing.js';
import { compare, median } from './timing.js';

/** Kernels below this share of a step are not shown. */
const LEAST_SHARE = 0.002;
/** Labels of what is more than one kernel: a phase with all its kernels, and the step with all its phases. */
const SUM = 'all of ';
const STEP = `${SUM}the step`;
const isSum = (label: string): boolean => label.startsWith(SUM);

export const kernels: Part = {
  name: 'kernels',
  question: 'Microseconds per training step in each kernel (the clock itself costs about 0.1 per call)',
  async run(print, effort) {
    for (const [name, spec] of NETWORKS) {
      const profiles = await profileBuilds(spec, effort);
      print([name, ...profileTable(profiles), '']);
    }
  },
};

/** Per kernel, phase and step: calls and microseconds per step. */
type Profile = Map<string, { calls: number; micros: number }>;

async function profileBuilds(spec: (typeof NETWORKS)[number][1], effort: Effort): Promise<Map<WasmBuild, Profile>> {
  const clocks = new Map(BUILDS.map((build) => [build, new StepClock(spec, build)]));
  const work = Object.fromEntries(BUILDS.map((build) => [build, (n: number) => clocks.get(build)!.train(n)]));
  await compare(work, effort);
  return new Map(BUILDS.map((build) => [build, clocks.get(build)!.profile(effort.rounds)]));
}

function profileTable(profiles: ReadonlyMap<WasmBuild, Profile>): string[] {
  const [first, last] = [profiles.get(BUILDS[0])!, profiles.get(BUILDS[BUILDS.length - 1])!];
  const total = last.get(STEP)!.micros;
  const row = (label: string): Cell[] => {
    const { calls, micros } = last.get(label)!;
    const slow = first.get(label)?.micros ?? Number.NaN;
    return [label, calls, slow, micros, slow / micros, percent(micros / total)];
  };
  const labels = [...last.keys()].sort((a, b) => last.get(b)!.micros - last.get(a)!.micros);
  const sums = labels.filter(isSum).map(row);
  const isShown = (label: string): boolean => !isSum(label) && last.get(label)!.micros >= LEAST_SHARE * total;
  const rows = labels.filter(isShown).map(row);
  return table(['kernel', 'calls', BUILDS[0], BUILDS[BUILDS.length - 1], 'ratio', 'share'], [...rows, ...sums]);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** A program whose kernels are clocked; each call of `train` is one block. */
class StepClock {
  private readonly blocks: Profile[] = [];
  private readonly step: (calls: number) => void | Promise<void>;
  private block: Profile = new Map();

  constructor(spec: (typeof NETWORKS)[number][1], build: WasmBuild) {
    const { program, train } = training(spec, build);
    this.step = train;
    clockKernels(program, (label, micros) => this.add(label, micros));
  }

  async train(calls: number): Promise<void> {
    this.block = new Map();
    const start = performance.now();
    await this.step(calls);
    this.add(STEP, 1000 * (performance.now() - start));
    this.block.get(STEP)!.calls = calls;
    for (const entry of this.block.values()) {
      entry.calls /= calls;
      entry.micros /= calls;
    }
    this.blocks.push(this.block);
  }

  /** Medians over the last `rounds` blocks: those before were warming up. */
  profile(rounds: number): Profile {
    const measured = this.blocks.slice(-rounds);
    return new Map(
      [...this.block].map(([label, { calls }]) => {
        return [label, { calls, micros: median(measured.map((block) => block.get(label)!.micros)) }];
      }),
    );
  }

  private add(label: string, micros: number): void {
    const entry = this.block.get(label);
    if (!entry) this.block.set(label, { calls: 1, micros });
    else {
      entry.calls++;
      entry.micros += micros;
    }
  }
}

/** The parts of a program that are nobody's business but a benchmark's. */
interface Inside {
  network: {
    kernels: Kernels;
    context: { kernels: Kernels };
    forward: WasmNetwork['forward'];
    lossAndGradient: WasmNetwork['lossAndGradient'];
    backward: WasmNetwork['backward'];
  };
}

/** Puts a clock around every kernel and every phase of a program; what follows the backward pass is the update. */
function clockKernels(program: Program, add: (label: string, micros: number) => void): void {
  const { network } = program as unknown as Inside;
  let phase = '';
  const clocked = <A extends unknown[], R>(label: () => string, work: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      const start = performance.now();
      const result = work.apply(network, args);
      add(label(), 1000 * (performance.now() - start));
      return result;
    };
  };
  const inPhase = <A extends unknown[], R>(name: string, method: (...args: A) => R): ((...args: A) => R) => {
    const timed = clocked(() => SUM + name, method);
    return (...args) => {
      phase = name;
      const result = timed(...args);
      phase = 'update';
      return result;
    };
  };
  const timed = Object.entries(network.kernels).map(([name, kernel]) => {
    return [name, clocked(() => `${phase}: ${name}`, kernel as (...args: number[]) => number)] as const;
  });
  network.kernels = Object.fromEntries(timed) as unknown as Kernels;
  network.context = { ...network.context, kernels: network.kernels };
  network.forward = inPhase('forward', network.forward);
  network.lossAndGradient = inPhase('loss', network.lossAndGradient);
  network.backward = inPhase('backward', network.backward);
}
