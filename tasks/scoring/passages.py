"""The passages that models read, each made in one place: for serving, evaluation and training alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sayso.tasks.articles import Analysis, Article, Paragraph, Span, Statement, Target
from sayso.tasks.runtime.pairs import Pair, Role
from sayso.tasks.scores import Score, Unit
from sayso.tasks.text.english.sentences import sentences_around
from sayso.tasks.text.spans import SpanIndex, outside

MIN_AUTHOR_WORDS = 5


class Passage(NamedTuple):
    """A text with what may be marked in it; spans are code points of `text`.

    Attributes:
        target: the name of the target.
        mention: of the target.
        statement: the content of the statement.
        source: whose statement it is, as it stands there.
        cue: of the statement.
    """

    text: str
    target: str | None = None
    mention: Span | None = None
    statement: Span | None = None
    source: Span | None = None
    cue: Span | None = None

    def pair(self, marks: str | None) -> Pair:
        """The question to a pair classifier: the target by the words that stand there where its mention is marked."""
        if marks == "mention" and self.mention is not None:
            return Pair(self.text, self.text[slice(*self.mention)], self.mention)
        if marks != "statement":
            return Pair(self.text, self.target)
        spans = {"source": self.source, "cue": self.cue, "target": self.mention}
        roles = tuple(Role(name, *span) for name, span in spans.items() if span is not None)
        return Pair(self.text, self.target, self.statement, roles)


def bare_pair(name: str, text: str, target: str | None, span: Span | None = None, source: Span | None = None) -> Pair:
    """The question of a bare text, as `sayso score` and labelled files ask it.

    Args:
        name: sentiment or stance.
        span: the target's mention; for a stance whose source is not told the statement.
        source: where the one whose stance is asked for stands.
    """
    if name == "stance" and source is not None:
        return Passage(text, target, mention=span, source=source).pair("statement")
    return Pair(text, target, span)


def questions(analysis: Analysis, scores: Sequence[Score]) -> dict[tuple[str, int, str | None], Pair]:
    """What is to be asked about one article: (column, unit, target_id) → the question."""
    passages = {unit: dict(_PASSAGES[unit](analysis)) for unit in {score.unit for score in scores}}
    return {
        (score.column, unit, target_id): passage.pair(score.marks)
        for score in scores
        for (unit, target_id), passage in passages[score.unit].items()
    }


def content_passage(article: Article, statement: Statement) -> Passage:
    """The content of a statement."""
    return Passage(" ".join(article.text[s.start : s.end] for s in statement.content))


def statement_passage(
    article: Article,
    statement: Statement,
    target: str | None = None,
    mention: Span | None = None,
    whole_paragraph: bool = False,
) -> Passage:
    """The sentences (or the paragraph) that hold a statement.

    Args:
        mention: of the target, in code points of the article; its paragraph is taken, else that of the first content.
    """
    paragraph = article.paragraphs[article.paragraph_at((mention or statement.content[0]).start)]
    whole = Span(paragraph.start, paragraph.end)
    parts = [s for s in (*statement.content, statement.cue, statement.source) if s is not None and s.overlaps(whole)]
    start, end = whole
    if not whole_paragraph:
        first, last = min(s.start for s in parts), max(s.end for s in parts)
        text = article.text[start:end]
        low, high = sentences_around(text, max(first - start, 0), min(last, end) - start)
        start, end = start + low, start + high
    text = article.text[start:end].rstrip()

    def inside(span: Span | None) -> Span | None:
        if span is None or not span.overlaps(Span(start, start + len(text))):
            return None
        return Span(max(span.start - start, 0), min(span.end - start, len(text)))

    content = [s for s in statement.content if s.overlaps(whole)]
    said = inside(Span(content[0].start, max(s.end for s in content)))
    return Passage(text, target, inside(mention), said, inside(statement.source), inside(statement.cue))


def author_passages(analysis: Analysis) -> Iterator[tuple[int, str, list[Span]]]:
    """(paragraph index, its text without the contents of statements, the pieces that it is made of).

    Paragraphs of which fewer than five words are left have none.
    """
    contents = SpanIndex(span for s in analysis.statements for span in s.content)
    for paragraph in analysis.article.prose:
        whole = Span(paragraph.start, paragraph.end)
        pieces = outside(whole, contents.overlapping(whole))
        text = " ".join(analysis.article.text[s.start : s.end].strip() for s in pieces)
        if sum(any(c.isalnum() for c in word) for word in text.split()) >= MIN_AUTHOR_WORDS:
            yield paragraph.index, text, pieces


_Passages = Iterator[tuple[tuple[int, str | None], Passage]]


def _of_paragraphs(analysis: Analysis) -> _Passages:
    for p in analysis.article.prose:
        yield (p.index, None), Passage(_text(analysis.article, p))


def _text(article: Article, paragraph: Paragraph) -> str:
    return article.text[paragraph.start : paragraph.end]


def _of_own_words(analysis: Analysis) -> _Passages:
    for index, text, _ in author_passages(analysis):
        yield (index, None), Passage(text)


def _of_contents(analysis: Analysis) -> _Passages:
    for i, statement in enumerate(analysis.statements):
        yield (i, None), content_passage(analysis.article, statement)


def _of_statements_on_targets(analysis: Analysis) -> _Passages:
    of_each = zip(analysis.statements, analysis.targets.of_statements, strict=True)
    for i, (statement, targets) in enumerate(of_each):
        for target in targets:
            mention = next(m for m in target.mentions if any(s.start <= m.start < s.end for s in statement.content))
            yield (i, target.target_id), statement_passage(analysis.article, statement, target.name, mention)


def _of_own_words_on_targets(analysis: Analysis) -> _Passages:
    for index, text, pieces in author_passages(analysis):
        for target in analysis.targets.of_paragraphs.get(index, ()):
            mention = _first_in(pieces, target)
            if mention is not None:
                spot = _moved(analysis.article, pieces, mention)
                yield (index, target.target_id), Passage(text, target.name, spot)


def _first_in(pieces: Sequence[Span], target: Target) -> Span | None:
    return next((m for m in target.mentions if any(s.start <= m.start and m.end <= s.end for s in pieces)), None)


def _moved(article: Article, pieces: Sequence[Span], mention: Span) -> Span:
    """A mention in the text that some pieces make, stripped and joined by blanks."""
    at = 0
    for piece in pieces:
        raw = article.text[piece.start : piece.end]
        if piece.start <= mention.start < piece.end:
            at += mention.start - piece.start - (len(raw) - len(raw.lstrip()))
            break
        at += len(raw.strip()) + 1
    return Span(at, at + mention.end - mention.start)


_PASSAGES: Mapping[Unit, Callable[[Analysis], _Passages]] = {
    "paragraph": _of_paragraphs,
    "own words": _of_own_words,
    "content": _of_contents,
    "statement on target": _of_statements_on_targets,
    "own words on target": _of_own_words_on_targets,
}
