"""Speaks every sentence with the teacher and keeps what it did. May be stopped and started again."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .phonemes import Clip, read_clips
from .teacher import SAMPLE_RATE, Rendering, Teacher
from .voice import SPLITS, Split, Voice

CLIPS_PER_SHARD = 25
"""What one process loses when it is stopped: about ten seconds of work."""

_teacher: Teacher


def dump(voice: Voice, teacher: Path, *, workers: int, minutes: float | None) -> None:
    """Writes `dump/SPLIT/*.npz`, test and validation first.

    Args:
        teacher: folder of the teacher (`model.onnx`, `voices/`).
        workers: processes of one thread each.
        minutes: when to stop, finished or not.
    """
    started = time.time()
    stop_at = started + minutes * 60 if minutes else float("inf")
    shards = [
        (path, clips, stop_at) for split in reversed(SPLITS) for path, clips in missing_shards(voice, split)
    ]
    clip_count = sum(len(clips) for _, clips, _ in shards)
    print(f"{clip_count} clips to speak, {workers} processes", flush=True)
    seconds = 0.0
    done = 0
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start_worker, (teacher, voice["teacher"])) as pool:
        for clips, shard_seconds in pool.imap_unordered(_speak_shard, shards):
            done += clips
            seconds += shard_seconds
            if clips == 0:
                continue
            elapsed = time.time() - started
            print(
                f"{done}/{clip_count} clips, {seconds / 3600:.2f} h of audio, {seconds / elapsed:.2f} s of"
                f" audio a second, {elapsed / done * (clip_count - done) / 60:.0f} min left",
                flush=True,
            )


def missing_shards(voice: Voice, split: Split) -> list[tuple[Path, list[Clip]]]:
    """The clips that the dump does not have yet, in files to be made."""
    folder = voice.dump_dir(split)
    folder.mkdir(parents=True, exist_ok=True)
    present = {clip_key for path in sorted(folder.glob("*.npz")) for clip_key in shard_keys(path)}
    clips = [clip for clip in read_clips(voice, split) if clip.key not in present]
    return [
        (folder / f"{clips[start].key}.npz", clips[start : start + CLIPS_PER_SHARD])
        for start in range(0, len(clips), CLIPS_PER_SHARD)
    ]


def shard_keys(path: Path) -> set[str]:
    with np.load(path) as shard:
        return {name.split("/")[0] for name in shard.files}


def read_dump(voice: Voice, split: Split) -> Iterator[tuple[Clip, Rendering]]:
    """The clips of the dump, in the order of the shards' names."""
    clips = {clip.key: clip for clip in read_clips(voice, split)}
    for path in sorted(voice.dump_dir(split).glob("*.npz")):
        with np.load(path) as shard:
            for clip_key in sorted({name.split("/")[0] for name in shard.files} & clips.keys()):
                fields = {name: shard[f"{clip_key}/{name}"] for name in Rendering.__dataclass_fields__}
                fields["audio"] = fields["audio"].astype(np.float32) / 32767
                yield clips[clip_key], Rendering(**fields)


def _start_worker(teacher: Path, name: str) -> None:
    global _teacher
    _teacher = Teacher(teacher, name)


def _speak_shard(task: tuple[Path, list[Clip], float]) -> tuple[int, float]:
    """Returns how many clips were spoken and their length in seconds."""
    path, clips, stop_at = task
    fields: dict[str, np.ndarray] = {}
    seconds = 0.0
    spoken = 0
    for clip in clips:
        if time.time() > stop_at:
            break
        rendering = _teacher.render(clip.ids)
        for name, values in vars(rendering).items():
            fields[f"{clip.key}/{name}"] = values
        fields[f"{clip.key}/audio"] = np.round(np.clip(rendering.audio, -1, 1) * 32767).astype(np.int16)
        seconds += rendering.audio.size / SAMPLE_RATE
        spoken += 1
    if spoken:
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            np.savez(file, **fields)  # type: ignore[arg-type]
        partial.rename(path)
    return spoken, seconds
