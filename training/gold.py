"""Rows for the pair classifiers from the gold labels on PolNeAR articles."""

import re
from pathlib import Path

from tasks.evaluation.evaluate import statement_region
from tasks.scoring.context import Pair
from training.common import read_jsonl


def mention_in(text: str, name: str, span: tuple[int, int]) -> tuple[int, int] | None:
    """Where `name`, or failing that its last word, stands inside `span` of `text`."""
    for form in (name, name.split()[-1]):
        match = re.compile(rf"\b{re.escape(form)}\b").search(text, *span)
        if match:
            return match.span()
    return None


def stance_rows(path: Path, whole_paragraph: bool = False) -> list[tuple[Pair, str, dict]]:
    """(pair with the statement marked, stance, the gold target) of every labelled target."""
    rows = []
    for article in read_jsonl(path):
        for attribution in article["attributions"]:
            region, span = statement_region(article["text"], attribution, whole_paragraph)
            rows += [(Pair(region, t["target"], span), t["stance"], t) for t in attribution["targets"]]
    return rows


def sentiment_rows(path: Path) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """(pairs with the target's mention marked, statements without a target) with their sentiment."""
    targeted, overall = [], []
    for article in read_jsonl(path):
        for attribution in article["attributions"]:
            region, span = statement_region(article["text"], attribution)
            overall.append((Pair(region[span[0] : span[1]]), attribution["sentiment"]))
            for target in attribution["targets"]:
                mention = mention_in(region, target["target"], span)
                if target["target_kind"] == "entity" and mention:
                    name = region[mention[0] : mention[1]]
                    targeted.append((Pair(region, name, mention), target["sentiment"]))
    return targeted, overall
