"""The lake: plain Parquet in a local folder, changed by journalled commits only.

A commit finishes and fsyncs all new files under `.staging/`, writes one fsynced journal that names every
file to put in place and every file to delete, applies it with `os.replace`, and removes it. Whoever takes
the lock rolls a left journal forward first. Computing holds no lock.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from tasks.articles import UsageError
from tasks.tables.schemas import DERIVED, FORMAT_VERSION, PER_ARTICLE, SCHEMAS

LOCK_SECONDS = 600
_JOURNAL = "journal.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lake knows of an article: the bytes it was read from, what made its rows, its shard file."""

    input_sha256: str
    fingerprints: Mapping[str, str]
    shard: str


@dataclass(slots=True)
class Commit:
    """Files to put in place (table, name → rows) and to delete, as one change."""

    put: dict[tuple[str, str], pa.Table] = field(default_factory=dict)
    delete: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit of a shard did, in article ids."""

    new: tuple[str, ...]
    updated: tuple[str, ...]
    skipped: tuple[str, ...]


class Lake:
    """A lake at a folder; `Lake.open` creates or checks it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staging = path / ".staging"
        self._lock = FileLock(path / ".lock")

    @classmethod
    def open(cls, where: str | Path) -> "Lake":
        """The lake at a local folder, made if it is not there.

        Raises:
            UsageError: another kind of URL, not a folder, not writable, or written by a newer version.
        """
        lake = cls(_local(where))
        try:
            lake.path.mkdir(parents=True, exist_ok=True)
            lake._check_version()
            with lake.locked():
                if not lake._marker.exists():
                    lake._create()
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
        lake._check_version()
        return lake

    @property
    def _marker(self) -> Path:
        return self.path / "lake.json"

    def _check_version(self) -> None:
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
        elif any(p.name not in (".lock", ".staging", ".gitkeep") for p in self.path.iterdir()) and not self._ours():
            raise UsageError(f"{self.path} is not empty and no lake; name a new or empty folder")

    def _ours(self) -> bool:
        """Whether only folders of a lake whose creation was cut short stand here."""
        return all(p.name in SCHEMAS or p.name.startswith(".") for p in self.path.iterdir())

    def _create(self) -> None:
        self.apply(Commit({(table, "0000-empty"): schema.empty_table() for table, schema in SCHEMAS.items()}))
        _write_synced(self._marker, json.dumps({"format_version": FORMAT_VERSION}) + "\n")
        _sync_folder(self.path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; a commit that somebody left half done is finished first.

        Raises:
            UsageError: another run held the lock for ten minutes.
        """
        try:
            self._lock.acquire(timeout=LOCK_SECONDS)
        except Timeout as error:
            raise UsageError(f"another run has held the lake {self.path} for {LOCK_SECONDS} seconds") from error
        try:
            self._recover()
            yield
        finally:
            self._lock.release()

    def _recover(self) -> None:
        if (self._staging / _JOURNAL).exists():
            self._roll_forward()
        if self._staging.exists():
            for left in self._staging.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()

    def files(self, table: str) -> list[Path]:
        return sorted((self.path / table).glob("*.parquet"))

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Current rows of a table.

        Raises:
            UsageError: the lake was written before the table had these columns.
        """
        schema = SCHEMAS[table]
        wanted = pa.schema([schema.field(c) for c in columns]) if columns else schema
        parts = [pq.ParquetFile(path).read(columns=list(columns) if columns else None) for path in self.files(table)]
        if any(missing := set(wanted.names) - set(part.column_names) for part in parts):
            columns = ", ".join(sorted(missing))
            raise UsageError(f"{self.path}/{table} has no {columns}: an older Sayso wrote it; run sayso analyze again")
        return pa.concat_tables([part.cast(wanted) for part in parts]) if parts else wanted.empty_table()

    def index(self) -> dict[str, Entry]:
        """Every article in the lake by its id."""
        found = {}
        for path in self.files("articles"):
            with pq.ParquetFile(path) as file:
                rows = file.read(columns=["article_id", "input_sha256", "fingerprints"])
            for row in rows.to_pylist():
                found[row["article_id"]] = Entry(row["input_sha256"], dict(row["fingerprints"]), path.stem)
        return found

    def write_shard(self, run_id: str, tables: Mapping[str, pa.Table]) -> Written:
        """Add the articles of a shard; those already there with the same input and fingerprints stay as they are.

        Rows of articles that changed are replaced: the files that held them are rewritten without them.
        """
        with self.locked():
            index = self.index()
            ids, kept, updated, skipped = tables["articles"], [], [], []
            for row in ids.select(["article_id", "input_sha256", "fingerprints"]).to_pylist():
                entry = index.get(row["article_id"])
                if entry and (entry.input_sha256, entry.fingerprints) == (
                    row["input_sha256"],
                    dict(row["fingerprints"]),
                ):
                    skipped.append(row["article_id"])
                    continue
                kept.append(row["article_id"])
                if entry:
                    updated.append(row["article_id"])
            commit = Commit()
            if kept:
                shard = self._next_name(run_id)
                for name, rows in tables.items():
                    commit.put[name, shard] = _where(rows, kept, keep=True) if skipped else rows
                self._rewrite_without(commit, run_id, updated, index)
                self.apply(commit)
            new = tuple(i for i in kept if i not in set(updated))
            return Written(new, tuple(updated), tuple(skipped))

    def _rewrite_without(self, commit: Commit, run_id: str, gone: list[str], index: Mapping[str, Entry]) -> None:
        for shard in sorted({index[i].shard for i in gone}):
            survivors = {name: _where(self._file(name, shard), gone, keep=False) for name in PER_ARTICLE}
            commit.delete += [(name, shard) for name in PER_ARTICLE]
            if survivors["articles"].num_rows:
                fresh = self._next_name(run_id, taken=commit)
                commit.put |= {(name, fresh): rows for name, rows in survivors.items()}

    def replace(self, run_id: str, tables: Mapping[str, pa.Table]) -> None:
        """Put whole tables in place of what their folders hold; call it with the lock held."""
        commit = Commit()
        for name, rows in tables.items():
            commit.delete += [(name, path.stem) for path in self.files(name)]
            commit.put[name, self._next_name(run_id, DERIVED)] = rows
        self.apply(commit)

    def set_duplicates(self, run_id: str, originals: Mapping[str, str | None]) -> None:
        """Set `duplicate_of` where it changed, in articles and quotes; call it with the lock held."""
        index = self.index()
        commit = Commit()
        for shard in sorted({entry.shard for entry in index.values()}):
            ids = self._file("articles", shard).select(["article_id", "duplicate_of"]).to_pylist()
            if all(originals.get(row["article_id"]) == row["duplicate_of"] for row in ids):
                continue
            fresh = self._next_name(run_id, taken=commit)
            for name, schema in PER_ARTICLE.items():
                rows = self._file(name, shard)
                if "duplicate_of" in schema.names:
                    values = [originals.get(i) for i in rows["article_id"].to_pylist()]
                    column = schema.get_field_index("duplicate_of")
                    rows = rows.set_column(column, schema.field(column), pa.array(values, pa.string()))
                commit.put[name, fresh] = rows
                commit.delete.append((name, shard))
        if commit.put:
            self.apply(commit)

    def append(self, run_id: str, table: str, rows: pa.Table, replacing: bool = False) -> None:
        """Add a file of rows to a table that belongs to no shard (runs, rejects); `replacing` this run's own."""
        with self.locked():
            mine = [(table, p.stem) for p in self.files(table) if p.stem.startswith(f"{run_id}-")]
            commit = Commit({(table, self._next_name(run_id, [table])): rows}, mine if replacing else [])
            self.apply(commit)

    def _file(self, table: str, shard: str) -> pa.Table:
        return pq.ParquetFile(self.path / table / f"{shard}.parquet").read()

    def _next_name(self, run_id: str, tables: Sequence[str] = tuple(PER_ARTICLE), taken: Commit | None = None) -> str:
        names = {p.stem for table in tables for p in self.files(table)}
        if taken:
            names |= {name for _, name in taken.put} | {name for _, name in taken.delete}
        numbers = [int(m[1]) for n in names if (m := re.fullmatch(re.escape(run_id) + r"-(\d+)", n))]
        return f"{run_id}-{max(numbers, default=-1) + 1:04d}"

    def apply(self, commit: Commit) -> None:
        """Carry out a commit; call it with the lock held."""
        self._staging.mkdir(exist_ok=True)
        journal: dict[str, list] = {"put": [], "delete": [f"{t}/{n}.parquet" for t, n in commit.delete]}
        for (table, name), rows in commit.put.items():
            staged = f"{table}-{name}.parquet"
            with open(self._staging / staged, "wb") as file:
                pq.write_table(rows.cast(SCHEMAS[table]), file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            journal["put"].append([staged, f"{table}/{name}.parquet"])
        _sync_folder(self._staging)
        unfinished = self._staging / "journal.tmp"
        _write_synced(unfinished, json.dumps(journal))
        os.replace(unfinished, self._staging / _JOURNAL)
        _sync_folder(self._staging)
        self._roll_forward()

    def _roll_forward(self) -> None:
        """Apply the journal; every step may have been done before."""
        journal = json.loads((self._staging / _JOURNAL).read_text(encoding="utf-8"))
        folders = set()
        for staged, final in journal["put"]:
            target = self.path / final
            target.parent.mkdir(exist_ok=True)
            folders.add(target.parent)
            if (self._staging / staged).exists():
                os.replace(self._staging / staged, target)
        for final in journal["delete"]:
            (self.path / final).unlink(missing_ok=True)
            folders.add((self.path / final).parent)
        for folder in folders:
            _sync_folder(folder)
        (self._staging / _JOURNAL).unlink()
        _sync_folder(self._staging)


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


def _where(rows: pa.Table, ids: Sequence[str], keep: bool) -> pa.Table:
    mask = pc.is_in(rows["article_id"], value_set=pa.array(ids, pa.string()))
    return rows.filter(mask if keep else pc.invert(mask))


def _write_synced(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
