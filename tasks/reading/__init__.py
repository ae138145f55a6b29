"""Raw inputs to articles: `find_sources`, then `read_article` for each source."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sayso.tasks.articles import Article, Rejected
from sayso.tasks.reading.cleaning import clean, decode, one_line
from sayso.tasks.reading.dates import Dated, Rules, filed_under, first_dated, read_date
from sayso.tasks.reading.fields import KNOWN, Found, fields_of
from sayso.tasks.reading.files import check_urls
from sayso.tasks.reading.identity import article_id_for, article_id_of, article_url, is_clash, page_url
from sayso.tasks.reading.layout import Layout, paragraphs_of, read_layout
from sayso.tasks.reading.markup import read_head, read_markdown, without_markup
from sayso.tasks.reading.sources import Source, count_sources, find_sources
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

VERSION = 3  # raise it when the same input would give other articles


def read_article(source: Source, settings: Reading) -> Article:
    """Parse one source.

    Raises:
        Rejected: codes `binary`, `encoding`, `no_article`, `no_text`, `too_large`, `too_short`, `language`.
    """
    if source.form == "record":
        text, layout = _from_record(json.loads(source.data), source.uri, settings)
    elif source.form == "html":
        text, layout = _from_page(_decode_page(source.data), page_url(source.data, source.uri), source.uri, settings)
    else:
        text, layout = _from_text(clean(decode(source.data)), source, settings)
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


def _from_text(text: str, source: Source, settings: Reading) -> tuple[str, Layout]:
    head, below = read_head(text)
    if source.form == "text" and not head:
        return text, read_layout(text, rules=_rules(settings, source.uri))
    blocks, titled = read_markdown(below) if source.form == "markdown" else ([(below.strip(), False)], False)
    text = clean("\n\n".join(block for block, _ in blocks))
    headings = frozenset(block for block, heading in blocks if heading)
    return _with_fields(text, fields_of(head, settings.fields), source.uri, settings, titled, headings)


def _from_record(record: Mapping[str, Any], uri: str, settings: Reading) -> tuple[str, Layout]:
    found = fields_of(record, settings.fields)
    if "text" not in found:
        keys = one_line(", ".join(record))[:200]
        known = settings.fields.text or f"{', '.join(KNOWN['text'][:4])} …"
        raise Rejected("no_text", f"no text under {known}; the keys are {keys}; [reading.fields] text names another")
    text = found["text"].value
    if re.match(r"\s*(?:<!doctype html|<html)\b", text, re.IGNORECASE):
        url = article_url(found["url"].value) if "url" in found else None
        text, page = _from_page(text, url, uri, settings)
        return _with_layout(text, page, found, uri, settings)
    return _with_fields(_unmarked(text), found, uri, settings)


def _with_fields(
    text: str,
    found: Mapping[str, Found],
    uri: str,
    settings: Reading,
    titled: bool = False,
    headings: frozenset[str] = frozenset(),
) -> tuple[str, Layout]:
    """A text and its layout, with what is stated beside it."""
    if title := _unmarked(found["title"].value) if "title" in found else "":
        text, titled = _with_title(title, text)
    layout = read_layout(text, title_given=titled, headings=headings, rules=_rules(settings, uri))
    return _with_layout(text, layout, found, uri, settings)


def _with_layout(
    text: str, layout: Layout, found: Mapping[str, Found], uri: str, settings: Reading
) -> tuple[str, Layout]:
    byline = tuple(found["byline"].value) if "byline" in found else ()
    outlet = one_line(_unmarked(found["outlet"].value)) if "outlet" in found else None
    stated = read_date(found["published_at"].value if "published_at" in found else None, _rules(settings, uri))
    dated = first_dated([stated, layout.dated])
    return text, Layout(layout.spans, layout.title, byline or layout.byline, outlet or layout.outlet, dated)


def _unmarked(text: str) -> str:
    """Clean text, without markup where there was any."""
    text = clean(text)
    plain = without_markup(text)
    return text if plain == text else clean(plain)


def _from_page(decoded: str, url: str | None, uri: str, settings: Reading) -> tuple[str, Layout]:
    from sayso.tasks.reading.pages import guess_date, locale_of, read_page  # trafilatura takes half a second to import

    rules = _rules(settings, url, uri, locale_of(decoded))
    page = read_page(decoded, rules)
    body = "\n\n".join(clean(text) for text, _ in page.blocks)
    headings = frozenset(text for text, heading in page.blocks if heading)
    text, titled = _with_title(clean(page.title or ""), body)
    layout = read_layout(text, title_given=titled, headings=headings, rules=rules)

    def dates() -> Iterator[Dated]:
        yield page.dated
        yield layout.dated
        yield filed_under(url or "")
        yield filed_under(uri)
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
