"""The user's own targets, from targets.toml."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from sayso.tasks.articles import EntityType, Span, TargetKind
from sayso.tasks.text.names import slug
from sayso.tasks.tomlfile import TABLE, Name, read_toml


@dataclass(frozen=True, slots=True, config=TABLE)
class ConfiguredTarget:
    """A target that the user names; it is scored wherever its name or an alias occurs."""

    name: Name
    kind: TargetKind = "issue"
    aliases: tuple[Name, ...] = ()
    entity_type: EntityType | None = None

    @model_validator(mode="after")
    def _typed(self) -> Self:
        if self.entity_type and self.kind == "issue":
            raise ValueError('is an issue, and entity_type is for entities; write kind = "entity", or leave it out')
        return self

    @property
    def target_id(self) -> str:
        """Its id where no entity that the article names bears one of its forms."""
        return f"{self.entity_type or self.kind}:{slug(self.name)}"

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def occurrences(self, text: str) -> list[Span]:
        """Where a form stands in the text as whole words ("C" is not in "C++").

        Case counts only in short forms in capitals ("NATO").
        """
        spans: set[Span] = set()
        for form in self.forms:
            flags = 0 if form.isupper() and len(form) <= 5 else re.IGNORECASE
            pattern = r"\s+".join(re.escape(word) for word in form.split())
            spans |= {Span(*m.span()) for m in re.finditer(rf"(?<!\w){pattern}(?!\w|[+#]+(?!\w))", text, flags)}
        longest = [s for s in spans if not any(o != s and o.start <= s.start and s.end <= o.end for o in spans)]
        return sorted(longest)


@dataclass(frozen=True, slots=True, config=TABLE)
class _File:
    target: Annotated[tuple[ConfiguredTarget, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names: dict[str, str] = {}
        ids: dict[tuple[str, str], str] = {}
        for target in self.target:
            if target.name.casefold() in names:
                raise ValueError(f"the target {target.name!r} is there twice")
            names[target.name.casefold()] = target.name
            other = ids.setdefault((target.kind, slug(target.name)), target.name)
            if other != target.name:
                raise ValueError(
                    f"{other!r} and {target.name!r} would both be {target.target_id}; "
                    "give one a name with other letters, and write it as an alias the way that articles do"
                )
        return self


def load_targets(path: Path | None) -> tuple[ConfiguredTarget, ...]:
    """Targets of a file with one `[[target]]` table each: name, kind, aliases, entity_type.

    Raises:
        UsageError: unreadable, no TOML, a table that is no target, or two that are one; the message names them.
    """
    return () if path is None else read_toml(path, _File).target
