"""Web archives: the pages of a WARC."""

import contextlib
import gzip
import io
import os
from collections.abc import Iterator
from typing import Any

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.files import File
from sayso.tasks.reading.records import MAX_INFLATION


def pages_of(file: File, zipped: bool, max_bytes: int) -> Iterator[tuple[str | None, bytes | None]]:
    """(address, page) of every HTML page in a WARC; no page for one of more than `max_bytes`.

    Other records, pictures and errors say, have no address.

    Raises:
        Rejected: `broken` where it is no WARC, or ends in the middle of a page.
        EOFError: the packed file ends too early.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with file.open() as packed, gzip.open(packed) if zipped else packed as opened:
        whole = _Whole(opened, max(max_bytes, MAX_INFLATION * os.fstat(packed.fileno()).st_size))
        try:
            for record in _quietly(ArchiveIterator(whole)):
                if record.rec_type not in ("response", "resource"):
                    continue
                status = record.http_headers.get_statuscode() if record.http_headers else "200"
                kind = (record.http_headers or record.rec_headers).get_header("Content-Type") or ""
                address = record.rec_headers.get_header("WARC-Target-URI") or ""
                if status != "200" or not address or not kind.lower().startswith(("text/html", "application/xhtml")):
                    yield None, None
                    continue
                data = record.content_stream().read(max_bytes + 1)
                left = getattr(record.raw_stream, "limit", None)
                if len(data) <= max_bytes and not record.raw_stream.read(1) and left:
                    raise Rejected("broken", f"it ends in the middle of {one_line(address)[:200]}")
                yield one_line(address.strip("<>"))[:2000], data if len(data) <= max_bytes else None
        except (ArchiveLoadFailed, ValueError, AttributeError, TypeError) as error:
            raise Rejected("broken", f"not a WARC: {one_line(str(error))[:200]}") from error
        if whole.cut:
            raise whole.cut


def _quietly(records: Iterator[Any]) -> Iterator[Any]:
    """The records, without what warcio prints about broken ones."""
    while True:
        with contextlib.redirect_stderr(io.StringIO()):
            record = next(records, None)
        if record is None:
            return
        yield record


class _Whole:
    """A file of so many bytes at most; it remembers whether it ended too early, which warcio takes for its end."""

    def __init__(self, file: Any, most: int) -> None:
        self._file, self._left = file, most
        self.cut: EOFError | None = None

    def read(self, size: int) -> bytes:
        try:
            data = bytes(self._file.read1(size))
        except EOFError as error:
            self.cut = error
            return b""
        self._left -= len(data)
        if self._left < 0:
            raise Rejected("broken", f"it unpacks to more than {MAX_INFLATION} times its size")
        return data
