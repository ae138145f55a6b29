"""Paragraphs and their roles; title, byline, outlet and date from the text's own first and last lines."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from dateutil import parser as dateparser

from sayso.tasks.articles import Paragraph, Role
from sayso.tasks.reading.cleaning import one_line

_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = re.compile(
    rf"\b(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}} {_MONTH}\.?,? \d{{4}}"
    r"|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)\b"
)
_BYLINE = re.compile(
    r"^(?:(?:story|text|reporting|words) )?by:? "
    r"(?P<names>[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|and|&|,|de|van|von|al))*[\w, .'’-]*?)"
    r"(?:,? (?:of|for) (?:the )?(?P<outlet>[A-Z][\w&.'’ -]+))?\s*(?:[|•·–—].*)?$",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"^[^\w\"“”'’‘]*(?:"
    + "|".join(
        (
            r"read (?:the )?(?:full|more|next|also|original|rest|whole)\b",
            r"click here|sign up (?:for|to)\b|subscribe\b|follow (?:us|@|\w+ on )",
            r"this (?:article|story|piece|report) (?:was |is )?(?:first |originally )?"
            r"(?:appeared|published|ran|republished|produced|updated)",
            r"originally published|(?:©|copyright\b|\(c\) \d{4})|all rights reserved",
            r"(?:media|press) (?:contacts?|inquiries|enquiries)\b|contact:|for (?:more|further) information",
            r"about (?:the )?(?:[A-Z][\w&.’'-]* ?){1,6}:|related:|see also:",
            r"photo(?:graph)? (?:by|credit|courtesy)|image:|advertisement\b|share this",
            r"#{3}|-\s?30\s?-|ends?\W*$|(?:source|press release): ",
            r"the associated press contributed|\w+(?: \w+){0,3} contributed to this (?:report|story|article)",
            r"(?:download|get) (?:the|our) .{0,30}\bapp\b|comments? (?:are|on this)",
            r"listen to (?:the|this)|watch (?:the|this|more)\b|more (?:from|on):?\b|correction:|editor[’']s note",
        )
    )
    + ")",
    re.IGNORECASE,
)
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_OUTLET_LINE = re.compile(
    r"\b(?:Times|Post|News|Gazette|Herald|Tribune|Journal|Chronicle|Courier|Observer|Press|Daily|Weekly|Standard|Dispatch|Register|Ledger|Echo|Mail|Telegraph|Guardian|Wire|Insider|Review|Examiner|Monitor)\b"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a text says of itself; `spans` are the paragraphs as `(start, end, role)`."""

    spans: list[tuple[int, int, Role]]
    title: str
    byline: tuple[str, ...]
    outlet: str | None
    published_at: datetime | None


def split_paragraphs(text: str) -> list[tuple[int, int]]:
    """Code points of each paragraph, white space at both ends left out."""
    spans, start = [], 0
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        piece = text[start:end]
        if piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, start + len(piece.rstrip())))
        start = match.end() if match else end
    return spans


def read_layout(text: str, title_given: bool = False, headings: frozenset[str] = frozenset()) -> Layout:
    """Roles of the paragraphs, and the metadata that the text itself states.

    Args:
        title_given: the first paragraph is known to be the title.
        headings: paragraphs known to be headings.
    """
    pieces = split_paragraphs(text)
    words = [text[s:e] for s, e in pieces]
    roles: list[Role] = ["body"] * len(pieces)
    has_title = bool(words) and (title_given or _is_title(words))
    if has_title:
        roles[0] = "title"
    byline: tuple[str, ...] = ()
    outlet = published = None
    for i, piece in enumerate(words):
        if i == 0 and has_title:
            continue
        near_edge = i <= 4 or i >= len(words) - 3
        names, house, date = _credits(piece) if near_edge else ((), None, None)
        if names or house or date:
            byline, outlet, published = byline or names, outlet or house, published or date
            roles[i] = "boilerplate"
        elif len(piece.split()) <= 60 and _BOILERPLATE.match(piece):
            roles[i] = "boilerplate"
        elif piece in headings or _is_heading(piece, i == len(words) - 1):
            roles[i] = "heading"
    title = words[0] if has_title else _opening(words[0] if words else "")
    title = one_line(_MARKDOWN_HEADING.sub("", title.strip("*_"), count=1))
    return Layout([(s, e, role) for (s, e), role in zip(pieces, roles, strict=True)], title, byline, outlet, published)


def _is_title(words: list[str]) -> bool:
    first = words[0]
    if _MARKDOWN_HEADING.match(first):
        return True
    if len(words) < 2 or len(first.split()) > 35 or (first[:1] in '"“' and first[-1:] in '"”'):
        return False
    if not re.search(r"[.!?][\"”’']?$", first) or first.endswith("?"):
        return True
    if len(first.split()) <= 14 < len(words[1].split()) and len(re.findall(r"[.!?]\s+[A-Z]", first)) <= 1:
        return True
    capitalised = [w[:1].isupper() or w[:1] in "‘“\"'" for w in first.split() if len(w) > 3]
    return sum(capitalised) >= 0.75 * max(1, len(capitalised))


def _is_heading(piece: str, last: bool) -> bool:
    if _MARKDOWN_HEADING.match(piece):
        return True
    short = len(piece.split()) <= 10 and "\n" not in piece
    return short and not last and bool(re.match(r"[A-Z0-9]", piece)) and not re.search(r"[.!?:;,…\"”’')\]]$", piece)


def _credits(piece: str) -> tuple[tuple[str, ...], str | None, datetime | None]:
    """Names, outlet and date of a paragraph whose lines state nothing else."""
    found = [_credit_line(line) for line in piece.split("\n")]
    if len(found) > 4 or not all(any(parts) for parts in found):
        return (), None, None
    return tuple(
        next((p for p in column if p), empty)
        for column, empty in zip(zip(*found, strict=True), ((), None, None), strict=True)
    )


def _credit_line(line: str) -> tuple[tuple[str, ...], str | None, datetime | None]:
    line = one_line(line).strip("*_—–- ")
    if len(line.split()) > 16 or re.search(r"[\"“”]", line):
        return (), None, None
    date_match = _DATE.search(line)
    date = parse_date(date_match.group()) if date_match else None
    rest = line if date_match is None else line[: date_match.start()] + line[date_match.end() :]
    rest = re.sub(
        r"\b(?:published|updated|posted|last updated|date)\b:?(?: on| at)?|\b\d{1,2}:\d\d\b.*$", "", rest, flags=re.I
    )
    rest = rest.strip(" ,|•·–—-:;()")
    byline = _BYLINE.match(rest)
    if byline and len(rest.split()) <= 12 and not rest.endswith("."):
        names, outlet = [], byline["outlet"]
        for name in split_names(byline["names"]):
            if _OUTLET_LINE.search(name) or name.startswith("The "):
                outlet = outlet or name
            else:
                names.append(name)
        return tuple(names), outlet, date
    outlet = rest if rest and len(rest.split()) <= 5 and _OUTLET_LINE.search(rest) else None
    if date and (not rest or outlet):
        return (), outlet, date
    if outlet and line.startswith("The ") and len(rest.split()) <= 4 and rest == line and not rest.endswith("."):
        return (), outlet, None
    return (), None, None


def split_names(text: str) -> tuple[str, ...]:
    """Names of a byline: "Ana Ruiz and Bo Lind, Staff Writers" is Ana Ruiz, Bo Lind."""
    text = re.sub(r"^\s*by:?\s+", "", one_line(text), flags=re.IGNORECASE)
    names = []
    for name in re.split(r"\s*(?:,|;|\||\band\b|&)\s*", text):
        name = name.strip(" .")
        job = re.search(r"\b(?:writers?|reporters?|correspondents?|editors?|staff|bureau|columnist)\b", name, re.I)
        if name and name[0].isalpha() and not job and not re.search(r"https?:|@|\.com\b|\d", name) and len(name) <= 80:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _opening(first: str) -> str:
    line = one_line(first)
    return line if len(line) <= 100 else line[:100].rsplit(" ", 1)[0] + "…"


def parse_date(value: object) -> datetime | None:
    """A date or time as UTC (naive ones are taken as UTC); None for what is none, or not in 1600-2200."""
    if value is None:
        return None
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            parsed = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        elif hasattr(value, "year") and hasattr(value, "month"):
            parsed = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        else:
            text = one_line(value)[:64]
            if not re.search(r"\d{4}", text):
                return None
            try:
                parsed = datetime.fromisoformat(text)
            except ValueError:
                parsed = dateparser.parse(text, default=datetime(2000, 1, 1), tzinfos=_zone)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        return parsed if 1600 <= parsed.year <= 2200 else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "ET": -5, "BST": 1}


def _zone(name: str | None, offset: int | None) -> int:
    return offset if offset is not None else _ZONES.get(name or "", 0) * 3600


def paragraphs_of(layout: Layout) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(i, start, end, role) for i, (start, end, role) in enumerate(layout.spans))
