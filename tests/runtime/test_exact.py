"""No sum of a shipped graph can saturate on any CPU: proved by the bounds of its weights, and run on the worst inputs."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from sayso.tasks.runtime import BUNDLED

# x86 CPUs with AVX2 but no VNNI add two neighbouring products of a uint8 and an int8 in 16 signed bits, and saturate.
PAIR = 2**15 - 1
HIGHEST = 255
WEIGHT = {"MatMulInteger": 1, "MatMulIntegerToFloat": 1}  # which input of a quantised product holds the weights
NO_SUMS = {"Cast", "ConstantOfShape", "Gather", "QuantizeLinear"}  # what else may touch 8-bit values
BYTES = {TensorProto.INT8, TensorProto.UINT8}
QUANTISED = ("Integer", "Quant", "QLinear", "QGemm", "QAttention", "NBits")
GRAPHS = sorted(BUNDLED.glob("*/model.onnx"))


def products(path: Path) -> list[tuple[onnx.NodeProto, dict[str, onnx.TensorProto]]]:
    """Every quantised product with the graph's constants.

    Raises:
        AssertionError: the graph sums 8-bit values in a way that is not known here.
    """
    graph = onnx.load(path).graph
    constants = {constant.name: constant for constant in graph.initializer}
    eight_bit = {name for name, constant in constants.items() if constant.data_type in BYTES}
    found = []
    for node in graph.node:  # sorted: each comes after what it reads
        assert not any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute)
        if node.op_type in WEIGHT:
            found.append((node, constants))
            continue
        touches = not eight_bit.isdisjoint(node.input) or any(word in node.op_type for word in QUANTISED)
        assert not touches or node.op_type in NO_SUMS, f"{path}: what does {node.op_type} {node.name} add up?"
        if (touches and node.op_type != "Cast") or node.op_type == "ConstantOfShape":
            eight_bit.update(node.output)
    return found


def weights(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto]) -> np.ndarray:
    return numpy_helper.to_array(constants[node.input[WEIGHT[node.op_type]]])


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.parent.name)
def test_no_pair_of_products_can_leave_16_bits(path):
    found = products(path)
    assert len(found) == 36  # six matrices in each of six layers
    for node, constants in found:
        weight = weights(node, constants)
        assert weight.dtype == np.int8
        assert 2 * HIGHEST * np.abs(weight.astype(int)).max() <= PAIR, node.input[1]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.parent.name)
def test_sums_are_those_of_exact_integers(path):
    for node, constants in products(path):
        weight = weights(node, constants).astype(np.int64)
        rows = worst_rows(weight)
        middle = int(numpy_helper.to_array(constants[node.input[4]]))
        exact = (rows.astype(np.float64) - middle) @ weight.astype(np.float64)  # exact as integers are, and faster
        assert np.abs(exact).max() < 2**24  # the node gives float32, which holds integers up to here
        assert np.array_equal(run(node, constants, rows), exact), node.input[1]


def test_weights_of_new_graphs_are_bounded_and_better_than_rounded():
    pytest.importorskip("torch")
    from training.quantize import LARGEST, quantize

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(500, 20)) @ rng.normal(size=(20, 60)) + 0.1 * rng.normal(size=(500, 60))
    weight = rng.standard_t(3, size=(60, 40))
    rounded, scale = quantize(weight, inputs.T @ inputs / len(inputs))
    assert rounded.dtype == np.int8 and 2 * HIGHEST * LARGEST <= PAIR
    assert np.abs(rounded.astype(int)).max() == LARGEST
    lost = [np.square(inputs @ (weight - near * scale)).mean() for near in (rounded, np.round(weight / scale))]
    assert lost[0] < 0.5 * lost[1]


def worst_rows(weight: np.ndarray) -> np.ndarray:
    """uint8 rows: the largest and smallest sum that each column can have, all alike, and random ones."""
    positive = (weight.T > 0) * HIGHEST
    alike = np.outer([0, 1, 127, 128, 129, HIGHEST], np.ones(len(weight)))
    random = np.random.default_rng(0).integers(0, HIGHEST + 1, (64, len(weight)))
    return np.concatenate([positive, HIGHEST - positive, alike, random]).astype(np.uint8)


def run(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto], rows: np.ndarray) -> np.ndarray:
    """The sums of a shipped product as ONNX Runtime makes them here, its scales set to 1."""
    n = constants[node.input[1]].dims[1]
    used = {name: constants[name] for name in node.input if name in constants}
    used[node.input[3]] = numpy_helper.from_array(np.ones(n, np.float32), node.input[3])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info(node.input[0], TensorProto.UINT8, ["rows", rows.shape[1]])],
        [helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, ["rows", n])],
        list(used.values()),
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {node.input[0]: rows})[0]
