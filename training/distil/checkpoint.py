"""Long trainings that may be stopped and started again: state, schedule, average weights."""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

WARM_UP_STEPS = 150
FLAT_PART = 0.3
LEAST_RATE = 0.02
LOG_SECONDS = 60


def pick_device(name: str, threads: int) -> torch.device:
    """`auto` takes a GPU where there is one."""
    torch.set_num_threads(threads)
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def learning_rate_share(step: int, steps: int) -> float:
    """Warm-up, then flat, then half a cosine down to 2 %."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    progress = step / steps
    if progress < FLAT_PART:
        return warm
    fallen = 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - FLAT_PART) / (1 - FLAT_PART))))
    return warm * max(LEAST_RATE, fallen)


def optimiser_for(model: nn.Module, learning_rate: float) -> torch.optim.AdamW:
    """AdamW that lets biases and norms be."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), fused=True)


class Average:
    """The exponential average of a model's weights, which speaks better than the last ones."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self._decay = decay
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self._decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)


class Means:
    """Means of the losses since they were last read."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._weights: dict[str, list[float]] = {}
        self._since = time.monotonic()

    def add(self, losses: dict[str, Tensor], weight: float = 1) -> None:
        for name, loss in losses.items():
            self._values.setdefault(name, []).append(loss.item() * weight)
            self._weights.setdefault(name, []).append(weight)

    @property
    def due(self) -> bool:
        return time.monotonic() - self._since > LOG_SECONDS

    def take(self, prefix: str = "") -> dict[str, float]:
        """The means by name, and how many steps were done in a second."""
        means = {
            f"{prefix}{name}": sum(values) / sum(self._weights[name]) for name, values in self._values.items()
        }
        steps = max(map(len, self._values.values()), default=0)
        means[f"{prefix}steps_per_second"] = steps / (time.monotonic() - self._since)
        self._values, self._weights, self._since = {}, {}, time.monotonic()
        return means


class Run:
    """A training with its log and its checkpoint.

    A checkpoint holds everything that the next step depends on, and batches are drawn from the seed and the
    number of the step alone: a run that was stopped ends like one that was not, up to rounding.
    """

    def __init__(self, path: Path, arguments: argparse.Namespace, parts: dict[str, Any]) -> None:
        """`parts` are modules and optimisers by name."""
        self.path = path
        self.steps: int = arguments.steps
        self.step = 0
        self.seconds = 0.0
        self._parts = parts
        self._every = arguments.checkpoint_minutes * 60
        self._started = self._saved = time.monotonic()
        self._stop_at = self._started + arguments.minutes * 60 if arguments.minutes else math.inf
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log = path.with_name("log.jsonl")
        if path.exists() and not arguments.restart:
            self._resume()
        elif self._log.exists():
            self._log.unlink()

    def _resume(self) -> None:
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self._parts.items():
            if isinstance(part, Average):
                for key, value in state[name].items():
                    part.weights[key].copy_(value)
            else:
                part.load_state_dict(state[name])
        self.step = state["step"]
        self.seconds = state["seconds"]
        print(f"going on at step {self.step} of {self.steps}", flush=True)

    @property
    def running(self) -> bool:
        return self.step < self.steps and time.monotonic() < self._stop_at

    @property
    def due(self) -> bool:
        """Whether it is time to validate and save."""
        return time.monotonic() - self._saved > self._every

    def report(self, **figures: float) -> None:
        elapsed = self.seconds + time.monotonic() - self._started
        entry = {"step": self.step, "seconds": round(elapsed)}
        line = json.dumps(entry | {name: float(f"{value:.4g}") for name, value in figures.items()})
        print(line, flush=True)
        with self._log.open("a", encoding="utf8") as log:
            log.write(f"{line}\n")

    def save(self, **extra: Any) -> None:  # noqa: ANN401
        now = time.monotonic()
        self.seconds += now - self._started
        self._started = self._saved = now
        state: dict[str, Any] = {"step": self.step, "seconds": self.seconds, **extra}
        for name, part in self._parts.items():
            state[name] = part.weights if isinstance(part, Average) else part.state_dict()
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.rename(self.path)
