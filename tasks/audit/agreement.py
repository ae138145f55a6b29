"""How far coders agree: Krippendorff's alpha for nominal labels, with an interval over articles."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sayso.tasks.estimates import LEVEL, MIN_CLUSTERS


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha (1: all agree, 0: as by chance) over units of articles; no bounds below ten articles."""

    what: str
    alpha: float
    low: float | None
    high: float | None
    n_units: int
    n_articles: int


def agreement(what: str, units: Mapping[str, Iterable[Sequence[Hashable]]]) -> Agreement | None:
    """Krippendorff's alpha (2004, chapter 11) of nominal labels; its interval leaves out each article in turn.

    Args:
        units: article_id → for each unit the labels that it was given, one a coder; fewer than two say nothing.

    Returns:
        None where no unit has two labels.
    """
    names: dict[Hashable, int] = {}
    parts = []
    for of_article in units.values():
        found = [Counter(labels) for labels in of_article if len(labels) > 1]
        if found:
            differing = sum((n * n - sum(v * v for v in c.values())) / (n - 1) for c in found for n in [c.total()])
            counts: Counter[int] = Counter()
            for c in found:
                counts.update({names.setdefault(label, len(names)): v for label, v in c.items()})
            parts.append((differing, counts, len(found)))
    if not parts:
        return None
    differed = np.array([d for d, _, _ in parts])
    counted = np.array([[c[k] for k in range(len(names))] for _, c, _ in parts], dtype=float)
    alpha, n = _alpha(differed.sum(), counted.sum(axis=0)), len(parts)
    n_units = sum(u for _, _, u in parts)
    if n < MIN_CLUSTERS:
        return Agreement(what, alpha, None, None, n_units, n)
    without = np.array(
        [_alpha(differed.sum() - d, counted.sum(axis=0) - c) for d, c in zip(differed, counted, strict=True)]
    )
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * error
    return Agreement(what, alpha, max(-1.0, float(alpha - half)), min(1.0, float(alpha + half)), n_units, n)


def _alpha(differing: float, counts: np.ndarray) -> float:
    """From pairs of differing labels, each unit's over one less than its labels, and how often each label was given."""
    n = counts.sum()
    expected = (n * n - (counts**2).sum()) / (n - 1) if n > 1 else 0.0
    return float(1 - differing / expected) if expected > 0 else 1.0
