/** @file A program run to its end: its output, how long it took, and how much of the machine. */

import { spawnSync } from 'node:child_process';

export interface Measured {
  readonly output: string;
  readonly wall: number;
  /** User and system seconds of the process and its threads. */
  readonly cpu: number;
  readonly peakMb: number;
}

/** Wraps the program in a Python that waits for it: the system tells only a parent what a child has used. */
const WAITING = `
import json, resource, subprocess, sys, time
start = time.time()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "status": done.returncode, "output": done.stdout.decode(), "wall": time.time() - start,
    "cpu": used.ru_utime + used.ru_stime, "peakMb": used.ru_maxrss / 1024}))
`;

export function measured(program: string, args: readonly string[]): Measured {
  const { stdout, stderr } = spawnSync('python3', ['-c', WAITING, program, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const { status, ...rest } = JSON.parse(stdout) as Measured & { status: number };
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return rest;
}

/** XGBoost's histogram method on one thread: a tenth of the rows stop it early, the clock ends it, one model on the other nine tenths. */
export const PEER_PROGRAM = `
import sys, time
start = time.time()
import numpy as np, xgboost as xgb
train, test, task, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
def read(path):
    with open(path) as f:
        names = f.readline().strip().split(",")
        rows = [line.rstrip("\\n").split(",") for line in f]
    y = np.array([float(r[-1]) if task == "regression" else float(r[-1] == "yes") for r in rows])
    columns = []
    for j in range(len(names) - 1):
        cells = [r[j] for r in rows]
        try:
            columns.append(np.array([float(c) if c else np.nan for c in cells]))
        except ValueError:
            levels = {c: i for i, c in enumerate(sorted(set(cells)))}
            columns.append(np.array([levels[c] for c in cells], dtype=float))
    return np.column_stack(columns), y
X, y = read(train)
order = np.random.RandomState(0).permutation(len(y))
cut = len(y) // 10
fit, stop = xgb.DMatrix(X[order[cut:]], y[order[cut:]]), xgb.DMatrix(X[order[:cut]], y[order[:cut]])
class Clock(xgb.callback.TrainingCallback):
    def after_iteration(self, model, epoch, evals_log):
        return time.time() - start > seconds - 1
params = {"objective": "reg:squarederror" if task == "regression" else "binary:logistic", "eta": 0.08, "max_depth": 6,
          "tree_method": "hist", "nthread": 1, "subsample": 0.7, "seed": 0}
model = xgb.train(params, fit, 100000, evals=[(stop, "stop")], early_stopping_rounds=50, callbacks=[Clock()], verbose_eval=False)
T, t = read(test)
p = model.predict(xgb.DMatrix(T), iteration_range=(0, model.best_iteration + 1))
if task == "regression":
    print(np.sqrt(np.mean((t - p) ** 2)))
else:
    p = np.clip(p, 1e-15, 1 - 1e-15)
    print(-np.mean(np.where(t == 1, np.log(p), np.log(1 - p))))
`;
