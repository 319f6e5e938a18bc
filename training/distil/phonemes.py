"""Sentences as token ids, made by the same code that serves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from .node_programs import run_node
from .voice import SPLITS, Split, Voice

MOST_TOKENS = 400


@dataclass(frozen=True)
class Clip:
    """A sentence to be spoken."""

    text: str
    ids: list[int]
    """Token ids with the padding at both ends."""

    @property
    def key(self) -> str:
        """Names the clip in the dump: it stays the same when sentences are added."""
        return hashlib.sha256(json.dumps(self.ids).encode()).hexdigest()[:16]


def phonemise(voice: Voice, build: Path) -> None:
    """Writes `phonemes/SPLIT.jsonl`: text, phonemes and ids of each sentence."""
    options = ["--language", voice["language"], "--voice", voice["espeak_voice"]]
    for split in SPLITS:
        sentences = voice.text_path(split).read_text(encoding="utf8").splitlines()
        lines = run_node(build, "training/phonemes.js", options, sentences)
        path = voice.phonemes_path(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
        print(f"{split}: {len(lines)} of {len(sentences)} sentences can be spoken")


def read_clips(voice: Voice, split: Split) -> list[Clip]:
    """Clips in their order; of sentences with the same sound only the first."""
    clips: dict[str, Clip] = {}
    for line in voice.phonemes_path(split).read_text(encoding="utf8").splitlines():
        entry = json.loads(line)
        clip = Clip(entry["text"], entry["ids"])
        if len(clip.ids) <= MOST_TOKENS:
            clips.setdefault(clip.key, clip)
    return list(clips.values())
