"""Give a graph that ships weights with which no sum can saturate: python -m training.requantize NAME [--graph FILE].

For graphs whose float model is gone: the int8 weights times their scales stand for it. Graphs of training.export have
such weights already. `--graph` names another graph to start from (default: the one that ships); models/NAME/model.onnx
is written.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from training.common import ROOT
from training.quantize import LARGEST, Inputs, Tally, quantize, sample_rows

PRODUCT = "MatMulIntegerToFloat"


def requantize(model: onnx.ModelProto, inputs: dict[str, Inputs]) -> None:
    """Replace weights and scales of every product; `inputs` by the name of its uint8 rows."""
    constants = {constant.name: constant for constant in model.graph.initializer}
    for node in products(model):
        weight, scale = (numpy_helper.to_array(constants[node.input[i]]) for i in (1, 3))
        for i, value in zip((1, 3), quantize(weight * scale, inputs[node.input[0]].moments), strict=True):
            constants[node.input[i]].CopyFrom(numpy_helper.from_array(value, node.input[i]))


def products(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == PRODUCT]


def inputs_of(model: onnx.ModelProto, rows: list[tuple[list[int], list[int]]]) -> dict[str, Inputs]:
    """What goes into each product over some rows of tokens, by the name of its uint8 rows."""
    exact = _exact(model)
    made_by = {node.output[0]: node for node in exact.graph.node}
    floats = {node.input[0]: made_by[node.input[0]].input[0] for node in products(exact)}
    exact.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in floats.values())
    session = onnxruntime.InferenceSession(exact.SerializeToString(), providers=["CPUExecutionProvider"])
    tally = Tally()
    for ids, segments in rows:
        feed = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": segments}
        outputs = session.run(list(floats.values()), {name: np.array([row]) for name, row in feed.items()})
        for name, values in zip(floats, outputs, strict=True):
            tally.add(name, values)
    return tally.inputs()


def _exact(model: onnx.ModelProto) -> onnx.ModelProto:
    """A slower copy whose sums are exact on every CPU: its weights are uint8 around 128."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    constants = {constant.name: constant for constant in copy.graph.initializer}
    for node in products(copy):
        name = node.input[1]
        weight = numpy_helper.to_array(constants[name]).astype(np.int16) + 128
        constants[name].CopyFrom(numpy_helper.from_array(weight.astype(np.uint8), name))
        node.input.append("middle")  # of the rows; of the weights now too
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("attribution", "sentiment", "stance"))
    parser.add_argument("--graph", type=Path, help="the graph to start from")
    args = parser.parse_args()
    folder = ROOT / "models" / args.name
    model = onnx.load(args.graph or folder / "model.onnx")
    weights = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    if all(np.abs(weights[node.input[1]].astype(int)).max() <= LARGEST for node in products(model)):
        raise SystemExit(f"every weight of {args.graph or folder} is within ±{LARGEST} already: nothing to do")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    requantize(model, inputs_of(model, sample_rows(folder, config)))
    onnx.save(model, folder / "model.onnx")


if __name__ == "__main__":
    main()
