"""8-bit and 4-bit weights with float activations: MatMulNBits, blocks of 32 weights with a scale each."""

from __future__ import annotations

from pathlib import Path

import onnx

from ..graph_files import save_graph, walk_graphs
from .int8 import with_int8

BLOCK_SIZE = 32
# Sums in int8 inside the kernel; the activations in between stay float.
ACCURACY_LEVEL = 4


def quantize_weights(source: Path, target: Path, bits: int) -> None:
    """Matrix products get `bits` bits, embedding tables int8 (there is no 8-bit blockwise embedding)."""
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    config = DefaultWeightOnlyQuantConfig(
        block_size=BLOCK_SIZE, is_symmetric=True, accuracy_level=ACCURACY_LEVEL, bits=bits
    )
    quantizer = MatMulNBitsQuantizer(with_int8(source, ("Gather",)), algo_config=config)
    quantizer.process()
    model = quantizer.model.model
    for graph in walk_graphs(model.graph):
        drop_repeated_initializers(graph)
    save_graph(model, target)


def drop_repeated_initializers(graph: onnx.GraphProto) -> None:
    """Both branches of a merged decoder use the same weights, which the quantiser then adds once for each."""
    unique = {tensor.name: tensor for tensor in graph.initializer}
    if len(unique) < len(graph.initializer):
        kept = list(unique.values())
        del graph.initializer[:]
        graph.initializer.extend(kept)
