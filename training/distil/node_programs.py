"""Runs the project's own TypeScript programs, compiled, so that training uses the code that serves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from .voice import TRAINING_DIR

DEFAULT_BUILD = TRAINING_DIR.parent / "dist-bench"


def run_node(build: Path, program: str, arguments: Iterable[str], lines: Iterable[str]) -> list[str]:
    """Gives a program `lines` on standard input and returns the lines of its standard output.

    Args:
        build: folder into which `npx tsc -p training` compiled.
        program: path of the program inside it.
    """
    path = build / program
    if not path.exists():
        raise SystemExit(f"{path} is missing: run 'npx tsc -p training' in {TRAINING_DIR.parent}")
    done = subprocess.run(
        ["node", str(path), *arguments],
        input="".join(f"{line}\n" for line in lines),
        stdout=subprocess.PIPE,
        encoding="utf8",
        check=True,
    )
    return done.stdout.splitlines()
