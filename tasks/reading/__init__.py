"""Raw inputs to articles: `find_sources`, then `read_article` for each source."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sayso.tasks.articles import Article, Rejected
from sayso.tasks.reading.cleaning import clean, decode, one_line
from sayso.tasks.reading.dates import Dated, Rules, filed_under, first_dated, read_date
from sayso.tasks.reading.files import check_urls
from sayso.tasks.reading.identity import article_id_for, article_id_of, is_clash, page_url
from sayso.tasks.reading.layout import Layout, paragraphs_of, read_layout, split_names
from sayso.tasks.reading.sources import TEXT_KEYS, Source, count_sources, find_sources
from sayso.tasks.settings import Reading

__all__ = [
    "VERSION",
    "Source",
    "article_id_for",
    "article_id_of",
    "check_urls",
    "count_sources",
    "find_sources",
    "is_clash",
    "one_line",
    "read_article",
]

VERSION = 2  # raise it when the same input would give other articles

_TITLE_KEYS = ("title", "headline")
_DATE_KEYS = ("published_at", "date", "published", "publish_date")
_BYLINE_KEYS = ("byline", "authors", "author")
_OUTLET_KEYS = ("outlet", "publisher", "source", "publication")


def read_article(source: Source, settings: Reading) -> Article:
    """Parse one source.

    Raises:
        Rejected: codes `binary`, `encoding`, `no_article`, `no_text`, `too_large`, `too_short`, `language`.
    """
    if source.form == "record":
        text, layout = _from_record(json.loads(source.data), _rules(settings, source.uri))
    elif source.form == "html":
        text, layout = _from_page(source, settings)
    else:
        text = clean(decode(source.data))
        layout = read_layout(text, rules=_rules(settings, source.uri))
    n_words = len(text.split())
    if n_words > settings.max_words:
        raise Rejected("too_large", f"{n_words:,} words are more than [reading] max_words = {settings.max_words:,}")
    longest = max(map(len, text.split()), default=0)
    if longest > 5000:
        raise Rejected("no_text", f"not prose: it holds a word of {longest:,} characters")
    if n_words < settings.min_words:
        raise Rejected("too_short", f"{n_words} words of text; an article has at least {settings.min_words}")
    language = detect_language(text)
    if language != settings.language:
        raise Rejected("language", f"the text is {language!r}, not {settings.language!r}")
    dated = first_dated([layout.dated, filed_under(source.uri)])
    return Article(
        article_id=article_id_of(source.key or text),
        source_uri=source.uri,
        input_sha256=source.sha256,
        title=layout.title,
        text=text,
        paragraphs=paragraphs_of(layout),
        byline=layout.byline,
        outlet=layout.outlet,
        published_at=dated.value,
        published_from=dated.origin,
        published_note=dated.note,
        language=language,
    )


def _rules(settings: Reading, *hints: str | None) -> Rules:
    return Rules.of(settings.date_order, settings.timezone, settings.language, hints)


# Function words that no neighbouring language shares.
_ENGLISH = frozenset(
    """the and of to that for with his her has from said they were which have not are it this by
    who would their""".split()
)


def detect_language(text: str) -> str:
    """ISO 639-1 code of a text's language, judged by up to 4,000 of its characters."""
    sample = text[:4000]
    words = re.findall(r"[^\W\d_]+", sample.lower())
    if len(words) >= 20 and sum(word in _ENGLISH for word in words) >= 0.15 * len(words):
        return "en"
    from py3langid import classify  # its model takes a second to load

    return str(classify(sample)[0])


def _with_title(title: str, text: str) -> tuple[str, bool]:
    """The title as first paragraph, unless the text begins with it; and whether there is one."""
    title = one_line(title)
    if not title:
        return text, False
    if _letters(text.split("\n", 1)[0]) == _letters(title):
        return text, True
    return f"{title}\n\n{text}", True


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _from_record(record: Mapping[str, Any], rules: Rules) -> tuple[str, Layout]:
    text = _first(record, TEXT_KEYS)
    if not isinstance(text, str) or not text.strip():
        kind = "is empty" if text in (None, "") or isinstance(text, str) else f"is a {type(text).__name__}"
        raise Rejected("no_text", f"its text {kind}")
    title = _first(record, _TITLE_KEYS)
    text, titled = _with_title(clean(str(title)) if title else "", clean(text))
    layout = read_layout(text, title_given=titled, rules=rules)
    outlet = _first(record, _OUTLET_KEYS)
    byline = _first(record, _BYLINE_KEYS)
    names = [str(n) for n in byline] if isinstance(byline, list) else [str(byline)] if byline else []
    return text, Layout(
        layout.spans,
        layout.title,
        tuple(dict.fromkeys(n for name in names for n in split_names(name))) or layout.byline,
        (one_line(str(outlet)) or None) if outlet else layout.outlet,
        first_dated([read_date(_first(record, _DATE_KEYS), rules), layout.dated]),
    )


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if record.get(key) not in (None, "", [])), None)


def _from_page(source: Source, settings: Reading) -> tuple[str, Layout]:
    from sayso.tasks.reading.pages import guess_date, locale_of, read_page  # trafilatura takes half a second to import

    decoded = _decode_page(source.data)
    url = page_url(source.data, source.uri)
    rules = _rules(settings, url, source.uri, locale_of(decoded))
    page = read_page(decoded, rules)
    body = "\n\n".join(clean(text) for text, _ in page.blocks)
    headings = frozenset(text for text, heading in page.blocks if heading)
    text, titled = _with_title(clean(page.title or ""), body)
    layout = read_layout(text, title_given=titled, headings=headings, rules=rules)

    def dates() -> Iterator[Dated]:
        yield page.dated
        yield layout.dated
        yield filed_under(url or "")
        yield filed_under(source.uri)
        yield guess_date(decoded)

    return text, Layout(
        layout.spans, layout.title, page.byline or layout.byline, page.outlet or layout.outlet, first_dated(dates())
    )


def _decode_page(data: bytes) -> str:
    """A page in the encoding that it declares, where it declares one that fits."""
    declared = re.search(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", data[:4096], re.IGNORECASE)
    if declared and b"\x00" not in data[:8192]:
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)
