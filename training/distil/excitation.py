"""What a vocal tract filters: a train of pulses where there is a voice, and noise.

The pulses need a phase, a sum over all that came before. It is computed here, for a whole clip at once and
beside the acoustic model; so the vocoder, which filters, needs only its neighbourhood and can work in chunks.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .audio import HOP, SAMPLE_RATE

HIGHEST_HARMONIC_HZ = 10_000
LOWEST_HZ = 40
NOISE_SAMPLES = 64 * 1024
"""Three seconds, then the noise repeats: nobody hears that."""


def pulses(phase: Tensor, step: Tensor, hz: Tensor, voiced: Tensor) -> Tensor:
    """A train of pulses without aliases: every harmonic below 10 kHz with amplitude 1.

    The sum over h <= H of cos(h t) is sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2. Between the middles of the
    frames the phase is a straight line, and the train fades in and out with `voiced`.

    Args:
        phase: [B, T] in the middle of each frame, in cycles.
        step: [B, T] cycles from the middle of the frame before.
        hz: [B, T] F0, also where there is no voice: it says how many harmonics there are.
        voiced: [B, T] 0 or 1.

    Returns:
        [B, 256 T]
    """
    before, after = line_weights(phase.device)
    next_step = torch.cat([step[:, 1:], step[:, -1:]], 1)
    cycles = phase[..., None] - before * step[..., None] + after * next_step[..., None]
    angle = (cycles - torch.floor(cycles)) * (2 * math.pi)
    order = (torch.floor(HIGHEST_HARMONIC_HZ / torch.clamp(hz, min=LOWEST_HZ)) + 0.5)[..., None]
    divisor = 2 * torch.sin(angle / 2)
    near = divisor.abs() < 2e-3
    train = torch.where(near, order, torch.sin(order * angle) / torch.where(near, 1.0, divisor)) - 0.5
    gate_before = torch.cat([voiced[:, :1], voiced[:, :-1]], 1)[..., None]
    gate_after = torch.cat([voiced[:, 1:], voiced[:, -1:]], 1)[..., None]
    gate = gate_before * before + voiced[..., None] * (1 - before - after) + gate_after * after
    return (train * gate).flatten(1)


def line_weights(device: torch.device) -> tuple[Tensor, Tensor]:
    """[256] how far each sample of a frame lies towards the middle of the frame before, and of that after."""
    place = (torch.arange(HOP, device=device) + 0.5) / HOP - 0.5
    return torch.clamp(-place, min=0), torch.clamp(place, min=0)


class Excitation(nn.Module):
    """Makes the vocoder's `source` from F0, in the exported acoustic model."""

    noise: Tensor

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.register_buffer("noise", torch.randn(NOISE_SAMPLES // HOP, HOP, generator=generator))

    def forward(self, hz: Tensor, voiced: Tensor) -> Tensor:
        """From F0, also where there is no voice, and 0 or 1, both [1, T].

        Returns:
            [1, 512, T]: a frame's samples of pulses, then of noise.
        """
        step = hz * (HOP / SAMPLE_RATE)
        # Seconds of sums in single precision would drift audibly.
        total = torch.cumsum(step.double(), 1)
        train = pulses((total - torch.floor(total)).float(), step, hz, voiced).reshape(1, -1, HOP)
        rows = torch.arange(train.shape[1], device=hz.device) % self.noise.shape[0]
        return torch.cat([train, self.noise[rows][None]], 2).transpose(1, 2)
