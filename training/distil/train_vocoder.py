"""Trains the vocoder on stretches of the teacher's audio, with the teacher's own pulses as excitation."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .audio import HOP
from .checkpoint import Average, Means, Run, learning_rate_share, optimiser_for, pick_device
from .discriminator import Discriminator, deceiving_losses, judging_loss
from .excitation import pulses
from .features import FeatureStore
from .spectral_losses import phase_error, spectral_losses
from .vocoder import Sound, Vocoder, VocoderConfig
from .voice import Voice

JUDGE_RATE = 0.5
"""Of the discriminator's learning rate to the vocoder's."""
VALIDATED_TOGETHER = 8
VALIDATION_FRAMES = 192

WEIGHTS = {"log": 1.0, "convergence": 0.5, "mel": 0.5, "phase": 0.2, "deceit": 0.05, "features": 0.5}


@dataclass(frozen=True)
class Stretches:
    """B pieces of T frames, with the context of the vocoder on both sides."""

    mel: Tensor
    """[B, 80, T]"""
    f0: Tensor
    """[B, T] Hz, also where there is no voice."""
    phase: Tensor
    step: Tensor
    voiced: Tensor
    """[B, T]"""
    audio: Tensor
    """[B, 256 T]"""

    def to(self, device: torch.device) -> Stretches:
        return Stretches(**{name: value.to(device) for name, value in vars(self).items()})

    def sound(self, model: Vocoder, context: int) -> tuple[Sound, Tensor]:
        """What the model makes of them and what it should, both without the context."""
        train = pulses(self.phase, self.step, self.f0, self.voiced)
        made = model.sound(self.mel, (self.f0 * self.voiced)[:, None], train, torch.randn_like(train))
        inner = slice(context * HOP, self.audio.shape[1] - context * HOP)
        return Sound(made.audio[:, inner], made.voiced_audio[:, inner]), self.audio[:, inner]


def train_vocoder(voice: Voice, arguments: argparse.Namespace) -> None:
    """Trains to `arguments.steps`, or until `arguments.minutes` are over."""
    device = pick_device(arguments.device, arguments.threads)
    torch.manual_seed(arguments.seed)
    train = FeatureStore(voice.features_dir("train"))
    valid = FeatureStore(voice.features_dir("valid"))
    model = Vocoder(VocoderConfig()).to(device)
    model.mel_mean.copy_(torch.tensor(train.statistics["mel_mean"]))
    model.mel_deviation.copy_(torch.tensor(train.statistics["mel_deviation"]))
    judge = Discriminator().to(device)
    optimiser = optimiser_for(model, arguments.learning_rate)
    judge_optimiser = optimiser_for(judge, arguments.learning_rate * JUDGE_RATE)
    average = Average(model)
    parts = {
        "model": model,
        "optimiser": optimiser,
        "average": average,
        "judge": judge,
        "judge_optimiser": judge_optimiser,
    }
    run = Run(voice.vocoder_checkpoint, arguments, parts)
    kept = {"config": model.settings()}
    context = model.config.context_frames
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} million parameters, {len(train)} clips")

    judged = Vocoder(model.config).to(device).eval()
    means = Means()
    length = arguments.stretch_frames + 2 * context
    while run.running:
        share = learning_rate_share(run.step, run.steps)
        for group in optimiser.param_groups:
            group["lr"] = arguments.learning_rate * share
        for group in judge_optimiser.param_groups:
            group["lr"] = arguments.learning_rate * JUDGE_RATE * share
        torch.manual_seed(arguments.seed + run.step)
        stretches = draw(train, arguments.batch_clips, length, arguments.seed, run.step)
        made, target = stretches.to(device).sound(model, context)
        losses = reconstruction_losses(made, target)
        if arguments.adversarial_from is not None and run.step >= arguments.adversarial_from:
            means.add({"judging": train_judge(judge, judge_optimiser, made.audio.detach(), target)})
            losses |= verdicts(judge, made.audio, target)
        optimiser.zero_grad(set_to_none=True)
        torch.stack([WEIGHTS[name] * part for name, part in losses.items()]).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model, run.step)
        run.step += 1
        means.add(losses)
        if means.due:
            run.report(**means.take())
        if run.due:
            judged.load_state_dict(average.weights)
            run.report(**validate(judged, valid, device))
            run.save(**kept)
    judged.load_state_dict(average.weights)
    run.report(**validate(judged, valid, device))
    run.save(**kept)


def reconstruction_losses(made: Sound, target: Tensor) -> dict[str, Tensor]:
    return {
        **spectral_losses(made.audio, target),
        "phase": phase_error(made.voiced_audio, target),
    }


def train_judge(
    judge: Discriminator, optimiser: torch.optim.Optimizer, made: Tensor, target: Tensor
) -> Tensor:
    """One step of the discriminator on [B, samples] of either kind; returns its loss."""
    loss = judging_loss(judge(target), judge(made))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss


def verdicts(judge: Discriminator, made: Tensor, target: Tensor) -> dict[str, Tensor]:
    """The discriminator's part of the vocoder's losses."""
    with torch.no_grad():
        wanted = judge(target)
    judge.requires_grad_(False)
    losses = deceiving_losses(wanted, judge(made))
    judge.requires_grad_(True)
    return losses


def draw(store: FeatureStore, clips: int, frames: int, seed: int, step: int) -> Stretches:
    """Stretches at random places, the same for the same seed and step; longer clips are drawn more often."""
    generator = np.random.default_rng((seed, step))
    lengths = np.array(store.frame_counts)
    chosen = generator.choice(len(store), clips, p=lengths / lengths.sum())
    starts = [int(generator.integers(0, max(1, lengths[index] - frames + 1))) for index in chosen]
    return stack(store, [(int(index), start) for index, start in zip(chosen, starts, strict=True)], frames)


def stack(store: FeatureStore, places: list[tuple[int, int]], frames: int) -> Stretches:
    """Cuts `frames` from each clip; one that is too short is filled with silence."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in Stretches.__dataclass_fields__}
    silence = np.log(1e-5)
    for index, start in places:
        clip = store.clip(index)
        part = slice(start, start + frames)
        missing = max(0, frames - len(clip.mel[part]))
        mel = np.pad(clip.mel[part].astype(np.float32), ((0, missing), (0, 0)), constant_values=silence)
        audio = clip.audio[start * HOP : (start + frames) * HOP].astype(np.float32) / 32767
        columns["mel"].append(mel.T)
        columns["f0"].append(np.exp(np.pad(clip.f0[part], (0, missing))))
        columns["phase"].append(np.pad(clip.phase[part], (0, missing)))
        columns["step"].append(np.pad(clip.step[part], (0, missing)))
        columns["voiced"].append(np.pad(clip.voiced[part], (0, missing)))
        columns["audio"].append(np.pad(audio, (0, missing * HOP)))
    return Stretches(**{name: torch.from_numpy(np.stack(values)) for name, values in columns.items()})


@torch.no_grad()
def validate(model: Vocoder, store: FeatureStore, device: torch.device) -> dict[str, float]:
    """Losses of the average weights on the beginnings of the validation clips."""
    means = Means()
    torch.manual_seed(0)
    for start in range(0, len(store), VALIDATED_TOGETHER):
        places = [(index, 0) for index in range(start, min(len(store), start + VALIDATED_TOGETHER))]
        made, target = stack(store, places, VALIDATION_FRAMES).to(device).sound(model, 0)
        means.add(reconstruction_losses(made, target), weight=len(places))
    return means.take("valid_")
