"""Find the inputs: files, folders, globs and the records inside them, one at a time."""

import glob
import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.tasks.articles import Reject, Rejected
from sayso.tasks.reading.archives import pages_of
from sayso.tasks.reading.cleaning import decode, utf_16
from sayso.tasks.reading.documents import docx_text, rtf_text
from sayso.tasks.reading.exports import articles_of, may_be_export, page_blocks, text_blocks
from sayso.tasks.reading.feeds import read_feed
from sayso.tasks.reading.fields import Taken, fields_of
from sayso.tasks.reading.files import File, files, is_url, local_path, public
from sayso.tasks.reading.identity import Origin, article_url, canonical, page_url, record_id
from sayso.tasks.reading.markup import wire_stories
from sayso.tasks.reading.records import Rejection, Row, reason, rows_of
from sayso.tasks.settings import Fields

PLAIN = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
RECORDS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
XML = (".xml", ".rss", ".atom", ".nitf")
DOCUMENTS = (".docx", ".rtf")
STAGE = "reading"  # as the list of stages calls it
PAGE_HEAD = 1_000_000  # bytes in which a page states its url
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Source:
    """One article to be: raw bytes of a file, or one record of a file of many.

    Attributes:
        key: what `article_id` is a hash of; None where only the text can say.
        form: "text", "markdown", "html" or "record".
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
    fields: Fields = Fields(),  # noqa: B008
) -> Iterator[Source | Reject]:
    """Every article under the inputs, each file once, in the order of the inputs, folders by name.

    A file is known by its resolved path, however it was named. In a collection it is known by the collection's name
    and its path below the input (the folder given, the part of a glob before its first wildcard, or the folder of a
    file given by itself), so that the collection may move; what has a url is known by that alone.

    Args:
        inputs: files, folders or glob patterns, local or as URLs that fsspec knows ("s3://bucket/*.jsonl").
        max_bytes: larger plain files and records are rejected with code `too_large`.
        collection: a name for what is in the inputs.
        note: is told, in one line each, what is passed over, lakes and reports below an input say; and at the end
            which keys of records were taken for what, and which were not used.
        fields: keys of records that the user names.

    Raises:
        OSError: a URL cannot be reached.
        UsageError: fsspec does not know a URL's kind, or lacks a package for it.
    """
    seen: set[str] = set()
    finder = _Finder(max_bytes, collection, fields, Taken(), note)
    for given in inputs:
        found = False
        failed: list[OSError] = []
        passed: dict[str, str] = {}
        for file in files(given, failed, passed):
            found = True
            if file.real in seen:
                continue
            seen.add(file.real)
            yield from finder.sources_in(file)
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
    for line in finder.taken.lines():
        note(line)


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
    if suffix not in (".jsonl", ".ndjson", ".csv", ".tsv"):
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
    return ", ".join([*PLAIN, *RECORDS, *XML, *DOCUMENTS, ".warc"]) + " (all but .parquet and .docx may be .gz)"


@dataclass(frozen=True, slots=True)
class _Finder:
    """What is wanted of the files of a run."""

    max_bytes: int
    collection: str | None
    own: Fields
    taken: Taken
    note: Callable[[str], None]

    def sources_in(self, file: File) -> Iterator[Source | Reject]:
        """The articles of one file."""
        suffixes = [s.lower() for s in Path(file.name).suffixes]
        zipped = suffixes[-1:] == [".gz"] and suffixes[-2:-1] not in ([".parquet"], [".docx"])
        suffix = ((suffixes[-2:-1] if zipped else suffixes[-1:]) or [""])[0]
        try:
            if suffix in RECORDS:
                yield from self._rows(file, rows_of(file, suffix, zipped, self.max_bytes, self.own), suffix)
            elif suffix == ".warc":
                yield from self._pages_of_archive(file, zipped)
            elif suffix in PLAIN or suffix in XML or suffix in DOCUMENTS:
                yield from self._whole(file, zipped, suffix)
            elif not zipped and _PAGE.match(_beginning(file)):
                yield from self._whole(file, False, ".html")
            else:
                yield Reject(file.uri, STAGE, "format", f"{file.name}: not a format that is read; there are {_known()}")
        except Rejected as error:
            yield Reject(file.uri, STAGE, error.code, f"{file.name}: {error}")
        except (OSError, EOFError, zlib.error) as error:
            yield Reject(file.uri, STAGE, "unreadable", f"{file.name}: {getattr(error, 'strerror', None) or error}")

    def _whole(self, file: File, zipped: bool, suffix: str) -> Iterator[Source | Reject]:
        """The article of a file, or the articles of an export or a feed."""
        size = file.size()
        if size <= self.max_bytes:  # a server may not say the size
            with file.open(self.max_bytes + 1) as packed, gzip.open(packed) if zipped else packed as opened:
                data = opened.read(self.max_bytes + 1)
            size = max(size, len(data))
        if size > self.max_bytes:
            yield _too_large(file.uri, file.name, size, self.max_bytes)
            return
        if not data.strip():
            yield Reject(file.uri, STAGE, "empty", f"{file.name}: the file is empty")
            return
        form, text = PLAIN.get(suffix, "text"), data
        if suffix in XML:
            if not _PAGE.match(data[:2000]):
                entries, fault = read_feed(data)
                told = [Rejection("broken", f"{fault}; what follows may be missing")] if fault else []
                yield from self._rows(file, enumerate([*entries, *told], start=1), suffix)
                return
            form = "html"
        elif suffix in DOCUMENTS:
            plain = docx_text(data, self.max_bytes) if suffix == ".docx" else rtf_text(data)
            text = plain.encode("utf-8", "replace")
        elif form == "text" and _PAGE.match(data[:2000]):
            form = "html"
        if records := _exported(text, form):
            yield from self._rows(file, enumerate(records, start=1), suffix)
            return
        url = page_url(data[:PAGE_HEAD], file.uri) if form == "html" else None
        yield Source(file.uri, self._key(file, url), form, text, hashlib.sha256(data).hexdigest())

    def _key(self, file: File, url: str | None, record: str | None = None) -> str:
        if url is not None:
            return Origin(None, canonical(url)).key
        return Origin(self.collection, file.locator if self.collection is None else file.relative, record).key

    def _rows(self, file: File, rows: Iterator[Row], suffix: str) -> Iterator[Source | Reject]:
        count = 0
        try:
            for number, record in rows:
                count += 1
                yield self._record(record, number, file, suffix)
        except (OSError, EOFError, zlib.error, Rejected):
            raise
        except Exception as error:  # the readers of broken files raise whatever they like
            yield Reject(file.uri, STAGE, "broken", f"{file.name}: {reason(error)}")
            return
        if not count:
            yield Reject(file.uri, STAGE, "empty", f"{file.name}: no records")

    def _record(self, record: Any, number: int, file: File, suffix: str) -> Source | Reject:
        name, uri = file.name, file.uri
        place = f"{uri}#L{number}" if suffix in (".jsonl", ".ndjson") else f"{uri}#{number}"
        if isinstance(record, Rejection):
            return Reject(place, STAGE, record.code, f"{name}: {record.message}")
        if not isinstance(record, dict):
            kind = type(record).__name__
            return Reject(place, STAGE, "broken", f"{name}: record {number} is a {kind}, not an object with a text")
        # NaN is how pandas writes what is missing.
        record = {str(k).strip(): None if v != v else v for k, v in record.items() if k is not None}
        lowered = {key.lower(): value for key, value in record.items()}
        try:
            data = json.dumps(lowered, sort_keys=True, ensure_ascii=True, default=_jsonable).encode()
            size = len(data)
            if size > self.max_bytes:  # escapes are longer than what they stand for
                size = len(json.dumps(lowered, ensure_ascii=False, default=_jsonable).encode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            return Reject(place, STAGE, "broken", f"{name}: record {number}: {reason(error)}")
        if size > self.max_bytes:
            return _too_large(place, f"{name}: record {number}", size, self.max_bytes)
        found = fields_of(record, self.own)
        self.taken.see(name, record, found)
        given = {field: found[field].value if field in found else None for field in ("url", "id")}
        url = article_url(given["url"])
        ident = record_id(given["id"]) or record_id(given["url"])
        key = None if url is None and ident is None else self._key(file, url, ident)
        place = url or (f"{uri}#{ident}" if ident else place)
        return Source(place, key, "record", data, hashlib.sha256(data).hexdigest())

    def _pages_of_archive(self, file: File, zipped: bool) -> Iterator[Source | Reject]:
        """The pages of a WARC."""
        count = others = 0
        for url, data in pages_of(file, zipped, self.max_bytes):
            if url is None:
                others += 1
                continue
            count += 1
            if data is None:
                yield Reject(url, STAGE, "too_large", f"{file.name}: {url} has more than {self.max_bytes:,} bytes")
            else:
                stated = page_url(data[:PAGE_HEAD], url) or url
                yield Source(url, self._key(file, stated), "html", data, hashlib.sha256(data).hexdigest())
        if others:
            self.note(f"{file.name}: {others} records that are no pages (pictures, scripts, errors) are passed over")
        if not count:
            yield Reject(file.uri, STAGE, "empty", f"{file.name}: no pages")


def _beginning(file: File) -> bytes:
    with file.open(2000) as opened:
        return opened.read(2000)


def _too_large(uri: str, name: str, size: int, max_bytes: int) -> Reject:
    limit = f"[reading] max_bytes = {max_bytes:,}"
    return Reject(uri, STAGE, "too_large", f"{name}: {size:,} bytes are more than {limit}")


def _exported(data: bytes, form: str) -> list[Any]:
    """The articles of an export or a wire transmission, as records; none where the file is one article."""
    if form == "markdown":
        return []
    wire = form == "text" and data[:200].lstrip(b"\r\n\x00\x13\x16 ")[:1] == b"\x01"
    if not wire and not may_be_export(data.decode("utf-16" if utf_16(data) else "latin-1", "replace")):
        return []
    try:
        text = decode(data)
    except Rejected:
        return []
    if wire:
        return list(wire_stories(text))
    found = articles_of(page_blocks(text) if form == "html" else text_blocks(text)) or []
    return [Rejection(item.code, str(item)) if isinstance(item, Rejected) else item for item in found]


def _jsonable(value: object) -> str | None:
    """What Parquet has and JSON has not: dates and decimals as text; bytes are no text."""
    return None if isinstance(value, bytes) else str(value)
