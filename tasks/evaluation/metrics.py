"""Scores with 95 % intervals, and the matching of statements to gold attributions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.tasks.articles import Statement
from sayso.tasks.estimates import figure_by
from sayso.tasks.text.spans import match


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure of `n` rows. Its 95 % interval is over `n_units` of `unit` (articles, texts), each left out in
    turn; `low` and `high` are None where no honest one can be had."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    n_units: int
    unit: str

    @property
    def text(self) -> str:
        """The value, and the interval in brackets where there is one."""
        return f"{self.value:.3f}" + ("" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]")


def measured(
    name: str, units: np.ndarray, measure: Callable[[np.ndarray], float], unit: str = "articles", interval: bool = True
) -> Figure:
    """A figure of rows.

    Args:
        units: (rows,) the article or text that each row comes from.
        measure: takes the numbers of the rows to count, and gives NaN where there is nothing to measure in them.
        interval: whether to give one; not for what is biased in small samples, whose interval would miss it.
    """
    if interval:
        found = figure_by(measure, units)
        return Figure(name, found.value, found.low, found.high, len(units), found.n_clusters, unit)
    return Figure(name, float(measure(np.arange(len(units)))), None, None, len(units), len(np.unique(units)), unit)


def counted(name: str, values: np.ndarray, unit: str = "articles") -> Figure:
    """F1, or a share where one of the totals is 0, from (hits, found, gold) of each unit; NaN for no total."""
    values = values[values[:, 1:].any(axis=1)]

    def measure(rows: np.ndarray) -> float:
        hits, found, gold = values[rows].sum(axis=0)
        if not found + gold:
            return float("nan")
        return f1(hits, found, gold) if found and gold else hits / (found + gold)

    return measured(name, np.arange(len(values)), measure, unit)


def macro_f1(truth: np.ndarray, predicted: np.ndarray, n_labels: int) -> float:
    """Mean over labels of F1; a label neither true nor predicted counts as 0."""
    return float(np.mean([label_f1(truth, predicted, label) for label in range(n_labels)]))


def label_f1(truth: np.ndarray, predicted: np.ndarray, label: int) -> float:
    hits = np.sum((truth == label) & (predicted == label))
    return float(2 * hits / max(1, np.sum(truth == label) + np.sum(predicted == label)))


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017), equal-width bins.

    Args:
        confidence: (rows,) probability of each row's answer.
        right: (rows,) whether the answer is right.
    """
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean()
            for b in range(bins)
            if (which == b).any()
        )
    )


def f1(hits: float, found: float, gold: float) -> float:
    return 2 * hits / (found + gold) if found + gold else 0.0


def match_statements(
    found: Sequence[Statement], gold: Sequence[Statement], with_source: bool = True
) -> list[tuple[int, int]]:
    """`match` of two lists of statements."""
    return match([(s.content, s.source) for s in found], [(s.content, s.source) for s in gold], with_source)
