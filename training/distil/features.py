"""From the teacher's dump to what the two networks learn from, on frames of 11.6 ms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from . import audio as signal
from .dump import read_dump
from .phonemes import Clip
from .teacher import CURVES_PER_UNIT, SAMPLE_RATE, UNIT_SAMPLES, Rendering
from .voice import SPLITS, Voice

LEAD_UNITS = 2
"""What stays of the silence before speech, whose first sound begins 15 to 45 ms before its token does."""
TAIL_UNITS = 3
"""What stays of the last token, the padding."""
EARLY_UNITS = 1
"""Sounds begin before their tokens; so much earlier are the boundaries put."""
FRAMES_PER_UNIT = UNIT_SAMPLES / SAMPLE_RATE * signal.SAMPLE_RATE / signal.HOP
LEAST_FRAMES = 0.5

FRAME_FIELDS = {
    "mel": np.float16,
    "phase": np.float32,
    "step": np.float32,
    "f0": np.float32,
    "voiced": np.float32,
}
TOKEN_FIELDS = {
    "ids": np.int16,
    "frames": np.int16,
    "log_frames": np.float32,
    "pitch": np.float32,
    "energy": np.float32,
}


@dataclass(frozen=True)
class Features:
    """One clip: T frames, L tokens."""

    audio: NDArray[np.int16]
    """[256 T] samples of 22.05 kHz."""
    mel: NDArray[np.float16]
    """[T, 80] natural logarithm."""
    phase: NDArray[np.float32]
    """[T] of the teacher's excitation in the middle of the frame, 0 to 1 cycle."""
    step: NDArray[np.float32]
    """[T] cycles from the middle of the frame before."""
    f0: NDArray[np.float32]
    """[T] ln Hz; a straight line where there is no voice."""
    voiced: NDArray[np.float32]
    """[T] 0 or 1."""
    ids: NDArray[np.int16]
    """[L] token ids with the padding at both ends."""
    frames: NDArray[np.int16]
    """[L] frames of each token; their sum is T."""
    log_frames: NDArray[np.float32]
    """[L] ln(1 + frames) of the teacher's durations before it rounded them: finer than 25 ms."""
    pitch: NDArray[np.float32]
    """[L] mean ln Hz, in standard deviations from the mean of the voice; 0 for a token that is not voiced."""
    energy: NDArray[np.float32]
    """[L] mean of the teacher's energy, normalised likewise."""


def make_features(voice: Voice) -> None:
    """Writes `features/SPLIT/*.npy` and `index.json`; normalisation is that of the training split."""
    statistics: dict[str, list[float] | float] | None = None
    for split in SPLITS:
        clips: list[Clip] = []
        features: list[Features] = []
        for clip, rendering in read_dump(voice, split):
            clips.append(clip)
            features.append(clip_features(clip, rendering, voice["f0_floor_hz"]))
        if not features:
            print(f"{split}: the dump is empty")
            continue
        statistics = statistics or measure(features)
        save(voice.features_dir(split), clips, [normalised(one, statistics) for one in features], statistics)
        hours = sum(len(one.mel) for one in features) * signal.HOP / signal.SAMPLE_RATE / 3600
        print(f"{split}: {len(features)} clips, {hours:.2f} h")


def clip_features(clip: Clip, rendering: Rendering, f0_floor_hz: float) -> Features:
    """Features of one clip; pitch and energy are not normalised yet."""
    durations = rendering.durations.astype(np.int64)
    cut = max(0, int(durations[0]) - LEAD_UNITS)
    tail = max(0, int(durations[-1]) - TAIL_UNITS)
    kept = rendering.audio[cut * UNIT_SAMPLES : rendering.audio.size - tail * UNIT_SAMPLES]
    samples = signal.resample(torch.from_numpy(kept), SAMPLE_RATE)
    frame_count = samples.numel() // signal.HOP
    samples = samples[: frame_count * signal.HOP].clamp(-1, 1)
    mel = signal.log_mel(samples[None])[0].T

    # Curves on the middles of the frames, from values in the middles of half units.
    seconds = (np.arange(frame_count) + 0.5) * signal.HOP / signal.SAMPLE_RATE
    units = cut + seconds * SAMPLE_RATE / UNIT_SAMPLES
    positions = units * CURVES_PER_UNIT - 0.5
    curve = np.arange(rendering.f0.size)
    audible = rendering.f0 > f0_floor_hz
    if not audible.any():
        audible = np.ones_like(audible)
    log_f0 = np.log(np.maximum(rendering.f0, 1))
    filled = np.interp(curve, curve[audible], log_f0[audible])
    f0 = np.interp(positions, curve, filled)
    voiced = audible[np.clip(np.round(positions).astype(int), 0, curve.size - 1)]

    # The teacher's excitation has this phase in the middle of each half unit: its sum is inclusive.
    half_unit_seconds = UNIT_SAMPLES / CURVES_PER_UNIT / SAMPLE_RATE
    cycles = np.cumsum(rendering.f0.astype(np.float64)) * half_unit_seconds
    phase = np.interp(positions, curve, cycles)
    before = np.interp(positions - CURVES_PER_UNIT / FRAMES_PER_UNIT, curve, cycles)

    boundaries = np.round((np.cumsum(durations) - cut - EARLY_UNITS) * FRAMES_PER_UNIT).astype(np.int64)
    boundaries[-1] = frame_count
    boundaries = np.clip(boundaries, 0, frame_count)
    raw = np.maximum(rendering.raw_durations.astype(np.float64), 1)
    raw[0] -= cut + EARLY_UNITS
    raw[-1] += EARLY_UNITS - tail
    pitch, energy = token_means(rendering, durations, audible)
    return Features(
        audio=torch.round(samples * 32767).to(torch.int16).numpy(),
        mel=mel.half().numpy(),
        phase=(phase % 1).astype(np.float32),
        step=(phase - before).astype(np.float32),
        f0=f0.astype(np.float32),
        voiced=voiced.astype(np.float32),
        ids=np.array(clip.ids, np.int16),
        frames=np.diff(boundaries, prepend=0).astype(np.int16),
        log_frames=np.log1p(np.maximum(raw * FRAMES_PER_UNIT, LEAST_FRAMES)).astype(np.float32),
        pitch=pitch,
        energy=energy,
    )


def token_means(
    rendering: Rendering, durations: NDArray[np.int64], audible: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean ln F0 (NaN where less than half of the token is voiced) and energy of each token, both [L]."""
    pitch = np.full(durations.size, np.nan, np.float32)
    energy = np.zeros(durations.size, np.float32)
    ends = np.cumsum(durations) * CURVES_PER_UNIT
    for token, (length, end) in enumerate(zip(durations * CURVES_PER_UNIT, ends, strict=True)):
        start = max(0, end - length - EARLY_UNITS * CURVES_PER_UNIT)
        part = slice(start, max(start + 1, end - EARLY_UNITS * CURVES_PER_UNIT))
        voice = rendering.f0[part][audible[part]]
        if voice.size * 2 >= rendering.f0[part].size and voice.size:
            pitch[token] = np.log(np.maximum(voice, 1)).mean()
        energy[token] = rendering.energy[part].mean()
    return pitch, energy


def measure(features: list[Features]) -> dict[str, list[float] | float]:
    """Mean and standard deviation of mel bins, frame F0, token pitch and energy."""
    mel_sum = np.zeros(signal.MELS)
    mel_squares = np.zeros(signal.MELS)
    for one in features:
        mel = one.mel.astype(np.float64)
        mel_sum += mel.sum(0)
        mel_squares += (mel**2).sum(0)
    count = sum(len(one.mel) for one in features)
    mel_mean = mel_sum / count
    pitch = np.concatenate([one.pitch for one in features])
    energy = np.concatenate([one.energy for one in features])
    f0 = np.concatenate([one.f0[one.voiced > 0] for one in features])
    return {
        "mel_mean": mel_mean.tolist(),
        "mel_deviation": np.sqrt(mel_squares / count - mel_mean**2).tolist(),
        "pitch_mean": float(np.nanmean(pitch)),
        "pitch_deviation": float(np.nanstd(pitch)),
        "energy_mean": float(energy.mean()),
        "energy_deviation": float(energy.std()),
        "f0_mean": float(f0.mean()),
        "f0_deviation": float(f0.std()),
    }


def normalised(one: Features, statistics: dict[str, list[float] | float]) -> Features:
    pitch = np.nan_to_num((one.pitch - statistics["pitch_mean"]) / statistics["pitch_deviation"])
    energy = (one.energy - statistics["energy_mean"]) / statistics["energy_deviation"]
    return Features(**{**vars(one), "pitch": pitch, "energy": energy})


def save(folder: Path, clips: list[Clip], features: list[Features], statistics: dict) -> None:
    """One array for each field, clips one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in {**FRAME_FIELDS, **TOKEN_FIELDS, "audio": np.int16}.items():
        np.save(folder / f"{name}.npy", np.concatenate([getattr(one, name) for one in features]).astype(kind))
    index = {
        "texts": [clip.text for clip in clips],
        "frames": [len(one.mel) for one in features],
        "tokens": [len(one.ids) for one in features],
        "statistics": statistics,
    }
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf8")


class FeatureStore:
    """The features of a split, read from disk as they are needed."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "index.json").exists():
            raise SystemExit(f"{folder} has no features: run the step 'features' first")
        index = json.loads((folder / "index.json").read_text(encoding="utf8"))
        self.texts: list[str] = index["texts"]
        self.statistics: dict = index["statistics"]
        self.frame_counts: list[int] = index["frames"]
        self.token_counts: list[int] = index["tokens"]
        self._frame_ends = np.cumsum(self.frame_counts)
        self._token_ends = np.cumsum(self.token_counts)
        names = [*FRAME_FIELDS, *TOKEN_FIELDS, "audio"]
        self._arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}

    def __len__(self) -> int:
        return len(self.texts)

    def clip(self, index: int) -> Features:
        end, token_end = int(self._frame_ends[index]), int(self._token_ends[index])
        frames = slice(end - self.frame_counts[index], end)
        tokens = slice(token_end - self.token_counts[index], token_end)
        samples = slice(frames.start * signal.HOP, frames.stop * signal.HOP)
        parts = {name: frames for name in FRAME_FIELDS} | {name: tokens for name in TOKEN_FIELDS}
        parts["audio"] = samples
        return Features(**{name: np.array(self._arrays[name][part]) for name, part in parts.items()})
