"""Settings: the defaults of sayso.toml as types, loaded from a TOML file."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import AfterValidator, model_validator
from pydantic.dataclasses import dataclass

from sayso.tasks.articles import Factuality
from sayso.tasks.machine import usable_cores
from sayso.tasks.tomlfile import TABLE, Count, Flag, Name, Share, Size, Text, load_toml, read_toml
from sayso.tasks.zones import zone_named

__all__ = [
    "NO_ROWS",
    "Aggregates",
    "Decides",
    "Fields",
    "Model",
    "Names",
    "Reading",
    "Run",
    "Settings",
    "Speakers",
    "Targets",
    "load_settings",
    "load_toml",
    "stages_decided",
    "with_workers",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Decides:
    """Marks a section whose settings decide the rows of a stage, and a setting that decides none (None).

    A setting of a section with a mark decides the rows of that stage unless it has a mark of its own.
    """

    stage: str | None


NO_ROWS = Decides(None)  # counts neither for stages nor for their fingerprints


def _language(code: str) -> str:
    if code != "en":
        from py3langid import rank  # its model takes a while to load

        if len(code) != 2 or code not in {known for known, _ in rank("")}:
            raise ValueError("the ISO 639-1 code, such as en, of a language that the reader can tell from others")
    return code


def _timezone(name: str) -> str:
    if name != "auto":
        zone_named(name)
    return name


def _template(template: str) -> str:
    if "{target}" not in template:
        raise ValueError("a text with {target} in it")
    return template


def _one_or_three(templates: tuple[str, ...]) -> tuple[str, ...]:
    if len(templates) not in (0, 1, 3):
        raise ValueError("a list of one template, or of three, one a label")
    return templates


@dataclass(frozen=True, slots=True, config=TABLE)
class Fields:
    """Keys of records, or paths to them ("meta.printed"); an empty one stands for the usual names."""

    text: Text = ""
    title: Text = ""
    published_at: Text = ""
    byline: Text = ""
    outlet: Text = ""
    url: Text = ""
    id: Text = ""


@dataclass(frozen=True, slots=True, config=TABLE)
class Reading:
    max_bytes: Size = 20_000_000
    max_words: Size = 100_000
    min_words: Size = 5
    language: Annotated[Text, AfterValidator(_language)] = "en"
    date_order: Literal["auto", "DMY", "MDY", "YMD"] = "auto"
    timezone: Annotated[Text, AfterValidator(_timezone)] = "auto"
    fields: Fields = Fields()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words is {self.min_words}, more than max_words, which is {self.max_words}")
        return self


@dataclass(frozen=True, slots=True, config=TABLE)
class Model:
    """A model folder or hub id; empty for the bundled one.

    `revision` is a hub id's commit, tag or branch, its main branch if empty; `hypothesis` is for NLI models, in torch.
    """

    model: Text = ""
    revision: Text = ""
    runtime: Literal["auto", "onnx", "torch"] = "auto"
    hypothesis: Annotated[tuple[Annotated[Text, AfterValidator(_template)], ...], AfterValidator(_one_or_three)] = ()


@dataclass(frozen=True, slots=True, config=TABLE)
class Names:
    model: Name = "en_core_web_sm"


@dataclass(frozen=True, slots=True, config=TABLE)
class Speakers:
    threshold: Share = 0.2


@dataclass(frozen=True, slots=True, config=TABLE)
class Targets:
    per_statement: Count = 3
    per_paragraph: Count = 3
    min_mentions: Size = 2


@dataclass(frozen=True, slots=True, config=TABLE)
class Aggregates:
    count_copies: Annotated[Flag, NO_ROWS] = False
    near_copy_days: Annotated[Count, NO_ROWS] = 6
    factuality: Annotated[tuple[Factuality, ...], NO_ROWS] = ("asserted",)


@dataclass(frozen=True, slots=True, config=TABLE)
class Run:
    shard_size: Annotated[Size, NO_ROWS] = 200
    workers: Annotated[Count, NO_ROWS] = 0
    article_seconds: Annotated[Size, NO_ROWS] = 60

    @property
    def threads(self) -> int:
        """Cores to use: those that the settings name, else all that this process may use."""
        return self.workers or usable_cores()


def _asks_nothing(tagger: Model) -> Model:
    if tagger.hypothesis:
        raise ValueError("takes no hypothesis; [sentiment] and [stance] do")
    return tagger


def _asks_nli(classifier: Model) -> Model:
    if classifier.hypothesis and (not classifier.model or classifier.runtime == "onnx"):
        raise ValueError("hypothesis is for an NLI model in torch; name one as model, and leave runtime auto or torch")
    return classifier


@dataclass(frozen=True, slots=True, config=TABLE)
class Settings:
    """All settings, each section with the stage whose rows it decides."""

    reading: Annotated[Reading, Decides("reading")] = Reading()
    attribution: Annotated[Model, AfterValidator(_asks_nothing), Decides("attribution")] = Model()
    sentiment: Annotated[Model, AfterValidator(_asks_nli), Decides("sentiment")] = Model()
    stance: Annotated[Model, AfterValidator(_asks_nli), Decides("stance")] = Model()
    names: Annotated[Names, Decides("speakers")] = Names()
    speakers: Annotated[Speakers, Decides("speakers")] = Speakers()
    targets: Annotated[Targets, Decides("targets")] = Targets()
    aggregates: Aggregates = Aggregates()
    run: Run = Run()

    def of_stage(self, stage: str) -> dict[str, Any]:
        """Every setting that decides the rows of a stage, as "section.key"; none for a stage without settings."""
        decided = stages_decided(type(self)).items()
        return {
            f"{section}.{key}": getattr(getattr(self, section), key) for (section, key), of in decided if of == stage
        }


def stages_decided(settings: type) -> dict[tuple[str, str], str | None]:
    """(section, key) of every setting → the stage whose rows it decides, or None.

    Raises:
        TypeError: neither a setting nor its section has a mark.
    """
    decided = {}
    for section, (cls, of_section) in _marked(settings).items():
        for key, (_, own) in _marked(cls).items():
            if (mark := own or of_section) is None:
                raise TypeError(f"[{section}] {key}: mark the stage that it decides, or NO_ROWS")
            decided[section, key] = mark.stage
    return decided


def _marked(cls: type) -> dict[str, tuple[type, Decides | None]]:
    """Field → its type, and its mark where it has one."""
    hints = get_type_hints(cls, include_extras=True)
    marks = {f: [a for a in getattr(hint, "__metadata__", ()) if isinstance(a, Decides)] for f, hint in hints.items()}
    return {f: (plain, next(iter(marks[f]), None)) for f, plain in get_type_hints(cls).items()}


def load_settings(path: Path | None = None) -> Settings:
    """Settings from a TOML file; what it leaves out keeps its default.

    Raises:
        UsageError: the file is unreadable, or names an unknown setting or a value that is not allowed.
    """
    return Settings() if path is None else read_toml(path, Settings)


def with_workers(settings: Settings, workers: int | None) -> Settings:
    """The same settings with the number of workers replaced, where one is given."""
    if workers is None:
        return settings
    return dataclasses.replace(settings, run=dataclasses.replace(settings.run, workers=workers))
