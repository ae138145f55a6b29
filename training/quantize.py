"""int8 weights whose products with uint8 activations come out the same on every CPU.

x86 CPUs without VNNI add pairs of products in 16 bits, which saturate. With weights within ±64 they cannot, whichever
two are added: 2 · 255 · 64 = 32,640, and 16 bits hold 32,767. What the coarser grid loses is mostly won back by
rounding each weight in view of the errors made before it (GPTQ, Frantar et al. 2023).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sayso.tasks.articles import Rejected
from sayso.tasks.reading import find_sources, read_article
from sayso.tasks.runtime.pairs import Pair, Role
from sayso.tasks.settings import Reading
from training.common import ROOT

HIGHEST = 255  # of an activation, uint8
LARGEST = 64  # magnitude of a weight
DAMPING = 0.01  # of the mean second moment: few samples say little of rare channels
TARGET = "harbor toll"
NAME = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}")


class Inputs(NamedTuple):
    """Of a linear layer's input over the sample articles: the largest magnitude of each channel, (channels,), and the
    mean products of all pairs of channels, (channels, channels)."""

    largest: np.ndarray
    moments: np.ndarray


def quantize(weight: np.ndarray, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights within ±`LARGEST` and the scale of each output channel.

    Args:
        weight: (inputs, outputs) float.
        moments: (inputs, inputs) mean products of pairs of input channels.
    """
    scale = np.maximum(np.abs(weight).max(axis=0) / LARGEST, 1e-12).astype(np.float32)
    order = np.argsort(-np.diag(moments), kind="stable")  # the channels that matter most are rounded first
    damped = moments[np.ix_(order, order)].astype(np.float64)
    damped[np.diag_indices_from(damped)] += DAMPING * np.diag(damped).mean() + 1e-12
    spread = np.linalg.cholesky(np.linalg.inv(damped)).T
    left, rounded = weight[order].astype(np.float64), np.empty(weight.shape, np.int8)
    for i, channel in enumerate(order):
        rounded[channel] = np.clip(np.round(left[i] / scale), -LARGEST, LARGEST)
        error = (left[i] - rounded[channel] * scale.astype(np.float64)) / spread[i, i]
        left[i + 1 :] -= np.outer(spread[i, i + 1 :], error)
    return rounded, scale


def sample_pairs(roles: Sequence[str] = ()) -> list[Pair]:
    """Each paragraph of the sample articles alone, with an issue, and with each name in it marked, or as each role."""
    pairs = []
    for text in sample_texts():
        pairs += [Pair(text), Pair(text, TARGET)]
        for name in NAME.finditer(text):
            pairs += [Pair(text, name.group(), name.span())]
            pairs += [Pair(text, name.group(), None, (Role(role, *name.span()),)) for role in roles]
    return pairs


def sample_texts() -> list[str]:
    """The paragraphs of the sample articles."""
    texts = []
    for source in find_sources([str(ROOT / "data" / "raw")], Reading().max_bytes):
        try:
            article = read_article(source, Reading())
        except Rejected:
            continue
        texts += [article.text[p.start : p.end] for p in article.paragraphs]
    return texts


def sample_rows(folder: Path, config: dict) -> list[tuple[list[int], list[int]]]:
    """(token ids, segment ids) of every sample, as the model of this folder and config.json reads it."""
    from transformers import AutoTokenizer

    from training.pairs import encoded

    tokenizer, ours = AutoTokenizer.from_pretrained(folder), config["sayso"]
    if "SequenceClassification" in config["architectures"][0]:
        return encoded(tokenizer, sample_pairs(ours.get("roles", ())), ours)
    ids = [tokenizer(text, truncation=True, max_length=ours["max_tokens"])["input_ids"] for text in sample_texts()]
    return [(row, [0] * len(row)) for row in ids]


class Tally:
    """Gathers `Inputs` of layers, a matrix of rows at a time."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[np.ndarray, np.ndarray, int]] = {}

    def add(self, layer: str, rows: np.ndarray) -> None:
        rows = rows.reshape(-1, rows.shape[-1]).astype(np.float64)
        largest, products, n = self._seen.get(layer, (0.0, 0.0, 0))
        self._seen[layer] = np.maximum(largest, np.abs(rows).max(axis=0)), products + rows.T @ rows, n + len(rows)

    def inputs(self) -> dict[str, Inputs]:
        return {layer: Inputs(largest, products / n) for layer, (largest, products, n) in self._seen.items()}
