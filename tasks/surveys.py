"""Ratios over all articles from a machine's labels of all of them and a person's of a sample: design-based, or none.

The estimator is that of design-based supervised learning (Egami et al. 2023) and prediction-powered inference with
power tuning (Angelopoulos et al. 2023), in survey terms a difference estimator, for the moment "sum of y - R x over
articles is 0". Articles are the clusters; what the machine missed counts, since y and x are sums over an article by
each of the two. An interval holds every R whose moment, as the sample corrects it, is not clearly other than 0.

Libraries that were looked at: glide-py asks for Python 3.12 and averages means of clusters, ppi-python is for
independent rows; neither has ratios of sums, strata with finite sizes, or rows that only one of the two labels.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sayso.tasks.estimates import LEVEL

MIN_LABELLED = 10  # articles in the sample that say something; below it no interval
CORRECTED, ALONE = "difference estimator, score t", "sample alone, score t"
_GRID = 401
_MOST_LEVERAGE = 0.9
_PRIOR = 0.25  # weight, in articles with errors, of the doubt there is before any is seen


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of sums over all articles.

    Attributes:
        value: None where nothing can be said.
        low, high: 95 % interval; None where there is no honest one.
        n_labelled: labelled articles.
        n_informative: those of them where a person, or the machine, found what the ratio counts.
        method: how it was made; None without an interval.
    """

    value: float | None
    low: float | None
    high: float | None
    n_labelled: int
    n_informative: int
    method: str | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Numerator and denominator of each article of a frame.

    Attributes:
        stratum: (articles,) whole numbers.
        labelled: (articles,) whether a person has read it.
        machine: (articles, 2) y and x as the machine has them.
        person: (articles, 2) as the person has them; anything where it is not labelled.
    """

    stratum: np.ndarray
    labelled: np.ndarray
    machine: np.ndarray
    person: np.ndarray


def corrected_ratio(sums: Sums, bounds: tuple[float, float], tuned: bool = True) -> Ratio:
    """Sum of y over sum of x over all articles, corrected by the sample.

    Args:
        bounds: what the ratio must lie within.
        tuned: whether the machine's labels count as much as they are worth; else not at all (the sample alone).
    """
    return _Moment(sums, tuned).ratio(bounds)


def corrected_difference(one: Sums, other: Sums, bounds: tuple[float, float], tuned: bool = True) -> Ratio:
    """A ratio minus another, of the same frame and sample; arguments as of `corrected_ratio`."""
    a, b = _Moment(one, tuned), _Moment(other, tuned)
    first, second = a.ratio(bounds), b.ratio(bounds)
    few = min(first.n_informative, second.n_informative)
    if first.value is None or second.value is None:
        return Ratio(None, None, None, first.n_labelled, few, None)
    value = first.value - second.value
    if first.method is None or second.method is None:
        return Ratio(value, None, None, first.n_labelled, few, None)
    at = np.array([first.value]), np.array([second.value])
    errors = a.errors(at[0]) / a.size(first.value) - b.errors(at[1]) / b.size(second.value)
    leverage = (a.worth(at[0])[1] + b.worth(at[1])[1]) / 2
    doubt = sum(m.doubt(float(v[0]), v, bounds) / m.size(float(v[0])) ** 2 for m, v in zip((a, b), at, strict=True))
    width = float(a.error(errors, leverage, doubt)[0])
    room = bounds[1] - bounds[0]
    low, high = max(-room, value - width), min(room, value + width)
    return Ratio(value, float(low), float(high), first.n_labelled, few, first.method)


class _Moment:
    """The moment y - R x: its total over the frame, as the sample corrects it, and how sure that is.

    Every method takes (ratios,) candidates for R at once.
    """

    def __init__(self, sums: Sums, tuned: bool) -> None:
        self._tuned = tuned
        strata = merged(sums.stratum, sums.labelled)
        self._s = np.flatnonzero(sums.labelled)
        of = strata[self._s]
        self._sizes = np.bincount(strata)
        self._drawn = np.bincount(of, minlength=len(self._sizes))
        self._weights = (self._sizes / np.maximum(self._drawn, 1))[of]
        drawn = np.maximum(self._drawn, 2)
        self._factors = (self._sizes * (self._sizes - self._drawn) / drawn / (drawn - 1))[of]  # 0: drawn for certain
        self._member = (of[:, None] == np.arange(len(self._sizes))).astype(float)  # (labelled, strata)
        self._machine, self._person = sums.machine[self._s].astype(float), sums.person[self._s].astype(float)
        self._all = sums.machine.sum(axis=0)
        self._informative = int((self._person[:, 1] > 0).sum())

    def _of(self, sums: np.ndarray, ratios: np.ndarray) -> np.ndarray:
        """(ratios, articles) of the moment."""
        moment: np.ndarray = sums[..., 0] - np.multiply.outer(ratios, sums[..., 1])
        return moment

    def _within(self, values: np.ndarray) -> np.ndarray:
        """What values (…, labelled) are beyond the mean of their stratum."""
        means = values @ self._member / np.maximum(self._drawn, 1)
        within: np.ndarray = values - means @ self._member.T
        return within

    def worth(self, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How much the machine's moment counts, 0 to 1: the slope of the person's on it within strata; and the
        leverage (ratios, labelled) of each article on it."""
        theirs = self._within(self._of(self._machine, ratios))
        if not self._tuned:
            return np.zeros(len(ratios)), np.zeros_like(theirs)
        spread = (self._factors * theirs**2).sum(axis=1)
        slope = (self._factors * theirs * self._within(self._of(self._person, ratios))).sum(axis=1)
        none = spread <= 0
        spread = np.where(none, 1, spread)
        return np.clip(np.where(none, 0, slope / spread), 0, 1), self._factors * theirs**2 / spread[:, None]

    def errors(self, ratios: np.ndarray) -> np.ndarray:
        """(ratios, labelled) what the machine does not tell of each article's moment."""
        told = self.worth(ratios)[0][:, None] * self._of(self._machine, ratios)
        errors: np.ndarray = self._of(self._person, ratios) - told
        return errors

    def totals(self, ratios: np.ndarray) -> np.ndarray:
        """Of the moment over all articles; 0 at the estimate."""
        totals: np.ndarray = self.worth(ratios)[0] * self._of(self._all, ratios) + self.errors(ratios) @ self._weights
        return totals

    def size(self, ratio: float) -> float:
        """The denominator over all articles."""
        worth = float(self.worth(np.array([ratio]))[0][0])
        return float(worth * self._all[1] + self._weights @ (self._person[:, 1] - worth * self._machine[:, 1]))

    def _parts(self, errors: np.ndarray, leverage: np.ndarray) -> np.ndarray:
        """(ratios, labelled) what each article adds to the variance of the total of errors, under the design.

        Residuals are enlarged for the leverage of their article on the slope (MacKinnon and White 1985).
        """
        residuals = self._within(errors) / (1 - np.minimum(leverage, _MOST_LEVERAGE))
        parts: np.ndarray = self._factors * residuals**2
        return parts

    def error(self, errors: np.ndarray, leverage: np.ndarray, doubt: np.ndarray | float) -> np.ndarray:
        """(ratios,) half the width of the interval of the total of errors.

        Where most articles have no error and few a large one, the variance is known badly: its degrees of freedom
        follow from the kurtosis of its parts (Satterthwaite 1946).

        Args:
            doubt: (ratios,) the least that the variance may be.
        """
        parts = self._parts(errors, leverage)
        variance, fourth = parts.sum(axis=1), (parts**2).sum(axis=1)
        n, m = int((self._factors > 0).sum()), self._informative
        strata = int(self._member[self._factors > 0].any(axis=0).sum())
        kurtosis = n * fourth / np.where(variance > 0, variance**2, 1)
        freedom = np.minimum(2 * n / np.maximum(kurtosis - 1, 1e-9), min(n - strata, m - 1) - self._tuned)
        spent = m / max(m - 1 - self._tuned, 1)  # a ratio and a slope are fitted to them
        quantiles = stdtrit(np.maximum(freedom, 1), (1 + LEVEL) / 2)
        half: np.ndarray = quantiles * np.sqrt(np.maximum(variance * spent, doubt))
        return half

    def doubt(self, value: float, ratios: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
        """(ratios,) a variance for want of errors: that articles without any were read does not mean there are none.

        It is what the variance would be if all statements of an article were alike and, as far as the machine
        tells them, if one article of those read were wrong as a whole. It fades as soon as errors are seen.
        """
        at = np.array([value])
        (worth,), leverage = self.worth(at)
        parts = self._parts(self.errors(at), leverage)[0]
        seen = parts.sum() ** 2 / (parts**2).sum() if parts.any() else 0.0  # articles with errors, in effect
        room = (ratios - bounds[0]) * (bounds[1] - ratios)  # variance of a bounded value whose mean is the ratio
        worst: np.ndarray = room * (self._factors * self._person[:, 1] ** 2).sum()
        doubt: np.ndarray = worst * _PRIOR / (_PRIOR + seen) * (1 - worth + worth / len(self._s))
        return doubt

    def ratio(self, bounds: tuple[float, float]) -> Ratio:
        n = len(self._s)
        informative = self._informative
        nothing = Ratio(None, None, None, n, informative, None)
        if not n or not informative:
            return nothing
        grid = np.linspace(*bounds, _GRID)
        totals = self.totals(grid)
        value = _root(grid, totals)
        if informative < MIN_LABELLED:
            return Ratio(value, None, None, n, informative, None)
        errors = self.errors(grid)
        bars = self.error(errors, self.worth(grid)[1], self.doubt(value, grid, bounds))
        held = grid[np.abs(totals) <= bars]
        step = grid[1] - grid[0]
        low = max(bounds[0], min([*held[:1], value]) - step / 2)
        high = min(bounds[1], max([*held[-1:], value]) + step / 2)
        return Ratio(value, float(low), float(high), n, informative, CORRECTED if self._tuned else ALONE)


def _root(grid: np.ndarray, totals: np.ndarray) -> float:
    """Where a falling line of totals crosses 0; at the end of the grid where it does not."""
    if totals[0] <= 0:
        return float(grid[0])
    if totals[-1] >= 0:
        return float(grid[-1])
    i = int(np.argmax(totals <= 0))
    share = totals[i - 1] / (totals[i - 1] - totals[i])
    return float(grid[i - 1] + share * (grid[i] - grid[i - 1]))


def merged(stratum: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Strata numbered anew, each with at least two labelled articles, or with all of its articles labelled.

    One with fewer joins the one before it; what was drawn for certain and read is left alone.
    """
    names, places, sizes = np.unique(stratum, return_inverse=True, return_counts=True)
    drawn = np.bincount(places[labelled], minlength=len(names))
    to = np.full(len(names), -1)
    whole = drawn == sizes
    to[whole] = np.arange(whole.sum())
    group, held = int(whole.sum()), 0
    rest = np.flatnonzero(~whole)
    for i in rest:
        if held >= 2:
            group, held = group + 1, 0
        to[i] = group
        held += drawn[i]
    if held < 2 and group > whole.sum():
        to[to == group] = group - 1
    return to[places]
