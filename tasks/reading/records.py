"""The rows of JSON, JSON Lines, CSV and Parquet; one that cannot be read costs itself only."""

import csv
import gzip
import io
import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.cleaning import decode, one_line, utf_16
from sayso.tasks.reading.fields import KNOWN, articles_in, fields_of
from sayso.tasks.reading.files import File
from sayso.tasks.settings import Fields

MAX_INFLATION = 100  # times its size that a .gz may unpack to; prose unpacks to three to ten times
MAX_BLANK = 1_000_000  # empty lines
SAMPLE = 65_536  # bytes that tell the encoding, the separator and the line ends
SEPARATORS = ",;\t|"
_UNDECODED = re.compile("[\udc80-\udcff]")
_LEFT_OUT = "\udbff"  # stands for a line that is too long


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is none, with why."""

    code: str
    message: str


Row = tuple[int, Any]  # its number from 1, and the record or a Rejection


def rows_of(file: File, suffix: str, zipped: bool, max_bytes: int, own: Fields) -> Iterator[Row]:
    """The rows of a file of records.

    Raises:
        ValueError: there is no column for the text, or no end of the file.
    """
    if suffix == ".parquet":
        yield from _parquet_rows(file, own)
        return
    with (
        file.open(max_bytes + 1 if suffix == ".json" else None) as packed,
        gzip.open(packed) if zipped else packed as opened,
    ):
        if suffix == ".json":
            yield from _json_rows(opened, max_bytes, own)
            return
        max_total = max(max_bytes, MAX_INFLATION * os.fstat(packed.fileno()).st_size)
        sample = opened.read(SAMPLE)
        opened.seek(0)
        lines = _lines(_recoded(opened, sample), max_bytes, max_total)
        if suffix in (".csv", ".tsv"):
            yield from _csv_rows(lines, sample, suffix, max_bytes, own)
        else:
            yield from _json_lines(lines, max_bytes, own)


class _Recoded:
    """A file in UTF-16, or with the line ends of old Macs, as UTF-8 with line ends of today."""

    def __init__(self, file: Any, read_as: str, write_as: str) -> None:
        self._text, self._write_as = io.TextIOWrapper(file, read_as, errors="replace"), write_as

    def readline(self, limit: int) -> bytes:
        return self._text.readline(limit).encode(self._write_as, "replace")


def _recoded(file: Any, sample: bytes) -> Any:
    if wide := utf_16(sample):
        return _Recoded(file, wide, "utf-8")
    if b"\r" in sample and b"\n" not in sample:
        return _Recoded(file, "latin-1", "latin-1")
    return file


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


def _json_lines(lines: Iterable[tuple[int, bytes | None]], max_bytes: int, own: Fields) -> Iterator[Row]:
    for number, line in lines:
        if line is None:
            yield number, Rejection("too_large", f"line {number} has more than {max_bytes:,} bytes")
        elif line.strip():
            value = _parse_json(line, f"line {number}")
            for record in [value] if isinstance(value, (Rejection, list)) else articles_in(value, own):
                yield number, record


def _parse_json(data: bytes, where: str) -> Any:
    try:
        return json.loads(_decoded(data))
    except Rejected as error:
        return Rejection(error.code, f"{where} is {error}")
    except (ValueError, RecursionError) as error:
        return Rejection("broken", f"{where} is not valid JSON: {reason(error)}")


def _decoded(data: bytes) -> str:
    """As `decode`, but that control characters do not make a binary file of a text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode(data)


def _json_rows(file: Any, max_bytes: int, own: Fields) -> Iterator[Row]:
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        yield 1, Rejection("too_large", f"more than {max_bytes:,} bytes; write one record a line to a .jsonl file")
        return
    if not data.strip():
        return
    value = _parse_json(data, "the file")
    if isinstance(value, Rejection) and len(lines := data.splitlines()) > 1:
        if not isinstance(_parse_json(next(filter(None, map(bytes.strip, lines))), ""), Rejection):
            yield from _json_lines(enumerate(lines, start=1), max_bytes, own)  # JSON Lines by another name
            return
    yield from enumerate(articles_in(value, own), start=1)


def _csv_rows(
    lines: Iterator[tuple[int, bytes | None]], sample: bytes, suffix: str, max_bytes: int, own: Fields
) -> Iterator[Row]:
    csv.field_size_limit(max_bytes)
    texts = _Pushed(_texts(lines))
    first = next(texts, None)
    if first is not None and (told := re.fullmatch(r"\ufeff?sep=(.)\s*", first)):
        separator, first = told[1], next(texts, None)
    elif first is not None:
        separator = "\t" if suffix == ".tsv" else _separator(first, own)
    if first is None:
        return
    texts.push([first])
    escaped = re.search(rb'\w\\"|\\"\w', sample) and not re.search(rb'\w""|""\w', sample)
    how: dict[str, Any] = {"escapechar": "\\", "doublequote": False} if escaped else {}
    reader = csv.reader(texts, strict=True, delimiter=separator, **how)
    header = next(reader)
    want_text(header, own)
    yield from _rows_under(header, reader, texts, max_bytes, separator if _has_text(header[-1:], own) else None)


def _rows_under(header: list[str], reader: Any, texts: "_Pushed", max_bytes: int, joint: str | None) -> Iterator[Row]:
    """The rows below the header.

    A row that is broken, with an open quotation mark say, ends at its first line; what follows is left out up to the
    next line that is a row with all columns.

    Args:
        joint: the separator, where the last column is the text: one that nobody quoted is put together again.
    """
    number, broken = 0, ""  # why the row before was none, as long as no whole one came after it
    while True:
        texts.taken.clear()
        try:
            values = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            texts.push(texts.taken[1:])
            if not broken:
                number += 1
                broken = f"row {number}: {reason(error)}"
                yield number, Rejection("broken", broken)
            continue
        text = "".join(values)
        if not values or (broken and len(values) != len(header) and _LEFT_OUT not in text):
            continue
        number, broken = number + 1, ""
        if len(values) > len(header) and joint and '"' not in "".join(texts.taken):
            values[len(header) - 1 :] = [joint.join(values[len(header) - 1 :])]  # of a text that is not quoted
        if _LEFT_OUT in text:
            yield number, Rejection("too_large", f"row {number} has more than {max_bytes:,} bytes in a line")
        elif _UNDECODED.search(text):
            yield number, Rejection("encoding", f"row {number} is in no encoding that can be told")
        elif any(value.strip() for value in values[len(header) :]):
            why = "a separator or a quotation mark in it is not quoted"
            yield (
                number,
                Rejection("broken", f"row {number} has {len(values)} columns, the header {len(header)}; {why}"),
            )
        else:
            yield number, dict(zip(header, values, strict=False))


class _Pushed:
    """Lines that can be given back; `taken` are those since it was last cleared."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._back = lines, deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> "_Pushed":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self.taken.append(line)
        return line

    def push(self, lines: Iterable[str]) -> None:
        self._back.extendleft(reversed(list(lines)))


def _texts(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[str]:
    for number, line in lines:
        if line is None and number == 1:
            raise ValueError("line 1 is too long")
        if line is None:
            yield f"{_LEFT_OUT}\n"
            continue
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            try:
                yield decode(line)
            except Rejected:
                yield line.decode("utf-8", "surrogateescape")


def _separator(header: str, own: Fields) -> str:
    """What separates columns: what makes one of them a text, else what makes most."""

    def fit(separator: str) -> tuple[bool, int]:
        try:
            columns = next(csv.reader([header], delimiter=separator), [])
        except csv.Error:
            return False, 0
        return _has_text(columns, own), len(columns)

    return max(SEPARATORS, key=fit)


def _has_text(columns: Iterable[str], own: Fields) -> bool:
    return "text" in fields_of({name.strip().lower(): "a text" for name in columns if name}, own)


def want_text(columns: Iterable[str], own: Fields) -> None:
    """Raise ValueError where no column is the text."""
    columns = list(columns)
    if not _has_text(columns, own):
        found = ", ".join(map(str, columns))[:200]
        wanted = own.text or f"text (or {', '.join(KNOWN['text'][1:4])} …)"
        raise ValueError(f"no column named {wanted}; the columns are {found}; [reading.fields] text names another")


def _parquet_rows(file: File, own: Fields) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with file.open() as opened, pq.ParquetFile(opened) as table:
        if not any(pa.types.is_nested(column.type) for column in table.schema_arrow):
            want_text(table.schema_arrow.names, own)
        number = 0
        for batch in table.iter_batches(batch_size=16):
            for row in batch.to_pylist():
                number += 1
                yield number, row


def reason(error: Exception) -> str:
    """What an error says, on one line."""
    return one_line(str(error)[:300]) or type(error).__name__
