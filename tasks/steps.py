"""Every task, in pipeline order: one task run a stage and shard, and those of the weekly upkeep."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sayso.tasks.articles import Analysis, Article, Earlier, Reject
from sayso.tasks.reading import Source, article_id_of
from sayso.tasks.report import Report, write_report
from sayso.tasks.tables import Lake, Written, aggregate, shard_tables
from sayso.tasks.tables.verify import Problem, verify
from sayso.tasks.workers import Failure, Workers

RETRY_SECONDS = [1, 5, 20]
# Nothing is cached or stored by Prefect: the lake alone says what is done.
PLAIN = {"cache_policy": NO_CACHE, "persist_result": False}


def _passing(_task: object, _run: object, state: object) -> bool:
    """Whether a failure may pass by itself: the disk or the network drive, not the code."""
    try:
        state.result()
    except OSError:
        return True
    except BaseException:
        return False
    return False


WRITING = PLAIN | {
    "retries": len(RETRY_SECONDS),
    "retry_delay_seconds": RETRY_SECONDS,
    "retry_condition_fn": _passing,
}


class Shard:
    """Some hundred articles on their way through the stages (no dataclass: Prefect would walk through it)."""

    def __init__(self, number: int, sources: list[Source]) -> None:
        self.number = number
        self.sources = sources
        self.analyses: list[Analysis] = []
        self.rejects: list[Reject] = []

    def __str__(self) -> str:
        return f"shard {self.number + 1}"

    def go(self, stage: str, workers: Workers) -> None:
        """Put the articles through a stage; those that make it crash or hang become rejects."""
        outcomes = workers.run(stage, self.analyses, lambda a: len(a.article.text) // 6)
        for before, outcome in zip(self.analyses, outcomes, strict=True):
            if isinstance(outcome, Failure):
                self.rejects.append(Reject(before.article.source_uri, stage, outcome.code, outcome.message))
        self.analyses = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]


class Intake:
    """Sorts what comes out of the inputs: rejects, unchanged articles, and shards of the rest."""

    def __init__(self, found: Iterable[Source | Reject], lake: Lake, fingerprints: dict[str, str]) -> None:
        self._found, self._lake, self._fingerprints = found, lake, fingerprints
        self._known, self._forgotten = lake.steady(lake.index), lake.forgotten()
        self._ids: dict[str, str] = {}
        self.rejects: list[Reject] = []
        self.seen = self.skipped = self.forgotten = 0

    def shards(self, size: int) -> Iterator[Shard]:
        number, waiting = 0, []
        for item in self._found:
            self.seen += 1
            if isinstance(item, Reject):
                self.rejects.append(item)
            elif item.key is None or not self.passed_over(article_id_of(item.key), item):
                waiting.append(item)
            if len(waiting) == size:
                yield Shard(number, waiting)
                number, waiting = number + 1, []
        if waiting:
            yield Shard(number, waiting)

    def passed_over(self, article_id: str, source: Source) -> bool:
        """Whether the lake has this article as it is, or was told to forget it."""
        if article_id in self._forgotten:
            self.forgotten += 1
        elif (entry := self._known.get(article_id)) is None or (entry.input_sha256, entry.fingerprints) != (
            source.sha256,
            self._fingerprints,
        ):
            return False
        self.skipped += 1
        self._ids.setdefault(article_id, source.uri)
        return True

    def earlier(self, article_ids: Sequence[str]) -> dict[str, Earlier]:
        """What earlier runs made of these articles, as far as the lake has it."""
        return {
            article_id: Earlier(
                analysis, frozenset(s for s, mark in self._fingerprints.items() if made_by.get(s) == mark)
            )
            for article_id, (analysis, made_by) in self._lake.analyses(self._known.keys() & article_ids).items()
        }

    def first_of_its_id(self, article: Article) -> str | None:
        """None for the first article of an id in this run, else the source that had the id before."""
        before = self._ids.get(article.article_id)
        self._ids.setdefault(article.article_id, article.source_uri)
        return before


@task(name="read", task_run_name="read {shard}", **PLAIN)
def read(shard: Shard, intake: Intake, workers: Workers) -> int:
    """Parse the sources of a shard; what cannot be an article becomes a reject."""
    sources, shard.sources = shard.sources, []
    earlier = intake.earlier([article_id_of(s.key) for s in sources if s.key is not None])
    parsed: list[Article | Reject | Failure | None] = [_as_it_was(source, earlier) for source in sources]
    due = [i for i, article in enumerate(parsed) if article is None]
    for i, outcome in zip(due, workers.run("read", [sources[i] for i in due], _words), strict=True):
        parsed[i] = outcome
    fresh = [a.article_id for a in parsed if isinstance(a, Article) and a.article_id not in earlier]
    earlier |= intake.earlier(fresh)
    for source, outcome in zip(sources, parsed, strict=True):
        if isinstance(outcome, Reject):
            shard.rejects.append(outcome)
        elif isinstance(outcome, Failure):
            shard.rejects.append(Reject(source.uri, "read", outcome.code, outcome.message))
        elif source.key is not None or not intake.passed_over(outcome.article_id, source):
            if before := intake.first_of_its_id(outcome):
                message = f"same article_id {outcome.article_id} as {before}; give each record an id or url of its own"
                shard.rejects.append(Reject(source.uri, "read", "duplicate_id", message))
            else:
                shard.analyses.append(Analysis(outcome, earlier=earlier.get(outcome.article_id)))
    return len(shard.analyses)


def _as_it_was(source: Source, earlier: dict[str, Earlier]) -> Article | None:
    """The article that an earlier run read from the same bytes in the same way."""
    known = earlier.get(article_id_of(source.key)) if source.key is not None else None
    if known is None or "reading" not in known.holds or known.analysis.article.input_sha256 != source.sha256:
        return None
    return dataclasses.replace(known.analysis.article, source_uri=source.uri)


def _words(source: Source) -> int:
    return len(source.data) // 6


@task(name="attribute", task_run_name="attribute {shard}", **PLAIN)
def attribute(shard: Shard, workers: Workers) -> int:
    """Find every attributed statement."""
    shard.go("attribute", workers)
    return sum(len(a.statements) for a in shard.analyses)


@task(name="resolve", task_run_name="resolve {shard}", **PLAIN)
def resolve(shard: Shard, workers: Workers) -> int:
    """Resolve each source to its speaker, and every name and pronoun to its entity."""
    shard.go("resolve", workers)
    return sum(len(a.resolution.speakers) for a in shard.analyses)


@task(name="find-targets", task_run_name="find-targets {shard}", **PLAIN)
def find_targets(shard: Shard, workers: Workers) -> int:
    """Choose the targets of each statement and paragraph."""
    shard.go("find_targets", workers)
    return sum(len(a.targets) for a in shard.analyses)


@task(name="score", task_run_name="score {shard}", **PLAIN)
def score(shard: Shard, workers: Workers) -> int:
    """Run sentiment and stance over the whole shard."""
    shard.go("score", workers)
    return sum(len(a.opinions) + len(a.paragraph_opinions) for a in shard.analyses)


@task(name="commit", task_run_name="commit {shard}", **WRITING)
def commit(shard: Shard, lake: Lake, run_id: str, fingerprints: dict[str, str]) -> Written:
    """Write the shard to the lake in one commit."""
    tables = shard_tables(shard.analyses, run_id, fingerprints, datetime.now(UTC))
    return lake.write_shard(run_id, tables)


@task(name="aggregate", **WRITING)
def rebuild_aggregates(
    lake: Lake, run_id: str, count_copies: bool | None = None, near_copy_days: int | None = None
) -> dict[str, int]:
    """Rebuild identities and speaker_stances from all articles of the lake."""
    return aggregate(lake, run_id, count_copies, near_copy_days)


@task(name="verify", **PLAIN)
def check(lake: Lake) -> list[Problem]:
    """Find out whether the lake holds together."""
    return lake.steady(lambda: verify(lake))


@task(name="report", **WRITING)
def publish(lake: Lake, out: Path) -> Report:
    """Write the lake as static pages."""
    return write_report(lake, out)
