"""Paragraphs and their roles; title, byline, outlet and date from the text's own first and last lines."""

import re
from dataclasses import dataclass

from sayso.tasks.articles import Paragraph, Role
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.dates import UNDATED, Dated, Rules, read_date

_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
DATE = re.compile(
    rf"\b(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}} {_MONTH}\.?,? \d{{4}}"
    r"|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)\b"
)
_BYLINE = re.compile(
    r"^(?:(?:story|text|reporting|words) )?by:? "
    r"(?P<names>[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|and|&|,|de|van|von|al))*[\w, .'’-]*?)"
    r"(?:,? (?:of|for) (?:the )?(?P<outlet>[A-Z][\w&.'’ -]+))?\s*(?:[|•·–—].*)?$",
    re.IGNORECASE,
)
_NAME = r"(?-i:[A-Z0-9])[\w&./’'-]*,?"


def _whole(*patterns: str) -> re.Pattern[str]:
    """Paragraphs of which one pattern is the whole, signs before it left out."""
    return re.compile(r"[^\w\"“”'’‘]*(?:" + "|".join(patterns) + ")", re.IGNORECASE | re.DOTALL)


# What no article says in its own words, whatever follows.
_NOTICE = _whole(
    r"(?:©|\(c\) ?\d{4}|copyright (?:©|\(c\)|\d{4})).*|all rights reserved\b.*",
    r"(?:correction|clarification|editor[’']s note|related|see also|read (?:more|also|next)):.*",
    r"#{3}|-\s?30\s?-|ends?\W*",
)
# What is boilerplate unless it says who said it: prose may begin with the same words.
_LINE = _whole(
    r"read (?:the |our )?(?:full|original|rest|whole|complete|more|also|next)\b"
    r"(?:[^.!?,;]*\b(?:here|stor(?:y|ies)|articles?|piece|report|interview|analysis|coverage|below|at|in|on|about|from)"
    r"\b[^!?,;]*)?\W*",
    r"click here\b.*|subscribe(?: now| today| here)?\W*",
    r"(?:sign up|subscribe|register)\b.*\b(?:our|newsletters?|letters?|e-?mails?|alerts?|updates?|inbox|podcast|channel"
    r"|free|here|today|now|read on|access|subscribers?|app)\b.*",
    r"follow (?:us\b|@\w)[^,]*|follow .{1,60} on (?:x|twitter|facebook|instagram|threads|bluesky|mastodon|linkedin"
    r"|youtube|tiktok|telegram|whatsapp)\b.*",
    r"this (?:article|story|piece|post|column) (?:was |is |has been |first |originally ){0,3}"
    r"(?:appeared|published|ran|republished|produced|updated|amended|corrected)\b.*",
    r"this report (?:was |is |has been )?(?:(?:first |originally )(?:appeared|published|ran|produced|aired)"
    r"|(?:updated|republished|corrected))\b.*",
    r"(?:first |originally )published (?:in|on|by|at|as)\b[^,;]*",
    rf"copyright(?: {_NAME}| (?:of|the|by|and)){{1,8}}(?:\W+all rights reserved\W*)?",
    r"(?:media|press) (?:contacts?|inquiries|enquiries)(?:\W*|:.*|\b.*(?:@|\d{3}).*)|contact: .*",
    r"for (?:more|further) information(?:\W*| ?:.*|,? (?:(?:on|about) [^,]{1,100},? )?(?:please |you can )?"
    r"(?:visit|contact|call|see|go|email|write|click|check|read)\b.*)",
    r"about (?:the )?(?-i:[A-Z])[^:\n]{0,60}:.*",
    r"(?:photo(?:graph)?|image|picture|graphic|video)s?(?: by| credits?| courtesy(?: of)?)?:.*",
    rf"photo(?:graph)?s? (?:by|credit|courtesy(?: of)?)(?: {_NAME}| (?:of|for|the|and|via|/|&|\|)){{1,12}}",
    r"advertisement\W*|advertisement\W+(?:scroll|story|article|continues?|skip|remove)\b.*",
    r"share this(?:\W*|:.*| (?:article|story|post|page|on|with|via)\b.*)",
    r"(?:source|press release): .*",
    r"the associated press contributed\b.*|[^.,;:]{1,80} contributed (?:reporting )?to this (?:report|story|article)"
    r"\b[^,;]*",
    r"(?:download|get) (?:the|our) .{0,30}\bapp\b.*",
    r"comments? (?:on this (?:article|story|post|page) )?(?:are|have been) (?:now )?"
    r"(?:closed|disabled|off|moderated)\b.*",
    r"listen to (?:the|this)\b.*\b(?:podcast|episode|interview|audio|article|story|show|here|below)\b.*",
    r"watch (?:more\W*|(?:the|this|more)\b.*"
    r"\b(?:videos?|interview|clip|live|full|episode|stream|footage|ad|here|above|below)\b.*)",
    r"more (?:from|on)\b[^.!?]*",
)
_SAYS = re.compile(
    r"[\"“”„«»]|‘[^’]+[,.?!]’|\b(?:sa(?:id|ys?)|t(?:old|ells)|add(?:ed|s)|asked|wr(?:ote|ites)|argue[ds]|warn(?:ed|s)"
    r"|claim(?:ed|s)|urge[ds]|insist(?:ed|s)|announce[ds]|explain(?:ed|s)|call(?:ed|s) (?:on|for)|according to)\b",
    re.IGNORECASE,
)
_JOB = re.compile(r"\b(?:writers?|reporters?|correspondents?|editors?|staff|bureau|columnist)\b", re.IGNORECASE)
# "Ruiz, Ana B.": one word, one that is no title or job, and an initial.
_LAST_FIRST = re.compile(
    r"[^\W\d_][\w’'-]+, (?!(?:jr|sr|i{1,3}|iv|phd|md|esq|news|press|staff|editor|reporter|columnist)\b)"
    r"[^\W\d_][\w’'-]*(?: [^\W\d_]\.?)?",
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
    dated: Dated


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


def read_layout(
    text: str,
    title_given: bool = False,
    headings: frozenset[str] = frozenset(),
    rules: Rules = Rules(),  # noqa: B008
) -> Layout:
    """Roles of the paragraphs, and the metadata that the text itself states.

    Args:
        title_given: the first paragraph is known to be the title.
        headings: paragraphs known to be headings.
        rules: how dates are written.
    """
    pieces = split_paragraphs(text)
    words = [text[s:e] for s, e in pieces]
    roles: list[Role] = ["body"] * len(pieces)
    has_title = bool(words) and (title_given or _is_title(words))
    if has_title:
        roles[0] = "title"
    byline: tuple[str, ...] = ()
    outlet, dated = None, UNDATED
    for i, piece in enumerate(words):
        if i == 0 and has_title:
            continue
        near_edge = i <= 4 or i >= len(words) - 3
        names, house, date = _credits(piece, rules) if near_edge else ((), None, None)
        if names or house or date:
            byline, outlet = byline or names, outlet or house
            dated = dated if dated.value else date or UNDATED
            roles[i] = "boilerplate"
        elif is_boilerplate(piece):
            roles[i] = "boilerplate"
        elif piece in headings or _is_heading(piece, i == len(words) - 1):
            roles[i] = "heading"
    title = words[0] if has_title else _opening(words[0] if words else "")
    title = one_line(_MARKDOWN_HEADING.sub("", title.strip("*_"), count=1))
    return Layout([(s, e, role) for (s, e), role in zip(pieces, roles, strict=True)], title, byline, outlet, dated)


def is_boilerplate(paragraph: str) -> bool:
    """Whether a paragraph is all notice, credit or call to the reader, and not prose that begins like one."""
    if len(paragraph) > 600 or len(paragraph.split()) > 60:
        return False
    return bool(_NOTICE.fullmatch(paragraph) or (_LINE.fullmatch(paragraph) and not _SAYS.search(paragraph)))


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


def _credits(piece: str, rules: Rules) -> tuple[tuple[str, ...], str | None, Dated | None]:
    """Names, outlet and date of a paragraph whose lines state nothing else."""
    found = [_credit_line(line, rules) for line in piece.split("\n", 5)]
    if len(found) > 4 or not all(any(parts) for parts in found):
        return (), None, None
    names, outlets, dates = zip(*found, strict=True)
    return next(filter(None, names), ()), next(filter(None, outlets), None), next(filter(None, dates), None)


def _credit_line(line: str, rules: Rules) -> tuple[tuple[str, ...], str | None, Dated | None]:
    line = one_line(line[:500]).strip("*_—–- ")
    if len(line) > 300 or len(line.split()) > 16 or re.search(r"[\"“”]", line):
        return (), None, None
    date_match = DATE.search(line)
    date = read_date(date_match.group(), rules) if date_match else None
    date = date if date and date.value else None
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
    """Names of a byline: "Ana Ruiz and Bo Lind, Staff Writers" is Ana Ruiz, Bo Lind; "Ruiz, Ana" is Ana Ruiz."""
    text = re.sub(r"^\s*by:?\s+", "", one_line(text), flags=re.IGNORECASE)
    text = re.sub(r"[(<\[]?\b[\w.+-]+@[\w-]+\.[\w.-]+[)>\]]?|[(\[]?(?<!\w)@\w+[)\]]?", "", text)  # addresses, handles
    names = []
    for part in re.split(r"\s*[;|]\s*", text):
        for name in [_in_order(part)] if _LAST_FIRST.fullmatch(part) else re.split(r"\s*(?:,|\band\b|&)\s*", part):
            name = name.strip(" .")
            if re.fullmatch(r"[a-z]+(?:-[a-z]+)+", name):  # as in an address of the page
                name = name.replace("-", " ").title()
            job = _JOB.search(name)
            if (
                name
                and name[0].isalpha()
                and not job
                and not re.search(r"https?:|@|\.com\b|\d", name)
                and len(name) <= 80
            ):
                names.append(name)
    return tuple(dict.fromkeys(names))


def _in_order(name: str) -> str:
    last, _, first = name.partition(",")
    return f"{first.strip()} {last.strip()}"


def _opening(first: str) -> str:
    line = one_line(first)
    return line if len(line) <= 100 else line[:100].rsplit(" ", 1)[0] + "…"


def paragraphs_of(layout: Layout) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(i, start, end, role) for i, (start, end, role) in enumerate(layout.spans))
