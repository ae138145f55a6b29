"""Correct what a name recogniser found by the words around it."""

import re
from collections.abc import Sequence
from functools import lru_cache

from sayso.tasks.articles import Article, Span
from sayso.tasks.speakers.names import Name
from sayso.tasks.text.english.lexicon import (
    BODIES,
    BODY_WORDS,
    FEMALE_NAMES,
    FUNCTION_WORDS,
    HONORIFICS,
    MALE_NAMES,
    PARTY_WORDS,
    ROLES,
)
from sayso.tasks.text.spans import SpanIndex

_NO_NAMES = ROLES | HONORIFICS | FUNCTION_WORDS | BODY_WORDS | PARTY_WORDS
_CAPITALISED = r"[A-Z][\w’'-]*[a-z][\w’'-]*"
_NAMED_AFTER_ROLE = re.compile(rf"\b([A-Za-z-]+) ((?:{_CAPITALISED} (?:[A-Z]\. )?){{1,2}}{_CAPITALISED})")
_FIRST_AND_LAST = re.compile(rf"\b([A-Z][a-z]+) (?:[A-Z]\. )?({_CAPITALISED})")
_IN_CAPITALS = re.compile(r"(?<![A-Z] )\b([A-Z]{2,}) (?:[A-Z]\. )?([A-Z][A-Z’'-]+)\b(?! [A-Z]{2})")
_OFFICE_HOLDER = re.compile(
    rf"\b(?:[Ss]ecretary|[Mm]inister) of (?:the )?[A-Z]\w+ ({_CAPITALISED} (?:[A-Z]\. )?{_CAPITALISED})"
)
_NICKNAMED = re.compile(rf"\b{_CAPITALISED} [“\"‘'][A-Z][\w. ]{{1,15}}[”\"’'] {_CAPITALISED}")
_LETTERS = re.compile(r"[A-Z][^\W\d_]*[a-z][^\W\d_]*|[A-Z]\.")
_AFTER_BODY = re.compile(rf"\b(?:{'|'.join(sorted(BODIES))})\b([^.,;\n]{{0,40}}), $")


def correct(article: Article, names: Sequence[Name]) -> list[Name]:
    """The recogniser's names, with what the words around them correct: full names of persons that it missed,
    cut short or took for bodies, and bodies that it took for persons."""
    text = article.text
    found: dict[Span, Name] = {}
    for name in [line for whole in names for line in _lines(text, whole)]:
        start, kind = name.start, name.type
        if kind == "person":
            start = _leftwards(text, name)
            apposed = _AFTER_BODY.search(text[max(0, start - 80) : start])
            if apposed and not ROLES & set(apposed[1].lower().split()):
                kind = "organization"
        elif kind in ("organization", "place") and _is_person(text, name):
            kind = "person"
        elif kind == "organization" and (first := _after_title(text, name)):
            start, kind = first, "person"
        found[Span(start, name.end)] = Name(start, name.end, kind)
    surnames = {text[n.start : n.end] for n in found.values() if n.type == "person"}
    index = SpanIndex(found)
    for span in _persons_by_pattern(article, {s for s in surnames if s.isalpha() and s[0].isupper()}):
        clash = index.overlapping(span)
        nicknamed = _NICKNAMED.fullmatch(text, span.start, span.end)
        if nicknamed or all(span.start <= s.start and s.end <= span.end + 2 for s in clash):
            for gone in clash:
                index.remove(gone)
                del found[gone]
            index.add(span)
            found[span] = Name(span.start, span.end, "person")
    return [found[span] for span in index]


def _lines(text: str, name: Name) -> list[Name]:
    """A name that runs over a line break is one of each line: the headline's last, the body's first."""
    found = [
        Name(name.start + m.start(), name.start + m.end(), name.type)
        for m in re.finditer(r"\S[^\n]*", text[name.start : name.end])
    ]
    for i, line in enumerate(found[1:], 1):  # its type was the whole's
        words = text[line.start : line.end].split()
        if len(words) == 2 and all(_LETTERS.fullmatch(w) for w in words) and not _NO_NAMES & {w.lower() for w in words}:
            found[i] = Name(line.start, line.end, "person")
    return found


def _after_title(text: str, name: Name) -> int | None:
    """Where the person begins in "Bishop Ada Quill", taken for a body: at a common first name."""
    words = text[name.start : name.end].split()
    if len(words) != 3 or words[-1].lower() in BODY_WORDS or not all(re.fullmatch(r"[A-Z][\w’'-]+", w) for w in words):
        return None
    given = words[1].lower() in MALE_NAMES | FEMALE_NAMES and words[0].lower() not in BODY_WORDS
    return text.index(words[1], name.start + len(words[0])) if given else None


@lru_cache(maxsize=4096)
def is_plain_word(text: str, word: str) -> bool:
    """Whether a text also has a word in lower case."""
    return re.search(rf"(?<![\w@#.]){re.escape(word.lower())}(?![\w.@])", text) is not None


def _leftwards(text: str, name: Name) -> int:
    """Where a person's single name starts, the first name before it taken in."""
    before = re.search(rf"({_CAPITALISED}) $", text[max(0, name.start - 40) : name.start])
    if " " in text[name.start : name.end] or not before:
        return name.start
    plain = before[1].lower()
    known = plain in _NO_NAMES or before[1].endswith(("’s", "'s"))
    return name.start if known else name.start - len(before[0])


def _is_person(text: str, name: Name) -> bool:
    """Whether two or three words that were taken for a body are a person: a role or "named" stands before them, they
    begin with a common first name, or the text goes on with the last of them alone."""
    words = text[name.start : name.end].split()
    if not 2 <= len(words) <= 3 or words[-1].lower() in BODY_WORDS or not all(_LETTERS.fullmatch(w) for w in words):
        return False
    before = re.search(r"([A-Za-z-]+),? $", text[max(0, name.start - 30) : name.start])
    if before and (before[1] in ROLES or before[1] == "named"):
        return True
    if words[0].lower() in MALE_NAMES | FEMALE_NAMES and name.type == "organization":
        return True
    alone = re.compile(
        rf"(?<![A-Z][a-z] )(?<!\w )(?<![\w-]){re.escape(words[-1])} (?:said|says|added|told|wrote|asked)\b"
    )
    return bool(alone.search(text, name.end))


def _is_no_first_name(article: Article, match: re.Match[str]) -> bool:
    """Whether the capitalised word before a surname is no first name: "Maybe Quill" opens a sentence."""
    word = match[1].lower()
    if word in MALE_NAMES | FEMALE_NAMES:
        return False
    opens = re.search(r"(?:^|[.!?:\n“\"]\s*)$", article.text[max(0, match.start() - 3) : match.start()])
    return bool(opens) or is_plain_word(article.text, word)


def _persons_by_pattern(article: Article, surnames: set[str]) -> SpanIndex:
    """Capitalised words after a role ("treasurer Ada Quill"), after a common first name, or before a known surname."""
    spans = SpanIndex()
    known = re.compile(rf"\b({_CAPITALISED}) (?:{'|'.join(map(re.escape, sorted(surnames)))})\b") if surnames else None
    for p in article.paragraphs:
        if p.role in ("title", "boilerplate"):
            continue
        for match in _NAMED_AFTER_ROLE.finditer(article.text, p.start, p.end):
            words = match[2].split()
            plain = words[0].lower().strip(".")
            if match[1].lower() in ROLES and plain not in ROLES and words[-1].lower() not in BODY_WORDS | ROLES:
                spans.add(Span(*match.span(2)))
        for match in _OFFICE_HOLDER.finditer(article.text, p.start, p.end):
            if not spans.overlapping(Span(*match.span(1))):
                spans.add(Span(*match.span(1)))
        for match in known.finditer(article.text, p.start, p.end) if known else ():
            plain = match[1].lower()
            if plain not in _NO_NAMES and not match[1].endswith(("’s", "'s")) and not _is_no_first_name(article, match):
                spans.add(Span(*match.span()))
        for match in _IN_CAPITALS.finditer(article.text, p.start, p.end):
            if match[1].lower() in MALE_NAMES | FEMALE_NAMES and match[2].lower() not in BODY_WORDS | FUNCTION_WORDS:
                spans.add(Span(*match.span()))
        for match in _NICKNAMED.finditer(article.text, p.start, p.end):
            spans.add(Span(*match.span()))
        for match in _FIRST_AND_LAST.finditer(article.text, p.start, p.end):
            if match[1].lower() not in MALE_NAMES | FEMALE_NAMES or match[2].lower() in BODY_WORDS | FUNCTION_WORDS:
                continue
            after = re.match(rf" ({_CAPITALISED})", article.text[match.end() : match.end() + 60])
            if not (after and after[1].lower() in BODY_WORDS) and not spans.overlapping(Span(*match.span())):
                spans.add(Span(*match.span()))
    return spans
