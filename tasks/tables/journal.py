"""Changes of a lake's files that happen whole or not at all.

A commit finishes and fsyncs all new files and the next manifest under `.staging/`, writes one fsynced journal that
names every file to put in place and every file to take out, applies it with `os.replace`, the manifest last, and
removes it. Whoever takes the lock next rolls a left journal forward. Files that are taken out wait under `.old/` for
readers of an older manifest, and go an hour later.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sayso.tasks.tables.snapshot import JOURNAL, MANIFEST, OLD, STAGING, Manifest

KEPT_SECONDS = 3600  # of files that were taken out


@dataclass(slots=True)
class Commit:
    """Files to put in place and to take out, as one change.

    Attributes:
        put: (table, name) → rows, or what makes them when their file is written, one at a time.
        delete: (table, name).
        write: path in the lake → text of a file that is no table.
        drop: paths in the lake of files that are no tables.
        facts: fields of the manifest that get another value.
        erase: leave nothing on the disk of what is taken out now or was before; readers of older snapshots must
            read again.
    """

    put: dict[tuple[str, str], pa.Table | Callable[[], pa.Table]] = field(default_factory=dict)
    delete: list[tuple[str, str]] = field(default_factory=list)
    write: dict[str, str] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    erase: bool = False

    def manifest_after(self, manifest: Manifest) -> Manifest:
        return manifest.after(self.put, self.delete, self.facts)


class Journal:
    """The staging area of a lake; every method is called with the lock held."""

    def __init__(self, lake: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self._lake, self._schemas = lake, schemas
        self._staging, self._old = lake / STAGING, lake / OLD

    @property
    def pending(self) -> bool:
        """Whether a commit was cut short after it was decided."""
        return (self._staging / JOURNAL).exists()

    def apply(self, commit: Commit) -> None:
        """Carry out a commit; an OSError before it is decided leaves the lake as it was."""
        self._staging.mkdir(exist_ok=True)
        try:
            self._decide(commit)
        except OSError:
            if not self.pending:
                self._clear()
            raise
        self._roll_forward()

    def _decide(self, commit: Commit) -> None:
        puts = []
        for (table, name), rows in commit.put.items():
            staged = f"{table}-{name}.parquet"
            with open(self._staging / staged, "wb") as file:
                made = rows() if callable(rows) else rows
                pq.write_table(made.cast(self._schemas[table]), file, compression="zstd")
                _sync(file)
            puts.append([staged, f"{table}/{name}.parquet"])
        for number, (path, text) in enumerate(commit.write.items()):
            write_synced(self._staging / f"{number}.text", text)
            puts.append([f"{number}.text", path])
        write_synced(self._staging / MANIFEST, commit.manifest_after(Manifest.read(self._lake)).to_json())
        sync_folder(self._staging)
        journal = {
            "put": puts,
            "delete": [f"{table}/{name}.parquet" for table, name in commit.delete],
            "drop": commit.drop,
            "erase": commit.erase,
        }
        unfinished = self._staging / "journal.tmp"
        write_synced(unfinished, json.dumps(journal))
        os.replace(unfinished, self._staging / JOURNAL)
        sync_folder(self._staging)

    def recover(self) -> None:
        """Finish a commit that was decided, forget one that was not; clear away what has waited long enough."""
        if self.pending:
            self._roll_forward()
        if self._staging.exists():
            self._clear()
        self._clear_old(time.time() - KEPT_SECONDS)

    def _clear(self) -> None:
        for left in self._staging.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _clear_old(self, before: float) -> None:
        for path in self._old.glob("*/*"):
            if path.stat().st_mtime < before:
                path.unlink()

    def old_names(self, table: str) -> set[str]:
        """Names of the files of a table that were taken out and are still there."""
        return {path.stem for path in (self._old / table).glob("*.parquet")}

    def _roll_forward(self) -> None:
        """Apply the journal, folder by folder, so that a plain reader sees rows twice as shortly as can be.

        Every step may have been done before.
        """
        journal = json.loads((self._staging / JOURNAL).read_text(encoding="utf-8"))
        for folder in sorted({Path(p).parent for p in (*(final for _, final in journal["put"]), *journal["delete"])}):
            (self._lake / folder).mkdir(exist_ok=True)
            for staged, final in journal["put"]:
                if Path(final).parent == folder and (self._staging / staged).exists():
                    os.replace(self._staging / staged, self._lake / final)
            for final in journal["delete"]:
                if Path(final).parent == folder:
                    self._take_out(final)
            sync_folder(self._lake / folder)
        for path in journal.get("drop", ()):
            (self._lake / path).unlink(missing_ok=True)
        if (self._staging / MANIFEST).exists():
            os.replace(self._staging / MANIFEST, self._lake / MANIFEST)
        if journal.get("erase"):
            self._clear_old(float("inf"))
        sync_folder(self._lake)
        (self._staging / JOURNAL).unlink()
        sync_folder(self._staging)

    def _take_out(self, final: str) -> None:
        waiting = self._old / final
        waiting.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # done before
            os.replace(self._lake / final, waiting)
        with contextlib.suppress(FileNotFoundError):
            os.utime(waiting)  # its hour begins


def write_synced(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        _sync(file)


def _sync(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
