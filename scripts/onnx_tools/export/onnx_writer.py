"""Writes a traced PyTorch module as ONNX, with what the graph is for in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..console import VerificationError, first_line

if TYPE_CHECKING:
    import torch

Axes = Mapping[str, Mapping[int, str]]


def write_onnx(
    module: torch.nn.Module,
    example: tuple[torch.Tensor, ...],
    path: Path,
    *,
    inputs: Axes,
    outputs: Axes,
    opset: int,
    metadata: Mapping[str, object],
) -> None:
    """`inputs` and `outputs` name the ports in order, each with its dynamic axes."""
    import onnx
    import torch

    try:
        torch.onnx.export(
            module,
            example,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={**inputs, **outputs},
            opset_version=opset,
            dynamo=False,
        )
    except Exception as error:
        raise VerificationError(f"the export failed: {first_line(error)}") from error
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, {name: str(value) for name, value in metadata.items()})
    onnx.save(graph, path)
