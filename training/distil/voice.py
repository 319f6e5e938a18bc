"""What is to be made: a file of `voices/`, and the folder in which it is made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

TRAINING_DIR = Path(__file__).resolve().parent.parent

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True)
class TextSource:
    """A file of sentences, one a line."""

    path: Path
    """Absolute; in the voice file relative to this project's `training/`."""
    column: int | None
    """Which column holds the sentence where the file is separated by tabs."""
    language: str | None
    """Set where the sentences are to be translated from this language first (ISO 639-1)."""

    @staticmethod
    def parse(entry: dict[str, Any]) -> TextSource:
        return TextSource(TRAINING_DIR / entry["path"], entry.get("column"), entry.get("language"))

    def sentences(self) -> list[str]:
        lines = self.path.read_text(encoding="utf8").splitlines()
        if self.column is None:
            return lines
        return [line.split("\t")[self.column] for line in lines if line.strip()]


@dataclass(frozen=True)
class Voice:
    """One voice to distil, and its work folder."""

    work: Path
    description: dict[str, Any]

    @staticmethod
    def load(path: Path, work: Path | None = None) -> Voice:
        description = json.loads(path.read_text(encoding="utf8"))
        return Voice(work or TRAINING_DIR / "work" / description["id"], description)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        return self.description[name]

    @cached_property
    def texts(self) -> list[TextSource]:
        return [TextSource.parse(entry) for entry in self["texts"]]

    @cached_property
    def translations(self) -> list[TextSource]:
        return [TextSource.parse(entry) for entry in self.description.get("translations", [])]

    @cached_property
    def held_out(self) -> list[TextSource]:
        return [TextSource.parse(entry) for entry in self.description.get("held_out", [])]

    @property
    def translated_path(self) -> Path:
        return self.work / "text" / "translated.txt"

    def text_path(self, split: Split) -> Path:
        return self.work / "text" / f"{split}.txt"

    def phonemes_path(self, split: Split) -> Path:
        return self.work / "phonemes" / f"{split}.jsonl"

    def dump_dir(self, split: Split) -> Path:
        return self.work / "dump" / split

    def features_dir(self, split: Split) -> Path:
        return self.work / "features" / split

    @property
    def acoustic_checkpoint(self) -> Path:
        return self.work / "acoustic" / "checkpoint.pt"

    @property
    def vocoder_checkpoint(self) -> Path:
        return self.work / "vocoder" / "checkpoint.pt"

    @property
    def export_dir(self) -> Path:
        return self.work / "voice"
