"""The bundled models on our own labelled sentences: no change may let a figure fall below its floor.

A floor is what the weights measured, less two standard deviations (at least 0.005 each) over six copies of the graphs whose
int8 weights were moved at random by up to a step. Sums are exact on every processor, so a lower figure is a regression.
"""

import pytest

from sayso.tasks.evaluation import KINDS
from tests.quality.own import articles, target_sentiments

FLOORS = {
    ("attribution", "attribution F1"): 0.91,
    ("attribution", "recall, direct"): 0.91,
    ("attribution", "recall, indirect"): 0.89,
    ("speakers", "right"): 0.94,
    ("speakers", "right, he or she"): 0.82,
    ("speakers", "end to end F1"): 0.84,
    ("sentiment", "macro F1"): 0.47,
    ("sentiment of targets", "macro F1"): 0.59,
    ("stance", "macro F1"): 0.55,
    ("stance", "F1, against"): 0.54,
    ("stance", "F1, favor"): 0.67,
}


@pytest.fixture(scope="module")
def figures(pipeline):
    rows = {"sentiment of targets": target_sentiments()}
    kinds = dict.fromkeys(what for what, _ in FLOORS)
    return {
        (what, f.name): f.value for what in kinds for f in KINDS[what.split()[0]](rows.get(what, articles()), pipeline)
    }


@pytest.mark.parametrize("figure", FLOORS, ids=" ".join)
def test_no_figure_falls_below_its_floor(figures, figure):
    assert figures[figure] >= FLOORS[figure], f"{' '.join(figure)} is {figures[figure]:.3f}"


def test_the_labels_are_enough_and_stand_where_they_say():
    rows = articles()
    statements = [(row["text"], a) for row in rows for a in row["attributions"]]
    targets = [t for _, a in statements for t in a["targets"]]
    assert len(statements) >= 60 and len(targets) >= 100
    for text, a in statements:
        assert a["content"] and all(
            text[s:e].strip() == text[s:e] for kind in ("source", "cue", "content") for s, e in a[kind]
        )
        assert a["speaker_kind"] in ("person", "organization", "group", "anonymous")
    assert {t["stance"] for t in targets} == {"against", "neutral", "favor"}
    assert {t["sentiment"] for t in targets} == {"negative", "neutral", "positive"}
    assert all(p["text"][p["start"] : p["end"]] == p["target"] for p in target_sentiments())
