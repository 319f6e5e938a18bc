"""Output folders that appear complete or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import UsageError


@contextmanager
def staged_folder(out: Path, source: Path, *, force: bool) -> Iterator[Path]:
    """Yields an empty folder beside `out` that takes its place when the block ends without an error.

    :param force: replace `out` if it holds an exported model
    :raises UsageError: `out` cannot be made, or something is there that must not be replaced
    """
    out = out.resolve()
    check_target(out, source.resolve(), force)
    staging = make_staging(out.parent, out.name)
    try:
        content = staging / "content"
        content.mkdir()
        yield content
        if out.exists():
            out.rename(staging / "replaced")
        content.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def staging_inside(out: Path) -> Iterator[Path]:
    """Yields an empty folder in `out` for what is not kept yet.

    `out` is made if need be, and removed again if nothing was moved into it.

    :raises UsageError: `out` cannot be made
    """
    existed = out.exists()
    staging = make_staging(out, "staging")
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed and not any(out.iterdir()):
            out.rmdir()


def make_staging(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    except OSError as error:
        raise UsageError(f"cannot write to {parent}: {error.strerror}") from error


def check_target(out: Path, source: Path, force: bool) -> None:
    if out == source or out in source.parents:
        raise UsageError(f"{out} would replace what is read from {source}: give another folder")
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file: give a folder")
    if not any(out.iterdir()):
        return
    if not force:
        raise UsageError(f"{out} exists already: give another folder, or --force to replace it")
    # A slip of the hand (`--out ~ --force`) must not cost anybody more than an exported model.
    if not any(out.glob("*.onnx")) and not any(out.glob("onnx/*.onnx")):
        raise UsageError(f"{out} holds no exported model, and --force replaces nothing else")
