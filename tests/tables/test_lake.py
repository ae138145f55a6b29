"""The lake on small shards: what commits write, replace, leave alone, and survive."""

import errno
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sayso.tasks.articles import (
    Analysis,
    Article,
    ArticleTargets,
    Resolution,
    Scored,
    Scores,
    Span,
    Speaker,
    Statement,
    Target,
    UsageError,
)
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.tables import SCHEMAS, Lake, aggregate, is_stale, shard_tables
from sayso.tasks.tables.derived import strongest
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.people import country_of
from sayso.tasks.tables.schemas import FORMAT_VERSION, HISTORY_TABLE

AT = datetime(2026, 3, 4, tzinfo=UTC)
PRINTS = {"reading": "1", "scoring": "1"}
TONE = Scores("neutral", (0.25, 0.5, 0.25))


def analysis(name: str, text: str = "", stance: str = "favor", sha: str = "0", day: int = 4) -> Analysis:
    text = text or f"The Case of {name}\n\nAda Quill said that Bo Lind was fine, and everybody in {name} agreed."
    layout = read_layout(text)
    published = datetime(2026, 3, day, tzinfo=UTC)
    article = Article(name, f"file:///{name}", sha, layout.title, text, paragraphs_of(layout), published_at=published)
    at = text.index("that Bo")
    statement = Statement((Span(at, at + 20),), Span(at - 5, at - 1), Span(at - 15, at - 6), "indirect", 0.9)
    target = Target("person:bo-lind", "Bo Lind", "entity", "person", "discovered", (Span(at + 5, at + 12),))
    side = Scores(stance, tuple(0.9 if s == stance else 0.05 for s in ("against", "neutral", "favor")))
    tones = (*(Scored("paragraphs.sentiment", i, None, TONE) for i in (0, 1)), Scored("paragraphs.author_sentiment", 0, None, TONE), Scored("statements.sentiment", 0, None, TONE))  # fmt: skip
    speaker = Speaker("person:ada-quill", "Ada Quill", "person", "mate")
    return Analysis(
        article, (statement,), Resolution((speaker.speaker_id,), (speaker,), (), ()), ArticleTargets((target,), ((target,),), {}),
        (*tones, Scored("opinions.target_sentiment", 0, target.target_id, TONE)), (Scored("opinions.stance", 0, target.target_id, side),),
    )  # fmt: skip


def write(lake: Lake, run_id: str, *analyses: Analysis, prints=PRINTS):
    return lake.write_shard(run_id, shard_tables(analyses, run_id, prints, AT))


def files(lake: Lake) -> set[str]:
    found = {p.relative_to(lake.path).as_posix() for p in lake.path.rglob("*.parquet")}
    return {name for name in found if not name.startswith(".old/")}


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake.open(tmp_path / "lake")


def test_a_new_lake_has_every_table_empty(lake):
    for name, schema in SCHEMAS.items():
        if name == HISTORY_TABLE:
            continue
        frame = pd.read_parquet(lake.path / name)
        assert list(frame.columns) == schema.names and frame.empty
    assert json.loads((lake.path / "lake.json").read_text()) == {"format_version": FORMAT_VERSION}


def test_schemas_say_what_every_field_is(lake):
    for name, schema in SCHEMAS.items():
        if name == HISTORY_TABLE:
            continue
        written = pq.read_schema(next((lake.path / name).glob("*.parquet")))
        assert [(f.name, f.nullable, f.metadata) for f in written] == [(f.name, f.nullable, f.metadata) for f in schema]
        assert written.metadata[b"sayso_format"] == str(FORMAT_VERSION).encode()
        assert all(field.metadata[b"description"] for field in schema)
        keys = schema.metadata[b"primary_key"].decode().split(",")
        assert set(keys) <= set(schema.names)


def test_rows_come_back_with_pandas_and_duckdb(lake):
    assert write(lake, "r1", analysis("a"), analysis("b")).new == ("a", "b")
    quotes = pd.read_parquet(lake.path / "quotes")
    assert quotes["stance"].tolist() == ["favor", "favor"]
    assert quotes["speaker_name"].tolist() == ["Ada Quill"] * 2
    paragraphs = pd.read_parquet(lake.path / "paragraphs")
    assert paragraphs["text"].str.len().tolist() == (paragraphs["char_end"] - paragraphs["char_start"]).tolist()
    count = duckdb.sql(f"select count(*) from '{lake.path}/opinions/*.parquet' where stance = 'favor'").fetchall()
    assert count == [(2,)]


def test_the_same_again_adds_nothing(lake):
    write(lake, "r1", analysis("a"))
    before = files(lake)
    written = write(lake, "r2", analysis("a"))
    assert (written.new, written.updated, written.skipped) == ((), (), ("a",))
    assert files(lake) == before


def test_a_changed_article_replaces_its_rows_and_no_others(lake):
    write(lake, "r1", analysis("a"), analysis("b"))
    written = write(lake, "r2", analysis("a", stance="against", sha="1"), analysis("c"))
    assert (written.new, written.updated) == (("c",), ("a",))
    quotes = pd.read_parquet(lake.path / "quotes").set_index("article_id")["stance"]
    assert quotes.to_dict() == {"a": "against", "b": "favor", "c": "favor"}
    assert not any("r1-0000" in name for name in files(lake))


def test_other_fingerprints_replace_too(lake):
    write(lake, "r1", analysis("a"))
    assert write(lake, "r2", analysis("a"), prints=PRINTS | {"scoring": "2"}).updated == ("a",)
    assert len(pd.read_parquet(lake.path / "articles")) == 1


def test_two_runs_over_the_same_input_write_it_once(lake):
    other = Lake.open(lake.path)
    write(lake, "r1", analysis("a"))
    assert write(other, "r2", analysis("a")).skipped == ("a",)


def test_names_are_never_used_again(lake):
    write(lake, "r1", analysis("a"))
    write(lake, "r1", analysis("b"))
    write(lake, "r1", analysis("a", sha="1"))
    assert {p.stem for p in lake.files("articles")} == {"0000-empty", "r1-0001", "r1-0002"}


class Crash(BaseException):
    pass


@pytest.mark.parametrize("step", range(12))
def test_a_commit_that_dies_is_undone_or_finished(lake, monkeypatch, step):
    """Die at each replace and delete of an update; the next to take the lock leaves one whole state."""
    write(lake, "r1", analysis("a"), analysis("b"))
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
        patch.setattr("sayso.tasks.tables.journal.os.replace", dying(__import__("os").replace))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        with pytest.raises(Crash):
            write(lake, "r2", analysis("a", stance="against", sha="1"))
    lake = Lake.open(lake.path)
    stances = pd.read_parquet(lake.path / "quotes").set_index("article_id")["stance"].to_dict()
    assert stances == {"a": "favor" if step == 0 else "against", "b": "favor"}
    for name in ("articles", "statements", "opinions"):
        assert len(pd.read_parquet(lake.path / name)) == 2
    assert not list((lake.path / ".staging").iterdir())


def test_lakes_that_cannot_be_used_are_told(tmp_path, lake):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.doc").write_text("x")
    for where, message in (
        ("s3://bucket/lake", "local folder"),
        (tmp_path / "file", "not a folder"),
        (tmp_path / "file" / "below", "not a folder"),
        (tmp_path / "full", "not empty"),
    ):
        with pytest.raises(UsageError, match=message):
            Lake.open(where)
    with pytest.raises(UsageError, match="no lake"):
        Lake.existing(tmp_path / "full")
    (lake.path / "lake.json").write_text('{"format_version": 99}')
    with pytest.raises(UsageError, match="newer"):
        Lake.open(lake.path)
    (lake.path / "lake.json").write_text("{}")
    with pytest.raises(UsageError, match="damaged"):
        Lake.open(lake.path)


def test_no_permission_is_told(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UsageError, match="cannot write"):
        Lake.open(tmp_path / "lake")


def test_a_creation_cut_short_is_done_again(tmp_path):
    (tmp_path / "lake" / "articles").mkdir(parents=True)
    lake = Lake.open(tmp_path / "lake")
    assert pd.read_parquet(lake.path / "runs").empty


def test_aggregates(lake):
    write(
        lake,
        "r1",
        analysis("a"),
        analysis("b", stance="against", day=9),
        analysis("c", "Undated\n\nNobody knows, he said that Bo Lind did it all."),
    )
    counts = aggregate(lake, "r1")
    assert counts["speaker_stances"] == 1 and counts["identities"] == 6
    (row,) = pd.read_parquet(lake.path / "speaker_stances").to_dict("records")
    assert (row["person_id"], row["target_id"], str(row["period"])) == (
        "person:ada-quill",
        "person:bo-lind",
        "2026-03-01",
    )
    assert (row["n_statements"], row["n_articles"], row["n_favor"], row["n_against"]) == (3, 3, 2, 1)
    assert row["stance_mean"] == pytest.approx(1 / 3, abs=1e-6)
    assert pd.isna(row["stance_low"]) and pd.isna(row["interval_method"])
    again = pd.read_parquet(lake.path / "speaker_stances")
    aggregate(lake, "r2")
    pd.testing.assert_frame_equal(pd.read_parquet(lake.path / "speaker_stances"), again)


def test_the_strongest_stances_ask_for_articles_and_say_what_they_rest_on():
    columns = ["person_id", "target_name", "stance_mean", "n_statements", "n_articles", "stance_low", "stance_high"]
    rows = [
        ("ada", "the pier", -0.9, 40, 20, -1.0, -0.7),
        ("ada", "the ferry", 1.0, 9, 3, None, None),
        ("ada", "the tram", 1.0, 1, 1, None, None),
        ("ada", "Bo Lind", 0.3, 30, 10, -0.1, 0.6),
        ("bo", "the ferry", 1.0, 50, 2, None, None),
    ]
    stances = pd.DataFrame(rows, columns=columns)
    pier, ferry = ("the pier", -0.9, 40, 20, True), ("the ferry", 1.0, 9, 3, False)
    assert strongest(stances) == {"ada": [pier, ferry]}
    assert strongest(stances, most=1) == {"ada": [pier]}
    assert strongest(stances.head(0)) == {}


def test_stances_of_many_articles_have_an_interval_and_its_method(lake):
    write(lake, "r1", *(analysis(f"{i:02d}", stance=("favor", "neutral")[i % 2], day=1 + i) for i in range(24)))
    aggregate(lake, "r1")
    (row,) = pd.read_parquet(lake.path / "speaker_stances").to_dict("records")
    assert row["interval_method"] == "clustered score"
    assert 0 < row["stance_low"] < row["stance_mean"] < row["stance_high"] < 1
    again = pd.read_parquet(lake.path / "speaker_stances")
    aggregate(lake, "r2")
    pd.testing.assert_frame_equal(pd.read_parquet(lake.path / "speaker_stances"), again)


def test_near_copies_are_marked_and_not_counted(lake):
    body = (
        "The pier was shut on Monday and nobody came, the harbor office in the old town of Corran reported later. " * 3
    )
    text = "A Pier Is Shut\n\n" + body + "\n\nAda Quill said that Bo Lind was fine, and nobody in town disagreed."
    write(
        lake, "r1", analysis("b", text, day=5), analysis("a", text + "\n\nRead more elsewhere.", day=6), analysis("c")
    )
    aggregate(lake, "r1")
    duplicates = pd.read_parquet(lake.path / "articles").set_index("article_id")["duplicate_of"]
    assert duplicates.dropna().to_dict() == {"a": "b"}
    assert pd.read_parquet(lake.path / "quotes").set_index("article_id")["duplicate_of"].dropna().to_dict() == {
        "a": "b"
    }
    assert pd.read_parquet(lake.path / "speaker_stances")["n_articles"].tolist() == [2]
    assert Lake.open(lake.path).index()["a"].fingerprints == PRINTS


def test_identities_merge_full_names_only(lake):
    write(
        lake, "r1", spoken_by(analysis("a"), Speaker("person:quill", "Quill", "person")), analysis("b"), analysis("c")
    )
    aggregate(lake, "r1")
    names = pd.read_parquet(lake.path / "identities")
    people = names[names["local_id"] != "person:bo-lind"].set_index("article_id")["entity_id"].to_dict()
    assert people == {"a": "person:quill@a", "b": "person:ada-quill", "c": "person:ada-quill"}


def spoken_by(made: Analysis, speaker: Speaker) -> Analysis:
    """The same with another speaker."""
    resolution = replace(made.resolution, speakers=(speaker,), speaker_ids=(speaker.speaker_id,))
    return replace(made, resolution=resolution)


def renamed(made: Analysis, local_id: str, name: str) -> Analysis:
    """The same with another name for its target."""
    target = replace(made.targets.targets[0], target_id=local_id, name=name)
    sentiment, stance = (
        tuple(s._replace(target_id=s.target_id and local_id) for s in given) for given in (made.sentiment, made.stance)
    )
    return replace(made, targets=ArticleTargets((target,), ((target,),), {}), sentiment=sentiment, stance=stance)


def test_a_target_is_one_row_whatever_articles_call_it(lake):
    names = {"a": "Bo Lind", "b": "Bo J. Lind", "c": "Bo Lind"}
    write(lake, "r1", *(renamed(analysis(i), f"person:{name.lower()}", name) for i, name in names.items()))
    aggregate(lake, "r1")
    (row,) = lake.read("speaker_stances").to_pylist()
    assert (row["target_id"], row["target_name"], row["n_statements"]) == ("person:bo-lind", "Bo Lind", 3)


def test_nobody_is_a_target_of_their_own(lake):
    write(lake, "r1", analysis("a"), renamed(analysis("b"), "person:harbor-lady", "The Harbor Lady"))
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\naliases = ["The Harbor Lady"]')
    aggregate(lake, "r1")
    assert [r["target_id"] for r in lake.read("speaker_stances").to_pylist()] == ["person:bo-lind"]


def test_bodies_that_an_article_does_not_name_are_nobody(lake):
    speaker = Speaker("organization:a:ministry", "ministry", "organization")
    write(lake, "r1", spoken_by(analysis("a"), speaker), analysis("b"))
    aggregate(lake, "r1")
    assert [r["person_id"] for r in lake.read("speaker_stances").to_pylist()] == ["person:ada-quill"]


def test_a_table_from_before_a_column_was_added_is_told(lake):
    path = lake.files("identities")[0]
    pq.write_table(pq.read_table(path).drop_columns(["reason"]), path)
    with pytest.raises(UsageError, match="identities has no reason: an older Sayso wrote it"):
        lake.read("identities")


@pytest.mark.parametrize(
    ("uri", "country"),
    [
        ("https://news.example.co.ke/1", "ke"),
        ("https://example.de/a", "de"),
        ("https://example.org/a", None),
        ("file:///home/a.de", None),
        ("http://[bad/a", None),
    ],
)
def test_the_country_of_an_outlet(uri, country):
    assert country_of(uri) == country


def test_derived_tables_are_stale_when_anything_they_are_made_of_has_changed(lake):
    assert is_stale(lake, False)
    aggregate(lake, "r0", False)
    assert not is_stale(lake, False) and is_stale(lake, True)
    write(lake, "r1", analysis("a"))
    assert is_stale(lake, False)
    aggregate(lake, "r1")
    assert not is_stale(lake, False)
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"')
    assert is_stale(lake, False)


def test_empty_commits_do_no_harm(lake):
    lake.journal.apply(Commit())
    assert pd.read_parquet(lake.path / "articles").empty


@pytest.mark.parametrize("fail_at", range(12))
def test_a_full_disk_leaves_the_lake_as_it_was(lake, monkeypatch, fail_at):
    write(lake, "r1", analysis("a"))
    before, real, calls = files(lake), os.fsync, []

    def full(handle):
        calls.append(1)
        if len(calls) > fail_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr("sayso.tasks.tables.journal.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write(lake, "r2", analysis("b"))
    if not lake.journal.pending:
        assert files(lake) == before and not list((lake.path / ".staging").iterdir())
    lake = Lake.open(lake.path)
    assert write(lake, "r3", analysis("b")).new in (("b",), ())
    assert sorted(pd.read_parquet(lake.path / "articles")["article_id"]) == ["a", "b"]


def test_a_file_system_without_locks_is_told(lake, monkeypatch):
    def no_locks(*_args, **_kwargs):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(lake._lock, "acquire", no_locks)
    with pytest.raises(UsageError, match="has no locks"), lake.locked():
        pass


def test_dates_before_the_calendar_of_nanoseconds_are_counted_too(lake):
    old = analysis("a")
    write(lake, "r1", replace(old, article=replace(old.article, published_at=datetime(1650, 7, 9, tzinfo=UTC))))
    aggregate(lake, "r1")
    assert str(pd.read_parquet(lake.path / "speaker_stances")["period"].iloc[0]) == "1650-07-01"


def test_a_guessed_date_gives_no_month(lake):
    for name, origin in (("a", "stated"), ("b", "guessed"), ("c", "filed")):
        made = analysis(name)
        write(lake, f"r{name}", replace(made, article=replace(made.article, published_from=origin)))
    aggregate(lake, "r", True)
    assert lake.read("articles").to_pandas().set_index("article_id")["published_from"].to_dict() == {
        "a": "stated", "b": "guessed", "c": "filed",
    }  # fmt: skip
    rows = lake.read("speaker_stances").to_pandas()
    months = {str(period): n for period, n in zip(rows["period"], rows["n_articles"], strict=True)}
    assert sorted(months.values()) == [1, 2] and months["2026-03-01"] == 2
