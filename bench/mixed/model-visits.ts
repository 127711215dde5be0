/** @file What programs ask of a server of models: rows, files, batches, and much that makes no sense. */

import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { madeUpRows } from '../leaving/made-up.js';
import type { Visit } from './visit.js';
import { anyOf, ask, breakOff } from './visit.js';

const JSON_TYPE = 'application/json';
const FEW = 100;
const MANY = 2000;
const POLL_MS = 100;

interface BatchSaid {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed';
}

function csvOf(rows: readonly Readonly<Record<string, string>>[]): string {
  const names = Object.keys(rows[0]);
  return [names, ...rows.map((row) => names.map((name) => row[name]))].map((cells) => `${cells.join(',')}\n`).join('');
}

export function modelVisits(): Visit {
  const [few, many] = [madeUpRows(FEW, 5), madeUpRows(MANY, 6)];
  const [one, fewCsv, manyCsv] = [JSON.stringify(few.slice(0, 1)), csvOf(few), csvOf(many)];
  const fewJson = JSON.stringify({ rows: few });
  const predict = (asked: Parameters<typeof ask>[1]): Visit => {
    return async (url) => void (await ask(`${url}/v1/predict`, { type: JSON_TYPE, ...asked }));
  };
  const get = (path: string, status = 200): Visit => {
    return async (url) => void (await ask(url + path, { status }));
  };

  /** Half of them are fetched; of the others nothing is awaited. */
  const batch: Visit = async (url, rng) => {
    const { id } = JSON.parse(
      await ask(`${url}/v1/batches`, { type: 'text/csv', body: manyCsv, status: 202 }),
    ) as BatchSaid;
    const address = `${url}/v1/batches/${id}`;
    if (rng.integer(2) === 0) {
      for (;;) {
        const { status } = JSON.parse(await ask(address)) as BatchSaid;
        if (status === 'failed') throw new Error('a batch failed');
        if (status === 'done') break;
        await wait(POLL_MS);
      }
      const lines = (await ask(`${address}/predictions.csv`)).trimEnd().split('\n').length;
      if (lines !== MANY + 1) throw new Error(`a batch of ${MANY} rows has ${lines} lines`);
    }
    await ask(address, { method: 'DELETE', status: 204 });
  };

  return anyOf([
    [40, predict({ body: one })],
    [10, predict({ body: fewJson })],
    [5, predict({ body: gzipSync(fewJson), headers: { 'content-encoding': 'gzip' } })],
    [10, predict({ body: fewCsv, type: 'text/csv' })],
    [2, predict({ body: manyCsv, type: 'text/csv' })],
    [2, batch],
    [5, (url, rng) => breakOff(`${url}/v1/predict`, JSON_TYPE, fewJson, rng)],
    [2, (url, rng) => breakOff(`${url}/v1/batches`, 'text/csv', manyCsv, rng)],
    [3, predict({ body: fewJson.slice(0, -1), status: 400 })],
    [2, predict({ body: '[{"x": {"y": 1}}]', status: 422 })],
    [2, predict({ body: 'a,b\n1\n', type: 'text/csv', status: 422 })],
    [2, predict({ body: one, type: 'image/png', status: 415 })],
    [2, predict({ body: one, headers: { 'content-encoding': 'gzip' }, status: 400 })],
    [2, async (url) => void (await ask(`${url}/v1/predict?explain`, { type: JSON_TYPE, body: one, status: 400 }))],
    [2, get('/v1/none', 404)],
    [2, get('/v1/batches/0', 404)],
    [2, get('/v1/schema')],
    [2, get('/v1/models')],
    [2, get('/openapi.json')],
    [2, get('/metrics')],
    [4, get('/livez')],
  ]);
}
