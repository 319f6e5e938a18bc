"""Tells the teacher's audio from made audio by their spectra: the vocoder learns what averages leave out.

After the multi-resolution discriminator of UnivNet (Jang et al., 2021, arXiv:2106.07889), small enough for a
CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio import magnitudes

RESOLUTIONS = (1024, 512, 256)
CHANNELS = 16
SLOPE = 0.2


class SpectrumDiscriminator(nn.Module):
    """Judges stretches of one spectrogram."""

    def __init__(self, fft_size: int) -> None:
        super().__init__()
        self.fft_size = fft_size
        normed = nn.utils.parametrizations.weight_norm
        self.layers = nn.ModuleList(
            normed(nn.Conv2d(entering, CHANNELS, (9, 3), stride, (4, 1)))
            for entering, stride in ((1, (2, 1)), (CHANNELS, (2, 1)), (CHANNELS, (2, 2)), (CHANNELS, (2, 2)))
        )
        self.verdict = normed(nn.Conv2d(CHANNELS, 1, 3, padding=1))

    def forward(self, audio: Tensor) -> list[Tensor]:
        """[B, samples] to what each layer sees, the verdict last."""
        x = torch.log(magnitudes(audio, self.fft_size, self.fft_size // 4) + 1e-3)[:, None] / 3
        seen = []
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), SLOPE)
            seen.append(x)
        return [*seen, self.verdict(x)]


class Discriminator(nn.Module):
    """One judge for each resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.judges = nn.ModuleList(SpectrumDiscriminator(fft_size) for fft_size in RESOLUTIONS)

    def forward(self, audio: Tensor) -> list[list[Tensor]]:
        return [judge(audio) for judge in self.judges]


def judging_loss(real: list[list[Tensor]], made: list[list[Tensor]]) -> Tensor:
    """Hinge loss of the discriminator."""
    losses = [
        functional.relu(1 - a[-1]).mean() + functional.relu(1 + b[-1]).mean()
        for a, b in zip(real, made, strict=True)
    ]
    return torch.stack(losses).sum()


def deceiving_losses(real: list[list[Tensor]], made: list[list[Tensor]]) -> dict[str, Tensor]:
    """Of the vocoder: the verdicts, and how much each layer sees a difference."""
    differences = [
        functional.l1_loss(b, a)
        for judged, wanted in zip(made, real, strict=True)
        for a, b in zip(wanted[:-1], judged[:-1], strict=True)
    ]
    deceit = [-judged[-1].mean() for judged in made]
    return {"deceit": torch.stack(deceit).sum(), "features": torch.stack(differences).sum()}
