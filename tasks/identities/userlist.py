"""The user's own list of speakers, speakers.toml; what it says always wins."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayso.tasks.articles import UsageError
from sayso.tasks.settings import load_toml
from sayso.tasks.text.names import normal, slug

LIST_FILE = "speakers.toml"  # beside the tables, in the lake
_KEYS = {"speaker": {"name", "id", "kind", "aliases", "articles"}, "apart": {"names", "name", "articles"}}


@dataclass(frozen=True, slots=True)
class Listed:
    """A speaker that the user knows.

    Attributes:
        person_id: the user's own id (a Wikidata QID, say), or made from the name.
        articles: where given, the names mean this speaker in these articles only.
    """

    name: str
    person_id: str
    kind: str = "person"
    aliases: tuple[str, ...] = ()
    articles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UserList:
    """Listed speakers, and names that are never one.

    Attributes:
        apart: pairs of normal names that are two persons.
        elsewhere: (normal name, articles): in these articles the name means somebody else than elsewhere.
    """

    speakers: tuple[Listed, ...] = ()
    apart: frozenset[frozenset[str]] = frozenset()
    elsewhere: tuple[tuple[str, frozenset[str]], ...] = ()
    _by_name: dict[str, list[Listed]] = field(default_factory=dict, compare=False)

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
        UsageError: no TOML, or a table that is neither; the message names it.
    """
    if not path.exists():
        return UserList()
    content = load_toml(path)
    if unknown := set(content) - set(_KEYS):
        raise UsageError(f"{path}: unknown table {sorted(unknown)[0]!r}; there are [[speaker]] and [[apart]]")
    speakers = [_speaker(t, f"{path}: speaker {i}") for i, t in enumerate(_tables(content, "speaker", path), start=1)]
    by_name: dict[str, list[Listed]] = {}
    for speaker in speakers:
        for form in {normal(n) for n in (speaker.name, *speaker.aliases)}:
            for other in by_name.setdefault(form, []):
                if other.kind == speaker.kind and other.articles == speaker.articles:
                    raise UsageError(f"{path}: {form!r} is listed for {other.name!r} and for {speaker.name!r}")
            by_name[form].append(speaker)
    owners: dict[str, Listed] = {}
    for speaker in speakers:
        owner = owners.setdefault(speaker.person_id, speaker)
        if (normal(owner.name), owner.kind) != (normal(speaker.name), speaker.kind):
            both = f"{owner.name!r} and {speaker.name!r}"
            raise UsageError(f"{path}: {both} have the id {speaker.person_id!r}; give others, or make one an alias")
    pairs, elsewhere = set(), []
    for i, table in enumerate(_tables(content, "apart", path), start=1):
        names, one = table.get("names"), table.get("name")
        if _is_names(names) and len(names) > 1 and one is None and "articles" not in table:
            pairs |= {frozenset((normal(a), normal(b))) for a in names for b in names if normal(a) != normal(b)}
        elif isinstance(one, str) and _is_names(table.get("articles")) and names is None:
            elsewhere.append((normal(one), frozenset(table["articles"])))
        else:
            raise UsageError(f"{path}: apart {i} needs names = [two or more names], or a name with articles = [ids]")
    return UserList(tuple(speakers), frozenset(pairs), tuple(elsewhere), by_name)


def _tables(content: dict[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
    tables = content.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise UsageError(f"{path}: write [[{name}]], with two brackets")
    for i, table in enumerate(tables, start=1):
        if unknown := set(table) - _KEYS[name]:
            known = ", ".join(sorted(_KEYS[name]))
            raise UsageError(f"{path}: {name} {i} has no setting {sorted(unknown)[0]!r}; there are {known}")
    return tables


def _speaker(table: dict[str, Any], where: str) -> Listed:
    name, kind = table.get("name"), table.get("kind", "person")
    if not isinstance(name, str) or not normal(name):
        raise UsageError(f"{where} has no name")
    if kind not in ("person", "organization"):
        raise UsageError(f"{where} ({name}): kind is {kind!r}; it must be person or organization")
    for key in ("aliases", "articles"):
        if key in table and not _is_names(table[key]):
            raise UsageError(f"{where} ({name}): {key} must be a list of texts")
    person_id = table.get("id", f"{kind}:{slug(name)}")
    if not isinstance(person_id, str) or not re.fullmatch(r"\S+", person_id):
        raise UsageError(f"{where} ({name}): id must be a text without spaces")
    return Listed(name, person_id, kind, tuple(table.get("aliases", ())), frozenset(table.get("articles", ())))


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v.strip() for v in value)
