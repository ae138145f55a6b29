"""A trained float model to the int8 folder that ships: python -m training.export NAME [--float DIR]."""

import argparse
import json
import shutil
from pathlib import Path

from safetensors.numpy import load_file

from training.common import ROOT
from training.graph import write_bert

FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")


def export(folder: Path, out: Path) -> None:
    """Write config, tokenizer and int8 weights of a Hugging Face folder to a folder under models/."""
    out.mkdir(parents=True, exist_ok=True)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_bert(load_file(folder / "model.safetensors"), config, out / "model.onnx")
    for name in FILES:
        shutil.copy(folder / name, out / name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.export")
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--float", type=Path, help="the float model's folder (default: models/NAME/float)")
    args = parser.parse_args()
    out = ROOT / "models" / args.name
    export(args.float or out / "float", out)


if __name__ == "__main__":
    main()
