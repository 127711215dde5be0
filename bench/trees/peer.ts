/** @file LightGBM or scikit-learn's extra trees on a table, by a Python that has them: one thread, processor seconds, error on the test rows. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TreesData, TreesSpec } from './fit.js';

/** Reads the files of a folder, fits, prints a line of JSON. */
const PEER = `
import json, sys, time
import numpy as np
s = json.loads(sys.argv[1])
X = np.fromfile(s["folder"] + "/X", np.float32).reshape(-1, s["cols"])
y = np.fromfile(s["folder"] + "/y", np.float32).astype(np.float64)
n, k, task = s["trainRows"], s["k"], s["task"]
if task != "regression": y = y.astype(int)
if s["family"] == "gbdt": import lightgbm as lgb
else: from sklearn.ensemble import ExtraTreesClassifier as C, ExtraTreesRegressor as R
start = time.process_time()
if s["family"] == "gbdt":
    p = dict(objective={"regression": "l2", "binary": "binary", "multiclass": "multiclass"}[task], num_leaves=s["leaves"], max_bin=s["bins"],
             learning_rate=s["learningRate"], num_threads=1, verbose=-1, **({"num_class": k} if task == "multiclass" else {}))
    named = [i for i, c in enumerate(s["categories"]) if c]
    m = lgb.train(p, lgb.Dataset(X[:n], y[:n], categorical_feature=named), s["rounds"])
    seconds = time.process_time() - start
    P = m.predict(X[n:], num_threads=1)
    if task == "binary": P = np.column_stack([1 - P, P])
else:
    m = (R(s["rounds"], n_jobs=1, random_state=0) if task == "regression" else C(s["rounds"], n_jobs=1, random_state=0)).fit(X[:n], y[:n])
    seconds = time.process_time() - start
    if task == "regression": P = m.predict(X[n:])
    else:
        P = np.zeros((len(y) - n, k)); P[:, m.classes_] = m.predict_proba(X[n:])
t = y[n:]
if task == "regression": loss = np.sqrt(np.mean((P - t) ** 2))
elif s["family"] == "gbdt": loss = -np.mean(np.log(np.clip(P[np.arange(len(t)), t], 1e-15, 1)))
else: loss = np.sqrt(np.mean(np.sum((P - np.eye(k)[t]) ** 2, axis=1)))
print(json.dumps(dict(seconds=seconds, loss=float(loss))))
`;

export interface Answer {
  readonly seconds: number;
  readonly loss: number;
}

export function peerAnswer(peer: string, spec: TreesSpec, { X, y, k, trainRows, categories }: TreesData): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-trees-'));
  try {
    writeFileSync(join(folder, 'X'), new Uint8Array(X.data.buffer, X.data.byteOffset, X.data.byteLength));
    writeFileSync(join(folder, 'y'), new Uint8Array(y.slice().buffer));
    const asked = JSON.stringify({ ...spec, folder, cols: X.cols, k, trainRows, categories: categories ?? [] });
    const { stdout, stderr, status } = spawnSync(peer, ['-c', PEER, asked], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the peer failed: ${stderr.trim().split('\n').at(-1)}`);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
