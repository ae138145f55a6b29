"""Corrections: checked on their way in, kept whatever is analysed again, laid over the tables where asked for."""

import copy
import dataclasses
import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from sayso.commands.cli import main
from sayso.tasks.articles import UsageError
from sayso.tasks.audit.drawing import draw_audit
from sayso.tasks.audit.incoming import MAX_BYTES, read_corrections
from sayso.tasks.tables import Lake, aggregate, shard_tables
from sayso.tasks.tables.audited import audit_of, machine_labels
from sayso.tasks.tables.corrections import conflicts, corrections, in_force, misfits, overrides, store
from sayso.tasks.tables.upkeep import find_articles, forget
from tests.audit.labelling import accepted, changed, deleted, record, written
from tests.report.test_report import AT, analysis, lake_of

CY = {"speaker_id": None, "name": "Cy Marsh", "kind": "person"}


@pytest.fixture
def lake(tmp_path) -> Lake:
    return lake_of(tmp_path / "lake", *(analysis(f"a{i}", 3) for i in range(4)))


@pytest.fixture
def audit(lake):
    return draw_audit(lake, "draw1", 4, AT, seed=1)


def mixed(number, statement):
    """Every third is another's, every third is none."""
    return (accepted(number, statement), changed(statement, speaker=CY), deleted(statement))[number % 3]


def taken_in(lake, audit, tmp_path, judge=mixed, apply=False, **given):
    found = read_corrections(lake, written(tmp_path / "c.json", record(lake, audit, judge=judge, **given)))
    assert not found.faults
    stored = store(lake, "c1", found.corrections, apply)
    aggregate(lake, "c1")
    return stored


def test_they_are_rows_of_a_table_and_the_same_file_adds_nothing(lake, audit, tmp_path):
    assert taken_in(lake, audit, tmp_path).fresh == 16
    assert taken_in(lake, audit, tmp_path).fresh == 0
    rows = pd.read_parquet(lake.path / "corrections")
    assert rows["action"].value_counts().to_dict() == {"accepted": 4, "changed": 4, "deleted": 4, "finished": 4}
    assert not rows["applied"].any() and set(rows["coder"]) == {"Ada"}
    assert not pd.read_parquet(lake.path / "statements")["corrected"].any()


def test_a_coder_who_judges_an_article_again_replaces_what_was_before(lake, audit, tmp_path):
    taken_in(lake, audit, tmp_path)
    taken_in(lake, audit, tmp_path, judge=accepted, made_at="2026-03-06T10:00:00Z", articles=1)
    assert len(corrections(lake.snapshot())) == 20
    force = in_force(corrections(lake.snapshot()))
    actions = sorted(c.judgement.action for g in force.values() for c in g)
    assert actions.count("accepted") == 6 and actions.count("deleted") == 3


def test_applied_they_override_the_rows_and_outlive_another_analysis(lake, audit, tmp_path):
    before = machine_labels(lake)
    stored = taken_in(lake, audit, tmp_path, apply=True)
    assert (stored.applied, stored.left) == (4, ())

    def statements():
        rows = pd.read_parquet(lake.path / "statements")
        return rows.groupby("speaker_id").size().to_dict(), rows["corrected"].sum()

    assert statements() == ({"person:ada-quill": 4, "person:cy-marsh": 4}, 4)
    quotes = pd.read_parquet(lake.path / "quotes")
    assert quotes.loc[quotes["corrected"], "speaker_name"].unique().tolist() == ["Cy Marsh"]
    assert set(pd.read_parquet(lake.path / "identities")["entity_id"]) >= {"person:cy-marsh"}
    # An estimate that they correct must not see them.
    key = ["article_id", "statement_kind", "speaker_id", "target_id", "stance"]
    pd.testing.assert_frame_equal(
        machine_labels(lake)[key].sort_values(key, ignore_index=True), before[key].sort_values(key, ignore_index=True)
    )
    again = [analysis(f"a{i}", 3) for i in range(4)]
    judged = overrides(lake.snapshot(), again)
    assert lake.write_shard("r2", shard_tables(again, "r2", {"reading": "2"}, AT, judged)).updated
    aggregate(lake, "r2")
    assert statements() == ({"person:ada-quill": 4, "person:cy-marsh": 4}, 4)
    assert len(corrections(lake.snapshot())) == 16 and not misfits(lake)


def test_an_article_that_changed_shows_which_no_longer_fit(lake, audit, tmp_path):
    taken_in(lake, audit, tmp_path, apply=True)
    other = analysis("a0", 2, speaker="Bea Stone")
    lake.write_shard("r2", shard_tables([other], "r2", {"reading": "2"}, AT, overrides(lake.snapshot(), [other])))
    aggregate(lake, "r2")
    assert {m.why for m in misfits(lake)} == {"the article has another text now"}
    assert not pd.read_parquet(lake.path / "statements").query("article_id == 'a0'")["corrected"].any()
    assert len(audit_of(lake.snapshot()).labelled) == 3
    fewer = analysis("a1", 3)
    fewer = dataclasses.replace(
        fewer,
        statements=fewer.statements[:1],
        resolution=dataclasses.replace(fewer.resolution, speaker_ids=fewer.resolution.speaker_ids[:1]),
        targets=dataclasses.replace(fewer.targets, of_statements=fewer.targets.of_statements[:1]),
        sentiment=tuple(s for s in fewer.sentiment if s.column.startswith("para") or s.unit == 0),
        stance=tuple(s for s in fewer.stance if s.column.startswith("para") or s.unit == 0),
    )
    lake.write_shard("r3", shard_tables([fewer], "r3", {"reading": "2"}, AT, overrides(lake.snapshot(), [fewer])))
    assert "the statement is no longer found in it" in {m.why for m in misfits(lake)}


def test_two_coders_who_differ_are_told_and_nothing_of_it_is_applied(lake, audit, tmp_path):
    taken_in(lake, audit, tmp_path, judge=accepted)
    taken_in(lake, audit, tmp_path, coder="Ben")
    differing = conflicts(c for g in in_force(corrections(lake.snapshot())).values() for c in g)
    assert len(differing) == 8 and {m.why for m in differing} == {"Ada and Ben judge it differently"}
    stored = store(lake, "c2", [], apply=True)
    assert len(stored.left) == 8 and not pd.read_parquet(lake.path / "statements")["corrected"].any()
    store(lake, "c3", [], apply=True, coder="Ben")
    assert pd.read_parquet(lake.path / "statements")["corrected"].sum() == 4


def test_what_is_forgotten_is_gone_from_them_too(lake, audit, tmp_path):
    taken_in(lake, audit, tmp_path)
    forget(lake, "f1", find_articles(lake, ["a2"]))
    aggregate(lake, "f1")
    for table in ("audits", "corrections"):
        assert "a2" not in set(pd.read_parquet(lake.path / table)["article_id"])
    assert len(audit_of(lake.snapshot()).labelled) == 3


def spoiled(given, what):
    """The record with one thing wrong."""
    given = copy.deepcopy(given)
    article = given["articles"][0]
    first = article["statements"][0]
    after = copy.deepcopy(first["before"])
    match what:
        case "offset":
            after["content"] = [[5, 100_000]]
        case "reversed":
            after["content"] = [[9, 4]]
        case "overlap":
            after["content"] = [[4, 9], [6, 12]]
        case "nothing said":
            after["content"] = []
        case "cue":
            after["cue"] = [-3, 4]
        case "speaker":
            after["speaker"]["speaker_id"] = "person:nobody"
        case "target":
            after["targets"][0]["target_id"] = "issue:nothing"
        case "name":
            after["speaker"] = CY | {"name": " \u202e "}
        case "long name":
            after["speaker"] = CY | {"name": "x" * 300}
        case "statement":
            first["statement_id"] = "0000000000000000"
        case "article":
            article["article_id"] = "nobody"
        case "audit":
            given["audit_id"] = "another"
        case "twice":
            article["statements"].append(copy.deepcopy(first))
        case "article twice":
            given["articles"].append(copy.deepcopy(article))
        case "not judged":
            del article["statements"][1]
        case "added with id":
            first["action"] = "added"
    if after != first["before"]:
        first |= {"action": "changed", "after": after}
    return given


FAULTS = {
    "offset": "content [5, 100000) is no span",
    "reversed": "content [9, 4) is no span",
    "overlap": "overlap",
    "nothing said": "no content",
    "cue": "cue [-3, 4) is no span",
    "speaker": "no speaker or target 'person:nobody'",
    "target": "no speaker or target 'issue:nothing'",
    "name": "a name is blank",
    "long name": "a name is blank or longer",
    "statement": "no statement of this id",
    "article": "article nobody is not in the lake",
    "audit": "no audit 'another'",
    "twice": "a statement is judged twice",
    "article twice": "stands there twice",
    "not judged": "1 of its statements are not judged",
    "added with id": "only what was added has no id",
}


def test_every_fault_is_one_line_and_nothing_is_stored(lake, audit, tmp_path, capsys):
    good = record(lake, audit)
    for what, line in FAULTS.items():
        path = written(tmp_path / "c.json", spoiled(good, what))
        assert main(["correct", str(lake.path), str(path)]) == 1, what
        told = capsys.readouterr().err.splitlines()
        assert line in told[0] and told[-1] == "sayso: nothing was stored" and len(told) == 2, (what, told)
    assert not corrections(lake.snapshot())
    assert main(["correct", str(lake.path), str(written(tmp_path / "c.json", good))]) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": "sayso corrections 2"}', b'{"a":' * 5000],
)
def test_what_is_no_file_of_corrections_is_told(lake, audit, tmp_path, content, capsys):
    (tmp_path / "c.json").write_bytes(content)
    assert main(["correct", str(lake.path), str(tmp_path / "c.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_types_fields_and_sizes(lake, audit, tmp_path):
    good = record(lake, audit)
    for field, value in (("coder", "  "), ("coder", 7), ("more", 1), ("saved_at", "yesterday"), ("articles", {})):
        with pytest.raises(UsageError, match="no file of corrections"):
            read_corrections(lake, written(tmp_path / "c.json", good | {field: value}))
    with open(tmp_path / "c.json", "wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(UsageError, match=f"has 50 MB; corrections have {MAX_BYTES // 10**6} MB at most"):
        read_corrections(lake, tmp_path / "c.json")
    with pytest.raises(UsageError, match="cannot read"):
        read_corrections(lake, tmp_path / "none.json")


def test_an_article_that_changed_is_left_out_and_the_rest_is_stored(lake, audit, tmp_path, capsys):
    path = written(tmp_path / "c.json", record(lake, audit))
    lake.write_shard("r2", shard_tables([analysis("a0", 2, speaker="Bea Stone")], "r2", {"reading": "2"}, AT))
    assert main(["correct", str(lake.path), str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == ["article a0 has changed since it was labelled; label it again"]
    assert told["stored"] == 12


def test_a_time_to_come_is_now(lake, audit, tmp_path):
    taken_in(lake, audit, tmp_path, made_at="2999-01-01T00:00:00Z")
    assert max(c.made_at for c in corrections(lake.snapshot())) <= datetime.now(UTC)


def test_a_lake_without_audits_says_so(lake, tmp_path, capsys):
    assert main(["audit", str(lake.path), "--scorecard"]) == 2
    assert "has no audit" in capsys.readouterr().err
    assert main(["correct", str(lake.path)]) == 0
