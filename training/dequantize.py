"""The float model that an int8 graph stands for, if its own is gone: python -m training.dequantize NAME --out FOLDER.

Its weights are the graph's int8 weights times their scales, the evening out of channels undone: a start for training
that goes on from what ships.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

from training.common import ROOT
from training.export import FILES
from training.requantize import products


def dequantize(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The state dict of a graph of `training.graph`."""
    constants = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}
    made_by = {name: node for node in model.graph.node for name in node.output}
    weights = {name: value for name, value in constants.items() if name.endswith((".weight", ".bias"))}
    weights["bert.embeddings.word_embeddings.weight"] = constants["words.int8"] * constants["words.scale"]
    for node in products(model):
        layer = node.input[1].removesuffix(".int8")
        weight = constants[node.input[1]] * constants[node.input[3]]
        rows = made_by[made_by[node.input[0]].input[0]]  # what is quantised: even channels, or the activations
        if rows.op_type == "Mul" and rows.input[1].endswith(".smoothing"):
            weight = weight * constants[rows.input[1]][:, None]
        weights[f"{layer}.weight"] = weight.T
    for name in [name for name in weights if name.endswith("attention.self.bias")]:
        for part, bias in zip(("query", "key", "value"), np.split(weights.pop(name), 3), strict=True):
            weights[name.replace("self.bias", f"self.{part}.bias")] = bias
    heads = {"classifier.weight", "bert.pooler.dense.weight"}
    return {
        name: np.ascontiguousarray(value.T if name in heads else value, np.float32) for name, value in weights.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="the folder of the int8 model (default: the bundled one)")
    args = parser.parse_args()
    folder = args.folder or ROOT / "models" / args.name
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(dequantize(onnx.load(folder / "model.onnx")), args.out / "model.safetensors", {"format": "pt"})
    for name in FILES:
        shutil.copy(folder / name, args.out / name)
    print(args.out)


if __name__ == "__main__":
    main()
