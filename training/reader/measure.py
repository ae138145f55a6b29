"""Figures of a reader on development data."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer

from sayso.tasks.attribution.tags import KINDS, LABELS, decode
from sayso.tasks.evaluation.metrics import macro_f1
from sayso.tasks.runtime.protocol import softmax
from training.reader.batches import Row, batch_of, row_of
from training.reader.model import NAMES, Reader
from training.reader.pages import Page

NAMED = ("person", "organization", "place")  # kinds that corpora and spaCy's model agree on
TOGETHER = 16  # rows


class Read(NamedTuple):
    """Logits of a row: opinions (questions, 6), tags and names (tokens, labels), tones (stretches, 3)."""

    opinions: np.ndarray
    tags: np.ndarray
    names: np.ndarray
    tones: np.ndarray


def read(model: Reader, rows: Sequence[Row]) -> list[Read]:
    """What a reader makes of some rows."""
    found: dict[int, Read] = {}
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].laid.ids))
    model.eval()
    for i in range(0, len(order), TOGETHER):
        chunk = order[i : i + TOGETHER]
        b = batch_of([rows[j] for j in chunk])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(b.ids, b.segments, b.asked)
            tones = model.tones(out.states, b.tone_page, b.tones).float().numpy()
        said = np.empty((0, 6)) if out.opinions is None else out.opinions.float().numpy()
        ends = np.cumsum([len(rows[j].bits) for j in chunk])
        for place, j in enumerate(chunk):
            length = len(rows[j].laid.ids)
            found[j] = Read(
                said[ends[place] - len(rows[j].bits) : ends[place]],
                out.tags[place, :length].float().numpy(),
                out.names[place, :length].float().numpy(),
                tones[b.tone_page.numpy() == place],
            )
    return [found[j] for j in range(len(rows))]


def figures(model: Reader, tokenizer: Tokenizer, sets: dict[str, list[Page]]) -> dict[str, float]:
    """Macro F1 of stance, sentiment and tone; token F1 of tags; span F1 of names; contrast's statements all right."""
    out: dict[str, float] = {}
    for name, pages in sets.items():
        rows = [row_of(tokenizer, page) for page in pages]
        answers = read(model, rows)
        said = np.concatenate([a.opinions for a in answers]).reshape(-1, 6)
        aims = np.concatenate([r.opinions for r in rows])
        sure = np.array([q.confident for page in pages for q in page.questions], bool)
        for column, part in {"stance": slice(0, 3), "sentiment": slice(3, 6)}.items():
            told = aims[:, part.start] >= 0
            if told.any():
                truth, guess = aims[told, part].argmax(1), said[told, part].argmax(1)
                out[f"{name} {column}"] = macro_f1(truth, guess, 3)
                if not sure.all():
                    keep = sure[told]
                    out[f"{name} {column}, confident"] = macro_f1(truth[keep], guess[keep], 3)
        if name == "contrast":
            both = zip(answers, rows, strict=True)
            right = [(a.opinions[:, :3].argmax(1) == r.opinions[:, :3].argmax(1)).all() for a, r in both]
            out["contrast, all right"] = float(np.mean(right))
        if any(len(r.tone_aims) for r in rows):
            truth = np.concatenate([r.tone_aims for r in rows]).argmax(1)
            out[f"{name} tone"] = macro_f1(truth, np.concatenate([a.tones for a in answers]).argmax(1), 3)
        if any(r.tags is not None for r in rows):
            out |= {f"{name} {kind}": f1 for kind, f1 in token_f1(rows, [a.tags for a in answers]).items()}
        if all(page.names is not None for page in pages):
            found = [names_of(row, answer.names) for row, answer in zip(rows, answers, strict=True)]
            out[f"{name} names"] = names_f1(pages, found)
    return out


def token_f1(rows: Sequence[Row], logits: Sequence[np.ndarray]) -> dict[str, float]:
    """F1 of each kind over tokens, B- and I- taken together."""
    truth = np.concatenate([r.tags for r in rows if r.tags is not None])
    guess = np.concatenate([t.argmax(-1) for r, t in zip(rows, logits, strict=True) if r.tags is not None])
    guess, truth = guess[truth >= 0], truth[truth >= 0]
    scores = {}
    for kind in KINDS:
        of = [LABELS.index(f"B-{kind}"), LABELS.index(f"I-{kind}")]
        mine, theirs = np.isin(guess, of), np.isin(truth, of)
        scores[kind] = 2 * float((mine & theirs).sum()) / max(float(mine.sum() + theirs.sum()), 1)
    return scores


def names_of(row: Row, logits: np.ndarray) -> set[tuple[str, int, int]]:
    """The names of a row: (kind, start, end)."""
    text = row.laid.offsets[:, 1] > 0
    spans = decode(softmax(logits[text]), row.laid.offsets[text], NAMES)
    return {(s.kind, s.start, s.end) for s in spans}


def names_f1(pages: Sequence[Page], found: Iterable[set[tuple[str, int, int]]]) -> float:
    """F1 over spans with their kind, persons, organizations and places."""
    hits = mine = theirs = 0
    for page, names in zip(pages, found, strict=True):
        gold = {(k, s, e) for k, s, e in page.names or () if k in NAMED}
        guess = {name for name in names if name[0] in NAMED}
        hits, mine, theirs = hits + len(gold & guess), mine + len(guess), theirs + len(gold)
    return 2 * hits / max(mine + theirs, 1)
