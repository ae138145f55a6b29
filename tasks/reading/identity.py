"""Which article a source is: told by the article's own url, else by where it lies, else by its text."""

import hashlib
import math
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from sayso.tasks.reading.cleaning import one_line

# Parameters that say how a reader came, never what is read.
_TRACKING = re.compile(
    r"(?:utm_\w+|(?:fb|g|dc|y|tw|ttc|msclk)clid|msclkid|gclsrc|[gw]braid|igshid|mc_[ce]id|mkt_tok|_g[al]|_hs(?:enc|mi)"
    r"|oly_(?:anon|enc)_id|vero_id)(?:=|$)",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_NOTHING = frozenset(("", "nan", "none", "null", "nat", "<na>"))


class Named(Protocol):
    """What of a `Source` its identity needs."""

    @property
    def uri(self) -> str: ...
    @property
    def key(self) -> str | None: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article lies; two that differ have different keys.

    Attributes:
        collection: a name of the user's; None where the place itself tells.
        locator: without a collection a URI: the canonical url of the article, or of its file (`located`); in a
            collection the file's path below the input.
        record: id within a file of many, as `record_id` gives it; None for a file or url that is one article.
    """

    collection: str | None
    locator: str
    record: str | None = None

    @property
    def key(self) -> str:
        """What `article_id_of` makes an id of."""
        where = self.locator
        if self.collection is not None:
            where = f"collection:{_quoted(self.collection, '')}/{_quoted(self.locator, '/')}"
        return where if self.record is None else f"{where}#{_quoted(self.record, '')}"


def _quoted(text: str, safe: str) -> str:
    """Percent-encoded in NFC; bytes that are no UTF-8 keep their values."""
    return quote(os.fsencode(unicodedata.normalize("NFC", text)), safe=safe)


def article_id_of(key: str) -> str:
    """The id of the article that this url, place or text names: 16 hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def located(uri: str) -> str:
    """The locator of a file: of a local one its resolved path as a URI in NFC, else its URL.

    Args:
        uri: as fsspec names a remote file, and as `Path.as_uri` names a local one.
    """
    if uri.startswith("file://"):
        path = os.path.realpath(os.fsdecode(unquote_to_bytes(uri.removeprefix("file://"))))
        return Path(unicodedata.normalize("NFC", path)).as_uri()
    if uri.startswith(("http://", "https://")):
        return canonical(uri)
    return quote(uri.encode("utf-8", "replace"), safe=":/@?=&")


def canonical(url: str) -> str:
    """A web address in one spelling: case of scheme and host, default port, user, tracking parameters and fragment.

    A fragment that begins with "!" or "/" names a page, and stays. Other kinds of URI stay as they are.
    """
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, parts.hostname
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((parts.scheme, place, parts.path or "/", query, fragment))


def article_url(value: Any) -> str | None:
    """The url of a record as it is printed; None where it is none, or names no host ("/news/1")."""
    text = one_line(value[:2000]) if isinstance(value, str) else ""
    if text.lower().startswith(("www.", "//")):
        return f"https://{text.lstrip('/')}"
    return text if re.match(r"[a-z][a-z0-9+.-]*:\S", text, re.IGNORECASE) else None


def page_url(head: bytes, uri: str) -> str | None:
    """The canonical link that a page states, as an absolute url; None where it states none, or only its site.

    Args:
        head: the page, or its beginning.
        uri: where the page was found.
    """
    from urllib.parse import urljoin

    from lxml import etree

    parser = etree.HTMLPullParser(events=("start",), tag=("link", "body", "p"))
    try:
        parser.feed(head)
        links = []
        for _, node in parser.read_events():
            if node.tag != "link":
                break
            links.append(node)
    except etree.LxmlError:
        return None
    for link in links:
        if "canonical" in (link.get("rel") or "").lower().split():
            url = urljoin(uri, (link.get("href") or "").strip())
            parts = urlsplit(url)
            if parts.scheme in _PORTS and parts.hostname and (parts.path.strip("/") or parts.query):
                return one_line(url[:2000])
    return None


def record_id(value: Any) -> str | None:
    """An id in one spelling: 1, 1.0 and "1.0" are "1"; NaN, null and what is no scalar are None."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    if isinstance(value, str):
        text = one_line(value[:2000])
        if text.lower() in _NOTHING:
            return None
        return re.sub(r"^(-?\d+)\.0+$", r"\1", text)
    if not isinstance(value, int):
        if (isinstance(value, Decimal) and not value.is_finite()) or not math.isfinite(value):
            return None
        if -(10**40) < value < 10**40 and value == int(value):
            value = int(value)
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python prints
        return None


def legacy_keys(uri: str) -> Iterator[str]:
    """The keys that lakes of format 2 and earlier may have for a source_uri: its url, or its path below any input."""
    yield uri
    place, _, path = uri.partition("://")
    path, mark, record = path.partition("#")
    if place == "file":
        path = os.fsdecode(unquote_to_bytes(path))
    parts = path.split("/")
    for start in range(len(parts)):
        yield "/".join(parts[start:]) + mark + record


def article_id_for(source: Named, known: Mapping[str, str]) -> str:
    """The id of a source that has a key; an article of an old lake keeps the id that it has there.

    Args:
        known: source_uri → article_id of the lake's articles.
    """
    assert source.key is not None
    new = article_id_of(source.key)
    for uri in (source.uri, f"{source.uri}.0"):  # old lakes took the 1 of a column with gaps for 1.0
        if (old := known.get(uri)) not in (None, new) and old in map(article_id_of, legacy_keys(uri)):
            return old
    return new


def is_clash(source: Named, uri: str, sha256: str) -> bool:
    """Whether an article that has this source's id came from another source: it must not be replaced by this one.

    Another name of the same file or url is no other source, and the same bytes are the same article, moved.

    Args:
        uri, sha256: source_uri and input_sha256 of that article.
    """
    if source.uri == uri or source.sha256 == sha256:
        return False
    place, _, record = uri.partition("#") if uri.startswith("file://") else (uri, "", "")
    return Origin(None, located(place), record_id(record)).key != source.key
