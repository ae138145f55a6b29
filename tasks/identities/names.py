"""A name of somebody or something in one article, as the linking across articles sees it; and how two names relate."""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sayso.tasks.identities.titles import fields_of
from sayso.tasks.text.english.lexicon import SUFFIXES
from sayso.tasks.text.names import in_ascii, normal, person_words

if TYPE_CHECKING:
    from nicknames import NickNamer

_VAGUE = frozenset("the of and for at in a an national international american state university".split())


@dataclass(frozen=True)
class Name:
    """A speaker or an entity target of an article; one row where it is both.

    Attributes:
        local_id: speaker_id or target_id; two names of one article and local_id are equal.
        kind: person, organization, place, group; "entity" where nobody said.
        country: top-level domain of the outlet's country, where its address shows one.
        configured: the name in the user's targets, where the target is the user's own.
    """

    article_id: str
    local_id: str
    name: str = field(compare=False)
    kind: str = field(compare=False)
    job_title: str | None = field(default=None, compare=False)
    affiliation: str | None = field(default=None, compare=False)
    country: str | None = field(default=None, compare=False)
    aliases: tuple[str, ...] = field(default=(), compare=False)
    configured: str | None = field(default=None, compare=False)

    @cached_property
    def at(self) -> tuple[str, str]:
        return self.article_id, self.local_id

    @cached_property
    def words(self) -> tuple[str, ...]:
        return person_words(self.name)

    @cached_property
    def key(self) -> str:
        """What two spellings of one name share."""
        return normal(self.name)

    @cached_property
    def fields(self) -> frozenset[str]:
        return fields_of(self.job_title or "")

    @cached_property
    def body(self) -> frozenset[str]:
        return frozenset(normal(self.affiliation or "").split()) - _VAGUE


def _suffix_of(name: str) -> str | None:
    last = name.lower().replace(".", "").split()[-1:] or [""]
    return last[0] if last[0] in SUFFIXES else None


def relation(one: str, other: str) -> str | None:
    """How two different full names of persons could be one: "middle name", "nickname", "spelling"; None if not."""
    a, b = person_words(one), person_words(other)
    if len(a) < 2 or len(b) < 2 or _suffix_of(one) != _suffix_of(other):
        return None
    if not _alike(a[-1], b[-1]):
        return None
    middle_a, middle_b = a[1:-1], b[1:-1]
    if middle_a and middle_b and not all(_begins(x, y) for x, y in zip(middle_a, middle_b, strict=False)):
        return None
    if a[0] == b[0] and a[-1] == b[-1]:
        return "middle name" if middle_a != middle_b else None
    if _begins(a[0], b[0]) and min(len(a[0]), len(b[0])) == 1:
        return "initial"
    if b[0] in _nicknames(a[0]):
        return "nickname"
    return "spelling" if _alike(a[0], b[0]) else None


def _begins(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _alike(one: str, other: str) -> bool:
    return one == other or (skeleton(one) == skeleton(other) and min(len(one), len(other)) > 2)


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """A word without what transliterations differ in: "al-", doubled letters, k/q, i/y, o/u, a final h or e."""
    folded = re.sub(r"^(?:al|el)[- ]?(?=[a-z]{3})", "", re.sub(r"[’'`]", "", in_ascii(word).lower()))
    for pattern, plain in ((r"ou|oo", "u"), (r"ee|ei|ie|y", "i"), ("q", "k"), ("ph", "f"), ("w", "v"), ("o", "u")):
        folded = re.sub(pattern, plain, folded)
    return re.sub(r"(?<=.{3})[he]$", "", re.sub(r"(.)\1+", r"\1", folded))


@lru_cache(maxsize=100_000)
def _nicknames(first: str) -> frozenset[str]:
    """First names that go with a first name, both ways and by a common full form ("Bill", "Will", "William")."""
    names = _nicknamer()
    full = names.canonicals_of(first) | {first}
    return frozenset(n for f in full for n in names.nicknames_of(f) | {f}) | frozenset(names.nicknames_of(first))


@lru_cache(maxsize=1)
def _nicknamer() -> "NickNamer":
    from nicknames import NickNamer

    return NickNamer()
