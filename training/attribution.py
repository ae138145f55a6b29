"""Train the tagger of sources, cues and contents on PolNeAR: python -m training.attribution --data DIR."""

import numpy as np
import torch
from transformers import AutoModelForTokenClassification

from sayso.tasks.attribution.tags import KINDS, LABELS, decode
from sayso.tasks.reading.layout import split_paragraphs
from sayso.tasks.runtime.protocol import windows
from training.common import fit, load_encoder, log, pad, parser, read_jsonl, setup

MAX_TOKENS = 256


def rows_of(articles: list[dict], tokenizer) -> list[dict]:
    """One row a paragraph window: token ids, tag ids, offsets into the article."""
    rows = []
    for article in articles:
        spans = {(kind, start, end) for a in article["attributions"] for kind in KINDS for start, end in a[kind]}
        for begin, stop in split_paragraphs(article["text"]):
            encoding = tokenizer(
                article["text"][begin:stop], add_special_tokens=False, return_offsets_mapping=True, verbose=False
            )
            offsets = np.array(encoding["offset_mapping"]).reshape(-1, 2) + begin
            tags = np.zeros(len(offsets), dtype=int)
            for kind, start, end in sorted(spans, key=lambda s: s[1]):
                inside = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
                if len(inside):
                    tags[inside] = LABELS.index(f"I-{kind}")
                    tags[inside[0]] = LABELS.index(f"B-{kind}")
            for low, high in windows(len(offsets), MAX_TOKENS - 2):
                if high > low:
                    rows.append(
                        {"ids": encoding["input_ids"][low:high], "tags": tags[low:high], "offsets": offsets[low:high]}
                    )
    return rows


def token_f1(model, rows: list[dict], tokenizer) -> dict[str, float]:
    """F1 of each kind over tokens, B- and I- taken together."""
    hits, found, gold = (dict.fromkeys(KINDS, 0) for _ in range(3))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["ids"]))
    for i in range(0, len(order), 64):
        chunk = [rows[j] for j in order[i : i + 64]]
        ids = pad([[tokenizer.cls_token_id, *r["ids"], tokenizer.sep_token_id] for r in chunk], tokenizer.pad_token_id)
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=(ids != tokenizer.pad_token_id).long()).logits
        for row, scores in zip(chunk, logits.float().softmax(-1).numpy(), strict=True):
            predicted = decode(scores[1 : len(row["ids"]) + 1], np.arange(len(row["ids"]))[:, None] + [0, 1])
            for kind in KINDS:
                mine = np.zeros(len(row["ids"]), dtype=bool)
                for span in predicted:
                    if span.kind == kind:
                        mine[span.start : span.end] = True
                truth = np.isin(row["tags"], [LABELS.index(f"B-{kind}"), LABELS.index(f"I-{kind}")])
                hits[kind] += int((mine & truth).sum())
                found[kind] += int(mine.sum())
                gold[kind] += int(truth.sum())
    return {kind: round(2 * hits[kind] / (found[kind] + gold[kind]), 4) for kind in KINDS}


def main() -> None:
    args = parser("attribution", epochs=4, lr=2e-4).parse_args()
    setup(args.seed, args.log)
    model, tokenizer = load_encoder(AutoModelForTokenClassification, LABELS, markers=False)
    train = rows_of(read_jsonl(args.data / "polnear" / "train.jsonl"), tokenizer)
    dev = rows_of(read_jsonl(args.data / "polnear" / "dev.jsonl"), tokenizer)
    log.info("%d windows to train on, %d to evaluate", len(train), len(dev))

    def loss_of(rows: list[int]) -> torch.Tensor:
        chunk = [train[i] for i in rows]
        ids = pad([[tokenizer.cls_token_id, *r["ids"], tokenizer.sep_token_id] for r in chunk], tokenizer.pad_token_id)
        tags = pad([[-100, *r["tags"], -100] for r in chunk], -100)
        mask = (ids != tokenizer.pad_token_id).long()
        return model(input_ids=ids, attention_mask=mask, labels=tags).loss

    fit(
        model,
        [len(r["ids"]) for r in train],
        loss_of,
        epochs=args.epochs,
        lr=args.lr,
        seed=args.seed,
        after_epoch=lambda n: log.info("epoch %d dev token F1 %s", n, token_f1(model, dev, tokenizer)),
    )
    model.config.sayso = {"max_tokens": MAX_TOKENS, "temperature": 1.0}
    model.save_pretrained(args.out / "float")
    tokenizer.save_pretrained(args.out / "float")


if __name__ == "__main__":
    main()
