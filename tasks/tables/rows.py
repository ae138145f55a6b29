"""From analyses to the rows of a shard."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from sayso.tasks.articles import Analysis, Scores, Span
from sayso.tasks.tables.kept import kept, sketch
from sayso.tasks.tables.schemas import ANALYSES_TABLE, PER_ARTICLE, SENTIMENTS, STANCES


def statement_id(article_id: str, cue: Span | None, content: Sequence[Span]) -> str:
    """Hash of article_id, cue and content spans."""
    spans = ",".join(f"{s.start}-{s.end}" for s in content)
    where = f"{cue.start}-{cue.end}" if cue else ""
    return hashlib.sha256(f"{article_id}|{where}|{spans}".encode()).hexdigest()[:16]


def shard_tables(
    analyses: Sequence[Analysis], run_id: str, fingerprints: Mapping[str, str], at: datetime
) -> dict[str, pa.Table]:
    """One Arrow table for each table that is written with a shard.

    Args:
        fingerprints: stage → what made the rows.
        at: the time for `ingested_at`.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in PER_ARTICLE}
    for analysis in analyses:
        _add(rows, analysis, run_id, fingerprints, at)
    return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in PER_ARTICLE.items()}


def _columns(name: str, labels: tuple[str, ...], scores: Scores | None) -> dict[str, Any]:
    if scores is None:
        return {name: None} | {f"{name}_{label}": None for label in labels}
    return {name: scores.label} | {f"{name}_{label}": p for label, p in zip(labels, scores.probabilities, strict=True)}


def _add(
    rows: dict[str, list[dict[str, Any]]],
    analysis: Analysis,
    run_id: str,
    fingerprints: Mapping[str, str],
    at: datetime,
) -> None:
    article, resolution = analysis.article, analysis.resolution
    key = {"article_id": article.article_id, "run_id": run_id}
    rows["articles"].append(
        {
            **key,
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
            "fingerprints": list(fingerprints.items()),
            "ingested_at": at,
        }
    )
    for p in article.paragraphs:
        rows["paragraphs"].append(
            {
                **key,
                "paragraph_index": p.index,
                "char_start": p.start,
                "char_end": p.end,
                "text": article.text[p.start : p.end],
                "role": p.role,
                **_columns("sentiment", SENTIMENTS, analysis.paragraph_sentiment.get(p.index)),
                **_columns("author_sentiment", SENTIMENTS, analysis.author_sentiment.get(p.index)),
            }
        )
    for m in sorted((*resolution.mentions, *analysis.target_mentions), key=lambda m: m.span):
        rows["mentions"].append(
            {
                **key,
                "char_start": m.span.start,
                "char_end": m.span.end,
                "entity_id": m.entity_id,
                "text": article.text[m.span.start : m.span.end],
                "form": m.form,
                "paragraph_index": article.paragraph_at(m.span.start),
            }
        )
    spoken = Counter(resolution.speaker_ids)
    for s in resolution.speakers:
        rows["speakers"].append(
            {
                **key,
                "speaker_id": s.speaker_id,
                "speaker_name": s.name,
                "speaker_kind": s.kind,
                "job_title": s.job_title,
                "affiliation": s.affiliation,
                "aliases": list(s.aliases),
                "n_statements": spoken[s.speaker_id],
            }
        )
    for t in analysis.targets:
        rows["targets"].append(
            {
                **key,
                "target_id": t.target_id,
                "target_name": t.name,
                "target_kind": t.kind,
                "entity_type": t.entity_type,
                "origin": t.origin,
                "n_mentions": len(t.mentions),
            }
        )
    statements = [_statement(analysis, i) | key for i in range(len(analysis.statements))]
    rows["statements"] += statements
    for o in analysis.opinions:
        about = statements[o.unit]
        rows["opinions"].append(
            {
                **key,
                **{name: about[name] for name in ("statement_id", "paragraph_index", "speaker_id")},
                "target_id": o.target_id,
                **_columns("stance", STANCES, o.stance),
                **_columns("target_sentiment", SENTIMENTS, o.target_sentiment),
            }
        )
    for o in analysis.paragraph_opinions:
        rows["paragraph_opinions"].append(
            {
                **key,
                "paragraph_index": o.unit,
                "target_id": o.target_id,
                **_columns("stance", STANCES, o.stance),
                **_columns("target_sentiment", SENTIMENTS, o.target_sentiment),
            }
        )
    rows["quotes"] += _quotes(analysis, statements)
    rows[ANALYSES_TABLE].append(key | {"analysis": kept(analysis), "sketch": sketch(article.text)})


def _statement(analysis: Analysis, i: int) -> dict[str, Any]:
    article, s = analysis.article, analysis.statements[i]
    text = article.text
    return {
        "statement_id": statement_id(article.article_id, s.cue, s.content),
        "paragraph_index": article.paragraph_at(s.content[0].start),
        "speaker_id": analysis.resolution.speaker_ids[i],
        "statement_kind": s.kind,
        "content": " … ".join(text[k.start : k.end] for k in s.content),
        "content_spans": [
            {"start": k.start, "end": k.end, "paragraph_index": article.paragraph_at(k.start)} for k in s.content
        ],
        "cue": text[s.cue.start : s.cue.end] if s.cue else None,
        "cue_start": s.cue.start if s.cue else None,
        "cue_end": s.cue.end if s.cue else None,
        "source": text[s.source.start : s.source.end] if s.source else None,
        "source_start": s.source.start if s.source else None,
        "source_end": s.source.end if s.source else None,
        **_columns("sentiment", SENTIMENTS, analysis.statement_sentiment[i]),
        "confidence": s.confidence,
    }


def _quotes(analysis: Analysis, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    article = analysis.article
    speakers = {s.speaker_id: s for s in analysis.resolution.speakers}
    targets = {t.target_id: t for t in analysis.targets}
    rows = []
    for i, row in enumerate(statements):
        speaker = speakers[row["speaker_id"]]
        common = {
            **{name: row[name] for name in ("statement_id", "statement_kind", "content", "confidence", "speaker_id")},
            "published_at": article.published_at,
            "outlet": article.outlet,
            "title": article.title,
            "source_uri": article.source_uri,
            "speaker_name": speaker.name,
            "speaker_kind": speaker.kind,
            "job_title": speaker.job_title,
            "affiliation": speaker.affiliation,
            "article_id": article.article_id,
            "duplicate_of": None,
        }
        opinions = [o for o in analysis.opinions if o.unit == i]
        for o in opinions or [None]:
            target = targets[o.target_id] if o else None
            rows.append(
                {
                    **common,
                    "target_id": target.target_id if target else None,
                    "target_name": target.name if target else None,
                    "target_kind": target.kind if target else None,
                    **_columns("stance", STANCES, o.stance if o else None),
                    **_columns("target_sentiment", SENTIMENTS, o.target_sentiment if o else None),
                }
            )
    return rows
