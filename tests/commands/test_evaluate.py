"""`sayso evaluate`: what is wrong with a gold file is one line and exit code 2."""

import json

import pytest

from sayso.commands.cli import main

TEXT = "Ada Quill said that the pier was unsafe."
WHOLE = {"source": [[0, 9]], "cue": [[10, 14]], "content": [[15, 39]], "speaker": "Ada Quill", "speaker_kind": "person"}
TARGET = {"target": "pier", "target_kind": "issue", "stance": "against", "confident": True}


def without(key: str) -> dict:
    return {k: v for k, v in WHOLE.items() if k != key}


@pytest.mark.parametrize(
    ("kind", "row", "fault"),
    [
        ("attribution", {"attributions": [without("source")]}, "attributions.0.source: field required"),
        ("attribution", {"attributions": [WHOLE, without("cue")]}, "attributions.1.cue: field required"),
        ("attribution", {"attributions": [WHOLE | {"content": [[3]]}]}, "attributions.0.content.0.1: field required"),
        ("attribution", {"attributions": [WHOLE | {"content": [[30, 400]]}]}, "[30, 400) is no span of the text"),
        ("speakers", {"attributions": [WHOLE, without("speaker")]}, "attributions.1.speaker: field required"),
        ("speakers", {"attributions": [WHOLE | {"speaker": None}]}, "attributions.0.speaker: input should be a valid"),
        (
            "stance",
            {"attributions": [WHOLE | {"targets": [{"target": "pier"}]}]},
            "targets.0.target_kind: field required",
        ),
        ("stance", {"target": 3, "stance": "favor"}, "target: input should be a valid string"),
        ("sentiment", {"start": 8, "end": 4, "sentiment": "neutral"}, "[8, 4) is no span of the text"),
        ("stance", {"stance": "yes"}, "gold stance 'yes' is none of"),
        ("stance", {"sentiment": "neutral"}, "no labels for stance"),
    ],
)
def test_gold_that_lacks_something_is_told_in_one_line(tmp_path, capsys, kind, row, fault):
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n" + json.dumps({"text": TEXT} | row))
    assert main(["evaluate", kind, str(gold)]) == 2
    printed = capsys.readouterr().err
    assert fault in printed and printed.count("\n") == 1 and printed.startswith("sayso: ")


def test_gold_with_a_byte_order_mark_is_read(tmp_path, capsys):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": TEXT, "attributions": [WHOLE | {"targets": [TARGET]}]}), encoding="utf-8-sig")
    assert main(["evaluate", "stance", str(gold), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures[0].keys() == {"name", "value", "low", "high", "n", "n_units", "unit"} and figures[0]["n"] == 1
