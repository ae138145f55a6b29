"""Every task of the main job, in pipeline order: one task run a stage and shard."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.articles import Analysis, Article, Reject, Rejected
from tasks.pipeline import Pipeline
from tasks.reading import Source, article_id_of, read_article
from tasks.speakers import Name
from tasks.tables import Lake, Written, aggregate, shard_tables
from tasks.tables.lake import Entry

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
        self.articles: list[Article] = []
        self.analyses: list[Analysis] = []
        self.names: Iterator[list[Name]] = iter(())
        self.rejects: list[Reject] = []


class Intake:
    """Sorts what comes out of the inputs: rejects, unchanged articles, and shards of the rest."""

    def __init__(self, found: Iterable[Source | Reject], known: dict[str, Entry], fingerprints: dict[str, str]) -> None:
        self._found, self._known, self._fingerprints = found, known, fingerprints
        self._ids: dict[str, str] = {}
        self.rejects: list[Reject] = []
        self.seen = self.skipped = 0

    def shards(self, size: int) -> Iterator[Shard]:
        number, waiting = 0, []
        for item in self._found:
            self.seen += 1
            if isinstance(item, Reject):
                self.rejects.append(item)
            elif self._unchanged(item):
                self.skipped += 1
            else:
                waiting.append(item)
            if len(waiting) == size:
                yield Shard(number, waiting)
                number, waiting = number + 1, []
        if waiting:
            yield Shard(number, waiting)

    def _unchanged(self, source: Source) -> bool:
        return source.key is not None and self._same(article_id_of(source.key), source.sha256)

    def holds(self, article: Article) -> bool:
        """Whether the lake has this article as it is; for those whose id only their text tells."""
        return self._same(article.article_id, article.input_sha256)

    def _same(self, article_id: str, sha256: str) -> bool:
        entry = self._known.get(article_id)
        return entry is not None and (entry.input_sha256, entry.fingerprints) == (sha256, self._fingerprints)

    def first_of_its_id(self, article: Article) -> str | None:
        """None for the first article of an id in this run, else the source that had the id before."""
        before = self._ids.get(article.article_id)
        self._ids.setdefault(article.article_id, article.source_uri)
        return before


@task(name="read", **PLAIN)
def read(shard: Shard, intake: Intake, pipeline: Pipeline) -> int:
    """Parse the sources of a shard; what cannot be an article becomes a reject."""
    for source in shard.sources:
        try:
            article = read_article(source, pipeline.settings.reading)
        except Rejected as error:
            shard.rejects.append(Reject(source.uri, "read", error.code, str(error)))
            continue
        except Exception as error:  # one poisoned input must not cost the rest of the run
            message = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            shard.rejects.append(Reject(source.uri, "read", "crashed", message))
            continue
        if intake.holds(article):
            intake.skipped += 1
            continue
        before = intake.first_of_its_id(article)
        if before is None:
            shard.articles.append(article)
        else:
            message = f"same article_id {article.article_id} as {before}; give each record an id or url of its own"
            shard.rejects.append(Reject(source.uri, "read", "duplicate_id", message))
    shard.sources = []
    return len(shard.articles)


@task(name="attribute", **PLAIN)
def attribute(shard: Shard, pipeline: Pipeline) -> int:
    """Find every attributed statement; names are looked for meanwhile."""
    shard.names = pipeline.find_names(shard.articles)
    shard.analyses = pipeline.attribute(shard.articles)
    return sum(len(a.statements) for a in shard.analyses)


@task(name="resolve", **PLAIN)
def resolve(shard: Shard, pipeline: Pipeline) -> int:
    """Resolve each source to its speaker, and every name and pronoun to its entity."""
    pipeline.resolve(shard.analyses, shard.names)
    return sum(len(a.resolution.speakers) for a in shard.analyses)


@task(name="find-targets", **PLAIN)
def find_targets(shard: Shard, pipeline: Pipeline) -> int:
    """Choose the targets of each statement and paragraph."""
    pipeline.find_targets(shard.analyses)
    return sum(len(a.targets) for a in shard.analyses)


@task(name="score", **PLAIN)
def score(shard: Shard, pipeline: Pipeline) -> int:
    """Run sentiment and stance over the whole shard."""
    pipeline.score(shard.analyses)
    return sum(len(a.opinions) + len(a.paragraph_opinions) for a in shard.analyses)


@task(name="commit", **WRITING)
def commit(shard: Shard, lake: Lake, run_id: str, fingerprints: dict[str, str]) -> Written:
    """Write the shard to the lake in one commit."""
    tables = shard_tables(shard.analyses, run_id, fingerprints, datetime.now(UTC))
    return lake.write_shard(run_id, tables)


@task(name="aggregate", **WRITING)
def rebuild_aggregates(lake: Lake, run_id: str) -> dict[str, int]:
    """Rebuild identities and speaker_stances from all articles of the lake."""
    return aggregate(lake, run_id)
