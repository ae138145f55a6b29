"""Rows for the pair classifiers from labels on PolNeAR articles: the gold ones, and our own of further articles."""

import re
from collections import defaultdict
from pathlib import Path

from sayso.tasks.evaluation.evaluate import statement_region
from sayso.tasks.runtime.pairs import Pair
from training.common import read_jsonl

OWN = Path(__file__).with_name("polnear.jsonl")  # labels and the ids of what they label; the texts are PolNeAR's


def gold(data: Path, split: str) -> list[dict]:
    return read_jsonl(data / "gold" / f"{split}.jsonl")


def own(data: Path) -> list[dict]:
    """PolNeAR train articles with the statements that we labelled ourselves, in the form of gold without speakers."""
    labels: defaultdict[str, dict[str, dict]] = defaultdict(dict)
    for row in read_jsonl(OWN):
        labels[row["doc"]][row["attribution"]] = row
    articles = []
    for article in read_jsonl(data / "polnear" / "train.jsonl"):
        mine = labels[article["doc"]]
        if mine:
            said = [a | mine[a["id"]] for a in article["attributions"] if a["id"] in mine]
            articles.append(article | {"attributions": said})
    return articles


def mention_in(text: str, name: str, span: tuple[int, int]) -> tuple[int, int] | None:
    """Where `name`, or failing that its last word, stands inside `span` of `text`."""
    for form in (name, name.split()[-1]):
        match = re.compile(rf"\b{re.escape(form)}\b").search(text, *span)
        if match:
            return match.span()
    return None


def stance_rows(articles: list[dict], whole_paragraph: bool = False) -> list[tuple[Pair, str, dict]]:
    """(pair with the statement marked, stance, the labelled target) of every labelled target."""
    rows = []
    for article in articles:
        for attribution in article["attributions"]:
            region, span = statement_region(article["text"], attribution, whole_paragraph)
            rows += [(Pair(region, t["target"], span), t["stance"], t) for t in attribution["targets"]]
    return rows


def sentiment_rows(articles: list[dict]) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """(pairs with the target's mention marked, statements without a target) with their sentiment."""
    targeted, overall = [], []
    for article in articles:
        for attribution in article["attributions"]:
            region, span = statement_region(article["text"], attribution)
            overall.append((Pair(region[span[0] : span[1]]), attribution["sentiment"]))
            for target in attribution["targets"]:
                mention = mention_in(region, target["target"], span)
                if target["target_kind"] == "entity" and mention:
                    name = region[mention[0] : mention[1]]
                    targeted.append((Pair(region, name, mention), target["sentiment"]))
    return targeted, overall
