import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunningServer } from '../../src/server/index.js';
import { serve } from '../../src/server/index.js';
import type { Studies } from '../../src/server/studies.js';
import { studiesIn } from '../../src/server/studies.js';
import { FakeStudies } from '../support/fake-studies.js';

const SOLD = Array.from(
  { length: 40 },
  (_, i) => `${(i % 7) * 1.5},${i * 2.5 + (i % 3)},${i % 3 === 0 ? 'yes' : 'no'}`,
);
const FILE = `x,price,sold\n${SOLD.join('\n')}\n`;

describe('the form of a search for several targets', () => {
  let folder = '';
  let server: RunningServer;
  let studies: FakeStudies;
  let real: Studies;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-targets-form-'));
    studies = new FakeStudies();
    real = studiesIn(folder);
    studies.inspect = (options) => real.inspect(options);
    server = await serve({ reportsFolder: folder, port: 0, studies });
  });
  afterEach(async () => {
    await server.close();
    await real.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function send(fields: Record<string, string>): Promise<{ status: number; text: string }> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('file', new Blob([FILE]), 't.csv');
    const response = await fetch(`${server.url}/studies`, { method: 'POST', body, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  }

  it('shows by which task and metric each would be searched, and all of them as targets', async () => {
    const { status, text } = await send({ target: 'price, sold', metric: 'mae', step: 'look' });
    expect(status).to.equal(200);
    expect(text).to.contain('predicts price: regression, judged by MAE; sold: binary, judged by AUC.');
    expect(text).to.contain('--metric has no meaning for &#34;sold&#34;, which goes without');
    for (const name of ['price', 'sold']) {
      expect(text, name).to.match(
        new RegExp(`name">${name}</th><td><span class="tag" data-tone="accent">target</span>`),
      );
    }
    expect(text).to.contain('name="kind:x"').and.not.contain('name="kind:sold"');
    expect(text).to.match(/id="target-hint">[^<]*commas/);
  });

  it('waits for the search that runs, and refuses at once a name that is not there', async () => {
    expect((await send({ target: 'price', name: 'first' })).status).to.equal(303);
    expect((await send({ target: 'price,sold', name: 'second' })).status).to.equal(303);
    const { status, text } = await send({ target: 'price,sould', name: 'third' });
    expect(status).to.equal(422);
    expect(text).to.contain('target: must be a column of t.csv, got &#34;sould&#34;');
  });
});
