"""Quotations of a paragraph by their marks, double and single, open ones and nested ones included."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from sayso.tasks.articles import Span

_MARK = re.compile(r"[\"“”„«»]|''|``|(?<![^\s\"“(\[—–-])[‘'](?=[^\s\W]|[\"“(\[…$£€])")
_SINGLES = frozenset("‘'")
# Apostrophes at the head of a word: '90s, 'em, 'tis.
_ELISION = re.compile(r"[‘'](?:\d\ds?|em|til|till|tis|twas|twere|cause|cos|bout|n|round|neath)\b", re.IGNORECASE)
_CLOSES = re.compile(r"(?<=\S)[’'](?!\w)")
_OPENS = re.compile(r"(?<!\S)[‘'](?=\w)")
_APOSTROPHE = re.compile(
    r"(?:(?<=s)|(?<=\win))[’'] \w"
)  # "the workers’ houses", "goin’ home": or the end of a quotation
_LEADS = re.compile(r"(?:^|[:,])\s*$")  # what stands before a quotation that goes on in the next paragraph
_INCHES = re.compile(r"\d['’′]\d{1,2}$")
_OPENERS = {"“", "„", "«", "``"}
_CLOSERS = {"”", "»"}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch in quotation marks, marks included; `closed` is False where the paragraph ends before it does."""

    span: Span
    closed: bool

    @property
    def inner(self) -> Span:
        return Span(self.span.start + 1, self.span.end - self.closed)


def find_quotations(text: str) -> list[Quotation]:
    """Outermost quotations of one paragraph, in order.

    Straight marks open after white space, an opening bracket or a dash, and close elsewhere. Single marks are a
    quotation where one closes that is no apostrophe; and to the end, behind a colon or comma and at the very start.
    """
    found: list[Quotation] = []
    opened: int | None = None
    straight = False
    until = 0
    for match in _MARK.finditer(text):
        mark, at = match.group(), match.start()
        if at < until:
            continue
        if mark in _SINGLES:
            end = _single_end(text, at)
            if opened is None and end:
                found.append(Quotation(Span(at, end), True))
            elif opened is None and _LEADS.search(text, 0, at) and not _ELISION.match(text, at):
                found.append(Quotation(Span(at, len(text)), False))
                return found
            until = end if opened is None or mark == "‘" else until
        elif mark in ('"', "''"):
            before = text[at - 1] if at else " "
            after = text[match.end()] if match.end() < len(text) else " "
            opens = (before.isspace() or before in "([—–-‘'") and not after.isspace()
            if mark == '"' and _INCHES.search(text, max(0, at - 5), at):
                continue
            if opened is not None and (straight or not opens):
                found.append(Quotation(Span(opened, match.end()), True))
                opened = None
            elif opened is None and (opens or (mark == '"' and not after.isspace())):
                opened, straight = at, True
        elif mark in _OPENERS:
            if opened is None:
                opened, straight = at, False
        elif mark in _CLOSERS and opened is not None and not straight:
            found.append(Quotation(Span(opened, match.end()), True))
            opened = None
    if opened is not None:
        found.append(Quotation(Span(opened, len(text)), False))
    return found


def _single_end(text: str, start: int) -> int:
    """Where the quotation ends that a single mark opens at `start`; 0 where none does."""
    if _ELISION.match(text, start):
        return 0
    following = _OPENS.search(text, start + 1)
    limit = following.start() if following else len(text)
    ends = [m.end() for m in _CLOSES.finditer(text, start + 1, limit)]
    plain = [end for end in ends if not _APOSTROPHE.match(text, end - 1)]
    end = min(plain or ends, default=0)
    doubles = text[start:end].count("“") - text[start:end].count("”")
    return 0 if doubles or text[start:end].count('"') % 2 else end


def overlapping(ordered: Sequence[Span], span: Span) -> Sequence[Span]:
    """Those of some spans, in order and without overlap, that share a character with `span`."""
    low = max(0, bisect_left(ordered, (span.start,)) - 1)
    return [s for s in ordered[low : bisect_left(ordered, (span.end,))] if s.end > span.start]


def quoted_share(text: str, spans: list[Span], quoted: list[Span]) -> float:
    """Share of the letters and digits of `spans` that stand inside the `quoted` spans, which are in order."""
    inside = total = 0
    for span in spans:
        marks = overlapping(quoted, span)
        for at in range(span.start, span.end):
            if text[at].isalnum():
                total += 1
                inside += any(q.start <= at < q.end for q in marks)
    return inside / total if total else 0.0
