#!/usr/bin/env python3
"""Golden values of tails and paired tests, by SciPy.

Usage: make_statistics.py OUT_FILE
"""
import datetime
import json
import sys

import numpy as np
import scipy
from scipy import stats

SEED = 11
rng = np.random.default_rng(SEED)


def wilcoxon(name, d):
    exact = len(d) <= 50
    result = stats.wilcoxon(d, mode="exact" if exact else "approx", correction=False)
    return {"name": name, "differences": list(map(float, d)), "statistic": float(result.statistic), "p": float(result.pvalue)}


def corrected(d, ratio):
    n, m = len(d), float(np.mean(d))
    error = float(np.sqrt((1 / n + ratio) * np.var(d, ddof=1)))
    t = m / error
    low, high = stats.t.interval(0.95, n - 1, loc=m, scale=error)
    p = float(2 * stats.t.sf(abs(t), n - 1))
    return {"differences": list(map(float, d)), "ratio": ratio, "t": t, "p": p, "low": float(low), "high": float(high)}


def main():
    tails = [{"t": t, "df": df, "p": float(stats.t.sf(t, df))} for df in (1, 2, 4, 9, 30, 400) for t in (-3, 0, 0.1, 1, 2.5, 12)]
    quantiles = [{"q": q, "df": df, "t": float(stats.t.ppf(q, df))} for df in (1, 4, 30) for q in (0.025, 0.5, 0.9, 0.975, 0.999)]
    normal = [{"z": z, "p": float(stats.norm.sf(z))} for z in (-2, 0, 0.01, 0.5, 1, 1.7, 1.8, 3, 8, 20)]
    header = {
        "generator": "test/golden/evaluate/make_statistics.py",
        "versions": {"scipy": scipy.__version__, "numpy": np.__version__},
        "seed": SEED,
        "dtype": "float64",
        "made": datetime.date.today().isoformat(),
    }
    tied = np.concatenate([np.repeat([1.0, -2.0, 3.0, 0.0], 20), [5.0, -7.0]])
    body = {
        "studentTails": tails,
        "studentQuantiles": quantiles,
        "normalTails": normal,
        "corrected": [corrected(rng.normal(0.3, 1, n), 1 / (n - 1)) for n in (2, 5, 10)],
        "wilcoxon": [
            wilcoxon("one", np.array([1.0])),
            wilcoxon("five of one sign", np.array([0.1, 0.2, 0.3, 0.4, 0.5])),
            wilcoxon("ten", rng.normal(0.3, 1, 10)),
            wilcoxon("fifty", rng.normal(0.1, 1, 50)),
            wilcoxon("eighty", rng.normal(0.1, 1, 80)),
            wilcoxon("ties and zeros, large", tied),
        ],
    }
    with open(sys.argv[1], "w") as out:
        json.dump({**header, **body}, out)


main()
