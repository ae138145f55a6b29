"""A trained float model to the int8 folder that ships: python -m training.export NAME [--float DIR]."""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from training.common import ROOT
from training.graph import write_bert

FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
TARGET = "harbor toll"  # that pairs are made with to see how large activations get


def export(folder: Path, out: Path) -> None:
    """Write config, tokenizer and int8 weights of a Hugging Face folder to a folder under models/."""
    out.mkdir(parents=True, exist_ok=True)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_bert(load_file(folder / "model.safetensors"), config, input_ranges(folder, config), out / "model.onnx")
    for name in FILES:
        shutil.copy(folder / name, out / name)


def input_ranges(folder: Path, config: dict) -> dict[str, np.ndarray]:
    """The largest magnitude of each input channel of each linear layer of the encoder, over the sample articles."""
    pairs = "SequenceClassification" in config["architectures"][0]
    auto = AutoModelForSequenceClassification if pairs else AutoModelForTokenClassification
    model, tokenizer = auto.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    ranges: dict[str, np.ndarray] = {}

    def watch(name: str, layer: torch.nn.Module) -> None:
        def note(_layer: torch.nn.Module, inputs: tuple[torch.Tensor], _output: torch.Tensor) -> None:
            largest = inputs[0].detach().abs().flatten(0, -2).amax(0).numpy()
            ranges[name] = np.maximum(ranges.get(name, 0.0), largest)

        layer.register_forward_hook(note)

    for name, layer in model.named_modules():
        if isinstance(layer, torch.nn.Linear) and ".encoder." in name:
            watch(name, layer)
    files = sorted(path for kind in ("*.txt", "*.md") for path in (ROOT / "data" / "raw").glob(kind))
    for text in (p for file in files for p in file.read_text(encoding="utf-8").split("\n\n")):
        given = (text, TARGET) if pairs else (text,)
        with torch.no_grad():
            model(**tokenizer(*given, return_tensors="pt", truncation=True, max_length=200))
    return ranges


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.export")
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--float", type=Path, help="the float model's folder (default: models/NAME/float)")
    args = parser.parse_args()
    out = ROOT / "models" / args.name
    export(args.float or out / "float", out)


if __name__ == "__main__":
    main()
