"""Lakes of older versions: what has to change in their files, and what a manifest can still say of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.recipes import Recipe
from sayso.tasks.tables.schemas import DERIVED, FORMAT_VERSION, HISTORY_TABLE, SCHEMAS
from sayso.tasks.tables.snapshot import EARLIER_MARK, EMPTY, Snapshot

# Ids that were given once are kept: {table: {column before: column now}}.
_RENAMED = {"identities": {"speaker_id": "local_id", "person_id": "entity_id", "person_name": "entity_name"}}
# Columns that tell derived rows that still mean what they say; rows without them are left to be made anew.
_MEANT = {"identities": {*_RENAMED["identities"], "reason"}, "speaker_stances": {"interval_method"}}


def upgrade(lake: Snapshot) -> Commit:
    """The commit that brings a lake of an older format to this one.

    Columns that were added since are null in old rows; derived tables of another form are emptied, to be rebuilt
    by the next run; of two rows of one run the older goes.

    Raises:
        UsageError: a file is damaged, or lacks what cannot be made up; nothing has been touched.
    """
    text = json.dumps({"format_version": FORMAT_VERSION}) + "\n"
    commit = Commit(write={"lake.json": text}, drop=[EARLIER_MARK])
    for table, schema in SCHEMAS.items():
        names = lake.names(table)
        if not names and table != HISTORY_TABLE:
            commit.put[table, EMPTY] = schema.empty_table()
        for name in names:
            rows = _upgraded(lake, table, name, schema)
            if rows is not None:
                commit.put[table, name] = rows
    if not any((table, name) in commit.put for table in DERIVED for name in lake.names(table)):
        commit.facts["derived"] = lake.derived_with()
    else:
        commit.facts["derived"] = None
    runs = _once(lake, commit)
    if not lake.number:  # formats 1 and 2 had no manifest
        _facts(lake, commit, runs)
    return commit


def once(rows: pa.Table, key: list[str]) -> pa.Table:
    """Each key's row that was finished last; the first, where the table does not say when."""
    finished: list[datetime | None] = [None] * rows.num_rows
    if "finished_at" in rows.column_names:
        finished = rows["finished_at"].to_pylist()
    best: dict[tuple[object, ...], int] = {}
    for i, values in enumerate(zip(*(rows[column].to_pylist() for column in key), strict=True)):
        at, before = finished[i], finished[best.setdefault(values, i)]
        if at and (not before or at > before):
            best[values] = i
    return rows.take(pa.array(sorted(best.values()), pa.int64()))


def _once(lake: Snapshot, commit: Commit) -> list[dict[str, Any]]:
    """The rows of `runs`, each run's once; where one had two, in a commit."""
    parts = [commit.put.get(("runs", name), lake.load("runs", name)) for name in lake.names("runs")]
    if not parts:
        return []
    rows = pa.concat_tables([part.cast(SCHEMAS["runs"]) for part in parts])
    kept = once(rows, ["run_id"])
    if kept.num_rows < rows.num_rows:
        first, *others = lake.names("runs")
        for name in others:
            commit.put.pop(("runs", name), None)
        commit.put["runs", first] = kept
        commit.delete += [("runs", name) for name in others]
    runs: list[dict[str, Any]] = kept.to_pylist()
    return runs


def _facts(lake: Snapshot, commit: Commit, runs: list[dict[str, Any]]) -> None:
    """What the manifest says of recipes and of the history, in the order in which runs ended."""
    rows = {run["run_id"]: run for run in runs}

    def ended(run_id: str) -> str:
        at = rows.get(run_id, {}).get("finished_at")
        return f"{at:%Y%m%dT%H%M%S}" if at else run_id  # an id begins with the time of its start

    recipes = {}
    for run_id, marks in _marks(lake):
        recipes[run_id] = Recipe(dict(marks), *_settings(rows.get(run_id, {}).get("settings", "")))
    order = sorted(recipes, key=ended)
    commit.facts["runs"] = {run_id: recipes[run_id].key for run_id in order}
    commit.facts["recipes"] = {recipes[run_id].key: recipes[run_id] for run_id in order}
    history = sorted(lake.manifest.history, key=lambda past: ended(past.run))
    derived = commit.facts["derived"]
    if history and derived and derived[0] == lake.content():
        present = lake.present()
        history[-1] = replace(present, run=history[-1].run, file=history[-1].file)
    commit.facts["history"] = tuple(history)


def _marks(lake: Snapshot) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """(run_id, fingerprints) of articles, each pair once."""
    for name in lake.names("articles"):
        marks = lake.load("articles", name, ["run_id", "fingerprints"]).to_pydict().values()
        yield from dict.fromkeys((run_id, tuple(each)) for run_id, each in zip(*marks, strict=True))


def _settings(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings and names of targets, of a row of `runs`."""
    try:
        settings = json.loads(text)
        return settings, tuple(target["name"] for target in settings.pop("targets_configured", ()))
    except (ValueError, KeyError, TypeError):
        return {}, ()


def _upgraded(lake: Snapshot, table: str, name: str, schema: pa.Schema) -> pa.Table | None:
    """The rows of a file in the form of a schema; None where they are in it already."""
    path = lake.path / table / f"{name}.parquet"
    try:
        rows = lake.load(table, name)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{path} is damaged ({error}); restore it, or take it out of the lake") from error
    if rows.schema.equals(schema):
        return None
    if table in DERIVED and not _MEANT.get(table, {""}) <= set(rows.column_names):
        return schema.empty_table()
    rows = rows.rename_columns([_RENAMED.get(table, {}).get(name, name) for name in rows.column_names])
    for field in schema:
        if field.name not in rows.column_names:
            if not field.nullable:
                raise UsageError(f"{path} has no {field.name}, and that cannot be made up; use a new lake")
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    try:
        return rows.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise UsageError(f"{path} cannot be upgraded ({error}); use a new lake") from error
