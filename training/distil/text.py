"""Sentences: normalised, each once, split into those to learn from and those to be judged by."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from .node_programs import run_node
from .voice import Split, Voice

LONGEST_WORDS = 32
SHARED_WORDS = 4
"""A sentence that has this many words in a row in common with one of the test is not learnt from."""
LEAST_CLAUSE_WORDS = 3


def translate(voice: Voice, build: Path) -> None:
    """Translates the sentences that the voice file names, with the server's own engine."""
    translated: list[str] = []
    for source in voice.translations:
        languages = ["--source", str(source.language), "--target", voice["language"]]
        translated += run_node(build, "bench/translate-lines.js", languages, source.sentences())
    voice.translated_path.parent.mkdir(parents=True, exist_ok=True)
    voice.translated_path.write_text("".join(f"{line}\n" for line in translated), encoding="utf8")
    print(f"{len(translated)} translated sentences in {voice.translated_path}")


def split(voice: Voice, *, seed: int, valid: int, test: int) -> None:
    """Writes `text/train.txt`, `valid.txt` and `test.txt`.

    The test is what the voice file holds out, filled up to `test` with own sentences. Translations, which may
    be wrong, are only learnt from.
    """
    own = unique(line for source in voice.texts for line in source.sentences())
    held_out = unique(line for source in voice.held_out for line in source.sentences())
    if voice.translations and not voice.translated_path.exists():
        raise SystemExit(f"{voice.translated_path} is missing: run the step 'translate' first")
    translated = voice.translated_path.read_text(encoding="utf8").splitlines() if voice.translations else []

    generator = random.Random(seed)
    known = {key(line) for line in held_out}
    own = [line for line in own if key(line) not in known]
    generator.shuffle(own)
    drawn = [line for line in own if len(words(line)) >= 3][: max(0, test - len(held_out)) + valid]
    test_lines = held_out + drawn[valid:]
    valid_lines = drawn[:valid]

    judged = {key(line) for line in test_lines + valid_lines}
    runs = {run for line in test_lines for run in word_runs(line)}
    learnt = unique([*own, *clauses(own), *translated])
    train_lines = [line for line in learnt if key(line) not in judged and runs.isdisjoint(word_runs(line))]
    generator.shuffle(train_lines)

    split_lines: dict[Split, list[str]] = {"train": train_lines, "valid": valid_lines, "test": test_lines}
    for name, lines in split_lines.items():
        path = voice.text_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
        print(f"{name}: {len(lines)} sentences, {sum(len(words(line)) for line in lines)} words")


def normalise(line: str) -> str:
    """One line in NFC with plain quotes; empty where it is not a sentence to train on."""
    line = unicodedata.normalize("NFC", line)
    line = re.sub("[\u2018\u2019\u02bc`\u00b4]", "'", line)
    line = re.sub("[\u201c\u201d\u00ab\u00bb]", '"', line)
    line = re.sub(r"\s+", " ", line).strip()
    spoken = words(line)
    return line if spoken and len(spoken) <= LONGEST_WORDS else ""


def unique(lines: Iterable[str]) -> list[str]:
    """Normalises; of sentences that differ only in case and the marks within, the first stays."""
    found: dict[str, str] = {}
    for line in map(normalise, lines):
        if line:
            found.setdefault(key(line), line)
    return list(found.values())


def clauses(lines: Iterable[str]) -> list[str]:
    """The beginnings of sentences up to each comma: the server speaks a long sentence clause by clause."""
    beginnings = []
    for line in lines:
        for comma in re.finditer(r",(?=\s)", line):
            clause, rest = line[: comma.end()], line[comma.end() :]
            if len(words(clause)) >= LEAST_CLAUSE_WORDS and len(words(rest)) >= LEAST_CLAUSE_WORDS:
                beginnings.append(clause)
    return beginnings


def words(line: str) -> list[str]:
    return re.findall(r"[\w'-]+", line.casefold())


def key(line: str) -> str:
    """Equal for sentences that would be spoken alike; the final mark counts, for it shapes the melody."""
    return " ".join(words(line)) + (line[-1] if line[-1:] in "?!," else ".")


def word_runs(line: str) -> set[tuple[str, ...]]:
    spoken = words(line)
    return {tuple(spoken[start : start + SHARED_WORDS]) for start in range(len(spoken) - SHARED_WORDS + 1)}
