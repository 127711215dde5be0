#!/usr/bin/env python3
"""Golden temperatures by SciPy's scalar minimiser and isotonic blocks by scikit-learn.

Usage: make_calibration.py OUT_FILE
"""
import datetime
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

SEED = 5
FLOOR = 2.0**-23
rng = np.random.default_rng(SEED)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True)).astype(np.float32)


def temperature(name, y, p, w=None):
    logs = np.log(np.maximum(p.astype(float), FLOOR))
    weights = np.ones(len(y)) if w is None else w

    spread = 1 / (weights.sum() + 2)

    def log_probabilities(log_t):
        z = logs / np.exp(log_t)
        return z - np.log(np.exp(z).sum(1, keepdims=True))

    def plain(log_t):
        return -np.average(log_probabilities(log_t)[np.arange(len(y)), y], weights=weights)

    def loss(log_t):
        return (1 - spread) * plain(log_t) - spread * np.average(log_probabilities(log_t).mean(1), weights=weights)

    best = minimize_scalar(loss, bounds=(np.log(1 / 3), np.log(20)), method="bounded", options={"xatol": 1e-10})
    return {
        "name": name,
        "y": y.tolist(),
        "predictions": p.astype(float).tolist(),
        "weights": None if w is None else w.tolist(),
        "temperature": float(np.exp(best.x)),
        "loss": float(plain(best.x)),
    }


def isotonic(name, y, scores, w=None):
    fitted = IsotonicRegression().fit(scores.astype(float), y, sample_weight=w).predict(scores.astype(float))
    weights = np.ones(len(y)) if w is None else w
    blocks = [(np.average(scores[fitted == v], weights=weights[fitted == v]), v) for v in np.unique(fitted)]
    return {
        "name": name,
        "y": y.tolist(),
        "scores": scores.astype(float).tolist(),
        "weights": None if w is None else w.tolist(),
        "x": [float(x) for x, _ in blocks],
        "means": [float(v) for _, v in blocks],
    }


def main():
    n = 120
    y3 = rng.integers(0, 3, n)
    z3 = rng.normal(size=(n, 3)) + 1.2 * np.eye(3)[y3]
    w = rng.uniform(0.1, 3, n)
    y2 = (rng.uniform(size=n) < 0.4).astype(int)
    z2 = rng.normal(size=(n, 2)) + np.eye(2)[y2]
    s = softmax(2 * z2)[:, 1]
    sure = np.eye(3, dtype=np.float32)[np.where(rng.uniform(size=n) < 0.9, y3, (y3 + 1) % 3)]
    body = {
        "temperatures": [
            temperature("too sure", y3, softmax(4 * z3)),
            temperature("not sure enough", y3, softmax(0.5 * z3)),
            temperature("weights", y3, softmax(4 * z3), w),
            temperature("zeros and ones", y3, sure),
            temperature("two classes", y2, softmax(2 * z2)),
        ],
        "isotonic": [
            isotonic("plain", y2, s),
            isotonic("weights", y2, s, w),
            isotonic("ties", y2, np.round(s * 10).astype(np.float32) / np.float32(10)),
        ],
    }
    header = {
        "generator": "test/golden/ensemble/make_calibration.py",
        "versions": {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "seed": SEED,
        "dtype": "float32 predictions, float64 results",
        "made": datetime.date.today().isoformat(),
    }
    with open(sys.argv[1], "w") as out:
        json.dump({**header, **body}, out)


main()
