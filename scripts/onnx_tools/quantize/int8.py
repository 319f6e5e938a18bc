"""8-bit weights and activations: ONNX Runtime's dynamic quantisation."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx

from ..graph_files import MAX_MESSAGE_BYTES, save_graph, size_bytes

MATMUL_AND_EMBEDDING = ("MatMul", "Gather")


def quantize_int8(source: Path, target: Path) -> None:
    save_graph(with_int8(source, MATMUL_AND_EMBEDDING), target)


def with_int8(source: Path, operators: tuple[str, ...]) -> onnx.ModelProto:
    """The graph with these operators in int8.

    Convolutions are never among them: ONNX Runtime's integer convolution is slower than the float one.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        target = Path(folder) / "quantized.onnx"
        quantize_dynamic(
            source,
            target,
            weight_type=QuantType.QInt8,
            per_channel=False,
            op_types_to_quantize=list(operators),
            use_external_data_format=size_bytes(source) >= MAX_MESSAGE_BYTES,
            # The matrix products of a merged decoder are inside an `If`.
            extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
        )
        return onnx.load(target)
