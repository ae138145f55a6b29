"""What the stages ask of a model, whatever runs it."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sayso.tasks.runtime.folder import ModelInfo
from sayso.tasks.runtime.pairs import Pair

BATCH_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class TaggedText:
    """Offsets (tokens, 2) in code points and probabilities (tokens, labels), special tokens left out."""

    offsets: np.ndarray
    probabilities: np.ndarray


class Tagger(Protocol):
    """Token classification; `labels` are BIO tags over source, cue and content."""

    info: ModelInfo
    labels: tuple[str, ...]

    def tag(self, texts: Sequence[str]) -> list[TaggedText]: ...


class PairClassifier(Protocol):
    """Text-pair classification; `predict` gives float32 (pairs, labels), rows summing to 1."""

    info: ModelInfo
    labels: tuple[str, ...]

    def predict(self, pairs: Sequence[Pair]) -> np.ndarray: ...


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    exponent = np.exp(scaled)
    exponent /= exponent.sum(axis=-1, keepdims=True)
    return exponent.astype(np.float32)


def in_batches(
    lengths: Sequence[int], run: Callable[[list[int]], Iterable[np.ndarray]], threads: int = 1
) -> list[np.ndarray]:
    """Run rows in batches of like length, about `BATCH_TOKENS` each; results in the rows' own order.

    Args:
        run: gives the results of a batch, from the numbers of its rows.
        threads: batches that run side by side.
    """
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    groups, begin = [], 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and lengths[order[end]] * (end + 1 - begin) <= BATCH_TOKENS:
            end += 1
        groups.append(order[begin:end])
        begin = end
    results: list[np.ndarray] = [np.empty(0)] * len(lengths)
    with ThreadPoolExecutor(threads) as pool:
        for rows, outputs in zip(groups, pool.map(run, groups), strict=True):
            for row, output in zip(rows, outputs, strict=True):
                results[row] = output
    return results


def special_ids(ids: Sequence[int], special: Sequence[int]) -> tuple[list[int], list[int]]:
    """Ids that a tokenizer sets before and after a text, told from an encoded one and its mask of special tokens."""
    inside = [i for i, flag in enumerate(special) if not flag]
    return list(ids[: inside[0]]), list(ids[inside[-1] + 1 :])


def windows(n_tokens: int, size: int, overlap: int = 64) -> list[tuple[int, int]]:
    """Token ranges of at most `size` that cover a long paragraph, neighbours sharing `overlap` tokens."""
    if n_tokens <= size:
        return [(0, n_tokens)]
    overlap = min(overlap, size // 3)
    starts = list(range(0, n_tokens - overlap, size - overlap))
    return [(start, min(start + size, n_tokens)) for start in starts]


def stitch(pieces: list[np.ndarray], ranges: list[tuple[int, int]], n_tokens: int) -> np.ndarray:
    """Probabilities of a text that was tagged in overlapping windows: each token from the window it is deepest in."""
    if len(pieces) == 1:
        return pieces[0]
    best = np.full(n_tokens, -1)
    merged = np.empty((n_tokens, pieces[0].shape[1]), dtype=np.float32)
    for piece, (start, end) in zip(pieces, ranges, strict=True):
        inside = np.arange(start, end)
        depth = np.minimum(inside - start + (start == 0) * n_tokens, end - 1 - inside + (end == n_tokens) * n_tokens)
        better = depth > best[start:end]
        merged[start:end][better] = piece[better]
        best[start:end] = np.maximum(best[start:end], depth)
    return merged
