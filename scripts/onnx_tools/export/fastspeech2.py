"""FastSpeech2Conformer of transformers: `acoustic.onnx`, `tokens.txt` and `voice.json`.

```
acoustic.onnx  in : input_ids int64[1,L], speed float32[1], speaker_id int64[1] (several speakers only)
               out: mel float32[1,mels,T], durations int64[1,L], pitch float32[1,L], energy float32[1,L]
tokens.txt     one "symbol id" a line
```
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from ..checkpoint import load_pretrained, read_json, read_model_type
from ..console import UsageError, VerificationError, first_line, step
from ..runtime import open_session
from ..samples import phoneme_ids
from .hifigan import CONTEXT_FRAMES, VocoderInfo, export_hifigan, load_vocoder
from .onnx_writer import write_onnx
from .parity import require_close

if TYPE_CHECKING:
    from transformers import FastSpeech2ConformerConfig, FastSpeech2ConformerModel

COMBINED_TYPE = "fastspeech2_conformer_with_hifigan"
MODEL_TYPES = ("fastspeech2_conformer", COMBINED_TYPE)
# Speeds whose inverse is exact, so that PyTorch's own rounding of durations is the same.
VERIFIED_SPEEDS = (1.0, 2.0, 0.5)


@dataclass(frozen=True)
class VoiceOptions:
    """What a checkpoint does not tell about its voice."""

    language: str
    phonemizer: str
    licence: str | None
    sample_rate: int
    hop_length: int
    n_fft: int
    win_length: int
    fmin: float
    fmax: float
    log: str


class AcousticModel(nn.Module):
    """FastSpeech2Conformer for one sentence, with speed and without loops, so that it can be traced."""

    def __init__(self, model: FastSpeech2ConformerModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, speed: torch.Tensor, speaker_id: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """ids [1,L], speed [1], speaker [1] -> mel [1,mels,T]; durations, pitch, energy [1,L]"""
        model = self.model
        hidden = model.encoder(input_ids, torch.ones_like(input_ids).unsqueeze(-2), return_dict=True)[0]
        if speaker_id is not None:
            hidden = hidden + model.speaker_id_embedding(speaker_id).unsqueeze(1)
        pitch = model.pitch_predictor(hidden)
        energy = model.energy_predictor(hidden)
        # `speaking_speed` of transformers lengthens: 2 is half as fast.
        stretch = model.config.speaking_speed / speed
        durations = torch.round(model.duration_predictor(hidden).float() * stretch).long()
        durations = torch.where(durations.sum() == 0, torch.ones_like(durations), durations)
        hidden = hidden + model.energy_embed(energy) + model.pitch_embed(pitch)
        frames = model.decoder(repeat_tokens(hidden, durations), None, return_dict=True)[0]
        mel = model.speech_decoder_postnet(frames)[1].transpose(1, 2)
        return mel, durations, pitch.squeeze(-1), energy.squeeze(-1)


def repeat_tokens(hidden: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
    """Repeats each token for its duration: [1,L,D] and [1,L] -> [1,T,D], T being the sum of durations."""
    ends = durations.cumsum(1)[0]
    frames = torch.arange(ends[-1])
    token_of_frame = (frames[:, None] >= ends[None, :]).long().sum(1)
    return hidden[:, token_of_frame]


def export_fastspeech2(
    checkpoint: Path, vocoder: Path | None, out: Path, opset: int, options: VoiceOptions
) -> None:
    """Writes a voice into the empty folder `out` and verifies it.

    :param vocoder: a HiFi-GAN checkpoint to make a complete voice; a combined checkpoint brings its own
    :raises UsageError: a checkpoint is not what is needed, or the two do not fit each other
    :raises VerificationError: a graph does not compute what PyTorch computes
    """
    model_type = read_model_type(checkpoint, MODEL_TYPES)
    tokens = read_tokens(checkpoint)
    with step("loading the FastSpeech2 checkpoint"):
        acoustic = AcousticModel(load_acoustic(checkpoint, model_type)).eval()
    config = acoustic.model.config
    write_tokens(tokens, config.vocab_size, out / "tokens.txt")
    if vocoder is None and model_type == COMBINED_TYPE:
        vocoder = checkpoint
    if vocoder is not None:
        loaded = load_vocoder(vocoder)
        check_fit(options, config.num_mel_bins, loaded.info)
        export_hifigan(loaded, out, opset)
    path = out / "acoustic.onnx"
    export_acoustic(acoustic, path, opset, options)
    verify(path, acoustic.model)
    description = describe_voice(tokens, config, options)
    description["sha256"] = {file.name: sha256(file) for file in sorted(out.glob("*.onnx"))}
    (out / "voice.json").write_text(
        json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def load_acoustic(checkpoint: Path, model_type: str) -> FastSpeech2ConformerModel:
    from transformers import (
        FastSpeech2ConformerConfig,
        FastSpeech2ConformerModel,
        FastSpeech2ConformerWithHifiGan,
        FastSpeech2ConformerWithHifiGanConfig,
    )

    try:
        if model_type == COMBINED_TYPE:
            config = FastSpeech2ConformerWithHifiGanConfig.from_pretrained(checkpoint)
            model = load_pretrained(FastSpeech2ConformerWithHifiGan, checkpoint, config).model
        else:
            config = FastSpeech2ConformerConfig.from_pretrained(checkpoint)
            model = load_pretrained(FastSpeech2ConformerModel, checkpoint, config)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{checkpoint / 'config.json'} cannot be read: {first_line(error)}") from error
    if model.multilingual_model or model.speaker_embed_dim:
        raise UsageError(
            f"{checkpoint} takes a language id or a speaker embedding; a voice has no place for it"
        )
    return model


def read_tokens(checkpoint: Path) -> dict[str, int]:
    tokens = read_json(checkpoint / "vocab.json")
    if not all(isinstance(token_id, int) for token_id in tokens.values()):
        raise UsageError(f"{checkpoint / 'vocab.json'} should map symbols to ids")
    return tokens


def write_tokens(tokens: dict[str, int], vocabulary: int, path: Path) -> None:
    outside = [symbol for symbol, token_id in tokens.items() if not 0 <= token_id < vocabulary]
    if outside:
        raise UsageError(f"vocab.json gives {outside[0]!r} an id that the model lacks")
    lines = [
        f"{symbol} {token_id}\n" for symbol, token_id in sorted(tokens.items(), key=lambda item: item[1])
    ]
    path.write_text("".join(lines), encoding="utf-8")


def check_fit(options: VoiceOptions, mel_bins: int, vocoder: VocoderInfo) -> None:
    for title, acoustic_value, vocoder_value in (
        ("mel bins", mel_bins, vocoder.n_mels),
        ("a hop (--hop-length) of", options.hop_length, vocoder.hop_length),
        ("a sample rate (--sample-rate) of", options.sample_rate, vocoder.sample_rate),
    ):
        if acoustic_value != vocoder_value:
            raise UsageError(
                f"the models do not fit: {title} {acoustic_value} in FastSpeech2, {vocoder_value} in HiFi-GAN"
            )


def export_acoustic(acoustic: AcousticModel, path: Path, opset: int, options: VoiceOptions) -> None:
    config = acoustic.model.config
    example: tuple[torch.Tensor, ...] = (torch.arange(12)[None] % config.vocab_size, torch.ones(1))
    inputs: dict[str, dict[int, str]] = {"input_ids": {1: "tokens"}, "speed": {}}
    if acoustic.model.multispeaker_model:
        example += (torch.zeros(1, dtype=torch.long),)
        inputs["speaker_id"] = {}
    per_token = {1: "tokens"}
    with step("exporting acoustic.onnx"), torch.inference_mode():
        write_onnx(
            acoustic,
            example,
            path,
            inputs=inputs,
            outputs={"mel": {2: "frames"}, "durations": per_token, "pitch": per_token, "energy": per_token},
            opset=opset,
            metadata={
                "model_type": "fastspeech2",
                "sample_rate": options.sample_rate,
                "hop_length": options.hop_length,
                "n_mels": config.num_mel_bins,
            },
        )


@contextmanager
def speaking(model: FastSpeech2ConformerModel, speed: float) -> Iterator[None]:
    """Lets transformers' own model speak at another speed."""
    before = model.config.speaking_speed
    model.config.speaking_speed = before / speed
    try:
        yield
    finally:
        model.config.speaking_speed = before


def verify(path: Path, model: FastSpeech2ConformerModel) -> None:
    """Compares with transformers' own forward pass, not with the module that was traced."""
    names = ["mel", "durations", "pitch", "energy"]
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in names}
    speakers = (0, model.config.num_speakers - 1) if model.multispeaker_model else (None,)
    with step("verifying acoustic.onnx"), torch.inference_mode():
        session = open_session(path)
        for ids in phoneme_ids(model.config.vocab_size):
            for speed in VERIFIED_SPEEDS:
                for speaker in speakers:
                    feeds = {"input_ids": ids, "speed": np.array([speed], np.float32)}
                    if speaker is not None:
                        feeds["speaker_id"] = np.array([speaker])
                    outputs = dict(zip(names, session.run(names, feeds), strict=True))
                    for name, expected in reference(model, ids, speed, speaker).items():
                        pairs[name].append((outputs[name], expected))
    for name in names:
        require_close(name, pairs[name])


def reference(
    model: FastSpeech2ConformerModel, ids: np.ndarray, speed: float, speaker: int | None
) -> dict[str, np.ndarray]:
    with speaking(model, speed):
        speaker_ids = None if speaker is None else torch.tensor([speaker])
        result = model(torch.from_numpy(ids), speaker_ids=speaker_ids, return_dict=True)
        durations = torch.round(result.duration_outputs.float() * model.config.speaking_speed).long()
    frames = result.spectrogram.shape[1] // model.config.reduction_factor
    if int(durations.sum()) == 0:
        durations = torch.ones_like(durations)
    if int(durations.sum()) != frames:
        raise VerificationError(f"{frames} frames for durations that add up to {int(durations.sum())}")
    return {
        "mel": result.spectrogram.transpose(1, 2).numpy(),
        "durations": durations.numpy(),
        "pitch": result.pitch_outputs.squeeze(-1).numpy(),
        "energy": result.energy_outputs.squeeze(-1).numpy(),
    }


def describe_voice(
    tokens: dict[str, int], config: FastSpeech2ConformerConfig, options: VoiceOptions
) -> dict[str, Any]:
    speakers = config.num_speakers if config.num_speakers and config.num_speakers > 1 else 1
    return {
        "format_version": 1,
        "model_type": "fastspeech2",
        "language": options.language,
        "phonemizer": options.phonemizer,
        "sample_rate": options.sample_rate,
        "n_fft": options.n_fft,
        "win_length": options.win_length,
        "hop_length": options.hop_length,
        "n_mels": config.num_mel_bins,
        "fmin": options.fmin,
        "fmax": options.fmax,
        "mel_scale": "slaney",
        "log": options.log,
        "clamp": 1e-10 if options.log == "log10" else 1e-5,
        "pad_id": tokens.get("<blank>", 0),
        # transformers' tokenizer puts this symbol at the end and none at the start.
        "eos_id": tokens.get("<sos/eos>"),
        "bos_eos": False,
        "speakers": speakers,
        "vocoder_context_frames": CONTEXT_FRAMES,
        "license": options.licence,
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
