"""What a run has to do: sorts what comes out of the inputs into rejects, unchanged articles, and shards of the rest."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from sayso.tasks.articles import Analysis, Article, Earlier, Reject, UsageError
from sayso.tasks.executors import Executor, Failure
from sayso.tasks.reading import Source, article_id_for, is_clash
from sayso.tasks.stages import READING, STAGES, Work
from sayso.tasks.tables import Lake, Snapshot
from sayso.tasks.tables.recipes import Recipe, changes_between

SHOWN = 3  # differences of recipes


def check_recipe(lake: Lake, recipe: Recipe) -> None:
    """Refuse to analyse by other settings, targets or models than what is in the lake.

    Another version of Sayso or of a library is no choice of the user's, and none is asked for.

    Raises:
        UsageError: it names what differs.
    """
    own = lake.recipe()
    if own is None or (own.software != recipe.software and own.choices == recipe.choices):
        return
    if changes := changes_between(own, recipe):
        more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
        raise UsageError(
            f"the lake {lake.path} is made otherwise ({'; '.join(changes[:SHOWN])}{more}); give the same settings and "
            "targets as before, another --lake, or --recipe-change to analyse these inputs anew"
        )


class Shard:
    """Some hundred articles on their way through the stages (no dataclass: Prefect would walk through it)."""

    def __init__(self, number: int, sources: list[Source]) -> None:
        self.number = number
        self.sources = sources
        self.works: list[Work] = []
        self.rejects: list[Reject] = []

    def __str__(self) -> str:
        return f"shard {self.number + 1}"

    @property
    def analyses(self) -> list[Analysis]:
        return [work.analysis for work in self.works]

    @property
    def uris(self) -> list[str]:
        """Where what is still on its way came from."""
        return [s.uri for s in self.sources] + [work.analysis.article.source_uri for work in self.works]

    def give_up(self, uri: str, failure: Failure) -> None:
        """Let a failure be the end of an article."""
        self.rejects.append(Reject(uri, failure.stage, failure.code, failure.message, failure.traceback))


class Intake:
    """The inputs of a run, beside what the lake has of them already.

    Attributes:
        seen: sources so far, rejects among them.
        skipped: of these, what the lake has as it is or was told to forget.
        forgotten: of these, the latter.
    """

    def __init__(self, found: Iterable[Source | Reject], lake: Lake, fingerprints: Mapping[str, str]) -> None:
        self._found, self._lake, self._fingerprints = found, lake, fingerprints
        self._known, self._forgotten = lake.reading(Snapshot.index), lake.forgotten()
        self._by_uri = {entry.source_uri: article_id for article_id, entry in self._known.items()}
        self._ids: dict[str, str] = {}
        self._undated: list[Article] = []
        self.rejects: list[Reject] = []
        self.seen = self.skipped = self.forgotten = 0

    def shards(self, size: int) -> Iterator[Shard]:
        """What is new or changed, `size` sources at a time."""
        number, waiting = 0, []
        for item in self._found:
            self.seen += 1
            if isinstance(item, Reject):
                self.rejects.append(item)
            elif (article_id := self._id_of(item)) is None:
                waiting.append(item)
            elif clash := self._clash(article_id, item):
                self.rejects.append(clash)
            elif not self._passed_over(article_id, item):
                waiting.append(item)
            if len(waiting) == size:
                yield Shard(number, waiting)
                number, waiting = number + 1, []
        if waiting:
            yield Shard(number, waiting)

    def read(self, shard: Shard, executor: Executor) -> None:
        """Parse the sources of a shard; what cannot be an article becomes a reject."""
        sources, shard.sources = shard.sources, []
        ids = [self._id_of(source) for source in sources]
        earlier = self._earlier(article_id for article_id in ids if article_id is not None)
        as_it_was = [_as_it_was(source, earlier.get(i or "")) for source, i in zip(sources, ids, strict=True)]
        read = iter(executor.map([READING], [s for s, article in zip(sources, as_it_was, strict=True) if not article]))
        outcomes = [article or _named(next(read), i) for article, i in zip(as_it_was, ids, strict=True)]
        by_text = {a.article_id for a in outcomes if isinstance(a, Article)} - earlier.keys()
        earlier |= self._earlier(by_text)
        for source, outcome in zip(sources, outcomes, strict=True):
            if isinstance(outcome, Reject):
                shard.rejects.append(outcome)
            elif isinstance(outcome, Failure):
                shard.give_up(source.uri, outcome)
            elif source.key is not None or not self._passed_over(outcome.article_id, source):
                if before := self._first_of_its_id(outcome):
                    shard.rejects.append(Reject(source.uri, READING.name, "duplicate_id", _doubled(outcome, before)))
                else:
                    self._undated += [outcome] * (outcome.published_note is not None)
                    shard.works.append(Work(Analysis(outcome), earlier.get(outcome.article_id)))

    @property
    def notes(self) -> list[str]:
        """What users should know of the articles that were read: dates that could not be."""
        if not self._undated:
            return []
        n, first = len(self._undated), self._undated[0]
        of = f"{n} articles could" if n > 1 else "1 article could"
        return [f"the date of {of} not be read, such as {first.published_note} of {first.source_uri}"]

    def _id_of(self, source: Source) -> str | None:
        """The id of a source; None where only its text can tell."""
        return article_id_for(source, self._by_uri) if source.key is not None else None

    def _clash(self, article_id: str, source: Source) -> Reject | None:
        """Why a source may not replace the article of this id: it is another one."""
        entry = self._known.get(article_id)
        if entry is None or not is_clash(source, entry.source_uri, entry.input_sha256):
            return None
        message = (
            f"article_id {article_id} is that of {entry.source_uri} in the lake, and this is another source; "
            "give it an id, a url or a --collection of its own, or forget the other one"
        )
        return Reject(source.uri, READING.name, "key_clash", message)

    def _passed_over(self, article_id: str, source: Source) -> bool:
        """Whether the lake has this article as it is, or was told to forget it; never two sources of one id."""
        known = self._known.get(article_id)
        unchanged = known and (known.input_sha256, known.fingerprints) == (source.sha256, self._fingerprints)
        if article_id in self._forgotten:
            self.forgotten += 1
        elif article_id in self._ids or not unchanged:
            return False
        self.skipped += 1
        self._ids.setdefault(article_id, source.uri)
        return True

    def _earlier(self, article_ids: Iterable[str]) -> dict[str, Earlier]:
        """What earlier runs made of these articles, as far as the lake has it."""
        return {
            article_id: Earlier(
                analysis, frozenset(s for s, mark in self._fingerprints.items() if made_by.get(s) == mark)
            )
            for article_id, (analysis, made_by) in self._lake.analyses(self._known.keys() & set(article_ids)).items()
        }

    def _first_of_its_id(self, article: Article) -> str | None:
        """None for the first article of an id in this run, else the source that had the id before."""
        before = self._ids.get(article.article_id)
        self._ids.setdefault(article.article_id, article.source_uri)
        return before


def take_through_stages(shard: Shard, executor: Executor, done: Callable[[int], None]) -> None:
    """Take the articles of a shard through all stages; those that make one crash or hang become rejects."""
    outcomes = executor.map(STAGES, shard.works, done)
    for work, outcome in zip(shard.works, outcomes, strict=True):
        if isinstance(outcome, Failure):
            shard.give_up(work.analysis.article.source_uri, outcome)
    shard.works = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]


def _as_it_was(source: Source, known: Earlier | None) -> Article | None:
    """The article that an earlier run read from the same bytes in the same way."""
    if known is None or READING.name not in known.holds or known.analysis.article.input_sha256 != source.sha256:
        return None
    return dataclasses.replace(known.analysis.article, source_uri=source.uri)


def _named(outcome: Article | Reject | Failure, article_id: str | None) -> Article | Reject | Failure:
    """An article by the id of its source, where that tells it."""
    if article_id is None or not isinstance(outcome, Article):
        return outcome
    return dataclasses.replace(outcome, article_id=article_id)


def _doubled(article: Article, before: str) -> str:
    return f"same article_id {article.article_id} as {before}; give each record an id or url of its own"
