"""Statements as a person judged them: as JSON, and laid over what the stages made of an article."""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from sayso.tasks.articles import (
    Analysis,
    Article,
    ArticleTargets,
    EntityType,
    Resolution,
    Scored,
    Scores,
    Span,
    Speaker,
    SpeakerKind,
    Statement,
    StatementKind,
    Target,
    TargetKind,
)
from sayso.tasks.attribution.quotations import find_quotations, quoted_share
from sayso.tasks.attribution.statements import statement_kind
from sayso.tasks.scores import SENTIMENTS, STANCES
from sayso.tasks.text.names import slug
from sayso.tasks.text.spans import statement_id

Action = Literal["accepted", "changed", "deleted", "added", "finished"]
Sentiment = Literal["negative", "neutral", "positive"]
Stance = Literal["against", "neutral", "favor"]


@dataclass(frozen=True, slots=True)
class Who:
    """Who speaks; `speaker_id` is None for one whom Sayso had not found in the article."""

    speaker_id: str | None
    name: str
    kind: SpeakerKind


@dataclass(frozen=True, slots=True)
class Toward:
    """A target of a statement, and the labels toward it; `target_id` is None for one that is new in the article."""

    target_id: str | None
    name: str
    kind: TargetKind
    entity_type: EntityType | None
    stance: Stance
    target_sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Label:
    """All that is said of one statement; spans are code points into the article's text."""

    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    statement_kind: StatementKind
    speaker: Who
    sentiment: Sentiment
    targets: tuple[Toward, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person said of a statement; `statement_id` is None for one that Sayso missed."""

    statement_id: str | None
    action: Action
    before: Label | None
    after: Label | None


@cache
def _adapter() -> TypeAdapter[Label]:
    return TypeAdapter(Label)


def to_json(label: Label | None) -> str | None:
    return None if label is None else _adapter().dump_json(label).decode()


def plain(label: object) -> Label:
    """A label of plain lists and dictionaries (ValueError)."""
    return _adapter().validate_python(label)


def from_json(text: str | None) -> Label | None:
    return None if text is None else _adapter().validate_json(text)


def sha256_of(text: str) -> str:
    """Of a text, to tell whether offsets into it still hold."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def labels_of(analysis: Analysis) -> dict[str, Label]:
    """statement_id → what the stages made of each statement, in the order of the text."""
    article, resolution = analysis.article, analysis.resolution
    speakers = {s.speaker_id: s for s in resolution.speakers}
    targets = {t.target_id: t for t in analysis.targets.targets}
    tones, stances = analysis.scores("statements.sentiment"), analysis.scores("opinions.stance")
    portrayed = analysis.scores("opinions.target_sentiment")
    toward: dict[int, list[Toward]] = {}
    for (unit, target_id), stance in stances.items():
        t = targets[str(target_id)]
        tone = portrayed[unit, target_id].label
        found = Toward(t.target_id, t.name, t.kind, t.entity_type, stance.label, tone)  # type: ignore[arg-type]
        toward.setdefault(unit, []).append(found)
    labels = {}
    for i, s in enumerate(analysis.statements):
        who = speakers[resolution.speaker_ids[i]]
        labels[statement_id(article.article_id, s.cue, s.content)] = Label(
            s.content,
            s.cue,
            s.source,
            s.kind,
            Who(who.speaker_id, who.name, who.kind),
            tones[i, None].label,  # type: ignore[arg-type]
            tuple(toward.get(i, ())),
        )
    return dict(sorted(labels.items(), key=lambda item: (item[1].content[0], item[0])))


def kind_of(article: Article, content: Sequence[Span]) -> StatementKind:
    """Direct, indirect or mixed, by the quotation marks of the text."""
    marks = [
        Span(q.span.start + p.start, q.span.end + p.start)
        for p in article.paragraphs
        if p.start < content[-1].end and p.end > content[0].start
        for q in find_quotations(article.text[p.start : p.end])
    ]
    return statement_kind(quoted_share(article.text, list(content), marks))


def corrected(analysis: Analysis, judgements: Iterable[Judgement]) -> tuple[Analysis, frozenset[int]]:
    """An analysis with corrections laid over it, and the numbers of the statements that were corrected.

    Judgements of statements that the analysis does not have change nothing.
    """
    said = {j.statement_id: j for j in judgements if j.action in ("changed", "deleted")}
    added = [j.after for j in judgements if j.action == "added" and j.after]
    article = analysis.article
    pieces = []
    for i, s in enumerate(analysis.statements):
        judgement = said.get(statement_id(article.article_id, s.cue, s.content))
        if judgement is None:
            pieces.append(_Piece(s, analysis.resolution.speaker_ids[i], i, None))
        elif judgement.after:
            pieces.append(_Piece(_statement(judgement.after), "", i, judgement.after))
    held = {(p.statement.cue, p.statement.content) for p in pieces}
    fresh = [_Piece(_statement(label), "", None, label) for label in added]
    pieces += [p for p in fresh if (p.statement.cue, p.statement.content) not in held]
    pieces.sort(key=lambda p: (p.statement.content[0], p.number is None))
    return _put_together(analysis, pieces), frozenset(i for i, p in enumerate(pieces) if p.label)


@dataclass(slots=True)
class _Piece:
    """A statement on its way: its number in the analysis, and what a person says of it."""

    statement: Statement
    speaker_id: str
    number: int | None
    label: Label | None


def _statement(label: Label) -> Statement:
    return Statement(label.content, label.cue, label.source, label.statement_kind, 1.0)


def _put_together(analysis: Analysis, pieces: Sequence[_Piece]) -> Analysis:
    speakers = {s.speaker_id: s for s in analysis.resolution.speakers}
    targets = {t.target_id: t for t in analysis.targets.targets}
    scores = {s.column: analysis.scores(s.column) for s in (*analysis.sentiment, *analysis.stance)}
    sentiment = [s for s in analysis.sentiment if not _of_statement(s)]
    stance = [s for s in analysis.stance if not _of_statement(s)]
    of_statements: list[tuple[Target, ...]] = []
    for i, piece in enumerate(pieces):
        label, old = piece.label, piece.number
        if label is None:
            sentiment += [s._replace(unit=i) for s in analysis.sentiment if _of_statement(s) and s.unit == old]
            stance += [s._replace(unit=i) for s in analysis.stance if _of_statement(s) and s.unit == old]
            of_statements.append(analysis.targets.of_statements[old] if old is not None else ())
            continue
        who = label.speaker
        piece.speaker_id = who.speaker_id or new_speaker_id(analysis.article.article_id, who)
        speakers.setdefault(piece.speaker_id, Speaker(piece.speaker_id, who.name, who.kind))
        mine = []
        for toward in label.targets:
            target_id = toward.target_id or new_target_id(toward)
            fresh = Target(target_id, toward.name, toward.kind, toward.entity_type, "discovered")
            mine.append(targets.setdefault(target_id, fresh))
            for column, value, labels, out in (
                ("opinions.target_sentiment", toward.target_sentiment, SENTIMENTS, sentiment),
                ("opinions.stance", toward.stance, STANCES, stance),
            ):
                before = scores.get(column, {}).get((old, target_id)) if old is not None else None
                out.append(Scored(column, i, target_id, _certain(value, labels, before)))
        tone = scores.get("statements.sentiment", {}).get((old, None)) if old is not None else None
        sentiment.append(Scored("statements.sentiment", i, None, _certain(label.sentiment, SENTIMENTS, tone)))
        of_statements.append(tuple(mine))
    resolution: Resolution = dataclasses.replace(
        analysis.resolution, speaker_ids=tuple(p.speaker_id for p in pieces), speakers=tuple(speakers.values())
    )
    found: ArticleTargets = dataclasses.replace(
        analysis.targets, targets=tuple(targets.values()), of_statements=tuple(of_statements)
    )
    statements = tuple(dataclasses.replace(p.statement, continues=None) for p in pieces)
    return dataclasses.replace(
        analysis,
        statements=statements,
        resolution=resolution,
        targets=found,
        sentiment=tuple(sentiment),
        stance=tuple(stance),
    )


def _of_statement(scored: Scored) -> bool:
    return scored.column.split(".")[0] in ("statements", "opinions")


def _certain(label: str, labels: Sequence[str], before: Scores | None) -> Scores:
    """Scores of a label that a person gave; those of before where the label is the same."""
    if before and before.label == label:
        return before
    return Scores(label, tuple(float(each == label) for each in labels))


def new_speaker_id(article_id: str, who: Who) -> str:
    """The id of a speaker whom a person named: as the pipeline would have given it."""
    if who.kind in ("person", "organization"):
        return f"{who.kind}:{slug(who.name)}"
    return f"{who.kind}:{article_id}" + ("" if who.kind in ("author", "unknown") else f":{slug(who.name)}")


def new_target_id(toward: Toward) -> str:
    """The id of a target that a person named."""
    return f"{'issue' if toward.kind == 'issue' else toward.entity_type or 'entity'}:{slug(toward.name)}"
