import json

import numpy as np
import pytest

from sayso.tasks.articles import Span, UsageError
from sayso.tasks.evaluation import evaluate
from sayso.tasks.evaluation.identities import figures as identity_figures
from sayso.tasks.evaluation.metrics import calibration_error, f1, macro_f1, measured
from sayso.tasks.evaluation.speakers import b_cubed, form_of, is_speaker
from sayso.tasks.text.spans import iou, match

TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind, a fisherman.\n\nNobody else spoke."


def span(piece):
    at = TEXT.index(piece)
    return [at, at + len(piece)]


GOLD = {
    "text": TEXT,
    "attributions": [
        {
            "source": [span("Ada Quill")], "cue": [span("said")], "content": [span("that the pier was unsafe")],
            "speaker": "Ada Quill", "speaker_kind": "person", "sentiment": "negative",
            "targets": [{"target": "pier", "target_kind": "issue", "stance": "against", "sentiment": "negative", "confident": True}],
        },
        {
            "source": [span("Bo Lind, a fisherman")], "cue": [[span("said Bo")[0], span("said Bo")[0] + 4]],
            "content": [span("“I will not walk on it,”")], "speaker": "Bo Lind", "speaker_kind": "person", "sentiment": "negative",
            "targets": [{"target": "pier", "target_kind": "issue", "stance": "against", "sentiment": "negative", "confident": False}],
        },
    ],
}  # fmt: skip


@pytest.fixture
def gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(GOLD) + "\n\n")
    return path


def figures(kind, path, pipeline):
    return {f.name: f for f in evaluate(kind, path, pipeline)}


def test_plain_statements_are_found(gold, pipeline):
    found = figures("attribution", gold, pipeline)
    assert found["attribution F1"].value == 1.0
    assert found["recall, direct"].value == found["recall, indirect"].value == 1.0
    assert 0 < found["calibration error (ECE)"].value < 0.3  # both are right, and nearly sure


def test_confidence_in_what_gold_does_not_have_is_an_error(tmp_path, pipeline):
    path = tmp_path / "gold.jsonl"
    path.write_text(
        json.dumps(GOLD | {"attributions": [a | {"source": [span("Nobody")]} for a in GOLD["attributions"]]})
    )
    assert figures("attribution", path, pipeline)["calibration error (ECE)"].value > 0.7


def test_plain_speakers_are_right(gold, pipeline):
    found = figures("speakers", gold, pipeline)
    for name in ("right", "kind right", "right, person", "right, full name", "right of the statements found"):
        assert found[name].value == 1.0 and found[name].n == 1
    assert found["end to end F1"].value == found["B³ F1 of speakers within an article"].value == 1.0
    assert found["right, baseline last name matching"].value == 1.0
    assert "right, organization" not in found  # none there to be right about


@pytest.mark.parametrize(
    ("source", "speaker", "kind", "form"),
    [
        ("Bo Lind, a fisherman", "Bo Lind", "person", "full name"),
        ("Quill", "Ada Quill", "person", "partial name"),
        ("Nobody", "", "none", "nominal"),
        ("I", "Bo Lind", "person", "other pronoun"),
        ("", "", "none", "no source"),
    ],
)
def test_the_form_of_a_source(article, source, speaker, kind, form):
    gold = {"source": [span(source)] if source else [], "speaker": speaker, "speaker_kind": kind}
    assert form_of(article(TEXT), gold) == form


def test_b_cubed_by_hand():
    # Three of one speaker, the third given away to the speaker of the fourth.
    precision, recall, n = b_cubed([("a", "x"), ("a", "x"), ("a", "y"), ("b", "y")])
    assert (precision, n) == (1 + 1 + 0.5 + 0.5, 4)
    assert recall == pytest.approx(2 / 3 + 2 / 3 + 1 / 3 + 1)


@pytest.mark.parametrize(
    ("gold", "kind", "name", "found_kind", "right"),
    [
        ("Ada Quill", "person", "Ada M. Quill", "person", True),
        ("Ada Quill", "person", "A. Quill", "person", True),
        ("Ada Quill", "person", "Quill", "person", True),
        ("Ada Quill", "person", "Ida Quill", "person", False),
        ("Ada Quill", "person", "Ada Quill campaign", "organization", False),
        ("the harbor union", "organization", "Harbor Workers' Union", "organization", True),
        ("voters", "group", "unknown", "unknown", False),
        ("", "none", "unknown", "unknown", True),
        ("author", "author", "the author", "author", True),
    ],
)
def test_when_a_speaker_is_the_gold_one(gold, kind, name, found_kind, right):
    assert is_speaker({"speaker": gold, "speaker_kind": kind}, name, found_kind) is right


@pytest.mark.parametrize(("kind", "n"), [("stance", 2), ("sentiment", 2)])
def test_gold_articles_and_pairs_are_both_read(gold, pipeline, tmp_path, kind, n):
    found = figures(kind, gold, pipeline)
    assert found["macro F1"].n == n
    assert found["macro F1, direct statements"].n == found["macro F1, indirect statements"].n == 1
    pairs = tmp_path / "pairs.jsonl"
    label = {"stance": "favor", "sentiment": "positive"}[kind]
    pairs.write_text(
        json.dumps({"text": "Ada praised the pier.", "target": "pier", "start": 16, "end": 20, kind: label})
    )
    found = figures(kind, pairs, pipeline)
    assert found["accuracy"].value in (0.0, 1.0) and 0 <= found["calibration error (ECE)"].value <= 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "x"}', "no labels"),
        ("{", "line 1 is not valid JSON"),
        ("[]", "line 1 is not an object"),
        ('{"text": "x", "stance": "maybe"}', "maybe"),
    ],
)
def test_files_without_gold_are_told(tmp_path, pipeline, content, message):
    path = tmp_path / "gold.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=message):
        evaluate("stance", path, pipeline)
    for kind in ("attribution", "speakers"):
        if content.startswith('{"text": "x"}'):
            with pytest.raises(UsageError, match="no labels"):
                evaluate(kind, path, pipeline)


def test_a_missing_file_is_told(tmp_path, pipeline):
    with pytest.raises(UsageError, match="cannot read"):
        evaluate("stance", tmp_path / "none.jsonl", pipeline)


def test_matching_pairs_each_once():
    content, source = [Span(10, 20)], Span(0, 5)
    assert match([(content, source), (content, source)], [([Span(11, 20)], Span(4, 6))]) == [(0, 0)]
    assert match([(content, None)], [(content, source)]) == []
    assert match([(content, None)], [(content, source)], with_source=False) == [(0, 0)]
    assert match([(content, source)], [([Span(16, 40)], source)]) == []


def test_metrics():
    assert iou([Span(0, 10)], [Span(5, 15)]) == pytest.approx(1 / 3)
    assert f1(0, 0, 0) == 0.0
    truth = np.array([0, 0, 1, 2])
    assert macro_f1(truth, truth, 3) == 1.0
    assert macro_f1(truth, np.zeros(4, int), 3) == pytest.approx((2 * 2 / 6) / 3)
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, False])) == pytest.approx(0.5)
    figure = measured("x", np.arange(50), lambda rows: float((rows + 1).mean() / 60))
    assert figure.low < figure.value < figure.high and figure.text.endswith("]")


def test_intervals_leave_out_whole_articles_and_texts(gold, pipeline, tmp_path):
    articles = tmp_path / "articles.jsonl"
    articles.write_text(gold.read_text() * 3)
    found = figures("stance", articles, pipeline)["accuracy"]
    assert (found.n, found.n_units, found.unit, found.low) == (6, 3, "articles", None)
    pairs = [{"text": f"Ada praised {i % 2}.", "target": t, "stance": "favor"} for i in range(4) for t in ("a", "b")]
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(map(json.dumps, pairs)))
    found = figures("stance", texts, pipeline)["accuracy"]
    assert (found.n, found.n_units, found.unit) == (8, 2, "texts")


def test_identities_by_hand():
    # Two of one person, one of them put to another's two.
    found = {f.name: f for f in identity_figures([("ada", "x"), ("ada", "y"), ("bo", "y"), ("bo", "y"), ("zed", "z")])}
    assert found["B³ precision"].value == pytest.approx((1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 5)
    assert found["B³ recall"].value == pytest.approx((1 / 2 + 1 / 2 + 1 + 1 + 1) / 5)
    assert found["pairwise precision"].value == pytest.approx(1 / 3)
    assert found["pairwise recall"].value == pytest.approx(1 / 2)
    assert found["B³ F1"].n == 2  # zed shares nothing with the others


def test_plain_identities_are_right(tmp_path, pipeline):
    rows = [
        {"text": TEXT, "entities": {"person:ada-quill": "ada", "person:bo-lind": "bo", "person:zed": "zed"}},
        {"text": TEXT.replace("Bo Lind", "Ida Okoro") + " At last.", "entities": {"person:ada-quill": "ada"}},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = figures("identities", path, pipeline)
    assert found["B³ F1"].value == found["pairwise F1"].value == 1.0
    assert found["names found"].value == 0.75
