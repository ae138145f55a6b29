"""Train the sentiment model on NewsMTSC, SST-2 and the gold statements: python -m training.sentiment --data DIR."""

import random

from tasks.scoring.context import Pair
from training.common import arguments, read_jsonl, setup
from training.gold import sentiment_rows
from training.pairs import train

LABELS = ("negative", "neutral", "positive")
MAX_TOKENS = 160
SST2_ROWS = 3000


def newsmtsc(path) -> list[tuple[Pair, str]]:
    """Sentences of NewsMTSC (Hamborg and Donnay 2021) with the target's mention marked."""
    rows = read_jsonl(path)
    return [(Pair(r["text"], r["target"], (r["start"], r["end"])), r["sentiment"]) for r in rows]


def main() -> None:
    args = arguments("sentiment", epochs=4, lr=5e-5)
    setup(args.seed, args.log)
    data = args.data
    targeted, overall = sentiment_rows(data / "gold" / "train.jsonl")
    dev_targeted, dev_overall = sentiment_rows(data / "gold" / "dev.jsonl")
    sst2 = [(Pair(r["text"]), r["sentiment"]) for r in read_jsonl(data / "sst2" / "all.jsonl")]
    random.Random(0).shuffle(sst2)
    rows = newsmtsc(data / "newsmtsc" / "train.jsonl") + targeted + overall + sst2[:SST2_ROWS]
    rw, mt = (newsmtsc(data / "newsmtsc" / f"dev_{name}.jsonl") for name in ("rw", "mt"))
    dev_sets = {
        "newsmtsc rw": rw,
        "newsmtsc mt": mt,
        "newsmtsc": rw + mt,
        "gold targets": dev_targeted,
        "gold statements": dev_overall,
        "sst2 held out": sst2[SST2_ROWS : SST2_ROWS + 1000],
    }
    train(args, LABELS, rows, dev_sets, calibrate_on="newsmtsc", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
