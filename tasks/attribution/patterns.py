"""Statements that the layout alone attributes: quotations with a signature, and the turns of a transcript."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sayso.tasks.articles import Span
from sayso.tasks.attribution.quotations import Quotation

MIN_WORDS = 3  # of a signed quotation
MIN_TURNS = 3  # in an article, else "LONDON:" would speak
_NAME = r"[A-Z][\w.’'-]*(?:[ \u00a0](?:[A-Z][\w.’'-]*|de|del|der|di|la|van|von)){0,5}"
_SIGNATURE = re.compile(
    rf"[^\S\n]*\n?[^\S\n]*(?P<cue>[—–―]|--?)[^\S\n]*(?P<source>{_NAME}(?:,[^\n.!?]{{1,80}})?)(?<!\.)[\s.]*?(?=\n|$)"
)
_TURN = re.compile(
    r"[\"“”«]?(?P<source>[A-Z][A-Z.’'-]+(?: [A-Z][A-Z.’'-]+){0,3})(?P<cue>:)\s+(?P<content>\S.*)", re.DOTALL
)


class Attributed(NamedTuple):
    """Who said what, in code points of the paragraph; `extent` is all that the pattern is made of."""

    content: Span
    source: Span
    cue: Span
    extent: Span


def signed_quotations(text: str, quotations: Sequence[Quotation]) -> list[Attributed]:
    """Quotations of a paragraph with a dash and a name behind them, at the end of a line: “…” — Ada Quill, teacher."""
    found = []
    for q in quotations:
        signature = _SIGNATURE.match(text, q.span.end) if q.closed else None
        if signature and len(text[slice(*q.inner)].split()) >= MIN_WORDS:
            source, cue = Span(*signature.span("source")), Span(*signature.span("cue"))
            found.append(Attributed(q.span, source, cue, Span(q.span.start, source.end)))
    return found


def turns(paragraphs: Sequence[str]) -> list[Attributed | None]:
    """For each paragraph the turn that it is in a transcript (QUILL: It is unsafe.), if it is one.

    Nothing is a turn in an article of too few of them, or of one speaker.
    """
    found = [_turn(text) for text in paragraphs]
    names = [text[slice(*one.source)] for text, one in zip(paragraphs, found, strict=True) if one]
    return found if len(names) >= MIN_TURNS and len(set(names)) > 1 else [None] * len(found)


def _turn(text: str) -> Attributed | None:
    match = _TURN.match(text.rstrip())
    if match is None:
        return None
    content = Span(*match.span("content"))
    return Attributed(content, Span(*match.span("source")), Span(*match.span("cue")), Span(0, content.end))
