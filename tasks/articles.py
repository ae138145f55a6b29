"""The domain types: what travels from stage to stage.

All offsets are code points into `Article.text`, half-open `[start, end)`.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Role = Literal["title", "body", "heading", "boilerplate"]
StatementKind = Literal["direct", "indirect", "mixed"]
Factuality = Literal["asserted", "negated", "possible"]
SpeakerKind = Literal["person", "organization", "group", "anonymous", "author", "unknown"]
EntityType = Literal["person", "organization", "place", "group"]
TargetKind = Literal["entity", "issue"]
DateOrigin = Literal["stated", "guessed", "filed"]
MentionForm = Literal["name", "partial name", "nominal", "pronoun"]


class Rejected(Exception):
    """An input that cannot become an article.

    Attributes:
        code: one word for the kind of fault, as in the column `rejects.code`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RunFailed(Exception):
    """Part of a run failed; the message says which, and that the rest is written."""


class UsageError(Exception):
    """A command or setting that cannot be carried out; the message says what to do."""


class LakeBusy(UsageError):
    """Another run has held the lake's lock for too long; the same command can be given again."""


class Span(NamedTuple):
    """Code points `[start, end)`."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the table `rejects`.

    Attributes:
        traceback: where a stage crashed; for `--debug`, and no column.
    """

    source_uri: str
    stage: str
    code: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    index: int
    start: int
    end: int
    role: Role


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it was read.

    Attributes:
        published_at: in UTC; midnight where a day is all that is known.
        published_from: whether the article states its date, is filed under it (in its url or path), or it was guessed.
        published_note: what was given as a date and could not be read as one, in words.
    """

    article_id: str
    source_uri: str
    input_sha256: str
    title: str
    text: str
    paragraphs: tuple[Paragraph, ...]
    byline: tuple[str, ...] = ()
    outlet: str | None = None
    published_at: datetime | None = None
    language: str = "en"
    published_from: DateOrigin | None = None
    published_note: str | None = None

    @property
    def prose(self) -> tuple[Paragraph, ...]:
        """Its paragraphs without boilerplate."""
        return tuple(p for p in self.paragraphs if p.role != "boilerplate")

    def is_boilerplate(self, offset: int) -> bool:
        """Whether `offset` stands in a paragraph that is no part of the article's prose."""
        paragraph = self.paragraphs[self.paragraph_at(offset)]
        return paragraph.role == "boilerplate" and paragraph.start <= offset < paragraph.end

    def same_words(self, other: "Article") -> bool:
        """Whether every stage would see the same, wherever and whenever the two were printed."""
        names = ("article_id", "title", "text", "paragraphs", "byline", "outlet", "language")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def paragraph_at(self, offset: int) -> int:
        """Index of the paragraph that holds `offset` (between two: the earlier one)."""
        return max(0, bisect_right(self.paragraphs, offset, key=lambda p: p.start) - 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """One attribution: who (source), with which word (cue), said what (content).

    Attributes:
        source: the span that names the speaker; None where the text names nobody.
        cue: None for a quotation without a cue.
        continues: number of the statement (in the article's list) whose speaker this one shares.
        confidence: 0 to 1, that content and source are right.
        factuality: whether it was said, was not, or may be (FactBank, Saurí and Pustejovsky 2009).
    """

    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    kind: StatementKind
    confidence: float
    continues: int | None = None
    factuality: Factuality = "asserted"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that names, or stands for, an entity of the article."""

    span: Span
    entity_id: str
    form: MentionForm


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that an article names; `entity_id` depends on this article's naming alone."""

    entity_id: str
    name: str
    entity_type: EntityType
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks; `members` are the speaker_ids of those who speak together, "Ada Quill and Bo Marsh"."""

    speaker_id: str
    name: str
    kind: SpeakerKind
    job_title: str | None = None
    affiliation: str | None = None
    aliases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    target_id: str
    name: str
    kind: TargetKind
    entity_type: EntityType | None
    origin: Literal["discovered", "configured"]
    mentions: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """Speakers and entities of one article; `speaker_ids[i]` speaks `statements[i]`."""

    speaker_ids: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class ArticleTargets:
    """Targets of one article.

    Attributes:
        targets: all of them, by target_id.
        of_statements: for each statement its targets, most important first.
        of_paragraphs: paragraph index → the targets in the author's own words there.
        mentions: of the configured targets, where no mention of the resolution stands.
    """

    targets: tuple[Target, ...]
    of_statements: tuple[tuple[Target, ...], ...]
    of_paragraphs: Mapping[int, tuple[Target, ...]]
    mentions: tuple[Mention, ...] = ()


class Scores(NamedTuple):
    """A label and the probability of each class, in the order of the model's labels."""

    label: str
    probabilities: tuple[float, ...]


class Scored(NamedTuple):
    """The answer to one question.

    Attributes:
        column: the scored column, as `tasks.scores.Score.column`.
        unit: index of the statement (speaker's voice) or of the paragraph (author's voice).
        target_id: None for a tone.
    """

    column: str
    unit: int
    target_id: str | None
    scores: Scores


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of one article; each stage fills in one field."""

    article: Article
    statements: tuple[Statement, ...] = ()
    resolution: Resolution = Resolution((), (), (), ())
    targets: ArticleTargets = ArticleTargets((), (), {})
    sentiment: tuple[Scored, ...] = ()
    stance: tuple[Scored, ...] = ()

    def scores(self, column: str) -> dict[tuple[int, str | None], Scores]:
        """(unit, target_id) → scores of one scored column, in the order of the units."""
        return {(s.unit, s.target_id): s.scores for s in (*self.sentiment, *self.stance) if s.column == column}


@dataclass(frozen=True, slots=True)
class Earlier:
    """An analysis from the lake.

    Attributes:
        holds: stages whose code, model and settings are the same as in this run.
    """

    analysis: Analysis
    holds: frozenset[str]
