"""FastSpeech2 (Ren et al., 2020, arXiv:2006.04558), small, with the F0 of each frame beside its mel.

Pitch and energy are given for each token, as in FastPitch; the decoder is told where in its token a frame
lies. Shapes: B clips, L tokens, T frames, D channels.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio import MELS

LEAST_FRAMES = 0.6
POSITION_SCALE = 0.3
"""Of the position's sines beside an embedding of deviation 0.3."""
DURATION_GRADIENT = 0.1
"""How much of the durations' gradient reaches the encoder: they would pull it away from the mels."""


@dataclass(frozen=True)
class AcousticConfig:
    """Sizes of the network: 7.8 million parameters."""

    vocabulary: int = 178
    channels: int = 192
    heads: int = 2
    inner_channels: int = 768
    encoder_layers: int = 4
    encoder_kernel: int = 5
    decoder_layers: int = 4
    decoder_kernel: int = 3
    predictor_channels: int = 192
    dropout: float = 0.05
    predictor_dropout: float = 0.4


@dataclass(frozen=True)
class Prediction:
    """What the model says about clips whose durations, pitch and energy are given."""

    mel: Tensor
    """[B, T, 80] in standard deviations from the mean of each bin."""
    f0: Tensor
    """[B, T] ln Hz, in standard deviations from the mean."""
    voicing: Tensor
    """[B, T] above 0 where there is a voice."""
    log_frames: Tensor
    """[B, L]"""
    pitch: Tensor
    """[B, L]"""
    energy: Tensor
    """[B, L]"""


class Block(nn.Module):
    """Self-attention and convolutions over time, each normalised before."""

    def __init__(self, config: AcousticConfig, kernel: int, dropout: float) -> None:
        super().__init__()
        channels = config.channels
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(channels)
        self.queries_keys_values = nn.Linear(channels, 3 * channels)
        self.attended = nn.Linear(channels, channels)
        self.convolution_norm = nn.LayerNorm(channels)
        self.widen = nn.Conv1d(channels, config.inner_channels, kernel, padding=kernel // 2)
        self.narrow = nn.Linear(config.inner_channels, channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, present: Tensor | None) -> Tensor:
        """[B, N, D] to the same; `present` [B, N] is 1 where a sequence has not ended."""
        batch, length, channels = x.shape
        size = channels // self.heads
        projected = self.queries_keys_values(self.attention_norm(x))
        queries, keys, values = projected.reshape(batch, length, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        # Written out: on a CPU in bfloat16 it takes less than half of the time of PyTorch's masked attention.
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(size)
        if present is not None:
            scores = scores + ((present - 1) * 1e4)[:, None, None].to(scores.dtype)
        attended = (torch.softmax(scores, -1).to(values.dtype) @ values).transpose(1, 2)
        x = x + self.dropout(self.attended(attended.reshape(batch, length, channels)))
        inner = functional.relu(self.widen(masked(self.convolution_norm(x), present).transpose(1, 2)))
        return x + self.dropout(self.narrow(inner.transpose(1, 2)))


class Predictor(nn.Module):
    """One value for each token: durations, pitch or energy."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        inner = config.predictor_channels
        self.first = nn.Conv1d(config.channels, inner, 3, padding=1)
        self.first_norm = nn.LayerNorm(inner)
        self.second = nn.Conv1d(inner, inner, 3, padding=1)
        self.second_norm = nn.LayerNorm(inner)
        self.value = nn.Linear(inner, 1)
        self.dropout = nn.Dropout(config.predictor_dropout)

    def forward(self, x: Tensor, present: Tensor | None) -> Tensor:
        """[B, L, D] to [B, L]."""
        for convolution, norm in ((self.first, self.first_norm), (self.second, self.second_norm)):
            inner = functional.relu(convolution(masked(x, present).transpose(1, 2)))
            x = self.dropout(norm(inner.transpose(1, 2)))
        return self.value(x)[..., 0]


class Acoustic(nn.Module):
    """From token ids to mel and F0."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.embedding = nn.Embedding(config.vocabulary, channels)
        nn.init.normal_(self.embedding.weight, std=0.3)
        # The teacher's style depends on the number of tokens, so this does too.
        self.length = nn.Linear(1, channels)
        self.encoder = nn.ModuleList(
            Block(config, config.encoder_kernel, config.dropout) for _ in range(config.encoder_layers)
        )
        self.encoder_norm = nn.LayerNorm(channels)
        self.durations = Predictor(config)
        self.pitch = Predictor(config)
        self.energy = Predictor(config)
        self.pitch_embedding = nn.Conv1d(1, channels, 3, padding=1)
        self.energy_embedding = nn.Conv1d(1, channels, 3, padding=1)
        self.place = nn.Linear(3, channels)
        self.decoder = nn.ModuleList(
            Block(config, config.decoder_kernel, 0) for _ in range(config.decoder_layers)
        )
        self.decoder_norm = nn.LayerNorm(channels)
        self.frames = nn.Linear(channels, MELS + 2)

    def settings(self) -> dict[str, int | float]:
        return asdict(self.config)

    def forward(
        self,
        ids: Tensor,
        pitch: Tensor,
        energy: Tensor,
        token_of_frame: Tensor,
        places: Tensor,
        tokens_present: Tensor,
        frames_present: Tensor,
    ) -> Prediction:
        """With the teacher's durations, pitch and energy, for training.

        Args:
            ids: [B, L] tokens.
            pitch, energy: [B, L]
            token_of_frame: [B, T] which token a frame belongs to.
            places: [B, T, 3] as `frame_places` gives them.
            tokens_present, frames_present: [B, L], [B, T] 1 up to the end of a clip, then 0.
        """
        encoded = self.encode(ids, tokens_present.sum(1), tokens_present)
        for_durations = encoded.detach() * (1 - DURATION_GRADIENT) + encoded * DURATION_GRADIENT
        log_frames = self.durations(for_durations, tokens_present)
        predicted_pitch = self.pitch(encoded, tokens_present)
        predicted_energy = self.energy(encoded, tokens_present)
        coloured = self.colour(encoded, pitch, energy)
        spread = torch.gather(coloured, 1, token_of_frame[..., None].expand(-1, -1, coloured.shape[-1]))
        decoded = self.decode(masked(spread + self.place(places), frames_present), frames_present)
        return Prediction(
            decoded[..., :MELS],
            decoded[..., MELS],
            decoded[..., MELS + 1],
            log_frames,
            predicted_pitch,
            predicted_energy,
        )

    def encode(self, ids: Tensor, lengths: Tensor, present: Tensor | None) -> Tensor:
        """[B, L] ids and their number [B] to [B, L, D]."""
        x = self.embedding(ids) + POSITION_SCALE * positions(ids.shape[1], self.config.channels, ids.device)
        x = x + self.length(lengths[:, None, None].float() / 100)
        for block in self.encoder:
            x = block(x, present)
        return self.encoder_norm(x)

    def colour(self, encoded: Tensor, pitch: Tensor, energy: Tensor) -> Tensor:
        pitch_part = self.pitch_embedding(pitch[:, None]).transpose(1, 2)
        return encoded + pitch_part + self.energy_embedding(energy[:, None]).transpose(1, 2)

    def decode(self, x: Tensor, present: Tensor | None) -> Tensor:
        """[B, T, D] to [B, T, 82]: mel, F0, voicing."""
        x = x + POSITION_SCALE * positions(x.shape[1], self.config.channels, x.device)
        for block in self.decoder:
            x = block(x, present)
        return self.frames(self.decoder_norm(x))


def masked(x: Tensor, present: Tensor | None) -> Tensor:
    return x if present is None else x * present[..., None]


def positions(length: int, channels: int, device: torch.device) -> Tensor:
    """[length, channels] sines and cosines of falling frequencies (Vaswani et al., 2017)."""
    frequencies = torch.exp(torch.arange(0, channels, 2, device=device) * (-math.log(1e4) / channels))
    angles = torch.arange(length, device=device)[:, None] * frequencies
    return torch.stack([torch.sin(angles), torch.cos(angles)], -1).flatten(1)


def frame_places(since_start: Tensor, frames: Tensor) -> Tensor:
    """Where in its token a frame lies: [.., T] frames since its start and of it in all to [.., T, 3]."""
    place = (since_start + 0.5) / frames
    return torch.stack([place, 1 - place, torch.log(frames)], -1)
