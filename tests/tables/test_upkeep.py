"""Forgetting, compacting, comparing, verifying and upgrading lakes."""

import json
import shutil
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.tables import SCHEMAS, Lake, aggregate, is_current, is_stale
from sayso.tasks.tables.derived import near_copies
from sayso.tasks.tables.kept import kept, restored, sketch
from sayso.tasks.tables.moves import moves, runs_with_stances, stances_after
from sayso.tasks.tables.schemas import FORMAT_VERSION, PER_ARTICLE
from sayso.tasks.tables.upkeep import compact, find_articles, forget
from sayso.tasks.tables.verify import verify
from tests.conftest import ROOT
from tests.tables.test_lake import PRINTS, analysis, write

ADA = "person:ada-quill"
GOLDEN = ROOT / "tests" / "golden" / "lake-1"


def run(lake: Lake, run_id: str) -> None:
    """A row in runs, as each run writes one."""
    row = {f.name: 0 if pa.types.is_integer(f.type) else "{}" if pa.types.is_string(f.type) else pd.Timestamp(2026, 1, 1, tz="UTC") for f in SCHEMAS["runs"]}  # fmt: skip
    lake.append(run_id, "runs", pa.Table.from_pylist([row | {"run_id": run_id}], SCHEMAS["runs"]))


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake.open(tmp_path / "lake")
    for run_id, names in (("r1", "ab"), ("r2", "c")):
        run(lake, run_id)
        write(lake, run_id, *(analysis(name) for name in names))
        aggregate(lake, run_id)
    return lake


def everything(lake: Lake) -> str:
    """All bytes of the lake, so that what is gone can be looked for."""
    return "".join(
        str(pq.read_table(p, partitioning=None).to_pydict()) if p.suffix == ".parquet" else p.read_text()
        for p in sorted(lake.path.rglob("*"))
        if p.is_file()
    )


def test_an_analysis_comes_back_as_it_was():
    before = analysis("a", day=9)
    assert restored(kept(before), before.article.text) == before
    assert restored('{"article": 7}', "") is None
    assert before.article.text not in kept(before)


def test_the_lake_gives_back_what_the_stages_made(lake):
    found = lake.analyses(["a", "c", "nobody"])
    assert found == {"a": (analysis("a"), PRINTS), "c": (analysis("c"), PRINTS)}


def test_what_is_forgotten_is_gone_from_every_table_and_the_disk(lake):
    named = analysis("d", text="Zzyzx\n\nAda Quill said that Bo Lind was fine in Zzyzx, and everybody nodded.", day=7)
    run(lake, "r3")
    write(lake, "r3", named)
    aggregate(lake, "r3")
    reject = {"run_id": "r3", "source_uri": "file:///d", "stage": "read", "code": "x", "message": "Zzyzx", "at": pd.Timestamp(2026, 1, 1, tz="UTC")}  # fmt: skip
    lake.append("r3", "rejects", pa.Table.from_pylist([reject], SCHEMAS["rejects"]))
    assert "Zzyzx" in everything(lake)
    articles = find_articles(lake, ["d"])
    assert articles == find_articles(lake, ["file:///d"]) == find_articles(lake, [], "*/d") == {"d": "file:///d"}
    forget(lake, "r4", articles)
    aggregate(lake, "r4")
    assert "Zzyzx" not in everything(lake) and "file:///d" not in everything(lake)
    assert set(lake.index()) == {"a", "b", "c"} and lake.forgotten() == {"d"}
    assert write(lake, "r5", named).skipped == ("d",)
    assert pd.read_parquet(lake.path / "speaker_stances")["n_articles"].tolist() == [3]
    assert verify(lake) == []


def test_persons_of_forgotten_articles_leave_the_history_too(lake):
    assert len(stances_after(lake, "r1")) == 1
    forget(lake, "r3", {"a": "file:///a"})
    assert stances_after(lake, "r1").empty and pd.read_parquet(lake.path / "speaker_stances").empty
    assert is_stale(lake, False)
    aggregate(lake, "r3")
    assert len(pd.read_parquet(lake.path / "speaker_stances")) == 1


def test_forgetting_what_is_not_there_is_told(lake):
    with pytest.raises(UsageError, match="no article 'zed'"):
        find_articles(lake, ["a", "zed"])
    with pytest.raises(UsageError, match="matches '"):
        find_articles(lake, [], "*/zed")


def test_compacting_keeps_every_row_and_what_is_derived(lake):
    before = {name: pd.read_parquet(lake.path / name) for name in SCHEMAS if not name.startswith(".")}
    had, have = compact(lake, "r9")
    assert have < had and all(len(lake.files(name)) == 1 for name in PER_ARTICLE)
    for name, frame in before.items():
        keys = SCHEMAS[name].metadata[b"primary_key"].decode().split(",")
        after = pd.read_parquet(lake.path / name)
        pd.testing.assert_frame_equal(*(f.sort_values(keys, ignore_index=True) for f in (frame, after)))
    assert not is_stale(lake, False) and verify(lake) == []
    assert compact(lake, "r9") == (have, have)
    assert write(lake, "r10", analysis("a", sha="1")).updated == ("a",)


def test_files_of_many_articles_are_left_alone(lake, monkeypatch):
    monkeypatch.setattr("sayso.tasks.tables.upkeep.COMPACTED", 2)
    write(lake, "r3", analysis("d"))
    compact(lake, "r9")
    assert sorted(pq.read_metadata(p).num_rows for p in lake.files("articles")) == [2, 2]


def test_moves_between_two_runs(lake):
    assert runs_with_stances(lake) == ["r1", "r2"]
    write(lake, "r3", analysis("a", stance="against", sha="1"))
    aggregate(lake, "r3")
    (row,) = moves(stances_after(lake, "r2"), stances_after(lake, "r3")).to_dict("records")
    assert (row["person_name"], row["target_name"], row["n_before"], row["n_after"]) == ("Ada Quill", "Bo Lind", 3, 3)
    assert row["change"] == pytest.approx(-2 / 3)
    nothing = stances_after(lake, "r1").iloc[:0]
    (new,) = moves(nothing, stances_after(lake, "r3")).to_dict("records")
    assert new["n_before"] == 0 and np.isnan(new["change"])
    assert moves(stances_after(lake, "r3"), stances_after(lake, "r3")).empty and moves(nothing, nothing).empty
    with pytest.raises(UsageError, match="no stances of run 'r7'; the last that it has: r1, r2, r3"):
        stances_after(lake, "r7")


def test_history_is_kept_for_the_last_runs_only(lake, monkeypatch):
    monkeypatch.setattr("sayso.tasks.tables.lake.KEPT_HISTORY", 2)
    aggregate(lake, "r3")
    assert runs_with_stances(lake) == ["r2", "r3"]


def test_another_run_meanwhile_makes_the_aggregates_be_made_again(lake, monkeypatch):
    from sayso.tasks.tables import derived

    real, runs = derived._derive, []

    def meddled(store, count_copies):
        made = real(store, count_copies)
        if not runs:
            write(Lake.open(store.path), "other", analysis("d"))
        runs.append(1)
        return made

    monkeypatch.setattr(derived, "_derive", meddled)
    aggregate(lake, "r3")
    assert len(runs) == 2 and not is_stale(lake, False)
    assert pd.read_parquet(lake.path / "speaker_stances")["n_articles"].tolist() == [4]


def test_copies_count_once_or_every_time(tmp_path):
    lake = Lake.open(tmp_path / "lake")
    body = (
        "The pier was shut on Monday and nobody came, the harbor office in the old town of Corran reported later. " * 3
    )
    text = "A Pier Is Shut\n\n" + body + "\n\nAda Quill said that Bo Lind was fine, and nobody in town disagreed."
    write(lake, "r1", analysis("a", text), analysis("b", text, day=5))
    for count_copies, n in ((False, 1), (True, 2), (None, 2), (False, 1)):
        aggregate(lake, "r1", count_copies)
        assert pd.read_parquet(lake.path / "speaker_stances")["n_articles"].tolist() == [n]
        assert pd.read_parquet(lake.path / "articles")["duplicate_of"].notna().sum() == 1


def edit(lake: Lake, table: str, change) -> None:
    """Change rows of a table behind the lake's back, in the file that holds the last article."""
    path = [p for p in lake.files(table) if pq.read_metadata(p).num_rows][-1]
    rows = pq.read_table(path, partitioning=None).to_pylist()
    pq.write_table(pa.Table.from_pylist(change(rows) or rows, SCHEMAS[table]), path)


def put(**values):
    return lambda rows: rows[0].update(values)


@pytest.mark.parametrize(
    ("table", "change", "what"),
    [
        ("articles", lambda rows: rows * 2, "primary key occurs twice"),
        ("articles", put(article_id="zed"), "article_id is no article's of this file"),
        ("articles", put(n_paragraphs=9), "n_paragraphs is wrong"),
        ("articles", put(duplicate_of="zed"), "duplicate_of names no article"),
        ("articles", put(run_id="zed"), "run_id is in no row of runs"),
        ("articles", put(fingerprints={"stance": "1:deadbeef:0"}), "fingerprints name another model"),
        ("articles", put(title="Another"), "title differs from its article"),
        ("paragraphs", put(char_start=1), "text does not stand at char_start"),
        ("paragraphs", put(sentiment_neutral=0.9), "probabilities of sentiment do not sum to 1"),
        ("paragraphs", put(sentiment="positive"), "sentiment is not the most probable label"),
        ("statements", put(content="Other words"), "content does not stand at its spans"),
        ("statements", put(cue_start=0, cue_end=4), "cue does not stand at cue_start"),
        ("statements", put(source="Nobody"), "source does not stand at source_start"),
        ("statements", put(statement_id="zed"), "statement_id is not its hash"),
        ("statements", put(speaker_id="person:zed"), "speaker_id is not in speakers"),
        ("statements", put(paragraph_index=7), "paragraph_index is not in paragraphs"),
        ("speakers", put(n_statements=5), "n_statements is wrong"),
        ("opinions", put(target_id="person:zed"), "target_id is not in targets"),
        ("opinions", put(statement_id="zed"), "is of no statement"),
        ("opinions", put(stance_favor=float("nan")), "probabilities of stance do not sum to 1"),
        ("quotes", lambda rows: rows[1:] or [dict(rows[0], stance="against")], "differs from its opinion"),
        ("identities", put(local_id="person:zed"), "names no speaker or target"),
        ("speaker_stances", put(n_favor=9), "counts do not add up"),
        ("speaker_stances", put(stance_mean=0.123), "stance_mean is wrong"),
        ("runs", lambda rows: rows * 2, "primary key occurs twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(lake, table, change, what):
    models = {"stance": "c0ffee"}
    edit(lake, "runs", put(models=json.dumps(models)))
    assert verify(lake) == []
    edit(lake, table, change)
    problems = [p for p in verify(lake) if what in p.what]
    assert problems and all(p.rows for p in problems)


def test_files_that_are_wrong_are_found(lake):
    path = lake.files("quotes")[-1]
    good = path.read_bytes()
    path.write_bytes(good[:-20])
    assert any("cannot be read" in p.what and p.rows == (path.name,) for p in verify(lake))
    path.unlink()
    assert any("file is missing" in p.what and p.rows == (path.stem,) for p in verify(lake))
    path.write_bytes(good)
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["outlet"]), path)
    assert any("other columns" in p.what for p in verify(lake))
    path.write_bytes(good)
    (lake.path / "quotes" / "r9-0000.parquet").write_bytes(good)
    assert [p.rows for p in verify(lake) if "of no commit" in p.what] == [("r9-0000.parquet",)]
    (lake.path / "quotes" / "r9-0000.parquet").unlink()
    write(lake, "r2", analysis("d"))
    assert any("older than the articles" in p.what for p in verify(lake))
    (lake.path / ".staging" / "journal.json").write_text('{"put": [], "delete": []}')
    assert "cut short" in verify(lake)[0].what


def test_a_lake_of_version_1_is_upgraded_and_read(tmp_path):
    path = tmp_path / "lake"
    shutil.copytree(GOLDEN, path)
    before = {name: pd.read_parquet(path / name) for name in SCHEMAS if (path / name).is_dir() and name[0] != "."}
    before["identities"].columns = SCHEMAS["identities"].names
    assert "format 1" in verify(Lake.existing(path))[0].what
    lake = Lake.open(path)
    assert json.loads((path / "lake.json").read_text()) == {"format_version": FORMAT_VERSION}
    stances = before.pop("speaker_stances")  # they are made anew, by another rule of intervals
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.read_parquet(path / name)[list(frame)], frame)
    aggregate(lake, "r1")
    assert verify(lake) == [] and lake.analyses(lake.index()) == {}
    after = pd.read_parquet(path / "speaker_stances")
    assert "person:iriarte@9fa62a415a007401" in set(after["target_id"])  # a target has the speaker's id, as it was
    same = [name for name in stances if name not in ("target_id", "stance_low", "stance_high")]
    pd.testing.assert_frame_equal(after[same], stances[same])
    assert write(lake, "r2", analysis("a")).new == ("a",)


def test_forgetting_takes_ids_of_before_out_of_the_history(lake):
    path = lake.files("redirects")[0]
    pq.write_table(pa.table([["person:bill"], [ADA]], SCHEMAS["redirects"]), path)
    history = lake.files(".history")[0]
    rows = pq.read_table(history, partitioning=None).to_pylist()
    pq.write_table(pa.Table.from_pylist([rows[0] | {"person_id": "person:bill"}], SCHEMAS[".history"]), history)
    forget(lake, "r9", find_articles(lake, ["a"]))
    assert "person:bill" not in everything(lake)


def test_redirects_lead_to_ids_that_are_in_use(lake):
    path = lake.files("redirects")[0]
    for old, new, what in (("person:zed", "person:zod", "leads to no entity"), (ADA, ADA, "is in use")):
        pq.write_table(pa.table([[old], [new]], SCHEMAS["redirects"]), path)
        assert [(p.table, p.what) for p in verify(lake)] == [("redirects", what)]


def test_ids_of_an_older_lake_are_kept(lake):
    path = lake.files("identities")[0]
    rows = pq.read_table(path, partitioning=None).to_pandas().replace({"entity_id": {ADA: "person:ada-of-old"}})
    older = {"local_id": "speaker_id", "entity_id": "person_id", "entity_name": "person_name"}
    rows.rename(columns=older).to_parquet(path, index=False)
    (lake.path / "lake.json").write_text('{"format_version": 2}')
    lake = Lake.open(lake.path)
    aggregate(lake, "r9")
    assert "person:ada-of-old" in set(lake.read("identities")["entity_id"].to_pylist())
    assert verify(lake) == []


def test_columns_that_came_later_are_made_up_or_the_lake_is_refused_untouched(tmp_path):
    path = tmp_path / "lake"
    shutil.copytree(GOLDEN, path)

    def drop(table, column):
        for file in (path / table).iterdir():
            pq.write_table(pq.read_table(file, partitioning=None).drop_columns([column]), file)

    drop("identities", "reason")
    drop("articles", "outlet")
    lake = Lake.open(path)
    assert lake.read("identities").num_rows == 0 and lake.read("articles")["outlet"].null_count == 3
    assert is_stale(lake, False)
    (path / "lake.json").write_text('{"format_version": 1}')
    drop("articles", "text")
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match="has no text, and that cannot be made up"):
        Lake.open(path)
    assert before == {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    lake.files("articles")[0].write_bytes(b"PAR1 no more")
    with pytest.raises(UsageError, match="is damaged"):
        Lake.open(path)


def test_a_story_that_everybody_printed_is_one_original_and_found_fast():
    words = [f"word{i}" for i in range(400)]
    texts = [" ".join([*words, f"edition {i}"]) for i in range(20)] + [" ".join(words[::-1])]
    frame = pd.DataFrame({"article_id": [f"{i:05d}" for i in range(21_000)], "published_at": pd.NaT})
    sketches = [sketch(text) for text in texts]
    frame["sketch"] = [sketches[i % 21] for i in range(21_000)]
    began = time.monotonic()
    originals = near_copies(frame)
    assert time.monotonic() - began < 60
    assert set(originals.values()) == {"00000", "00020"} and len(originals) == 20_998


def test_what_one_template_makes_every_month_is_no_copy():
    text = " ".join(f"word{i}" for i in range(200))
    dates = [
        pd.Timestamp(2026, 1, 5),
        pd.Timestamp(2026, 2, 5),
        pd.Timestamp(2026, 3, 5),
        pd.Timestamp(2026, 3, 9),
        None,
    ]
    frame = pd.DataFrame({"article_id": list("abcde"), "sketch": sketch(text)})
    frame["published_at"] = pd.to_datetime(pd.Series(dates), utc=True)
    assert near_copies(frame) == {"d": "c", "e": "a"}
    assert near_copies(frame, days=3) == {"e": "a"}
    assert near_copies(frame, days=365) == dict.fromkeys("bcde", "a")


def test_the_next_aggregates_keep_how_copies_are_counted_over_versions(lake, monkeypatch):
    aggregate(lake, "r3", True, 30)
    monkeypatch.setattr("sayso.tasks.tables.derived.VERSION", 1000)
    assert is_stale(lake, True, 30)
    aggregate(lake, "r4")
    assert not is_stale(lake, True, 30) and is_stale(lake, False, 30) and is_stale(lake, True, 6)


def test_a_lake_of_version_3_gets_audits_and_keeps_all(tmp_path):
    path = tmp_path / "lake"
    shutil.copytree(ROOT / "tests" / "golden" / "lake-3", path)
    before, number = Lake.existing(path).manifest, Lake.existing(path).snapshot().number
    stances = pd.read_parquet(path / "speaker_stances")
    lake = Lake.open(path)
    assert lake.format == FORMAT_VERSION and lake.snapshot().number == number + 1
    assert (lake.manifest.runs, lake.manifest.recipes) == (before.runs, before.recipes)
    assert lake.manifest.history == before.history
    for table in ("audits", "corrections"):
        assert pd.read_parquet(path / table).empty
    for table in ("statements", "opinions", "quotes"):
        assert pd.read_parquet(path / table)["corrected"].isna().all()
    after = pd.read_parquet(path / "speaker_stances")
    pd.testing.assert_frame_equal(after[list(stances)], stances)
    assert after["stance_corrected"].isna().all() and not is_current(lake)
    aggregate(lake, "r9")
    assert is_current(lake) and not [p for p in verify(lake) if "run_id" not in p.what]
