"""16-bit floats inside, 32-bit floats at the ports: the same program can feed either graph."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from ..graph_files import save_graph, walk_graphs


def convert_to_fp16(source: Path, target: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx.load(source)
    # Inferred types would be needed only for operators without a 16-bit form; here these take integers.
    model = convert_float_to_float16(model, keep_io_types=False, disable_shape_infer=True)
    keep_float_ports(model)
    save_graph(model, target)


def keep_float_ports(model: onnx.ModelProto) -> None:
    """Gives the 16-bit ports of the outer graph back their 32 bits, by casts behind and before them.

    The converter can do so itself, but not where the branches of an `If` use the same names.
    """
    graph = model.graph
    casts_in, casts_out = [], []
    for port in graph.input:
        if port.type.tensor_type.elem_type == TensorProto.FLOAT16:
            rename_uses(graph, port.name, f"{port.name}_fp16")
            casts_in.append(
                helper.make_node("Cast", [port.name], [f"{port.name}_fp16"], to=TensorProto.FLOAT16)
            )
            port.type.tensor_type.elem_type = TensorProto.FLOAT
    for port in graph.output:
        if port.type.tensor_type.elem_type == TensorProto.FLOAT16:
            rename_result(graph, port.name, f"{port.name}_fp16")
            casts_out.append(
                helper.make_node("Cast", [f"{port.name}_fp16"], [port.name], to=TensorProto.FLOAT)
            )
            port.type.tensor_type.elem_type = TensorProto.FLOAT
    nodes = [*casts_in, *graph.node, *casts_out]
    del graph.node[:]
    graph.node.extend(nodes)


def rename_uses(graph: onnx.GraphProto, old: str, new: str) -> None:
    for inner in walk_graphs(graph):
        for node in inner.node:
            node.input[:] = [new if name == old else name for name in node.input]
        # A branch may hand an outer value straight on as its result.
        for port in inner.output:
            if inner is not graph and port.name == old:
                port.name = new


def rename_result(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Renames a value of the outer graph; branches have values of their own with the same name."""
    for node in graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]
    for value in graph.value_info:
        if value.name == old:
            value.name = new
