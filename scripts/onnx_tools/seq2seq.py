"""Runs an encoder and a merged decoder as optimum exports them (M2M100, Whisper).

The merged decoder holds two graphs behind one `If`: without a cache it reads whole prefixes, with
`use_cache_branch` it reads the tokens that follow the cached ones. The cross-attention part of the cache
(`encoder`) comes out of the first run only; later runs return it empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .runtime import Provider, as_port_types, input_names, open_session

ENCODER = "encoder_model"
DECODER = "decoder_model_merged"


@dataclass(frozen=True)
class SourceBatch:
    """What one encoder run reads."""

    inputs: dict[str, np.ndarray]
    """`input_ids` int64[B,S] and `attention_mask` int64[B,S], or `input_features` float32[B,mels,frames]."""

    @property
    def attention_mask(self) -> np.ndarray | None:
        return self.inputs.get("attention_mask")


@dataclass(frozen=True)
class EncodedBatch:
    hidden_states: np.ndarray
    """float32[B,S,D]"""
    attention_mask: np.ndarray | None
    """int64[B,S], or None for a model without padding in its source (Whisper)"""


class Encoder:
    def __init__(self, path: Path, providers: Sequence[Provider] = ("CPUExecutionProvider",)) -> None:
        self.session = open_session(path, providers)

    def encode(self, source: SourceBatch) -> EncodedBatch:
        (hidden_states,) = self.session.run(["last_hidden_state"], as_port_types(self.session, source.inputs))
        return EncodedBatch(hidden_states.astype(np.float32), source.attention_mask)


class MergedDecoder:
    def __init__(
        self,
        path: Path,
        providers: Sequence[Provider] = ("CPUExecutionProvider",),
        *,
        profile_prefix: Path | None = None,
    ) -> None:
        self.session = open_session(path, providers, profile_prefix=profile_prefix)
        self.cache_names = sorted(
            name for name in input_names(self.session) if name.startswith("past_key_values.")
        )
        shapes = {port.name: port.shape for port in self.session.get_inputs()}
        # [batch, heads, length, head size], of which heads and head size are fixed numbers.
        self.heads, self.head_size = (int(shapes[self.cache_names[0]][axis]) for axis in (1, 3))

    def start(self, encoded: EncodedBatch) -> Decoding:
        return Decoding(self, encoded)

    def read_whole(self, encoded: EncodedBatch, tokens: np.ndarray) -> np.ndarray:
        """Logits float32[B,T,vocabulary] of tokens int64[B,T], all read at once."""
        return self.start(encoded).read(tokens)

    def read_one_by_one(self, encoded: EncodedBatch, tokens: np.ndarray) -> np.ndarray:
        """The same logits by way of the cache: one run for each token."""
        decoding = self.start(encoded)
        return np.concatenate([decoding.read(tokens[:, [t]]) for t in range(tokens.shape[1])], axis=1)

    def greedy(self, encoded: EncodedBatch, start: np.ndarray, count: int, *, cache: bool) -> np.ndarray:
        """The most probable continuation: int64[B,T + count] for start tokens int64[B,T]."""
        tokens = start
        decoding = self.start(encoded)
        unread = start
        for _ in range(count):
            logits = decoding.read(unread) if cache else self.read_whole(encoded, tokens)
            unread = logits[:, -1].argmax(-1).astype(np.int64)[:, None]
            tokens = np.concatenate([tokens, unread], axis=1)
        return tokens


class Decoding:
    """One decoding with its cache."""

    def __init__(self, decoder: MergedDecoder, encoded: EncodedBatch) -> None:
        self._decoder = decoder
        self._encoded = encoded
        batch = encoded.hidden_states.shape[0]
        # The branch without a cache ignores these, but the graph demands them.
        empty = np.zeros((batch, decoder.heads, 0, decoder.head_size), np.float32)
        self._cache = dict.fromkeys(decoder.cache_names, empty)
        self._started = False

    def read(self, tokens: np.ndarray) -> np.ndarray:
        """Logits float32[B,T,vocabulary] of the next tokens int64[B,T]."""
        session = self._decoder.session
        feeds = {
            "input_ids": tokens,
            "encoder_hidden_states": self._encoded.hidden_states,
            "use_cache_branch": np.array([self._started]),
            **self._cache,
        }
        if "encoder_attention_mask" in input_names(session):
            feeds["encoder_attention_mask"] = self._encoded.attention_mask
        names = [port.name for port in session.get_outputs()]
        outputs = dict(zip(names, session.run(names, as_port_types(session, feeds)), strict=True))
        for name in self._decoder.cache_names:
            if not self._started or ".decoder." in name:
                self._cache[name] = outputs[name.replace("past_key_values", "present")]
        self._started = True
        return outputs["logits"].astype(np.float32)
