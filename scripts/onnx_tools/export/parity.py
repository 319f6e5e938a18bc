"""The one rule by which an exported graph is kept: in float32 it computes what PyTorch computes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..compare import max_difference
from ..console import VerificationError

TOLERANCE = 1e-3


def require_close(title: str, pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
    """Prints the greatest difference of (actual, expected) pairs.

    :raises VerificationError: it is over the tolerance, or a shape differs, or a value is not finite
    """
    difference = max(max_difference(actual, expected) for actual, expected in pairs)
    print(f"  {title}: greatest difference {difference:.1e} (at most {TOLERANCE:.0e})")
    # Written so that NaN fails too.
    if not difference <= TOLERANCE:
        raise VerificationError(
            f"{title}: differs from PyTorch by {difference:.1e}, more than {TOLERANCE:.0e}"
        )
