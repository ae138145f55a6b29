"""A trained float model to the int8 folder that ships: python -m training.export NAME [--float DIR]."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.numpy import load_file
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from training.common import ROOT
from training.graph import write_bert
from training.quantize import Inputs, Tally, sample_rows

FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")


def export(folder: Path, out: Path) -> None:
    """Write config, tokenizer and int8 weights of a Hugging Face folder to a folder under models/."""
    out.mkdir(parents=True, exist_ok=True)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_bert(load_file(folder / "model.safetensors"), config, inputs_of(folder, config), out / "model.onnx")
    for name in FILES:
        shutil.copy(folder / name, out / name)


def inputs_of(folder: Path, config: dict) -> dict[str, Inputs]:
    """What goes into each linear layer of the encoder over the sample articles."""
    pairs = "SequenceClassification" in config["architectures"][0]
    auto = AutoModelForSequenceClassification if pairs else AutoModelForTokenClassification
    model, tally = auto.from_pretrained(folder).eval(), Tally()

    def watch(name: str, layer: torch.nn.Module) -> None:
        def note(_layer: torch.nn.Module, inputs: tuple[torch.Tensor], _output: torch.Tensor) -> None:
            tally.add(name, inputs[0].numpy())

        layer.register_forward_hook(note)

    for name, layer in model.named_modules():
        if isinstance(layer, torch.nn.Linear) and ".encoder." in name:
            watch(name, layer)
    for ids, segments in sample_rows(folder, config):
        with torch.no_grad():
            model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments]))
    return tally.inputs()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.export")
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--float", type=Path, help="the float model's folder (default: models/NAME/float)")
    args = parser.parse_args()
    out = ROOT / "models" / args.name
    export(args.float or out / "float", out)


if __name__ == "__main__":
    main()
