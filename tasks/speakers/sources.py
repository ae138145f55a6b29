"""Take a source phrase apart: its head noun, what decides its kind, the names inside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sayso.tasks.articles import Mention, Span
from sayso.tasks.text.english.lexicon import (
    BODIES,
    DOCUMENTS,
    HONORIFICS,
    KIN,
    NOT_PLURAL,
    PARTY_WORDS,
    PLURAL_PEOPLE,
    QUANTITIES,
    ROLES,
)

HeadClass = Literal["plural", "document", "body", "role", "other"]
Relation = Literal["head", "owner", "modifier", "apposed", "author", "of", "later"]
EDGE = " \xa0,.:;\"“”‘’'—–-[]()#*_"  # what a phrase is stripped of
_CUT = re.compile(
    r",\s|\s[(—–-]+\s?|\s+(?:of|for|at|from|with|in|on|to|by|about|who|whose|whom|which|that|familiar|close|inside|near"
    r"|speaking|including|released|conducted|filed|surveyed|as|working|attending|living|after|before|during|when|while)\b"
)
_DETERMINER = re.compile(
    r"^(?:an?|the|this|that|these|those|his|her|its|their|our|my|another|one of the|by)\s+", re.IGNORECASE
)
_COUNTED = re.compile(
    rf"^(?:[\w%.,-]+ ){{0,3}}?(?:{'|'.join(sorted(QUANTITIES))}|[\d.,]+%) of (?:the |all )?", re.IGNORECASE
)
_AND = re.compile(r"(?: \([^)]*\))?,? (?:and|&) (?:the )?(?:[\w.-]+ ){0,3}")
_BESIDE = re.compile(
    r"(?: \([^)]*\))?(?:, (?!and\b)[a-z][^,.;]{1,60})?(?:,|,? (?:and|&|nor)) (?:the )?(?:[\w.-]+ ){0,3}"
)
_DEFINITE = re.compile(r"(?:the|this|that|these|those|his|her|its|their|our|my)\s", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:[’']s|s[’'])(?=\s|$|\W)")
_APPOSED = re.compile(r"[,—–-]\s*(?:(?:a|an|the)\s+)?((?:[\w’'.-]+ ){0,6})$")
_ENDS = re.compile(r"(?: of [A-Z][\w ]*)?[^\w]*$")
_AUTHOR = re.compile(r"(?:.*\s)?(?:by|from|named|called)\s+(?:[\w’'.-]+\s+){0,5}", re.IGNORECASE | re.DOTALL)
_BEFORE_NAME = ROLES | PARTY_WORDS | HONORIFICS
_OF = re.compile(r"\s*(?:of|for|at)\s+(?:the\s+|an?\s+)?(?:[\w’'.-]+\s+){0,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A source taken apart.

    Attributes:
        text: the whole phrase.
        name: it up to its first comma or preposition, determiner left off: "State Department official".
        head: the head noun in lower case.
        head_class: what decides who speaks: several people, a paper that somebody wrote, a body, somebody's role.
        definite: "the", "this" or a possessive opens it.
        inside: the names in it, each with its relation to the head.
        joined: it begins with two names and "and" between them.
    """

    text: str
    name: str
    head: str
    head_class: HeadClass
    definite: bool
    inside: tuple[tuple[Mention, Relation], ...]
    joined: bool

    def named(self, *relations: Relation) -> Mention | None:
        return next((m for m, relation in self.inside if relation in relations), None)

    @property
    def is_proper(self) -> bool:
        """Whether it reads like a name that no recogniser found: capitalised throughout, no determiner."""
        words = self.name.split()
        small = ("of", "and", "the", "al", "de", "van", "von")
        return self.text.removeprefix("The ").startswith(self.name) and all(
            w[:1].isupper() or w in small for w in words
        )


def parse_source(text: str, source: Span, mentions: Sequence[Mention]) -> Phrase:
    """Take a source phrase apart.

    Args:
        text: of the article.
        mentions: the named mentions inside the source, in order.
    """
    phrase = text[source.start : source.end]
    cut = _first_cut(phrase, source.start, mentions)
    chunk = phrase[:cut].strip(EDGE) or phrase.strip()
    name = _COUNTED.sub("", _DETERMINER.sub("", chunk))
    words = re.findall(r"[^\W_][\w.’'-]*", _POSSESSIVE.sub("", name))
    head = (words[-1] if words else name).lower().strip(".'’")
    inside = [(m, _relation(text, source, source.start + cut, m, name)) for m in mentions]
    for i, ((one, relation), (other, next_relation)) in enumerate(pairwise(inside)):
        if relation == next_relation == "author" and not re.search(r",|\band\b", text[one.span.end : other.span.start]):
            inside[i] = (one, "later")  # "a study by Corran College professor Ada Quill"
    first = [m for m in mentions if m.span.start < source.start + cut and m.form != "pronoun"]
    return Phrase(
        phrase,
        name,
        head,
        _class_of(head, name),
        bool(_DEFINITE.match(phrase)),
        tuple(inside),
        any(_AND.fullmatch(text[a.span.end : b.span.start]) for a, b in pairwise(first)),
    )


def coordinated(text: str, source: Span, mentions: Sequence[Mention]) -> list[Mention]:
    """The names that a source sets side by side, "A, a baker, B and C"; fewer than two where it does not."""
    together: list[Mention] = []
    for mention in mentions:
        between = text[together[-1].span.end if together else source.start : mention.span.start]
        if not (_BESIDE.fullmatch(between) if together else re.fullmatch(r"(?:[\w.-]+ ){0,3}", between)):
            break
        together.append(mention)
    while len(together) > 1 and not re.search(
        r"\b(?:and|nor)\b|&", text[together[-2].span.end : together[-1].span.start]
    ):
        together.pop()
    tail = text[together[-1].span.end : source.end] if together else ""
    owns = re.match(r"[’'\-]|\s+(?!(?:who|and|of|in|from|at|for|both|,)\b)[\w]", tail)
    return (
        together if len({m.entity_id for m in together}) > 1 and not (owns and source.end - source.start < 200) else []
    )


def _first_cut(phrase: str, shift: int, mentions: Sequence[Mention]) -> int:
    """Where the head of the phrase ends: the first comma or preposition that is not part of a name."""
    for match in _CUT.finditer(phrase):
        at = match.start() + shift
        if match.start() == 0 or any(m.span.start < at < m.span.end for m in mentions):
            continue
        counted = re.findall(r"[\w%]+", phrase[: match.start()].lower())
        if counted and match.group().strip() == "of" and (counted[-1] in QUANTITIES or counted[-1][0].isdigit()):
            continue  # "hundreds of voters" are voters
        return match.start()
    return len(phrase)


def _relation(text: str, source: Span, cut: int, mention: Mention, name: str) -> Relation:
    if mention.span.start < cut:
        tail = text[mention.span.end : cut]
        if mention.form == "pronoun" or re.match(r"[’']s?(?=\W|$)", tail):
            return "owner" if re.search(r"\w", re.sub(r"^[’']s?", "", tail)) else "head"
        # "the Utah Republican" is a person, not the party.
        said = text[mention.span.start : mention.span.end].lower()
        side = mention.entity_id.startswith("group:") and (source.start < mention.span.start or said in PARTY_WORDS)
        of_kind = side and not is_plural(name.split()[-1].lower(), name)
        return "modifier" if of_kind or re.search(r"\w", tail) else "head"
    between = text[cut : mention.span.start]
    apposed = _APPOSED.search(between)
    ends = _ENDS.match(text, mention.span.end, source.end)
    if apposed and ends and (not apposed[1] or apposed[1].split()[-1].strip(".,").lower() in _BEFORE_NAME):
        return "apposed"
    if _AUTHOR.fullmatch(between):
        return "author"
    return "of" if _OF.fullmatch(between) else "later"


def _class_of(head: str, name: str) -> HeadClass:
    if head in DOCUMENTS:
        return "document"
    if head in BODIES:
        return "body"
    if is_plural(head, name):
        return "plural"
    person = head in ROLES | PARTY_WORDS | KIN or head.split("-")[-1] in ROLES or head.endswith("man")
    return "role" if person else "other"


def is_plural(head: str, name: str) -> bool:
    """Whether a noun phrase means several people or things."""
    first = name.split()[0].lower() if name.split() else ""
    if head in PLURAL_PEOPLE or first in PLURAL_PEOPLE or head.isdigit() or re.match(r"\d[\d,.]*%?\s", name):
        return True
    return head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in NOT_PLURAL
