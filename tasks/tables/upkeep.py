"""Taking articles out of a lake for good, and merging its small files."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayso.tasks.articles import UsageError
from sayso.tasks.tables.journal import Commit
from sayso.tasks.tables.lake import FORGOTTEN, Lake, where
from sayso.tasks.tables.people import ids_ever
from sayso.tasks.tables.schemas import HISTORY_TABLE, PER_ARTICLE, SCHEMAS

COMPACTED = 5000  # articles in a file that compact makes, at most


def find_articles(lake: Lake, names: Sequence[str], source: str | None = None) -> dict[str, str]:
    """article_id → source_uri of the articles meant.

    Args:
        names: article_ids or source_uris.
        source: a glob of source_uris.

    Raises:
        UsageError: a name or the glob means no article of the lake.
    """
    rows = lake.steady(lambda: lake.read("articles", ["article_id", "source_uri"])).to_pylist()
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
    uris, matches = set(articles.values()), lambda uri: source is not None and fnmatchcase(uri, source)
    with lake.locked():
        index, commit = lake.index(), Commit()
        lake.rewrite_without(commit, run_id, [i for i in articles if i in index], index)
        people = ids_ever(lake, where(lake.read("identities"), articles)["entity_id"].to_pylist())
        _filter(lake, commit, run_id, "identities", lambda rows: where(rows, articles, keep=False))
        for table in ("speaker_stances", HISTORY_TABLE):
            _filter(lake, commit, run_id, table, lambda rows: rows.filter(pc.invert(_is_in(rows["person_id"], people))))
        _filter(
            lake, commit, run_id, "redirects", lambda rows: rows.filter(pc.invert(_is_in(rows["entity_id"], people)))
        )
        _filter(
            lake,
            commit,
            run_id,
            "rejects",
            lambda rows: rows.filter(
                pa.array([u not in uris and not matches(u) for u in rows["source_uri"].to_pylist()], pa.bool_())
            ),
        )
        note = "# article_ids that stay out of this lake; delete a line to let that article in again\n"
        commit.write[FORGOTTEN] = note + "".join(f"{i}\n" for i in sorted(lake.forgotten().union(articles)))
        lake.journal.apply(commit)


def _is_in(column: pa.ChunkedArray, values: Iterable[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(list(values), pa.string()))


def _filter(lake: Lake, commit: Commit, run_id: str, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite, in a commit, the files of a table that `change` takes rows out of."""
    for name, rows in lake.parts(table):
        left = change(rows)
        if left.num_rows == rows.num_rows:
            continue
        if table == HISTORY_TABLE:  # its files are known by their runs
            commit.put[table, name] = left
        else:
            commit.put[table, lake.next_name(run_id, [table], commit)] = left
            commit.delete.append((table, name))


def compact(lake: Lake, run_id: str) -> tuple[int, int]:
    """Merge small files; how many there were and are. A commit at a time, so that others get their turn."""
    before = _count(lake)
    while _compact_some(lake, run_id):
        pass
    return before, _count(lake)


def _count(lake: Lake) -> int:
    return sum(len(lake.files(table)) for table in SCHEMAS)


def _compact_some(lake: Lake, run_id: str) -> bool:
    with lake.locked():
        commit = Commit()
        _merge(lake, commit, run_id, list(PER_ARTICLE), _small_shards(lake))
        lake.keep_derived(commit, {old: new for _, new in commit.put for _, old in commit.delete})
        for table in ("runs", "rejects"):
            _merge(lake, commit, run_id, [table], [path.stem for path in lake.files(table)])
        if commit.put:
            lake.journal.apply(commit)
        return bool(commit.put)


def _small_shards(lake: Lake) -> list[str]:
    """The next shards that together have no more than COMPACTED articles; fewer than two where all is done."""
    group, articles = [], 0
    for path in lake.files("articles"):
        n = pq.read_metadata(path).num_rows
        if articles + n > COMPACTED:
            if len(group) > 1:
                break
            group, articles = [], 0
        group.append(path.stem)
        articles += n
    return group


def _together(lake: Lake, table: str, names: Sequence[str]) -> pa.Table:
    return pa.concat_tables([lake.load(table, name).cast(SCHEMAS[table]) for name in names])


def _merge(lake: Lake, commit: Commit, run_id: str, tables: Sequence[str], names: Sequence[str]) -> None:
    if len(names) < 2:
        return
    fresh = lake.next_name(run_id, tables, commit)
    for table in tables:
        commit.put[table, fresh] = partial(_together, lake, table, names)
        commit.delete += [(table, name) for name in names]
