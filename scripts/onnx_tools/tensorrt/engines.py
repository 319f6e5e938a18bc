"""Builds a graph's engines, and compares them with CUDA in results and in time."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from ..compare import cosine_similarity
from ..console import UsageError, step
from ..runtime import Provider, open_session
from .environment import CUDA_PROVIDER, TENSORRT_PROVIDER
from .shapes import Feeds, as_profile

WARM_UP_RUNS = 5


@dataclass(frozen=True)
class Profile:
    """Inputs at the least, the usual and the greatest shape."""

    least: Feeds
    usual: Feeds
    greatest: Feeds

    @property
    def all(self) -> tuple[Feeds, Feeds, Feeds]:
        return (self.least, self.usual, self.greatest)


@dataclass(frozen=True)
class Comparison:
    file: str
    build_s: float
    from_cache_s: float
    baseline_ms: float
    target_ms: float
    similarity: float
    """least cosine between the results of both, over all shapes of the profile"""
    share_in_target: float
    """share of the kernels' time that is the target provider's own; the rest fell to others"""


def tensorrt_provider(cache: Path, profile: Profile, *, fp16: bool, device: int) -> Provider:
    return TENSORRT_PROVIDER, {
        "device_id": str(device),
        "trt_fp16_enable": str(fp16),
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(cache),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(cache),
        "trt_profile_min_shapes": as_profile(profile.least),
        "trt_profile_opt_shapes": as_profile(profile.usual),
        "trt_profile_max_shapes": as_profile(profile.greatest),
    }


def cuda_provider(device: int) -> Provider:
    return CUDA_PROVIDER, {"device_id": str(device)}


def compare_providers(
    path: Path,
    profile: Profile,
    target: Sequence[Provider],
    baseline: Sequence[Provider],
    *,
    runs: int,
    traces: Path,
) -> Comparison:
    """:raises UsageError: a provider's libraries do not load"""
    with step(f"{path.name} on {provider_name(baseline[0])}"):
        session = open_provider_session(path, baseline)
        expected = [session.run(None, feeds) for feeds in profile.all]
        baseline_ms = measure_ms(session, profile.usual, runs)
        del session
        gc.collect()
    with step(f"{path.name} on {provider_name(target[0])}: building"):
        started_at = time.perf_counter()
        session = open_provider_session(path, target)
        results = [session.run(None, feeds) for feeds in profile.all]
        build_s = time.perf_counter() - started_at
        del session
        gc.collect()
    with step(f"{path.name} on {provider_name(target[0])}: from the cache"):
        started_at = time.perf_counter()
        session = open_provider_session(path, target, traces / path.stem)
        session.run(None, profile.usual)
        from_cache_s = time.perf_counter() - started_at
        target_ms = measure_ms(session, profile.usual, runs)
        share = share_of_time(Path(session.end_profiling()), provider_name(target[0]))
    similarity = min(
        cosine_similarity(actual, wanted)
        for outputs, references in zip(results, expected, strict=True)
        for actual, wanted in zip(outputs, references, strict=True)
        # A decoder that reads with a cache returns the cross-attention part empty.
        if wanted.size
    )
    return Comparison(path.name, build_s, from_cache_s, baseline_ms, target_ms, similarity, share)


def provider_name(provider: Provider) -> str:
    return provider if isinstance(provider, str) else provider[0]


def open_provider_session(
    path: Path, providers: Sequence[Provider], profile_prefix: Path | None = None
) -> ort.InferenceSession:
    session = open_session(path, providers, profile_prefix=profile_prefix)
    wanted = provider_name(providers[0])
    # ONNX Runtime only logs that a provider's libraries did not load, and goes on with the next.
    if wanted not in session.get_providers():
        raise UsageError(
            f"{wanted} did not load: its libraries (CUDA, cuDNN, TensorRT) are missing from LD_LIBRARY_PATH, "
            "or are of another release than this onnxruntime-gpu was built for"
        )
    return session


def measure_ms(session: ort.InferenceSession, feeds: Feeds, runs: int) -> float:
    """Median time of a run, copies from and to the GPU included, as the server runs it."""
    for _ in range(WARM_UP_RUNS):
        session.run(None, feeds)
    times = []
    for _ in range(runs):
        started_at = time.perf_counter()
        session.run(None, feeds)
        times.append(1000 * (time.perf_counter() - started_at))
    return statistics.median(times)


def share_of_time(trace: Path, provider: str) -> float:
    """From ONNX Runtime's trace: the part of the kernels' time that ran on the provider."""
    by_provider: dict[str, int] = {}
    for event in json.loads(trace.read_text(encoding="utf-8")):
        name = event.get("args", {}).get("provider")
        if event.get("cat") == "Node" and name and event["name"].endswith("_kernel_time"):
            by_provider[name] = by_provider.get(name, 0) + event["dur"]
    trace.unlink()
    total = sum(by_provider.values())
    return by_provider.get(provider, 0) / total if total else 0.0
