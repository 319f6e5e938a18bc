"""Progress lines, and errors as one line with an exit code."""

from __future__ import annotations

import logging
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class UsageError(Exception):
    """The command cannot be done as asked: bad input, a missing file or a missing program (exit code 2)."""


class VerificationError(Exception):
    """The result does not compute what the original computes; nothing was kept (exit code 1)."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Prints the title at once and the time it took at the end, on one line."""
    print(f"{title} ... ", end="", flush=True)
    started_at = time.perf_counter()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.perf_counter() - started_at:.1f} s", flush=True)


def run(main: Callable[[], None]) -> None:
    """Runs a command and ends the process with its exit code; expected errors show no traceback."""
    # Without this, `finally` would not run and the staging folder would stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    silence_libraries()
    try:
        main()
    except UsageError as error:
        fail(2, str(error))
    except VerificationError as error:
        fail(1, str(error))
    except ModuleNotFoundError as error:
        fail(2, f"the Python package {error.name} is missing: pip install -r scripts/requirements.txt")
    except KeyboardInterrupt:
        fail(130, "interrupted; nothing was kept")


def fail(exit_code: int, message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(exit_code)


def silence_libraries() -> None:
    """The exporters warn about every traced branch; whether the result is right is measured instead."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)


def first_line(error: BaseException) -> str:
    """How a library's message of up to a page begins; a heading comes with the line under it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
