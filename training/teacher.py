"""Train the larger model that teaches a small one, and let it label pairs that nobody has labelled.

python -m training.teacher sentiment --data DIR --encoder FOLDER, the folder of sentence-transformers/all-mpnet-base-v2;
python -m training.teacher stance --data DIR --start training/teacher/sentiment/float.

Writes the float model and `taught.jsonl`, which `--taught` of training.sentiment and training.stance reads.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification

from sayso.tasks.articles import Span
from sayso.tasks.runtime.pairs import Pair
from sayso.tasks.scores import LABELS
from sayso.tasks.scoring.passages import statement_passage
from training.common import ROOT, check_sha256, load_encoder, log, parser, read_jsonl, setup
from training.gold import gold, own, sentiment_rows, stance_rows, statements
from training.pairs import logits_of, train
from training.sentiment import newsmtsc
from training.stance import dev_sets, posts, with_other_targets

# sentence-transformers/all-mpnet-base-v2 (Apache-2.0; 109 M parameters), model.safetensors.
ENCODER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
EPOCHS = {"sentiment": 2, "stance": 1}
FROZEN_LAYERS = {"sentiment": 4, "stance": 6}  # of 12: a fifth and a third of the time for little loss
MAX_TOKENS = 128
OTHER_CORPORA_ROWS = 500  # each, for stance
TAUGHT_ELSEWHERE = 7000  # targets of the same article, for stance
NAME = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}")


def sentiment_data(data: Path) -> tuple[list, dict[str, list]]:
    """(rows to train on, dev sets)."""
    rows = newsmtsc(data, "train") + sentiment_rows(gold(data, "train") + own(data))[0]
    dev_sets = {
        "newsmtsc rw": newsmtsc(data, "dev_rw"),
        "newsmtsc mt": newsmtsc(data, "dev_mt"),
        "gold targets": sentiment_rows(gold(data, "dev"))[0],
    }
    return rows, dev_sets


def stance_data(data: Path) -> tuple[list, dict[str, list]]:
    """(rows to train on, dev sets)."""
    news = [(pair, stance) for pair, stance, _ in stance_rows(gold(data, "train") + own(data))]
    rng = random.Random(0)
    others = [posts(data / "semeval2016" / "all.jsonl"), posts(data / "perspectrum" / "train.jsonl")]
    rows = news + with_other_targets(news, 400, rng)
    for corpus in others:
        rows += rng.sample(corpus, OTHER_CORPORA_ROWS)
    return rows, dev_sets(data)


def _any_of(forms: set[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, forms), key=lambda f: (-len(f), f)))})\b", flags)


def _first_mentions(pattern: re.Pattern[str], text: str, *bounds: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each form that `pattern` finds, where it stands first."""
    first = {match.group(): match.span() for match in reversed(list(pattern.finditer(text, *bounds)))}
    yield from first.items()


def _said(data: Path) -> dict[tuple[str, tuple[int, int]], str]:
    """The statements of PolNeAR train, each in its sentences: (sentences, span) and the article that holds it."""
    said = {}
    for row in read_jsonl(data / "polnear" / "train.jsonl"):
        for article, statement, _ in statements([row]):
            passage = statement_passage(article, statement)
            said[passage.text, passage.statement] = row["doc"]
    return said


def sentiment_pairs(data: Path) -> list[Pair]:
    """Mentions that nobody has labelled, in NewsMTSC and in statements.

    Every labelled target by name or last word, and every other name of two words or more.
    """
    articles = gold(data, "train") + own(data)
    targets = [t for article in articles for a in article["attributions"] for t in a["targets"]]
    names = {t["target"] for t in targets if t["target_kind"] == "entity"}
    forms = {form for name in names for form in (name, name.split()[-1]) if form[0].isupper() and len(form) > 3}
    patterns = _any_of(forms), NAME
    labelled: defaultdict[str, list[Span]] = defaultdict(list)
    for pair, _ in newsmtsc(data, "train") + sentiment_rows(articles)[0]:
        labelled[pair.text].append(Span(*pair.span))
    mentions = (
        Pair(text, form, span)
        for text in dict.fromkeys([*labelled, *(region for region, _ in _said(data))])
        for pattern in patterns
        for form, span in _first_mentions(pattern, text)
        if not any(known.overlaps(Span(*span)) for known in labelled[text])
    )
    return list(dict.fromkeys(mentions))


def stance_pairs(data: Path) -> list[Pair]:
    """Statements with targets that nobody has judged there.

    Every labelled target, entity or issue, that stands in the statement; every other name of two words or more
    that stands in it; a sample of the targets that were labelled elsewhere in its article.
    """
    articles = gold(data, "train") + own(data)
    labelled = [(article["doc"], t) for article in articles for a in article["attributions"] for t in a["targets"]]
    entities = {t["target"] for _, t in labelled if t["target_kind"] == "entity" and t["target"][0].isupper()}
    last_words = {n.split()[-1] for n in entities if len(n.split()) > 1 and len(n.split()[-1]) > 3}
    issues = {t["target"] for _, t in labelled if t["target_kind"] == "issue" and len(t["target"]) > 4}
    patterns = _any_of({n for n in entities if len(n) > 2} | last_words), _any_of(issues, re.IGNORECASE)
    of_article: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for doc, target in labelled:
        of_article[doc][target["target"]] = None
    known = {(pair.text, pair.target) for pair, _, _ in stance_rows(articles)}
    said = _said(data)

    def new(forms: Iterator[tuple[str, tuple[int, int], str]]) -> list[Pair]:
        pairs = {Pair(region, form, span): None for region, span, form in forms if (region, form) not in known}
        known.update((pair.text, pair.target) for pair in pairs)
        return list(pairs)

    def found(pattern: re.Pattern[str]) -> Iterator[tuple[str, tuple[int, int], str]]:
        return ((r, span, form) for r, span in said for form, _ in _first_mentions(pattern, r, *span))

    standing = new(form for pattern in patterns for form in found(pattern))
    names = new(found(NAME))
    elsewhere = new((r, span, form) for (r, span), doc in said.items() for form in of_article[doc])
    return standing + names + random.Random(0).sample(elsewhere, TAUGHT_ELSEWHERE)


def main() -> None:
    options = parser("teacher", epochs=0, lr=4e-5)
    options.add_argument("name", choices=sorted(LABELS))
    start = options.add_mutually_exclusive_group(required=True)
    start.add_argument("--encoder", type=Path, help="the folder of all-mpnet-base-v2")
    start.add_argument("--start", type=Path, help="the folder of a teacher's float model to go on from")
    options.set_defaults(out=None, epochs=None)
    args = options.parse_args()
    name, data = args.name, args.data
    args.out = args.out or ROOT / "training" / "teacher" / name
    args.epochs = args.epochs or EPOCHS[name]
    if args.encoder:
        check_sha256(args.encoder / "model.safetensors", ENCODER_SHA256)
    setup(args.seed, args.log)
    labels = LABELS[name]
    model, tokenizer = load_encoder(AutoModelForSequenceClassification, labels, folder=args.encoder or args.start)
    encoder = model.base_model
    for part in (encoder.embeddings, *encoder.encoder.layer[: FROZEN_LAYERS[name]]):
        part.requires_grad_(False)
    rows, dev_sets = {"sentiment": sentiment_data, "stance": stance_data}[name](data)
    calibrate_on = {"sentiment": "newsmtsc rw", "stance": "gold"}[name]
    train(args, model, tokenizer, rows, dev_sets, calibrate_on=calibrate_on, max_tokens=MAX_TOKENS)

    pairs = {"sentiment": sentiment_pairs, "stance": stance_pairs}[name](data)
    log.info("the teacher labels %d pairs", len(pairs))
    probabilities = torch.from_numpy(logits_of(model, tokenizer, pairs)).softmax(1).tolist()
    with open(args.out / "taught.jsonl", "w", encoding="utf-8") as lines:
        for pair, p in zip(pairs, probabilities, strict=True):
            row = {"text": pair.text, "target": pair.target, "span": pair.span, "probabilities": p}
            lines.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
