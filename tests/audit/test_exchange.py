"""Out to Label Studio and CSV, and back: the same ids, spans and relations."""

import csv
import io
import json

import pandas as pd
import pytest

from sayso.commands.cli import main
from sayso.tasks.articles import UsageError
from sayso.tasks.audit.drawing import draw_audit, sample
from sayso.tasks.audit.exchange import as_csv, from_label_studio, label_studio
from sayso.tasks.audit.incoming import read_corrections
from sayso.tasks.tables.judgements import labels_of
from tests.report.test_report import AT, analysis, lake_of


@pytest.fixture
def lake(tmp_path):
    return lake_of(tmp_path / "lake", analysis("a", 3), analysis("𝔸🚢 b", 2))


@pytest.fixture
def audit(lake):
    return draw_audit(lake, "draw1", 2, AT, seed=1)


def annotated(lake, audit, change=lambda result: result, by=None):
    """Label Studio's export where a person took the predictions over and changed them."""
    tasks = json.loads(label_studio(audit.audit_id, sample(lake, audit)))
    for task in tasks:
        [prediction] = task.pop("predictions")
        one = {"completed_by": by or {"email": "ada@example.org"}, "updated_at": "2026-03-05T10:00:00Z"}
        task["annotations"] = [one | {"result": change(prediction["result"])}]
    return tasks


def corrections(lake, tmp_path, tasks):
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    found = read_corrections(lake, tmp_path / "export.json")
    assert not found.faults, found.faults
    return [c.judgement for c in found.corrections if c.judgement.action != "finished"]


def test_label_studio_gives_back_the_same_ids_spans_and_relations(lake, audit, tmp_path):
    _, coded = from_label_studio(json.dumps(annotated(lake, audit)), None, "now")
    labels = {a.article.article_id: labels_of(a) for a in sample(lake, audit)}
    assert {c.article_id for c in coded} == set(labels)
    for each in coded:
        mine = labels[each.article_id]
        assert [i for i, _ in each.statements] == list(mine)
        for statement_id, label in each.statements:
            one = mine[statement_id]
            assert (label.content, label.source, label.cue) == (one.content, one.source, one.cue)
            assert (label.speaker, label.sentiment, label.targets) == (one.speaker, one.sentiment, one.targets)
    judged = corrections(lake, tmp_path, annotated(lake, audit))
    assert [j.action for j in judged] == ["accepted"] * 5


def test_what_was_changed_there_is_a_correction_here(lake, audit, tmp_path):
    first = next(iter(labels_of(sample(lake, audit)[0])))

    def change(result):
        kept = [r for r in result if not (r.get("id") == first and r.get("from_name") == "part")]
        if len(kept) == len(result):
            return result
        kept = [r for r in result if r["type"] != "relation" or r["from_id"] != first or r["labels"] != ["source"]]
        for r in kept:
            if r.get("id") == first and r.get("from_name") == "sentiment":
                r["value"]["choices"] = ["negative"]
        gone = next(
            r["id"]
            for r in kept
            if r.get("from_name") == "part" and r["value"]["labels"] == ["content"] and r["id"] != first
        )
        kept = [r for r in kept if not str(r.get("id", r.get("from_id"))).startswith(gone)]
        new = {
            "id": "x1",
            "from_name": "part",
            "to_name": "text",
            "type": "labels",
            "value": {"start": 0, "end": 3, "labels": ["content"]},
        }
        return [*kept, new]

    judged = corrections(lake, tmp_path, annotated(lake, audit, change))
    actions = [j.action for j in judged]
    assert sorted(actions) == ["accepted"] * 3 + ["added", "changed", "deleted"]
    [one] = [j for j in judged if j.action == "changed"]
    assert one.statement_id == first and one.after.source is None and one.after.sentiment == "negative"
    [added] = [j for j in judged if j.action == "added"]
    assert added.after.content == ((0, 3),) and added.after.speaker.kind == "unknown"


def test_offsets_in_units_of_utf_16_are_told_by_their_text(lake, audit, tmp_path):
    tasks = annotated(lake, audit)
    for task in tasks:
        text = task["data"]["text"]
        for r in task["annotations"][0]["result"]:
            if r["type"] == "labels":
                for end in ("start", "end"):
                    r["value"][end] = len(text[: r["value"][end]].encode("utf-16-le")) // 2
    assert [j.action for j in corrections(lake, tmp_path, tasks)] == ["accepted"] * 5
    tasks[0]["annotations"][0]["result"][0]["value"]["text"] = "nothing like it"
    with pytest.raises(UsageError, match="the text at"):
        corrections(lake, tmp_path, tasks)


def test_csv_there_and_back(lake, audit, tmp_path, capsys):
    out = tmp_path / "audit"
    assert main(["audit", str(lake.path), "-o", str(out), "--audit", "draw1", "--csv", "--label-studio"]) == 0
    assert {p.name for p in out.iterdir()} == {"index.html", "label-studio.json", "label-studio.xml", "statements.csv"}
    rows = list(csv.DictReader(io.StringIO((out / "statements.csv").read_text())))
    rows[0] |= {"speaker_id": "", "speaker": "=Cy Marsh", "stance": "against"}
    kept = [rows[0], *rows[2:]]
    with open(out / "statements.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(kept)
    assert main(["correct", str(lake.path), str(out / "statements.csv")]) == 2
    assert "--coder NAME" in capsys.readouterr().err
    assert main(["correct", str(lake.path), str(out / "statements.csv"), "--coder", "Ada"]) == 0
    found = pd.read_parquet(lake.path / "corrections")
    assert found["action"].value_counts().to_dict() == {"accepted": 3, "finished": 2, "changed": 1, "deleted": 1}
    after = json.loads(found.set_index("action").loc["changed", "after"])
    assert after["speaker"]["name"] == "=Cy Marsh" and after["targets"][0]["stance"] == "against"
    assert set(found["audit_id"]) == {"draw1"}


def test_no_cell_is_a_formula(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("a", 1, speaker="Ada Quill", target="=1+1"))
    text = as_csv(sample(lake, draw_audit(lake, "draw1", 1, AT)))
    [row] = csv.DictReader(io.StringIO(text))
    assert row["target"] == "'=1+1"


@pytest.mark.parametrize("text", ["[1]", "[{}]", '[{"data": {}}]', "[" * 5000, "[]", '[{"data": 7}]'])
def test_what_is_no_export_is_told(lake, audit, tmp_path, text):
    (tmp_path / "export.json").write_text(text)
    with pytest.raises(UsageError, match="no file of corrections"):
        read_corrections(lake, tmp_path / "export.json")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="no column"):
        read_corrections(lake, tmp_path / "c.csv")
