/** @file Exported models in a real browser: a page loads the files as they are and predicts what Node predicts. */

import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';

import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { Predictor } from '../../src/automl/index.js';
import { encodeRows } from '../../src/data/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { decodeOnnx, encodeOnnx, encodeStandalone, onnxFeeds, planOf } from '../../src/export/index.js';
import { readTemplate } from '../../src/export/node.js';
import { contentOf } from '../../src/run/predict/bundle.js';
import { assertClose } from '../support/close.js';
import { motleyParts } from '../support/fitted.js';
import type { TestBrowser } from './browser.js';
import { launchBrowser, openPage } from './browser.js';

const ORT = resolve(import.meta.dirname, '../../node_modules/onnxruntime-web/dist');
const TYPES: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html; charset=utf-8',
};
const SETTINGS = { name: 'motley', metric: 'logloss', dataSha256: '0', seed: 1, command: 'lrnn fit' } as StudySettings;
const ROWS = [
  { age: '44', 'größe, cm': '171,25', price: '123,456', member: 'yes', city: 'Oslo', zip: 'Z3', joined: '2020-05-17' },
  { age: 30, member: false, city: 'Köln "West"', zip: 'Z41', note: 'red FAST item 7' },
  { age: '', city: 'Atlantis', zip: 'Z999', joined: 'soon' },
];

/** Serves made files by name, and those of ONNX Runtime. */
async function serveFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1) || 'index.html';
    const body = files[name] ?? (name.startsWith('ort') ? readFileSync(join(ORT, name)) : undefined);
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('exported models in the browser', () => {
  let browser: TestBrowser | undefined;
  let served: { server: Server; url: string } | undefined;

  before(async function () {
    browser = await launchBrowser(this);
  });
  after(async () => {
    await browser?.close();
    served?.server.close();
  });

  it('predict from their files what the model predicts in Node', async () => {
    const members = (['lrnn', 'mlp', 'xgboost', 'linear'] as const).map((family) => ({ family }));
    const parts = await motleyParts('multiclass', members);
    const plan = planOf(parts);
    const content = await contentOf(parts, plan, SETTINGS);
    const onnx = await encodeOnnx(plan, content);
    const { inputs, schema } = await decodeOnnx(onnx);
    const feeds = onnxFeeds(inputs, schema, ROWS).map(({ name, shape, data }) => {
      return { name, shape, type: data instanceof Float64Array ? 'float64' : 'string', data: Array.from(data, String) };
    });
    const { code } = await encodeStandalone(plan, await readTemplate(), content);
    served = await serveFiles({
      'index.html': '<!doctype html><title>models</title><link rel="icon" href="data:,">',
      'model.mjs': code,
      'model.onnx': onnx,
    });
    const { page, faults } = await openPage(browser!);
    await page.goto(served.url);

    const predictor = new Predictor(parts, wasmEngine);
    const { data } = await predictor.predict(encodeRows(ROWS, parts.schema).frame);
    predictor.dispose();

    const js = await page.evaluate<{ numbers: number[]; test: { ok: boolean; rows: number } }>(`(async () => {
      const { predict, selfTest } = await import('/model.mjs');
      const numbers = predict(${JSON.stringify(ROWS)}).flatMap(({ probabilities }) => Object.values(probabilities));
      return { numbers, test: selfTest() };
    })()`);
    expect(js.test).to.include({ ok: true, rows: 16 });
    assertClose(js.numbers, data, { rtol: 1e-5, atol: 1e-6 }, 'the JavaScript file');

    const ort = await page.evaluate<{ numbers: number[]; labels: string[] }>(`(async () => {
      const ort = await import('/ort.wasm.min.mjs');
      ort.env.wasm.wasmPaths = '/';
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create('/model.onnx', { executionProviders: ['wasm'] });
      const feeds = {};
      for (const { name, shape, type, data } of ${JSON.stringify(feeds)}) {
        feeds[name] = new ort.Tensor(type, type === 'string' ? data : Float64Array.from(data, Number), shape);
      }
      const { probabilities, label } = await session.run(feeds);
      return { numbers: Array.from(probabilities.data), labels: label.data };
    })()`);
    assertClose(ort.numbers, data, { rtol: 1e-5, atol: 1e-6 }, 'the ONNX file');
    const { classes } = parts.schema.target;
    const best = ROWS.map((_, i) => {
      const row = data.subarray(3 * i, 3 * i + 3);
      return classes[row.indexOf(Math.max(...row))];
    });
    expect(ort.labels).to.deep.equal(best);
    expect(faults).to.deep.equal([]);
  });
});
