#!/usr/bin/env python3
"""Golden predictions of ridge and logistic regression, by scikit-learn behind a StandardScaler.

Usage: make_linear.py OUT_FILE

X is rounded to float32 first, as ours is; all else is float64. Awkward columns on purpose: constant, one-hot, far from 0,
nearly equal, and more columns than rows.
"""
import datetime
import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

SEED = 5
rng = np.random.default_rng(SEED)


def table(n, numeric, levels=0, awkward=False):
    parts = [rng.normal(size=(n, numeric))]
    if levels:
        parts.append(np.eye(levels)[rng.integers(levels, size=n)])
    if awkward:
        first = parts[0][:, :1]
        parts += [np.full((n, 1), 3.3), 2000 + first, first + 1e-3 * rng.normal(size=(n, 1)), 1e4 * rng.normal(size=(n, 1))]
    return np.concatenate(parts, 1).astype(np.float32)


def case(name, task, X, k, alpha, weighted=False):
    n, d = X.shape
    truth = rng.normal(size=(d, max(k, 1)))
    scores = ((X - X.mean(0)) / (X.std(0) + 1e-9)) @ truth
    if task == "regression":
        y = (7 + scores[:, 0] + 0.5 * rng.normal(size=n)).astype(np.float32)
    elif task == "binary":
        y = (scores[:, 0] + rng.logistic(size=n) > 0.5).astype(int)
    else:
        y = np.argmax(scores + 2 * rng.gumbel(size=scores.shape), 1)
        y[:k] = np.arange(k)
    w = (0.5 + 2 * rng.random(n)).astype(np.float32) if weighted else None
    half = n * 3 // 4
    wt = None if w is None else w[:half].astype(float)
    scaler = StandardScaler().fit(X[:half].astype(float), sample_weight=wt)
    A, B = scaler.transform(X[:half].astype(float)), scaler.transform(X[half:].astype(float))
    if task == "regression":
        model = Ridge(alpha=alpha, solver="svd").fit(A, y[:half].astype(float), sample_weight=wt)
        expected = model.predict(B)[:, None]
    else:
        model = LogisticRegression(C=1 / alpha, tol=1e-12, max_iter=100000, solver="newton-cg")
        expected = model.fit(A, y[:half], sample_weight=wt).predict_proba(B)
        assert expected.shape[1] == k
    return {
        "name": name, "task": task, "k": k, "alpha": alpha, "train": half,
        "X": [[float(v) for v in r] for r in X], "y": [float(v) for v in y],
        "weights": None if w is None else [float(v) for v in w],
        "expected": [[float(v) for v in r] for r in expected],
    }


cases = [
    case("ridge, numbers", "regression", table(60, 4), 1, 1.0),
    case("ridge, weights and awkward columns", "regression", table(80, 3, 3, True), 1, 0.1, True),
    case("ridge, mostly one-hot", "regression", table(90, 2, 12), 1, 10.0),
    case("ridge, more columns than rows", "regression", table(20, 40), 1, 2.0),
    case("logistic, two classes", "binary", table(80, 4), 2, 1.0),
    case("logistic, two classes, mostly one-hot, weights", "binary", table(100, 1, 10), 2, 0.3, True),
    case("logistic, two classes, awkward columns", "binary", table(100, 3, 0, True), 2, 0.05),
    case("logistic, three classes", "multiclass", table(100, 4), 3, 1.0),
    case("logistic, five classes, one-hot and awkward columns, weights", "multiclass", table(120, 2, 4, True), 5, 0.5, True),
    case("logistic, four classes, more columns than rows", "multiclass", table(24, 30), 4, 3.0),
    case("logistic, strong penalty", "multiclass", table(60, 3), 3, 1000.0),
]
header = {
    "generator": "test/golden/models/make_linear.py",
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "seed": SEED, "dtype": "float32 X and y, float64 solution", "made": datetime.date.today().isoformat(),
}
with open(sys.argv[1], "w") as f:
    json.dump({**header, "cases": cases}, f)
    f.write("\n")
