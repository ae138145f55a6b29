"""Pages as tensors, a batch at a time."""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from sayso.tasks.attribution.tags import LABELS as TAGS
from training.common import pad
from training.reader.model import NAMES, TOGETHER, Asked
from training.reader.pages import ROLES, Laid, Page, bio, bits, covered, lay_out

LIMIT = 256  # tokens of a page
BATCH_TOKENS = 2048
UNTOLD = -1.0  # in an aim: nobody has told


class Row(NamedTuple):
    """A page as arrays: BIO numbers (None where nobody has marked any), bits and aims of its questions, its tones."""

    laid: Laid
    tags: np.ndarray | None
    names: np.ndarray | None
    bits: np.ndarray
    opinions: np.ndarray
    tones: np.ndarray
    tone_aims: np.ndarray


class Batch(NamedTuple):
    """Tensors of some rows; `opinions` (questions, 6) are aims for stance and sentiment, or `UNTOLD`."""

    ids: Tensor
    segments: Tensor
    tags: Tensor
    names: Tensor
    asked: Asked | None
    opinions: Tensor
    tone_page: Tensor
    tones: Tensor
    tone_aims: Tensor


def row_of(tokenizer: Tokenizer, page: Page) -> Row:
    """A page as arrays."""
    laid = lay_out(tokenizer, page, LIMIT)
    n, text = len(laid.ids), laid.offsets[:, 1] > 0
    opinions = [(*(q.stance or [UNTOLD] * 3), *(q.sentiment or [UNTOLD] * 3)) for q in page.questions]
    tones = [
        np.any([covered(laid, r.start, r.end) for r in stretch], axis=0) if stretch else text
        for stretch, _ in page.tones
    ]
    return Row(
        laid,
        None if page.tags is None else bio(laid, page.tags, TAGS),
        None if page.names is None else bio(laid, page.names, NAMES),
        np.array([bits(laid, q.roles) for q in page.questions], np.float32).reshape(-1, n, len(ROLES)),
        np.array(opinions, np.float32).reshape(-1, 6),
        np.array(tones, np.float32).reshape(-1, n),
        np.array([aim for _, aim in page.tones], np.float32).reshape(-1, 3),
    )


def batch_of(rows: Sequence[Row]) -> Batch:
    """Rows padded to one length, a multiple of 32."""
    ids = pad([r.laid.ids for r in rows], 0, 32)
    length = ids.shape[1]

    def widen(arrays: list[np.ndarray]) -> Tensor:
        padded = [np.pad(a, [(0, 0), (0, length - a.shape[1]), *[(0, 0)] * (a.ndim - 2)]) for a in arrays]
        return torch.from_numpy(np.concatenate(padded))

    def labels(arrays: list[np.ndarray | None]) -> Tensor:
        return pad([[-100] * length if a is None else a.tolist() for a in arrays], -100, 32)

    def pages(counts: list[int]) -> Tensor:
        return torch.tensor(np.repeat(np.arange(len(rows)), counts))

    asked, said = pages([len(r.bits) for r in rows]), widen([r.bits for r in rows])
    opinions = torch.from_numpy(np.concatenate([r.opinions for r in rows]))
    if spare := -len(asked) % TOGETHER:
        asked, said = torch.cat([asked, asked.new_zeros(spare)]), torch.cat([said, said.new_zeros(spare, length, 4)])
        opinions = torch.cat([opinions, torch.full((spare, 6), UNTOLD)])
    return Batch(
        ids,
        pad([r.laid.segments for r in rows], 0, 32),
        labels([r.tags for r in rows]),
        labels([r.names for r in rows]),
        Asked(asked, said) if len(asked) else None,
        opinions,
        pages([len(r.tones) for r in rows]),
        widen([r.tones for r in rows]),
        torch.from_numpy(np.concatenate([r.tone_aims for r in rows])),
    )


def plan(lengths: Sequence[int], rng: random.Random, tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Row numbers of shuffled batches of rows of like length, about `tokens` each."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    groups: list[list[int]] = []
    for i in range(0, len(order), 1500):
        pool, group = sorted(order[i : i + 1500], key=lengths.__getitem__), []
        for row in pool:
            if group and -(-lengths[row] // 32) * 32 * (len(group) + 1) > tokens:
                groups.append(group)
                group = []
            group.append(row)
        groups.append(group)
    rng.shuffle(groups)
    yield from groups
