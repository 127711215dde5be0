/** @file What people do on the pages of a folder of studies: look, ask a model, send files, follow searches, and leave in the middle. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { StudySummary } from '../../src/automl/index.js';
import type { Rng } from '../../src/core/index.js';
import type { Visit } from './visit.js';
import { anyOf, ask, breakOff, CLOSE, follow } from './visit.js';

const FORM_TYPE = 'application/x-www-form-urlencoded';
/** A search is over by then, on a machine that has much else to do. */
const SEARCH_MS = 120_000;
const BRIEF_MS = 1500;

export interface PageTargets {
  readonly reports: string;
  /** Names of finished studies; all alike. */
  readonly studies: readonly string[];
  readonly models: readonly string[];
  /** A table as text, its target included: to search and to predict. */
  readonly csv: string;
  readonly target: string;
}

export async function modelsOf(url: string, study: string): Promise<string[]> {
  const summary = JSON.parse(await ask(`${url}/studies/${study}.json`)) as StudySummary;
  return summary.leaderboard.map(({ model }) => model);
}

export function pageVisits({ reports, studies, models, csv, target }: PageTargets): Visit {
  const pick = <T>(list: readonly T[], rng: Rng): T => list[rng.integer(list.length)];
  const study = (url: string, rng: Rng): string => `${url}/studies/${pick(studies, rng)}`;
  const model = (url: string, rng: Rng): string => `${study(url, rng)}/models/${pick(models, rng)}`;
  const look = (place: (url: string, rng: Rng) => string, status = 200): Visit => {
    return async (url, rng) => void (await ask(place(url, rng), { status }));
  };
  const upload = (fields: Readonly<Record<string, string>>): FormData => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([csv], { type: 'text/csv' }), 'made up.csv');
    return form;
  };

  const predictFile: Visit = async (url, rng) => {
    const answer = await ask(`${model(url, rng)}/predict-file`, { body: upload({}) });
    const [wanted, got] = [csv, answer].map((text) => text.trimEnd().split('\n').length);
    if (got !== wanted) throw new Error(`${wanted} lines sent, ${got} came back`);
  };
  const cut: Visit = (url, rng) => {
    const head = '--xyzzy\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n';
    const address = rng.integer(2) === 0 ? `${url}/studies` : `${model(url, rng)}/predict-file`;
    return breakOff(address, 'multipart/form-data; boundary=xyzzy', `${head}${csv}\r\n--xyzzy--\r\n`, rng);
  };

  let isSearching = false;
  /** One at a time; followed to its end, or stopped on the way. Its folder is taken away, so that the list does not grow. */
  const search: Visit = async (url, rng) => {
    if (isSearching) return;
    isSearching = true;
    try {
      const fields = { target, budget: 'trials', trials: '3', folds: '3', models: 'linear,dummy' };
      const reply = await fetch(`${url}/studies`, {
        method: 'POST',
        body: upload(fields),
        headers: CLOSE,
        redirect: 'manual',
      });
      const place = reply.headers.get('location');
      if (reply.status !== 303 || place === null) throw new Error(`a search: ${reply.status} ${await reply.text()}`);
      await reply.arrayBuffer();
      const isStopped = rng.integer(4) === 0;
      await follow(`${url}${place}/events`, isStopped ? rng.integer(300) : SEARCH_MS);
      if (isStopped) {
        const stopped = await fetch(`${url}${place}/stop`, { method: 'POST', headers: CLOSE, redirect: 'manual' });
        // It may have ended by itself.
        if (![303, 409].includes(stopped.status)) throw new Error(`stopping: ${stopped.status}`);
        await stopped.arrayBuffer();
      } else await ask(`${url}${place}`);
      while (!/^lrnn_running_searches 0$/m.test(await ask(`${url}/metrics`))) await new Promise(setImmediate);
      rmSync(join(reports, decodeURIComponent(place.split('/')[2])), { recursive: true, force: true });
    } finally {
      isSearching = false;
    }
  };

  return anyOf([
    [10, look((url) => `${url}/`)],
    [10, look(study)],
    [3, look((url, rng) => `${study(url, rng)}/search`)],
    [3, look((url, rng) => `${study(url, rng)}/data`)],
    [5, look((url, rng) => `${study(url, rng)}.json`)],
    [3, look((url, rng) => `${study(url, rng)}?trials=all`)],
    [2, look((url, rng) => `${study(url, rng)}/report.html`)],
    [8, look(model)],
    [5, look((url, rng) => `${model(url, rng)}/try`)],
    [2, look((url, rng) => `${model(url, rng)}/download`)],
    [5, async (url, rng) => void (await ask(`${model(url, rng)}/try`, { type: FORM_TYPE, body: 'x1=1.5&c1=level+1' }))],
    [4, predictFile],
    [4, cut],
    [6, async (url, rng) => void (await follow(`${study(url, rng)}/events`, rng.integer(BRIEF_MS)))],
    [1, search],
    [2, look((url) => `${url}/new`)],
    [2, look((url) => `${url}/metrics`)],
    [2, look((url) => `${url}/studies/none`, 404)],
    [2, look((url) => `${url}/studies/%ff`, 400)],
    [2, look((url, rng) => `${study(url, rng)}/models/none`, 404)],
    [2, async (url) => void (await ask(`${url}/studies`, { type: FORM_TYPE, body: 'target=y', status: 400 }))],
  ]);
}
