"""Labelled files: articles with gold attributions, as the domain types."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NotRequired

from pydantic import ConfigDict, NonNegativeInt, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from sayso.tasks.articles import Article, Span, Statement, StatementKind, UsageError
from sayso.tasks.attribution.quotations import find_quotations, quoted_share
from sayso.tasks.attribution.statements import statement_kind
from sayso.tasks.reading import article_id_of
from sayso.tasks.reading.layout import paragraphs_of, read_layout

Gold = dict[str, Any]  # a record of a labelled file, or an attribution or target in it
_Offsets = list[tuple[NonNegativeInt, NonNegativeInt]]


@with_config(ConfigDict(strict=True))
class _Target(TypedDict):
    target: str
    target_kind: str
    stance: str
    confident: bool


@with_config(ConfigDict(strict=True))
class _Attribution(TypedDict):
    source: _Offsets
    cue: _Offsets
    content: _Offsets
    speaker: NotRequired[str]
    speaker_kind: NotRequired[str]
    sentiment: NotRequired[str]
    targets: NotRequired[list[_Target]]


@with_config(ConfigDict(strict=True))
class _Row(TypedDict):
    text: str
    attributions: NotRequired[list[_Attribution]]
    target: NotRequired[str | None]
    start: NotRequired[NonNegativeInt]
    end: NotRequired[NonNegativeInt]
    source_start: NotRequired[NonNegativeInt]
    source_end: NotRequired[NonNegativeInt]
    sentiment: NotRequired[str]
    stance: NotRequired[str]


_ROW = TypeAdapter(_Row)


def read_gold(path: Path) -> Iterator[Gold]:
    """Records of a JSONL file (UsageError names the line that is none, and what it lacks)."""
    try:
        with open(path, encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise UsageError(f"{path} line {number} is not valid JSON: {error}") from error
                if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                    raise UsageError(f"{path} line {number} is not an object with a text")
                try:
                    _ROW.validate_json(line)
                except ValidationError as error:
                    raise UsageError(f"{path} line {number}: {_what(error)}") from error
                if fault := _fault(row):
                    raise UsageError(f"{path} line {number}: {fault}")
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _what(error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"].lower())))


def _fault(row: dict[str, Any]) -> str | None:
    """What no type tells: spans outside the text, and attributions of which only some have a speaker."""
    attributions, size = row.get("attributions", ()), len(row["text"])
    for start, end in (("start", "end"), ("source_start", "source_end")):
        if start in row and end in row and not row[start] < row[end] <= size:
            return f"[{row[start]}, {row[end]}) is no span of the text"
    if ("source_start" in row) != ("source_end" in row):
        return "source_start and source_end go together"
    for i, a in enumerate(attributions):
        for kind in ("source", "cue", "content"):
            for start, end in a[kind]:
                if not start < end <= size:
                    return f"attributions.{i}.{kind}: [{start}, {end}) is no span of the text"
    if any("speaker_kind" in a for a in attributions):
        for i, a in enumerate(attributions):
            if lacking := {"speaker", "speaker_kind"} - a.keys():
                return f"attributions.{i}.{min(lacking)}: field required"
    return None


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


def mention_of(target: Gold, text: str, content: Sequence[Span]) -> Span | None:
    """Where a gold target stands in the content of a statement: where it is marked, else where its name or failing
    that its last word stands first."""
    if target.get("mentions"):
        return Span(*target["mentions"][0])
    name = target["target"].strip()
    for form in dict.fromkeys((name, *name.split()[-1:])):
        pattern = re.compile(rf"\b{re.escape(form)}\b")
        for span in content:
            if form and (match := pattern.search(text, *span)):
                return Span(*match.span())
    return None


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
