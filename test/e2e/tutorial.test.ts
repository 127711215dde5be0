/** @file The tutorial, followed to the letter in an empty folder, and the examples, on the study that it makes. */

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import type { Outcome, Running, Workspace } from './support/lrnn.js';
import { expectDone, makeWorkspace, ROOT, startProgram } from './support/lrnn.js';
import { packInto } from './support/packed.js';

const TUTORIAL = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
const BLOCKS = [...TUTORIAL.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text);
const INSTALL = 'npm install lrnn-automl\n';

describe('the tutorial', function () {
  this.timeout(240_000);
  let space: Workspace;
  let service: Running | null = null;
  const sh = (text: string): Running => startProgram('sh', ['-e', '-c', text], { cwd: space.path });
  const run = async (text: string): Promise<Outcome> => {
    const outcome = await sh(text).done;
    expectDone(outcome);
    return outcome;
  };
  const block = (word: string): string => {
    const found = BLOCKS.filter((text) => text.includes(word));
    expect(found, word).to.have.length(1);
    return found[0];
  };
  before(() => {
    space = makeWorkspace();
    packInto(space);
  });
  after(() => space.remove());

  it('has no block that is not tried here', () => expect(BLOCKS).to.have.length(9));

  it('begins a project with a table', async () => {
    const text = block('npm init');
    expect(text).to.contain(INSTALL);
    // What this would fetch lies there already.
    await run(text.replace(INSTALL, ''));
    expect(existsSync(space.join('cars.csv'))).to.equal(true);
  });

  it('looks, searches and lists', async () => {
    const { stdout } = await run(block('--dry-run'));
    expect(stdout).to.contain('To predict: Price').and.contain('Nothing was fitted.');
    const fitted = await run(block('npx lrnn init'));
    expect(fitted.stdout).to.contain('Wrote lrnn.config.json');
    expect(fitted.stderr).to.contain('Read from lrnn.config.json: data, target.');
    expect(existsSync(space.join('reports/cars/model.safetensors'))).to.equal(true);
    const shown = await run(block('npx lrnn show'));
    expect(shown.stdout)
      .to.match(/^reports: 1 study\./)
      .and.contain('cars: regression by rmse');
  });

  it('predicts rows, with what is promised of them', async () => {
    const { stdout } = await run(block('new-cars.csv --interval'));
    expect(stdout).to.match(/prediction,prediction_lower,prediction_upper\n(?:[\d.]+,[\d.]+,[\d.]+\n){3}$/);
  });

  it('serves a model', async () => {
    const [serve, ask] = [block('npx lrnn serve --model'), block('curl')];
    // The signal that ends it is for the program, and not for npx.
    service = sh(serve.replace('npx ', 'exec node_modules/.bin/'));
    try {
      await service.until(/at http:\/\/127\.0\.0\.1:8765/);
      const { stdout } = await run(ask);
      expect(stdout)
        .to.match(/^prediction\n(?:[\d.]+\n){3}/)
        .and.contain('"predictions":[{"prediction":');
    } finally {
      service.child.kill('SIGTERM');
    }
    await service.done;
  });

  it('predicts in a program, and by a file without dependencies', async () => {
    expect((await run(block('price.mjs'))).stdout).to.match(/^[\d.]+ \([\d.]+ to [\d.]+\)\n$/);
    const { stdout } = await run(block('--format js'));
    expect(stdout)
      .to.match(/cars\.mjs is whole/)
      .and.match(/\[ \{ prediction: [\d.]+ \} \]\n$/);
  });

  describe('and the examples', () => {
    const example = (name: string): string => {
      copyFileSync(join(ROOT, 'examples', name), space.join(name));
      return name;
    };

    it('predict in a program', async () => {
      const { stdout } = await run(`node ${example('predict.mjs')} reports/cars`);
      expect(stdout).to.match(
        /^Price: [\d.]+, between [\d.]+ and [\d.]+ nine times out of ten\nNot numbers: Cylinder; unknown: Colour\n$/,
      );
    });

    it('mount pages and predictions in an application of Express', async () => {
      const app = startProgram(process.execPath, [example('express-app.mjs')], { cwd: space.path, env: { PORT: '0' } });
      const [url] = await app.until(/http:\/\/\S+/);
      const page = await (await fetch(`${url}/automl`)).text();
      expect(page).to.contain('href="/automl/studies/cars"');
      const options = { method: 'POST', body: '[{"Mileage":8221}]', headers: { 'content-type': 'application/json' } };
      const reply = await fetch(`${url}/price/v1/predict`, options);
      expect(((await reply.json()) as { predictions: unknown[] }).predictions).to.have.length(1);
      app.child.kill('SIGTERM');
      expect((await app.done).code).to.equal(0);
    });

    it('take searches from a queue, and refuse for good what cannot be', async () => {
      const messages = [
        { data: 'cars.csv', target: 'Price', trials: 2, models: ['linear', 'dummy'], out: 'reports/queued' },
        { data: 'cars.csv', target: 'Prize' },
      ];
      const lines = messages.map((message) => JSON.stringify(message)).join('\n');
      const { stdout } = await run(`printf '%s\\n' '${lines}' | node ${example('search-worker.mjs')}`);
      const [first, second] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(first).to.include({ ok: true, study: 'queued', best: 'linear-1' });
      expect(second).to.include({ ok: false, again: false });
    });
  });
});
