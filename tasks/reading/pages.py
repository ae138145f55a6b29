"""Web pages: body by trafilatura; title, byline, outlet and date from JSON-LD, OpenGraph and the page's own marks."""

import html
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import lxml.etree
import trafilatura
from htmldate import find_date
from trafilatura.settings import Document

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.dates import UNDATED, Dated, Rules, first_dated, read_date
from sayso.tasks.reading.layout import split_names
from sayso.tasks.reading.markup import mark_quotations

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards is in our rejects
_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Story|Review)$", re.IGNORECASE)
_DATE_META = (
    "article:published_time",
    "article:published",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "article.published",
    "og:article:published_time",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "dc.date",
    "date",
)
Item = dict[str, Any]  # an object of JSON-LD


@dataclass(slots=True)
class Page:
    """What a page holds and states; `blocks` are its paragraphs in order, with whether each is a heading."""

    title: str | None = None
    byline: tuple[str, ...] = ()
    outlet: str | None = None
    dated: Dated = UNDATED
    blocks: list[tuple[str, bool]] = field(default_factory=list)


def read_page(decoded: str, rules: Rules) -> Page:
    """The article on a web page.

    Raises:
        Rejected: `no_article` where no body can be found.
    """
    tree = trafilatura.load_html(decoded)
    if tree is None:
        raise Rejected("no_article", "not an HTML page")
    for line_break in tree.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    meta = _meta(tree)
    shared = _text(meta.get("og:title", ""))
    # Pages list related articles too: the one with the page's own title comes first.
    linked = sorted(_linked_data(tree), key=lambda item: not _alike(_text(item.get("headline")), shared))
    extracted = trafilatura.bare_extraction(
        _quoting(decoded), with_metadata=True, include_comments=False, include_tables=False
    )
    document = extracted if isinstance(extracted, Document) else None
    page = Page(blocks=_blocks(document.body) if document is not None and document.body is not None else [])
    written = max((one_body for item in linked if (one_body := _body_of(item))), key=len, default="")
    if len(written.split()) > 2 * sum(len(text.split()) for text, _ in page.blocks):
        page.blocks = [(one_line(part), False) for part in re.split(r"\n+", written) if part.strip()]
    if not page.blocks:
        raise Rejected("no_article", "no article text on this page")
    page.outlet = _outlet(linked, meta, document)
    page.title = _title(tree, linked, meta, document, page.outlet)
    page.byline = _byline(linked, meta, document)
    page.dated = _date(tree, linked, meta, rules)
    return page


def _quoting(decoded: str) -> Any:
    """The page with quotation marks where it shows quotations otherwise."""
    if not re.search(r"<(?:q|blockquote)\b", decoded, re.IGNORECASE):
        return decoded
    tree = trafilatura.load_html(decoded)
    mark_quotations(tree)
    lxml.etree.strip_tags(tree, "q")
    return tree


def _linked_data(tree: Any) -> Iterator[Item]:
    """The article objects of the page's JSON-LD."""
    for script in tree.xpath('//script[contains(@type, "ld+json")]'):
        raw = (script.text or "").strip().removeprefix("<!--").removesuffix("-->").strip(" ;\n")
        try:
            yield from _articles_in(json.loads(raw, strict=False))
        except (ValueError, RecursionError):
            continue


def _articles_in(value: Any, depth: int = 0) -> Iterator[Item]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value:
            yield from _articles_in(item, depth + 1)
    elif isinstance(value, dict):
        types = value.get("@type")
        types = types if isinstance(types, list) else [types]
        if any(isinstance(t, str) and _ARTICLE_TYPE.search(t) for t in types):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(key), (list, dict)):
                yield from _articles_in(value[key], depth + 1)


def _meta(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in tree.xpath("//meta[@content]"):
        for key in (tag.get("property"), tag.get("name"), tag.get("itemprop")):
            if key and tag.get("content").strip():
                found.setdefault(key.lower(), tag.get("content").strip())
    return found


_SHOWN = frozenset(("p", "head", "quote", "item", "ab"))
_BLOCK = _SHOWN | {"list", "table", "row", "cell", "div"}


def _blocks(body: Any) -> list[tuple[str, bool]]:
    """Paragraphs of trafilatura's body tree: its p, head, quote and list items, and those within them.

    A line break is one, two are the end of a paragraph; in headings they are blanks. The items of a list behind a
    colon have bullets.
    """
    pieces: list[tuple[list[str], bool]] = [([""], False)]  # lines, and whether they are a heading

    def walk(node: Any, shown: bool, heading: bool, listed: bool) -> None:
        if not isinstance(node.tag, str):
            return
        # A q within a sentence and a block quote have one tag.
        block = node.tag in _BLOCK and not (node.tag == "quote" and _is_inline(node))
        shown, heading = shown or node.tag in _SHOWN, heading or node.tag == "head"
        if node.tag == "lb":
            pieces[-1][0].append("")
        if node.tag == "list" and not listed:
            before = next((" ".join(lines) for lines, _ in reversed(pieces) if "".join(lines).strip()), "")
            listed = before.rstrip().endswith(":")
        if block:
            pieces.append((["• " if listed and node.tag == "item" else ""], heading))
        if shown:
            pieces[-1][0][-1] += node.text or ""
        for child in node:
            walk(child, shown, heading, listed)
            if shown:
                pieces[-1][0][-1] += child.tail or ""
        if block:
            pieces.append(([""], False))

    walk(body, False, False, False)
    blocks: list[tuple[str, bool]] = []
    for lines, heading in pieces:
        folded = "\n".join(map(one_line, lines)).strip()
        for text in [one_line(folded)] if heading else re.split(r"\n{2,}", folded):
            if text.strip("• ") and (not blocks or blocks[-1][0] != text):
                blocks.append((text, heading))
    return blocks


def _is_inline(node: Any) -> bool:
    return any(parent.tag in ("p", "head", "ab") for parent in node.iterancestors())


def _text(value: Any) -> str:
    """A string of JSON-LD: entities resolved, tags gone, on one line."""
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), "")
    if not isinstance(value, str):
        return ""
    value = re.sub(r"<br\s*/?>", " ", html.unescape(html.unescape(value[:20_000])))[:2_000]
    if re.search(r"<\w+[^>]*>", value):
        value = re.sub(r"<[^>]*>", "", value)
    return one_line(value)


def _body_of(item: Item) -> str:
    body = item.get("articleBody")
    return html.unescape(body) if isinstance(body, str) and "<" not in body else ""


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from split_names(_text(value))
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        yield from _names(value.get("name"))


def _byline(linked: list[Item], meta: dict[str, str], document: Document | None) -> tuple[str, ...]:
    for item in linked:
        if names := tuple(dict.fromkeys(_names(item.get("author") or item.get("creator")))):
            return names
    for key in (
        "author",
        "article:author",
        "byl",
        "parsely-author",
        "sailthru.author",
        "dc.creator",
        "cxenseparse:author",
    ):
        if names := split_names(meta.get(key, "")):
            return names
    return split_names(document.author or "") if document is not None else ()


def _outlet(linked: list[Item], meta: dict[str, str], document: Document | None) -> str | None:
    if site := _text(meta.get("og:site_name", "")):
        return site
    for item in linked:
        publisher = item.get("publisher")
        publisher = publisher[0] if isinstance(publisher, list) and publisher else publisher
        if isinstance(publisher, dict) and (name := _text(publisher.get("name"))):
            return name
    named = meta.get("application-name") or (document.sitename if document is not None else None)
    return one_line(named) if named else None


def _title(
    tree: Any, linked: list[Item], meta: dict[str, str], document: Document | None, outlet: str | None
) -> str | None:
    printed = [one_line(h.text_content()) for h in tree.xpath("//h1")]
    candidates = [
        *(_text(item.get("headline") or item.get("name")) for item in linked),
        _text(meta.get("og:title", "")),
        _text(meta.get("twitter:title", "")),
        _text((document.title if document is not None else None) or ""),
        _text("".join(tree.xpath("//title[1]/text()")[:1])),
    ]
    candidates = [_without_outlet(c, outlet) for c in candidates if c]
    printed = [_without_outlet(h, outlet) for h in printed if len(h.split()) > 2]
    # The headline as printed is the one that the page's metadata repeats.
    for heading in printed:
        if any(_alike(heading, c) for c in candidates):
            return heading
    return next(iter(candidates or printed), None)


def _alike(one: str, other: str) -> bool:
    a, b = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return bool(a and b) and len(a & b) >= 0.8 * max(len(a), len(b))


def _without_outlet(title: str, outlet: str | None) -> str:
    """A title without " | Outlet" at its end."""
    house = re.sub(r"\W", "", (outlet or "").lower())
    while match := re.match(r"(.+\S)\s+[|–—·•-]\s+([^|–—·•]{2,60})$", title):
        tail = re.sub(r"\W", "", match[2].lower())
        if not house or not tail or len(match[1].split()) < 3 or not (tail in house or house in tail):
            break
        title = match[1]
    return title


def locale_of(decoded: str) -> str | None:
    """The locale that a page's head names, such as "en-GB"."""
    head = decoded[:200_000]
    match = re.search(r"<html\b[^>]{0,500}?\blang=[\"']?([a-z]{2,3}[-_][A-Z]{2})\b", head) or re.search(
        r"[\"']og:locale[\"'] content=[\"']([a-z]{2,3}[-_][A-Z]{2})\b", head
    )
    return match[1] if match else None


def _date(tree: Any, linked: list[Item], meta: dict[str, str], rules: Rules) -> Dated:
    """The date that a page states: in JSON-LD, its meta tags, or at the head of the article."""

    def stated() -> Iterator[Any]:
        yield from (item.get(key) for item in linked for key in ("datePublished", "dateCreated"))
        yield from (meta.get(key) for key in _DATE_META)
        for node in tree.xpath('//*[@itemprop="datePublished"]')[:1]:
            yield node.get("datetime") or node.get("content") or node.text_content()
        yield from (node.get("datetime") for node in _times(tree)[:1])

    return first_dated(read_date(value, rules) for value in stated())


def _times(tree: Any) -> list[Any]:
    """The times at the head of the article: in the part that holds the headline, and not after its second paragraph.

    Times of other articles, in lists and beside the text, are not among them.
    """
    articles = tree.xpath("//article[.//h1]") or tree.xpath("//main[.//h1]") or tree.xpath("//article")
    if len(articles) != 1:
        articles = tree.xpath("//header[.//h1]")[:1] or articles[:1] if tree.xpath("//h1") else []
    head = []
    for article in articles[:1]:
        paragraphs = 0
        for node in article.iter("p", "time"):
            if node.tag == "p":
                paragraphs += len(node.text_content().split()) > 10
            elif paragraphs > 2:
                break
            elif node.get("datetime") and not any(a.tag in ("aside", "nav", "footer") for a in node.iterancestors()):
                head.append(node)
    return head


def guess_date(decoded: str) -> Dated:
    """What htmldate makes of the rest of a page: prose and links; of a year alone it makes a New Year's Day."""
    try:
        found = read_date(find_date(decoded, original_date=True, extensive_search=True))
    except (ValueError, TypeError, lxml.etree.LxmlError):
        return UNDATED
    if found.value is None or (found.value.month, found.value.day) == (1, 1):
        return UNDATED
    return replace(found, origin="guessed", note=None)
