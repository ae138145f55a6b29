"""Taking articles out of a lake for good, and merging its small files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.people import ids_ever
from sayso.tasks.tables.schemas import FORMER_TABLE, HISTORY_TABLE, PER_ARTICLE, SCHEMAS, key_of
from sayso.tasks.tables.snapshot import Snapshot, where
from sayso.tasks.tables.upgrade import once

COMPACTED = 5000  # articles in a file that compact makes, at most


def find_articles(lake: Lake, names: Sequence[str], source: str | None = None) -> dict[str, str]:
    """article_id → source_uri of the articles meant.

    Args:
        names: article_ids or source_uris.
        source: a glob of source_uris.

    Raises:
        UsageError: a name or the glob means no article of the lake.
    """
    columns = ["article_id", "source_uri"]
    rows = lake.reading(lambda snapshot: snapshot.read("articles", columns)).to_pylist()
    meant = {r["article_id"]: r["source_uri"] for r in rows if names and not {*r.values()}.isdisjoint(names)}
    known = {*meant, *meant.values()}
    if missing := [name for name in names if name not in known]:
        raise UsageError(f"{lake.path} has no article {missing[0]!r}; an article_id or a source_uri is wanted")
    if source is not None:
        matching = {r["article_id"]: r["source_uri"] for r in rows if fnmatchcase(r["source_uri"], source)}
        if not matching and not any(fnmatchcase(u, source) for u in lake.read("rejects")["source_uri"].to_pylist()):
            raise UsageError(f"no source_uri in {lake.path} matches {source!r}; a glob must match all of it")
        meant |= matching
    return meant


def forget(lake: Lake, run_id: str, articles: dict[str, str], source: str | None = None) -> None:
    """Take articles out of every table and off the disk, and keep later runs from bringing them back.

    What was derived from them goes in the same commit; rebuild the aggregates afterwards.

    Args:
        articles: of `find_articles`.
        source: rejects whose source_uri matches this glob go too.
    """
    uris = set(articles.values())

    def stays(uri: str) -> bool:
        return uri not in uris and not (source is not None and fnmatchcase(uri, source))

    with lake.locked():
        snapshot, commit = lake.snapshot(), Commit(erase=True)
        index = snapshot.index()
        lake.rewrite_without(commit, run_id, [i for i in articles if i in index], snapshot)
        people = ids_ever(snapshot, where(snapshot.read("identities"), articles)["entity_id"].to_pylist())
        people |= set(where(snapshot.read(FORMER_TABLE), articles)["person_id"].to_pylist())
        for table in ("identities", "audits", "corrections", FORMER_TABLE):
            _filter(lake, commit, run_id, table, lambda rows: where(rows, articles, keep=False))
        _filter(lake, commit, run_id, "speaker_stances", lambda rows: _without(rows, people))
        _cut_history(lake, commit, run_id, people)
        _filter(lake, commit, run_id, "redirects", lambda rows: _without(rows, people, "entity_id"))
        _filter(
            lake,
            commit,
            run_id,
            "rejects",
            lambda rows: rows.filter(pa.array([stays(u) for u in rows["source_uri"].to_pylist()], pa.bool_())),
        )
        lake.forget_ids(commit, articles)
        lake.journal.apply(commit)


def _without(rows: pa.Table, people: Iterable[str], column: str = "person_id") -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows[column], value_set=pa.array(list(people), pa.string()))))


def _filter(lake: Lake, commit: Commit, run_id: str, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite, in a commit, the files of a table that `change` takes rows out of."""
    for name, rows in lake.parts(table):
        left = change(rows)
        if left.num_rows < rows.num_rows:
            commit.put[table, lake.next_name(run_id, [table], commit)] = left
            commit.delete.append((table, name))


def _cut_history(lake: Lake, commit: Commit, run_id: str, people: Iterable[str]) -> None:
    """Take persons out of the history, in a commit, and have it say so."""
    snapshot, history = lake.snapshot(), []
    for past in snapshot.manifest.history:
        rows = snapshot.load(HISTORY_TABLE, past.file)
        left = _without(rows, people)
        if left.num_rows < rows.num_rows:
            commit.delete.append((HISTORY_TABLE, past.file))
            past = replace(past, file=lake.next_name(run_id, [HISTORY_TABLE], commit), cut=True)
            commit.put[HISTORY_TABLE, past.file] = left
        history.append(past)
    commit.facts["history"] = tuple(history)


def compact(lake: Lake, run_id: str) -> tuple[int, int]:
    """Merge small files; how many there were and are. A commit at a time, so that others get their turn."""
    before = _count(lake)
    while _compact_some(lake, run_id):
        pass
    return before, _count(lake)


def _count(lake: Lake) -> int:
    snapshot = lake.snapshot()
    return sum(len(snapshot.names(table)) for table in SCHEMAS)


def _compact_some(lake: Lake, run_id: str) -> bool:
    with lake.locked():
        snapshot, commit = lake.snapshot(), Commit()
        shards = _small_shards(snapshot)
        if len(shards) > 1:
            fresh = lake.next_name(run_id)
            commit.put |= {(table, fresh): partial(_together, snapshot, table, shards) for table in PER_ARTICLE}
            held = ((table, name) for table in PER_ARTICLE for name in shards)
            commit.delete += [(table, name) for table, name in held if name in snapshot.names(table)]
            lake.keep_derived(commit)
        for table in ("runs", "rejects"):
            _merge(lake, commit, run_id, table, snapshot)
        if commit.put:
            lake.journal.apply(commit)
        return bool(commit.put)


def _small_shards(lake: Snapshot) -> list[str]:
    """The next shards that together have no more than COMPACTED articles; fewer than two where all is done."""
    group: list[str] = []
    articles = 0
    for name in lake.names("articles"):
        n = lake.n_rows("articles", name)
        if articles + n > COMPACTED:
            if len(group) > 1:
                break
            group, articles = [], 0
        group.append(name)
        articles += n
    return group


def _together(lake: Snapshot, table: str, names: Sequence[str]) -> pa.Table:
    return pa.concat_tables([lake.load(table, name).cast(SCHEMAS[table]) for name in names])


def _merge(lake: Lake, commit: Commit, run_id: str, table: str, snapshot: Snapshot) -> None:
    """Put a table that belongs to no shard into one file, in a commit, each of its keys once."""
    names = snapshot.names(table)
    rows = _together(snapshot, table, names) if names else SCHEMAS[table].empty_table()
    kept = once(rows, key_of(table))
    if len(names) > 1 or kept.num_rows < rows.num_rows:
        commit.put[table, lake.next_name(run_id, [table], commit)] = kept
        commit.delete += [(table, name) for name in names]
