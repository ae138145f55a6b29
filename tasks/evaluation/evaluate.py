"""One function a kind of gold file; each gives the figures of the field for it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayso.tasks.articles import Span, UsageError
from sayso.tasks.evaluation.gold import Gold, gold_articles, gold_statements, mention_of, read_gold
from sayso.tasks.evaluation.identities import evaluate_identities
from sayso.tasks.evaluation.metrics import (
    Figure,
    calibration_error,
    counted,
    label_f1,
    macro_f1,
    match_statements,
    measured,
)
from sayso.tasks.evaluation.speakers import evaluate_speakers
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scores import LABELS
from sayso.tasks.scoring.passages import bare_pair, content_passage, statement_passage

_ECE = "calibration error (ECE)"  # no interval: it is too high in small samples, more so in part of them
GoldPair = tuple[Pair, str, list[str], tuple[str, Any]]  # pair, gold label, groups it counts in, (unit, which)


def evaluate(kind: str, path: Path, pipeline: Pipeline) -> list[Figure]:
    """Figures of the model in force on a labelled JSONL file.

    Args:
        kind: one of `KINDS`.
        path: for attribution and speakers, articles with `attributions` (source, cue, content as lists of
            `[start, end)` in `text`); for sentiment and stance, pairs `{"text", "target", "start", "end",
            "source_start", "source_end", "sentiment" | "stance"}`, or those articles with `targets` in their
            attributions; for identities, articles with `entities`: local_id (a speaker_id or target_id) → a label,
            the same for all that are one.

    Raises:
        UsageError: the file is unreadable, or has no gold of this kind.
    """
    rows = list(read_gold(path))
    figures = [figure for figure in KINDS[kind](rows, pipeline) if not np.isnan(figure.value)]
    if not figures:
        raise UsageError(f"{path} has no labels for {kind}")
    return figures


def evaluate_attribution(rows: Sequence[Gold], pipeline: Pipeline) -> list[Figure]:
    """Attribution F1 and its parts; intervals are over articles."""
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
    articles = np.arange(len(judged))
    calibration = measured(_ECE, articles, lambda rows: _calibration(judged, rows), interval=False)
    return [*figures, calibration]


def _calibration(judged: Sequence[Sequence[tuple[float, bool]]], articles: np.ndarray) -> float:
    statements = np.array([statement for i in articles for statement in judged[i]]).reshape(-1, 2)
    return calibration_error(statements[:, 0], statements[:, 1]) if len(statements) else float("nan")


def evaluate_sentiment(rows: Sequence[Gold], pipeline: Pipeline) -> list[Figure]:
    return _classify("sentiment", _pairs(rows, "sentiment"), pipeline.classifier("sentiment").predict)


def evaluate_stance(rows: Sequence[Gold], pipeline: Pipeline) -> list[Figure]:
    return _classify("stance", _pairs(rows, "stance"), pipeline.classifier("stance").predict)


def _pairs(rows: Sequence[Gold], name: str) -> list[GoldPair]:
    """Every labelled row; those of one article belong together, of bare pairs those of one text."""
    pairs: list[GoldPair] = []
    for row in rows:
        if name in row:
            span = Span(row["start"], row["end"]) if "start" in row and "end" in row else None
            source = Span(row["source_start"], row["source_end"]) if "source_start" in row else None
            pair = bare_pair(name, row["text"], row.get("target"), span, source)
            pairs.append((pair, row[name], [], ("texts", row["text"])))
    for article, attributions in gold_articles(rows):
        for attribution, statement in zip(attributions, gold_statements(article, attributions), strict=True):
            groups, unit = [f"{statement.kind} statements"], ("articles", article.article_id)
            if name == "stance":
                for target in attribution.get("targets", []):
                    more = [f"{target['target_kind']} targets"] + ["confident pairs"] * target["confident"]
                    mention = mention_of(target, article.text, statement.content)
                    passage = statement_passage(article, statement, target["target"], mention)
                    pairs.append((passage.pair("statement"), target["stance"], groups + more, unit))
            elif "sentiment" in attribution:
                passage = content_passage(article, statement)
                pairs.append((passage.pair(None), attribution["sentiment"], groups, unit))
    return pairs


def _classify(name: str, pairs: list[GoldPair], predict: Callable[[Sequence[Pair]], np.ndarray]) -> list[Figure]:
    labels = LABELS[name]
    if unknown := {label for _, label, _, _ in pairs} - set(labels):
        raise UsageError(f"gold {name} {sorted(unknown)[0]!r} is none of {', '.join(labels)}")
    if not pairs:
        return []
    probabilities = predict([pair for pair, _, _, _ in pairs])
    predicted = probabilities.argmax(axis=1)
    truth = np.array([labels.index(label) for _, label, _, _ in pairs])
    numbers: dict[tuple[str, Any], int] = {}
    units = np.array([numbers.setdefault(which, len(numbers)) for _, _, _, which in pairs])
    unit = " and ".join(sorted({kind for kind, _ in numbers}))
    confidence, right = probabilities.max(axis=1), predicted == truth

    def figure(what: str, measure: Callable[[np.ndarray], float], rows: np.ndarray, interval: bool = True) -> Figure:
        return measured(what, units[rows], lambda r: measure(rows[r]), unit, interval)

    def macro(rows: np.ndarray) -> float:
        return macro_f1(truth[rows], predicted[rows], len(labels))

    def f1(label: int) -> Callable[[np.ndarray], float]:
        return lambda rows: label_f1(truth[rows], predicted[rows], label)

    everything = np.arange(len(pairs))
    figures = [figure("macro F1", macro, everything)]
    for group in sorted({group for _, _, mine, _ in pairs for group in mine}):
        rows = np.array([i for i, (_, _, mine, _) in enumerate(pairs) if group in mine])
        figures.append(figure(f"macro F1, {group}", macro, rows))
    for i, label in enumerate(labels):
        figures.append(figure(f"F1, {label}", f1(i), everything))
    figures.append(figure("accuracy", lambda r: float(right[r].mean()), everything))
    ece = figure(_ECE, lambda r: calibration_error(confidence[r], right[r]), everything, interval=False)
    return [*figures, ece]


KINDS: dict[str, Callable[[Sequence[Gold], Pipeline], list[Figure]]] = {
    "attribution": evaluate_attribution,
    "speakers": evaluate_speakers,
    "sentiment": evaluate_sentiment,
    "stance": evaluate_stance,
    "identities": evaluate_identities,
}
