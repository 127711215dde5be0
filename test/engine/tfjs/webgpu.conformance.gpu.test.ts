import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { describeEngine } from '../../conformance/engine.js';
import { openTestGpu } from '../support/gpu.js';

for (const isFused of [true, false]) {
  const name = `webgpu (${isFused ? 'fused' : 'composite'})`;
  const opened = await openTestGpu(isFused).catch((error: unknown) => error as Error);
  if (opened instanceof Error) {
    // Thrown here, it would end as a complaint of the loader's.
    it(`engine ${name} opens`, () => {
      throw opened;
    });
  } else if (opened) {
    describe(`engine ${name}`, () => {
      after(() => opened.close());
      // The composite operations meet all sizes on the cpu backend.
      describeEngine(name, tfjsEngine(opened), { sizes: isFused ? 'few' : 'none' });
    });
  } else {
    it.skip(`engine ${name}: there is no adapter`);
  }
}
