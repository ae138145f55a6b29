"""How often the 95 % intervals that Sayso prints hold the truth, by simulation.

    python benchmarks/coverage.py [--draws 4000]
    python -m benchmarks.coverage --gold FOLDER [--draws 1000] [--cache FOLDER]     those that an audit corrects

Means: of stances (-1, 0, 1) of statements in articles, as in speaker_stances, the report and the notebook. Figures:
accuracy and F1 of labels in articles, as in `sayso evaluate`. Coverage is among the cases that get an interval.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sayso.tasks.estimates import Estimate, figure_by, mean_by
from sayso.tasks.evaluation.metrics import macro_f1

MEANS, ARTICLES = (0.0, 0.5, 0.75), (2, 3, 5, 10, 30)
MOST = 6  # statements an article
PROCESSES = ("independent", "clustered", "half repeated", "all equal", "one each", "never against")
FIGURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": lambda truth, found: float((truth == found).mean()),
    "macro F1": lambda truth, found: macro_f1(truth, found, 3),
}
_SKILL = 0.8  # log odds that a label is right, in the middle article


class Coverage(NamedTuple):
    """Of the cases with an interval, the share whose interval holds the truth; the share with one; their mean width."""

    covered: float
    printed: float
    width: float


def stances(process: str, mean: float, articles: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(scores, article of each) of statements whose expected score is `mean`."""
    neutral = 1 - mean if process == "never against" and mean else 0.55 * (1 - mean)
    share = np.array([(1 - neutral - mean) / 2, neutral, (1 - neutral + mean) / 2])
    sizes = np.ones(articles, int) if process == "one each" else rng.integers(1, MOST + 1, articles)
    of = np.repeat(np.arange(articles), sizes)
    if process == "clustered":
        share = rng.dirichlet(np.maximum(2 * share, 1e-9), articles)[of]
    scores = _pick(np.broadcast_to(share, (len(of), 3)), rng)
    if process in ("half repeated", "all equal"):
        first = scores[np.unique(of, return_index=True)[1]][of]
        scores = np.where(rng.random(len(of)) < (0.5 if process == "half repeated" else 1), first, scores)
    return scores - 1, of


def labels(articles: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(true labels, labels found, article of each); articles differ in their labels and in how hard they are."""
    of = np.repeat(np.arange(articles), rng.integers(1, 2 * size, articles))
    truth = _pick(rng.dirichlet((1.2, 1.6, 1.2), articles)[of], rng)
    right = rng.random(len(of)) < 1 / (1 + np.exp(-rng.normal(_SKILL, 0.5, articles)))[of]
    return truth, np.where(right, truth, (truth + rng.integers(1, 3, len(of))) % 3), of


def _pick(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    u = rng.random(len(shares))
    return (u >= shares[:, 0]).astype(int) + (u >= shares[:, 0] + shares[:, 1])


def of_mean(process: str, mean: float, articles: int, draws: int) -> Coverage:
    rng = np.random.default_rng([PROCESSES.index(process), int(100 * mean), articles])
    return _coverage(mean, (mean_by(*stances(process, mean, articles, rng)) for _ in range(draws)))


def of_figure(name: str, articles: int, size: int, draws: int) -> Coverage:
    measure = FIGURES[name]
    truth = measure(*labels(100_000, size, np.random.default_rng(0))[:2])
    rng = np.random.default_rng([1, articles, size])

    def estimates() -> Iterator[Estimate]:
        for _ in range(draws):
            gold, found, of = labels(articles, size, rng)
            yield figure_by(lambda rows, gold=gold, found=found: measure(gold[rows], found[rows]), of)

    return _coverage(truth, estimates())


def _coverage(truth: float, estimates: Iterator[Estimate]) -> Coverage:
    drawn = list(estimates)
    bounds = np.array([(e.low, e.high) for e in drawn if e.low is not None], dtype=float).reshape(-1, 2)
    if not len(bounds):
        return Coverage(np.nan, 0.0, np.nan)
    held = (bounds[:, 0] <= truth + 1e-9) & (bounds[:, 1] >= truth - 1e-9)
    return Coverage(held.mean(), len(bounds) / len(drawn), (bounds[:, 1] - bounds[:, 0]).mean())


def _line(*cells: object) -> str:
    found: Coverage = cells[-1]
    shown = ("no interval",) if not found.printed else [f"{x:.3f}" for x in found]
    return "  ".join(f"{c!s:>14}" for c in (*cells[:-1], *shown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int)
    parser.add_argument("--gold", type=Path, metavar="FOLDER", help="labelled articles to draw audits from")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="for what Sayso makes of them (default: a temporary one)"
    )
    args = parser.parse_args()
    if args.gold:
        from benchmarks.audits import report

        report(args.gold, args.draws or 1000, args.cache)
        return
    draws = args.draws or 4000
    print("  ".join(f"{c:>14}" for c in ("process", "true mean", "articles", "covered", "with interval", "width")))
    for articles in ARTICLES:
        for mean in MEANS:
            for process in PROCESSES:
                print(_line(process, mean, articles, of_mean(process, mean, articles, draws)))
    print("  ".join(f"{c:>14}" for c in ("figure", "articles", "labels each", "covered", "with interval", "width")))
    for name in FIGURES:
        for articles in (5, 10, 16, 84):
            for size in (5, 30):
                print(_line(name, articles, size, of_figure(name, articles, size, draws // 4)))


if __name__ == "__main__":
    main()
