"""The stages with their models loaded, for whoever drives them: the flow, `sayso show`, the benchmarks."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property

from tasks import attribution, reading, scoring, speakers, tables, targets
from tasks.articles import Analysis, Article
from tasks.attribution import Attributor
from tasks.runtime import ModelInfo, PairClassifier, load_classifier, load_tagger, locate
from tasks.scoring import score
from tasks.settings import Settings
from tasks.speakers import Name, NameFinder, NamePool, Ranker, load_weights, ranker_info, resolve
from tasks.targets import ConfiguredTarget, find_targets

# Fewer articles than this are not worth the seconds in which other processes start.
POOL_ARTICLES = 48
MODELS = ("attribution", "sentiment", "stance")


class Pipeline:
    """Settings, the user's targets, and the models; each model is loaded when first used."""

    def __init__(self, settings: Settings, configured: tuple[ConfiguredTarget, ...] = ()) -> None:
        self.settings = settings
        self.configured = configured
        self._pool: NamePool | None = None

    def close(self) -> None:
        """End the processes that `find_names` started, if any."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    @cached_property
    def attributor(self) -> Attributor:
        return Attributor(load_tagger(self.settings.attribution, self.settings.run.threads))

    @cached_property
    def names(self) -> NameFinder:
        return NameFinder(self.settings.names.model)

    @cached_property
    def ranker(self) -> Ranker:
        return Ranker(load_weights(), self.settings.speakers.threshold)

    @cached_property
    def sentiment(self) -> PairClassifier:
        return load_classifier("sentiment", self.settings.sentiment, self.settings.run.threads)

    @cached_property
    def stance(self) -> PairClassifier:
        return load_classifier("stance", self.settings.stance, self.settings.run.threads)

    def model_hashes(self) -> dict[str, str]:
        """Name of each model → sha256, without loading any."""
        return {info.name: info.sha256 for info in self.models()}

    def models(self) -> list[ModelInfo]:
        """The models in force, without loading any."""
        return [*(locate(name, getattr(self.settings, name)) for name in MODELS), ranker_info()]

    def fingerprints(self) -> dict[str, str]:
        """Stage → hash of what makes its rows: code version, model, settings."""
        s, models = self.settings, self.model_hashes()
        made_of = {
            "reading": (reading.VERSION, s.reading.language),
            "attribution": (attribution.VERSION, models["attribution"], s.attribution.runtime),
            "speakers": (speakers.VERSION, models["speakers"], s.names.model, s.speakers.threshold),
            "targets": (targets.VERSION, asdict(s.targets), [asdict(t) for t in self.configured]),
            "scoring": (
                scoring.VERSION,
                *((models[n], getattr(s, n).runtime, getattr(s, n).hypothesis) for n in ("sentiment", "stance")),
            ),
            "tables": (tables.VERSION,),
        }
        return {stage: _hash(parts) for stage, parts in made_of.items()}

    def attribute(self, articles: Sequence[Article]) -> list[Analysis]:
        found = self.attributor.attribute(articles)
        return [Analysis(a, statements) for a, statements in zip(articles, found, strict=True)]

    def find_names(self, articles: Sequence[Article]) -> Iterator[list[Name]]:
        """Names of each article; those of many articles are looked for in other processes from now on."""
        texts = [article.text for article in articles]
        threads = self.settings.run.threads
        if len(texts) < POOL_ARTICLES or threads == 1:
            return self.names.find(texts)
        if self._pool is None:
            self._pool = NamePool(self.settings.names.model, threads)
        return self._pool.find(texts)

    def resolve(self, analyses: Sequence[Analysis], names: Iterable[list[Name]]) -> None:
        for analysis, found in zip(analyses, names, strict=True):
            analysis.resolution = resolve(analysis.article, analysis.statements, found, self.ranker)

    def find_targets(self, analyses: Sequence[Analysis]) -> None:
        for a in analyses:
            found = find_targets(a.article, a.statements, a.resolution, self.configured, self.settings.targets)
            a.targets, a.statement_targets, a.paragraph_targets = (
                found.targets,
                found.of_statements,
                found.of_paragraphs,
            )
            if found.mentions:
                merged = tuple(sorted((*a.resolution.mentions, *found.mentions), key=lambda m: m.span))
                a.resolution = type(a.resolution)(
                    a.resolution.speaker_ids, a.resolution.speakers, a.resolution.entities, merged
                )

    def score(self, analyses: Sequence[Analysis]) -> None:
        score(analyses, self.sentiment, self.stance)

    def analyse(self, articles: Sequence[Article]) -> list[Analysis]:
        """All stages after reading, for a handful of articles."""
        analyses = self.attribute(articles)
        self.resolve(analyses, self.find_names(articles))
        self.find_targets(analyses)
        self.score(analyses)
        return analyses


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
