"""The generator of HiFi-GAN (Kong et al. 2020, arXiv:2010.05646), configurations V1, V2 and V3.

Module names are those of the original checkpoints, so that their state dictionaries load unchanged once
weight normalisation is folded into the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import leaky_relu

SLOPE = 0.1


@dataclass(frozen=True)
class GeneratorConfig:
    mel_bins: int
    upsample_initial_channel: int
    upsample_rates: list[int]
    upsample_kernel_sizes: list[int]
    resblock: str
    """"1": pairs of a dilated and a plain convolution (V1, V2); "2": dilated ones alone (V3)"""
    resblock_kernel_sizes: list[int]
    resblock_dilation_sizes: list[list[int]]


class ResidualBlock(nn.Module):
    """[B,channels,T] -> [B,channels,T]"""

    def __init__(self, channels: int, kernel: int, dilations: list[int], *, paired: bool) -> None:
        super().__init__()

        def convolution(dilation: int) -> nn.Conv1d:
            return nn.Conv1d(
                channels, channels, kernel, dilation=dilation, padding=(kernel - 1) * dilation // 2
            )

        self.paired = paired
        dilated = nn.ModuleList(convolution(dilation) for dilation in dilations)
        if paired:
            self.convs1 = dilated
            self.convs2 = nn.ModuleList(convolution(1) for _ in dilations)
        else:
            self.convs = dilated

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.paired:
            for conv in self.convs:
                x = x + conv(leaky_relu(x, SLOPE))
            return x
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            x = x + plain(leaky_relu(dilated(leaky_relu(x, SLOPE)), SLOPE))
        return x


class Generator(nn.Module):
    """Log-mel [B,mels,T] -> audio [B,1,T * hop]"""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.kernels = len(config.resblock_kernel_sizes)
        channels = config.upsample_initial_channel
        self.conv_pre = nn.Conv1d(config.mel_bins, channels, 7, padding=3)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for rate, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
            padding = (kernel - rate) // 2
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=padding))
            channels //= 2
            for size, dilations in zip(
                config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True
            ):
                self.resblocks.append(ResidualBlock(channels, size, dilations, paired=config.resblock == "1"))
        self.conv_post = nn.Conv1d(channels, 1, 7, padding=3)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = self.conv_pre(mel)
        for index, upsample in enumerate(self.ups):
            x = upsample(leaky_relu(x, SLOPE))
            blocks = self.resblocks[index * self.kernels : (index + 1) * self.kernels]
            x = sum(block(x) for block in blocks) / self.kernels
        # The original leaves the slope at PyTorch's default here, 0.01.
        return torch.tanh(self.conv_post(leaky_relu(x)))


def fold_weight_norm(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Replaces each pair `weight_g`, `weight_v` by g * v / |v| (the norm of all axes but the first)."""
    folded: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        base, _, kind = name.rpartition(".")
        if kind == "weight_v":
            norm = value.norm(dim=tuple(range(1, value.dim())), keepdim=True)
            folded[f"{base}.weight"] = state[f"{base}.weight_g"] * value / norm
        elif kind != "weight_g":
            folded[name] = value
    return folded
