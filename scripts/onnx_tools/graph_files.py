"""The graphs of a model folder, and reading and writing them whatever their size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx

from .console import UsageError
from .seq2seq import DECODER, ENCODER

ACOUSTIC = "acoustic"
VOCODER = "vocoder"
# A protobuf message cannot be larger; beyond, the weights go into a file beside it.
MAX_MESSAGE_BYTES = 2**31 - 2**20


@dataclass(frozen=True)
class GraphFile:
    folder: Path
    """the folder of the model; the graph may lie in its `onnx/`"""
    path: Path

    @property
    def kind(self) -> str:
        """ENCODER, DECODER, ACOUSTIC or VOCODER"""
        return self.path.stem

    def name_with(self, suffix: str) -> Path:
        """Path of a variant inside the model's folder: `onnx/encoder_model_fp16.onnx`."""
        return self.path.relative_to(self.folder).with_name(f"{self.path.stem}{suffix}.onnx")


def find_graphs(folder: Path) -> list[GraphFile]:
    """The float32 graphs of a model that export_to_onnx.py (or optimum) made.

    :raises UsageError: there are none, or an encoder without its decoder
    """
    graphs = []
    for kind in (ENCODER, DECODER, ACOUSTIC, VOCODER):
        paths = [
            path for path in (folder / "onnx" / f"{kind}.onnx", folder / f"{kind}.onnx") if path.is_file()
        ]
        graphs += [GraphFile(folder, path) for path in paths[:1]]
    kinds = {graph.kind for graph in graphs}
    if not kinds:
        raise UsageError(f"{folder} holds no {ENCODER}.onnx, {ACOUSTIC}.onnx or {VOCODER}.onnx")
    if (ENCODER in kinds) != (DECODER in kinds):
        raise UsageError(f"{folder} should hold both {ENCODER}.onnx and {DECODER}.onnx")
    return graphs


def save_graph(model: onnx.ModelProto, path: Path) -> None:
    if model.ByteSize() < MAX_MESSAGE_BYTES:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=f"{path.name}_data")
    share_mode(path)


def share_mode(path: Path) -> None:
    """Lets whoever may read the graph read its weights too, which onnx keeps to the owner."""
    for part in parts(path):
        part.chmod(path.stat().st_mode)


def parts(path: Path) -> list[Path]:
    """The graph's file and, where there is one, the file of its weights."""
    return [part for part in (path, path.with_name(f"{path.name}_data")) if part.is_file()]


def size_bytes(path: Path) -> int:
    return sum(part.stat().st_size for part in parts(path))


def walk_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and every graph inside it, such as the branches of an `If`."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from walk_graphs(attribute.g)


def has_constant_matmul(model: onnx.ModelProto) -> bool:
    """Whether any matrix product takes its right side from the file: what 8 and 4 bits make smaller."""
    graphs = list(walk_graphs(model.graph))
    constants = {tensor.name for graph in graphs for tensor in graph.initializer}
    return any(
        node.op_type == "MatMul" and node.input[1] in constants for graph in graphs for node in graph.node
    )
