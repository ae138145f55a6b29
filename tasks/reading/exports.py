"""Exports of many articles in one file, as Nexis, Factiva and ProQuest make them: one record an article."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.layout import DATE, split_names

Record = dict[str, Any]
HEAD = 40  # paragraphs in which the head of an article ends

_NEXIS = re.compile(r"(?:document )?\d+ of \d+ documents?|dokument \d+ von \d+|document \d+ de \d+", re.IGNORECASE)
_NEXIS_END = re.compile(r"end of document", re.IGNORECASE)
_FACTIVA_END = re.compile(r"(?i:document|dokument|documento) (?P<id>[A-Z][A-Z0-9]{3,}\d{4}\w{6,})")
_PROQUEST = re.compile(r"document \d+ of \d+|_{20,}", re.IGNORECASE)
_SNIFF = re.compile(
    r"^[ \t]*(?:(?:document |dokument )?\d+ (?:of|von|de) \d+(?: documents?)?|end of document"
    r"|(?:document|dokument|documento) [A-Z][A-Z0-9]{3,}\d{4}\w{6,}|full text:.*|_{20,})[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_SNIFF_PAGE = re.compile(r"documents?\s*</|\barticle \w{2}Article\b|end of document", re.IGNORECASE)
_WORDS = re.compile(r"(?P<n>\d[\d,. ]*) (?:words|wörter|mots|palabras|parole|palavras)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?P<label>[A-Z][A-Z-]+(?: [A-Z][A-Z-]+)?|[A-Z][a-z]+(?:[- ][A-Za-z][a-z]+){0,3}):(?:\s+(?P<value>.*))?", re.DOTALL
)
_HEADED = frozenset(
    """byline section length dateline highlight headline edition series correction-date type category distribution
    title author publication copyright journal-code""".split()
)
_BELOW = frozenset(
    """load-date language publication-type graphic subject organization company person geographic city state country
    ticker industry document-type pub-type journal-code correction notes classification url update-date person-names
    acc-no""".split()
)
_FOOT = frozenset(("load-date", "graphic", "classification"))
_PAGE_LINE = re.compile(
    r"(?:copyright (?:©|\(c\)|\d{4})|\(c\) ?\d{4}|©).*|all rights reserved\W*", re.IGNORECASE | re.DOTALL
)
_ENGLISH = re.compile(r"english|englisch|anglais|inglés|inglese", re.IGNORECASE)
_TAGS = frozenset("SE HD BY CR WC PD ET SN SC ED PG VOL LA CY LP TD ART CT RF CO IN NS RE IPC IPD PUB AN CLM".split())


@dataclass(slots=True)
class Blocks:
    """The paragraphs of a file, and those that its markup names headlines and authors."""

    texts: Sequence[str]
    headlines: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Piece:
    """What lies between two marks of an export."""

    texts: list[str] = field(default_factory=list)
    id: str | None = None


def may_be_export(head: str) -> bool:
    """Whether a file may hold many articles, told from its text or markup."""
    return bool(_SNIFF.search(head) or _SNIFF_PAGE.search(head))


def articles_of(blocks: Blocks) -> list[Record | Rejected] | None:
    """The articles of an export, each as a record or with why it is none; None where this is no export of many."""
    for split, read in ((_by_nexis, _nexis), (_by_end, _nexis), (_by_factiva, _factiva), (_by_proquest, _proquest)):
        pieces = split(blocks.texts)
        if pieces and (found := _read(pieces, read, blocks)):
            return found
    return None


def text_blocks(text: str) -> Blocks:
    """The paragraphs of a plain text; lines that were wrapped are joined."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n")
    marked = re.sub(_SNIFF, lambda m: f"\n\n{m.group().strip()}\n\n", text)
    return Blocks([" ".join(part.split()) for part in re.split(r"\n\s*\n", marked) if part.strip()])


def page_blocks(markup: str) -> Blocks:
    """The paragraphs of a page."""
    import lxml.etree

    from sayso.tasks.reading.markup import tree_blocks

    tree = lxml.etree.fromstring(
        markup.encode(), lxml.etree.HTMLParser(encoding="utf-8", remove_comments=True, no_network=True, huge_tree=True)
    )
    if tree is None:
        return Blocks([])

    def named(path: str) -> frozenset[str]:
        return frozenset(" ".join("".join(node.itertext()).split()) for node in tree.xpath(path))

    headlines = named('//*[contains(@class, "Headline")]')
    authors = named('//div[@class="author"]')
    return Blocks([" ".join(block.split()) for block in tree_blocks(tree)], headlines, authors)


def _read(
    pieces: list[_Piece], read: Callable[[_Piece, Blocks], Record | None], blocks: Blocks
) -> list[Record | Rejected] | None:
    records = [read(piece, blocks) for piece in pieces]
    if not any(records):
        return None
    found: list[Record | Rejected] = []
    for number, record in enumerate(records, start=1):
        if record is None:
            why = "cannot be split: it has no date, or no text"
            found.append(Rejected("no_article", f"article {number} of {len(records)} in this export {why}"))
        else:
            found.append(record)
    return found


def _by_nexis(texts: Sequence[str]) -> list[_Piece]:
    """Pieces that a line "3 of 74 DOCUMENTS" begins; what is before the first is the cover."""
    pieces: list[_Piece] = []
    for text in texts:
        if _NEXIS.fullmatch(text):
            pieces.append(_Piece())
        elif pieces:
            pieces[-1].texts.append(text)
    return pieces if any(re.search(r"documents?$|von|de", t, re.I) for t in texts if _NEXIS.fullmatch(t)) else []


def _by_end(texts: Sequence[str]) -> list[_Piece]:
    """Pieces that a line "End of Document" ends."""
    return _ended(texts, _NEXIS_END)


def _by_factiva(texts: Sequence[str]) -> list[_Piece]:
    """Pieces that a line with the number of the document ends."""
    return _ended(texts, _FACTIVA_END)


def _ended(texts: Sequence[str], mark: re.Pattern[str]) -> list[_Piece]:
    pieces = [_Piece()]
    for text in texts:
        if end := mark.fullmatch(text):
            pieces[-1].id = end.groupdict().get("id")
            pieces.append(_Piece())
        else:
            pieces[-1].texts.append(text)
    if len(pieces) > 1 and not any(_WORDS.fullmatch(t) or DATE.match(t) for t in pieces[-1].texts[:HEAD]):
        pieces.pop()  # a footer
    return pieces if len(pieces) > 1 or pieces[0].id or len(texts) > len(pieces[0].texts) else []


def _by_proquest(texts: Sequence[str]) -> list[_Piece]:
    pieces: list[_Piece] = [_Piece()]
    for text in texts:
        if _PROQUEST.fullmatch(text):
            pieces.append(_Piece())
        else:
            pieces[-1].texts.append(text)
    return [p for p in pieces if any(t.lower().startswith("full text:") for t in p.texts)]


def _labelled(text: str) -> tuple[str, str] | None:
    """The label and the rest of "BYLINE: Ana Ruiz"."""
    match = _LABEL.fullmatch(text)
    return (match["label"].lower().replace(" ", "-"), (match["value"] or "").strip()) if match else None


def _nexis(piece: _Piece, _: Blocks) -> Record | None:
    """Outlet, date, title, labelled lines, the text, labelled lines again; in newer exports the title is first."""
    plain: list[str] = []  # of the head, before the first label
    labels: dict[str, str] = {}
    start = None
    for i, text in enumerate(piece.texts[:HEAD]):
        label = _labelled(text)
        if text.lower() == "body":
            start = i + 1
            break
        if label and label[0] in _HEADED:
            labels.setdefault(*label)
            start = i + 1
        elif start is not None:
            break
        elif not _PAGE_LINE.fullmatch(text):
            plain.append(text)
    dated = next((i for i, text in enumerate(plain) if DATE.match(text)), None)
    if dated is None:
        return None
    if start is None:  # nothing is labelled: the line after the date is the title
        start = piece.texts.index(plain[dated]) + 1
        plain = [*plain[: dated + 1], *piece.texts[start : start + 1]]
        start += 1
    after = plain[dated + 1 :]
    if dated >= 2 or not after:
        title, outlet = plain[0], plain[1] if dated >= 2 else ""
    else:
        title, outlet = after[-1], plain[0] if dated else ""
    return _record(
        labels.get("headline") or title,
        _until_foot(piece.texts[start:]),
        outlet,
        plain[dated],
        labels.get("byline") or labels.get("author") or "",
        piece.id,
    )


def _factiva(piece: _Piece, blocks: Blocks) -> Record | None:
    """Headline, author, number of words, date, outlet, code, language, copyright, text; or two-letter tags."""
    if tagged := _tagged(piece.texts):
        body = [t for tag in ("LP", "TD", "ART") for t in tagged.get(tag, [])]
        first = {tag: values[0] for tag, values in tagged.items() if values}
        return _record(
            first.get("HD", ""), body, first.get("SN", ""), first.get("PD", ""), first.get("BY", ""), piece.id
        )
    texts = piece.texts
    words = next((i for i, text in enumerate(texts[:HEAD]) if _WORDS.fullmatch(text)), None)
    if words is None or words + 2 >= len(texts):
        return None
    byline = next((t for t in texts[:words] if t in blocks.authors or re.match(r"(?:by|von|par) ", t, re.I)), "")
    title = next((t for t in texts[:words] if t in blocks.headlines), "")
    if not title and words:
        title = texts[max(0, texts.index(byline) - 1)] if byline else texts[words - 1]
    at = words + 2  # behind the date
    while at < len(texts) and re.match(r"\d{1,2}[:.]\d\d\b", texts[at]):
        at += 1
    outlet = texts[at] if at < len(texts) else ""
    notices = [i for i, text in enumerate(texts[at : at + 10], start=at) if _PAGE_LINE.fullmatch(text)]
    tongues = [i for i, text in enumerate(texts[at : at + 10], start=at) if _ENGLISH.fullmatch(text)]
    start = (notices or tongues or [at + 1])[-1] + 1
    body = texts[start:]
    if len(body) > 1 and len(body[-1].split()) <= 8 and not re.search(r"[.!?][\"”’')]*$", body[-1]):
        body = body[:-1]  # the house that sent it
    return _record(title, body, outlet, texts[words + 1], byline, piece.id)


def _tagged(texts: Sequence[str]) -> dict[str, list[str]]:
    """The paragraphs behind each two-letter tag of a Factiva export, where it has them."""
    found: dict[str, list[str]] = {}
    now: list[str] | None = None
    for text in texts:
        tag, _, rest = text.partition(" ")
        if tag in _TAGS and (not rest or now is not None or tag in ("SE", "HD")):
            now = found.setdefault(tag, [])
            now += [rest] * bool(rest)
        elif now is not None:
            now.append(text)
    return found if "HD" in found and ("LP" in found or "TD" in found) else {}


def _proquest(piece: _Piece, _: Blocks) -> Record | None:
    """Labelled paragraphs; the text is what follows "Full text:" up to the next label."""
    labels: dict[str, str] = {}
    body: list[str] | None = None
    for text in piece.texts:
        label = _labelled(text)
        if label and label[0] == "full-text":
            body = [label[1]] * bool(label[1])
        elif label and label[0] in _PROQUEST_LABELS:
            if body is not None:
                labels.setdefault("end", "")
            labels.setdefault(*label)
        elif body is not None and "end" not in labels:
            body.append(text)
        elif body is None and "head" not in labels and not label:
            labels["head"] = text
    return _record(
        labels.get("title") or labels.get("head", ""),
        body or [],
        labels.get("publication-title", "").split(";")[0],
        labels.get("publication-date", ""),
        labels.get("author", ""),
        labels.get("proquest-document-id"),
    )


_PROQUEST_LABELS = frozenset(
    """title author publication-title publication-date publication-info publication-year publication-subject abstract
    links subject location people company company-/-organization identifier section pages first-page publisher
    place-of-publication country-of-publication issn source-type language-of-publication document-type
    proquest-document-id document-url copyright last-updated database credit volume issue dateline""".split()
)


def _until_foot(texts: Sequence[str]) -> list[str]:
    """The paragraphs up to the labelled lines or the copyright notice below them."""
    body: list[str] = []
    for text in texts:
        label = (_labelled(text) or (text.lower(), ""))[0]
        if (label in _BELOW and text[:2].isupper()) or label in _FOOT or _PAGE_LINE.fullmatch(text):
            break
        body.append(text)
    return body


def _record(title: str, body: Sequence[str], outlet: str, date: str, byline: str, ident: str | None) -> Record | None:
    dated = DATE.search(date)
    if not body or not date:
        return None
    found: Record = {
        "title": title.strip(),
        "text": "\n\n".join(body),
        "outlet": re.sub(r"\s*\(.*\)$", "", outlet).strip() if outlet else "",
        "published_at": dated.group() if dated else _in_another_language(date),
        "byline": list(split_names(byline)),
        "id": ident or "",
    }
    return {key: value for key, value in found.items() if value}


def _in_another_language(date: str) -> str:
    """A date by the language of who downloaded it, "9 Januar 1993" say; as it is where it cannot be read."""
    from dateparser.date import DateDataParser

    parser = DateDataParser(languages=["de", "es", "fr", "it", "nl", "pt"], settings={"REQUIRE_PARTS": ["day", "year"]})
    found = parser.get_date_data(date[:60]).date_obj
    return f"{found:%Y-%m-%d}" if found else date
