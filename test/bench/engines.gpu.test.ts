/** @file What a GPU must gain by: launches that do not grow with the folds, and few of them. */

import { expect } from 'chai';

import { countLaunches, laneTraining } from '../../bench/launches.js';
import { lrnn } from '../../bench/networks.js';
import type { Runtime } from '../../src/engine/tfjs/runtime.js';
import { openTestGpu } from '../engine/support/gpu.js';

const SMALL = { rank: 3, width: 2, hidden: 2 };
const NETWORKS = {
  'two dense layers': lrnn([SMALL, SMALL]),
  'an axis layer and a dense one': lrnn([{ projection: 'axis', sharing: 'basis', ...SMALL }, SMALL]),
};

describe('kernels launched per step on WebGPU', function () {
  this.timeout(240_000);
  let fused: Runtime | null;
  let composite: Runtime | null;
  before(async function () {
    fused = await openTestGpu(true);
    composite = await openTestGpu(false);
    if (!fused || !composite) this.skip();
  });
  after(async () => {
    await fused?.close();
    await composite?.close();
  });

  for (const [name, spec] of Object.entries(NETWORKS)) {
    const launches = (runtime: Runtime, folds: number): number => {
      const { program, step } = laneTraining(runtime, spec, folds, 2);
      const count = countLaunches(runtime, step);
      program.dispose();
      return count;
    };

    it(`are as many for 50 folds as for one: ${name}`, () => {
      const one = launches(fused!, 1);
      expect([5, 10, 50].map((folds) => launches(fused!, folds))).to.deep.equal([one, one, one]);
      expect(launches(composite!, 5)).to.equal(launches(composite!, 1));
    });

    it(`are at most a third with fused kernels: ${name}`, () => {
      expect(launches(fused!, 5)).to.be.at.most(launches(composite!, 5) / 3);
    });
  }
});
