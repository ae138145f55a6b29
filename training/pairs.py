"""Train a pair classifier (sentiment, stance): options, encoding, loop, macro F1."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sayso.tasks.evaluation.metrics import macro_f1
from sayso.tasks.runtime.pairs import Pair, Tokens, encode
from training.common import MARKERS, fit, log, pad, parser, read_jsonl

SMOOTHING = 0.1  # of labels


def options(name: str, epochs: int, lr: float) -> argparse.ArgumentParser:
    """The options of the two students' training commands."""
    out = parser(name, epochs, lr)
    out.add_argument("--start", type=Path, help="the folder of a float model to go on from")
    out.add_argument("--taught", type=Path, help="taught.jsonl of training.teacher: train on its pairs too")
    return out


def taught(path: Path) -> list[tuple[Pair, list[float]]]:
    """Pairs with the teacher's probabilities."""
    rows = read_jsonl(path)
    return [(Pair(r["text"], r["target"], tuple(r["span"])), r["probabilities"]) for r in rows]


def encoded(tokenizer, pairs: Sequence[Pair], config: dict) -> list[Tokens]:
    """Token ids and types of each pair, as a model with this `sayso` in its config reads it."""
    return encode(
        pairs,
        tuple(config["markers"]),
        config.get("roles", ()),
        config["max_tokens"],
        lambda segments: [tokenizer(*each, verbose=False).encodings[0] for each in segments],
    )


def tensors(tokenizer, chunk: list[Tokens]) -> dict[str, torch.Tensor]:
    ids = pad([ids for ids, _ in chunk], tokenizer.pad_token_id)
    given = {"input_ids": ids, "attention_mask": (ids != tokenizer.pad_token_id).long()}
    if "token_type_ids" in tokenizer.model_input_names:
        given["token_type_ids"] = pad([types for _, types in chunk], 0)
    return given


def logits_of(model, tokenizer, pairs: list[Pair]) -> np.ndarray:
    """Logits of each pair, shape (pairs, labels)."""
    rows = encoded(tokenizer, pairs, model.config.sayso)
    logits = np.empty((len(pairs), model.config.num_labels), dtype=np.float32)
    order = sorted(range(len(pairs)), key=lambda i: len(rows[i][0]))
    for i in range(0, len(order), 64):
        chunk = order[i : i + 64]
        with torch.no_grad():
            logits[chunk] = model(**tensors(tokenizer, [rows[j] for j in chunk])).logits.float().numpy()
    return logits


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature that minimises the negative log likelihood (Guo et al. 2017)."""

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return -scaled[np.arange(len(truth)), truth].mean()

    return float(min(np.arange(0.2, 3.01, 0.02), key=loss))


def train(
    args: argparse.Namespace,
    model,
    tokenizer,
    train_rows: list[tuple[Pair, str | Sequence[float]]],
    dev_sets: dict[str, list[tuple[Pair, str]]],
    calibrate_on: str,
    max_tokens: int,
    roles: Sequence[str] = (),
) -> None:
    """Fine-tune a model of `load_encoder`, log dev macro F1 and save it to `out/float` after each epoch.

    Args:
        train_rows: pairs with a label, or with a probability of each.
        roles: what the model is told of a passage.

    A student (`args.taught`) also learns the teacher's probabilities of further pairs.
    """
    further = taught(args.taught) if getattr(args, "taught", None) else []
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    model.config.sayso = {"markers": list(MARKERS), "roles": list(roles), "max_tokens": max_tokens, "temperature": 1.0}
    rows = encoded(tokenizer, [pair for pair, _ in [*train_rows, *further]], model.config.sayso)
    sure = np.eye(len(labels), dtype=np.float32) * (1 - SMOOTHING) + SMOOTHING / len(labels)
    known = [sure[labels.index(aim)] if isinstance(aim, str) else aim for _, aim in train_rows]
    aims = torch.tensor(np.array([*known, *(p for _, p in further)], dtype=np.float32))
    loss_function = torch.nn.CrossEntropyLoss()
    log.info("%d rows to train on, %d tokens", len(rows), sum(len(ids) for ids, _ in rows))

    def loss_of(batch: list[int]) -> torch.Tensor:
        return loss_function(model(**tensors(tokenizer, [rows[i] for i in batch])).logits, aims[batch])

    def evaluate(epoch: int) -> None:
        for name, dev in dev_sets.items():
            truth = np.array([labels.index(label) for _, label in dev])
            logits = logits_of(model, tokenizer, [pair for pair, _ in dev])
            f1 = macro_f1(truth, logits.argmax(1), len(labels))
            log.info("epoch %d %s: macro F1 %.4f on %d", epoch, name, f1, len(dev))
            if epoch == args.epochs and name == calibrate_on:
                model.config.sayso["temperature"] = round(fit_temperature(logits, truth), 2)
                log.info("temperature %.2f", model.config.sayso["temperature"])
        model.save_pretrained(args.out / "float")
        tokenizer.save_pretrained(args.out / "float")

    lengths = [len(ids) for ids, _ in rows]
    fit(model, lengths, loss_of, epochs=args.epochs, lr=args.lr, seed=args.seed, after_epoch=evaluate)
