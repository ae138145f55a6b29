"""One function a kind of gold file; each gives the figures of the field for it."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.articles import Article, Span, Statement, UsageError
from tasks.attribution.quotations import find_quotations, quoted_share
from tasks.attribution.statements import statement_kind
from tasks.evaluation.metrics import Figure, bootstrap, calibration_error, f1, label_f1, macro_f1, match
from tasks.pipeline import Pipeline
from tasks.reading import article_id_of
from tasks.reading.layout import paragraphs_of, read_layout
from tasks.runtime import LABELS
from tasks.scoring.context import Pair, sentences_around
from tasks.speakers import resolve
from tasks.speakers.entities import slug


def evaluate(kind: str, path: Path, pipeline: Pipeline) -> list[Figure]:
    """Figures of the model in force on a labelled JSONL file.

    Args:
        kind: one of `KINDS`.
        path: for attribution and speakers, articles with `attributions` (source, cue, content as lists of
            `[start, end)` in `text`); for sentiment and stance, pairs `{"text", "target", "start", "end",
            "sentiment" | "stance"}`, or those articles with `targets` in their attributions.

    Raises:
        UsageError: the file is unreadable, or has no gold of this kind.
    """
    rows = list(read_gold(path))
    figures = KINDS[kind](rows, pipeline)
    if not figures:
        raise UsageError(f"{path} has no labels for {kind}")
    return figures


def read_gold(path: Path) -> Iterator[dict[str, Any]]:
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


def _articles(rows: Sequence[dict]) -> Iterator[tuple[Article, list[dict]]]:
    """Articles with gold attributions; the text as it is, for the gold spans are offsets into it."""
    for number, row in enumerate(rows, start=1):
        if isinstance(row.get("attributions"), list):
            layout = read_layout(row["text"])
            article_id = article_id_of(f"gold#{number}")
            yield (
                Article(article_id, "", "", layout.title, row["text"], paragraphs_of(layout), layout.byline),
                row["attributions"],
            )


def _spans(pairs: list) -> list[Span]:
    return sorted(Span(*pair) for pair in pairs)


def _gold_kind(article: Article, attribution: dict) -> str:
    spans = _spans(attribution["content"])
    marks = [
        Span(q.span.start + p.start, q.span.end + p.start)
        for p in article.paragraphs
        for q in find_quotations(article.text[p.start : p.end])
    ]
    return statement_kind(quoted_share(article.text, spans, marks))


def evaluate_attribution(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    """Attribution F1 and its parts; units of the bootstrap are articles."""
    pairs = list(_articles(rows))
    if not pairs:
        return []
    found = pipeline.attributor.attribute([article for article, _ in pairs])
    counts: dict[str, list[tuple[float, float, float]]] = {}

    def count(name: str, hits: float, n_found: float, n_gold: float) -> None:
        counts.setdefault(name, []).append((hits, n_found, n_gold))

    for (article, attributions), statements in zip(pairs, found, strict=True):
        gold = [
            (_spans(a["content"]), _spans(a["source"])[0] if a["source"] else None)
            for a in attributions
            if a["content"]
        ]
        kinds = [_gold_kind(article, a) for a in attributions if a["content"]]
        mine = [(list(s.content), s.source) for s in statements]
        hits = match(mine, gold)
        count("attribution F1", len(hits), len(mine), len(gold))
        count("precision", len(hits), len(mine), 0)
        count("recall", len(hits), 0, len(gold))
        count("detection F1 (content alone)", len(match(mine, gold, with_source=False)), len(mine), len(gold))
        for kind in ("direct", "indirect", "mixed"):
            of_kind = [j for j, k in enumerate(kinds) if k == kind]
            count(f"recall, {kind}", sum(j in of_kind for _, j in hits), 0, len(of_kind))
    return [_counted(name, np.array(values)) for name, values in counts.items()]


def _counted(name: str, values: np.ndarray) -> Figure:
    def measure(rows: np.ndarray) -> float:
        hits, found, gold = values[rows].sum(axis=0)
        if found and gold:
            return f1(hits, found, gold)
        return hits / max(1, found + gold)

    return bootstrap(name, len(values), measure)


def evaluate_speakers(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    """Accuracy of the resolved speaker, given the gold spans; units of the bootstrap are articles."""
    pairs = [(a, g) for a, g in _articles(rows) if any("speaker_kind" in x for x in g)]
    if not pairs:
        return []
    counts: dict[str, list[tuple[float, float, float]]] = {}
    names = pipeline.names.find(article.text for article, _ in pairs)
    for (article, attributions), found in zip(pairs, names, strict=True):
        attributions = sorted((a for a in attributions if a["content"]), key=lambda a: _spans(a["content"])[0])
        resolution = resolve(article, [_gold_statement(article, a) for a in attributions], found)
        speakers = {s.speaker_id: s for s in resolution.speakers}
        tally: dict[str, list[float]] = {}
        for a, speaker_id in zip(attributions, resolution.speaker_ids, strict=True):
            speaker = speakers[speaker_id]
            right = _same_speaker(a["speaker"], a["speaker_kind"], speaker.name, speaker.kind)
            word = " ".join(article.text[s:e] for s, e in a["source"]).lower()
            groups = ["all kinds", a["speaker_kind"]] + (["pronoun sources"] if word in ("he", "she") else [])
            for group in groups:
                tally.setdefault(group, []).append(right)
        for group in ("all kinds", "person", "pronoun sources", "organization", "group", "anonymous", "author", "none"):
            values = tally.get(group, [])
            counts.setdefault(f"speaker right, {group}", []).append((sum(values), len(values), 0))
    return [_counted(name, np.array(values)) for name, values in counts.items()]


def _gold_statement(article: Article, a: dict) -> Statement:
    source, cue = _spans(a["source"]), _spans(a["cue"])
    return Statement(
        tuple(_spans(a["content"])), cue[0] if cue else None, source[0] if source else None, _gold_kind(article, a), 1.0
    )


def _same_speaker(gold: str, gold_kind: str, name: str, kind: str) -> bool:
    """Whether two namings are one speaker: last name and first name or initial agree; half the words for others."""
    if gold_kind in ("none", "author"):
        return kind == {"none": "unknown"}.get(gold_kind, gold_kind)
    mine, theirs = ([w for w in slug(text).split("-") if w not in ("the", "a", "an")] for text in (name, gold))
    if not mine or not theirs:
        return False
    if gold_kind == "person":
        first = len(mine) == 1 or mine[0].startswith(theirs[0][0]) or theirs[0].startswith(mine[0][0])
        return kind == "person" and mine[-1] == theirs[-1] and first
    shared = set(mine) & set(theirs)
    return bool(shared) and len(shared) >= 0.5 * min(len(set(mine)), len(set(theirs)))


def evaluate_sentiment(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    return _classify("sentiment", _pairs(rows, "sentiment"), pipeline.sentiment.predict)


def evaluate_stance(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    return _classify("stance", _pairs(rows, "stance"), pipeline.stance.predict)


def _pairs(rows: Sequence[dict], name: str) -> list[tuple[Pair, str, list[str]]]:
    """(pair, gold label, groups it counts in) of every labelled row."""
    pairs = []
    for row in rows:
        if name in row:
            span = (row["start"], row["end"]) if "start" in row and "end" in row else None
            pairs.append((Pair(row["text"], row.get("target"), span), row[name], []))
        for attribution in row.get("attributions", []):
            for target in attribution.get("targets", []):
                if name == "stance":
                    region, span = statement_region(row["text"], attribution)
                    groups = [f"{target['target_kind']} targets"] + ["confident pairs"] * target["confident"]
                    pairs.append((Pair(region, target["target"], span), target["stance"], groups))
            if name == "sentiment" and "sentiment" in attribution:
                region, (start, end) = statement_region(row["text"], attribution)
                pairs.append((Pair(region[start:end]), attribution["sentiment"], []))
    return pairs


def statement_region(text: str, attribution: dict, whole_paragraph: bool = False) -> tuple[str, tuple[int, int]]:
    """The sentences (or the paragraph) that hold a gold attribution, and its content's span in them."""
    spans = [span for kind in ("source", "cue", "content") for span in attribution[kind]]
    content = sorted(attribution["content"])
    anchor = content[0][0]
    low = text.rfind("\n\n", 0, anchor) + 2 if "\n\n" in text[:anchor] else 0
    high = text.find("\n\n", anchor)
    high = len(text) if high < 0 else high
    inside = [(max(low, s) - low, min(high, e) - low) for s, e in spans if s < high and e > low]
    paragraph = text[low:high]
    start, end = 0, len(paragraph)
    if not whole_paragraph:
        start, end = sentences_around(paragraph, min(s for s, _ in inside), max(e for _, e in inside))
    region = paragraph[start:end].rstrip()
    marked_end = min(max(e for _, e in content), high) - low - start
    return region, (content[0][0] - low - start, min(marked_end, len(region)))


def _classify(
    name: str, pairs: list[tuple[Pair, str, list[str]]], predict: Callable[[Sequence[Pair]], np.ndarray]
) -> list[Figure]:
    labels = LABELS[name]
    if unknown := {label for _, label, _ in pairs} - set(labels):
        raise UsageError(f"gold {name} {sorted(unknown)[0]!r} is none of {', '.join(labels)}")
    if not pairs:
        return []
    probabilities = predict([pair for pair, _, _ in pairs])
    predicted = probabilities.argmax(axis=1)
    truth = np.array([labels.index(label) for _, label, _ in pairs])
    groups = sorted({group for _, _, mine in pairs for group in mine})
    figures = [bootstrap("macro F1", len(pairs), lambda r: macro_f1(truth[r], predicted[r], len(labels)))]
    for group in groups:
        rows = np.array([i for i, (_, _, mine) in enumerate(pairs) if group in mine])
        figures.append(
            bootstrap(
                f"macro F1, {group}",
                len(rows),
                lambda r, rows=rows: macro_f1(truth[rows[r]], predicted[rows[r]], len(labels)),
            )
        )
    for i, label in enumerate(labels):
        figures.append(bootstrap(f"F1, {label}", len(pairs), lambda r, i=i: label_f1(truth[r], predicted[r], i)))
    figures.append(bootstrap("accuracy", len(pairs), lambda r: float((truth[r] == predicted[r]).mean())))
    figures.append(
        bootstrap("calibration error (ECE)", len(pairs), lambda r: calibration_error(probabilities[r], truth[r]))
    )
    return figures


KINDS: dict[str, Callable[[Sequence[dict], Pipeline], list[Figure]]] = {
    "attribution": evaluate_attribution,
    "speakers": evaluate_speakers,
    "sentiment": evaluate_sentiment,
    "stance": evaluate_stance,
}
