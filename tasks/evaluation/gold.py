"""Labelled files: articles with gold attributions, as the domain types."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sayso.tasks.articles import Article, Span, Statement, StatementKind, UsageError
from sayso.tasks.attribution.quotations import find_quotations, quoted_share
from sayso.tasks.attribution.statements import statement_kind
from sayso.tasks.reading import article_id_of
from sayso.tasks.reading.layout import paragraphs_of, read_layout

Gold = dict[str, Any]  # a record of a labelled file, or an attribution or target in it


def read_gold(path: Path) -> Iterator[Gold]:
    """Records of a JSONL file (UsageError names the line that is none)."""
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise UsageError(f"{path} line {number} is not valid JSON: {error}") from error
                if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                    raise UsageError(f"{path} line {number} is not an object with a text")
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def gold_articles(rows: Sequence[Gold]) -> Iterator[tuple[Article, list[Gold]]]:
    """Articles with their attributions that have content, in order; texts as they are, for spans are offsets."""
    for number, row in enumerate(rows, start=1):
        if isinstance(row.get("attributions"), list):
            layout = read_layout(row["text"])
            article_id = article_id_of(f"gold#{number}")
            article = Article(article_id, "", "", layout.title, row["text"], paragraphs_of(layout), layout.byline)
            found = [a for a in row["attributions"] if a["content"]]
            yield article, sorted(found, key=lambda a: spans_of(a["content"])[0])


def spans_of(pairs: Sequence[Sequence[int]]) -> list[Span]:
    return sorted(Span(*pair) for pair in pairs)


def mention_of(target: Gold) -> Span | None:
    """Where a gold target stands in the words, at its best; None where nobody has marked it."""
    return Span(*target["mentions"][0]) if target.get("mentions") else None


def gold_kinds(article: Article, attributions: Sequence[Gold]) -> list[StatementKind]:
    """Direct, indirect or mixed, by the quotation marks of the text."""
    marks = [
        Span(q.span.start + p.start, q.span.end + p.start)
        for p in article.paragraphs
        for q in find_quotations(article.text[p.start : p.end])
    ]
    return [statement_kind(quoted_share(article.text, spans_of(a["content"]), marks)) for a in attributions]


def gold_statements(article: Article, attributions: Sequence[Gold]) -> list[Statement]:
    """The attributions as statements; of a source or cue in pieces the first."""
    statements = []
    for a, kind in zip(attributions, gold_kinds(article, attributions), strict=True):
        source, cue = spans_of(a["source"]), spans_of(a["cue"])
        statements.append(
            Statement(tuple(spans_of(a["content"])), cue[0] if cue else None, source[0] if source else None, kind, 1.0)
        )
    return statements
