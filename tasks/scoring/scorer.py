"""Put the questions of some articles to the two classifiers, each question once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sayso.tasks.articles import Analysis, Article, Opinion, Paragraph, Scores, Span, Statement, Target
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.text.english.sentences import sentences_around
from sayso.tasks.text.spans import SpanIndex, outside

if TYPE_CHECKING:
    from sayso.tasks.runtime import PairClassifier

MIN_AUTHOR_WORDS = 5


def score(analyses: Sequence[Analysis], sentiment: PairClassifier, stance: PairClassifier) -> None:
    """Fill in the scores of some articles.

    The speaker's voice is scored on the sentences of the statement; the author's voice on the
    paragraph without the contents of statements, and not at all where fewer than five words are left.
    What an earlier run asked the same model is not asked again.
    """
    asked = [_ask(analysis) for analysis in analyses]
    tone, side = _earlier_answers(analyses)
    _answer((pair for a in asked for pair in a.tone()), sentiment, tone)
    _answer((pair for a in asked for pair in a.side()), stance, side)
    for analysis, questions in zip(analyses, asked, strict=True):
        _fill(analysis, questions, tone, side)


@dataclass(slots=True)
class _Questions:
    """What is to be asked of the models about one article.

    Attributes:
        paragraphs: paragraph index → the paragraph as printed.
        own: paragraph index → what is left of it without the contents of statements.
        of_paragraphs: (paragraph index, target_id, sentiment pair, stance pair) in the author's voice.
        statements: the content of each statement.
        of_statements: (statement, target_id, sentiment pair, stance pair) in the speaker's voice.
    """

    paragraphs: dict[int, Pair] = field(default_factory=dict)
    own: dict[int, Pair] = field(default_factory=dict)
    of_paragraphs: list[tuple[int, str, Pair, Pair]] = field(default_factory=list)
    statements: list[Pair] = field(default_factory=list)
    of_statements: list[tuple[int, str, Pair, Pair]] = field(default_factory=list)

    def tone(self) -> Iterator[Pair]:
        yield from self.paragraphs.values()
        yield from self.own.values()
        yield from self.statements
        yield from (towards for *_, towards, _ in (*self.of_paragraphs, *self.of_statements))

    def side(self) -> Iterator[Pair]:
        yield from (stand for *_, stand in (*self.of_paragraphs, *self.of_statements))


def _ask(analysis: Analysis) -> _Questions:
    article, asked = analysis.article, _Questions()
    contents = SpanIndex(span for s in analysis.statements for span in s.content)
    for paragraph in scored_paragraphs(article):
        asked.paragraphs[paragraph.index] = Pair(article.text[paragraph.start : paragraph.end])
        own, pieces = author_text(article, paragraph, contents)
        if own is None:
            continue
        asked.own[paragraph.index] = Pair(own)
        for target in analysis.paragraph_targets.get(paragraph.index, []):
            for pairs in _author_pairs(analysis, own, pieces, target):
                asked.of_paragraphs.append((paragraph.index, target.target_id, *pairs))
    for i, (statement, targets) in enumerate(zip(analysis.statements, analysis.statement_targets, strict=True)):
        asked.statements.append(content_pair(article, statement))
        for target in targets:
            asked.of_statements.append((i, target.target_id, *statement_pairs(article, statement, target)))
    return asked


def _answer(pairs: Iterable[Pair], model: PairClassifier, known: dict[Pair, Scores]) -> None:
    """Add the model's answers to what is known, each distinct pair asked once."""
    fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
    known |= {pair: as_scores(row, model.labels) for pair, row in zip(fresh, model.predict(fresh), strict=True)}


def _earlier_answers(analyses: Sequence[Analysis]) -> tuple[dict[Pair, Scores], dict[Pair, Scores]]:
    tone: dict[Pair, Scores] = {}
    side: dict[Pair, Scores] = {}
    for earlier in (a.earlier for a in analyses if a.earlier and a.earlier.holds & {"sentiment", "stance"}):
        before, asked = earlier.analysis, _ask(earlier.analysis)
        opinions = list(zip(asked.of_paragraphs, before.paragraph_opinions, strict=True))
        opinions += zip(asked.of_statements, before.opinions, strict=True)
        if "sentiment" in earlier.holds:
            tone |= {pair: before.paragraph_sentiment[i] for i, pair in asked.paragraphs.items()}
            tone |= {pair: before.author_sentiment[i] for i, pair in asked.own.items()}
            tone |= dict(zip(asked.statements, before.statement_sentiment, strict=True))
            tone |= {towards: opinion.target_sentiment for (*_, towards, _), opinion in opinions}
        if "stance" in earlier.holds:
            side |= {stand: opinion.stance for (*_, stand), opinion in opinions}
    return tone, side


def _fill(analysis: Analysis, asked: _Questions, tone: dict[Pair, Scores], side: dict[Pair, Scores]) -> None:
    analysis.paragraph_sentiment = {i: tone[pair] for i, pair in asked.paragraphs.items()}
    analysis.author_sentiment = {i: tone[pair] for i, pair in asked.own.items()}
    analysis.statement_sentiment = [tone[pair] for pair in asked.statements]
    analysis.paragraph_opinions = [Opinion(i, t, side[stand], tone[to]) for i, t, to, stand in asked.of_paragraphs]
    analysis.opinions = [Opinion(i, t, side[stand], tone[to]) for i, t, to, stand in asked.of_statements]


def as_scores(row: np.ndarray, labels: tuple[str, ...]) -> Scores:
    return Scores(labels[int(row.argmax())], tuple(float(p) for p in row))


def scored_paragraphs(article: Article) -> list[Paragraph]:
    return [p for p in article.paragraphs if p.role != "boilerplate"]


def content_pair(article: Article, statement: Statement) -> Pair:
    return Pair(" ".join(article.text[s.start : s.end] for s in statement.content))


def author_text(article: Article, paragraph: Paragraph, contents: SpanIndex) -> tuple[str | None, list[Span]]:
    """A paragraph without the contents of statements, and the pieces it is made of; None under five words."""
    whole = Span(paragraph.start, paragraph.end)
    pieces = outside(whole, contents.overlapping(whole))
    text = " ".join(article.text[s.start : s.end].strip() for s in pieces)
    enough = sum(any(c.isalnum() for c in word) for word in text.split()) >= MIN_AUTHOR_WORDS
    return (text if enough else None), pieces


def _author_pairs(analysis: Analysis, own: str, pieces: list[Span], target: Target) -> list[tuple[Pair, Pair]]:
    """(sentiment pair, stance pair) toward a target in the author's voice, where its own words mention it."""
    mention = next((m for m in target.mentions if any(s.start <= m.start and m.end <= s.end for s in pieces)), None)
    if mention is None:
        return []
    text, at = analysis.article.text, 0
    for piece in pieces:
        raw = text[piece.start : piece.end]
        if piece.start <= mention.start < piece.end:
            at += mention.start - piece.start - (len(raw) - len(raw.lstrip()))
            break
        at += len(raw.strip()) + 1
    span = (at, at + mention.end - mention.start)
    return [(Pair(own, own[slice(*span)], span), Pair(own, target.name))]


def statement_pairs(article: Article, statement: Statement, target: Target) -> tuple[Pair, Pair]:
    """(sentiment pair with the target's mention marked, stance pair with the statement marked).

    Both read the sentences that hold the statement, in the paragraph of the target's first mention in it.
    """
    mention = next(m for m in target.mentions if any(s.start <= m.start < s.end for s in statement.content))
    paragraph = article.paragraphs[article.paragraph_at(mention.start)]
    text = article.text[paragraph.start : paragraph.end]
    parts = [s for s in (*statement.content, statement.cue, statement.source) if s is not None]
    inside = [s for s in parts if paragraph.start <= s.start < paragraph.end]
    low, high = sentences_around(
        text, min(s.start for s in inside) - paragraph.start, max(s.end for s in inside) - paragraph.start
    )
    region, shift = text[low:high].rstrip(), paragraph.start + low
    content = [s for s in inside if s in statement.content]
    start, end = content[0].start - shift, min(content[-1].end - shift, len(region))
    spot = (mention.start - shift, min(mention.end - shift, len(region)))
    return Pair(region, region[slice(*spot)], spot), Pair(region, target.name, (start, end))
