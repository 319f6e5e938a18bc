"""Kokoro with what it decides on the way made visible: durations, F0 and energy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

SAMPLE_RATE = 24_000
UNIT_SAMPLES = 600
"""Durations are counted in units of 25 ms."""
CURVES_PER_UNIT = 2
"""F0 and energy have two values in each unit."""
STYLE_SIZE = 256

TAPS = {
    "durations": "/encoder/Clip_output_0",
    "raw_durations": "/encoder/Div_output_0",
    "f0": "/encoder/F0_proj/Conv_output_0",
    "energy": "/encoder/N_proj/Conv_output_0",
}


@dataclass(frozen=True)
class Rendering:
    """One clip as the teacher speaks it. L is the number of tokens, S the sum of the durations."""

    audio: NDArray[np.float32]
    """[600 S] samples of 24 kHz."""
    durations: NDArray[np.float32]
    """[L] whole units of 25 ms."""
    raw_durations: NDArray[np.float32]
    """[L] the same before rounding."""
    f0: NDArray[np.float32]
    """[2 S] Hz; low values without meaning where the voice is silent or breathes."""
    energy: NDArray[np.float32]
    """[2 S] about -10 in silence to 8."""


class Teacher:
    """Loads `model.onnx` and `voices/NAME.bin` of a Kokoro folder as Voxbridge installs it."""

    def __init__(self, folder: Path, voice: str, *, threads: int = 1) -> None:
        model = onnx.load(str(folder / "model.onnx"))
        made = {output for node in model.graph.node for output in node.output}
        for name, tensor in TAPS.items():
            if tensor not in made:
                raise SystemExit(f"{folder / 'model.onnx'} has no value {tensor}: not the Kokoro known here")
            model.graph.node.append(onnx.helper.make_node("Identity", [tensor], [name]))
            model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers = [
            name
            for name in ("CUDAExecutionProvider", "CPUExecutionProvider")
            if name in onnxruntime.get_available_providers()
        ]
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)
        self._tokens = self._session.get_inputs()[0].name
        self._styles = np.fromfile(folder / "voices" / f"{voice}.bin", np.float32).reshape(-1, 1, STYLE_SIZE)

    def render(self, ids: list[int]) -> Rendering:
        """Speaks token ids, with the padding at both ends, at the normal speed."""
        outputs = self._session.run(
            ["audio", *TAPS],
            {
                self._tokens: np.array([ids], np.int64),
                # The first row is the style of one token without padding.
                "style": self._styles[len(ids) - 3],
                "speed": np.ones(1, np.float32),
            },
        )
        rendering = Rendering(*(np.asarray(output).reshape(-1) for output in outputs))
        units = int(rendering.durations.sum())
        if rendering.audio.size != units * UNIT_SAMPLES or rendering.f0.size != units * CURVES_PER_UNIT:
            raise RuntimeError(
                f"{units} units, but {rendering.audio.size} samples, {rendering.f0.size} of F0"
            )
        return rendering
