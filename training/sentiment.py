"""Train the sentiment model on NewsMTSC, SST-2 and labelled statements: python -m training.sentiment --data DIR.

With --teacher FOLDER (what training.teacher has written) also on further mentions that the teacher labels.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tasks.articles import Span
from tasks.evaluation.evaluate import statement_region
from tasks.scoring.context import Pair
from training.common import load_encoder, log, parser, read_jsonl, setup
from training.gold import gold, own, sentiment_rows
from training.pairs import logits_of, train

LABELS = ("negative", "neutral", "positive")
MAX_TOKENS = 160
SST2_ROWS = 3000
TAUGHT_STATEMENTS = 6000


def newsmtsc(data: Path, split: str) -> list[tuple[Pair, str]]:
    """Sentences of NewsMTSC (Hamborg and Donnay 2021) with the target's mention marked."""
    rows = read_jsonl(data / "newsmtsc" / f"{split}.jsonl")
    return [(Pair(r["text"], r["target"], (r["start"], r["end"])), r["sentiment"]) for r in rows]


def taught(data: Path, names: set[str], teacher: Path) -> list[tuple[Pair, np.ndarray]]:
    """Mentions that nobody has labelled, with the teacher's probabilities.

    Mentions of `names`, whole or by their last word, in the sentences of NewsMTSC and in statements of PolNeAR.
    """
    forms = {form for name in names for form in (name, name.split()[-1]) if form[0].isupper() and len(form) > 3}
    name = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, forms), key=lambda f: (-len(f), f)))})\b")

    def mentions(text: str) -> Iterator[Pair]:
        first = {match.group(): match.span() for match in reversed(list(name.finditer(text)))}
        yield from (Pair(text, form, span) for form, span in first.items())

    labelled = newsmtsc(data, "train")
    pairs = [p for pair, _ in labelled for p in mentions(pair.text) if not Span(*p.span).overlaps(Span(*pair.span))]
    regions = {
        statement_region(article["text"], attribution)[0]: None
        for article in read_jsonl(data / "polnear" / "train.jsonl")
        for attribution in article["attributions"]
    }
    said = [pair for region in regions for pair in mentions(region)]
    pairs += random.Random(0).sample(said, TAUGHT_STATEMENTS)
    log.info("the teacher labels %d pairs", len(pairs))
    model = AutoModelForSequenceClassification.from_pretrained(teacher).eval()
    config = model.config.sayso
    logits = logits_of(model, AutoTokenizer.from_pretrained(teacher), pairs, config["max_tokens"])
    return list(zip(pairs, torch.from_numpy(logits).softmax(1).numpy(), strict=True))


def main() -> None:
    options = parser("sentiment", epochs=3, lr=6e-5)
    options.add_argument("--teacher", type=Path, help="the folder of the teacher's float model")
    options.add_argument("--start", type=Path, help="the folder of a float model to go on from")
    args = options.parse_args()
    setup(args.seed, args.log)
    data = args.data
    articles = gold(data, "train") + own(data)
    targeted, overall = sentiment_rows(articles)
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
    targets = [t for article in articles for a in article["attributions"] for t in a["targets"]]
    names = {t["target"] for t in targets if t["target_kind"] == "entity"}
    further = taught(data, names, args.teacher) if args.teacher else []
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, LABELS, folder=args.start)
    train(args, model, tokenizer, rows, dev_sets, calibrate_on="newsmtsc", max_tokens=MAX_TOKENS, taught=further)


if __name__ == "__main__":
    main()
