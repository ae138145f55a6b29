"""Rows for the pair classifiers from the gold labels on PolNeAR articles."""

import re
from pathlib import Path

from tasks.scoring.context import Pair, sentences_around
from training.common import read_jsonl


def statement_region(text: str, attribution: dict, whole_paragraph: bool = False) -> tuple[str, tuple[int, int]]:
    """The sentences (or the paragraph) that hold an attribution, and its content's span in them."""
    spans = [span for kind in ("source", "cue", "content") for span in attribution[kind]]
    content = attribution["content"]
    anchor = content[0][0]
    low = text.rfind("\n\n", 0, anchor) + 2 if "\n\n" in text[:anchor] else 0
    high = text.find("\n\n", anchor)
    high = len(text) if high < 0 else high
    inside = [(max(low, s) - low, min(high, e) - low) for s, e in spans if s < high and e > low]
    paragraph = text[low:high]
    start, end = (0, len(paragraph))
    if not whole_paragraph:
        start, end = sentences_around(paragraph, min(s for s, _ in inside), max(e for _, e in inside))
    marked_start = content[0][0] - low - start
    marked_end = min(max(e for _, e in content), high) - low - start
    region = paragraph[start:end].rstrip()
    return region, (marked_start, min(marked_end, len(region)))


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
