/** @file Searches that wait when their server ends, by a signal or a kill. */

import { readdirSync } from 'node:fs';

import { expect } from 'chai';

import type { Workspace } from './support/lrnn.js';
import { makeWorkspace, start } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

describe('a queue whose server ends', () => {
  let space: Workspace;
  beforeEach(() => (space = makeWorkspace()));
  afterEach(() => space.remove());

  async function serve() {
    const server = start(['serve', '--port', '0'], { cwd: space.path });
    const [url] = await server.until(/http:\/\/127\.0\.0\.1:\d+/);
    const post = async (path: string, body?: FormData): Promise<number> =>
      (await fetch(url + path, { method: 'POST', redirect: 'manual', ...(body && { body }) })).status;
    const ask = (name: string, budget: Record<string, string>): Promise<number> => {
      const body = new FormData();
      for (const [key, value] of Object.entries({ target: 'grade', name, models: 'linear,dummy', ...budget }))
        body.set(key, value);
      body.set('file', new Blob([fruitCsv(80)]), 'fruit.csv');
      return post('/studies', body);
    };
    return { server, post, ask, home: async () => (await fetch(url)).text() };
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`is there after ${signal}, with its tables, and starts when it is told to`, async () => {
      const first = await serve();
      expect(await first.ask('long', { time: '10m', models: 'mlp' })).to.equal(303);
      expect(await first.ask('short', { trials: '2' })).to.equal(303);
      first.server.child.kill(signal);
      const { stderr } = await first.server.done;
      if (signal === 'SIGTERM') expect(stderr).to.contain('One search waits and is not started: short.');
      const second = await serve();
      const listed = await second.home();
      expect(listed).to.contain('Not started').and.to.contain('/studies/short/queue/start');
      expect(await second.post('/studies/short/queue/start')).to.equal(303);
      for (
        let look = 0;
        look < 200 && !readdirSync(space.join('reports/short')).includes('model.safetensors');
        look++
      ) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(readdirSync(space.join('reports/short')))
        .to.include('model.safetensors')
        .and.not.include('waiting.json');
      expect(await second.home()).not.to.contain('Not started');
      second.server.child.kill('SIGINT');
      await second.server.done;
    });
  }
});
