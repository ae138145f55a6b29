"""Which articles an audit draws: strata of articles that are alike, and how many of each, with known probabilities."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

PER_STRATUM = 5  # articles drawn from each, about; fewer leave the variance within strata to chance
_LEAST = 2
_FLOOR = 0.25  # of the mean spread: what Sayso has nothing on may still hold something
_CERTAIN = 6.0  # standard deviations: an article that far out could carry a figure alone
_MOST_CERTAIN = 0.2  # of the sample


def draw(
    frame: pd.DataFrame, n: int, seed: int, keys: Sequence[str], moments: pd.DataFrame, neyman: bool = False
) -> pd.DataFrame:
    """A stratified random sample of articles.

    Articles that stand far out are drawn for certain. Strata of the others come of halving the largest one again and
    again, by each key in turn, until there are about `PER_STRATUM` articles to draw from each. They are given
    articles in proportion to their size or, where the audit is for one quantity, to size times spread (Neyman 1934).
    The order of labelling is random after what is certain, so that whoever stops early has a sample too.

    Args:
        frame: an article a row: article_id and the keys, in any order of rows.
        n: articles to draw; all of the frame where it has fewer.
        moments: for each row of the frame what it adds to quantities of interest, as far as the machine knows.
        neyman: whether there is one such quantity.

    Returns:
        The frame by article_id, with stratum, sampled, inclusion_probability, position (NaN where not drawn).
    """
    order = np.argsort(frame["article_id"].to_numpy(dtype=str))
    frame, moments = frame.iloc[order].reset_index(drop=True), moments.iloc[order].reset_index(drop=True)
    rng = np.random.default_rng(seed)
    n = min(n, len(frame))
    certain = _certain(moments, int(_MOST_CERTAIN * n))
    others = np.flatnonzero(~certain)
    stratum = np.zeros(len(frame), int)
    stratum[others] = certain.any() + _strata(frame.iloc[others], max(1, (n - certain.sum()) // PER_STRATUM), keys)
    sizes = np.bincount(stratum)
    wanted = sizes.astype(float)
    if neyman:
        spread = moments.iloc[:, 0].groupby(stratum).std(ddof=0).to_numpy()
        wanted *= spread + _FLOOR * spread.mean() if spread.any() else 1
    counts = _shared_out(n, wanted, sizes, certain.sum())
    sampled = np.zeros(len(frame), bool)
    for number, count in enumerate(counts):
        sampled[rng.choice(np.flatnonzero(stratum == number), count, replace=False)] = True
    position = np.full(len(frame), np.nan)
    shuffled = rng.permutation(np.flatnonzero(sampled))
    position[shuffled[np.argsort(~certain[shuffled], kind="stable")]] = np.arange(n)
    return frame.assign(
        stratum=stratum, sampled=sampled, inclusion_probability=(counts / sizes)[stratum], position=position
    )


def _certain(moments: pd.DataFrame, most: int) -> np.ndarray:
    """Which articles are drawn for certain: those that stand out furthest, `most` of them at most."""
    values = np.abs(moments.to_numpy(dtype=float))
    spread = np.sqrt((values**2).mean(axis=0))
    out = (values / np.where(spread > 0, spread, np.inf)).max(axis=1, initial=0)
    chosen = np.argsort(-out, kind="stable")[:most]
    certain = np.zeros(len(out), bool)
    certain[chosen[out[chosen] > _CERTAIN]] = True
    return certain


def _strata(frame: pd.DataFrame, many: int, keys: Sequence[str]) -> np.ndarray:
    """The number of the stratum of each row."""
    codes = {key: pd.factorize(frame[key], sort=True)[0] for key in keys}
    cells = [(np.arange(len(frame)), 0)]  # rows, and how often they were halved
    done: list[np.ndarray] = []
    while cells and len(cells) + len(done) < many:
        rows, depth = cells.pop(max(range(len(cells)), key=lambda i: len(cells[i][0])))
        turn = [keys[(depth + i) % len(keys)] for i in range(len(keys))]
        key = next((k for k in turn if len(np.unique(codes[k][rows])) > 1), None)
        if key is None or len(rows) < 4 * _LEAST:
            done.append(rows)
            continue
        order = rows[np.lexsort((*(codes[k][rows] for k in reversed(turn) if k != key), codes[key][rows]))]
        at = _border(codes[key][order])
        cells += [(order[:at], depth + 1), (order[at:], depth + 1)]
    stratum = np.zeros(len(frame), int)
    for number, rows in enumerate(sorted([*done, *(rows for rows, _ in cells)], key=lambda rows: rows.min())):
        stratum[rows] = number
    return stratum


def _border(values: np.ndarray) -> int:
    """Where to halve sorted values: between two different ones near the middle, else in the middle."""
    n = len(values)
    changes = np.flatnonzero(np.diff(values)) + 1
    near = changes[(changes >= max(2 * _LEAST, n / 4)) & (changes <= min(n - 2 * _LEAST, 3 * n / 4))]
    return int(near[np.abs(near - n / 2).argmin()]) if len(near) else n // 2


def _shared_out(n: int, wanted: np.ndarray, sizes: np.ndarray, certain: int) -> np.ndarray:
    """Whole numbers that sum to n, near to the shares wanted, at least two each where there are so many.

    Args:
        certain: articles of the first stratum that are drawn whatever the shares; 0 where there is no such stratum.
    """
    least = np.minimum(sizes, _LEAST)
    fixed = np.zeros(len(sizes), int)
    if certain:
        least[0], wanted, fixed[0] = certain, wanted * (np.arange(len(sizes)) > 0), 1
    counts = least if n >= least.sum() else np.where(fixed, least, 0)
    share = (n - counts[fixed > 0].sum()) * wanted / max(wanted.sum(), 1e-12)
    while counts.sum() < n:
        counts[int(np.where(counts < sizes, share - counts, -np.inf).argmax())] += 1
    return counts
