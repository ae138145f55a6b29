"""One function a kind of gold file; each gives the figures of the field for it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sayso.tasks.articles import UsageError
from sayso.tasks.evaluation.gold import gold_articles, gold_kinds, gold_statements, read_gold
from sayso.tasks.evaluation.identities import evaluate_identities
from sayso.tasks.evaluation.metrics import (
    Figure,
    bootstrap,
    calibration_error,
    counted,
    label_f1,
    macro_f1,
    match_statements,
)
from sayso.tasks.evaluation.speakers import evaluate_speakers
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.runtime import LABELS
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.text.english.sentences import sentences_around


def evaluate(kind: str, path: Path, pipeline: Pipeline) -> list[Figure]:
    """Figures of the model in force on a labelled JSONL file.

    Args:
        kind: one of `KINDS`.
        path: for attribution and speakers, articles with `attributions` (source, cue, content as lists of
            `[start, end)` in `text`); for sentiment and stance, pairs `{"text", "target", "start", "end",
            "sentiment" | "stance"}`, or those articles with `targets` in their attributions; for identities,
            articles with `entities`: local_id (a speaker_id or target_id) → a label, the same for all that are one.

    Raises:
        UsageError: the file is unreadable, or has no gold of this kind.
    """
    rows = list(read_gold(path))
    figures = [figure for figure in KINDS[kind](rows, pipeline) if not np.isnan(figure.value)]
    if not figures:
        raise UsageError(f"{path} has no labels for {kind}")
    return figures


def evaluate_attribution(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    """Attribution F1 and its parts; units of the bootstrap are articles."""
    pairs = list(gold_articles(rows))
    if not pairs:
        return []
    found = pipeline.attributor.attribute([article for article, _ in pairs])
    counts: dict[str, list[tuple[float, float, float]]] = {}
    judged: list[list[tuple[float, bool]]] = []  # of each article: (confidence, right) of each statement

    def count(name: str, hits: float, n_found: float, n_gold: float) -> None:
        counts.setdefault(name, []).append((hits, n_found, n_gold))

    for (article, attributions), mine in zip(pairs, found, strict=True):
        gold = gold_statements(article, attributions)
        hits = match_statements(mine, gold)
        right = {i for i, _ in hits}
        judged.append([(s.confidence, i in right) for i, s in enumerate(mine)])
        count("attribution F1", len(hits), len(mine), len(gold))
        count("precision", len(hits), len(mine), 0)
        count("recall", len(hits), 0, len(gold))
        detected = match_statements(mine, gold, with_source=False)
        count("detection F1 (content alone)", len(detected), len(mine), len(gold))
        for kind in ("direct", "indirect", "mixed"):
            of_kind = [j for j, s in enumerate(gold) if s.kind == kind]
            count(f"recall, {kind}", sum(j in of_kind for _, j in hits), 0, len(of_kind))
    figures = [counted(name, np.array(values)) for name, values in counts.items()]
    return [*figures, bootstrap("calibration error (ECE)", len(judged), lambda rows: _calibration(judged, rows))]


def _calibration(judged: Sequence[Sequence[tuple[float, bool]]], articles: np.ndarray) -> float:
    statements = np.array([statement for i in articles for statement in judged[i]]).reshape(-1, 2)
    return calibration_error(statements[:, 0], statements[:, 1]) if len(statements) else float("nan")


def evaluate_sentiment(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    return _classify("sentiment", _pairs(rows, "sentiment"), pipeline.sentiment.predict)


def evaluate_stance(rows: Sequence[dict], pipeline: Pipeline) -> list[Figure]:
    return _classify("stance", _pairs(rows, "stance"), pipeline.stance.predict)


def _pairs(rows: Sequence[dict], name: str) -> list[tuple[Pair, str, list[str]]]:
    """(pair, gold label, groups it counts in) of every labelled row."""
    pairs: list[tuple[Pair, str, list[str]]] = []
    for row in rows:
        if name in row:
            span = (row["start"], row["end"]) if "start" in row and "end" in row else None
            pairs.append((Pair(row["text"], row.get("target"), span), row[name], []))
    for article, attributions in gold_articles(rows):
        for attribution, kind in zip(attributions, gold_kinds(article, attributions), strict=True):
            region, span = statement_region(article.text, attribution)
            groups = [f"{kind} statements"]
            if name == "stance":
                for target in attribution.get("targets", []):
                    more = [f"{target['target_kind']} targets"] + ["confident pairs"] * target["confident"]
                    pairs.append((Pair(region, target["target"], span), target["stance"], groups + more))
            elif "sentiment" in attribution:
                pairs.append((Pair(region[slice(*span)]), attribution["sentiment"], groups))
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
    confidence, right = probabilities.max(axis=1), predicted == truth
    figures.append(
        bootstrap("calibration error (ECE)", len(pairs), lambda r: calibration_error(confidence[r], right[r]))
    )
    return figures


KINDS: dict[str, Callable[[Sequence[dict], Pipeline], list[Figure]]] = {
    "attribution": evaluate_attribution,
    "speakers": evaluate_speakers,
    "sentiment": evaluate_sentiment,
    "stance": evaluate_stance,
    "identities": evaluate_identities,
}
