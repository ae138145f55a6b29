"""The user's own list of speakers, speakers.toml; what it says always wins."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass

from sayso.tasks.articles import UsageError
from sayso.tasks.text.names import normal, slug
from sayso.tasks.tomlfile import TABLE, Text, read_toml

LIST_FILE = "speakers.toml"  # beside the tables, in the lake


def _one_word(person_id: str) -> str:
    if len(person_id.split()) != 1:
        raise ValueError("a text without spaces")
    return person_id


def _with_letters(name: str) -> str:
    if not normal(name):
        raise ValueError("a name")
    return name


_Name = Annotated[Text, AfterValidator(_with_letters)]
_Articles = Annotated[frozenset[Text], Field(min_length=1)]


@dataclass(frozen=True, slots=True, config=TABLE)
class Listed:
    """A speaker that the user knows.

    Attributes:
        id: the user's own (a Wikidata QID, say).
        articles: where given, the names mean this speaker in these articles only.
    """

    name: _Name
    id: Annotated[Text, AfterValidator(_one_word)] | None = None
    kind: Literal["person", "organization"] = "person"
    aliases: tuple[_Name, ...] = ()
    articles: _Articles = frozenset()

    @property
    def person_id(self) -> str:
        """The user's id, or one made from the name."""
        return self.id or f"{self.kind}:{slug(self.name)}"


@dataclass(frozen=True, slots=True, config=TABLE)
class _Apart:
    names: Annotated[tuple[_Name, ...], Field(min_length=1)] = ()
    name: _Name | None = None
    articles: _Articles = frozenset()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        together, elsewhere = len(self.names) > 1, bool(self.name and self.articles)
        if together == elsewhere or (self.names and (self.name or self.articles)):
            raise ValueError("needs names = [two or more names], or a name with articles = [ids]")
        return self


@dataclass(frozen=True, slots=True, config=TABLE)
class _File:
    speaker: tuple[Listed, ...] = ()
    apart: tuple[_Apart, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class UserList:
    """Listed speakers, and names that are never one.

    Attributes:
        apart: pairs of normal names that are two persons.
        elsewhere: (normal name, articles): in these articles the name means somebody else than elsewhere.
    """

    speakers: tuple[Listed, ...] = ()
    apart: frozenset[frozenset[str]] = frozenset()
    elsewhere: tuple[tuple[str, frozenset[str]], ...] = ()
    _by_name: dict[str, list[Listed]] = dataclasses.field(default_factory=dict, compare=False)

    def find(self, name: str, kind: str, article_id: str) -> Listed | None:
        """The listed speaker that a name means in an article; one listed for this very article comes first."""
        found = [s for s in self._by_name.get(normal(name), ()) if s.kind == kind]
        here = [s for s in found if article_id in s.articles] or [s for s in found if not s.articles]
        return here[0] if here else None

    def are_apart(self, one: str, other: str) -> bool:
        return frozenset((normal(one), normal(other))) in self.apart

    def side(self, name: str, article_id: str) -> int:
        """0, or the number of the `elsewhere` rule that sets this article's bearer of the name apart."""
        rules = enumerate(self.elsewhere, start=1)
        return next((i for i, (known, articles) in rules if known == normal(name) and article_id in articles), 0)


def load_list(path: Path) -> UserList:
    """The list in a file of `[[speaker]]` and `[[apart]]` tables; empty where there is no such file.

    Raises:
        UsageError: no TOML, a table that is neither, or one name or id for two speakers; the message names them.
    """
    if not path.exists():
        return UserList()
    file = read_toml(path, _File)
    pairs = {frozenset((normal(a), normal(b))) for t in file.apart for a in t.names for b in t.names}
    return UserList(
        file.speaker,
        frozenset(pair for pair in pairs if len(pair) > 1),
        tuple((normal(t.name), t.articles) for t in file.apart if t.name),
        _by_name(file.speaker, path),
    )


def _by_name(speakers: Sequence[Listed], path: Path) -> dict[str, list[Listed]]:
    by_name: dict[str, list[Listed]] = {}
    by_id: dict[str, Listed] = {}
    for speaker in speakers:
        if (other := by_id.setdefault(speaker.person_id, speaker)) is not speaker:
            raise UsageError(
                f"{path}: {other.name!r} and {speaker.name!r} both have the id {speaker.person_id!r}; "
                "list one speaker once, with all other names as aliases, or give each an id of its own"
            )
        for form in {normal(n) for n in (speaker.name, *speaker.aliases)}:
            for other in by_name.setdefault(form, []):
                if other.kind == speaker.kind and other.articles == speaker.articles:
                    raise UsageError(f"{path}: {form!r} is listed for {other.name!r} and for {speaker.name!r}")
            by_name[form].append(speaker)
    return by_name
