"""The user's own targets, from targets.toml."""

import re
from dataclasses import dataclass
from pathlib import Path

from sayso.tasks.articles import EntityType, Span, TargetKind, UsageError
from sayso.tasks.settings import load_toml

_KEYS = {"name", "kind", "aliases", "entity_type"}
_TYPES = ("person", "organization", "place", "group")


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """A target that the user names; it is scored wherever its name or an alias occurs."""

    name: str
    kind: TargetKind
    aliases: tuple[str, ...] = ()
    entity_type: EntityType | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def occurrences(self, text: str) -> list[Span]:
        """Where a form stands in the text as whole words; case counts only in short forms in capitals ("NATO")."""
        spans: set[Span] = set()
        for form in self.forms:
            flags = 0 if form.isupper() and len(form) <= 5 else re.IGNORECASE
            pattern = r"\s+".join(re.escape(word) for word in form.split())
            spans |= {Span(*m.span()) for m in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, flags)}
        longest = [s for s in spans if not any(o != s and o.start <= s.start and s.end <= o.end for o in spans)]
        return sorted(longest)


def load_targets(path: Path | None) -> tuple[ConfiguredTarget, ...]:
    """Targets of a file with one `[[target]]` table each: name, kind, aliases, entity_type.

    Raises:
        UsageError: unreadable, no TOML, or a table that is no target; the message names it.
    """
    if path is None:
        return ()
    content = load_toml(path)
    tables = content.pop("target", None)
    if content or not isinstance(tables, list) or not tables:
        raise UsageError(f"{path}: targets are written as [[target]] tables with a name and a kind")
    targets = tuple(_target(table, f"{path}: target {i}") for i, table in enumerate(tables, start=1))
    names = [t.name.casefold() for t in targets]
    if doubled := next((n for n in names if names.count(n) > 1), None):
        raise UsageError(f"{path}: {doubled!r} is there twice")
    return targets


def _target(table: object, where: str) -> ConfiguredTarget:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str) or not table["name"].strip():
        raise UsageError(f"{where} has no name")
    if unknown := set(table) - _KEYS:
        raise UsageError(f"{where} has no setting {sorted(unknown)[0]!r}; there are {', '.join(sorted(_KEYS))}")
    kind, aliases, entity_type = table.get("kind", "issue"), table.get("aliases", []), table.get("entity_type")
    if kind not in ("issue", "entity"):
        raise UsageError(f"{where} ({table['name']}): kind is {kind!r}; it must be issue or entity")
    if not isinstance(aliases, list) or not all(isinstance(a, str) and a.strip() for a in aliases):
        raise UsageError(f"{where} ({table['name']}): aliases must be a list of names")
    if entity_type is not None and (kind == "issue" or entity_type not in _TYPES):
        raise UsageError(f"{where} ({table['name']}): entity_type is for entities, one of {', '.join(_TYPES)}")
    return ConfiguredTarget(table["name"].strip(), kind, tuple(a.strip() for a in aliases), entity_type)
