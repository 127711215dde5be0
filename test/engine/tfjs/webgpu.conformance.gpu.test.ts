import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { describeEngine } from '../../conformance/engine.js';
import { openTestGpu } from '../support/gpu.js';

for (const isFused of [true, false]) {
  const name = `webgpu (${isFused ? 'fused' : 'composite'})`;
  const runtime = await openTestGpu(isFused);
  if (runtime) {
    describe(`engine ${name}`, () => {
      after(() => runtime.close());
      // The composite operations meet all sizes on the cpu backend.
      describeEngine(name, tfjsEngine(runtime), { sizes: isFused ? 'few' : 'none' });
    });
  } else {
    it.skip(`engine ${name}: there is no adapter`);
  }
}
