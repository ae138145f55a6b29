"""What the keys of a record mean: the names that corpora, APIs and exports use, and the user's own before them."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.layout import split_names
from sayso.tasks.settings import Fields

# Field → names in order of preference, in lower case and without signs: "publish_date" and "publishDate" are one.
KNOWN: dict[str, tuple[str, ...]] = {
    "text": tuple(
        """text body content article maintext fulltext bodytext articletext articlebody articlecontent storytext
        textcontent contenttext newstext newscontent documenttext plaintext cleantext cleanedtext rawtext transcript
        bodyhtml contenthtml contentencoded html story paragraphs""".split()
    ),
    "title": tuple("title headline head hed webtitle articletitle newstitle storytitle titletext".split()),
    "published_at": tuple(
        """publishedat date published publishdate pubdate datepublished publicationdate publisheddate publishingdate
        webpublicationdate datepublish datepub firstpublished publishtime publishedtime publishedon publicationtime
        publicationdatetime publisheddatetime articledate newsdate storydate issuedate dateissue datetime seendate
        versioncreated firstcreated contentcreated timestamp createdat datecreated created indexeddate dateindexed
        dategmt time""".split()
    ),
    "byline": tuple(
        """byline authors author bylines authornames authorname creator dccreator writer writers journalist
        journalists reporter reporters articleauthor contributor contributors""".split()
    ),
    "outlet": tuple(
        """outlet publisher source publication newspaper sourcename sitename medianame outletname publishername
        publicationname publicationtitle newsoutlet newssource mediasource sourcehostname media website provider
        hostname sourcedomain domain site""".split()
    ),
    "url": tuple("url link weburl permalink canonicalurl articleurl newsurl storyurl href uri".split()),
    "id": ("id", "guid", "uuid"),
}
_NOTHING = frozenset("nan none null nat <na> n/a na unknown undefined anonymous - -- [] {}".split()) | {
    "",
    "not available",
    "no author",
    "no title",
}
# Keys that hold the rest of an article's facts, not those of a picture or a person of it.
_WRAPPERS = frozenset("fields meta metadata attributes properties data extra headline".split())
# Of an object that stands where a text is expected.
_PARTS = ("text", "rendered", "main", "html", "plain", "body", "content", "value", "raw", "original", "t")
_SECTIONS = ("headline", "summary", "paragraphs", "sections", "blocks")
_NAMES = ("name", "fullname", "displayname", "original", "rendered", "title", "label")
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a record, and the key that it stood under ("source.name" within an object)."""

    key: str
    value: Any


def fields_of(record: Mapping[str, Any], own: Fields = Fields()) -> dict[str, Found]:  # noqa: B008
    """The fields of an article that a record has: text, title, published_at, byline, outlet, url, id.

    The text and the title are texts, the byline is a list of names, the outlet a name; the others are as they were.

    Args:
        own: keys or paths ("meta.printed") that the user names.
    """
    named = {name: key for name, key in asdict(own).items() if key}
    everywhere = list(_wrapped(record))
    # The address of what only describes the article, its outlet say, is not the article's.
    beside_text = [(prefix, part) for prefix, part in everywhere if not prefix or _holds_text(part)]
    wrapped = dict.fromkeys(KNOWN, everywhere) | dict.fromkeys(("url", "id"), beside_text)
    found: dict[str, Found] = {}
    for name, keys in KNOWN.items():
        if name in named:
            taken = _taken(name, named[name], record)
        else:
            taken = next(filter(None, (_first(name, keys, part, prefix) for prefix, part in wrapped[name])), None)
        if taken is not None:
            found[name] = taken
    return found


def unused(record: Mapping[str, Any], found: Mapping[str, Found]) -> list[str]:
    """The keys of a record that hold something and were taken for nothing."""
    taken = {f.key.split(".")[0] for f in found.values()}
    return [key for key, value in record.items() if key not in taken and value not in (None, "", [], {})]


def articles_in(value: Any, own: Fields = Fields()) -> list[Any]:  # noqa: B008
    """The records of a JSON value: a list's items, an object with a text, or the list that an API's answer holds."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and "text" not in fields_of(value, own):
        for listed in _lists(value):
            if any(isinstance(item, dict) and "text" in fields_of(item, own) for item in listed):
                return listed
    return [value]


def _lists(value: Mapping[str, Any], depth: int = 0) -> Iterator[list[Any]]:
    for part in value.values():
        if isinstance(part, list) and any(isinstance(item, dict) for item in part):
            yield part
    if depth < 3:
        for part in value.values():
            if isinstance(part, dict):
                yield from _lists(part, depth + 1)


def _wrapped(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A record, then the objects in it that hold an article's facts, each with the path to it."""
    yield prefix, record
    for key, value in record.items():
        if isinstance(value, dict) and depth < 2 and (_plain(key) in _WRAPPERS or _holds_text(value)):
            yield from _wrapped(value, f"{prefix}{key}.", depth + 1)


def _holds_text(part: Mapping[str, Any]) -> bool:
    return _first("text", KNOWN["text"], part, "") is not None


def _plain(key: str) -> str:
    return re.sub(r"[\W_]+", "", str(key)).lower()


def _first(name: str, keys: tuple[str, ...], record: Mapping[str, Any], prefix: str) -> Found | None:
    by_key: dict[str, str] = {}
    for key in record:
        by_key.setdefault(_plain(key), key)
    for known in keys:
        if known in by_key and (value := _READERS[name](record[by_key[known]])) is not None:
            return Found(f"{prefix}{by_key[known]}", value)
    return None


def _taken(name: str, path: str, record: Mapping[str, Any]) -> Found | None:
    """What the user's own key or path leads to."""
    at: Any = {str(key).lower(): part for key, part in record.items()}.get(path.lower())
    if at is None:
        at = record
        for step in path.split("."):
            parts = {str(key).lower(): part for key, part in at.items()} if isinstance(at, dict) else {}
            at = parts.get(step.lower())
    value = _READERS[name](at)
    return None if value is None else Found(path, value)


def _is_nothing(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and one_line(value[:50]).lower() in _NOTHING)


def _text(value: Any, depth: int = 0) -> str | None:
    """A text, also where it is a list of paragraphs or an object that holds it."""
    if depth > _MAX_DEPTH or _is_nothing(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if any(isinstance(item, dict) and _is_article(item) for item in value):
            return None
        return "\n\n".join(filter(None, (_text(item, depth + 1) for item in value))) or None
    if isinstance(value, dict):
        parts = {_plain(key): part for key, part in value.items()}
        for key in _PARTS:
            if text := _text(parts.get(key), depth + 1):
                return text
        return "\n\n".join(filter(None, (_text(parts.get(key), depth + 1) for key in _SECTIONS))) or None
    return None


def _is_article(item: Mapping[str, Any]) -> bool:
    """Whether an object is an article among others, and not a part of one."""
    names = {_plain(key) for key, value in item.items() if not _is_nothing(value)}
    return any(names & set(KNOWN[known]) for known in ("url", "published_at", "byline"))


def _title(value: Any) -> str | None:
    text = _text(value) if not isinstance(value, list) else next(filter(None, map(_title, value[:3])), None)
    return text if text and one_line(text[:10_000]) else None


def _date(value: Any) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next(iter(value.values()), None) if len(value) == 1 else value.get("iso") or value.get("value")
    return None if isinstance(value, bool) or _is_nothing(value) else value


def _byline(value: Any) -> list[str] | None:
    return list(dict.fromkeys(_people(value))) or None


def _people(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 3 or _is_nothing(value):
        return
    if isinstance(value, str):
        if re.match(r"\s*[\[({]", value) and (listed := _literal(value)) is not None:
            yield from _people(listed, depth + 1)
        else:
            yield from (name for name in split_names(value[:2000]) if not _is_nothing(name))
    elif isinstance(value, list):
        for item in value[:100]:
            yield from _people(item, depth + 1)
    elif isinstance(value, dict):
        parts = {_plain(key): part for key, part in value.items()}
        if isinstance(last := parts.get("lastname"), str) and isinstance(first := parts.get("firstname", ""), str):
            yield from split_names(f"{first} {last}"[:200])
        else:
            yield from _people(next((parts[key] for key in _NAMES if not _is_nothing(parts.get(key))), None), depth + 1)


def _literal(text: str) -> list[Any] | None:
    """A list that was written as text, as pandas writes it; of an object a list of one."""
    if len(text) > 5000:
        return None
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return [value] if isinstance(value, dict) else list(value) if isinstance(value, (list, tuple, set)) else None


def _outlet(value: Any) -> str | None:
    """The name of an outlet, or its domain; the address of an article is neither."""
    if isinstance(value, list):
        value = next((item for item in value if not _is_nothing(item)), None)
    if isinstance(value, dict):
        if _holds_text(value):
            return None  # the article itself, as Elasticsearch wraps it
        parts = {_plain(key): part for key, part in value.items() if isinstance(part, str)}
        return next(filter(None, (_outlet(parts.get(key)) for key in (*_NAMES, "domain"))), None)
    if not isinstance(value, str) or _is_nothing(value):
        return None
    if re.match(r"\s*\{", value) and (listed := _literal(value)):
        return _outlet(listed)
    name = one_line(value[:500])
    if address := re.fullmatch(r"(?:[a-z][a-z0-9+.-]*:)?//([^/?#\s]+)/?|(www\.[^/?#\s]+)/?", name, re.IGNORECASE):
        return (address[1] or address[2]).lower().removeprefix("www.")
    return None if re.match(r"(?:[a-z][a-z0-9+.-]*:)?//|www\.", name, re.IGNORECASE) else name or None


def _url(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("canonical") or value.get("href") or value.get("url")
    return None if _is_nothing(value) or isinstance(value, (dict, list)) else value


def _id(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    return None if _is_nothing(value) or isinstance(value, (dict, list)) else value


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "title": _title,
    "published_at": _date,
    "byline": _byline,
    "outlet": _outlet,
    "url": _url,
    "id": _id,
}


class Taken:
    """What was taken for what in the records of a run, for one line about files that are alike."""

    def __init__(self) -> None:
        self._now = _File("")
        self._alike: dict[str, tuple[str, int]] = {}  # what is told → the first file that it is told of, and how many

    def see(self, file: str, record: Mapping[str, Any], found: Mapping[str, Found]) -> None:
        """Note the fields of one record of a file; the records of a file come one after the other."""
        if file != self._now.name:
            self._put_down()
            self._now = _File(file)
        now = self._now
        now.n += 1
        for name in KNOWN:
            if name in found:
                now.keys[name][found[name].key] = None
            else:
                now.lacking[name] += 1
        if len(now.left) < 1000:
            now.left.update(dict.fromkeys(unused(record, found)))

    def _put_down(self) -> None:
        if told := self._now.told():
            first, n = self._alike.get(told, (self._now.name, 0))
            self._alike[told] = first, n + 1

    def lines(self) -> Iterator[str]:
        """One line for all files that are alike; none for those that have the names of the tables and no others."""
        self._put_down()
        for told, (first, n) in self._alike.items():
            more = f" and {n - 1} more like it" if n > 1 else ""
            yield f"{first}{more}: {told} ([reading.fields] names other keys)"


@dataclass(slots=True)
class _File:
    name: str
    n: int = 0
    keys: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    lacking: Counter[str] = field(default_factory=Counter)
    left: dict[str, None] = field(default_factory=dict)

    def told(self) -> str:
        """Which keys were taken for what, what is missing, and what was not used."""
        parts = []
        for name in ("text", "title", "published_at", "byline", "outlet"):
            keys = self.keys.get(name, {})
            if set(keys) - {name}:
                parts.append(f"{name} from {_listed(keys, 4)}")
            elif name in ("published_at", "outlet") and self.lacking[name] == self.n and (self.left or parts):
                parts.append(f"no {name}")
        if self.left:
            parts.append(f"not used: {_listed(self.left, 12)}")
        return "; ".join(parts)


def _listed(names: Iterable[str], most: int) -> str:
    listed = [one_line(name)[:60] for name in names]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
