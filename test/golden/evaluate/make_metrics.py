#!/usr/bin/env python3
"""Golden values of every metric, by scikit-learn on fixed pseudo-random data.

Usage: make_metrics.py OUT_FILE

Predictions are float32 values, as ours are. Cases with ties, weights, rare classes and certain mistakes are included.
"""
import datetime
import json
import sys

import numpy as np
import sklearn
from sklearn import metrics as m

SEED = 7
rng = np.random.default_rng(SEED)


def f32(a):
    return np.asarray(a, dtype=np.float32)


def regression(y, p, w):
    scores = {
        "rmse": np.sqrt(m.mean_squared_error(y, p, sample_weight=w)),
        "mae": m.mean_absolute_error(y, p, sample_weight=w),
        "r2": m.r2_score(y, p, sample_weight=w),
        "medae": m.median_absolute_error(y, p, sample_weight=w),
        "mape": m.mean_absolute_percentage_error(y, p, sample_weight=w),
        "pinball_0.1": m.mean_pinball_loss(y, p, sample_weight=w, alpha=0.1),
        "pinball_0.9": m.mean_pinball_loss(y, p, sample_weight=w, alpha=0.9),
    }
    if y.min() >= 0 and p.min() > 0:
        scores["rmsle"] = np.sqrt(m.mean_squared_log_error(y, p, sample_weight=w))
        scores["poisson_deviance"] = m.mean_poisson_deviance(y, p, sample_weight=w)
        scores["tweedie_deviance"] = m.mean_tweedie_deviance(y, p, sample_weight=w, power=1.5)
    if y.min() > 0 and p.min() > 0:
        scores["gamma_deviance"] = m.mean_gamma_deviance(y, p, sample_weight=w)
    return scores


def decisions(y, call, w):
    return {
        "precision_macro": m.precision_score(y, call, average="macro", sample_weight=w, zero_division=0),
        "recall_macro": m.recall_score(y, call, average="macro", sample_weight=w, zero_division=0),
        "f0.5_macro": m.fbeta_score(y, call, beta=0.5, average="macro", sample_weight=w, zero_division=0),
        "f2_macro": m.fbeta_score(y, call, beta=2, average="macro", sample_weight=w, zero_division=0),
        "quadratic_kappa": m.cohen_kappa_score(y, call, weights="quadratic", sample_weight=w),
    }


def binary(y, proba, w):
    p1, call = proba[:, 1], proba.argmax(1)
    return {
        "auc": m.roc_auc_score(y, p1, sample_weight=w),
        "logloss": m.log_loss(y, proba, sample_weight=w, labels=[0, 1]),
        "accuracy": m.accuracy_score(y, call, sample_weight=w),
        "balanced_accuracy": m.balanced_accuracy_score(y, call, sample_weight=w),
        **decisions(y, call, w),
        "precision": m.precision_score(y, call, sample_weight=w, zero_division=0),
        "recall": m.recall_score(y, call, sample_weight=w, zero_division=0),
        "f1": m.f1_score(y, call, sample_weight=w),
        "f0.5": m.fbeta_score(y, call, beta=0.5, sample_weight=w, zero_division=0),
        "f2": m.fbeta_score(y, call, beta=2, sample_weight=w, zero_division=0),
        "f1_macro": m.f1_score(y, call, average="macro", sample_weight=w),
        "mcc": m.matthews_corrcoef(y, call, sample_weight=w),
        "brier": m.brier_score_loss(y, p1, sample_weight=w),
        "average_precision": m.average_precision_score(y, p1, sample_weight=w),
    }


def multiclass(y, proba, w):
    k, call = proba.shape[1], proba.argmax(1)
    areas = [m.roc_auc_score(y == c, proba[:, c], sample_weight=w) for c in range(k) if (y == c).any()]
    there = [c for c in range(k) if (y == c).any()]
    average = [m.average_precision_score(y == c, proba[:, c], sample_weight=w) for c in there]
    more = {"average_precision_ovr": float(np.mean(average)), **decisions(y, call, w)}
    if k > 3 and all(len(set(row)) == k for row in proba.tolist()):
        # Of equal probabilities scikit-learn takes the last class.
        more["top_3_accuracy"] = m.top_k_accuracy_score(y, proba, k=3, sample_weight=w, labels=range(k))
    return {
        **more,
        "logloss": m.log_loss(y, proba, sample_weight=w, labels=range(k)),
        "accuracy": m.accuracy_score(y, call, sample_weight=w),
        "balanced_accuracy": m.balanced_accuracy_score(y, call, sample_weight=w),
        "f1_macro": m.f1_score(y, call, average="macro", sample_weight=w),
        "mcc": m.matthews_corrcoef(y, call, sample_weight=w),
        "auc_ovr": float(np.mean(areas)),
    }


def case(name, task, y, p, w=None):
    p = f32(p)
    y = f32(y) if task == "regression" else np.asarray(y)
    w = None if w is None else f32(w)
    score = {"regression": regression, "binary": binary, "multiclass": multiclass}[task]
    return {
        "name": name,
        "task": task,
        "y": y.astype(float).tolist(),
        "predictions": [row if isinstance(row, list) else [row] for row in p.astype(float).tolist()],
        "weights": None if w is None else w.astype(float).tolist(),
        "expected": {key: float(value) for key, value in score(y, p, w).items()},
    }


def two(p1):
    p1 = f32(p1)
    return np.stack([np.float32(1) - p1, p1], axis=1)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def main():
    cases = []
    y = rng.normal(size=41) * 10
    p = y + rng.normal(size=41) * 3
    w = rng.uniform(0.1, 3, 41)
    cases.append(case("regression, odd n", "regression", y, p))
    cases.append(case("regression, weights", "regression", y, p, w))
    cases.append(case("regression, even n and a zero in y", "regression", [0, 1, -2, 5], [0.5, 1, -2, 4]))
    cases.append(case("regression, constant y", "regression", [3, 3, 3], [3, 2, 5]))
    cases.append(case("regression, constant y hit exactly", "regression", [3, 3, 3], [3, 3, 3]))
    cases.append(case("regression, one weight holds half", "regression", [0, 0, 0, 0], [1, 2, 3, 4], [1, 1, 2, 1]))
    own = np.random.default_rng(SEED + 1)
    y_count = own.poisson(3, 40)
    p_count = y_count + own.uniform(0.1, 4, 40)
    cases.append(case("regression, counts", "regression", y_count, p_count))
    cases.append(case("regression, counts and weights", "regression", y_count, p_count, own.uniform(0.1, 3, 40)))
    y_size = own.gamma(2, 50, 40)
    cases.append(case("regression, sizes", "regression", y_size, y_size * own.uniform(0.5, 2, 40)))
    yb = (rng.uniform(size=60) < 0.3).astype(int)
    pb = np.clip(0.3 + 0.3 * (yb - 0.3) + rng.normal(size=60) * 0.2, 0.01, 0.99)
    wb = rng.uniform(0.1, 3, 60)
    cases.append(case("binary", "binary", yb, two(pb)))
    cases.append(case("binary, weights", "binary", yb, two(pb), wb))
    cases.append(case("binary, many ties", "binary", yb, two(np.round(pb * 5) / 5)))
    cases.append(case("binary, many ties and weights", "binary", yb, two(np.round(pb * 5) / 5), wb))
    cases.append(case("binary, all scores equal", "binary", yb, two(np.full(60, 0.5))))
    cases.append(case("binary, sure and wrong", "binary", [0, 1, 1, 0], two([1, 0, 1, 0])))
    cases.append(case("binary, never called", "binary", yb, two(pb / 10)))
    for k, n in ((3, 50), (7, 90)):
        ym = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
        pm = softmax(rng.normal(size=(n, k)) + 2 * np.eye(k)[ym])
        cases.append(case(f"{k} classes", "multiclass", ym, pm))
        cases.append(case(f"{k} classes, weights", "multiclass", ym, pm, rng.uniform(0.1, 3, n)))
        some = ym != 1
        cases.append(case(f"{k} classes, one missing in y", "multiclass", ym[some], pm[some]))
        sure = np.eye(k)[rng.integers(0, k, n)]
        cases.append(case(f"{k} classes, zeros and ones", "multiclass", ym, sure))
    rare = np.zeros(400, dtype=int)
    rare[[17, 230]] = 1
    p_rare = np.clip(0.02 + 0.3 * rare + np.abs(rng.normal(size=400)) * 0.1, 0, 1)
    w_some = rng.uniform(0, 2, 400) * (rng.uniform(size=400) < 0.6)
    w_some[[17, 230]] = [0.5, 4]
    cases.append(case("binary, 2 rows of 400", "binary", rare, two(p_rare)))
    cases.append(case("binary, 2 rows of 400, many weights 0", "binary", rare, two(np.round(p_rare, 2)), w_some))
    y_few = rng.normal(size=30)
    y_few[:3] = 0
    p_few = np.round(y_few + rng.normal(size=30), 1)
    cases.append(case("regression, ties, zeros in y, many weights 0", "regression", y_few, p_few, w_some[40:70]))
    y_uneven = np.concatenate([np.zeros(70, int), np.full(8, 1), [3, 3]])
    p_uneven = np.round(4 * softmax(rng.normal(size=(80, 4)) + np.eye(4)[y_uneven])) / 4
    p_uneven[p_uneven.sum(1) == 0] = 0.25
    p_uneven /= p_uneven.sum(1, keepdims=True)
    cases.append(case("4 classes, uneven, one missing in y, ties", "multiclass", y_uneven, p_uneven))
    cases.append(case("4 classes, uneven, ties, weights", "multiclass", y_uneven, p_uneven, w_some[10:90] + 0.01))
    header = {
        "generator": "test/golden/evaluate/make_metrics.py",
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "seed": SEED,
        "dtype": "float32 predictions, float64 scores",
        "made": datetime.date.today().isoformat(),
    }
    with open(sys.argv[1], "w") as out:
        json.dump({**header, "cases": cases}, out)


main()
