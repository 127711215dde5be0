import { expect } from 'chai';

import { FUNCTIONS } from '../../../src/engine/activations.js';
import type { Activation } from '../../../src/engine/index.js';
import { ACTIVATIONS } from '../../../src/engine/index.js';
import type { WasmBuild } from '../../../src/engine/wasm/build.js';
import { instantiate } from '../../../src/engine/wasm/build.js';
import type { Kernels } from '../../../src/engine/wasm/kernels.gen.js';
import { Memory } from '../../../src/engine/wasm/webassembly.js';

const COUNT = 1 << 15;
const INPUT = 65536;
const OUTPUT = INPUT + 4 * COUNT;

/** One vector function over COUNT numbers; the activation kernels see them as one block of COUNT / 8 features. */
type Apply = (kernels: Kernels) => void;
const activation =
  (name: Activation): Apply =>
  (kernels) =>
    kernels.activateForward(ACTIVATIONS.indexOf(name), INPUT, 0, OUTPUT, 0, COUNT / 8, 1);

const cosPi: Apply = (kernels) => kernels.probeCosPi(INPUT, OUTPUT, COUNT);

function run(build: WasmBuild, apply: Apply, x: Float32Array): Float32Array {
  const memory = new Memory({ initial: 8, maximum: 8 });
  const kernels = instantiate(build, memory);
  const floats = new Float32Array(memory.buffer);
  floats.set(x, INPUT / 4);
  apply(kernels);
  return floats.slice(OUTPUT / 4, OUTPUT / 4 + x.length);
}

/** COUNT numbers from low to high, evenly spaced and rounded to float32. */
function grid(low: number, high: number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, i) => low + ((high - low) * i) / (COUNT - 1));
}

/** The distance from |value| to the next float32. */
function ulp(value: number): number {
  const magnitude = Math.max(Math.abs(Math.fround(value)), 2 ** -126);
  return 2 ** (Math.floor(Math.log2(magnitude)) - 23);
}

interface Claim {
  readonly apply: Apply;
  readonly truth: (x: number) => number;
  readonly range: readonly [number, number];
  /** Largest error, in ULP of the result or absolute. */
  readonly ulps?: number;
  readonly absolute?: number;
}

/** The claims of vector.ts and activation.ts. */
const CLAIMS: Record<string, Claim> = {
  'sin up to a quarter turn': { apply: activation('sin'), truth: Math.sin, range: [-1.57, 1.57], ulps: 3 },
  'sin near 0': { apply: activation('sin'), truth: Math.sin, range: [-1e-3, 1e-3], ulps: 2 },
  'sin up to five turns': { apply: activation('sin'), truth: Math.sin, range: [-31, 31], absolute: 4e-6 },
  'cos of half turns': { apply: cosPi, truth: (v) => Math.cos(Math.PI * v), range: [-1, 1], absolute: 2.5e-7 },
  'cos of a thousand half turns': {
    apply: cosPi,
    truth: (v) => Math.cos(Math.PI * (v % 2)),
    range: [-1000, 1000],
    absolute: 2.5e-7,
  },
  'tanh near 0': { apply: activation('tanh'), truth: Math.tanh, range: [-0.1, 0.1], ulps: 7 },
  tanh: { apply: activation('tanh'), truth: Math.tanh, range: [-12, 12], ulps: 7 },
  'tanh far out': { apply: activation('tanh'), truth: Math.tanh, range: [-1e30, 1e30], ulps: 7 },
  silu: { apply: activation('silu'), truth: FUNCTIONS.silu.value, range: [-20, 20], absolute: 4e-6 },
  'silu far below 0': { apply: activation('silu'), truth: () => 0, range: [-1e30, -30], absolute: 3e-6 },
  spder: { apply: activation('spder'), truth: FUNCTIONS.spder.value, range: [-31, 31], absolute: 2e-5 },
  relu: { apply: activation('relu'), truth: FUNCTIONS.relu.value, range: [-5, 5], ulps: 0 },
  exp: { apply: (k) => k.probeExp(INPUT, OUTPUT, COUNT), truth: Math.exp, range: [-87, 88], ulps: 2 },
};

for (const build of ['simd', 'relaxed-simd'] as const) {
  describe(`vector functions (${build})`, () => {
    for (const [name, { apply, truth, range, ulps, absolute }] of Object.entries(CLAIMS)) {
      it(`computes ${name} within ${ulps === undefined ? absolute : `${ulps} ULP`}`, () => {
        const x = grid(...range);
        const y = run(build, apply, x);
        let worst = 0;
        let at = 0;
        y.forEach((value, i) => {
          const expected = truth(x[i]);
          const error = Math.abs(value - expected) / (ulps === undefined ? 1 : ulp(expected));
          if (!(error <= worst)) [worst, at] = [error, x[i]];
        });
        // Half an ULP more for rounding the truth itself.
        expect(worst, `worst at ${at}`).to.be.at.most(ulps === undefined ? (absolute ?? 0) : ulps && ulps + 0.5);
      });
    }

    it('passes NaN on, and no other value turns into one', () => {
      for (const name of ACTIVATIONS) {
        const x = Float32Array.from({ length: COUNT }, (_, i) => (i % 2 ? Number.NaN : i - COUNT / 2));
        const y = run(
          build,
          activation(name),
          x.map((v) => v / 16),
        );
        expect(Array.from(y, Number.isNaN), name).to.deep.equal(Array.from(x, Number.isNaN));
      }
    });

    it('has the slope of every activation', () => {
      for (const name of ACTIVATIONS) {
        const x = grid(-6, 6);
        const ones = new Float32Array(COUNT).fill(1);
        const memory = new Memory({ initial: 8, maximum: 8 });
        const kernels = instantiate(build, memory);
        const floats = new Float32Array(memory.buffer);
        floats.set(x, INPUT / 4);
        floats.set(ones, OUTPUT / 4);
        kernels.activateBackward(ACTIVATIONS.indexOf(name), INPUT, 0, OUTPUT, 0, COUNT / 8, 1);
        const errors = Array.from(x, (u, i) => Math.abs(floats[INPUT / 4 + i] - FUNCTIONS[name].slope(u)));
        const worst = errors.reduce((max, error, i) => (error <= errors[max] ? max : i), 0);
        expect(errors[worst], `${name} at ${x[worst]}`).to.be.below(2e-6);
      }
    });

    it('has slope 0 at the kinks of relu and spder', () => {
      for (const name of ['relu', 'spder'] as const) {
        const memory = new Memory({ initial: 8, maximum: 8 });
        const floats = new Float32Array(memory.buffer);
        floats.fill(1, OUTPUT / 4, OUTPUT / 4 + 8);
        instantiate(build, memory).activateBackward(ACTIVATIONS.indexOf(name), INPUT, 0, OUTPUT, 0, 1, 1);
        expect(Array.from(floats.slice(INPUT / 4, INPUT / 4 + 8)), name).to.deep.equal(new Array(8).fill(0));
      }
    });
  });
}
