"""Settings, the user's targets and the models, loaded when first used: what the stages work with."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from importlib.metadata import version
from typing import Any

from sayso.tasks import tables
from sayso.tasks.articles import Analysis, Article, Reject
from sayso.tasks.attribution import Attributor, linker_of
from sayso.tasks.reading import Source
from sayso.tasks.runtime import ModelInfo, PairClassifier, load_classifier, load_tagger, locate
from sayso.tasks.runtime.folder import sha256_of_file
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Settings, stages_decided
from sayso.tasks.speakers import NameFinder, Ranker, load_weights, names_info, ranker_info
from sayso.tasks.stages import READING, STAGES, Work
from sayso.tasks.tables.recipes import Recipe
from sayso.tasks.targets import ConfiguredTarget

MODEL_DIGITS = 12  # of a model's sha256 in a fingerprint


class Pipeline:
    """What the stages work with; each model is loaded when first used.

    Args:
        threads: batches that each model runs side by side; by default as many as the settings name.
    """

    def __init__(
        self, settings: Settings, configured: tuple[ConfiguredTarget, ...] = (), threads: int | None = None
    ) -> None:
        self.settings = settings
        self.configured = configured
        self._threads = threads or settings.run.threads
        self._classifiers: dict[str, PairClassifier] = {}

    @cached_property
    def attributor(self) -> Attributor:
        return Attributor(load_tagger(self.settings.attribution, self._threads))

    @cached_property
    def names(self) -> NameFinder:
        return NameFinder(self.settings.names.model)

    @cached_property
    def ranker(self) -> Ranker:
        return Ranker(load_weights(), self.settings.speakers.threshold)

    def classifier(self, name: str) -> PairClassifier:
        """The model of a score: sentiment or stance."""
        if name not in self._classifiers:
            self._classifiers[name] = load_classifier(name, getattr(self.settings, name), self._threads)
        return self._classifiers[name]

    def models(self) -> list[ModelInfo]:
        """The models in force, without loading any."""
        trained = [locate(name, getattr(self.settings, name)) for name in ("attribution", *LABELS)]
        return [*trained, ranker_info(), names_info(self.settings.names.model)]

    def model_hashes(self) -> dict[str, str]:
        """Name of each model, and "linker" for the weights that go with the tagger → sha256, without loading any."""
        models = {info.name: info for info in self.models()}
        linker = sha256_of_file(linker_of(models["attribution"]))
        return {name: info.sha256 for name, info in models.items()} | {"linker": linker}

    def fingerprints(self) -> dict[str, str]:
        """Stage → what makes its rows: "version:model:rest", rest a hash of settings, further models and libraries."""
        hashes = self.model_hashes()
        marks = {"tables": f"{tables.VERSION}::{_hash([])}"}
        for stage in (READING, *STAGES):
            digests = [hashes[name] for name in stage.models]
            rest = [
                self.settings.of_stage(stage.name),
                [asdict(target) for target in self.configured] if stage.name == "targets" else [],
                digests[1:],
                {name: version(name) for name in stage.libraries},
            ]
            marks[stage.name] = f"{stage.version}:{''.join(digests[:1])[:MODEL_DIGITS]}:{_hash(rest)}"
        return marks

    def recipe(self) -> Recipe:
        """What rows are made by, for the lake to remember."""
        sections = {section for (section, _), stage in stages_decided(type(self.settings)).items() if stage}
        settings: dict[str, Any] = {name: _set(asdict(getattr(self.settings, name))) for name in sorted(sections)}
        settings["targets_configured"] = [asdict(target) for target in self.configured]
        libraries = {name for stage in (READING, *STAGES) for name in stage.libraries}
        return Recipe(
            self.fingerprints(),
            json.loads(json.dumps(settings)),
            tuple(target.name for target in self.configured),
            {name: version(name) for name in sorted(libraries)},
        )

    def read(self, sources: Sequence[Source]) -> list[Article | Reject]:
        """The article of each source, or why it is none."""
        return READING.over(self, sources)

    def analyse(self, articles: Sequence[Article], last: str = "") -> list[Analysis]:
        """All stages after reading, or those up to the one named `last`, for some articles, in this process."""
        works = [Work(Analysis(article)) for article in articles]
        for stage in STAGES:
            works = stage.over(self, works)
            if stage.name == last:
                break
        return [work.analysis for work in works]


def _set(section: dict[str, Any]) -> dict[str, Any]:
    """A section without the tables in it where nothing is set: lakes of before such a table have not changed."""
    return {key: value for key, value in section.items() if not isinstance(value, dict) or any(value.values())}


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:8]
