"""Quotations of a paragraph by their marks, open ones and nested ones included."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from sayso.tasks.articles import Span

_MARK = re.compile(r"[\"“”„«»]|''|``")
_OPENERS = {"“", "„", "«", "``"}
_CLOSERS = {"”", "»", "''"}


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

    Straight marks open after white space, an opening bracket or a dash, and close elsewhere.
    """
    found: list[Quotation] = []
    opened: int | None = None
    straight = False
    for match in _MARK.finditer(text):
        mark, at = match.group(), match.start()
        if mark == '"':
            before = text[at - 1] if at else " "
            after = text[match.end()] if match.end() < len(text) else " "
            opens = (before.isspace() or before in "([—–-‘'") and not after.isspace()
            if opened is not None and (straight or not opens):
                found.append(Quotation(Span(opened, match.end()), True))
                opened = None
            elif opened is None and (opens or not after.isspace()):
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
