"""The stages in their order. What a stage is called, needs, fills, is made of and does stands here and nowhere else.

Order, fingerprints, reuse, `rejects.stage` and `runs.seconds` follow from this list.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sayso.tasks import attribution, reading, scoring, speakers, targets
from sayso.tasks.articles import Analysis, Article, Earlier, Reject, Rejected
from sayso.tasks.attribution import Attributor
from sayso.tasks.reading import Source, read_article
from sayso.tasks.runtime import PairClassifier
from sayso.tasks.scores import scores_by
from sayso.tasks.settings import Settings
from sayso.tasks.speakers import NameFinder, Ranker, resolve
from sayso.tasks.targets import ConfiguredTarget, find_targets


class Tools(Protocol):
    """What stages work with; `tasks.pipeline.Pipeline` is it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def configured(self) -> tuple[ConfiguredTarget, ...]: ...
    @property
    def attributor(self) -> Attributor: ...
    @property
    def names(self) -> NameFinder: ...
    @property
    def ranker(self) -> Ranker: ...
    def classifier(self, name: str) -> PairClassifier: ...


@dataclass(frozen=True, slots=True)
class Work:
    """An article on its way through the stages, with what an earlier run made of it."""

    analysis: Analysis
    earlier: Earlier | None = None

    @property
    def n_words(self) -> int:
        """About how many words there are to work on."""
        return len(self.analysis.article.text) // 6


@dataclass(frozen=True, slots=True)
class Stage:
    """A step from an article to its analysis.

    Attributes:
        name: in fingerprints, `rejects.stage`, `runs.seconds`, and of its section in the settings.
        fills: the field of Analysis that holds its value.
        needs: the fields of Analysis that it reads beside the article.
        version: of its code; raised when the same input would give another value.
        models: names of the models that it asks.
        libraries: distributions whose version changes what it gives.
        run: (tools, analyses, earlier analyses that this very stage made) → the value of each.
    """

    name: str
    fills: str
    needs: tuple[str, ...]
    version: int
    models: tuple[str, ...]
    libraries: tuple[str, ...]
    run: Callable[[Tools, Sequence[Analysis], Sequence[Analysis | None]], Sequence[Any]]

    def over(self, tools: Tools, works: Sequence[Work]) -> list[Work]:
        """The same articles with this stage's value; where an earlier run's still holds, it is taken over."""
        due = [i for i, work in enumerate(works) if not self._holds(work)]
        values = {i: getattr(w.earlier.analysis, self.fills) for i, w in enumerate(works) if w.earlier and i not in due}
        made = self.run(tools, [works[i].analysis for i in due], [self._mine(works[i]) for i in due])
        values |= dict(zip(due, made, strict=True))
        return [
            dataclasses.replace(work, analysis=dataclasses.replace(work.analysis, **{self.fills: values[i]}))
            for i, work in enumerate(works)
        ]

    def _holds(self, work: Work) -> bool:
        before, now = self._mine(work), work.analysis
        return (
            before is not None
            and before.article.same_words(now.article)
            and all(getattr(before, name) == getattr(now, name) for name in self.needs)
        )

    def _mine(self, work: Work) -> Analysis | None:
        return work.earlier.analysis if work.earlier and self.name in work.earlier.holds else None


@dataclass(frozen=True, slots=True)
class ReadingStage:
    """The first stage: from sources to articles. Attributes as of Stage."""

    name: str
    version: int
    libraries: tuple[str, ...]
    models: tuple[str, ...] = ()

    def over(self, tools: Tools, sources: Sequence[Source]) -> list[Article | Reject]:
        """The article of each source, or why it is none."""
        return [self._article(tools, source) for source in sources]

    def _article(self, tools: Tools, source: Source) -> Article | Reject:
        try:
            return read_article(source, tools.settings.reading)
        except Rejected as error:
            return Reject(source.uri, self.name, error.code, str(error))


def _attribute(tools: Tools, analyses: Sequence[Analysis], _: Sequence[Analysis | None]) -> Sequence[Any]:
    return tools.attributor.attribute([a.article for a in analyses])


def _resolve(tools: Tools, analyses: Sequence[Analysis], _: Sequence[Analysis | None]) -> Sequence[Any]:
    found = tools.names.find([a.article.text for a in analyses])
    return [resolve(a.article, a.statements, names, tools.ranker) for a, names in zip(analyses, found, strict=True)]


def _find_targets(tools: Tools, analyses: Sequence[Analysis], _: Sequence[Analysis | None]) -> Sequence[Any]:
    given = (tools.configured, tools.settings.targets)
    return [find_targets(a.article, a.statements, a.resolution, *given) for a in analyses]


def _score(name: str, tools: Tools, analyses: Sequence[Analysis], earlier: Sequence[Analysis | None]) -> Sequence[Any]:
    return scoring.score(analyses, scores_by(name), tools.classifier(name), earlier) if analyses else []


READING = ReadingStage(
    "reading",
    reading.VERSION,
    libraries=(
        "babel",
        "dateparser",
        "ftfy",
        "htmldate",
        "lxml",
        "markdown-it-py",
        "py3langid",
        "pytz",
        "striprtf",
        "trafilatura",
    ),
)
_SAID = ("statements", "targets")
STAGES = (
    Stage("attribution", "statements", (), attribution.VERSION, ("attribution", "linker"), (), _attribute),
    Stage("speakers", "resolution", ("statements",), speakers.VERSION, ("speakers", "names"), ("spacy",), _resolve),
    Stage("targets", "targets", ("statements", "resolution"), targets.VERSION, (), (), _find_targets),
    Stage("sentiment", "sentiment", _SAID, scoring.VERSION, ("sentiment",), (), partial(_score, "sentiment")),
    Stage("stance", "stance", _SAID, scoring.VERSION, ("stance",), (), partial(_score, "stance")),
)
