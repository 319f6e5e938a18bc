"""How alike two results are."""

from __future__ import annotations

import numpy as np


def max_difference(actual: np.ndarray, expected: np.ndarray) -> float:
    """Greatest |difference| of two arrays; infinite where the shapes differ or a value is not finite."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    return float(np.abs(actual - expected).max(initial=0.0))


def cosine_similarity(actual: np.ndarray, expected: np.ndarray) -> float:
    """Cosine between two arrays taken as vectors; 0 where the shapes differ or a value is not finite."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return 0.0
    a, b = actual.ravel().astype(np.float64), expected.ravel().astype(np.float64)
    norm = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / norm) if norm > 0 else float(np.array_equal(a, b))


def argmax_agreement(actual: np.ndarray, expected: np.ndarray) -> float:
    """Share of positions [..., vocabulary] where both prefer the same id."""
    if actual.shape != expected.shape:
        return 0.0
    return float((actual.argmax(-1) == expected.argmax(-1)).mean())
