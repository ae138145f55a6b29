"""Find the inputs: files, folders, globs and the records inside them, one at a time."""

import csv
import glob
import gzip
import hashlib
import itertools
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.tasks.articles import Reject
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.files import File, files, is_url, local_path, public
from sayso.tasks.reading.identity import Origin, article_url, canonical, page_url, record_id

PLAIN = {".txt": "text", ".md": "text", ".html": "html", ".htm": "html"}
RECORDS = (".json", ".jsonl", ".ndjson", ".csv", ".parquet")
STAGE = "reading"  # as the list of stages calls it
MAX_INFLATION = 100  # times its size that a .gz may unpack to; prose unpacks to three to ten times
MAX_BLANK = 1_000_000  # empty lines
PAGE_HEAD = 1_000_000  # bytes in which a page states its url
TEXT_KEYS = ("text", "body", "content", "article")


@dataclass(frozen=True, slots=True)
class Source:
    """One article to be: raw bytes of a file, or one record of a file of many.

    Attributes:
        key: what `article_id` is a hash of; None where only the text can say.
        form: "text", "html" or "record".
        data: the file, or the record as JSON in ASCII, keys in lower case.
    """

    uri: str
    key: str | None
    form: str
    data: bytes
    sha256: str

    @property
    def n_words(self) -> int:
        """About how many words there are to read."""
        return len(self.data) // 6


def find_sources(
    inputs: Iterable[str],
    max_bytes: int,
    collection: str | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[Source | Reject]:
    """Every article under the inputs, each file once, in the order of the inputs, folders by name.

    A file is known by its resolved path, however it was named. In a collection it is known by the collection's name
    and its path below the input (the folder given, the part of a glob before its first wildcard, or the folder of a
    file given by itself), so that the collection may move; what has a url is known by that alone.

    Args:
        inputs: files, folders or glob patterns, local or as URLs that fsspec knows ("s3://bucket/*.jsonl").
        max_bytes: larger plain files and records are rejected with code `too_large`.
        collection: a name for what is in the inputs.
        note: is told, in one line each, what is passed over: lakes and reports below an input.

    Raises:
        OSError: a URL cannot be reached.
        UsageError: fsspec does not know a URL's kind, or lacks a package for it.
    """
    seen: set[str] = set()
    for given in inputs:
        found = False
        failed: list[OSError] = []
        passed: dict[str, str] = {}
        for file in files(given, failed, passed):
            found = True
            if file.real in seen:
                continue
            seen.add(file.real)
            yield from _sources_in(file, max_bytes, collection)
        for error in failed:
            folder = Path(os.fsdecode(error.filename))
            reason = f"{folder.name}: {error.strerror}; what is in it is not seen"
            yield Reject(folder.absolute().as_uri(), STAGE, "unreadable", reason)
        for uri, kind in passed.items():
            message = f"{uri} is a {kind} of Sayso and is passed over"
            if found or failed:
                note(message)
            else:
                yield Reject(uri, STAGE, "own_output", f"{message}; name a folder of articles")
        if not found and not failed and not passed:
            yield _no_files(given)


def count_sources(inputs: Iterable[str]) -> int:
    """About how many sources `find_sources` will yield, told from file sizes and line ends (for progress bars)."""
    total = 0
    for given in inputs:
        if is_url(given):  # what costs a transfer is not counted
            continue
        for file in files(given, [], {}):
            try:
                total += _count_in(Path(file.real))
            except (OSError, EOFError, ValueError):
                total += 1
    return total


def _count_in(path: Path) -> int:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    if suffix not in (".jsonl", ".ndjson", ".csv"):
        return 1
    with open(path, "rb") as file:
        return max(1, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")))


def _no_files(given: str) -> Reject:
    if is_url(given):
        return Reject(public(given), STAGE, "missing", f"no such file or folder, or an empty one: {public(given)}")
    path = local_path(given)
    uri = path.absolute().as_uri()
    if path.is_dir():
        return Reject(uri, STAGE, "empty_folder", f"no files in {given}; articles are {_known()}")
    if glob.has_magic(str(path)):
        return Reject(uri, STAGE, "missing", f"no file matches {given}")
    return Reject(uri, STAGE, "missing", f"no such file or folder: {given}")


def _known() -> str:
    return ", ".join([*PLAIN, *RECORDS]) + " (records may be .gz)"


def _sources_in(file: File, max_bytes: int, collection: str | None) -> Iterator[Source | Reject]:
    suffixes = [s.lower() for s in Path(file.name).suffixes]
    zipped = suffixes[-1:] == [".gz"]
    suffix = (suffixes[-2:-1] if zipped else suffixes[-1:]) or [""]
    try:
        if suffix[0] in PLAIN and not zipped:
            yield _plain(file, PLAIN[suffix[0]], max_bytes, collection)
        elif suffix[0] in RECORDS and not (zipped and suffix[0] == ".parquet"):
            yield from _records(file, suffix[0], zipped, max_bytes, collection)
        else:
            yield Reject(file.uri, STAGE, "format", f"{file.name}: not a format that is read; there are {_known()}")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Reject(file.uri, STAGE, "unreadable", f"{file.name}: {reason}")


def _plain(file: File, form: str, max_bytes: int, collection: str | None) -> Source | Reject:
    size = file.size()
    if size <= max_bytes:  # a server may not say the size
        with file.open(max_bytes + 1) as opened:
            data = opened.read(max_bytes + 1)
        size = max(size, len(data))
    if size > max_bytes:
        return _too_large(file.uri, file.name, size, max_bytes)
    if not data.strip():
        return Reject(file.uri, STAGE, "empty", f"{file.name}: the file is empty")
    url = page_url(data[:PAGE_HEAD], file.uri) if form == "html" else None
    return Source(file.uri, _key(file, collection, url), form, data, hashlib.sha256(data).hexdigest())


def _key(file: File, collection: str | None, url: str | None, record: str | None = None) -> str:
    if url is not None:
        return Origin(None, canonical(url)).key
    return Origin(collection, file.locator if collection is None else file.relative, record).key


def _too_large(uri: str, name: str, size: int, max_bytes: int) -> Reject:
    limit = f"[reading] max_bytes = {max_bytes:,}"
    return Reject(uri, STAGE, "too_large", f"{name}: {size:,} bytes are more than {limit}")


def _records(
    file: File, suffix: str, zipped: bool, max_bytes: int, collection: str | None
) -> Iterator[Source | Reject]:
    rows = _parquet_rows(file) if suffix == ".parquet" else _rows_of(file, suffix, zipped, max_bytes)
    count = 0
    try:
        for number, record in rows:
            count += 1
            yield _record(record, number, file, suffix, max_bytes, collection)
    except (OSError, EOFError, zlib.error):
        raise
    except Exception as error:  # the readers of broken files raise whatever they like
        yield Reject(file.uri, STAGE, "broken", f"{file.name}: {_one_line(error)}")
        return
    if not count:
        yield Reject(file.uri, STAGE, "empty", f"{file.name}: no records")


def _rows_of(file: File, suffix: str, zipped: bool, max_bytes: int) -> Iterator[tuple[int, Any]]:
    with (
        file.open(max_bytes + 1 if suffix == ".json" else None) as packed,
        gzip.open(packed) if zipped else packed as opened,
    ):
        if suffix == ".json":
            yield from _json_rows(opened, max_bytes)
            return
        lines = _lines(opened, max_bytes, max(max_bytes, MAX_INFLATION * os.fstat(packed.fileno()).st_size))
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
    """The rows of a CSV; one that cannot be read costs itself only."""
    csv.field_size_limit(max_bytes)
    reader = csv.DictReader(_decoded(lines), strict=True)
    if reader.fieldnames is None:
        return
    _want_text(reader.fieldnames)
    for number in itertools.count(1):
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, Rejection("broken", f"row {number}: {_one_line(error)}")
            continue
        values = "".join(value for value in row.values() if isinstance(value, str))
        if _LEFT_OUT in values:
            yield number, Rejection("too_large", f"row {number} has more than {max_bytes:,} bytes in a line")
        elif _UNDECODED.search(values):
            yield number, Rejection("encoding", f"row {number} is not UTF-8")
        else:
            yield number, row


_UNDECODED = re.compile("[\udc80-\udcff]")
_LEFT_OUT = "\udbff"  # stands for a line that is too long


def _decoded(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[str]:
    for number, line in lines:
        if line is None and number == 1:
            raise ValueError("line 1 is too long")
        yield (
            f"{_LEFT_OUT}\n"
            if line is None
            else line.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape")
        )


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


def _record(
    record: Any, number: int, file: File, suffix: str, max_bytes: int, collection: str | None
) -> Source | Reject:
    name, uri = file.name, file.uri
    place = f"{uri}#L{number}" if suffix in (".jsonl", ".ndjson") else f"{uri}#{number}"
    if isinstance(record, Rejection):
        return Reject(place, STAGE, record.code, f"{name}: {record.message}")
    if not isinstance(record, dict):
        kind = type(record).__name__
        return Reject(place, STAGE, "broken", f"{name}: record {number} is a {kind}, not an object with a text")
    # NaN is how pandas writes what is missing.
    record = {str(k).strip().lower(): None if v != v else v for k, v in record.items() if k is not None}
    try:
        data = json.dumps(record, sort_keys=True, ensure_ascii=True, default=_jsonable).encode()
        size = len(data)
        if size > max_bytes:  # escapes are longer than what they stand for
            size = len(json.dumps(record, ensure_ascii=False, default=_jsonable).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        return Reject(place, STAGE, "broken", f"{name}: record {number}: {_one_line(error)}")
    if size > max_bytes:
        return _too_large(place, f"{name}: record {number}", size, max_bytes)
    url = article_url(record.get("url"))
    ident = record_id(record.get("id")) or record_id(record.get("url"))
    key = None if url is None and ident is None else _key(file, collection, url, ident)
    place = url or (f"{uri}#{ident}" if ident else place)
    return Source(place, key, "record", data, hashlib.sha256(data).hexdigest())


def _jsonable(value: object) -> str | None:
    """What Parquet has and JSON has not: dates and decimals as text; bytes are no text."""
    return None if isinstance(value, bytes) else str(value)


def _one_line(error: Exception) -> str:
    return one_line(str(error)[:300]) or type(error).__name__
