"""From analyses to the rows of a shard."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from sayso.tasks.articles import Analysis, Span
from sayso.tasks.scores import SCORES, scores_of
from sayso.tasks.tables.judgements import Judgement, corrected
from sayso.tasks.tables.kept import kept, sketch
from sayso.tasks.tables.schemas import ANALYSES_TABLE, PER_ARTICLE
from sayso.tasks.text.spans import statement_id

Rows = Iterator[dict[str, Any]]
_QUOTED = ("statement_id", "statement_kind", "factuality", "role", "content", "confidence", "corrected")


def shard_tables(
    analyses: Sequence[Analysis],
    run_id: str,
    fingerprints: Mapping[str, str],
    at: datetime,
    judgements: Mapping[str, Sequence[Judgement]] = MappingProxyType({}),
    confidence: Callable[[float], float] = float,
) -> dict[str, pa.Table]:
    """One Arrow table for each table that is written with a shard.

    Args:
        fingerprints: stage → what made the rows.
        at: the time for `ingested_at`.
        judgements: article_id → corrections that override its rows; what is kept for later runs stays as it is.
        confidence: what the confidence of a statement becomes.
    """
    given = ((a, judgements.get(a.article.article_id, ())) for a in analyses)
    articles = [_Rows(a, run_id, fingerprints, at, said, confidence) for a, said in given]
    return {
        name: pa.Table.from_pylist([row for article in articles for row in article.of(name)], schema=schema)
        for name, schema in PER_ARTICLE.items()
    }


class _Rows:
    """The rows of one article, a method a table."""

    def __init__(
        self,
        analysis: Analysis,
        run_id: str,
        fingerprints: Mapping[str, str],
        at: datetime,
        judgements: Sequence[Judgement] = (),
        confidence: Callable[[float], float] = float,
    ) -> None:
        self._made, self._confidence = analysis, confidence
        analysis, self._corrected = corrected(analysis, judgements) if judgements else (analysis, frozenset())
        self._analysis, self._article, self._resolution = analysis, analysis.article, analysis.resolution
        self._fingerprints, self._at = fingerprints, at
        self._key = {"article_id": self._article.article_id, "run_id": run_id}
        self._scores = {score.column: analysis.scores(score.column) for score in SCORES}
        self._speakers = {s.speaker_id: s for s in self._resolution.speakers}
        self._targets = {t.target_id: t for t in analysis.targets.targets}
        self._statements = [self._statement(i) for i in range(len(analysis.statements))]

    def of(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, with the article's id and the run's."""
        return [row | self._key for row in _TABLES[table](self)]

    def articles(self) -> Rows:
        article = self._article
        yield {
            "source_uri": article.source_uri,
            "outlet": article.outlet,
            "title": article.title,
            "byline": list(article.byline),
            "published_at": article.published_at,
            "published_from": article.published_from,
            "language": article.language,
            "text": article.text,
            "n_paragraphs": len(article.paragraphs),
            "n_words": len(article.text.split()),
            "input_sha256": article.input_sha256,
            "duplicate_of": None,
            "fingerprints": list(self._fingerprints.items()),
            "ingested_at": self._at,
        }

    def paragraphs(self) -> Rows:
        for p in self._article.paragraphs:
            yield {
                "paragraph_index": p.index,
                "char_start": p.start,
                "char_end": p.end,
                "text": self._article.text[p.start : p.end],
                "role": p.role,
                **self._scored("paragraphs", p.index),
            }

    def mentions(self) -> Rows:
        for m in sorted((*self._resolution.mentions, *self._analysis.targets.mentions), key=lambda m: m.span):
            yield {
                "char_start": m.span.start,
                "char_end": m.span.end,
                "entity_id": m.entity_id,
                "text": self._article.text[m.span.start : m.span.end],
                "form": m.form,
                "paragraph_index": self._article.paragraph_at(m.span.start),
            }

    def speakers(self) -> Rows:
        spoken = Counter(self._resolution.speaker_ids)
        for s in self._resolution.speakers:
            counted = {"aliases": list(s.aliases), "members": list(s.members), "n_statements": spoken[s.speaker_id]}
            yield self._speaker(s.speaker_id) | counted

    def targets(self) -> Rows:
        for t in self._analysis.targets.targets:
            yield {
                "target_id": t.target_id,
                "target_name": t.name,
                "target_kind": t.kind,
                "entity_type": t.entity_type,
                "origin": t.origin,
                "n_mentions": len(t.mentions),
            }

    def statements(self) -> Rows:
        yield from self._statements

    def opinions(self) -> Rows:
        for i, target_id in self._scores["opinions.stance"]:
            about = self._statements[i]
            yield {
                **{name: about[name] for name in ("statement_id", "paragraph_index", "speaker_id")},
                "target_id": target_id,
                **self._scored("opinions", i, target_id),
                "corrected": i in self._corrected,
            }

    def paragraph_opinions(self) -> Rows:
        for i, target_id in self._scores["paragraph_opinions.stance"]:
            yield {"paragraph_index": i, "target_id": target_id, **self._scored("paragraph_opinions", i, target_id)}

    def quotes(self) -> Rows:
        article = self._article
        judged: dict[int, list[str | None]] = {}
        for i, target_id in self._scores["opinions.stance"]:
            judged.setdefault(i, []).append(target_id)
        for i, said in enumerate(self._statements):
            common = {
                **{name: said[name] for name in _QUOTED},
                **self._speaker(said["speaker_id"]),
                "published_at": article.published_at,
                "outlet": article.outlet,
                "title": article.title,
                "source_uri": article.source_uri,
                "duplicate_of": None,
            }
            for target_id in judged.get(i, [None]):
                target = self._targets[target_id] if target_id else None
                yield {
                    **common,
                    "target_id": target_id,
                    "target_name": target.name if target else None,
                    "target_kind": target.kind if target else None,
                    **self._scored("opinions", i, target_id),
                }

    def analyses(self) -> Rows:
        yield {"analysis": kept(self._made), "sketch": sketch(self._article.text)}

    def _scored(self, table: str, unit: int, target_id: str | None = None) -> dict[str, Any]:
        """Every scored column of a table, null where there is no answer."""
        columns: dict[str, Any] = {}
        for score in scores_of(table):
            found = self._scores[score.column].get((unit, target_id))
            columns[score.name] = found.label if found else None
            columns |= zip(score.probabilities, found.probabilities if found else repeat(None), strict=False)
        return columns

    def _speaker(self, speaker_id: str) -> dict[str, Any]:
        s = self._speakers[speaker_id]
        return {
            "speaker_id": speaker_id,
            "speaker_name": s.name,
            "speaker_kind": s.kind,
            "job_title": s.job_title,
            "affiliation": s.affiliation,
        }

    def _statement(self, i: int) -> dict[str, Any]:
        article, s = self._article, self._analysis.statements[i]
        place = article.paragraph_at(s.content[0].start)
        return {
            "statement_id": statement_id(article.article_id, s.cue, s.content),
            "paragraph_index": place,
            "speaker_id": self._resolution.speaker_ids[i],
            "statement_kind": s.kind,
            "content": " … ".join(article.text[k.start : k.end] for k in s.content),
            "content_spans": [
                {"start": k.start, "end": k.end, "paragraph_index": article.paragraph_at(k.start)} for k in s.content
            ],
            **_placed(article.text, "cue", s.cue),
            **_placed(article.text, "source", s.source),
            **self._scored("statements", i),
            "factuality": s.factuality,
            "role": "title" if article.paragraphs[place].role == "title" else "body",
            "confidence": s.confidence if i in self._corrected else self._confidence(s.confidence),
            "corrected": i in self._corrected,
        }


def _placed(text: str, name: str, span: Span | None) -> dict[str, Any]:
    """The columns of a span that a statement may lack."""
    if span is None:
        return {name: None, f"{name}_start": None, f"{name}_end": None}
    return {name: text[span.start : span.end], f"{name}_start": span.start, f"{name}_end": span.end}


_TABLES: dict[str, Callable[[_Rows], Rows]] = {
    "articles": _Rows.articles,
    "paragraphs": _Rows.paragraphs,
    "mentions": _Rows.mentions,
    "speakers": _Rows.speakers,
    "statements": _Rows.statements,
    "targets": _Rows.targets,
    "opinions": _Rows.opinions,
    "paragraph_opinions": _Rows.paragraph_opinions,
    "quotes": _Rows.quotes,
    ANALYSES_TABLE: _Rows.analyses,
}
