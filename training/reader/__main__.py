"""Train the reader: python -m training.reader --data DIR [--resume].

Its state is written every few minutes to --out (git-ignored); --resume goes on from there, batch by batch.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertModel

from training.common import ROOT, encoder_folder, log, setup
from training.reader.batches import Batch, Row, batch_of, plan, row_of
from training.reader.data import dev_pages, train_pages
from training.reader.measure import figures
from training.reader.model import WAYS, Reader

SAVE_EVERY = 180.0  # seconds


def loss_of(model: Reader, batch: Batch) -> Tensor:
    """The sum of the losses of all that is told: tags, names, tones, stances, sentiments."""
    out = model(batch.ids, batch.segments, batch.asked)
    losses = [
        cross_entropy(logits.flatten(0, 1).float(), labels.flatten())
        for logits, labels in ((out.tags, batch.tags), (out.names, batch.names))
        if (labels >= 0).any()
    ]
    if len(batch.tone_aims):
        tones = model.tones(out.states, batch.tone_page, batch.tones)
        losses.append(cross_entropy(tones.float(), batch.tone_aims))
    if out.opinions is not None:
        for part in (slice(0, 3), slice(3, 6)):
            told = batch.opinions[:, part.start] >= 0
            if told.any():
                losses.append(cross_entropy(out.opinions[told, part].float(), batch.opinions[told, part]))
    return torch.stack(losses).sum()


class Trainer:
    """The loop: AdamW with linear warm-up and decay, and what it takes to go on after a stop."""

    def __init__(self, model: Reader, rows: list[Row], args: argparse.Namespace) -> None:
        self.model, self.rows, self.args = model, rows, args
        self.lengths = [len(r.laid.ids) for r in rows]
        self.epochs = [list(plan(self.lengths, random.Random(args.seed + e))) for e in range(args.epochs)]
        self.steps, self.step = sum(map(len, self.epochs)), 0
        parts = [p for p in model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in parts if p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in parts if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=args.lr, fused=True)
        warm = max(1, self.steps // 15)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda s: min((s + 1) / warm, max(0.0, (self.steps - s) / (self.steps - warm)))
        )

    @property
    def file(self) -> Path:
        return self.args.out / "state.pt"

    def save(self) -> None:
        state = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "schedule")}
        torch.save(state | {"step": self.step}, self.file.with_suffix(".new"))
        self.file.with_suffix(".new").replace(self.file)

    def resume(self) -> None:
        state = torch.load(self.file, weights_only=True)
        for name in ("model", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]

    def run(self, until: int | None = None) -> None:
        """Train from the step that has been reached to the end, or until another."""
        started = saved = time.monotonic()
        tokens, running = 0, None
        todo = [group for epoch in self.epochs for group in epoch]
        half = torch.cpu._is_amx_tile_supported()  # without AMX bfloat16 is slower than float32
        self.model.train()
        while self.step < (self.steps if until is None else until):
            group = todo[self.step]
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                loss = loss_of(self.model, batch_of([self.rows[i] for i in group]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            self.optimizer.zero_grad()
            self.step += 1
            tokens += sum(self.lengths[i] for i in group)
            running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
            if self.step % 50 == 0:
                speed = tokens / (time.monotonic() - started)
                log.info("step %d/%d loss %.4f, %.0f tokens/s", self.step, self.steps, running, speed)
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.reader", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the datasets, one folder each")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "states" / "reader")
    parser.add_argument("--start", type=Path, help="the folder of a float model whose encoder to start from")
    parser.add_argument("--way", choices=WAYS, default="layers", help="how a question is answered")
    parser.add_argument("--own", type=int, default=2, help="layers of a question's own")
    parser.add_argument("--only", nargs="*", help="datasets to train on (default: all)")
    parser.add_argument("--pages", type=int, help="how many of their pages, drawn at random (default: all)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    setup(args.seed, args.out / "log.txt")
    start = args.start or encoder_folder()
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoder = BertModel.from_pretrained(start, add_pooling_layer=False)
    model = Reader(encoder.config, args.way, args.own)
    model.start_from(encoder)
    pages = [p for p in train_pages(args.data) if not args.only or p.source in args.only]
    if args.pages:
        pages = random.Random(0).sample(pages, args.pages)
    trainer = Trainer(model, [row_of(tokenizer, page) for page in pages], args)
    log.info("%d pages, %d tokens, %d steps", len(pages), sum(trainer.lengths), trainer.steps)
    if args.resume:
        trainer.resume()
    trainer.run()
    sets = dev_pages(args.data)
    if args.only:
        sets = {name: pages for name, pages in sets.items() if name.split()[0] in (*args.only, "gold")}
    found = figures(model, tokenizer, sets)
    (args.out / "figures.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    for name, value in found.items():
        log.info("%s %.4f", name, value)


if __name__ == "__main__":
    main()
