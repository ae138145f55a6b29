"""The stages with their models loaded, for whoever drives them: the flow's workers, `sayso show`, the benchmarks."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property

from sayso.tasks import attribution, reading, scoring, speakers, tables, targets
from sayso.tasks.articles import Analysis, Article, Reject, Rejected
from sayso.tasks.attribution import Attributor
from sayso.tasks.reading import Source, read_article
from sayso.tasks.runtime import ModelInfo, PairClassifier, load_classifier, load_tagger, locate
from sayso.tasks.scoring import score
from sayso.tasks.settings import Settings
from sayso.tasks.speakers import NameFinder, Ranker, load_weights, ranker_info, resolve
from sayso.tasks.targets import ConfiguredTarget, find_targets

MODELS = ("attribution", "sentiment", "stance")
MODEL_DIGITS = 12  # of a model's sha256 in a fingerprint


class Pipeline:
    """Settings, the user's targets, and the models; each model is loaded when first used.

    The stages fill in analyses in place, and take over what still holds of an earlier run's.

    Args:
        threads: batches that each model runs side by side; by default as many as the settings name.
    """

    def __init__(
        self, settings: Settings, configured: tuple[ConfiguredTarget, ...] = (), threads: int | None = None
    ) -> None:
        self.settings = settings
        self.configured = configured
        self._threads = threads or settings.run.threads

    @cached_property
    def attributor(self) -> Attributor:
        return Attributor(load_tagger(self.settings.attribution, self._threads))

    @cached_property
    def names(self) -> NameFinder:
        return NameFinder(self.settings.names.model)

    @cached_property
    def ranker(self) -> Ranker:
        return Ranker(load_weights(), self.settings.speakers.threshold)

    @cached_property
    def sentiment(self) -> PairClassifier:
        return load_classifier("sentiment", self.settings.sentiment, self._threads)

    @cached_property
    def stance(self) -> PairClassifier:
        return load_classifier("stance", self.settings.stance, self._threads)

    def model_hashes(self) -> dict[str, str]:
        """Name of each model → sha256, without loading any."""
        return {info.name: info.sha256 for info in self.models()}

    def models(self) -> list[ModelInfo]:
        """The models in force, without loading any."""
        return [*(locate(name, getattr(self.settings, name)) for name in MODELS), ranker_info()]

    def fingerprints(self) -> dict[str, str]:
        """Stage → what makes its rows: "version:model:settings", the last two hashed."""
        s, models = self.settings, self.model_hashes()
        scored = {n: (scoring.VERSION, models[n], getattr(s, n).runtime, getattr(s, n).hypothesis) for n in MODELS[1:]}
        made_of = {
            "reading": (reading.VERSION, "", s.reading.language, s.reading.date_order, s.reading.timezone),
            "attribution": (attribution.VERSION, models["attribution"], s.attribution.runtime),
            "speakers": (speakers.VERSION, models["speakers"], s.names.model, s.speakers.threshold),
            "targets": (targets.VERSION, "", asdict(s.targets), [asdict(t) for t in self.configured]),
            **scored,
            "tables": (tables.VERSION, ""),
        }
        return {stage: f"{v}:{model[:MODEL_DIGITS]}:{_hash(rest)}" for stage, (v, model, *rest) in made_of.items()}

    def read(self, sources: Sequence[Source]) -> list[Article | Reject]:
        """The article of each source, or why it is none."""
        return [self._read(source) for source in sources]

    def _read(self, source: Source) -> Article | Reject:
        try:
            return read_article(source, self.settings.reading)
        except Rejected as error:
            return Reject(source.uri, "read", error.code, str(error))

    def attribute(self, analyses: Sequence[Analysis]) -> None:
        """Find every attributed statement."""
        due = []
        for a in analyses:
            if _same_text(a) and "attribution" in a.earlier.holds:
                a.statements = a.earlier.analysis.statements
            else:
                due.append(a)
        for a, statements in zip(due, self.attributor.attribute([a.article for a in due]), strict=True):
            a.statements = statements

    def resolve(self, analyses: Sequence[Analysis]) -> None:
        """Resolve each source to its speaker, and every name and pronoun to its entity."""
        due = []
        for a in analyses:
            if _as_before(a, "attribution", "speakers"):
                a.resolution = a.earlier.analysis.resolution
            else:
                due.append(a)
        for a, names in zip(due, self.names.find([a.article.text for a in due]), strict=True):
            a.resolution = resolve(a.article, a.statements, names, self.ranker)

    def find_targets(self, analyses: Sequence[Analysis]) -> None:
        """Choose the targets of each statement and paragraph."""
        for a in analyses:
            if _as_before(a, "attribution", "speakers", "targets"):
                for name in ("targets", "statement_targets", "paragraph_targets", "target_mentions"):
                    setattr(a, name, getattr(a.earlier.analysis, name))
                continue
            found = find_targets(a.article, a.statements, a.resolution, self.configured, self.settings.targets)
            a.targets, a.statement_targets, a.paragraph_targets, a.target_mentions = (
                found.targets,
                found.of_statements,
                found.of_paragraphs,
                found.mentions,
            )

    def score(self, analyses: Sequence[Analysis]) -> None:
        """Run sentiment and stance over statements and paragraphs."""
        score(analyses, self.sentiment, self.stance)
        for analysis in analyses:
            analysis.earlier = None

    def analyse(self, articles: Sequence[Article]) -> list[Analysis]:
        """All stages after reading, for a handful of articles."""
        analyses = [Analysis(article) for article in articles]
        for stage in (self.attribute, self.resolve, self.find_targets, self.score):
            stage(analyses)
        return analyses


def _same_text(analysis: Analysis) -> bool:
    """Whether the words and paragraphs are those of the earlier analysis."""
    earlier = analysis.earlier
    return earlier is not None and all(
        getattr(analysis.article, name) == getattr(earlier.analysis.article, name) for name in ("text", "paragraphs")
    )


def _as_before(analysis: Analysis, *stages: str) -> bool:
    """Whether the article is the same, where it came from aside, and these stages made the earlier analysis."""
    earlier, article = analysis.earlier, analysis.article
    return (
        earlier is not None
        and earlier.holds.issuperset(stages)
        and dataclasses.replace(
            earlier.analysis.article, source_uri=article.source_uri, input_sha256=article.input_sha256
        )
        == article
    )


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:8]
