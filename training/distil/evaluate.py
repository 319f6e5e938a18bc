"""Speaks sentences that nobody learnt from, lets the server's Whisper write them down, and measures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from . import audio as signal
from .excitation import Excitation
from .export import open_session, run_acoustic, run_vocoder
from .features import Features, FeatureStore
from .node_programs import run_node
from .text import words
from .voice import Voice

LISTENING_RATE = 16_000
AUDIBLE = 0.005
FULL_SCALE = 0.999
DNSMOS_SAMPLES = 144_160
DNSMOS_CURVES = {
    "signal": (-0.08397278, 1.22083953, 0.0052439),
    "background": (-0.13166888, 1.60915514, -0.39604546),
    "overall": (-0.06766283, 1.11546468, 0.04602535),
}
"""From the network's raw scores to opinion scores (microsoft/DNS-Challenge, `dnsmos_local.py`)."""

Speaker = Callable[[Features], NDArray[np.float32]]


def evaluate(voice: Voice, arguments: argparse.Namespace) -> None:
    """Prints a table and writes `evaluation/results.json` and the WAV files."""
    store = FeatureStore(voice.features_dir("test"))
    count = min(len(store), arguments.limit or len(store))
    clips = [store.clip(index) for index in range(count)]
    texts = store.texts[:count]
    folder = voice.work / "evaluation"
    results = {}
    print(f"{count} sentences, {sum(len(words(text)) for text in texts)} words")
    print(f"{'':22} CER %  WER %  DNSMOS sig/bak/ovr   onset ms  clipped  length")
    for name, speak in speakers(voice, arguments.hifigan).items():
        spoken = [speak(clip) for clip in clips]
        for index, samples in enumerate(spoken):
            signal.write_wav(folder / name / f"{index:03d}.wav", samples)
        heard = transcribe(folder / name, spoken, voice, arguments)
        results[name] = {
            **error_rates(texts, heard),
            "dnsmos": mean_opinion(spoken, arguments.dnsmos) if arguments.dnsmos else None,
            "onset_ms": float(np.median([onset_ms(samples) for samples in spoken])),
            "clipped": sum(int((np.abs(samples) > FULL_SCALE).sum()) for samples in spoken),
            "length": sum(samples.size for samples in spoken) / sum(clip.audio.size for clip in clips),
            "heard": heard,
        }
        print(row(name, results[name]), flush=True)
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False, indent=1), encoding="utf8")
    (folder / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf8")


def speakers(voice: Voice, hifigan_path: Path | None) -> dict[str, Speaker]:
    """Who speaks: the teacher, the teacher's mels through each vocoder, the voice with each vocoder."""
    acoustic = open_session(voice.export_dir / "acoustic.onnx")
    vocoder = open_session(voice.export_dir / "vocoder.onnx")

    def voice_of(clip: Features) -> dict[str, np.ndarray]:
        return run_acoustic(acoustic, clip.ids.astype(np.int64)[None])

    found: dict[str, Speaker] = {
        "teacher": lambda clip: np.divide(clip.audio, 32767, dtype=np.float32),
        "teacher's mels": lambda clip: run_vocoder(vocoder, teacher_inputs(clip)),
        "voice": lambda clip: run_vocoder(vocoder, voice_of(clip)),
    }
    if hifigan_path:
        hifigan = open_session(hifigan_path)
        found["teacher's, HiFi-GAN"] = lambda clip: run_vocoder(hifigan, teacher_inputs(clip))
        found["voice, HiFi-GAN"] = lambda clip: run_vocoder(hifigan, voice_of(clip))
    return found


def teacher_inputs(clip: Features) -> dict[str, np.ndarray]:
    """The teacher's mel and F0 as inputs of a vocoder."""
    hz = torch.from_numpy(np.exp(clip.f0))[None]
    voiced = torch.from_numpy(clip.voiced)[None]
    return {
        "mel": np.ascontiguousarray(clip.mel.astype(np.float32).T[None]),
        "f0": (hz * voiced)[:, None].numpy(),
        "source": Excitation()(hz, voiced).numpy(),
    }


def transcribe(
    folder: Path, spoken: list[NDArray[np.float32]], voice: Voice, arguments: argparse.Namespace
) -> list[str]:
    paths = [folder / "16khz" / f"{index:03d}.wav" for index in range(len(spoken))]
    for path, samples in zip(paths, spoken, strict=True):
        signal.write_wav(path, listening(samples), LISTENING_RATE)
    options = ["--language", voice["language"]]
    if arguments.whisper:
        options += ["--model", str(arguments.whisper)]
    return run_node(arguments.build, "training/transcribe-clips.js", options, map(str, paths))


def listening(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return signal.resample(torch.from_numpy(samples), signal.SAMPLE_RATE, LISTENING_RATE).numpy()


def error_rates(texts: list[str], heard: list[str]) -> dict[str, float]:
    """Of characters and of words, in percent of those of the texts, after taking out marks and capitals."""
    pairs = [(words(text), words(line)) for text, line in zip(texts, heard, strict=True)]
    word_errors = sum(distance(wanted, got) for wanted, got in pairs)
    letters = [(" ".join(wanted), " ".join(got)) for wanted, got in pairs]
    letter_errors = sum(distance(wanted, got) for wanted, got in letters)
    return {
        "cer": 100 * letter_errors / sum(len(wanted) for wanted, _ in letters),
        "wer": 100 * word_errors / sum(len(wanted) for wanted, _ in pairs),
    }


def distance(wanted: str | list[str], got: str | list[str]) -> int:
    """The least number of insertions, deletions and replacements (V. I. Levenshtein, 1966)."""
    line = list(range(len(got) + 1))
    for row_number, item in enumerate(wanted, 1):
        above, line[0] = line[0], row_number
        for column, other in enumerate(got, 1):
            least = min(above + (item != other), line[column] + 1, line[column - 1] + 1)
            above, line[column] = line[column], least
    return line[-1]


def mean_opinion(spoken: list[NDArray[np.float32]], path: Path) -> dict[str, float]:
    """Mean scores of DNSMOS (Reddy et al., 2022, arXiv:2110.01763)."""
    session = open_session(path)
    name = session.get_inputs()[0].name
    scores = []
    for samples in spoken:
        looped = np.resize(listening(samples), DNSMOS_SAMPLES)
        scores.append(session.run(None, {name: looped[None]})[0][0])
    raw = np.array(scores)
    return {
        kind: float(np.mean(np.polyval(curve, raw[:, column])))
        for column, (kind, curve) in enumerate(DNSMOS_CURVES.items())
    }


def onset_ms(samples: NDArray[np.float32]) -> float:
    return float(np.argmax(np.abs(samples) > AUDIBLE)) * 1000 / signal.SAMPLE_RATE


def row(name: str, result: dict) -> str:
    scores = result["dnsmos"]
    opinion = "/".join(f"{score:.2f}" for score in scores.values()) if scores else "-"
    return (
        f"{name:22} {result['cer']:5.1f}  {result['wer']:5.1f}  {opinion:18}   {result['onset_ms']:8.0f}"
        f"  {result['clipped']:7d}  {result['length']:.3f}"
    )
