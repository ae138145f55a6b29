"""The lake: plain Parquet in a local folder, changed by journalled commits only. Computing holds no lock."""

import contextlib
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from filelock import FileLock, Timeout

from sayso.tasks.articles import Analysis, LakeBusy, UsageError
from sayso.tasks.identities import LIST_FILE
from sayso.tasks.tables.journal import Commit, Journal
from sayso.tasks.tables.recipes import Recipe
from sayso.tasks.tables.schemas import (
    FORMAT_VERSION,
    FORMER,
    FORMER_TABLE,
    HISTORY_TABLE,
    PER_ARTICLE,
    SCHEMAS,
)
from sayso.tasks.tables.snapshot import EMPTY, MANIFEST, Entry, Manifest, OutOfDate, Snapshot, content_of, where
from sayso.tasks.tables.upgrade import upgrade

LOCK_SECONDS = 600
KEPT_HISTORY = 30  # rebuilds of speaker_stances that `sayso diff` can look back to
FORGOTTEN = "forgotten.txt"
_NOTE = "# article_ids that stay out of this lake; delete a line to let that article in again\n"
_READ_TRIES = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit of a shard did, in article ids."""

    new: tuple[str, ...]
    updated: tuple[str, ...]
    skipped: tuple[str, ...]


class Lake:
    """A lake at a folder; `Lake.open` creates or upgrades it, `Lake.existing` reads what is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path, SCHEMAS)
        self._lock = FileLock(path / ".lock")
        self._entries: dict[str, dict[str, Entry]] = {}
        self._numbers: Counter[str] = Counter()  # file names are never used again
        self._newest: tuple[tuple[int, int, int] | None, Snapshot] | None = None
        self._recipes: dict[str, Recipe] = {}
        self._untold: dict[str, bool] = {}  # article_id → whether new, of a commit that was cut short

    @classmethod
    def open(cls, where: str | Path) -> "Lake":
        """The lake at a local folder, made if it is not there, brought to this version's format if it is older.

        Raises:
            UsageError: another kind of URL, not a folder, not writable, written by a newer version, or by an older
                one in a way that cannot be upgraded.
        """
        lake = cls(_local(where))
        try:
            lake.path.mkdir(parents=True, exist_ok=True)
            _ = lake.format  # told before the lock is waited for
            with lake.locked():
                if not lake._marker.exists():
                    lake._create()
                elif lake.format < FORMAT_VERSION:
                    lake.journal.apply(upgrade(lake.snapshot()))
        except PermissionError as error:
            raise UsageError(f"cannot write to the lake {lake.path}: {error.strerror}") from error
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(f"the lake {lake.path} is not a folder") from error
        except OSError as error:
            raise UsageError(f"cannot use the lake {lake.path}: {error.strerror or error}") from error
        return lake

    @classmethod
    def existing(cls, where: str | Path) -> "Lake":
        """The lake at a folder that must hold one already (UsageError)."""
        lake = cls(_local(where))
        if not lake._marker.is_file():
            raise UsageError(f"there is no lake at {lake.path}; sayso analyze INPUT --lake {lake.path} makes one")
        _ = lake.format
        return lake

    @property
    def _marker(self) -> Path:
        return self.path / "lake.json"

    @property
    def format(self) -> int:
        """The version of the lake's format, 0 for none yet; raises UsageError where it is newer or damaged."""
        if self._marker.is_file():
            try:
                version = int(json.loads(self._marker.read_text(encoding="utf-8"))["format_version"])
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{self._marker} is damaged; it should hold the lake's format_version") from error
            if version > FORMAT_VERSION:
                raise UsageError(
                    f"the lake {self.path} was written by a newer Sayso (format {version}, this one reads up to "
                    f"{FORMAT_VERSION}); upgrade Sayso or use another lake"
                )
            return version
        ours = {*SCHEMAS, LIST_FILE, FORGOTTEN}  # lists may be there before the lake is
        if any(p.name not in ours and not p.name.startswith(".") for p in self.path.iterdir()):
            raise UsageError(f"{self.path} is not empty and no lake; name a new or empty folder")
        return 0

    def _create(self) -> None:
        tables = {(name, EMPTY): schema.empty_table() for name, schema in SCHEMAS.items() if name != HISTORY_TABLE}
        self.journal.apply(Commit(tables, write={self._marker.name: json.dumps({"format_version": FORMAT_VERSION})}))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; a commit that somebody left half done is finished first.

        Raises:
            LakeBusy: another run held the lock for ten minutes.
            UsageError: the file system has no locks.
        """
        try:
            self._lock.acquire(timeout=LOCK_SECONDS)
        except Timeout as error:
            held = f"another run has held the lake {self.path} for {LOCK_SECONDS} seconds"
            raise LakeBusy(f"{held}; run the same command again when it is done") from error
        except NotImplementedError as error:
            raise UsageError(f"the file system of {self.path} has no locks; a lake needs them") from error
        try:
            self.journal.recover()
            yield
        finally:
            self._lock.release()

    def snapshot(self) -> Snapshot:
        """The lake as the last commit left it, to read from while others commit."""
        try:
            at = os.stat(self.path / MANIFEST)
            mark = at.st_ino, at.st_mtime_ns, at.st_size
        except FileNotFoundError:
            mark = None
        if mark is None or self._newest is None or self._newest[0] != mark:
            self._newest = mark, Snapshot(self.path, Manifest.read(self.path), self._entries)
        return self._newest[1]

    def reading(self, read: Callable[[Snapshot], T]) -> T:
        """What `read` gives of a snapshot; of the next one, where articles were forgotten meanwhile."""
        for _ in range(_READ_TRIES - 1):
            with contextlib.suppress(OutOfDate):
                return read(self.snapshot())
        return read(self.snapshot())

    # Of the newest snapshot each; whoever reads more than one thing takes a snapshot of their own.

    def files(self, table: str) -> list[Path]:
        return self.snapshot().files(table)

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        return self.snapshot().read(table, columns)

    def parts(self, table: str, columns: Sequence[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
        return self.snapshot().parts(table, columns)

    def load(self, table: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        return self.snapshot().load(table, name, columns)

    def index(self) -> dict[str, Entry]:
        return self.snapshot().index()

    def content(self) -> str:
        return self.snapshot().content()

    def derived_with(self) -> tuple[str, str] | None:
        return self.snapshot().derived_with()

    @property
    def manifest(self) -> Manifest:
        return self.snapshot().manifest

    def made_by(self) -> list[tuple[Recipe, int]]:
        return self.snapshot().made_by()

    def recipe(self) -> Recipe | None:
        return self.reading(Snapshot.recipe)

    def analyses(self, article_ids: Iterable[str]) -> dict[str, tuple[Analysis, Mapping[str, str]]]:
        return self.snapshot().analyses(article_ids)

    def forgotten(self) -> frozenset[str]:
        """Ids of articles that must not come back."""
        try:
            lines = (self.path / FORGOTTEN).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return frozenset()
        return frozenset(line.split("#")[0].strip() for line in lines) - {""}

    def forget_ids(self, commit: Commit, article_ids: Iterable[str]) -> None:
        """Have articles stay out from now on, in a commit; what the user wrote into the file stays."""
        try:
            text = (self.path / FORGOTTEN).read_text(encoding="utf-8")
        except FileNotFoundError:
            text = _NOTE
        text += "\n" * bool(text and not text.endswith("\n"))
        fresh = sorted(set(article_ids) - self.forgotten())
        commit.write[FORGOTTEN] = text + "".join(f"{i}\n" for i in fresh)

    def record(self, run_id: str, recipe: Recipe) -> None:
        """Say what a run makes its rows by, before it writes any; by default, what their fingerprints say."""
        self._recipes[run_id] = recipe

    def write_shard(self, run_id: str, tables: Mapping[str, pa.Table]) -> Written:
        """Add the articles of a shard; those already there with the same input and fingerprints stay as they are.

        Rows of articles that changed are replaced: the files that held them are rewritten without them. Where an
        OSError cut a commit short that was decided, call it again: it tells what that commit has done.
        """
        with self.locked():
            lake, forgotten = self.snapshot(), self.forgotten()
            index, done = lake.index(), self._untold
            kept, skipped = [], []
            new: list[str] = []
            updated: list[str] = []
            for row in tables["articles"].select(["article_id", "input_sha256", "fingerprints"]).to_pylist():
                article_id, entry = row["article_id"], index.get(row["article_id"])
                same = entry and (entry.input_sha256, entry.fingerprints) == (
                    row["input_sha256"],
                    dict(row["fingerprints"]),
                )
                if article_id in forgotten:
                    skipped.append(article_id)
                elif same:
                    (skipped if article_id not in done else new if done[article_id] else updated).append(article_id)
                else:
                    kept.append(article_id)
                    (updated if entry else new).append(article_id)
            if kept:
                commit, shard = Commit(), self.next_name(run_id)
                for name, rows in tables.items():
                    commit.put[name, shard] = where(rows, kept) if len(kept) < len(tables["articles"]) else rows
                self.rewrite_without(commit, run_id, [i for i in kept if i in index], lake)
                recipe = self._recipes.get(run_id) or Recipe(dict(tables["articles"]["fingerprints"][0].as_py()))
                runs = {run: key for run, key in lake.manifest.runs.items() if run != run_id}
                commit.facts |= {
                    "runs": runs | {run_id: recipe.key},
                    "recipes": {**lake.manifest.recipes, recipe.key: recipe},
                }
                self._untold = dict.fromkeys(new, True) | dict.fromkeys(updated, False)
                self.journal.apply(commit)
            self._untold = {}
            return Written(tuple(new), tuple(updated), tuple(skipped))

    def rewrite_without(self, commit: Commit, run_id: str, gone: Iterable[str], lake: Snapshot) -> None:
        """Take articles out of their shards, in a commit."""
        index, gone = lake.index(), set(gone)
        sizes = Counter(entry.shard for entry in index.values())
        for shard, n in Counter(index[i].shard for i in gone).items():
            survivors = partial(_filtered, lake, shard, lambda rows: where(rows, gone, keep=False))
            self._replace_shard(commit, run_id, lake, shard, survivors if n < sizes[shard] else None)
        if not commit.manifest_after(lake.manifest).tables["articles"]:  # a table without any file could not be read
            empty = self.next_name(run_id, taken=commit)
            commit.put |= {(name, empty): schema.empty_table() for name, schema in PER_ARTICLE.items()}

    def _replace_shard(
        self, commit: Commit, run_id: str, lake: Snapshot, shard: str, make: Callable[[str], pa.Table] | None
    ) -> None:
        """Put other rows in place of a shard's, a table at a time, or nothing."""
        commit.delete += [(name, shard) for name in PER_ARTICLE if shard in lake.names(name)]
        if make:
            fresh = self.next_name(run_id, taken=commit)
            commit.put |= {(name, fresh): partial(make, name) for name in PER_ARTICLE}

    def derive(self, run_id: str, originals: Mapping[str, str], tables: Mapping[str, pa.Table], settings: str) -> None:
        """Put derived tables in place of what was there, and set `duplicate_of`; call it with the lock held.

        Args:
            originals: article_id of each near copy → the article it repeats.
            settings: what else than the lake's content they were derived from.
        """
        lake, commit = self.snapshot(), Commit()
        self._set_duplicates(commit, run_id, originals, lake)
        for name, rows in tables.items():
            commit.delete += [(name, old) for old in lake.names(name)]
            commit.put[name, self.next_name(run_id, [name], commit)] = rows
        self._remember(commit, run_id, tables["speaker_stances"], settings, lake)
        self._keep_former(commit, run_id, tables["identities"], lake)
        self.journal.apply(commit)

    def _remember(self, commit: Commit, run_id: str, stances: pa.Table, settings: str, lake: Snapshot) -> None:
        """Add what was derived to the history, in a commit; a run has one place in it, the last."""
        after = commit.manifest_after(lake.manifest)
        commit.facts["derived"] = content_of(after, self.path), settings
        file = self.next_name(run_id, [HISTORY_TABLE], commit)
        commit.put[HISTORY_TABLE, file] = stances
        present = replace(lake.present(), run=run_id, file=file, settings=settings, number=lake.number + 1)
        history = [past for past in lake.manifest.history if past.run != run_id] + [present]
        commit.facts["history"] = kept = tuple(history[-KEPT_HISTORY:])
        commit.delete += [(HISTORY_TABLE, past.file) for past in lake.manifest.history if past not in kept]

    def _keep_former(self, commit: Commit, run_id: str, identities: pa.Table, lake: Snapshot) -> None:
        """Keep, in a commit, which persons articles had until now and have no longer, as long as the history does."""
        pairs = ["article_id", "entity_id"]
        before, after = lake.read("identities", pairs).to_pandas(), identities.select(pairs).to_pandas()
        lost = before[~pd.MultiIndex.from_frame(before).isin(pd.MultiIndex.from_frame(after))].drop_duplicates()
        known = lake.read(FORMER_TABLE)
        oldest = commit.facts["history"][0].number
        left = known.filter(pc.greater(known["number"], oldest))
        if lost.empty and left.num_rows == known.num_rows:
            return
        commit.delete += [(FORMER_TABLE, name) for name in lake.names(FORMER_TABLE)]
        fresh = pa.Table.from_pandas(
            lost.rename(columns={"entity_id": "person_id"}).assign(number=lake.number + 1), FORMER, preserve_index=False
        )
        commit.put[FORMER_TABLE, self.next_name(run_id, [FORMER_TABLE], commit)] = pa.concat_tables([left, fresh])

    def keep_derived(self, commit: Commit) -> None:
        """Let derived tables that are current stay so, where a commit only gives shards another name."""
        lake = self.snapshot()
        made = lake.derived_with()
        if made and made[0] == lake.content():
            commit.facts["derived"] = content_of(commit.manifest_after(lake.manifest), self.path), made[1]

    def _set_duplicates(self, commit: Commit, run_id: str, originals: Mapping[str, str], lake: Snapshot) -> None:
        """Rewrite, in a commit, the shards whose `duplicate_of` changed."""
        for shard, ids in lake.parts("articles", ["article_id", "duplicate_of"]):
            if any(originals.get(row["article_id"]) != row["duplicate_of"] for row in ids.to_pylist()):
                change = partial(with_duplicates, originals=originals)
                self._replace_shard(commit, run_id, lake, shard, partial(_filtered, lake, shard, change))

    def append(self, run_id: str, table: str, rows: pa.Table, replacing: bool = False) -> None:
        """Add a file of rows to a table that belongs to no shard (runs, rejects); `replacing` this run's own."""
        with self.locked():
            commit = Commit({(table, self.next_name(run_id, [table])): rows})
            if replacing:
                self._take_out_run(commit, run_id, table)
            self.journal.apply(commit)

    def _take_out_run(self, commit: Commit, run_id: str, table: str) -> None:
        """Take a run's rows out of a table, in a commit; `compact` may have put them into a file of another name."""
        lake = self.snapshot()
        names = lake.names(table)
        for name in [n for n in names if n.startswith(f"{run_id}-")] or names:
            held = lake.load(table, name)
            others = held.filter(pc.not_equal(held["run_id"], run_id))
            if others.num_rows < held.num_rows:
                commit.delete.append((table, name))
                if others.num_rows:
                    commit.put[table, self.next_name(run_id, [table], commit)] = others

    def next_name(self, run_id: str, tables: Sequence[str] = tuple(PER_ARTICLE), taken: Commit | None = None) -> str:
        """A name for new files of some tables that no file has or had; a shard has the same name in all of them."""
        lake = self.snapshot()
        names = {name for table in tables for name in (*lake.names(table), *self.journal.old_names(table))}
        if taken:
            names |= {name for _, name in taken.put} | {name for _, name in taken.delete}
        numbers = [int(m[1]) for n in names if (m := re.fullmatch(re.escape(run_id) + r"-(\d+)", n))]
        self._numbers[run_id] = max(self._numbers[run_id], *(n + 1 for n in numbers), 0)
        self._numbers[run_id] += 1
        return f"{run_id}-{self._numbers[run_id] - 1:04d}"


def new_run_id(started: datetime) -> str:
    """An id that sorts by time and names the files that a run writes."""
    return f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def _local(where: str | Path) -> Path:
    text = str(where)
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    if re.match(r"[A-Za-z][\w+.-]+://", text):
        raise UsageError(f"the lake must be a local folder, not {text}")
    return Path(text).expanduser().absolute()


def _filtered(lake: Snapshot, shard: str, change: Callable[[pa.Table], pa.Table], table: str) -> pa.Table:
    return change(lake.load(table, shard))


def with_duplicates(rows: pa.Table, originals: Mapping[str, str]) -> pa.Table:
    if "duplicate_of" not in rows.column_names:
        return rows
    values = pa.array([originals.get(i) for i in rows["article_id"].to_pylist()], pa.string())
    return rows.set_column(rows.column_names.index("duplicate_of"), rows.schema.field("duplicate_of"), values)
