"""What rows were made by, and in plain words how that differs from what made others."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_SECTIONS = {"speakers": ("speakers", "names")}  # of the settings, where a stage has others than its own


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run makes its rows by.

    Attributes:
        fingerprints: stage → mark, as in the column `articles.fingerprints`.
        settings: section → setting → value.
        targets: names of the configured targets.
        versions: library → version, of those that change text or dates.
    """

    fingerprints: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> tuple[Any, ...]:
        """What the user decides; empty where it is not known."""
        return tuple(sorted(self.settings.items())), self.targets

    @property
    def software(self) -> tuple[Any, ...]:
        """Versions of the stages' code and of libraries."""
        return {stage: mark.split(":")[0] for stage, mark in self.fingerprints.items()}, dict(self.versions)

    @property
    def key(self) -> str:
        """What tells recipes apart: rows with the same fingerprints are of one."""
        return hashlib.sha256(json.dumps(sorted(self.fingerprints.items())).encode()).hexdigest()[:12]


def changes_between(before: Recipe, after: Recipe) -> list[str]:
    """How one recipe differs from an earlier one, a line each; empty where both make the same rows."""
    if before.key == after.key:
        return []
    changes = [f"targets: {name} is no longer configured" for name in before.targets if name not in after.targets]
    changes += [f"targets: {name} is configured now" for name in after.targets if name not in before.targets]
    of_targets = bool(changes)
    for stage in {**before.fingerprints, **after.fingerprints}:
        for what in _stage(stage, before, after):
            if not (of_targets and (stage, what) == ("targets", "other settings")):
                changes.append(f"{stage}: {what}")
    libraries = before.versions.keys() & after.versions.keys()
    for name in sorted(n for n in libraries if before.versions[n] != after.versions[n]):
        changes.append(f"{name} is {after.versions[name]}, was {before.versions[name]}")
    return changes


def _stage(stage: str, before: Recipe, after: Recipe) -> Iterator[str]:
    was, now = before.fingerprints.get(stage), after.fingerprints.get(stage)
    if was == now:
        return
    if was is None or now is None:
        yield "a new stage" if was is None else "a stage that is no more"
        return
    parts = was.split(":"), now.split(":")
    if [len(p) for p in parts] != [3, 3]:
        yield "made otherwise"
        return
    for a, b, what in zip(*parts, ("another version of Sayso", "another model", "other settings"), strict=True):
        if a != b:
            named = list(_settings(stage, before, after)) if what == "other settings" else []
            yield from named or [what]


def _settings(stage: str, before: Recipe, after: Recipe) -> Iterator[str]:
    for section in _SECTIONS.get(stage, (stage,)):
        was, now = (recipe.settings.get(section) or {} for recipe in (before, after))
        for name in {**was, **now}:
            if was.get(name) != now.get(name):
                yield f"{name} is {_shown(now.get(name))}, was {_shown(was.get(name))}"


def _shown(value: Any) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)
