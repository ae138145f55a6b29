"""Train the sentiment model: python -m training.sentiment --data DIR.

On NewsMTSC, the gold statements, SST-2, and paragraphs of PerSenT with and without their main entity as the target.
"""

import random

from tasks.scoring.context import Pair
from training.common import arguments, read_jsonl, setup
from training.gold import sentiment_rows
from training.pairs import train

LABELS = ("negative", "neutral", "positive")
MAX_TOKENS = 160
SST2_ROWS = 3000
PERSENT_ARTICLES = 430  # to train on; the others are development data


def newsmtsc(path) -> list[tuple[Pair, str]]:
    """Sentences of NewsMTSC (Hamborg and Donnay 2021) with the target's mention marked."""
    rows = read_jsonl(path)
    return [(Pair(r["text"], r["target"], (r["start"], r["end"])), r["sentiment"]) for r in rows]


def persent(path) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """Paragraphs of PerSenT (Bastan et al. 2020), sentiment toward the main entity: to train on, and held out."""
    parts: tuple[list, list] = ([], [])
    for number, article in enumerate(read_jsonl(path)):
        for p in article["paragraphs"]:
            if p["sentiment"]:
                parts[number >= PERSENT_ARTICLES].append((Pair(p["text"], article["target"]), p["sentiment"]))
    return parts


def without_target(rows: list[tuple[Pair, str]]) -> list[tuple[Pair, str]]:
    return [(Pair(pair.text), label) for pair, label in rows]


def main() -> None:
    args = arguments("sentiment", epochs=4, lr=5e-5)
    setup(args.seed, args.log)
    data = args.data
    targeted, overall = sentiment_rows(data / "gold" / "train.jsonl")
    dev_targeted, dev_overall = sentiment_rows(data / "gold" / "dev.jsonl")
    sst2 = [(Pair(r["text"]), r["sentiment"]) for r in read_jsonl(data / "sst2" / "all.jsonl")]
    random.Random(0).shuffle(sst2)
    paragraphs, held_out = persent(data / "persent" / "dev.jsonl")
    random.Random(0).shuffle(paragraphs)
    half = len(paragraphs) // 2
    rows = newsmtsc(data / "newsmtsc" / "train.jsonl") + targeted + overall + sst2[:SST2_ROWS]
    rows += paragraphs[:half] + without_target(paragraphs[half:])
    rw, mt = (newsmtsc(data / "newsmtsc" / f"dev_{name}.jsonl") for name in ("rw", "mt"))
    dev_sets = {
        "newsmtsc rw": rw,
        "newsmtsc mt": mt,
        "newsmtsc": rw + mt,
        "gold targets": dev_targeted,
        "gold statements": dev_overall,
        "persent entities": held_out,
        "persent paragraphs": without_target(held_out),
        "sst2 held out": sst2[SST2_ROWS : SST2_ROWS + 1000],
    }
    train(args, LABELS, rows, dev_sets, calibrate_on="newsmtsc", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
