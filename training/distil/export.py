"""Writes a voice as Voxbridge reads it, and verifies that onnxruntime computes what PyTorch does."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from . import audio as signal
from .acoustic import LEAST_FRAMES, Acoustic, AcousticConfig, frame_places
from .excitation import Excitation
from .node_programs import run_node
from .phonemes import read_clips
from .vocoder import Vocoder, VocoderConfig
from .voice import Voice

OPSET = 17
HALVED_FROM = 1024
"""Constants of so many values are stored in half precision."""
EXACT_CONSTANTS = ("analysis", "synthesis")
"""Tables of a Fourier transform: rounded to half precision they would hiss."""
ACOUSTIC_OUTPUTS = ("mel", "durations", "pitch", "energy", "f0", "source")
VERIFIED_CLIPS = 8
CHUNK_FRAMES = 32
SAMPLES_TOLERANCE = 1e-3
HALF_MEL_TOLERANCE = 0.02
"""Mean difference of the log mels that half precision of the weights may make."""


class SpeakingAcoustic(nn.Module):
    """The acoustic model alone: from ids to mel, with its own durations, pitch and energy."""

    mel_mean: Tensor
    mel_deviation: Tensor

    def __init__(self, model: Acoustic, statistics: dict) -> None:
        super().__init__()
        self.model = model
        self.excitation = Excitation()
        self.f0_mean: float = statistics["f0_mean"]
        self.f0_deviation: float = statistics["f0_deviation"]
        self.register_buffer("mel_mean", torch.tensor(statistics["mel_mean"]))
        self.register_buffer("mel_deviation", torch.tensor(statistics["mel_deviation"]))

    def forward(self, ids: Tensor, speed: Tensor) -> tuple[Tensor, ...]:
        """From [1, L] ids and [1] speed.

        Returns:
            mel [1, 80, T], durations [1, L] in frames, pitch and energy [1, L] normalised, f0 [1, 1, T] in
            Hz, 0 where there is no voice, source [1, 512, T].
        """
        model = self.model
        count = torch.ones_like(ids).sum(1)
        encoded = model.encode(ids, count, None)
        frames = torch.clamp(torch.exp(model.durations(encoded, None)) - 1, min=LEAST_FRAMES) / speed
        pitch, energy = model.pitch(encoded, None), model.energy(encoded, None)
        coloured = model.colour(encoded, pitch, energy)
        # Sums are rounded, not summands, so that errors do not add up.
        ends = torch.round(torch.cumsum(frames, 1)).long()[0]
        starts = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
        frame = torch.arange(ends[-1])  # type: ignore[call-overload]  # traced: the length is dynamic
        token = (frame[:, None] >= ends[None]).long().sum(1)
        places = frame_places((frame - starts[token]).float(), (ends - starts).float()[token])
        decoded = model.decode(coloured[:, token] + model.place(places)[None], None)
        mel = decoded[..., : signal.MELS] * self.mel_deviation + self.mel_mean
        hz = torch.exp(decoded[..., signal.MELS] * self.f0_deviation + self.f0_mean)
        voiced = (decoded[..., signal.MELS + 1] > 0).to(hz.dtype)
        source = self.excitation(hz, voiced)
        return mel.transpose(1, 2), (ends - starts)[None], pitch, energy, (hz * voiced)[:, None], source


def load_acoustic(path: Path) -> SpeakingAcoustic:
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = Acoustic(AcousticConfig(**state["config"]))
    model.load_state_dict(state["average"])
    return SpeakingAcoustic(model, state["statistics"]).eval()


def load_vocoder(path: Path) -> Vocoder:
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = Vocoder(VocoderConfig(**state["config"]))
    model.load_state_dict(state["average"])
    return model.eval()


@torch.no_grad()
def export(voice: Voice, build: Path) -> None:
    """Writes `voice/`; stops with an error where an exported file computes something else."""
    folder = voice.export_dir
    folder.mkdir(parents=True, exist_ok=True)
    acoustic = load_acoustic(voice.acoustic_checkpoint)
    vocoder = load_vocoder(voice.vocoder_checkpoint)
    clips = [torch.tensor([clip.ids]) for clip in read_clips(voice, "test")[:VERIFIED_CLIPS]]

    speed = torch.ones(1)
    acoustic_axes = {
        "input_ids": {1: "tokens"},
        "durations": {1: "tokens"},
        "pitch": {1: "tokens"},
        "energy": {1: "tokens"},
        "mel": {2: "frames"},
        "f0": {2: "frames"},
        "source": {2: "frames"},
    }
    write_onnx(
        acoustic,
        (clips[0], speed),
        folder / "acoustic.onnx",
        ("input_ids", "speed"),
        ACOUSTIC_OUTPUTS,
        acoustic_axes,
    )
    example = dict(zip(ACOUSTIC_OUTPUTS, acoustic(clips[0], speed), strict=True))
    write_onnx(
        vocoder,
        (example["mel"], example["f0"], example["source"]),
        folder / "vocoder.onnx",
        ("mel", "f0", "source"),
        ("audio",),
        {"mel": {2: "frames"}, "f0": {2: "frames"}, "source": {2: "frames"}, "audio": {2: "samples"}},
    )
    verify(folder, acoustic, vocoder, clips)
    for name in ("acoustic.onnx", "vocoder.onnx"):
        halve(folder / name)
    verify_halved(folder, acoustic, clips)
    vocabulary = run_node(build, "training/vocabulary.js", [], [])
    (folder / "tokens.txt").write_text("".join(f"{line}\n" for line in vocabulary), encoding="utf8")
    write_description(voice, folder, vocoder)
    for path in sorted(folder.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def write_onnx(
    model: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    axes: dict[str, dict[int, str]],
) -> None:
    with warnings.catch_warnings():
        # The tracer warns of lengths that it takes for constants; `verify` tries several.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            example,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_acoustic(session: onnxruntime.InferenceSession, ids: np.ndarray) -> dict[str, np.ndarray]:
    """[1, L] ids to the outputs by name."""
    outputs = session.run(list(ACOUSTIC_OUTPUTS), {"input_ids": ids, "speed": np.ones(1, np.float32)})
    return dict(zip(ACOUSTIC_OUTPUTS, outputs, strict=True))


def run_vocoder(session: onnxruntime.InferenceSession, spoken: dict[str, np.ndarray]) -> np.ndarray:
    """Gives a vocoder those outputs of an acoustic model that it has inputs for; returns [256 T] samples."""
    inputs = {value.name: spoken[value.name] for value in session.get_inputs()}
    return session.run(None, inputs)[0].reshape(-1)


def verify(folder: Path, acoustic: SpeakingAcoustic, vocoder: Vocoder, clips: list[Tensor]) -> None:
    """Compares both files with PyTorch, and the vocoder in chunks with the vocoder in one."""
    acoustic_session = open_session(folder / "acoustic.onnx")
    vocoder_session = open_session(folder / "vocoder.onnx")
    mel_error = audio_error = chunk_error = 0.0
    for ids in clips:
        expected = dict(zip(ACOUSTIC_OUTPUTS, acoustic(ids, torch.ones(1)), strict=True))
        spoken = run_acoustic(acoustic_session, ids.numpy())
        mel_error = max(mel_error, float(np.abs(spoken["mel"] - expected["mel"].numpy()).max()))
        audio = run_vocoder(vocoder_session, spoken)
        tensors = [torch.from_numpy(spoken[name]) for name in ("mel", "f0", "source")]
        audio_error = max(audio_error, float(np.abs(vocoder(*tensors).numpy().reshape(-1) - audio).max()))
        chunked = in_chunks(vocoder_session, spoken, vocoder.config.context_frames)
        chunk_error = max(chunk_error, float(np.abs(chunked - audio).max()))
    errors = {"mel": mel_error, "audio": audio_error, "chunks": chunk_error}
    print("largest differences: " + ", ".join(f"{name} {error:.1e}" for name, error in errors.items()))
    wrong = [name for name, error in errors.items() if not error < SAMPLES_TOLERANCE]
    if wrong:
        raise SystemExit(f"the exported files compute something else: {', '.join(wrong)}")


def in_chunks(
    session: onnxruntime.InferenceSession, spoken: dict[str, np.ndarray], context: int
) -> np.ndarray:
    """The vocoder as the server runs it: a chunk at a time, with its neighbourhood."""
    frames = spoken["mel"].shape[2]
    pieces = []
    for start in range(0, frames, CHUNK_FRAMES):
        end = min(frames, start + CHUNK_FRAMES)
        first, last = max(0, start - context), min(frames, end + context)
        part = {name: np.ascontiguousarray(spoken[name][..., first:last]) for name in ("mel", "f0", "source")}
        samples = run_vocoder(session, part)
        pieces.append(samples[(start - first) * signal.HOP : (end - first) * signal.HOP])
    return np.concatenate(pieces)


def halve(path: Path) -> None:
    """Stores large constants in half precision, a `Cast` behind each: onnxruntime folds it as it loads."""
    model = onnx.load(str(path))
    graph = model.graph
    casts, constants = [], []
    for constant in graph.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < HALVED_FROM or constant.name in EXACT_CONSTANTS:
            constants.append(constant)
            continue
        stored = f"{constant.name}_half"
        constants.append(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [constant.name], to=onnx.TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(casts + nodes)
    graph.initializer.extend(constants)
    onnx.save(model, str(path))


def verify_halved(folder: Path, acoustic: SpeakingAcoustic, clips: list[Tensor]) -> None:
    """Compares the mels of the stored weights with those of PyTorch where both have the same durations."""
    session = open_session(folder / "acoustic.onnx")
    differences, lengths = [], []
    for ids in clips:
        expected = acoustic(ids, torch.ones(1))[0].numpy()
        mel = run_acoustic(session, ids.numpy())["mel"]
        lengths.append(mel.shape[2] - expected.shape[2])
        if mel.shape == expected.shape:
            differences.append(float(np.abs(mel - expected).mean()))
    print(f"half precision: the mels differ by {np.mean(differences):.4f}, the lengths by {lengths} frames")
    if not np.mean(differences) < HALF_MEL_TOLERANCE or np.abs(lengths).max() > 2:
        raise SystemExit("half precision of the weights changes the voice: look into its training")


def write_description(voice: Voice, folder: Path, vocoder: Vocoder) -> None:
    files = ("acoustic.onnx", "vocoder.onnx", "tokens.txt")
    description = {
        "format_version": 1,
        "model_type": "fastspeech2",
        "id": voice["id"],
        "language": voice["locale"],
        "gender": voice["gender"],
        "phonemizer": f"espeak:{voice['espeak_voice']}",
        **signal.FORMAT,
        "pad_id": 0,
        "bos_eos": True,
        "speakers": 1,
        "vocoder_context_frames": vocoder.config.context_frames,
        "license": voice["license"],
        "teacher": f"Kokoro-82M {voice['teacher']}",
        "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / "voice.json").write_text(f"{text}\n", encoding="utf8")
