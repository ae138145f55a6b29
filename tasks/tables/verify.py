"""Whether a lake holds together: keys, references, offsets, probabilities, models; shard by shard."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from sayso.tasks.articles import Span
from sayso.tasks.scores import Score, scores_of
from sayso.tasks.tables.derived import is_current
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.schemas import (
    DERIVED,
    FORMAT_VERSION,
    HISTORY_TABLE,
    PER_ARTICLE,
    SCHEMAS,
    key_of,
)
from sayso.tasks.tables.snapshot import Snapshot
from sayso.tasks.text.spans import statement_id

_TOLERANCE = 1e-3  # of a sum of three float32 probabilities
_TRIES, _PAUSE = 20, 0.1  # to find a moment without a commit


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with some rows of a table; `rows` are their keys, empty where it is the table itself."""

    table: str
    what: str
    rows: tuple[str, ...] = ()


def verify(lake: Lake) -> list[Problem]:
    """Everything that is wrong with a lake, as it is when the check begins; nothing is changed."""
    if lake.format < FORMAT_VERSION:
        return [Problem("lake", f"is of format {lake.format}; sayso analyze or sayso compact bring it up to date")]
    if _cut_short(lake):
        return [Problem("lake", "a commit was cut short; the next run, or sayso compact, finishes it")]
    return [*_strays(lake), *lake.reading(_problems)]


def _cut_short(lake: Lake) -> bool:
    """Whether a commit was left half done; one that somebody is at work on holds the lock."""
    if not lake.journal.pending:
        return False
    try:
        with FileLock(lake.path / ".lock", timeout=0):
            return lake.journal.pending
    except Timeout:
        return False
    except OSError:  # nobody writes here
        return True


def _strays(lake: Lake) -> Iterator[Problem]:
    """Files in the folders of tables that no commit put there, and that every plain reader reads."""
    found = None
    for _ in range(_TRIES):
        snapshot = lake.snapshot()
        listed = {(table, path.stem) for table in SCHEMAS for path in (lake.path / table).glob("*.parquet")}
        strange = {(table, name) for table, name in listed if name not in snapshot.manifest.tables.get(table, ())}
        found = strange if found is None else found & strange  # what a commit is about to add, is in the next manifest
        if not found or (not lake.journal.pending and lake.snapshot().number == snapshot.number):
            break
        time.sleep(_PAUSE)
    for table, name in sorted(found or ()):
        yield Problem(table, "file is of no commit; take it out of the folder", (f"{name}.parquet",))


def _problems(lake: Snapshot) -> list[Problem]:
    problems = list(_files(lake))
    if problems:  # rows of such files cannot be compared
        return problems
    runs = lake.read("runs").to_pandas()
    models = {run: json.loads(models) for run, models in zip(runs["run_id"], runs["models"], strict=True)}
    seen: Counter[str] = Counter()
    originals: dict[str, str] = {}
    names: set[tuple[str, str]] = set()
    for file in lake.names("articles"):
        shard = {name: lake.load(name, file) for name in PER_ARTICLE}
        frames = {name: rows.to_pandas() for name, rows in shard.items()}
        problems += _shard(shard, frames)
        articles = frames["articles"]
        problems += _models(articles, models)
        seen.update(articles["article_id"])
        copies = articles[articles["duplicate_of"].notna()]
        originals |= dict(zip(copies["article_id"], copies["duplicate_of"], strict=True))
        entities = frames["targets"][frames["targets"]["target_kind"] == "entity"]
        for frame, column in ((frames["speakers"], "speaker_id"), (entities, "target_id")):
            names |= set(zip(frame["article_id"], frame[column], strict=True))
    problems += _some("articles", "stands in two files", [i for i, n in seen.items() if n > 1])
    lost = [i for i, original in originals.items() if original not in seen]
    problems += _some("articles", "duplicate_of names no article", lost)
    problems += _derived(lake, names)
    rejects = lake.read("rejects", ["run_id", "source_uri"]).to_pandas()
    problems += _rows("rejects", "run_id is in no row of runs", rejects, ~rejects["run_id"].isin(runs["run_id"]))
    checks = {name: lake.read(name, key_of(name)).to_pandas() for name in ("audits", "corrections")}
    for name, frame in {"runs": runs, "rejects": rejects, **checks}.items():
        problems += _rows(name, "primary key occurs twice", frame, frame.duplicated(key_of(name)))
    return problems


def _files(lake: Snapshot) -> Iterator[Problem]:
    """Files that are missing, that cannot be read, or that have other columns."""
    shards = set(lake.names("articles"))
    for table, schema in SCHEMAS.items():
        names = lake.names(table)
        if not names and table != HISTORY_TABLE:
            yield Problem(table, "has no files")
        if table in PER_ARTICLE:
            yield from _some(table, "file has no articles", sorted(set(names) - shards))
        for name in names:
            try:
                found = lake.load(table, name)
            except FileNotFoundError:
                yield Problem(table, "file is missing", (name,))
                continue
            except (pa.ArrowInvalid, OSError) as error:
                yield Problem(table, f"file cannot be read ({str(error)[:100]})", (f"{name}.parquet",))
                continue
            if not found.schema.equals(schema):
                yield Problem(table, "file has other columns than it should", (f"{name}.parquet",))
            for field in schema:
                if not field.nullable and field.name in found.column_names and found[field.name].null_count:
                    yield Problem(table, f"{field.name} is null, and must not be", (f"{name}.parquet",))


def _shard(tables: dict[str, pa.Table], frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    articles, paragraphs, statements = frames["articles"], frames["paragraphs"], frames["statements"]
    for name, frame in frames.items():
        yield from _rows(name, "primary key occurs twice", frame, frame.duplicated(key_of(name)))
        strange = ~frame["article_id"].isin(articles["article_id"])
        yield from _rows(name, "article_id is no article's of this file", frame, strange)
        for score in scores_of("opinions" if name == "quotes" else name):
            yield from _probabilities(name, frame, score)
    counts = paragraphs.groupby("article_id").size().reindex(articles["article_id"], fill_value=0).to_numpy()
    yield from _rows("articles", "n_paragraphs is wrong", articles, articles["n_paragraphs"] != counts)
    yield from _offsets(tables, frames)
    for name, column, other in (
        ("statements", "speaker_id", "speakers"),
        ("opinions", "target_id", "targets"),
        ("paragraph_opinions", "target_id", "targets"),
        ("paragraph_opinions", "paragraph_index", "paragraphs"),
        ("mentions", "paragraph_index", "paragraphs"),
        ("statements", "paragraph_index", "paragraphs"),
    ):
        missing = _not_in(frames[name], frames[other], ["article_id", column])
        yield from _rows(name, f"{column} is not in {other}", frames[name], missing)
    same = ["statement_id", "article_id", "speaker_id", "paragraph_index"]
    lost = _not_in(frames["opinions"], statements, same)
    yield from _rows("opinions", "is of no statement, or says otherwise than it", frames["opinions"], lost)
    spoken = statements.groupby(["article_id", "speaker_id"]).size()
    speakers = frames["speakers"]
    keys = pd.MultiIndex.from_frame(speakers[["article_id", "speaker_id"]])
    wrong = speakers["n_statements"].to_numpy() != spoken.reindex(keys, fill_value=0).to_numpy()
    yield from _rows("speakers", "n_statements is wrong", speakers, pd.Series(wrong, speakers.index))
    yield from _quotes(frames)


def _quotes(frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Quotes are the join of statements, opinions and what else is known of them."""
    quotes, opinions, statements = frames["quotes"], frames["opinions"], frames["statements"]
    bare = ["statement_id", "article_id", "speaker_id", "statement_kind", "content"]
    yield from _rows("quotes", "differs from its statement", quotes, _not_in(quotes, statements, bare))
    full = quotes[quotes["target_id"].notna()]
    judged = ["statement_id", "target_id", "stance", "target_sentiment"]
    yield from _rows("quotes", "differs from its opinion", full, _not_in(full, opinions, judged))
    yield from _rows("opinions", "is in no quote", opinions, _not_in(opinions, quotes, judged[:2]))
    unquoted = ~statements["statement_id"].isin(quotes["statement_id"])
    yield from _rows("statements", "is in no quote", statements, unquoted)
    for column in ("source_uri", "title", "duplicate_of"):
        differs = _not_in(quotes.fillna({column: ""}), frames["articles"].fillna({column: ""}), ["article_id", column])
        yield from _rows("quotes", f"{column} differs from its article", quotes, differs)


def _offsets(tables: dict[str, pa.Table], frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    texts = dict(zip(frames["articles"]["article_id"], frames["articles"]["text"], strict=True))
    for name, start, end, said in (
        ("paragraphs", "char_start", "char_end", "text"),
        ("mentions", "char_start", "char_end", "text"),
        ("statements", "cue_start", "cue_end", "cue"),
        ("statements", "source_start", "source_end", "source"),
    ):
        rows = tables[name].select(["article_id", start, end, said]).to_pydict().values()
        wrong = [
            (text is None) != (a is None) or (a is not None and texts.get(i, "")[a:b] != text)
            for i, a, b, text in zip(*rows, strict=True)
        ]
        what = f"{said} does not stand at {start}"
        yield from _rows(name, what, frames[name], pd.Series(wrong, frames[name].index, dtype=bool))
    moved, strange = [], []
    for row in tables["statements"].to_pylist():
        spans = [Span(s["start"], s["end"]) for s in row["content_spans"]]
        moved.append(" … ".join(texts.get(row["article_id"], "")[a:b] for a, b in spans) != row["content"])
        cue = Span(row["cue_start"], row["cue_end"]) if row["cue_start"] is not None else None
        strange.append(statement_id(row["article_id"], cue, spans) != row["statement_id"])
    index = frames["statements"].index
    for wrong, what in ((moved, "content does not stand at its spans"), (strange, "statement_id is not its hash")):
        yield from _rows("statements", what, frames["statements"], pd.Series(wrong, index, dtype=bool))


def _probabilities(name: str, frame: pd.DataFrame, score: Score) -> Iterator[Problem]:
    scored = frame[frame[score.name].notna()]
    values = scored[list(score.probabilities)].to_numpy(dtype=float)
    wrong = ~((values >= 0).all(1) & (np.abs(values.sum(1) - 1) <= _TOLERANCE)) if len(values) else np.zeros(0, bool)
    yield from _rows(name, f"probabilities of {score.name} do not sum to 1", scored, pd.Series(wrong, scored.index))
    best = np.array(score.labels)[values.argmax(1)] if len(values) else np.zeros(0, str)
    other = pd.Series(scored[score.name].to_numpy(dtype=str) != best, scored.index) & ~wrong
    yield from _rows(name, f"{score.name} is not the most probable label", scored, other)


def _models(articles: pd.DataFrame, models: dict[str, dict[str, str]]) -> Iterator[Problem]:
    """Whether the run that wrote an article had the models that its fingerprints name."""
    unknown = ~articles["run_id"].isin(models.keys())
    yield from _rows("articles", "run_id is in no row of runs", articles, unknown)
    wrong = []
    for run, marks in zip(articles["run_id"], articles["fingerprints"], strict=True):
        had = models.get(run, {})
        named = {stage: mark.split(":")[1] for stage, mark in marks if mark.count(":") == 2}
        wrong.append(any(not had.get(stage, digits).startswith(digits) for stage, digits in named.items()))
    what = "fingerprints name another model than its run had"
    yield from _rows("articles", what, articles, pd.Series(wrong, articles.index, dtype=bool) & ~unknown)


def _derived(lake: Snapshot, names: set[tuple[str, str]]) -> Iterator[Problem]:
    if not is_current(lake):
        yield Problem("speaker_stances", "is older than the articles; the next run rebuilds it")
        return
    for name in DERIVED:
        frame = lake.read(name).to_pandas()
        yield from _rows(name, "primary key occurs twice", frame, frame.duplicated(key_of(name)))
        if name == "identities":
            known = set(zip(frame["article_id"], frame["local_id"], strict=True))
            ids = set(frame["entity_id"])
            yield from _some(name, "lacks a speaker or target", [" ".join(k) for k in sorted(names - known)])
            yield from _some(name, "names no speaker or target", [" ".join(k) for k in sorted(known - names)])
        elif name == "redirects":
            yield from _rows(name, "leads to no entity", frame, ~frame["entity_id"].isin(ids))
            yield from _rows(name, "is in use", frame, frame["old_id"].isin(ids))
        else:
            sums = frame[["n_favor", "n_neutral", "n_against"]].sum(axis=1) != frame["n_statements"]
            yield from _rows(name, "counts do not add up", frame, sums)
            mean = (frame["n_favor"] - frame["n_against"]) / frame["n_statements"]
            yield from _rows(name, "stance_mean is wrong", frame, (frame["stance_mean"] - mean).abs() > _TOLERANCE)


def _not_in(one: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> pd.Series:
    known = pd.MultiIndex.from_frame(other[columns])
    return pd.Series(~pd.MultiIndex.from_frame(one[columns]).isin(known), one.index)


def _rows(table: str, what: str, frame: pd.DataFrame, wrong: pd.Series) -> Iterator[Problem]:
    keys = frame.loc[wrong.to_numpy(dtype=bool), key_of(table)].astype(str)
    yield from _some(table, what, [" ".join(key) for key in keys.itertuples(index=False)])


def _some(table: str, what: str, rows: list[str]) -> Iterator[Problem]:
    if rows:
        yield Problem(table, what, tuple(rows))
