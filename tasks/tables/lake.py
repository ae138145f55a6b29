"""The lake: plain Parquet in a local folder, changed by journalled commits only. Computing holds no lock."""

import contextlib
import hashlib
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sayso.tasks.articles import Analysis, LakeBusy, UsageError
from sayso.tasks.identities import LIST_FILE
from sayso.tasks.tables.journal import Commit, Journal, sync_folder, write_synced
from sayso.tasks.tables.kept import restored
from sayso.tasks.tables.schemas import (
    ANALYSES_TABLE,
    FORMAT_VERSION,
    HISTORY_TABLE,
    PER_ARTICLE,
    SCHEMAS,
)
from sayso.tasks.tables.upgrade import upgrade

LOCK_SECONDS = 600
KEPT_HISTORY = 30  # rebuilds of speaker_stances that `sayso diff` can look back to
FORGOTTEN = "forgotten.txt"
_DERIVED_MARK = ".derived.json"
_READ_TRIES, _READ_PAUSE = 20, 0.05
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lake knows of an article: the bytes it was read from, what made its rows, its shard file."""

    input_sha256: str
    fingerprints: Mapping[str, str]
    shard: str


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
                    lake.journal.apply(upgrade(lake.path))
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
        if any(p.name not in SCHEMAS and not p.name.startswith(".") for p in self.path.iterdir()):
            raise UsageError(f"{self.path} is not empty and no lake; name a new or empty folder")
        return 0

    def _create(self) -> None:
        tables = {name: schema for name, schema in SCHEMAS.items() if name != HISTORY_TABLE}
        self.journal.apply(Commit({(name, "0000-empty"): schema.empty_table() for name, schema in tables.items()}))
        write_synced(self._marker, json.dumps({"format_version": FORMAT_VERSION}) + "\n")
        sync_folder(self.path)

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
            raise LakeBusy(
                f"another run has held the lake {self.path} for {LOCK_SECONDS} seconds; try again later"
            ) from error
        except NotImplementedError as error:
            raise UsageError(f"the file system of {self.path} has no locks; a lake needs them") from error
        try:
            self.journal.recover()
            yield
        finally:
            self._lock.release()

    def steady(self, read: Callable[[], T]) -> T:
        """What `read` gives; read again where a commit of another run took a file away meanwhile."""
        for _ in range(_READ_TRIES):
            with contextlib.suppress(FileNotFoundError):
                return read()
            time.sleep(_READ_PAUSE)
        return read()

    def files(self, table: str) -> list[Path]:
        return sorted((self.path / table).glob("*.parquet"))

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Current rows of a table.

        Raises:
            UsageError: the lake was written before the table had these columns.
        """
        parts = [rows for _, rows in self.parts(table, columns)]
        return pa.concat_tables(parts) if parts else _columns(table, columns).empty_table()

    def parts(self, table: str, columns: Sequence[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
        """(file name, rows) of a table, one file after the other; raises as `read` does."""
        wanted = _columns(table, columns)
        for path in self.files(table):
            with pq.ParquetFile(path) as file:
                if missing := set(wanted.names) - set(file.schema_arrow.names):
                    lacking = f"{self.path / table} has no {', '.join(sorted(missing))}"
                    raise UsageError(f"{lacking}: an older Sayso wrote it; run sayso analyze again")
                yield path.stem, file.read(columns=wanted.names).cast(wanted)

    def index(self) -> dict[str, Entry]:
        """Every article in the lake by its id."""
        names = {path.stem for path in self.files("articles")}
        for name in self._entries.keys() - names:
            del self._entries[name]
        for name in names - self._entries.keys():
            with pq.ParquetFile(self._at("articles", name)) as file:
                rows = file.read(columns=["article_id", "input_sha256", "fingerprints"]).to_pydict()
            alike: dict[tuple, dict[str, str]] = {}  # most articles were made by the same
            self._entries[name] = {
                article_id: Entry(sha256, alike.setdefault(tuple(marks), dict(marks)), name)
                for article_id, sha256, marks in zip(*rows.values(), strict=True)
            }
        return {article_id: entry for entries in self._entries.values() for article_id, entry in entries.items()}

    def analyses(self, article_ids: Iterable[str]) -> dict[str, tuple[Analysis, Mapping[str, str]]]:
        """What earlier runs made of articles, as far as it was kept, and the fingerprints of what made it."""
        index, wanted = self.steady(self.index), set(article_ids)
        found: dict[str, tuple[Analysis, Mapping[str, str]]] = {}
        for shard in sorted({index[i].shard for i in wanted if i in index}):
            try:
                kept = where(self.load(ANALYSES_TABLE, shard), wanted)
                texts = where(self.load("articles", shard, ["article_id", "text"]), wanted)
            except FileNotFoundError:  # another run replaced it: those articles are simply analysed anew
                continue
            by_id = dict(zip(*texts.to_pydict().values(), strict=True))
            for row in kept.to_pylist():
                if analysis := restored(row["analysis"], by_id[row["article_id"]]):
                    found[row["article_id"]] = analysis, index[row["article_id"]].fingerprints
        return found

    def forgotten(self) -> frozenset[str]:
        """Ids of articles that must not come back."""
        try:
            lines = (self.path / FORGOTTEN).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return frozenset()
        return frozenset(line.split("#")[0].strip() for line in lines) - {""}

    def write_shard(self, run_id: str, tables: Mapping[str, pa.Table]) -> Written:
        """Add the articles of a shard; those already there with the same input and fingerprints stay as they are.

        Rows of articles that changed are replaced: the files that held them are rewritten without them.
        """
        with self.locked():
            index, forgotten = self.index(), self.forgotten()
            kept, updated, skipped = [], [], []
            for row in tables["articles"].select(["article_id", "input_sha256", "fingerprints"]).to_pylist():
                article_id, entry = row["article_id"], index.get(row["article_id"])
                same = entry and (entry.input_sha256, entry.fingerprints) == (
                    row["input_sha256"],
                    dict(row["fingerprints"]),
                )
                if same or article_id in forgotten:
                    skipped.append(article_id)
                    continue
                kept.append(article_id)
                if entry:
                    updated.append(article_id)
            if kept:
                commit, shard = Commit(), self.next_name(run_id)
                for name, rows in tables.items():
                    commit.put[name, shard] = where(rows, kept) if skipped else rows
                self.rewrite_without(commit, run_id, updated, index)
                self.journal.apply(commit)
            return Written(tuple(i for i in kept if i not in set(updated)), tuple(updated), tuple(skipped))

    def rewrite_without(self, commit: Commit, run_id: str, gone: Sequence[str], index: Mapping[str, Entry]) -> None:
        """Take articles out of their shards, in a commit."""
        sizes = Counter(entry.shard for entry in index.values())
        for shard, n in Counter(index[i].shard for i in gone).items():
            commit.delete += [(name, shard) for name in PER_ARTICLE]
            if n < sizes[shard]:
                fresh = self.next_name(run_id, taken=commit)
                commit.put |= {(name, fresh): partial(self._survivors, name, shard, gone) for name in PER_ARTICLE}
        left = {("articles", path.stem) for path in self.files("articles")} - {*commit.delete} | commit.put.keys()
        if not left:  # a table without any file could not be read
            empty = self.next_name(run_id, taken=commit)
            commit.put |= {(name, empty): schema.empty_table() for name, schema in PER_ARTICLE.items()}

    def _survivors(self, table: str, shard: str, gone: Sequence[str]) -> pa.Table:
        return where(self.load(table, shard), gone, keep=False)

    def derive(self, run_id: str, originals: Mapping[str, str], tables: Mapping[str, pa.Table], settings: str) -> None:
        """Put derived tables in place of what was there, and set `duplicate_of`; call it with the lock held.

        Args:
            originals: article_id of each near copy → the article it repeats.
            settings: what else than the lake's content they were derived from.
        """
        commit = Commit()
        renamed = self._set_duplicates(commit, run_id, originals)
        for name, rows in tables.items():
            commit.delete += [(name, path.stem) for path in self.files(name)]
            commit.put[name, self.next_name(run_id, [name], commit)] = rows
        commit.put[HISTORY_TABLE, run_id] = tables["speaker_stances"]
        history = [path.stem for path in self.files(HISTORY_TABLE) if path.stem != run_id]
        commit.delete += [(HISTORY_TABLE, name) for name in history[: -KEPT_HISTORY + 1]]
        commit.write[_DERIVED_MARK] = self._mark(renamed, settings)
        self.journal.apply(commit)

    def keep_derived(self, commit: Commit, renamed: Mapping[str, str]) -> None:
        """Let derived tables that are current stay so, where a commit only gives shards another name."""
        made = self.derived_with()
        if made and made[0] == self.content():
            commit.write[_DERIVED_MARK] = self._mark(renamed, made[1])

    def _mark(self, renamed: Mapping[str, str], settings: str) -> str:
        return json.dumps({"content": self.content(renamed), "settings": settings}) + "\n"

    def content(self, renamed: Mapping[str, str] = MappingProxyType({})) -> str:
        """A digest of what derived tables are made of: the shards there are, and the user's list of speakers.

        Args:
            renamed: shards that are about to get another name.
        """
        shards = {renamed.get(path.stem, path.stem) for path in self.files("articles")}
        try:
            listed = (self.path / LIST_FILE).read_bytes()
        except FileNotFoundError:
            listed = b""
        return hashlib.sha256("\n".join(sorted(shards)).encode() + b"\0" + listed).hexdigest()

    def derived_with(self) -> tuple[str, str] | None:
        """(`content()`, settings) that the derived tables were made of and with."""
        try:
            mark = json.loads((self.path / _DERIVED_MARK).read_text(encoding="utf-8"))
            return mark["content"], mark["settings"]
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def _set_duplicates(self, commit: Commit, run_id: str, originals: Mapping[str, str]) -> dict[str, str]:
        """Shards whose `duplicate_of` changed, rewritten in the commit: old name → new name."""
        renamed: dict[str, str] = {}
        for shard, ids in self.parts("articles", ["article_id", "duplicate_of"]):
            if all(originals.get(row["article_id"]) == row["duplicate_of"] for row in ids.to_pylist()):
                continue
            renamed[shard] = fresh = self.next_name(run_id, taken=commit)
            commit.put |= {
                (name, fresh): partial(self._with_duplicates, name, shard, originals) for name in PER_ARTICLE
            }
            commit.delete += [(name, shard) for name in PER_ARTICLE]
        return renamed

    def _with_duplicates(self, table: str, shard: str, originals: Mapping[str, str]) -> pa.Table:
        rows, schema = self.load(table, shard), PER_ARTICLE[table]
        if "duplicate_of" not in schema.names:
            return rows
        values = [originals.get(i) for i in rows["article_id"].to_pylist()]
        column = schema.get_field_index("duplicate_of")
        return rows.set_column(column, schema.field(column), pa.array(values, pa.string()))

    def append(self, run_id: str, table: str, rows: pa.Table, replacing: bool = False) -> None:
        """Add a file of rows to a table that belongs to no shard (runs, rejects); `replacing` this run's own."""
        with self.locked():
            mine = [(table, p.stem) for p in self.files(table) if p.stem.startswith(f"{run_id}-")]
            self.journal.apply(Commit({(table, self.next_name(run_id, [table])): rows}, mine if replacing else []))

    def _at(self, table: str, name: str) -> Path:
        return self.path / table / f"{name}.parquet"

    def load(self, table: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one file."""
        if table == ANALYSES_TABLE and not self._at(table, name).exists() and self._at("articles", name).exists():
            return SCHEMAS[table].empty_table()  # a shard of format 1
        with pq.ParquetFile(self._at(table, name)) as file:
            return file.read(columns=columns)

    def next_name(self, run_id: str, tables: Sequence[str] = tuple(PER_ARTICLE), taken: Commit | None = None) -> str:
        """A name for new files of some tables that no file has or had; a shard has the same name in all of them."""
        names = {p.stem for table in tables for p in self.files(table)}
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


def _columns(table: str, names: Sequence[str] | None) -> pa.Schema:
    schema = SCHEMAS[table]
    return pa.schema([schema.field(name) for name in names], schema.metadata) if names else schema


def where(rows: pa.Table, ids: Iterable[str], keep: bool = True) -> pa.Table:
    """Rows of some articles, or of all others."""
    mask = pc.is_in(rows["article_id"], value_set=pa.array(list(ids), pa.string()))
    return rows.filter(mask if keep else pc.invert(mask))
