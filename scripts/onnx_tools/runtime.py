"""ONNX Runtime sessions, and what their ports say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

Provider = str | tuple[str, dict[str, Any]]

NUMPY_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


def open_session(
    path: Path,
    providers: Sequence[Provider] = ("CPUExecutionProvider",),
    *,
    profile_prefix: Path | None = None,
) -> ort.InferenceSession:
    """Opens a graph, on the CPU unless told otherwise."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if profile_prefix is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile_prefix)
    return ort.InferenceSession(str(path), options, providers=list(providers))


def input_names(session: ort.InferenceSession) -> set[str]:
    return {port.name for port in session.get_inputs()}


def as_port_types(session: ort.InferenceSession, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feeds in the types that the graph's inputs ask for (some fp16 graphs take fp16)."""
    types = {port.name: NUMPY_TYPES[port.type] for port in session.get_inputs()}
    return {name: value.astype(types[name], copy=False) for name, value in feeds.items()}
