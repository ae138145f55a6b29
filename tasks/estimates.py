"""Means over statements and figures over articles, with 95 % intervals that hold, or none.

Statements of one article are not independent, so articles are the clusters. What is printed here was chosen by
simulation: `python benchmarks/coverage.py` prints how often each interval holds the truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit, logit, stdtrit

LEVEL = 0.95
MIN_CLUSTERS = 10  # below it no method that was tried keeps within 93 to 97 %
MIN_VALUES = 20  # fewer values on three points: a whole step more or less is already too much
SCORE, JACKKNIFE = "clustered score", "jackknife t"
_PRIOR = 0.25  # weight, in clusters, of "all statements of an article are equal"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value from `n_clusters` clusters; `low`, `high` and `method` are None where no honest interval can be had."""

    value: float
    low: float | None
    high: float | None
    n_clusters: int
    method: str | None


def mean_by(
    values: np.ndarray, clusters: np.ndarray, counts: np.ndarray | None = None, bounds: tuple[float, float] = (-1, 1)
) -> Estimate:
    """The mean of bounded values that come in clusters, as sum over sum, with its 95 % interval.

    A score interval (Wilson 1927) for a mean between bounds: its half-width uses the variance that the *mean in
    question* would have, so it is never of width 0 and never leaves the bounds. The design effect (Kish 1965) is
    estimated from the linearised variance of the ratio. Fewer than `MIN_CLUSTERS` clusters or `MIN_VALUES` values
    have no interval.

    Args:
        values: (rows,) each within `bounds`.
        clusters: (rows,) the cluster of each row: the article of a statement.
        counts: (rows,) how many times each row counts; once by default. Rows that count 0 times are no rows.

    Raises:
        ValueError: there is no value, or one lies outside the bounds.
    """
    values = np.asarray(values, dtype=float)
    counts = np.ones(len(values)) if counts is None else np.asarray(counts, dtype=float)
    total = counts.sum()
    if not total:
        raise ValueError("the mean of nothing")
    middle, half = (bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2
    x = (values - middle) / half
    if np.abs(x[counts > 0]).max() > 1 + 1e-9:
        raise ValueError(f"a value lies outside {bounds}")
    kept = counts > 0
    x, counts = x[kept], counts[kept]
    _, places = np.unique(np.asarray(clusters)[kept], return_inverse=True)
    sums, sizes = np.bincount(places, counts * x), np.bincount(places, counts)
    n, mean = len(sizes), sums.sum() / total
    value = float(middle + half * mean)
    if n < MIN_CLUSTERS or total < MIN_VALUES:
        return Estimate(value, None, None, n, None)
    low, high = _score_interval(sums, sizes, float((counts * x**2).sum()))
    return Estimate(value, float(middle + half * low), float(middle + half * high), n, SCORE)


def _score_interval(sums: np.ndarray, sizes: np.ndarray, squares: float) -> tuple[float, float]:
    """Bounds of sum over sum, for values from -1 to 1; `squares` is the sum of their squares."""
    n, total = len(sizes), sizes.sum()
    mean = sums.sum() / total
    room = 1 - mean**2  # the variance if every value were -1 or 1
    spread = (squares - total * mean**2 + 2) / (total * room + 2)  # that of the values, as a share of it
    unequal = n * (sizes**2).sum() / total**2
    seen = (((sums - mean * sizes) * n / total) ** 2).sum()
    share = (seen + _PRIOR * spread * unequal) / (n * room + _PRIOR)  # that of a cluster's mean
    a = _quantile(round(2 * n / unequal)) ** 2 * share / n
    centre, width = mean / (1 + a), np.sqrt(a * (room + a)) / (1 + a)
    return max(-1.0, centre - width), min(1.0, centre + width)


def figure_by(measure: Callable[[np.ndarray], float], clusters: np.ndarray) -> Estimate:
    """A figure from 0 to 1 (F1, a share) of rows that come in clusters, with its 95 % interval.

    Each cluster is left out in turn (Tukey's jackknife), on the logit scale. No interval below `MIN_CLUSTERS`
    clusters, nor where the figure is 0 or 1 with any of them left out.

    Args:
        measure: gives the figure for the numbers of some rows; NaN where they have none.
        clusters: (rows,) the cluster of each row.
    """
    clusters = np.asarray(clusters)
    rows, names = np.arange(len(clusters)), np.unique(clusters)
    value, n = float(measure(rows)), len(names)
    none = Estimate(value, None, None, n, None)
    if n < MIN_CLUSTERS:
        return none
    parts = np.array([measure(rows[clusters != name]) for name in names])
    if not (0 < value < 1 and np.all((parts > 0) & (parts < 1))):
        return none
    parts = logit(parts)
    error = np.sqrt((n - 1) / n * ((parts - parts.mean()) ** 2).sum())
    low, high = expit(logit(value) + np.array([-1, 1]) * _quantile(n - 1) * error)
    return Estimate(value, float(low), float(high), n, JACKKNIFE)


@cache
def _quantile(freedom: int) -> float:
    return float(stdtrit(freedom, (1 + LEVEL) / 2))
