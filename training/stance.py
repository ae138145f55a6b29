"""Train the stance model on VAST, Perspectrum and the gold statements: python -m training.stance --data DIR."""

import random

from transformers import AutoModelForSequenceClassification

from tasks.scoring.context import Pair
from training.common import arguments, load_encoder, read_jsonl, setup
from training.gold import gold, stance_rows
from training.pairs import train

LABELS = ("against", "neutral", "favor")
MAX_TOKENS = 200
UNRELATED_ROWS = 400


def posts(path) -> list[tuple[Pair, str]]:
    return [(Pair(r["text"], r["target"]), r["stance"]) for r in read_jsonl(path)]


def main() -> None:
    args = arguments("stance", epochs=3, lr=6e-5)
    setup(args.seed, args.log)
    data = args.data
    # Each gold statement twice: once in its sentences, once in its whole paragraph.
    news = [
        (pair, stance)
        for whole in (False, True)
        for pair, stance, _ in stance_rows(gold(data, "train"), whole_paragraph=whole)
    ]
    rng = random.Random(0)
    unrelated = [
        (Pair(pair.text, rng.choice(news)[0].target, pair.span), "neutral")
        for pair, _ in rng.sample(news, UNRELATED_ROWS)
    ]
    rows = posts(data / "vast" / "train.jsonl") + posts(data / "perspectrum" / "train.jsonl") + news + unrelated
    dev = stance_rows(gold(data, "dev"))
    dev_sets = {
        "gold": [(pair, stance) for pair, stance, _ in dev],
        "gold, confident": [(pair, stance) for pair, stance, t in dev if t["confident"]],
        "gold, entities": [(pair, stance) for pair, stance, t in dev if t["target_kind"] == "entity"],
        "gold, issues": [(pair, stance) for pair, stance, t in dev if t["target_kind"] == "issue"],
        "gold, whole paragraphs": [
            (pair, stance) for pair, stance, _ in stance_rows(gold(data, "dev"), whole_paragraph=True)
        ],
        "vast": posts(data / "vast" / "dev.jsonl"),
    }
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, LABELS)
    train(args, model, tokenizer, rows, dev_sets, calibrate_on="gold", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
