"""Put the questions of a whole shard to the two classifiers, each question once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tasks.articles import Analysis, Article, Opinion, Paragraph, Scores, Span, Statement, Target
from tasks.scoring.context import Pair, sentences_around
from tasks.targets.finder import outside

if TYPE_CHECKING:
    from tasks.runtime import PairClassifier

MIN_AUTHOR_WORDS = 5


def score(analyses: Sequence[Analysis], sentiment: PairClassifier, stance: PairClassifier) -> None:
    """Fill in the scores of a shard.

    The speaker's voice is scored on the sentences of the statement; the author's voice on the
    paragraph without the contents of statements, and not at all where fewer than five words are left.
    """
    tone, side = _Questions(), _Questions()
    for analysis in analyses:
        _ask(analysis, tone, side)
    tone_answers, side_answers = tone.answers(sentiment), side.answers(stance)
    for analysis in analyses:
        _fill(analysis, tone_answers, side_answers)


class _Questions:
    """Distinct pairs in the order they came."""

    def __init__(self) -> None:
        self.pairs: dict[Pair, None] = {}

    def add(self, pair: Pair) -> None:
        self.pairs.setdefault(pair)

    def answers(self, model: PairClassifier) -> dict[Pair, Scores]:
        pairs = list(self.pairs)
        return {pair: as_scores(row, model.labels) for pair, row in zip(pairs, model.predict(pairs), strict=True)}


def as_scores(row: np.ndarray, labels: tuple[str, ...]) -> Scores:
    return Scores(labels[int(row.argmax())], tuple(float(p) for p in row))


def _ask(analysis: Analysis, tone: _Questions, side: _Questions) -> None:
    article = analysis.article
    for paragraph in scored_paragraphs(article):
        tone.add(Pair(article.text[paragraph.start : paragraph.end]))
        own, _ = author_text(analysis, paragraph)
        if own:
            tone.add(Pair(own))
        for target in analysis.paragraph_targets.get(paragraph.index, []):
            for pairs, questions in zip(_author_pairs(analysis, paragraph, target), (tone, side), strict=True):
                for pair in pairs:
                    questions.add(pair)
    for statement, targets in zip(analysis.statements, analysis.statement_targets, strict=True):
        tone.add(content_pair(article, statement))
        for target in targets:
            towards, stand = statement_pairs(article, statement, target)
            tone.add(towards)
            side.add(stand)


def _fill(analysis: Analysis, tone: dict[Pair, Scores], side: dict[Pair, Scores]) -> None:
    article = analysis.article
    for paragraph in scored_paragraphs(article):
        analysis.paragraph_sentiment[paragraph.index] = tone[Pair(article.text[paragraph.start : paragraph.end])]
        own, _ = author_text(analysis, paragraph)
        if own:
            analysis.author_sentiment[paragraph.index] = tone[Pair(own)]
        for target in analysis.paragraph_targets.get(paragraph.index, []):
            for towards, stand in zip(*_author_pairs(analysis, paragraph, target), strict=True):
                opinion = Opinion(paragraph.index, target.target_id, side[stand], tone[towards])
                analysis.paragraph_opinions.append(opinion)
    for i, (statement, targets) in enumerate(zip(analysis.statements, analysis.statement_targets, strict=True)):
        analysis.statement_sentiment.append(tone[content_pair(article, statement)])
        for target in targets:
            towards, stand = statement_pairs(article, statement, target)
            analysis.opinions.append(Opinion(i, target.target_id, side[stand], tone[towards]))


def scored_paragraphs(article: Article) -> list[Paragraph]:
    return [p for p in article.paragraphs if p.role != "boilerplate"]


def content_pair(article: Article, statement: Statement) -> Pair:
    return Pair(" ".join(article.text[s.start : s.end] for s in statement.content))


def author_text(analysis: Analysis, paragraph: Paragraph) -> tuple[str | None, list[Span]]:
    """A paragraph without the contents of statements, and the pieces it is made of; None under five words."""
    contents = [span for s in analysis.statements for span in s.content]
    pieces = outside(Span(paragraph.start, paragraph.end), contents)
    text = " ".join(analysis.article.text[s.start : s.end].strip() for s in pieces)
    enough = sum(any(c.isalnum() for c in word) for word in text.split()) >= MIN_AUTHOR_WORDS
    return (text if enough else None), pieces


def _author_pairs(analysis: Analysis, paragraph: Paragraph, target: Target) -> tuple[list[Pair], list[Pair]]:
    """(sentiment pairs, stance pairs) toward a target in the author's voice: one of each, or none."""
    own, pieces = author_text(analysis, paragraph)
    mention = next((m for m in target.mentions if any(s.start <= m.start and m.end <= s.end for s in pieces)), None)
    if own is None or mention is None:
        return [], []
    text, at = analysis.article.text, 0
    for piece in pieces:
        raw = text[piece.start : piece.end]
        if piece.start <= mention.start < piece.end:
            at += mention.start - piece.start - (len(raw) - len(raw.lstrip()))
            break
        at += len(raw.strip()) + 1
    span = (at, at + mention.end - mention.start)
    return [Pair(own, own[slice(*span)], span)], [Pair(own, target.name)]


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
