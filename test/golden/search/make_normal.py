#!/usr/bin/env python3
"""Golden values of the normal distribution and its truncations.

Usage: make_normal.py > normal.json     (needs mpmath and scipy; Debian: python3-mpmath, python3-scipy)

log_cdf, log_mass and quantile come from mpmath with 60 digits, because SciPy itself loses digits in
narrow intervals; mixture comes from scipy.stats.truncnorm. Infinities are written as strings.
"""
import datetime
import itertools
import json
import sys

import mpmath as mp
import numpy as np
import scipy
from scipy.stats import truncnorm

mp.mp.dps = 60
SQRT2 = mp.sqrt(2)


def cdf(z):
    return mp.erfc(-mp.mpf(z) / SQRT2) / 2


def mass(a, b):
    a, b = mp.mpf(a), mp.mpf(b)
    return mass(-b, -a) if a > 0 else cdf(b) - cdf(a)


def number(x):
    return float(x) if np.isfinite(float(x)) else str(float(x))


def quantile(u, a, b):
    """Bisection between finite ends; the mass beyond 45 deviations is below 1e-440."""
    if a > 0:
        return -quantile_from(mp.mpf(1) - mp.mpf(u), -b, -a)
    return quantile_from(mp.mpf(u), a, b)


def quantile_from(u, a, b):
    low, high = mp.mpf(max(a, -45)), mp.mpf(min(b, 45))
    target = u * mass(a, b)
    left = low
    base = cdf(a)
    for _ in range(220):
        middle = (low + high) / 2
        if cdf(middle) - base < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


POINTS = [0, 1e-300, -1.9999, -2, -2.0001, 1.9999, 2.0001, -1e-9, 0.1, -0.5, 1, -1, 1.96, -2.9999, -3, -3.0001, 2.9999, 3.0001, -5, 5, 8, -8, -20, -37, 37,
          -38.5, -100, -1e4, 1e4, -1e10]
ENDS = [-np.inf, -1e4, -300, -40, -10, -5, -3, -2, -1, -1e-3, 0, 1e-3, 1, 2, 3, 5, 10, 40, 300, 1e4, np.inf]
WIDTHS = [1e-9, 1e-6, 1e-3]
# Ends whose tails mpmath can subtract with 60 digits to spare.
INTERVALS = [(a, b) for a, b in itertools.combinations(ENDS, 2)]
INTERVALS += [(a, a + w) for a in (-30, -5, -3, -1, 0, 0.5, 3, 30) for w in WIDTHS]
QUANTILES = [(a, b) for a, b in INTERVALS if max(min(abs(a), abs(b)) if a * b > 0 else 0, 0) <= 30]

mp.mp.dps = 400
log_cdf = [[z, number(mp.log(cdf(z)))] for z in POINTS]
mp.mp.dps = 60
log_mass = []
for a, b in INTERVALS:
    value = mass(a, b)
    log_mass.append([number(a), number(b), number(mp.log(value)) if value > 0 else "-inf"])
quantiles = [[u, number(a), number(b), number(quantile(u, a, b))]
             for a, b in QUANTILES for u in (1e-12, 0.01, 0.5, 0.999, 1 - 2**-53)]
rng = np.random.default_rng(7)
mixture = []
for low, high, values in [(0, 1, [0.2]), (0, 1, [0.1, 0.5, 0.9]), (-5, 10, [9.5, 9.5, -5]), (-3, -1, list(rng.uniform(-3, -1, 8)))]:
    middle, width, n = (low + high) / 2, high - low, len(values)
    points = sorted([(v, False) for v in values] + [(middle, True)])
    xs = np.linspace(low, high, 7)
    total = np.zeros(7)
    for i, (mu, prior) in enumerate(points):
        gaps = [mu - points[i - 1][0] if i > 0 else 0, points[i + 1][0] - mu if i < n else 0]
        sigma = width if prior else float(np.clip(max(gaps), width / min(100, 1 + n), width))
        total += truncnorm.pdf(xs, (low - mu) / sigma, (high - mu) / sigma, mu, sigma) / (n + 1)
    mixture.append({"low": low, "high": high, "values": [float(v) for v in values], "x": list(xs), "logpdf": list(np.log(total))})

json.dump({"generator": "test/golden/search/make_normal.py",
           "versions": {"mpmath": mp.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
           "seed": 7, "dtype": "float64", "made": datetime.date.today().isoformat(),
           "log_cdf": log_cdf, "log_mass": log_mass, "quantile": quantiles, "mixture": mixture}, sys.stdout)
