"""Train the sentiment model on NewsMTSC, SST-2 and labelled statements: python -m training.sentiment --data DIR.

With --taught FILE also on the mentions that training.teacher has labelled.
"""

import random
from pathlib import Path

from transformers import AutoModelForSequenceClassification

from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scores import LABELS
from training.common import load_encoder, read_jsonl, setup
from training.gold import gold, own, sentiment_rows
from training.pairs import options, train

MAX_TOKENS = 160
SST2_ROWS = 3000


def newsmtsc(data: Path, split: str) -> list[tuple[Pair, str]]:
    """Sentences of NewsMTSC (Hamborg and Donnay 2021) with the target's mention marked."""
    rows = read_jsonl(data / "newsmtsc" / f"{split}.jsonl")
    return [(Pair(r["text"], r["target"], (r["start"], r["end"])), r["sentiment"]) for r in rows]


def main() -> None:
    args = options("sentiment", epochs=3, lr=6e-5).parse_args()
    setup(args.seed, args.log)
    data = args.data
    targeted, overall = sentiment_rows(gold(data, "train") + own(data))
    dev_targeted, dev_overall = sentiment_rows(gold(data, "dev"))
    sst2 = [(Pair(r["text"]), r["sentiment"]) for r in read_jsonl(data / "sst2" / "all.jsonl")]
    random.Random(0).shuffle(sst2)
    rows = newsmtsc(data, "train") + targeted + overall + sst2[:SST2_ROWS]
    rw, mt = newsmtsc(data, "dev_rw"), newsmtsc(data, "dev_mt")
    dev_sets = {
        "newsmtsc rw": rw,
        "newsmtsc mt": mt,
        "newsmtsc": rw + mt,
        "gold targets": dev_targeted,
        "gold statements": dev_overall,
        "sst2 held out": sst2[SST2_ROWS : SST2_ROWS + 1000],
    }
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, LABELS["sentiment"], folder=args.start)
    train(args, model, tokenizer, rows, dev_sets, calibrate_on="newsmtsc", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
