"""Find the inputs: files, folders, globs and the records inside them, one at a time."""

import csv
import glob
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.tasks.articles import Reject
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.files import File, files, is_url, public

PLAIN = {".txt": "text", ".md": "text", ".html": "html", ".htm": "html"}
RECORDS = (".json", ".jsonl", ".ndjson", ".csv", ".parquet")
MAX_INFLATION = 100  # times its size that a .gz may unpack to; prose unpacks to three to ten times
MAX_BLANK = 1_000_000  # empty lines
TEXT_KEYS = ("text", "body", "content", "article")


@dataclass(frozen=True, slots=True)
class Source:
    """One article to be: raw bytes of a file, or one record of a file of many.

    Attributes:
        key: what `article_id` is a hash of; None where only the text can say.
        form: "text", "html" or "record".
        data: the bytes of a file, or a record as JSON, keys in lower case.
    """

    uri: str
    key: str | None
    form: str
    data: bytes | str
    sha256: str

    @property
    def n_words(self) -> int:
        """About how many words there are to read."""
        return len(self.data) // 6


def find_sources(inputs: Iterable[str], max_bytes: int) -> Iterator[Source | Reject]:
    """Every article under the inputs, each file once, in the order of the inputs, folders by name.

    Args:
        inputs: files, folders or glob patterns, local or as URLs that fsspec knows ("s3://bucket/*.jsonl").
        max_bytes: larger plain files and records are rejected with code `too_large`.

    Raises:
        OSError: a URL cannot be reached.
        UsageError: fsspec does not know a URL's kind, or lacks a package for it.
    """
    seen: set[str] = set()
    for given in inputs:
        found = False
        failed: list[OSError] = []
        for file in files(given, failed):
            found = True
            if file.real in seen:
                continue
            seen.add(file.real)
            yield from _sources_in(file, max_bytes)
        for error in failed:
            folder = Path(os.fsdecode(error.filename))
            reason = f"{folder.name}: {error.strerror}; what is in it is not seen"
            yield Reject(folder.absolute().as_uri(), "read", "unreadable", reason)
        if not found and not failed:
            yield _no_files(given)


def count_sources(inputs: Iterable[str]) -> int:
    """About how many sources `find_sources` will yield, told from file sizes and line ends (for progress bars)."""
    total = 0
    for given in inputs:
        if is_url(given):  # what costs a transfer is not counted
            continue
        for file in files(given, []):
            try:
                total += _count_in(Path(file.real))
            except (OSError, EOFError, ValueError):
                total += 1
    return total


def _count_in(path: Path) -> int:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_metadata(path).num_rows
    if suffix not in (".jsonl", ".ndjson", ".csv"):
        return 1
    with open(path, "rb") as file:
        return max(1, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")))


def _no_files(given: str) -> Reject:
    if is_url(given):
        return Reject(public(given), "read", "missing", f"no such file or folder, or an empty one: {public(given)}")
    path = Path(given)
    uri = path.absolute().as_uri()
    if path.is_dir():
        return Reject(uri, "read", "empty_folder", f"no files in {given}; articles are {_known()}")
    if glob.has_magic(given):
        return Reject(uri, "read", "missing", f"no file matches {given}")
    return Reject(uri, "read", "missing", f"no such file or folder: {given}")


def _known() -> str:
    return ", ".join([*PLAIN, *RECORDS]) + " (records may be .gz)"


def _sources_in(file: File, max_bytes: int) -> Iterator[Source | Reject]:
    suffixes = [s.lower() for s in Path(file.name).suffixes]
    zipped = suffixes[-1:] == [".gz"]
    suffix = (suffixes[-2:-1] if zipped else suffixes[-1:]) or [""]
    try:
        if suffix[0] in PLAIN and not zipped:
            yield _plain(file, PLAIN[suffix[0]], max_bytes)
        elif suffix[0] in RECORDS and not (zipped and suffix[0] == ".parquet"):
            yield from _records(file, suffix[0], zipped, max_bytes)
        else:
            yield Reject(file.uri, "read", "format", f"{file.name}: not a format that is read; there are {_known()}")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Reject(file.uri, "read", "unreadable", f"{file.name}: {reason}")


def _plain(file: File, form: str, max_bytes: int) -> Source | Reject:
    size = file.size()
    if size > max_bytes:
        return _too_large(file.uri, file.name, size, max_bytes)
    with file.open() as opened:
        data = opened.read()
    if not data.strip():
        return Reject(file.uri, "read", "empty", f"{file.name}: the file is empty")
    return Source(file.uri, file.relative, form, data, hashlib.sha256(data).hexdigest())


def _too_large(uri: str, name: str, size: int, max_bytes: int) -> Reject:
    limit = f"[reading] max_bytes = {max_bytes:,}"
    return Reject(uri, "read", "too_large", f"{name}: {size:,} bytes are more than {limit}")


def _records(file: File, suffix: str, zipped: bool, max_bytes: int) -> Iterator[Source | Reject]:
    rows = _parquet_rows(file) if suffix == ".parquet" else _rows_of(file, suffix, zipped, max_bytes)
    count = 0
    try:
        for number, record in rows:
            count += 1
            yield _record(record, number, file, suffix)
    except (OSError, EOFError, zlib.error):
        raise
    except Exception as error:  # the readers of broken files raise whatever they like
        yield Reject(file.uri, "read", "broken", f"{file.name}: {_one_line(error)}")
        return
    if not count:
        yield Reject(file.uri, "read", "empty", f"{file.name}: no records")


def _rows_of(file: File, suffix: str, zipped: bool, max_bytes: int) -> Iterator[tuple[int, Any]]:
    with file.open() as packed, gzip.open(packed) if zipped else packed as opened:
        if suffix == ".json":
            yield from _json_rows(opened, max_bytes)
            return
        lines = _lines(opened, max_bytes, max(max_bytes, MAX_INFLATION * file.size()))
        if suffix == ".csv":
            yield from _csv_rows(lines, max_bytes)
            return
        for number, line in lines:
            if line is None:
                yield number, Rejection("too_large", f"line {number} has more than {max_bytes:,} bytes")
            elif line.strip():
                yield number, _parse_json(line, f"line {number}")


def _lines(file: Any, max_bytes: int, max_total: int) -> Iterator[tuple[int, bytes | None]]:
    """(number, line) of a file, None for one that is too long; raises ValueError where there is no end of it."""
    number = total = blank = 0
    while line := file.readline(max_bytes + 1):
        blank = blank + 1 if len(line) == 1 else 0
        if blank > MAX_BLANK:
            raise ValueError(f"more than {MAX_BLANK:,} empty lines in a row")
        number, total, whole = number + 1, total + len(line), len(line) <= max_bytes
        while not line.endswith(b"\n") and (more := file.readline(max_bytes)):
            line, total, whole = more, total + len(more), False
            if total > max_total:
                break
        if total > max_total:
            raise ValueError(f"it unpacks to more than {MAX_INFLATION} times its size")
        yield number, line if whole else None


@dataclass(frozen=True, slots=True)
class Rejection:
    code: str
    message: str


def _parse_json(data: bytes, where: str) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig", errors="strict"))
    except UnicodeDecodeError:
        return Rejection("encoding", f"{where} is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Rejection("broken", f"{where} is not valid JSON: {_one_line(error)}")


def _json_rows(file: Any, max_bytes: int) -> Iterator[tuple[int, Any]]:
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        yield 1, Rejection("too_large", f"more than {max_bytes:,} bytes; write one record a line to a .jsonl file")
        return
    if not data.strip():
        return
    value = _parse_json(data, "the file")
    yield from enumerate(value if isinstance(value, list) else [value], start=1)


def _csv_rows(lines: Iterator[tuple[int, bytes | None]], max_bytes: int) -> Iterator[tuple[int, Any]]:
    csv.field_size_limit(max_bytes)
    reader = csv.DictReader(_decoded(lines), strict=True)
    if reader.fieldnames is None:
        return
    _want_text(reader.fieldnames)
    yield from enumerate(reader, start=1)


def _decoded(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[str]:
    for number, line in lines:
        if line is None:
            raise ValueError(f"line {number} is too long")
        yield line.decode("utf-8-sig" if number == 1 else "utf-8")


def _want_text(columns: Sequence[str]) -> None:
    if not any(name.strip().lower() in TEXT_KEYS for name in columns if name):
        found = ", ".join(map(str, columns))[:200]
        raise ValueError(f"no column named text (or body, content, article); the columns are {found}")


def _parquet_rows(file: File) -> Iterator[tuple[int, Any]]:
    import pyarrow.parquet as pq

    with file.open() as opened, pq.ParquetFile(opened) as table:
        _want_text(table.schema_arrow.names)
        number = 0
        for batch in table.iter_batches(batch_size=16):
            for row in batch.to_pylist():
                number += 1
                yield number, row


def _record(record: Any, number: int, file: File, suffix: str) -> Source | Reject:
    name, relative, uri = file.name, file.relative, file.uri
    place = f"{uri}#L{number}" if suffix in (".jsonl", ".ndjson") else f"{uri}#{number}"
    if isinstance(record, Rejection):
        return Reject(place, "read", record.code, f"{name}: {record.message}")
    if not isinstance(record, dict):
        kind = type(record).__name__
        return Reject(place, "read", "broken", f"{name}: record {number} is a {kind}, not an object with a text")
    record = {str(key).strip().lower(): value for key, value in record.items() if key is not None}
    try:
        canonical = json.dumps(record, sort_keys=True, ensure_ascii=True, default=_jsonable)
    except (ValueError, RecursionError) as error:
        return Reject(place, "read", "broken", f"{name}: record {number}: {_one_line(error)}")
    url, ident = (_scalar(record.get(key)) for key in ("url", "id"))
    key = url or (f"{relative}#{ident}" if ident else None)
    place = url or (f"{uri}#{ident}" if ident else place)
    return Source(place, key, "record", canonical, hashlib.sha256(canonical.encode()).hexdigest())


def _jsonable(value: object) -> str | None:
    """What Parquet has and JSON has not: dates and decimals as text; bytes are no text."""
    return None if isinstance(value, bytes) else str(value)


def _scalar(value: Any) -> str | None:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            return one_line(str(value)[:2000]) or None
        except ValueError:  # an integer of more digits than Python prints
            return None
    return None


def _one_line(error: Exception) -> str:
    return one_line(str(error)[:300]) or type(error).__name__
