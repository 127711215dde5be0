/** @file A process that is asked for a GPU: it answers and hangs, throws, hangs, is not there, or leaves another behind. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import { askProcess } from '../../../src/run/fit/gpu-child.js';

describe('askProcess', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-gpu-child-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function answerOf(program: string, patienceMs = 60_000): Promise<{ found?: unknown; got?: unknown }> {
    const file = join(folder, 'child.mjs');
    writeFileSync(file, program);
    const answer = await askProcess(pathToFileURL(file), 'webgpu', patienceMs);
    return 'found' in answer ? { found: answer.found } : { got: answer.refused.got };
  }

  it('takes the answer of one that never ends', async () => {
    const { found } = await answerOf("process.send({ found: { device: 'one' } }); setInterval(() => {}, 1000);");
    expect(found).to.deep.equal({ device: 'one' });
  });

  it('gives the error of one that throws, not the version of Node that is printed last', async () => {
    const { got } = await answerOf("throw new TypeError('no adapter here');");
    expect(got).to.equal('its driver ended with 1: TypeError: no adapter here');
  });

  it('gives the last words of a driver that ends its process', async () => {
    const { got } = await answerOf("console.error('vulkan: broken'); process.exit(3);");
    expect(got).to.equal('its driver ended with 3: vulkan: broken');
  });

  it('ends one that says nothing', async () => {
    const { got } = await answerOf('setInterval(() => {}, 1000);', 100);
    expect(got).to.equal('its driver ended with SIGKILL');
  });

  it('does not wait for what a driver has begun and left behind', async () => {
    const { got } = await answerOf(`import { spawn } from 'node:child_process';
      spawn('sleep', ['20'], { stdio: ['ignore', 'ignore', 'inherit'], detached: true }).unref();
      process.exit(4);`);
    expect(got).to.equal('its driver ended with 4');
  }).timeout(15_000);
});
