"""Changes of a lake's files that happen whole or not at all.

A commit finishes and fsyncs all new files under `.staging/`, writes one fsynced journal that names every file to
put in place and every file to delete, applies it with `os.replace`, and removes it. Whoever takes the lock next
rolls a left journal forward.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_JOURNAL = "journal.json"


@dataclass(slots=True)
class Commit:
    """Files to put in place and to delete, as one change.

    Attributes:
        put: (table, name) → rows, or what makes them when their file is written, one at a time.
        delete: (table, name).
        write: path in the lake → text of a file that is no table.
    """

    put: dict[tuple[str, str], pa.Table | Callable[[], pa.Table]] = field(default_factory=dict)
    delete: list[tuple[str, str]] = field(default_factory=list)
    write: dict[str, str] = field(default_factory=dict)


class Journal:
    """The staging area of a lake; every method is called with the lock held."""

    def __init__(self, lake: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self._lake, self._schemas = lake, schemas
        self._staging = lake / ".staging"

    @property
    def pending(self) -> bool:
        """Whether a commit was cut short after it was decided."""
        return (self._staging / _JOURNAL).exists()

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
        sync_folder(self._staging)
        journal = {"put": puts, "delete": [f"{table}/{name}.parquet" for table, name in commit.delete]}
        unfinished = self._staging / "journal.tmp"
        write_synced(unfinished, json.dumps(journal))
        os.replace(unfinished, self._staging / _JOURNAL)
        sync_folder(self._staging)

    def recover(self) -> None:
        """Finish a commit that was decided, forget one that was not."""
        if self.pending:
            self._roll_forward()
        if self._staging.exists():
            self._clear()

    def _clear(self) -> None:
        for left in self._staging.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _roll_forward(self) -> None:
        """Apply the journal, folder by folder, so that a reader sees rows twice as shortly as can be.

        Every step may have been done before.
        """
        journal = json.loads((self._staging / _JOURNAL).read_text(encoding="utf-8"))
        for folder in sorted({Path(p).parent for p in (*(final for _, final in journal["put"]), *journal["delete"])}):
            (self._lake / folder).mkdir(exist_ok=True)
            for staged, final in journal["put"]:
                if Path(final).parent == folder and (self._staging / staged).exists():
                    os.replace(self._staging / staged, self._lake / final)
            for final in journal["delete"]:
                if Path(final).parent == folder:
                    (self._lake / final).unlink(missing_ok=True)
            sync_folder(self._lake / folder)
        (self._staging / _JOURNAL).unlink()
        sync_folder(self._staging)


def write_synced(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        _sync(file)


def _sync(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
