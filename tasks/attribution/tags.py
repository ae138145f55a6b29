"""BIO tags over source, cue and content: decoding, spans."""

from dataclasses import dataclass

import numpy as np

KINDS = ("source", "cue", "content")
LABELS = ("O", *(f"{prefix}-{kind}" for kind in KINDS for prefix in "BI"))


@dataclass(frozen=True, slots=True)
class Span:
    """A tagged stretch of one paragraph: kind, code points `[start, end)`, mean tag probability."""

    kind: str
    start: int
    end: int
    probability: float


def _legal_moves(labels: tuple[str, ...]) -> np.ndarray:
    legal = np.zeros((len(labels), len(labels)), dtype=bool)
    for i, before in enumerate(labels):
        for j, label in enumerate(labels):
            legal[i, j] = not label.startswith("I-") or before[2:] == label[2:] != ""
    return legal


def viterbi(log_probabilities: np.ndarray, labels: tuple[str, ...] = LABELS) -> np.ndarray:
    """The most probable legal BIO sequence.

    Args:
        log_probabilities: (tokens, labels).

    Returns:
        (tokens,) label numbers.
    """
    moves = np.where(_legal_moves(labels), 0.0, -1e9)
    score = log_probabilities[0] + np.array([-1e9 if label.startswith("I-") else 0.0 for label in labels])
    back = np.zeros(log_probabilities.shape, dtype=np.int64)
    for t in range(1, len(log_probabilities)):
        paths = score[:, None] + moves
        back[t] = paths.argmax(axis=0)
        score = paths.max(axis=0) + log_probabilities[t]
    best = np.empty(len(log_probabilities), dtype=np.int64)
    best[-1] = score.argmax()
    for t in range(len(log_probabilities) - 1, 0, -1):
        best[t - 1] = back[t, best[t]]
    return best


def decode(probabilities: np.ndarray, offsets: np.ndarray, labels: tuple[str, ...] = LABELS) -> list[Span]:
    """Spans of one paragraph.

    Args:
        probabilities: (tokens, labels), rows summing to 1.
        offsets: (tokens, 2) code points of each token in the paragraph.
    """
    if not len(probabilities):
        return []
    tags = viterbi(np.log(np.maximum(probabilities, 1e-9)), labels)
    spans, begin = [], None
    for t in range(len(tags) + 1):
        label = labels[tags[t]] if t < len(tags) else "O"
        if begin is not None and not label.startswith("I-"):
            kind = labels[tags[begin]][2:]
            certain = probabilities[np.arange(begin, t), tags[begin:t]]
            spans.append(Span(kind, int(offsets[begin][0]), int(offsets[t - 1][1]), float(certain.mean())))
            begin = None
        if label.startswith("B-"):
            begin = t
    return spans
