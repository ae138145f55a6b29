"""Train the stance model on labelled statements, DSE, VAST and Perspectrum: python -m training.stance --data DIR.

With --taught FILE also on the pairs that training.teacher has labelled.
"""

import random
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification

from sayso.tasks.runtime import PairClassifier, load_classifier
from sayso.tasks.runtime.pairs import Pair, Role
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Model
from training.common import load_encoder, read_jsonl, setup
from training.gold import contrast, gold, own, stance_rows
from training.pairs import options, train

MAX_TOKENS = 200
ROLES = ("cue", "source", "target")  # of two over one token the later counts
UNRELATED_ROWS = 1500
CONTRAST = "contrast, kept groups"
BARE = 0.15  # of the rows that know roles, so that a bare pair is read as well


def posts(path: Path) -> list[tuple[Pair, str]]:
    return [(Pair(r["text"], r["target"]), r["stance"]) for r in read_jsonl(path)]


def with_other_targets(rows: list[tuple[Pair, str]], n: int, rng: random.Random) -> list[tuple[Pair, str]]:
    """`n` of the statements with a target of any other one, which is neutral: nobody spoke of it."""
    return [(Pair(pair.text, rng.choice(rows)[0].target, pair.span), "neutral") for pair, _ in rng.sample(rows, n)]


def directed(path: Path, everything: bool = False) -> list[tuple[Pair, str]]:
    """Sentences with two entities, both directions (DSE, Park, Pan and Joo 2021): is one against or for the other?

    Args:
        everything: or only the sentences with a side, and as many others.
    """
    sentences: defaultdict[str, list[dict]] = defaultdict(list)
    for row in read_jsonl(path):
        sentences[row["text"]].append(row)
    told = [rows for rows in sentences.values() if any(r["stance"] != "neutral" for r in rows)]
    if not everything:
        others = [rows for rows in sentences.values() if all(r["stance"] == "neutral" for r in rows)]
        told += random.Random(0).sample(others, len(told) // 2)
    return [(_directed(r), r["stance"]) for rows in (sentences.values() if everything else told) for r in rows]


def _directed(row: dict) -> Pair:
    text = row["text"]

    def role(name: str, start: int, end: int) -> Role:  # ends are sometimes a letter short
        while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            end += 1
        return Role(name, start, end)

    source, target = role("source", row["source_start"], row["source_end"]), role("target", row["start"], row["end"])
    return Pair(text, text[target.start : target.end], None, (source, target))


def own_words(path: Path, model: PairClassifier) -> list[tuple[Pair, list[float]]]:
    """Sentences of NewsMTSC, the target's mention told, as a model that reads the target's name alone judges them."""
    rows = read_jsonl(path)[::3]
    aims = model.predict([Pair(r["text"], r["target"]) for r in rows])
    told = [Pair(r["text"], r["target"], None, (Role("target", r["start"], r["end"]),)) for r in rows]
    return list(zip(told, aims.tolist(), strict=True))


def without_roles(rows: list, rng: random.Random) -> list:
    """The rows, a share of them without roles."""
    return [(replace(pair, roles=()) if rng.random() < BARE else pair, aim) for pair, aim in rows]


def dev_sets(data: Path) -> dict[str, list[tuple[Pair, str]]]:
    """The development sets; of gold also the pairs that the annotator was sure of, and each kind of target."""
    dev, bbc = stance_rows(gold(data, "dev")), stance_rows(gold(data, "bbc_dev"))

    def some(rows: list[tuple[Pair, str, dict]], field: str, value: object) -> list[tuple[Pair, str]]:
        return [(pair, stance) for pair, stance, target in rows if target[field] == value]

    return {
        "gold": [(pair, stance) for pair, stance, _ in dev],
        "gold, confident": some(dev, "confident", True),
        "gold, entities": some(dev, "target_kind", "entity"),
        "gold, issues": some(dev, "target_kind", "issue"),
        "BBC": [(pair, stance) for pair, stance, _ in bbc],
        "BBC, confident": some(bbc, "confident", True),
        CONTRAST: [(pair, stance) for pair, stance, _ in stance_rows(contrast(data, kept=True))],
        "DSE": directed(data / "dse" / "dev.jsonl", everything=True),
        "VAST": posts(data / "vast" / "dev.jsonl"),
    }


def main() -> None:
    args = options("stance", epochs=3, lr=6e-5).parse_args()
    setup(args.seed, args.log)
    data, rng = args.data, random.Random(args.seed)
    labelled = stance_rows(gold(data, "train") + gold(data, "bbc_train") + gold(data, "wikinews") + own(data))
    news = [(pair, stance) for pair, stance, _ in labelled]
    minimal = [(pair, stance) for pair, stance, _ in stance_rows(contrast(data, kept=False))]
    others = posts(data / "vast" / "train.jsonl") + posts(data / "perspectrum" / "train.jsonl")
    if args.taught or args.start:  # a second step, which is not to forget the first
        others = rng.sample(others, len(others) // 3)
    shipped = Model(str(args.start), "torch") if args.start else Model()
    before = load_classifier("stance", shipped, torch.get_num_threads())
    rows = [
        *others,
        *without_roles(news + 2 * minimal, rng),
        *directed(data / "dse" / "train.jsonl"),
        *with_other_targets(news, UNRELATED_ROWS, rng),
        *own_words(data / "newsmtsc" / "train.jsonl", before),
    ]
    model, tokenizer = load_encoder(
        AutoModelForSequenceClassification, LABELS["stance"], folder=args.start, roles=ROLES
    )
    train(args, model, tokenizer, rows, dev_sets(data), calibrate_on="gold", max_tokens=MAX_TOKENS, roles=ROLES)


if __name__ == "__main__":
    main()
