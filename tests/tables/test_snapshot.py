"""Snapshots: what a reader sees while others commit, after a kill, and after articles were forgotten."""

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayso.tasks.articles import LakeBusy, UsageError
from sayso.tasks.report import write_report
from sayso.tasks.tables import SCHEMAS, Lake, OutOfDate, aggregate
from sayso.tasks.tables import journal as journals
from sayso.tasks.tables import rows as rows_of_tables
from sayso.tasks.tables.journal import Journal
from sayso.tasks.tables.moves import latest_moves, runs_with_stances, stances_after
from sayso.tasks.tables.schemas import FORMAT_VERSION, FORMER_TABLE, PER_ARTICLE
from sayso.tasks.tables.upkeep import compact, forget
from sayso.tasks.tables.verify import verify
from tests.conftest import ROOT
from tests.tables.test_lake import Crash, analysis, write

VISIBLE = [table for table in SCHEMAS if table[0] != "."]


def row_of_runs(run_id: str, status: str = "completed", finished: int | None = 1) -> pa.Table:
    row = {name: 0 if name.startswith("n_") else "{}" for name in SCHEMAS["runs"].names}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ended = finished and at.replace(hour=finished)
    row |= {"run_id": run_id, "started_at": at, "finished_at": ended, "status": status}
    return pa.Table.from_pylist([row], SCHEMAS["runs"])


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake.open(tmp_path / "lake")
    for run_id, names in (("r1", "ab"), ("r2", "c")):
        lake.append(run_id, "runs", row_of_runs(run_id))
        write(lake, run_id, *(analysis(name) for name in names))
        aggregate(lake, run_id)
    return lake


def rows(of) -> dict[str, pd.DataFrame]:
    """All rows of a lake or snapshot, in one order."""
    found = {}
    for table in VISIBLE:
        frame = of.read(table).to_pandas().drop(columns=["ingested_at"], errors="ignore").astype(str)
        found[table] = frame.sort_values(list(frame.columns), ignore_index=True)
    return found


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return all(one[table].equals(other[table]) for table in one)


def plain(lake: Lake, table: str) -> pd.DataFrame:
    return pd.read_parquet(lake.path / table)


CHANGES = {
    "insert": lambda lake: write(lake, "r3", analysis("d")),
    "update": lambda lake: write(lake, "r3", analysis("a", stance="against", sha="1")),
    "aggregate": lambda lake: aggregate(lake, "r3"),
    "compact": lambda lake: compact(lake, "r3"),
    "append": lambda lake: lake.append("r1", "runs", row_of_runs("r1", "failed"), replacing=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_snapshot_stays_as_it_was_whatever_others_commit(lake, change):
    snapshot, before = lake.snapshot(), rows(lake)
    change(Lake.open(lake.path))
    assert same(rows(snapshot), before) and lake.snapshot().number > snapshot.number
    assert len(plain(lake, "articles")) == len(lake.index())  # what was replaced has left the folder


@pytest.mark.parametrize("change", [*CHANGES.values(), lambda lake: forget(lake, "r3", {"a": "file:///a"})])
def test_after_a_kill_a_snapshot_is_the_old_state_or_the_new_one(lake, change, tmp_path, monkeypatch):
    """Die at some of the replaces and deletes of a commit; nobody has taken the lock since."""
    done = tmp_path / "done"
    shutil.copytree(lake.path, done)
    change(Lake.open(done))
    old, new, seen = rows(lake), rows(Lake.existing(done)), []
    for step in (0, 2, 4, *range(7, 1000, 9)):
        victim = tmp_path / f"victim{step}"
        shutil.copytree(lake.path, victim)
        if not dies_at(step, Lake.open(victim), change, monkeypatch):
            break
        found = rows(Lake.existing(victim).snapshot())
        assert same(found, old) or same(found, new)
        seen.append(same(found, old))
    assert seen[0] and len(seen) > 1


def dies_at(step: int, lake: Lake, change, monkeypatch) -> bool:
    calls = 0

    def dying(real):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls > step:
                raise Crash
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr("sayso.tasks.tables.journal.os.replace", dying(os.replace))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        try:
            change(lake)
        except Crash:
            return True
    return False


def test_a_commit_cut_short_doubles_nothing_in_diff_and_report(lake, monkeypatch, tmp_path):
    write(lake, "r3", analysis("d", stance="against"))

    def crash(*args):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_take_out", crash)
        with pytest.raises(Crash):
            aggregate(lake, "r3")
    reader = Lake.existing(lake.path)
    stances = reader.read("speaker_stances").to_pandas()
    assert not stances.duplicated(["person_id", "target_id", "period"]).any()
    assert stances["n_statements"].tolist() == [3]
    assert write_report(reader, tmp_path / "report").articles == 4
    assert "cut short" in verify(reader)[0].what
    Lake.open(lake.path)
    assert Lake.existing(lake.path).read("speaker_stances")["n_statements"].to_pylist() == [4]


def test_verify_beside_a_run_that_commits_finds_nothing_wrong(lake, monkeypatch):
    """Other runs commit at each file that is read, and one is at work the whole time."""
    from sayso.tasks.tables.snapshot import Snapshot

    real, number = Snapshot.load, [0]

    def meddled(self, table, name, columns=None):
        number[0] += 1
        if number[0] % 20 == 1:
            other = Lake.open(lake.path)
            write(other, f"other{number[0]}", analysis("a", sha=str(number[0])))
            aggregate(other, f"other{number[0]}")
        return real(self, table, name, columns)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "load", meddled)
        lake.append("other", "runs", row_of_runs("other"))
        problems = verify(lake)
    assert problems == [] and number[0] > 20


def test_verify_does_not_take_a_commit_under_way_for_a_broken_one(lake):
    (lake.path / ".staging").mkdir(exist_ok=True)
    with lake.locked():
        (lake.path / ".staging" / "journal.json").write_text('{"put": [], "delete": []}')
        shutil.copy(lake.files("quotes")[0], lake.path / "quotes" / "r9-0000.parquet")
        (lake.path / "quotes" / "r9-0000.parquet").unlink()
        assert not [p for p in verify(Lake.existing(lake.path)) if "cut short" in p.what]
    assert "cut short" in verify(Lake.existing(lake.path))[0].what


def test_old_files_go_after_their_hour(lake, monkeypatch):
    snapshot = lake.snapshot()
    write(lake, "r3", analysis("a", sha="1"))
    assert len(snapshot.read("articles")) == 3
    with lake.locked():
        assert list((lake.path / ".old" / "articles").iterdir())
    monkeypatch.setattr(journals, "KEPT_SECONDS", -1)
    with lake.locked():
        assert not list((lake.path / ".old" / "articles").iterdir())
    with pytest.raises(OutOfDate, match="run the same command again"):
        snapshot.read("articles")


def test_what_is_forgotten_is_not_kept_for_readers_and_they_read_again(lake):
    write(lake, "r3", analysis("b", sha="1"))  # the old file holds a, too
    snapshot = lake.snapshot()
    forget(lake, "r4", {"a": "file:///a"})
    assert not list((lake.path / ".old").glob("*/*.parquet"))
    with pytest.raises(OutOfDate):
        snapshot.read("articles")
    tries = []

    def read(of):
        tries.append(of.number)
        return (snapshot if len(tries) == 1 else of).read("articles").num_rows

    assert lake.reading(read) == 2 and len(tries) == 2


def test_aggregates_beside_a_forget_are_made_again(lake, monkeypatch):
    from sayso.tasks.tables import people

    real, runs = people._names, []

    def meddled(of, speakers):
        if not runs:
            forget(Lake.open(lake.path), "other", {"a": "file:///a"})
        runs.append(1)
        return real(of, speakers)

    monkeypatch.setattr(people, "_names", meddled)
    aggregate(lake, "r3")
    assert len(runs) == 2 and set(lake.read("identities")["article_id"].to_pylist()) == {"b", "c"}
    assert verify(lake) == []


def test_history_is_in_the_order_of_commits(lake, monkeypatch):
    """A run that began earlier and ends later is the later one, in diff and when old ones go."""
    write(lake, "r0", analysis("d", stance="against"))
    aggregate(lake, "r0")
    assert runs_with_stances(lake) == ["r1", "r2", "r0"]
    (row,) = latest_moves(lake).to_dict("records")
    assert (row["n_before"], row["n_after"]) == (3, 4) and row["change"] == pytest.approx(-0.5)
    monkeypatch.setattr("sayso.tasks.tables.lake.KEPT_HISTORY", 2)
    aggregate(lake, "a0")
    assert runs_with_stances(lake) == ["r0", "a0"] and len(lake.files(".history")) == 2


def test_rows_under_an_earlier_id_of_a_forgotten_person_leave_the_history(lake):
    """Persons get other ids as the lake grows; what the history has under the id before goes as well."""
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\nid = "Q1"\n')
    aggregate(lake, "r3")
    assert stances_after(lake, "r3")["person_id"].tolist() == ["Q1"]
    assert stances_after(lake, "r1")["person_id"].tolist() == ["person:ada-quill"]
    forget(lake, "r4", {"a": "file:///a"})
    assert all(stances_after(lake, run).empty for run in runs_with_stances(lake))
    assert "a" not in lake.read(FORMER_TABLE)["article_id"].to_pylist()


def test_former_persons_are_kept_as_long_as_the_history_has_them(lake, monkeypatch):
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\nid = "Q1"\n')
    aggregate(lake, "r3")
    assert set(lake.read(FORMER_TABLE)["person_id"].to_pylist()) == {"person:ada-quill"}
    monkeypatch.setattr("sayso.tasks.tables.lake.KEPT_HISTORY", 1)
    aggregate(lake, "r4")
    assert lake.read(FORMER_TABLE).num_rows == 0


def test_a_row_of_runs_that_compact_moved_is_still_replaced(lake):
    lake.append("r3", "runs", row_of_runs("r3", "running", None))
    compact(lake, "c1")
    lake.append("r3", "runs", row_of_runs("r3"), replacing=True)
    runs = plain(lake, "runs").set_index("run_id")["status"]
    assert runs.to_dict() == {"r1": "completed", "r2": "completed", "r3": "completed"} and len(runs) == 3
    compact(lake, "c2")
    lake.append("r3", "runs", row_of_runs("r3", "failed"), replacing=True)
    assert sorted(plain(lake, "runs")["status"]) == ["completed", "completed", "failed"] and verify(lake) == []


def test_compact_mends_a_run_with_two_rows(lake):
    lake.append("r3", "runs", row_of_runs("r3", "running", None))
    lake.append("r3", "runs", row_of_runs("r3"))
    assert [p.what for p in verify(lake)] == ["primary key occurs twice"]
    compact(lake, "c1")
    lake.append("c2", "runs", row_of_runs("r3", "running", None))  # once more, in an order the other way round
    compact(lake, "c2")
    assert plain(lake, "runs").set_index("run_id").loc["r3", "status"] == "completed" and verify(lake) == []


def test_a_commit_that_is_finished_by_its_retry_is_told_as_done(lake, monkeypatch):
    """The disk fails after the journal is decided; what the commit did is counted all the same."""
    real, calls = os.replace, []

    def failing(source, target):
        calls.append(1)
        if len(calls) == 2:  # the first puts the journal in place
            raise OSError(5, "Input/output error")
        real(source, target)

    monkeypatch.setattr("sayso.tasks.tables.journal.os.replace", failing)
    shard = analysis("a", stance="against", sha="1"), analysis("d"), analysis("c")
    with pytest.raises(OSError, match="Input/output"):
        write(lake, "r3", *shard)
    written = write(lake, "r3", *shard)
    assert (written.new, written.updated, written.skipped) == (("d",), ("a",), ("c",))
    again = write(lake, "r3", *shard)
    assert (again.new, again.updated, again.skipped) == ((), (), ("a", "d", "c"))


@pytest.fixture
def another_table(monkeypatch):
    """A table of each article that came to Sayso later."""
    schema = pa.schema([pa.field("article_id", pa.string(), False)], {"primary_key": "article_id"})
    monkeypatch.setitem(rows_of_tables._TABLES, "moods", lambda _: iter(()))
    return lambda: [monkeypatch.setitem(tables, "moods", schema) for tables in (PER_ARTICLE, SCHEMAS)]


@pytest.mark.parametrize("upgraded", [True, False])
def test_a_table_of_articles_that_came_later_works_on_old_shards(lake, another_table, upgraded):
    another_table()
    if upgraded:
        (lake.path / "lake.json").write_text('{"format_version": 2}')
        lake = Lake.open(lake.path)
        assert plain(lake, "moods").empty
    tables = {name: schema.empty_table() for name, schema in PER_ARTICLE.items()}
    write(lake, "r3", analysis("a", sha="1"))
    forget(lake, "r4", {"c": "file:///c"})
    assert verify(lake)[0].what == "run_id is in no row of runs" if upgraded else True
    compact(lake, "r5")
    assert lake.load("moods", lake.snapshot().names("articles")[0]).equals(tables["moods"])
    assert sorted(lake.index()) == ["a", "b"]


def test_a_lock_that_is_held_too_long_is_told_apart(lake, monkeypatch):
    monkeypatch.setattr("sayso.tasks.tables.lake.LOCK_SECONDS", 0.01)
    with lake.locked(), pytest.raises(LakeBusy, match="run the same command again"), Lake.existing(lake.path).locked():
        pass


def test_lists_may_be_there_before_the_lake(tmp_path):
    (tmp_path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\n')
    (tmp_path / "forgotten.txt").write_text("d # asked for\n")
    lake = Lake.open(tmp_path)
    assert write(lake, "r1", analysis("a"), analysis("d")).skipped == ("d",)


def test_forgetting_keeps_what_the_user_wrote_and_keeps_out_no_others(lake):
    path = lake.path / "forgotten.txt"
    path.write_text("# asked for by the court\nzed")
    forget(lake, "r3", {"a": "file:///1.txt"})
    assert path.read_text() == "# asked for by the court\nzed\na\n"
    forget(lake, "r4", {"b": "file:///2.txt", "a": "file:///1.txt"})
    assert path.read_text() == "# asked for by the court\nzed\na\nb\n" and lake.forgotten() == {"zed", "a", "b"}
    assert write(lake, "r5", analysis("a1"), analysis("a")).new == ("a1",)


def test_another_version_of_the_aggregates_does_not_forget_how_copies_count(lake, monkeypatch):
    from sayso.tasks.tables import derived

    aggregate(lake, "r3", True)
    monkeypatch.setattr(derived, "VERSION", derived.VERSION + 1)
    assert not derived.is_current(lake)
    aggregate(lake, "r4")
    assert not derived.is_stale(lake, True)


def test_a_damaged_manifest_is_told(lake):
    (lake.path / ".manifest.json").write_text("{")
    with pytest.raises(UsageError, match=r"manifest.json is damaged; take it from a backup"):
        lake.read("articles")


def test_a_lake_of_version_2_keeps_all_and_is_in_order(tmp_path):
    """Written by the version before: two runs with targets, of which the first ended last."""
    path = tmp_path / "lake"
    shutil.copytree(ROOT / "tests" / "golden" / "lake-2", path)
    old = Lake.existing(path)
    before = {table: pd.read_parquet(path / table) for table in VISIBLE if (path / table).is_dir()}
    before["identities"].columns = SCHEMAS["identities"].names
    first = old.files("runs")
    assert old.snapshot().number == 0 and len(old.read("targets")) == len(before["targets"]) > 4
    runs = before["runs"]["run_id"].sort_values().tolist()
    late = pq.read_table(first[1], partitioning=None).to_pylist()
    late[0]["finished_at"] = late[0]["finished_at"].replace(year=2027)
    pq.write_table(pa.Table.from_pylist(late, SCHEMAS["runs"]), first[1])
    twin = [late[0] | {"finished_at": None, "status": "running"}]
    pq.write_table(pa.Table.from_pylist(twin, SCHEMAS["runs"]), path / "runs" / "0-twin.parquet")
    lake = Lake.open(path)
    assert json.loads((path / "lake.json").read_text()) == {"format_version": FORMAT_VERSION}
    assert not (path / ".derived.json").exists() and (path / ".manifest.json").exists()
    for table in before.keys() - {"runs", "speaker_stances"}:  # stances are made anew, by another rule of intervals
        pd.testing.assert_frame_equal(plain(lake, table)[list(before[table])], before[table])
    assert sorted(plain(lake, "runs")["run_id"]) == runs and set(plain(lake, "runs")["status"]) == {"completed"}
    assert runs_with_stances(lake) == (runs if late[0]["run_id"] == runs[1] else runs[::-1])
    assert lake.recipe().targets == ("harbor toll",) and lake.recipe().settings["stance"]
    aggregate(lake, "r9")
    assert verify(lake) == []


def test_readers_of_a_version_2_lake_see_no_row_twice(tmp_path):
    """Another version was killed between put and delete."""
    path = tmp_path / "lake"
    shutil.copytree(ROOT / "tests" / "golden" / "lake-2", path)
    lake = Lake.existing(path)
    before = lake.read("targets")
    held = lake.files("targets")[-1]
    shutil.copy(held, path / "targets" / "r9-0000.parquet")
    journal = {"put": [["x", "targets/r9-0000.parquet"]], "delete": [f"targets/{held.name}"]}
    (path / ".staging").mkdir(exist_ok=True)
    (path / ".staging" / "journal.json").write_text(json.dumps(journal))
    assert Lake.existing(path).read("targets").num_rows == before.num_rows


def test_a_snapshot_of_many_shards_is_read_in_no_time(tmp_path):
    lake = Lake.open(tmp_path / "lake")
    write(lake, "r1", analysis("a"))
    manifest = lake.manifest
    names = [f"20260101T000000-abcdef-{i:04d}" for i in range(2000)]
    tables = {table: [*held, *names] for table, held in manifest.tables.items()}
    text = replace(manifest, tables=tables).to_json()
    began = time.monotonic()
    (lake.path / ".manifest.json").write_text(text)
    assert len(Lake.existing(lake.path).snapshot().names("quotes")) == 2002
    assert time.monotonic() - began < 3
