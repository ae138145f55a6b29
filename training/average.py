"""Average float models of one start: python -m training.average NAME --data DIR FOLDER=WEIGHT … --out FOLDER.

Models fine-tuned from the same encoder often lie in one basin, and their average is better than each (Wortsman et
al. 2022, Model soups). The temperature is fitted anew. The first of them is to be one that knows all roles.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from sayso.tasks.scores import LABELS
from training.measure import SETS
from training.pairs import fit_temperature, logits_of

TYPES = "bert.embeddings.token_type_embeddings.weight"
CALIBRATE_ON = {
    "sentiment": ("NewsMTSC rw", "NewsMTSC mt", "gold targets", "gold statements, no target"),
    "stance": ("gold", "BBC"),
}


def _part(text: str) -> tuple[Path, float]:
    folder, _, weight = text.rpartition("=")
    return Path(folder), float(weight)


def _alike(tensors: dict[str, torch.Tensor], n_types: int) -> dict[str, torch.Tensor]:
    """Tensors of a model that may know no roles: their token types are that of a passage's text."""
    types = tensors[TYPES]
    return tensors | {TYPES: torch.cat([types, types[:1].expand(n_types - len(types), -1)])}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.average")
    parser.add_argument("name", choices=sorted(LABELS))
    parser.add_argument(
        "parts",
        nargs="+",
        type=_part,
        metavar="FOLDER=WEIGHT",
        help="the weights sum to 1",
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder with the datasets, one folder each")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if abs(sum(weight for _, weight in args.parts) - 1) > 1e-6:
        parser.error("the weights do not sum to 1")
    first = args.parts[0][0]
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(first), AutoTokenizer.from_pretrained(first)
    n_types = model.config.type_vocab_size
    weights = [(_alike(load_file(folder / "model.safetensors"), n_types), weight) for folder, weight in args.parts]
    model.load_state_dict({name: sum(weight * tensors[name] for tensors, weight in weights) for name in weights[0][0]})
    config = model.config.sayso
    sets = SETS[args.name](args.data)
    dev = [row for name in CALIBRATE_ON[args.name] for row in sets[name]]
    logits = logits_of(model.eval(), tokenizer, [pair for pair, _ in dev])
    truth = np.array([LABELS[args.name].index(label) for _, label in dev])
    config["temperature"] = round(fit_temperature(logits, truth), 2)
    print(f"temperature {config['temperature']}")
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)


if __name__ == "__main__":
    main()
