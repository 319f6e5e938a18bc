"""Signal processing: the mel spectrogram of HiFi-GAN's LJSpeech models, resampling, WAV files."""

from __future__ import annotations

import math
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

SAMPLE_RATE = 22_050
FFT_SIZE = 1024
HOP = 256
MELS = 80
HIGHEST_MEL_HZ = 8000
LEAST_MAGNITUDE = 1e-5

FORMAT = {
    "sample_rate": SAMPLE_RATE,
    "n_fft": FFT_SIZE,
    "win_length": FFT_SIZE,
    "hop_length": HOP,
    "n_mels": MELS,
    "fmin": 0,
    "fmax": HIGHEST_MEL_HZ,
    "mel_scale": "slaney",
    "log": "ln",
    "clamp": LEAST_MAGNITUDE,
}
"""The same in the words of `voice.json`."""


def mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: straight below 1 kHz (15 mel), logarithmic above."""
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(math.log(6.4) / 27 * (mels - 15)))


def hz_to_mel(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000) * 27 / math.log(6.4)


def mel_corners(count: int = MELS, highest_hz: float = HIGHEST_MEL_HZ) -> NDArray[np.float64]:
    """[count + 2] Hz at which the triangles begin, peak and end."""
    return mel_to_hz(np.linspace(0, hz_to_mel(highest_hz), count + 2))


@lru_cache
def mel_filters(fft_size: int = FFT_SIZE, count: int = MELS, highest_hz: float = HIGHEST_MEL_HZ) -> Tensor:
    """[count, fft_size // 2 + 1] triangles of equal area."""
    bins = np.linspace(0, SAMPLE_RATE / 2, fft_size // 2 + 1)
    corners = mel_corners(count, highest_hz)
    widths = np.diff(corners)
    rising = (bins[None] - corners[:-2, None]) / widths[:-1, None]
    falling = (corners[2:, None] - bins[None]) / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return torch.tensor(triangles * (2 / (corners[2:] - corners[:-2]))[:, None], dtype=torch.float32)


def magnitudes(audio: Tensor, fft_size: int, hop: int) -> Tensor:
    """[B, samples] to [B, fft_size // 2 + 1, samples // hop]; the ends are mirrored."""
    margin = (fft_size - hop) // 2
    padded = functional.pad(audio[:, None], (margin, fft_size - hop - margin), mode="reflect")[:, 0]
    window = torch.hann_window(fft_size, device=audio.device)
    spectrum = torch.stft(padded, fft_size, hop, fft_size, window, center=False, return_complex=True)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-9)


def log_mel(audio: Tensor) -> Tensor:
    """[B, samples] to [B, 80, samples // 256], natural logarithm."""
    mels = mel_filters().to(audio.device) @ magnitudes(audio, FFT_SIZE, HOP)
    return torch.log(torch.clamp(mels, min=LEAST_MAGNITUDE))


def resample(audio: Tensor, source_rate: int, target_rate: int = SAMPLE_RATE, *, zeros: int = 24) -> Tensor:
    """[samples] at another rate; sample n is the signal at n / target_rate seconds, nothing is delayed.

    A windowed sinc of `zeros` zero crossings on each side (Kaiser window, beta 9, I0(9) = 1093.6).
    """
    divisor = math.gcd(source_rate, target_rate)
    source, target = source_rate // divisor, target_rate // divisor
    cutoff = 0.97 * min(source, target)
    reach = math.ceil(zeros * source / cutoff)
    offsets = torch.arange(-reach, reach + source, dtype=torch.float64) / source
    phases = torch.arange(target, dtype=torch.float64)[:, None] / target
    distances = (offsets[None] - phases) * cutoff
    inside = (1 - (distances / zeros) ** 2).clamp(min=0)
    window = torch.special.i0(9 * torch.sqrt(inside)) / 1093.588354511375
    kernel = torch.where(distances.abs() <= zeros, torch.sinc(distances) * window, 0.0) * cutoff / source
    count = math.ceil(audio.numel() * target / source)
    padded = functional.pad(audio[None, None], (reach, reach + source))
    return functional.conv1d(padded, kernel[:, None].float(), stride=source)[0].T.reshape(-1)[:count]


def write_wav(path: Path, audio: NDArray[np.float32], sample_rate: int = SAMPLE_RATE) -> None:
    """Mono, 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.round(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
