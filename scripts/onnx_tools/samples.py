"""Inputs to compare graphs on. They are random but always the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .seq2seq import SourceBatch

SEED = 20
TEXT_LENGTHS = ((14, 5), (32, 1), (2, 9))
SPEECH_CLIPS = 2


def sources_for(config: Mapping[str, Any]) -> list[SourceBatch]:
    """Encoder inputs for a model with this config.json (M2M100 or Whisper)."""
    if config["model_type"] == "whisper":
        return [speech_features(config["num_mel_bins"], whisper_frames(config["max_source_positions"]))]
    return text_batches(config["vocab_size"], pad_id=config["pad_token_id"], end_id=config["eos_token_id"])


def whisper_frames(positions: int) -> int:
    """Frames of mels that Whisper's encoder reads: its second convolution has stride 2."""
    return 2 * positions


def text_batches(vocabulary: int, *, pad_id: int, end_id: int) -> list[SourceBatch]:
    """Three batches of two sequences of ids, the shorter one padded: `input_ids` int64[2,S]."""
    random = np.random.default_rng(SEED)
    batches = []
    for lengths in TEXT_LENGTHS:
        ids = np.full((len(lengths), max(lengths) + 1), pad_id, np.int64)
        for row, length in enumerate(lengths):
            # The lowest ids are the special ones.
            ids[row, :length] = random.integers(4, vocabulary, length)
            ids[row, length] = end_id
        batches.append(SourceBatch({"input_ids": ids, "attention_mask": (ids != pad_id).astype(np.int64)}))
    return batches


def speech_features(mel_bins: int, frames: int) -> SourceBatch:
    """`input_features` float32[2,mels,frames] in Whisper's range, the second clip silent in its last half."""
    random = np.random.default_rng(SEED)
    features = random.normal(0.0, 0.5, (SPEECH_CLIPS, mel_bins, frames)).clip(-1.0, 1.5)
    features[1:, :, frames // 2 :] = -0.8
    return SourceBatch({"input_features": features.astype(np.float32)})


def phoneme_ids(vocabulary: int) -> list[np.ndarray]:
    """Sequences of ids int64[1,L] of several lengths."""
    random = np.random.default_rng(SEED)
    return [random.integers(1, vocabulary, (1, length)) for length in (4, 13, 40)]


def mel_spectrograms(mel_bins: int) -> list[np.ndarray]:
    """Log-mel spectrograms float32[1,mels,T] of several lengths: a random walk, as speech changes slowly."""
    random = np.random.default_rng(SEED)
    spectrograms = []
    for frames in (1, 18, 97):
        walk = random.normal(0.0, 0.5, (1, mel_bins, frames)).cumsum(axis=2)
        spectrograms.append(
            (walk + random.normal(-4.0, 1.0, (1, mel_bins, 1))).clip(-11.5, 2.0).astype(np.float32)
        )
    return spectrograms
