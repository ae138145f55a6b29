"""Rows for the pair classifiers from labels on PolNeAR articles: the gold ones, and our own of further articles."""

import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sayso.tasks.articles import Article, Statement
from sayso.tasks.evaluation.gold import gold_articles, gold_statements, mention_of
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scoring.passages import content_passage, statement_passage
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


def contrast(data: Path, kept: bool) -> list[dict]:
    """Minimal pairs as articles of one statement; a tenth of their groups is kept out of training."""
    rows = read_jsonl(data / "contrast" / "train.jsonl")
    return [row | {"attributions": [row]} for row in rows if (zlib.crc32(row["group"].encode()) % 10 == 0) == kept]


def statements(articles: list[dict]) -> Iterator[tuple[Article, Statement, dict]]:
    """(article, statement, what was labelled of it) of every gold attribution."""
    for article, attributions in gold_articles(articles):
        for statement, attribution in zip(gold_statements(article, attributions), attributions, strict=True):
            yield article, statement, attribution


def stance_rows(articles: list[dict], whole_paragraph: bool = False) -> list[tuple[Pair, str, dict]]:
    """(pair with the statement marked, stance, the labelled target) of every labelled target."""
    rows = []
    for article, statement, attribution in statements(articles):
        for t in attribution["targets"]:
            mention = mention_of(t, article.text, statement.content)
            passage = statement_passage(article, statement, t["target"], mention, whole_paragraph)
            rows.append((passage.pair("statement"), t["stance"], t))
    return rows


def sentiment_rows(articles: list[dict]) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """(pairs with the target's mention marked, statements without a target) with their sentiment."""
    targeted, overall = [], []
    for article, statement, attribution in statements(articles):
        overall.append((content_passage(article, statement).pair(None), attribution["sentiment"]))
        for t in attribution["targets"]:
            mention = mention_of(t, article.text, statement.content)
            if t["target_kind"] == "entity" and mention:
                passage = statement_passage(article, statement, t["target"], mention)
                targeted.append((passage.pair("mention"), t["sentiment"]))
    return targeted, overall
