"""Trains the acoustic model on the teacher's mels, F0, durations, pitch and energy."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .acoustic import Acoustic, AcousticConfig, Prediction, frame_places
from .checkpoint import Average, Means, Run, learning_rate_share, optimiser_for, pick_device
from .features import Features, FeatureStore
from .voice import Voice

FRAME_STEP = 32
TOKEN_STEP = 8
"""Lengths are filled up to multiples of these: oneDNN prepares its kernels anew for every shape."""
VALIDATED_TOGETHER = 8

WEIGHTS = {
    "mel_l1": 1.0,
    "mel_l2": 0.2,
    "mel_ssim": 0.3,
    "f0": 0.3,
    "voicing": 0.1,
    "durations": 0.5,
    "pitch": 0.1,
    "energy": 0.1,
}


PER_TOKEN = ("ids", "pitch", "energy", "log_frames", "tokens_present")


@dataclass(frozen=True)
class Batch:
    """B clips, filled up to L tokens and T frames."""

    ids: Tensor
    pitch: Tensor
    energy: Tensor
    log_frames: Tensor
    tokens_present: Tensor
    token_of_frame: Tensor
    places: Tensor
    mel: Tensor
    f0: Tensor
    voiced: Tensor
    frames_present: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def train_acoustic(voice: Voice, arguments: argparse.Namespace) -> None:
    """Trains to `arguments.steps`, or until `arguments.minutes` are over."""
    device = pick_device(arguments.device, arguments.threads)
    torch.manual_seed(arguments.seed)
    train = FeatureStore(voice.features_dir("train"))
    valid = FeatureStore(voice.features_dir("valid"))
    model = Acoustic(AcousticConfig()).to(device)
    optimiser = optimiser_for(model, arguments.learning_rate)
    average = Average(model)
    run = Run(
        voice.acoustic_checkpoint, arguments, {"model": model, "optimiser": optimiser, "average": average}
    )
    kept = {"config": model.settings(), "statistics": train.statistics}
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} million parameters, {len(train)} clips")

    judged = Acoustic(model.config).to(device).eval()
    means = Means()
    for batch in batches(train, arguments.batch_frames, arguments.seed, run.step):
        if not run.running:
            break
        for group in optimiser.param_groups:
            group["lr"] = arguments.learning_rate * learning_rate_share(run.step, run.steps)
        torch.manual_seed(arguments.seed + run.step)
        parts = losses(model, batch.to(device))
        optimiser.zero_grad(set_to_none=True)
        weighted(parts).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model, run.step)
        run.step += 1
        means.add(parts)
        if means.due:
            run.report(**means.take())
        if run.due:
            judged.load_state_dict(average.weights)
            run.report(**validate(judged, valid, device))
            run.save(**kept)
    judged.load_state_dict(average.weights)
    run.report(**validate(judged, valid, device))
    run.save(**kept)


def batches(store: FeatureStore, batch_frames: int, seed: int, step: int) -> Iterator[Batch]:
    """Endless batches of clips of like length; the same for the same seed, from any step on."""
    epoch = 0
    while True:
        groups = epoch_groups(store, batch_frames, seed, epoch)
        if step < len(groups):
            for group in groups[step:]:
                yield collate([store.clip(index) for index in group], store.statistics)
        step = max(0, step - len(groups))
        epoch += 1


def epoch_groups(store: FeatureStore, batch_frames: int, seed: int, epoch: int) -> list[list[int]]:
    generator = np.random.default_rng((seed, epoch))
    jitter = generator.uniform(0, 40, len(store))
    groups: list[list[int]] = [[]]
    for index in np.argsort(np.array(store.frame_counts) + jitter):
        groups[-1].append(int(index))
        if len(groups[-1]) * store.frame_counts[index] >= batch_frames:
            groups.append([])
    groups = [group for group in groups if group]
    return [groups[index] for index in generator.permutation(len(groups))]


def collate(clips: list[Features], statistics: dict) -> Batch:
    """Normalises mel and F0 and fills up the clips to one length."""
    mel_mean = np.array(statistics["mel_mean"], np.float32)
    mel_deviation = np.array(statistics["mel_deviation"], np.float32)
    rows = []
    for clip in clips:
        frames = clip.frames.astype(np.int64)
        token_of_frame = np.repeat(np.arange(frames.size), frames)
        since_start = np.arange(token_of_frame.size) - (np.cumsum(frames) - frames)[token_of_frame]
        tensors = (torch.from_numpy(since_start), torch.from_numpy(frames[token_of_frame]).float())
        rows.append(
            Batch(
                ids=torch.from_numpy(clip.ids.astype(np.int64)),
                pitch=torch.from_numpy(clip.pitch),
                energy=torch.from_numpy(clip.energy),
                log_frames=torch.from_numpy(clip.log_frames),
                tokens_present=torch.ones(frames.size),
                token_of_frame=torch.from_numpy(token_of_frame),
                places=frame_places(*tensors),
                mel=torch.from_numpy((clip.mel.astype(np.float32) - mel_mean) / mel_deviation),
                f0=torch.from_numpy((clip.f0 - statistics["f0_mean"]) / statistics["f0_deviation"]).float(),
                voiced=torch.from_numpy(clip.voiced),
                frames_present=torch.ones(token_of_frame.size),
            )
        )
    tokens = rounded_up(max(row.ids.shape[0] for row in rows), TOKEN_STEP)
    frames_in_batch = rounded_up(max(row.mel.shape[0] for row in rows), FRAME_STEP)

    def fill(name: str) -> Tensor:
        values = [getattr(row, name) for row in rows]
        length = tokens if name in PER_TOKEN else frames_in_batch
        filled = values[0].new_zeros((len(values), length, *values[0].shape[1:]))
        for row, value in enumerate(values):
            filled[row, : value.shape[0]] = value
        return filled

    return Batch(**{field.name: fill(field.name) for field in fields(Batch)})


def rounded_up(value: int, step: int) -> int:
    return -(-value // step) * step


def losses(model: Acoustic, batch: Batch) -> dict[str, Tensor]:
    """Means over what is present of the batch, by name as in `WEIGHTS`."""
    with torch.autocast(batch.mel.device.type, torch.bfloat16):
        predicted: Prediction = model(
            batch.ids,
            batch.pitch,
            batch.energy,
            batch.token_of_frame,
            batch.places,
            batch.tokens_present,
            batch.frames_present,
        )
    tokens, frames = batch.tokens_present, batch.frames_present

    def mean(values: Tensor, present: Tensor) -> Tensor:
        return (values * present).sum() / present.sum()

    mel = predicted.mel.float()
    voicing = functional.binary_cross_entropy_with_logits(
        predicted.voicing.float(), batch.voiced, reduction="none"
    )
    return {
        "mel_l1": mean((mel - batch.mel).abs().mean(-1), frames),
        "mel_l2": mean((mel - batch.mel).square().mean(-1), frames),
        "mel_ssim": unlikeness(mel * frames[..., None], batch.mel * frames[..., None], frames),
        "f0": mean((predicted.f0.float() - batch.f0).abs(), frames * (0.1 + 0.9 * batch.voiced)),
        "voicing": mean(voicing, frames),
        "durations": mean((predicted.log_frames.float() - batch.log_frames).square(), tokens),
        "pitch": mean((predicted.pitch.float() - batch.pitch).square(), tokens),
        "energy": mean((predicted.energy.float() - batch.energy).square(), tokens),
    }


def unlikeness(mel: Tensor, target: Tensor, present: Tensor) -> Tensor:
    """1 - SSIM (Wang et al., 2004) of two [B, T, 80], in squares of 7 by 7, every second one."""
    x, y = (mel[:, None] + 4) / 8, (target[:, None] + 4) / 8

    def local(values: Tensor) -> Tensor:
        return functional.avg_pool2d(values, 7, 2, 3)

    mean_x, mean_y = local(x), local(y)
    variances = local(x * x) - mean_x**2 + local(y * y) - mean_y**2
    covariance = local(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + 1e-4) / (mean_x**2 + mean_y**2 + 1e-4)
    structure = (2 * covariance + 9e-4) / (variances + 9e-4)
    weights = present[:, ::2]
    return 1 - ((luminance * structure)[:, 0].mean(-1) * weights).sum() / weights.sum()


def weighted(parts: dict[str, Tensor]) -> Tensor:
    return torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()


@torch.no_grad()
def validate(model: Acoustic, store: FeatureStore, device: torch.device) -> dict[str, float]:
    """Losses of the average weights on the validation clips."""
    means = Means()
    order = np.argsort(store.frame_counts)
    for start in range(0, len(store), VALIDATED_TOGETHER):
        group = order[start : start + VALIDATED_TOGETHER]
        batch = collate([store.clip(int(index)) for index in group], store.statistics)
        means.add(losses(model, batch.to(device)), weight=len(group))
    return means.take("valid_")
