"""Settings: the defaults of sayso.toml as types, loaded from a TOML file."""

import dataclasses
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayso.tasks.articles import UsageError


@dataclass(frozen=True, slots=True)
class Reading:
    max_bytes: int = 20_000_000
    max_words: int = 100_000
    min_words: int = 5
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Model:
    """A model folder or hub id; empty for the bundled one. `runtime` is "auto", "onnx" or "torch"."""

    model: str = ""
    runtime: str = "auto"
    hypothesis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    model: str = "en_core_web_sm"


@dataclass(frozen=True, slots=True)
class Speakers:
    threshold: float = 0.2


@dataclass(frozen=True, slots=True)
class Targets:
    per_statement: int = 3
    per_paragraph: int = 3
    min_mentions: int = 2


@dataclass(frozen=True, slots=True)
class Run:
    shard_size: int = 200
    workers: int = 0
    article_seconds: int = 60

    @property
    def threads(self) -> int:
        """Cores to use: those that the settings name, else all that this process may use."""
        if self.workers:
            return self.workers
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Aggregates:
    count_copies: bool = False
    near_copy_days: int = 6


@dataclass(frozen=True, slots=True)
class Settings:
    reading: Reading = field(default_factory=Reading)
    attribution: Model = field(default_factory=Model)
    sentiment: Model = field(default_factory=Model)
    stance: Model = field(default_factory=Model)
    names: Names = field(default_factory=Names)
    speakers: Speakers = field(default_factory=Speakers)
    targets: Targets = field(default_factory=Targets)
    aggregates: Aggregates = field(default_factory=Aggregates)
    run: Run = field(default_factory=Run)


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        UsageError: it cannot be read or is not TOML.
    """
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error


def load_settings(path: Path | None = None) -> Settings:
    """Settings from a TOML file; what it leaves out keeps its default.

    Raises:
        UsageError: the file is unreadable, or names an unknown setting or a value of the wrong type.
    """
    if path is None:
        return Settings()
    given, sections = load_toml(path), {}
    for section in dataclasses.fields(Settings):
        sections[section.name] = _section(section.type, given.pop(section.name, {}), f"{path}: [{section.name}]")
    if given:
        known = ", ".join(f.name for f in dataclasses.fields(Settings))
        raise UsageError(f"{path}: unknown section [{next(iter(given))}]; there are {known}")
    return Settings(**sections)


def _section(cls: type, given: Any, where: str) -> Any:
    if not isinstance(given, dict):
        raise UsageError(f"{where} is not a table")
    fields = {f.name: f for f in dataclasses.fields(cls)}
    values = {}
    for key, value in given.items():
        if key not in fields:
            raise UsageError(f"{where} has no setting {key!r}; there are {', '.join(fields)}")
        default = fields[key].default
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(v, str) for v in value):
            value = tuple(value)
        if type(value) is not type(default):
            raise UsageError(f"{where} {key} must be of type {type(default).__name__}, not {type(value).__name__}")
        if isinstance(value, int) and value < 0:
            raise UsageError(f"{where} {key} must not be negative")
        values[key] = value
    if least := next((key for key in ("shard_size", "article_seconds") if values.get(key) == 0), None):
        raise UsageError(f"{where} {least} must be at least 1")
    return cls(**values)


def with_workers(settings: Settings, workers: int | None) -> Settings:
    """The same settings with the number of workers replaced, where one is given."""
    if workers is None:
        return settings
    return dataclasses.replace(settings, run=dataclasses.replace(settings.run, workers=workers))
