"""The flow: what it writes, what it leaves alone, and what it makes of bad inputs."""

import json
import random
import shutil
from collections import Counter

import pandas as pd
import pytest
from prefect.artifacts import Artifact

from sayso.flows.analyze import analyze
from sayso.flows.progress import watch
from sayso.tasks import stages
from sayso.tasks.articles import RunFailed
from sayso.tasks.executors import Here, Processes, StageError
from sayso.tasks.runtime.onnx import OnnxClassifier, OnnxTagger
from sayso.tasks.stages import STAGES
from sayso.tasks.steps import commit
from sayso.tasks.tables import SCHEMAS, Lake
from tests.conftest import RAW
from tests.poison import poisoned

pytestmark = pytest.mark.usefixtures("prefect")
VOLATILE = ["run_id", "ingested_at"]
TEXT = "The harbor toll divides Port Ellery.\n\nMayor Lena Okafor said that the harbor toll was fair. “I will defend the toll,” she said."


def rows(lake, name):
    frame = pd.read_parquet(lake / name)
    return frame.drop(columns=[c for c in VOLATILE if c in frame]).astype(object).where(frame.notna(), None)


def run(inputs, lake, **options):
    return analyze([str(i) for i in inputs], lake=str(lake), **options)


def test_any_order_of_the_input_gives_the_same_rows(tmp_path):
    records = [json.loads(line) for line in (RAW / "wire.jsonl").read_text().splitlines()]
    records.append({"id": "new", "text": TEXT})
    lakes = []
    for order in (records, records[::-1]):
        folder = tmp_path / f"in{len(lakes)}"
        folder.mkdir()
        (folder / "articles.jsonl").write_text("\n".join(json.dumps(r) for r in order))
        lakes.append(tmp_path / f"lake{len(lakes)}")
        settings = tmp_path / "s.toml"
        settings.write_text(f"[run]\nshard_size = {2 + len(lakes)}")
        assert run([folder], lakes[-1], settings=str(settings), collection="wire").n_new == 4
    for name in (
        "paragraphs",
        "mentions",
        "speakers",
        "statements",
        "targets",
        "opinions",
        "paragraph_opinions",
        "quotes",
        "identities",
        "speaker_stances",
    ):
        one, other = (rows(lake, name) for lake in lakes)
        keys = [c for c in one.columns if one[c].map(type).isin([str, int, type(None)]).all() and "uri" not in c]
        one, other = (f.sort_values(keys, key=lambda c: c.astype(str), ignore_index=True) for f in (one, other))
        for column in one.columns:
            if "uri" in column:
                continue
            if one[column].map(lambda v: isinstance(v, float)).any():
                gap = (one[column].astype(float) - other[column].astype(float)).abs()
                assert not (gap > 0.01).any(), (name, column)
            else:
                assert one[column].astype(str).tolist() == other[column].astype(str).tolist(), (name, column)


def test_again_adds_nothing_a_change_replaces_and_a_setting_analyses_again(tmp_path):
    folder, lake = tmp_path / "in", tmp_path / "lake"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.txt").write_text(TEXT.replace("fair", "just").replace("Port Ellery", "Corran"))
    first = run([folder], lake)
    assert (first.n_new, first.n_skipped, first.status) == (2, 0, "completed")
    again = run([folder], lake)
    assert (again.n_new, again.n_updated, again.n_skipped) == (0, 0, 2)
    (folder / "a.txt").write_text(TEXT.replace("fair", "wrong"))
    changed = run([folder], lake)
    assert (changed.n_new, changed.n_updated, changed.n_skipped) == (0, 1, 1)
    assert len(pd.read_parquet(lake / "articles")) == 2
    artifact = Artifact.get("analyze")
    assert "# 1 article analysed" in artifact.data and changed.run_id in artifact.data
    assert pd.read_parquet(lake / "statements")["content"].str.contains("wrong").sum() == 1
    targets = tmp_path / "targets.toml"
    targets.write_text('[[target]]\nname = "harbor toll"\naliases = ["the toll"]')
    issue = run([folder], lake, targets=str(targets), recipe_change=True)
    assert issue.n_updated == 2
    page = Artifact.get("analyze").data
    assert "Not compared with the run before" in page and "targets: harbor toll is configured now" in page
    opinions = pd.read_parquet(lake / "opinions")
    assert (opinions["target_id"] == "issue:harbor-toll").sum() == 4
    runs = pd.read_parquet(lake / "runs").sort_values("started_at")
    assert runs["n_updated"].tolist() == [0, 0, 1, 2] and set(runs["status"]) == {"completed"}
    assert set(json.loads(runs["models"].iloc[0])) == {
        "attribution",
        "linker",
        "names",
        "sentiment",
        "speakers",
        "stance",
    }


def test_bad_inputs_are_rejected_and_the_rest_is_written(tmp_path):
    folder, lake = tmp_path / "in", tmp_path / "lake"
    folder.mkdir()
    (folder / "good.txt").write_text(TEXT)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "line.txt").write_bytes(b"x" * 50_000_000)
    (folder / "word.txt").write_bytes(b"x" * 1_000_000)
    (folder / "page.html").write_text("<html><body><nav>Home</nav></body></html>")
    (folder / "german.txt").write_text("Der Bürgermeister sagte am Montag, dass die Brücke im Mai geöffnet werde.")
    lines = [json.dumps({"id": str(i), "text": TEXT.replace("fair", f"fair {i}")}) for i in range(1, 9)]
    lines[6] = "{broken"
    (folder / "wire.jsonl").write_text("\n".join([*lines, lines[0]]))
    (folder / "list.csv").write_text("id,name\n1,x\n")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    summary = run([folder, tmp_path / "none.txt"], lake)
    assert summary.n_new == 8
    rejects = pd.read_parquet(lake / "rejects").set_index("source_uri")["code"]
    codes = {uri.rsplit("/", 1)[1]: code for uri, code in rejects.items()}
    assert codes == {
        "empty.txt": "empty", "binary.txt": "binary", "line.txt": "too_large", "word.txt": "no_text", "page.html": "no_article",
        "german.txt": "language", "wire.jsonl#L7": "broken", "list.csv": "broken", "none.txt": "missing", "wire.jsonl#1": "duplicate_id",
    }  # fmt: skip
    assert summary.n_rejected == len(rejects)
    assert summary.n_seen == summary.n_new + summary.n_rejected + summary.n_skipped


def failing(monkeypatch, *which: int) -> None:
    """Let the stages of some shards, counted from 1, fail on every article."""
    real, shards = Processes.map, []

    def fail(self, stages, items, *done):
        shards.extend([1] * (stages is STAGES))
        if stages is STAGES and len(shards) in which:
            raise StageError("stance fails on every article")
        return real(self, stages, items, *done)

    monkeypatch.setattr(Processes, "map", fail)


@pytest.fixture
def shards_of_one(tmp_path):
    """Four articles, each a shard of its own."""
    settings = tmp_path / "s.toml"
    settings.write_text("[run]\nshard_size = 1")
    for name in "abcd":
        (tmp_path / f"{name}.txt").write_text(f"{TEXT} So it is in {name}.")
    return {"inputs": [tmp_path / "*.txt"], "lake": tmp_path / "lake", "settings": str(settings)}


def test_a_failed_shard_fails_the_run_and_leaves_the_rest_written(tmp_path, monkeypatch, shards_of_one):
    failing(monkeypatch, 2)
    with pytest.raises(RunFailed, match="1 of 4 shards failed: stance fails"):
        run(**shards_of_one)
    lake = tmp_path / "lake"
    assert len(pd.read_parquet(lake / "articles")) == 3 == pd.read_parquet(lake / "identities")["article_id"].nunique()
    assert pd.read_parquet(lake / "runs")[["status", "n_seen", "n_new", "n_rejected"]].to_numpy().tolist() == [
        ["failed", 4, 3, 1]
    ]
    [reject] = pd.read_parquet(lake / "rejects").to_dict("records")
    assert (reject["stage"], reject["code"]) == ("analysis", "failed") and reject["source_uri"].endswith("b.txt")
    monkeypatch.undo()
    again = run(**shards_of_one)
    assert (again.n_new, again.n_skipped) == (1, 3)


def test_a_run_whose_shards_fail_one_after_the_other_ends(tmp_path, monkeypatch, shards_of_one):
    failing(monkeypatch, 2, 3)
    with pytest.raises(StageError, match="stance fails"):
        run(**shards_of_one)
    lake = tmp_path / "lake"
    assert len(pd.read_parquet(lake / "articles")) == 1
    assert pd.read_parquet(lake / "runs")["status"].tolist() == ["failed"]
    monkeypatch.undo()
    assert run(**shards_of_one).n_new == 3
    assert pd.read_parquet(lake / "identities")["article_id"].nunique() == 4


def test_a_poisoned_article_is_rejected_with_its_stage_and_the_rest_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("sayso.tasks.intake.STAGES", poisoned())
    lake, settings = tmp_path / "lake", tmp_path / "s.toml"
    settings.write_text("[run]\narticle_seconds = 15")
    poisons = ["MEDLAR", "", "QUINCE", "", "SLOE", "NETTLE"]
    records = [{"id": str(i), "text": f"{TEXT} It was day {i}. {poison}"} for i, poison in enumerate(poisons)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(r) for r in records))
    summary = run([tmp_path / "a.jsonl"], lake, settings=str(settings))
    assert (summary.n_new, summary.n_rejected, summary.status) == (2, 4, "completed")
    rejects = pd.read_parquet(lake / "rejects").set_index("source_uri")
    found = {int(uri.rsplit("#", 1)[1]): (row["stage"], row["code"]) for uri, row in rejects.iterrows()}
    assert found == {
        0: ("attribution", "timed_out"),
        2: ("attribution", "crashed"),
        4: ("stance", "killed"),
        5: ("attribution", "killed"),
    }
    assert all(map(str.isprintable, rejects["message"]))
    assert rejects["message"].str.contains("no quinces").sum() == 1


def calls(monkeypatch) -> Counter:
    """How many articles or questions each stage and model really worked on, in this process and not in others."""
    worked = Counter()
    monkeypatch.setattr("sayso.flows.analyze.Processes", Here)
    for cls, name in ((OnnxTagger, "tag"), (OnnxClassifier, "predict")):
        real = getattr(cls, name)
        monkeypatch.setattr(
            cls, name, lambda self, texts, real=real: worked.update({self.info.name: len(texts)}) or real(self, texts)
        )
    for name in ("read_article", "resolve", "find_targets"):
        real = getattr(stages, name)
        monkeypatch.setattr(stages, name, lambda *a, name=name, real=real: worked.update([name]) or real(*a))
    return worked


def test_only_the_stages_that_a_change_touches_are_run_again(tmp_path, monkeypatch):
    worked, lake = calls(monkeypatch), tmp_path / "lake"
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(TEXT.replace("fair", "just").replace("Port Ellery", "Corran"))
    inputs = [tmp_path / "*.txt"]
    run(inputs, lake)
    assert worked["attribution"] and worked["resolve"] == worked["read_article"] == 2
    first = {name: rows(lake, name) for name in ("statements", "opinions", "paragraphs")}

    worked.clear()
    stance = tmp_path / "stance"
    shutil.copytree(RAW.parents[1] / "models" / "stance", stance)
    config = json.loads((stance / "config.json").read_text())
    config["sayso"]["temperature"] = 4.0
    (stance / "config.json").write_text(json.dumps(config))
    settings = tmp_path / "s.toml"
    settings.write_text(f'[stance]\nmodel = "{stance}"')
    assert run(inputs, lake, settings=str(settings), recipe_change=True).n_updated == 2
    assert worked["stance"] and not {k for k, n in worked.items() if n and k != "stance"}
    assert rows(lake, "statements").equals(first["statements"])
    assert rows(lake, "paragraphs").equals(first["paragraphs"])
    assert (rows(lake, "opinions")["stance_favor"] != first["opinions"]["stance_favor"]).all()

    worked.clear()
    targets = tmp_path / "targets.toml"
    targets.write_text('[[target]]\nname = "harbor toll"\naliases = ["the toll"]')
    run(inputs, lake, settings=str(settings), targets=str(targets), recipe_change=True)
    assert worked["find_targets"] == 2 and worked["stance"] > 0 and not worked["attribution"] + worked["resolve"]
    with_targets = {name: rows(lake, name) for name in SCHEMAS if name in ("mentions", "targets", "opinions", "quotes")}

    worked.clear()
    (tmp_path / "a.txt").write_text(TEXT + "\n\nThe council meets in May.")
    run(inputs, lake, settings=str(settings), targets=str(targets))
    assert worked["read_article"] == worked["resolve"] == 1
    assert worked["sentiment"] == 1  # the new paragraph, printed and in the author's own words, is one question
    (tmp_path / "a.txt").write_text(TEXT)
    run(inputs, lake, settings=str(settings), targets=str(targets))

    fresh = tmp_path / "fresh"
    run(inputs, fresh, settings=str(settings), targets=str(targets))
    for name, frame in with_targets.items():
        keys = [c for c in frame if c.endswith("_id") or c == "char_start"]
        one, other = (f.sort_values(keys, ignore_index=True).astype(str) for f in (rows(lake, name), rows(fresh, name)))
        assert one.equals(other), name
        assert frame.sort_values(keys, ignore_index=True).astype(str).equals(one), name


def test_a_commit_is_tried_again_when_the_disk_fails_for_a_moment(tmp_path, monkeypatch):
    real, calls = Lake.write_shard, []

    def flaky(self, *args):
        calls.append(1)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        return real(self, *args)

    monkeypatch.setattr(Lake, "write_shard", flaky)
    assert commit.retries == 3
    (tmp_path / "a.txt").write_text(TEXT)
    assert run([tmp_path / "a.txt"], tmp_path / "lake").n_new == 1
    assert len(calls) == 2


def test_records_without_an_id_are_known_by_their_text(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}))
    assert run([tmp_path / "a.jsonl"], tmp_path / "lake").n_new == 1
    again = run([tmp_path / "a.jsonl"], tmp_path / "lake")
    assert (again.n_new, again.n_skipped) == (0, 1) and "attribution" not in again.seconds


def test_progress_is_reported(tmp_path):
    seen = []
    shutil.copy(RAW / "observatory.txt", tmp_path)
    with watch(seen.append):
        run([tmp_path], tmp_path.parent / f"{tmp_path.name}-lake")
    assert list(dict.fromkeys(p.stage for p in seen)) == ["reading", "analysis", "commit", "aggregate", "done"]
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].done == seen[-1].total == 1


def test_the_samples_hold_together(tmp_path):
    """The whole of data/raw: keys, foreign keys, offsets, probabilities."""
    files = sorted(RAW.iterdir())
    random.Random(0).shuffle(files)
    lake = tmp_path / "lake"
    summary = run(files, lake, targets=str(RAW.parent / "targets.toml"))
    assert summary.n_rejected == 0 and summary.n_new >= 12
    t = {p.name: pd.read_parquet(p) for p in lake.iterdir() if p.is_dir() and not p.name.startswith(".")}
    texts = t["articles"].set_index("article_id")["text"]
    for name, start, end, text in (
        ("paragraphs", "char_start", "char_end", "text"),
        ("mentions", "char_start", "char_end", "text"),
        ("statements", "cue_start", "cue_end", "cue"),
        ("statements", "source_start", "source_end", "source"),
    ):
        for row in t[name][t[name][start].notna()].to_dict("records"):
            assert texts[row["article_id"]][int(row[start]) : int(row[end])] == row[text]
    for row in t["statements"].to_dict("records"):
        pieces = [texts[row["article_id"]][s["start"] : s["end"]] for s in row["content_spans"]]
        assert " … ".join(pieces) == row["content"]
    for name in ("statements", "opinions", "paragraph_opinions", "paragraphs"):
        for score in ("sentiment", "author_sentiment", "stance", "target_sentiment"):
            columns = [
                c
                for c in t[name].columns
                if c.startswith(f"{score}_")
                and c.removeprefix(f"{score}_") in ("negative", "neutral", "positive", "against", "favor")
            ]
            if columns:
                sums = t[name][columns].dropna().sum(axis=1)
                assert ((sums - 1).abs() < 1e-4).all()
    speakers = set(zip(t["speakers"]["article_id"], t["speakers"]["speaker_id"], strict=True))
    assert set(zip(t["statements"]["article_id"], t["statements"]["speaker_id"], strict=True)) == speakers
    targets = set(zip(t["targets"]["article_id"], t["targets"]["target_id"], strict=True))
    assert set(zip(t["opinions"]["article_id"], t["opinions"]["target_id"], strict=True)) <= targets
    assert set(t["opinions"]["statement_id"]) <= set(t["statements"]["statement_id"])
    assert t["opinions"].groupby("statement_id").size().max() <= 3
    assert t["paragraph_opinions"].groupby(["article_id", "paragraph_index"]).size().max() <= 3
    for name, frame in t.items():
        keys = SCHEMAS[name].metadata[b"primary_key"].decode().split(",")
        assert not frame.duplicated(keys).any(), name
    assert t["articles"]["duplicate_of"].notna().sum() == 1
    assert (
        t["mentions"]["entity_id"].isin(set(t["speakers"]["speaker_id"]) | set(t["targets"]["target_id"]))
    ).mean() > 0.5
