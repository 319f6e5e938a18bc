"""A source-filter vocoder: a network says, for each frame, how to filter pulses and noise.

    S = exp(h) e^(i theta) STFT(pulses) + exp(n) STFT(noise),  audio = ISTFT(S)

With the pulses given, no phase must be invented, and a network that runs once a frame is enough. It is made
of ConvNeXt blocks, as in Vocos (Siuzdak, 2023, arXiv:2306.00814); the filters are those of hibari 0.2.1.

Shapes: B clips, T frames of 256 samples, each with two spectra of K = 257 bins.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio import HOP, MELS, SAMPLE_RATE, mel_corners

FFT_SIZE = 512
"""23 ms: the pulses bring the harmonics, so a window may be too short for them, and follow a plosive."""
SPECTRUM_HOP = 128
SPECTRA_PER_FRAME = HOP // SPECTRUM_HOP
BINS = FFT_SIZE // 2 + 1
MARGIN = (FFT_SIZE - SPECTRUM_HOP) // 2
OVERLAP_GAIN = 1.5
"""Sum of the squared Hann windows that overlap."""
LARGEST_LOG_MAGNITUDE = 6.0
FILTERS = 3
"""Log magnitude and angle for the pulses, log magnitude for the noise."""


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of the network: 2.1 million parameters."""

    channels: int = 256
    inner_channels: int = 512
    blocks: int = 6
    kernel: int = 5

    @property
    def context_frames(self) -> int:
        """Frames on either side that have a say: those of the convolutions and of the overlapping windows."""
        return (self.blocks + 1) * (self.kernel // 2) + math.ceil(2 * MARGIN / HOP)


class ConvNextBlock(nn.Module):
    """Liu et al., 2022 (arXiv:2201.03545), in one dimension."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        channels, kernel = config.channels, config.kernel
        self.along = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, config.inner_channels)
        self.narrow = nn.Linear(config.inner_channels, channels)
        self.scale = nn.Parameter(torch.full((channels,), 1 / config.blocks))

    def forward(self, x: Tensor) -> Tensor:
        """[B, D, T] to the same."""
        inner = self.norm(self.along(x).transpose(1, 2))
        inner = self.narrow(functional.gelu(self.widen(inner), approximate="tanh"))
        return x + (self.scale * inner).transpose(1, 2)


@dataclass(frozen=True)
class Sound:
    """Audio and the part of it that the pulses make, both [B, 256 T]."""

    audio: Tensor
    voiced_audio: Tensor


class Vocoder(nn.Module):
    """From mel, F0 and excitation to audio."""

    mel_mean: Tensor
    mel_deviation: Tensor
    envelope: Tensor
    guessed: Tensor
    analysis: Tensor
    synthesis: Tensor

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Conv1d(MELS + 2, config.channels, config.kernel, padding=config.kernel // 2)
        self.enter_norm = nn.LayerNorm(config.channels)
        self.blocks = nn.ModuleList(ConvNextBlock(config) for _ in range(config.blocks))
        self.leave_norm = nn.LayerNorm(config.channels)
        self.leave = nn.Linear(config.channels, SPECTRA_PER_FRAME * FILTERS * BINS)
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            self.leave.bias.zero_()
        self.register_buffer("mel_mean", torch.zeros(MELS))
        self.register_buffer("mel_deviation", torch.ones(MELS))
        self.register_buffer("envelope", mel_to_bins(), persistent=False)
        self.register_buffer("guessed", torch.tensor([[1.0], [0.0], [1.0]]), persistent=False)
        analysis, synthesis = fourier_matrices()
        self.register_buffer("analysis", analysis, persistent=False)
        self.register_buffer("synthesis", synthesis, persistent=False)

    def settings(self) -> dict[str, int]:
        return asdict(self.config)

    def forward(self, mel: Tensor, f0: Tensor, source: Tensor) -> Tensor:
        """For export.

        Args:
            mel: [B, 80, T] natural logarithm.
            f0: [B, 1, T] Hz, 0 where there is no voice.
            source: [B, 512, T] a frame's samples of pulses, then of noise.

        Returns:
            [B, 1, 256 T]
        """
        pulses = source[:, :HOP].transpose(1, 2).flatten(1)
        noise = source[:, HOP:].transpose(1, 2).flatten(1)
        return self.sound(mel, f0, pulses, noise, part=False).audio[:, None]

    def sound(self, mel: Tensor, f0: Tensor, pulses: Tensor, noise: Tensor, *, part: bool = True) -> Sound:
        """The same from [B, 256 T] pulses and noise; with `part`, also what the pulses alone make."""
        filters = self.filters(mel, f0)
        loudness = torch.exp(torch.clamp(filters[:, :, 0], max=LARGEST_LOG_MAGNITUDE))
        angle = filters[:, :, 1]
        breath = torch.exp(torch.clamp(filters[:, :, 2], max=LARGEST_LOG_MAGNITUDE))
        turned_real, turned_imaginary = loudness * torch.cos(angle), loudness * torch.sin(angle)
        real, imaginary, noise_real, noise_imaginary = self.spectra(pulses, noise)
        voiced_real = real * turned_real - imaginary * turned_imaginary
        voiced_imaginary = real * turned_imaginary + imaginary * turned_real
        audio = self.overlapped(
            voiced_real + breath * noise_real, voiced_imaginary + breath * noise_imaginary
        )
        return Sound(audio, self.overlapped(voiced_real, voiced_imaginary) if part else audio)

    def filters(self, mel: Tensor, f0: Tensor) -> Tensor:
        """[B, 2 T, 3, K]: log magnitude and angle (radians) for the pulses, log magnitude for the noise."""
        normal = (mel - self.mel_mean[:, None]) / self.mel_deviation[:, None]
        voiced = (f0 > 0).to(mel.dtype)
        pitch = torch.log(torch.clamp(f0, min=50)) - 5
        x = self.enter(torch.cat([normal, voiced, pitch * voiced], 1))
        x = self.enter_norm(x.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        shapes = self.leave(self.leave_norm(x.transpose(1, 2)))
        shapes = shapes.reshape(x.shape[0], -1, FILTERS, BINS)
        # The mel itself is a first guess of the envelope.
        guess = torch.repeat_interleave(mel.transpose(1, 2) @ self.envelope, SPECTRA_PER_FRAME, 1)
        return shapes + guess[:, :, None] * self.guessed

    def spectra(self, *sources: Tensor) -> list[Tensor]:
        """[B, 256 T] each to its real and its imaginary part, [B, 2 T, K] each."""
        padded = functional.pad(torch.stack(sources, 1), (MARGIN, MARGIN))
        hops = padded.reshape(*padded.shape[:2], -1, SPECTRUM_HOP)
        per_window = FFT_SIZE // SPECTRUM_HOP
        count = hops.shape[2] - per_window + 1
        windows = torch.cat([hops[:, :, shift : shift + count] for shift in range(per_window)], 3)
        both = windows @ self.analysis
        parts = (slice(0, BINS), slice(BINS, None))
        return [both[:, source, :, part] for source in range(len(sources)) for part in parts]

    def overlapped(self, real: Tensor, imaginary: Tensor) -> Tensor:
        """[B, 2 T, K] real and imaginary parts to [B, 256 T] samples."""
        windows = torch.cat([real, imaginary], 2) @ self.synthesis
        per_window = FFT_SIZE // SPECTRUM_HOP
        hops = windows.reshape(*windows.shape[:2], per_window, SPECTRUM_HOP).unbind(2)
        shifted = [
            functional.pad(hop, (0, 0, shift, per_window - 1 - shift)) for shift, hop in enumerate(hops)
        ]
        return torch.stack(shifted).sum(0).flatten(1)[:, MARGIN:-MARGIN]


def mel_to_bins() -> Tensor:
    """[80, K] log mel to log magnitude: straight lines between the middles of the bins, level beyond."""
    middles = mel_corners()[1:-1]
    bins = np.linspace(0, SAMPLE_RATE / 2, BINS)
    rows = [np.interp(bins, middles, np.eye(MELS)[mel]) for mel in range(MELS)]
    return torch.tensor(np.stack(rows), dtype=torch.float32)


def fourier_matrices() -> tuple[Tensor, Tensor]:
    """Windowed transforms as products, [512, 2 K] and [2 K, 512]: what onnxruntime does best."""
    window = torch.hann_window(FFT_SIZE, dtype=torch.float64)
    turns = torch.outer(torch.arange(FFT_SIZE), torch.arange(BINS)).double() * (2 * math.pi / FFT_SIZE)
    analysis = window[:, None] * torch.cat([torch.cos(turns), -torch.sin(turns)], 1)
    twice = torch.full((BINS,), 2.0, dtype=torch.float64)
    twice[0] = twice[-1] = 1
    synthesis = torch.cat([twice[:, None] * torch.cos(turns).T, -twice[:, None] * torch.sin(turns).T])
    synthesis = synthesis * window / (FFT_SIZE * OVERLAP_GAIN)
    return analysis.float(), synthesis.float()
