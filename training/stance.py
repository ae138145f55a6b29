"""Train the stance model on labelled statements, VAST and Perspectrum: python -m training.stance --data DIR.

With --taught FILE also on the pairs that training.teacher has labelled.
"""

import random
from pathlib import Path

from transformers import AutoModelForSequenceClassification

from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scores import LABELS
from training.common import load_encoder, read_jsonl, setup
from training.gold import gold, own, stance_rows
from training.pairs import options, train

MAX_TOKENS = 200
UNRELATED_ROWS = 1500


def posts(path: Path) -> list[tuple[Pair, str]]:
    return [(Pair(r["text"], r["target"]), r["stance"]) for r in read_jsonl(path)]


def with_other_targets(rows: list[tuple[Pair, str]], n: int, rng: random.Random) -> list[tuple[Pair, str]]:
    """`n` of the statements with a target of any other one, which is neutral: nobody spoke of it."""
    return [(Pair(pair.text, rng.choice(rows)[0].target, pair.span), "neutral") for pair, _ in rng.sample(rows, n)]


def gold_dev(data: Path) -> dict[str, list[tuple[Pair, str]]]:
    """The gold dev pairs: all, those that the annotator was sure of, and each kind of target."""
    dev = stance_rows(gold(data, "dev"))
    return {
        "gold": [(pair, stance) for pair, stance, _ in dev],
        "gold, confident": [(pair, stance) for pair, stance, t in dev if t["confident"]],
        "gold, entities": [(pair, stance) for pair, stance, t in dev if t["target_kind"] == "entity"],
        "gold, issues": [(pair, stance) for pair, stance, t in dev if t["target_kind"] == "issue"],
    }


def main() -> None:
    args = options("stance", epochs=3, lr=6e-5).parse_args()
    setup(args.seed, args.log)
    data = args.data
    # Each gold statement twice: once in its sentences, once in its whole paragraph.
    labelled = stance_rows(gold(data, "train") + own(data)) + stance_rows(gold(data, "train"), whole_paragraph=True)
    news = [(pair, stance) for pair, stance, _ in labelled]
    rng = random.Random(0)
    others = posts(data / "vast" / "train.jsonl") + posts(data / "perspectrum" / "train.jsonl")
    if args.taught:  # a second step, which is not to forget the first
        others = rng.sample(others, len(others) // 2)
    rows = others + news + with_other_targets(news, UNRELATED_ROWS, rng)
    dev_sets = {
        **gold_dev(data),
        "gold, whole paragraphs": [
            (pair, stance) for pair, stance, _ in stance_rows(gold(data, "dev"), whole_paragraph=True)
        ],
        "vast": posts(data / "vast" / "dev.jsonl"),
    }
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, LABELS["stance"], folder=args.start)
    train(args, model, tokenizer, rows, dev_sets, calibrate_on="gold", max_tokens=MAX_TOKENS)


if __name__ == "__main__":
    main()
