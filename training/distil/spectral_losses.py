"""How far made audio is from the teacher's, in spectra of several resolutions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .audio import SAMPLE_RATE, log_mel, magnitudes

RESOLUTIONS = (2048, 1024, 512, 256)
"""Long windows tell harmonics from noise, short ones place what is sudden."""
LEAST_MAGNITUDE = 3e-3
PHASE_FFT = 1024
PHASE_HIGHEST_HZ = 3000


def spectral_losses(audio: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Of two [B, samples]: `log` and `convergence` of Parallel WaveGAN (Yamamoto et al., 2020), and `mel`."""
    log_loss = torch.zeros((), device=audio.device)
    convergence = torch.zeros((), device=audio.device)
    for fft_size in RESOLUTIONS:
        made = magnitudes(audio, fft_size, fft_size // 4)
        wanted = magnitudes(target, fft_size, fft_size // 4)
        log_loss = log_loss + functional.l1_loss(
            torch.log(made + LEAST_MAGNITUDE), torch.log(wanted + LEAST_MAGNITUDE)
        )
        distance = (made - wanted).square().sum((1, 2)).sqrt()
        convergence = convergence + (distance / (wanted.square().sum((1, 2)).sqrt() + 1)).mean()
    count = len(RESOLUTIONS)
    return {
        "log": log_loss / count,
        "convergence": convergence / count,
        "mel": functional.l1_loss(log_mel(audio), log_mel(target)),
    }


def phase_error(voiced_audio: Tensor, target: Tensor) -> Tensor:
    """How far the phases of the pulses' part are from the target's, both [B, samples]: 0 to 2, by chance 1.

    The teacher's own pulses are the excitation, so the phases of its lower harmonics can be learnt, and with
    them the shape of the wave between two pulses. The magnitudes are left to `spectral_losses`.
    """
    window = torch.hann_window(PHASE_FFT, device=target.device)

    def spectrum(samples: Tensor) -> Tensor:
        whole = torch.stft(samples, PHASE_FFT, PHASE_FFT // 4, window=window, return_complex=True)
        return whole[:, : PHASE_HIGHEST_HZ * PHASE_FFT // SAMPLE_RATE]

    wanted, made = spectrum(target), spectrum(voiced_audio)
    weights = wanted.abs().sqrt()
    cosine = (made * wanted.conj()).real / (made.abs() * wanted.abs() + LEAST_MAGNITUDE**2)
    return 1 - (cosine * weights).sum() / weights.sum()
