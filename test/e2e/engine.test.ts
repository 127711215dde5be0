/** @file The command line on a GPU: a search that ends, in its own process, and refusals that say what to install. */

import { expect } from 'chai';

import { SOFTWARE_VULKAN } from '../engine/support/gpu.js';
import type { Workspace } from './support/lrnn.js';
import { expectRefusal, lrnn, makeWorkspace, summaryOf } from './support/lrnn.js';

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const hasDevice = Object.keys(SOFTWARE_VULKAN).length > 0 || process.env.VK_ICD_FILENAMES !== undefined;

describe('lrnn with --engine', () => {
  let space: Workspace;
  let data: string;
  before(() => {
    space = makeWorkspace();
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 5) % 11},${(i % 7) * ((i * 5) % 11)}`);
    data = space.file('products.csv', `a,b,y\n${rows.join('\n')}\n`);
  });
  after(() => space.remove());

  const fit = (engine: string, out: string) => {
    const words = [
      'fit',
      data,
      '--target',
      'y',
      '--engine',
      engine,
      '--out',
      space.join(out),
      '--folds',
      '2',
      '--json',
    ];
    const budget = ['--models', 'mlp', '--time-budget', '1s', '--workers', '1'];
    return lrnn([...words, ...budget], { env: SOFTWARE_VULKAN });
  };

  it('webgpu searches to the end, and the process ends with it', async function () {
    // Skipped only where there is no device to find; CI installs one.
    if (!hasDevice && !isCi) return this.skip();
    const summary = summaryOf(await fit('webgpu', 'gpu'));
    // A budget too short for any trial ends with the first one, after a few epochs.
    expect(summary.leaderboard.map(({ family }) => family)).to.deep.equal(['mlp']);
  });

  it('keeps to one sentence of its own what a broken driver says', async () => {
    const broken = space.file('broken.json', '{ "ICD": { "library_path": "./nothing.so" } }');
    const env = { VK_ICD_FILENAMES: broken };
    const told = await lrnn(['doctor'], { env });
    expect(told.stderr).to.equal('');
    expect(told.stdout).to.match(/engine webgpu +no +there must be a GPU adapter, got none/);
    const budget = ['--models', 'dummy', '--trials', '1', '--folds', '2', '--quiet', '--holdout', '0'];
    const words = ['fit', data, '--target', 'y', '--out', space.join('broken'), ...budget];
    expect((await lrnn(words, { env })).stderr).to.not.match(/vk|vulkan|driver/i);
    expectRefusal(
      await lrnn([...words, '--engine', 'webgpu', '--resume'], { env }),
      4,
      /^engine\S*: there must be a GPU adapter/,
    );
  });

  it('cuda is refused where its package is missing, with the command that installs it', async () => {
    const sentence = /engine: cuda needs packages .* npm install @tensorflow\/tfjs-node-gpu@4\.22\.0$/m;
    expectRefusal(await fit('cuda', 'cuda'), 4, sentence);
  });

  it('doctor shows every engine, and what installs the missing one', async () => {
    const { stdout, code } = await lrnn(['doctor'], { env: SOFTWARE_VULKAN });
    expect(code).to.equal(0);
    for (const name of ['wasm', 'webgpu', 'cuda', 'reference']) expect(stdout).to.match(new RegExp(`engine ${name} `));
    expect(stdout).to.contain('npm install @tensorflow/tfjs-node-gpu@4.22.0');
    if (hasDevice) expect(stdout).to.match(/engine webgpu +yes +WebGPU through Dawn on .+/);
  });
});
