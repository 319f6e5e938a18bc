"""HiFi-GAN: `vocoder.onnx` (mel float32[1,mels,T] -> audio float32[1,1,T * hop]) and `vocoder.json`.

Two kinds of checkpoint are read: transformers' (config.json of model type `hifigan`, or the vocoder inside
`fastspeech2_conformer_with_hifigan`), and the original generator (config.json with `upsample_rates`, and a
file `generator*` or `g_*` whose state dictionary is under `generator`).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..checkpoint import load_pretrained, read_json
from ..console import UsageError, VerificationError, first_line, step
from ..runtime import open_session
from ..samples import mel_spectrograms
from .hifigan_generator import Generator, GeneratorConfig, fold_weight_norm
from .onnx_writer import write_onnx
from .parity import require_close

TRANSFORMERS_TYPES = ("hifigan", "fastspeech2_conformer_with_hifigan")
# A chunk of frames with this many more on each side comes out equal to the whole to float rounding.
CONTEXT_FRAMES = 12


@dataclass(frozen=True)
class VocoderInfo:
    """What vocoder.json says; None where the checkpoint does not tell."""

    sample_rate: int
    hop_length: int
    n_mels: int
    n_fft: int | None = None
    win_length: int | None = None
    fmin: float | None = None
    fmax: float | None = None


class TransformersVocoder(nn.Module):
    """Puts transformers' vocoder behind our ports: it reads [1,T,mels] and returns [1,samples]."""

    def __init__(self, vocoder: nn.Module) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        return self.vocoder(mel.transpose(1, 2)).unsqueeze(1)


@dataclass(frozen=True)
class Vocoder:
    module: nn.Module
    """log-mel [B,mels,T] -> audio [B,1,T * hop]"""
    info: VocoderInfo


def export_hifigan(vocoder: Vocoder, out: Path, opset: int) -> None:
    """Writes vocoder.onnx and vocoder.json into `out` and verifies the graph.

    :raises VerificationError: the graph does not compute what PyTorch computes
    """
    info = vocoder.info
    path = out / "vocoder.onnx"
    with step("exporting vocoder.onnx"), torch.inference_mode():
        write_onnx(
            vocoder.module,
            (torch.zeros(1, info.n_mels, 32),),
            path,
            inputs={"mel": {2: "frames"}},
            outputs={"audio": {2: "samples"}},
            opset=opset,
            metadata={"model_type": "hifigan", **known(info)},
        )
    verify(path, vocoder)
    description = {
        "format_version": 1,
        "model_type": "hifigan",
        **known(info),
        "vocoder_context_frames": CONTEXT_FRAMES,
    }
    (out / "vocoder.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def known(info: VocoderInfo) -> dict[str, Any]:
    return {name: value for name, value in asdict(info).items() if value is not None}


def load_vocoder(checkpoint: Path) -> Vocoder:
    """:raises UsageError: the checkpoint is no HiFi-GAN"""
    config = read_json(checkpoint / "config.json")
    with step("loading the HiFi-GAN checkpoint"):
        if config.get("model_type") in TRANSFORMERS_TYPES:
            return load_from_transformers(checkpoint, config)
        if "upsample_rates" in config and "model_type" not in config:
            return load_original(checkpoint, config)
        found = config.get("model_type", "no known architecture")
        raise UsageError(f"{checkpoint} is a checkpoint of {found}, not of HiFi-GAN")


def load_from_transformers(checkpoint: Path, config: dict[str, Any]) -> Vocoder:
    from transformers import (
        FastSpeech2ConformerHifiGan,
        FastSpeech2ConformerHifiGanConfig,
        FastSpeech2ConformerWithHifiGan,
        FastSpeech2ConformerWithHifiGanConfig,
    )

    if config["model_type"] == "hifigan":
        vocoder_config = FastSpeech2ConformerHifiGanConfig.from_pretrained(checkpoint)
        vocoder = load_pretrained(FastSpeech2ConformerHifiGan, checkpoint, vocoder_config)
    else:
        both_config = FastSpeech2ConformerWithHifiGanConfig.from_pretrained(checkpoint)
        vocoder = load_pretrained(FastSpeech2ConformerWithHifiGan, checkpoint, both_config).vocoder
        vocoder_config = both_config.vocoder_config
    info = VocoderInfo(
        # transformers' class has no field for it, but the published configurations do.
        sample_rate=int(getattr(vocoder_config, "sampling_rate", 22050)),
        hop_length=math.prod(vocoder_config.upsample_rates),
        n_mels=vocoder_config.model_in_dim,
    )
    return Vocoder(TransformersVocoder(vocoder).eval(), info)


def load_original(checkpoint: Path, config: dict[str, Any]) -> Vocoder:
    try:
        generator = Generator(
            GeneratorConfig(
                mel_bins=config["num_mels"],
                upsample_initial_channel=config["upsample_initial_channel"],
                upsample_rates=config["upsample_rates"],
                upsample_kernel_sizes=config["upsample_kernel_sizes"],
                resblock=str(config["resblock"]),
                resblock_kernel_sizes=config["resblock_kernel_sizes"],
                resblock_dilation_sizes=config["resblock_dilation_sizes"],
            )
        )
        info = VocoderInfo(
            sample_rate=config["sampling_rate"],
            hop_length=config["hop_size"],
            n_mels=config["num_mels"],
            n_fft=config.get("n_fft"),
            win_length=config.get("win_size"),
            fmin=config.get("fmin"),
            fmax=config.get("fmax"),
        )
    except KeyError as error:
        raise UsageError(f"{checkpoint / 'config.json'} has no {error.args[0]}") from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"{checkpoint / 'config.json'} is no generator's: {first_line(error)}") from error
    if math.prod(config["upsample_rates"]) != info.hop_length:
        raise UsageError(f"{checkpoint / 'config.json'}: hop_size is not the product of upsample_rates")
    weights = find_generator(checkpoint)
    try:
        generator.load_state_dict(fold_weight_norm(read_generator(weights)))
    except (KeyError, RuntimeError) as error:
        raise UsageError(f"{weights} does not fit config.json: {first_line(error)}") from error
    return Vocoder(generator.eval(), info)


def read_generator(path: Path) -> dict[str, torch.Tensor]:
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    # Damaged files end in errors of any kind, from the archive's to the unpickler's KeyError.
    except Exception as error:
        raise UsageError(f"{path} cannot be read: {first_line(error)}") from error
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("generator"), dict):
        raise UsageError(f'{path} is no generator: it should hold a state dictionary under "generator"')
    return checkpoint["generator"]


def find_generator(checkpoint: Path) -> Path:
    """`generator*` as it is published, or the last `g_00012345` of a training run."""
    found = [
        path
        for path in sorted(checkpoint.iterdir())
        if path.name.startswith(("g_", "generator")) and path.is_file()
    ]
    if not found:
        raise UsageError(f"{checkpoint} has no generator (a file generator* or g_*)")
    return found[-1]


def verify(path: Path, vocoder: Vocoder) -> None:
    info = vocoder.info
    with step("verifying vocoder.onnx"), torch.inference_mode():
        session = open_session(path)
        pairs = []
        for mel in mel_spectrograms(info.n_mels):
            (audio,) = session.run(["audio"], {"mel": mel})
            expected = vocoder.module(torch.from_numpy(mel)).numpy()
            if expected.shape != (1, 1, mel.shape[2] * info.hop_length):
                raise VerificationError(
                    f"{mel.shape[2]} frames made {expected.shape[-1]} samples: the hop is wrong"
                )
            pairs.append((audio, expected))
    require_close("audio", pairs)
