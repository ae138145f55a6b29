"""What kind of speaker a source phrase names: its head noun, its names, its owner."""

import re
from dataclasses import dataclass
from typing import Literal

from tasks.articles import Article, Mention, Span
from tasks.speakers.lexicon import BODIES, DOCUMENTS, NOT_PLURAL, PLURAL_PEOPLE, ROLES

Shape = Literal["name", "owner", "names", "body", "document", "group", "person", "proper"]
_CUT = re.compile(
    r",\s|\s[(—–-]\s?|\s+(?:of|for|at|from|with|in|on|to|by|about|who|whose|whom|which|that|familiar|close|inside|near|speaking|including|released|surveyed|as|working|attending|living|after|before|during|when|while)\b"
)
_DETERMINER = re.compile(r"^(?:an?|the|this|that|these|those|his|her|its|their|our|my|one of the|by)\s+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:[’']s|s[’'])(?=\s|$|\W)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A source taken apart.

    Attributes:
        shape: what decides who speaks.
        head: the head noun in lower case.
        chunk: the phrase up to its first comma or preposition, determiner left off.
        mention: the name that speaks ("name"), or that owns or stands behind the source.
        definite: "the", "this" or a possessive opens it.
    """

    shape: Shape
    head: str
    chunk: str
    mention: Mention | None
    definite: bool


def parse_source(article: Article, source: Span, mentions: list[Mention], persons: frozenset[str]) -> Phrase:
    """Take a source phrase apart.

    Args:
        mentions: the named mentions inside the source, in order.
        persons: entity ids that are persons.
    """
    text = article.text[source.start : source.end]
    cut_at = _first_cut(text, source.start, mentions)
    chunk = text[:cut_at].strip(" ,.:;\"“”‘’'—–-#*_") or text.strip()
    end_of_chunk = source.start + cut_at
    plain = _DETERMINER.sub("", chunk)
    definite = bool(re.match(r"(?:the|this|that|these|those|his|her|its|their|our|my)\s", chunk, re.IGNORECASE))
    words = re.findall(r"[^\W_][\w.’'-]*", _POSSESSIVE.sub("", plain))
    head = (words[-1] if words else plain).lower().strip(".'’")
    inside = [m for m in mentions if m.span.start < end_of_chunk]
    last = inside[-1] if inside else None

    def phrase(shape: Shape, mention: Mention | None = None) -> Phrase:
        return Phrase(shape, head, plain, mention, definite)

    people = [m for m in inside if m.entity_id in persons]
    if len({m.entity_id for m in people}) > 1 and re.search(r"\band\b|&", text[:cut_at]):
        return phrase("names")
    if last is not None:
        tail = article.text[last.span.end : end_of_chunk]
        owner = re.match(r"[’']s?(?=\W|$)", tail)
        rest = re.sub(r"^[’']s?\b|^[’']", "", tail) if owner else tail
        of_kind = last.entity_id.startswith("group:") and not is_plural(head, plain) and plain != chunk
        if not re.search(r"\w", rest) and not of_kind:  # "the Utah Republican" is a person, not the party
            return phrase("owner" if owner else "name", last)
    follows = next((m for m in mentions if m.span.start >= end_of_chunk), None)
    if follows and not follows.entity_id.startswith("group:"):
        # "the builder, Arden & Sons," and "his sister, harbor commissioner Dana Quill,"
        apposed = re.fullmatch(r",\s+((?:[a-z][\w-]* ){0,3})", article.text[end_of_chunk : follows.span.start])
        if apposed and (not apposed[1] or apposed[1].split()[-1] in ROLES):
            return phrase("name", follows)
    if head in DOCUMENTS:
        behind = re.match(r"\W*(?:by|from|of|for|released by)\s+(?:the\s+|an?\s+)?", text[cut_at:], re.IGNORECASE)
        after = follows if behind and follows else None
        return phrase("document", after or last)
    if head in BODIES:
        return phrase("body", last)
    if is_plural(head, plain):
        return phrase("group", last or follows)
    if (
        plain[:1].isupper()
        and not definite
        and all(w[:1].isupper() or w in ("of", "and", "the", "al", "de") for w in plain.split())
        and chunk == plain
    ):
        return phrase("proper", last)
    return phrase("person", last or follows)


def _first_cut(text: str, shift: int, mentions: list[Mention]) -> int:
    """Where the head of the phrase ends: the first comma or preposition that is not part of a name."""
    for match in _CUT.finditer(text):
        at = match.start() + shift
        if match.start() > 0 and not any(m.span.start < at < m.span.end for m in mentions):
            return match.start()
    return len(text)


def is_plural(head: str, chunk: str) -> bool:
    first = chunk.split()[0].lower() if chunk.split() else ""
    if head in PLURAL_PEOPLE or first in PLURAL_PEOPLE or head.isdigit() or re.match(r"\d", chunk):
        return True
    return head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in NOT_PLURAL
