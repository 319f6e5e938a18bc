"""Inputs of a graph at given sizes: TensorRT builds an engine for a range of shapes, best for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from ..console import UsageError
from ..runtime import NUMPY_TYPES
from ..samples import SEED


@dataclass(frozen=True)
class Range:
    """Least, usual and greatest size of one axis."""

    least: int
    usual: int
    greatest: int

    @staticmethod
    def parse(text: str) -> Range:
        """:raises ValueError: it is not MIN:USUAL:MAX in ascending order"""
        least, usual, greatest = (int(part) for part in text.split(":"))
        if not 1 <= least <= usual <= greatest:
            raise ValueError(text)
        return Range(least, usual, greatest)


@dataclass(frozen=True)
class AxisRanges:
    batch: Range
    source: Range
    """ids of the sentence to translate"""
    past: Range
    """tokens in the decoder's cache"""
    tokens: Range
    """phonemes of a clause"""
    frames: Range
    """frames of a vocoder's chunk"""

    def at(self, point: str, source_positions: int | None) -> dict[str, int]:
        """Sizes of the axes by their names in the graphs, at the point `least`, `usual` or `greatest`.

        :param source_positions: fixed for Whisper, whose encoder always reads 30 seconds
        """
        return {
            "batch_size": getattr(self.batch, point),
            "encoder_sequence_length": source_positions or getattr(self.source, point),
            "past_decoder_sequence_length": getattr(self.past, point),
            # After the first token, a decoder reads one by one.
            "decoder_sequence_length": 1,
            "tokens": getattr(self.tokens, point),
            "frames": getattr(self.frames, point),
        }


Feeds = dict[str, np.ndarray]


def make_feeds(session: ort.InferenceSession, sizes: Mapping[str, int], vocabulary: int) -> Feeds:
    """Random inputs of these sizes, with masks that hide nothing and a decoder that uses its cache."""
    random = np.random.default_rng(SEED)
    feeds: Feeds = {}
    for port in session.get_inputs():
        shape = [axis_size(port.name, axis, sizes) for axis in port.shape]
        if port.name.endswith("attention_mask") or port.name in ("use_cache_branch", "speed"):
            value = np.ones(shape)
        elif port.name == "speaker_id":
            value = np.zeros(shape)
        elif port.type == "tensor(int64)":
            value = random.integers(1, vocabulary, shape)
        else:
            value = random.normal(0.0, 0.5, shape)
        feeds[port.name] = value.astype(NUMPY_TYPES[port.type])
    return feeds


def axis_size(port: str, axis: int | str | None, sizes: Mapping[str, int]) -> int:
    if isinstance(axis, int):
        return axis
    if axis not in sizes:
        raise UsageError(
            f"input {port} has an axis {axis}, of which nothing is known: export the model again"
        )
    return sizes[axis]


def as_profile(feeds: Feeds) -> str:
    """The shapes as the provider's options want them: `input_ids:1x16,attention_mask:1x16`."""
    return ",".join(
        f"{name}:{'x'.join(str(size) for size in value.shape)}" for name, value in feeds.items() if value.ndim
    )
