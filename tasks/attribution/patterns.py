"""Statements that the layout alone attributes: quotations with a signature, and the turns of a transcript."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sayso.tasks.articles import Span
from sayso.tasks.attribution.quotations import Quotation

MIN_WORDS = 3  # of a signed quotation
MIN_TURNS = 3  # in an article, else "LONDON:" would speak
MIN_QUESTIONS = 2  # of an interview
NAME = r"[A-Z][\w.’'-]*(?:[ \u00a0](?:[A-Z][\w.’'-]*|de|del|der|di|la|van|von)){0,5}"
_SIGNATURE = re.compile(
    rf"[^\S\n]*\n?[^\S\n]*(?P<cue>[—–―]|--?)[^\S\n]*(?P<source>{NAME}(?:,[^\n.!?]{{1,80}})?)(?<!\.)[\s.]*?(?=\n|$)"
)
# QUILL: …, Q: …, Sen. Quill (R-Orle): …, **Quill, the mayor** (laughing): …
_TURN = re.compile(
    rf"[\"“”«*_]*(?P<source>{NAME}(?:,[ \u00a0][^:\n.!?]{{2,60}})?)(?:[ \u00a0][(\[][^)\]\n]{{1,40}}[)\]])?"
    r"[*_]*(?P<cue>:)[*_]*\s+"
    r"(?:[(\[][^)\]\n]{1,60}[)\]]\s+)?(?P<content>\S.*)",
    re.DOTALL,
)
_QUESTION = re.compile(r"(?:\*\*|__)(?P<bold>[^*_]+)(?:\*\*|__)\s*$|(?P<plain>[^\"“”\n]{8,300}\?)\s*$")
_FIRST_PERSON = re.compile(r"\b(?:I|we|my|our|me|us)\b")
_AFTER_MARK = re.compile(r"[\"“”«]")


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

    Nothing is a turn in an article of too few of them, or of one speaker. Of names not in capitals two come again.
    """
    found = [_turn(text) for text in paragraphs]
    names = [text[slice(*one.source)].split(",")[0] for text, one in zip(paragraphs, found, strict=True) if one]
    shouted = sum(name == name.upper() for name in names)
    again = sum(times > 1 for times in Counter(names).values())
    enough = len(names) >= MIN_TURNS and len(set(names)) > 1 and (shouted >= MIN_TURNS or again > 1)
    return found if enough else [None] * len(found)


def _turn(text: str) -> Attributed | None:
    match = _TURN.match(text.rstrip())
    if match is None:
        return None
    content = Span(*match.span("content"))
    return Attributed(content, Span(*match.span("source")), Span(*match.span("cue")), Span(0, content.end))


def answers(paragraphs: Sequence[str]) -> list[bool]:
    """Which paragraphs are answers in an interview: those after questions that stand alone, in bold or not.

    It is one where most answers speak in the first person; else the questions are headings of the author's.
    """
    questions = [_QUESTION.match(text.strip()) for text in paragraphs]
    first = next((i for i, match in enumerate(questions) if match), len(paragraphs))
    after = [i for i in range(first, len(paragraphs)) if not questions[i] and paragraphs[i].strip()]
    led = [i for i in after if questions[i - 1]]
    personal = sum(bool(_FIRST_PERSON.search(paragraphs[i])) and not _AFTER_MARK.search(paragraphs[i]) for i in led)
    is_interview = sum(map(bool, questions)) >= MIN_QUESTIONS and led and personal > len(led) / 2
    answered = set(after if is_interview else ())
    return [i in answered for i in range(len(paragraphs))]
