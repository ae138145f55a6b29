import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.attribution.tags import LABELS, decode, viterbi
from sayso.tasks.runtime.protocol import windows


def probabilities(tags: list[str], sure: float = 0.9) -> np.ndarray:
    rows = np.full((len(tags), len(LABELS)), (1 - sure) / (len(LABELS) - 1))
    rows[np.arange(len(tags)), [LABELS.index(t) for t in tags]] = sure
    return rows


def test_spans_of_a_legal_sequence():
    tags = ["B-source", "I-source", "B-cue", "O", "B-content", "I-content", "B-content"]
    offsets = np.array([(i * 3, i * 3 + 2) for i in range(len(tags))])
    spans = decode(probabilities(tags), offsets)
    assert [(s.kind, s.start, s.end) for s in spans] == [
        ("source", 0, 5), ("cue", 6, 8), ("content", 12, 17), ("content", 18, 20),
    ]  # fmt: skip
    assert all(abs(s.probability - 0.9) < 1e-6 for s in spans)


def test_an_inside_tag_cannot_start_a_span_or_change_its_kind():
    best = viterbi(np.log(probabilities(["I-cue", "B-source", "I-content"], sure=0.6)))
    labels = [LABELS[i] for i in best]
    assert not labels[0].startswith("I-")
    for before, label in zip(labels, labels[1:], strict=False):
        assert not label.startswith("I-") or before[2:] == label[2:]


@given(st.lists(st.lists(st.floats(0.001, 1), min_size=7, max_size=7), max_size=30))
def test_any_probabilities_decode_to_ordered_spans(rows):
    matrix = np.array(rows).reshape(-1, 7)
    matrix = matrix / matrix.sum(axis=1, keepdims=True)
    offsets = np.array([(i, i + 1) for i in range(len(rows))]).reshape(-1, 2)
    spans = decode(matrix, offsets)
    assert all(s.start < s.end for s in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))


@given(st.integers(0, 3000))
def test_windows_cover_every_token(n):
    ranges = windows(n, 254)
    assert {t for low, high in ranges for t in range(low, high)} == set(range(n))
    assert all(high - low <= 254 for low, high in ranges)
