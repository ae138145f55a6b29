"""Figures of a reader on development data."""

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from sayso.tasks.attribution.tags import KINDS, LABELS
from sayso.tasks.evaluation.metrics import macro_f1
from training.reader.batches import Row, batch_of, row_of
from training.reader.model import Reader
from training.reader.pages import Page


def answers(model: Reader, rows: Sequence[Row]) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Logits of each row: opinions (questions, 6), tags (tokens, labels), tones (stretches, 3)."""
    opinions, tags, tones = ([np.empty(0)] * len(rows) for _ in range(3))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].laid.ids))
    model.eval()
    for i in range(0, len(order), 16):
        chunk = order[i : i + 16]
        b = batch_of([rows[j] for j in chunk])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(b.ids, b.segments, b.asked)
            tone = model.tones(out.states, b.tone_page, b.tones).float().numpy()
        said = np.empty((0, 6)) if out.opinions is None else out.opinions.float().numpy()
        ends = np.cumsum([len(rows[j].bits) for j in chunk])
        for place, j in enumerate(chunk):
            opinions[j] = said[ends[place] - len(rows[j].bits) : ends[place]]
            tones[j] = tone[b.tone_page.numpy() == place]
            tags[j] = out.tags[place, : len(rows[j].laid.ids)].float().numpy()
    return opinions, tags, tones


def figures(model: Reader, tokenizer: Tokenizer, sets: dict[str, list[Page]]) -> dict[str, float]:
    """Macro F1 of stance, sentiment and tone; token F1 of tags; contrast's statements without a mistake."""
    out: dict[str, float] = {}
    for name, pages in sets.items():
        rows = [row_of(tokenizer, page) for page in pages]
        opinions, tags, tones = answers(model, rows)
        said, aims = np.concatenate(opinions).reshape(-1, 6), np.concatenate([r.opinions for r in rows])
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
            both = zip(opinions, rows, strict=True)
            right = [(o[:, :3].argmax(1) == r.opinions[:, :3].argmax(1)).all() for o, r in both]
            out["contrast, all right"] = float(np.mean(right))
        if any(len(r.tone_aims) for r in rows):
            truth = np.concatenate([r.tone_aims for r in rows]).argmax(1)
            out[f"{name} tone"] = macro_f1(truth, np.concatenate(tones).argmax(1), 3)
        if any(r.tags is not None for r in rows):
            out |= {f"{name} {kind}": f1 for kind, f1 in token_f1(rows, tags).items()}
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
