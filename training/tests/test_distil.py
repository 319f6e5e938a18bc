"""Runs without a teacher and without features: `python -m unittest discover -s tests -t .` in training/."""

from __future__ import annotations

import argparse
import math
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from distil import audio as signal
from distil import features, text
from distil.acoustic import AcousticConfig
from distil.checkpoint import Run
from distil.evaluate import error_rates
from distil.excitation import Excitation, pulses
from distil.export import load_acoustic
from distil.features import Features, FeatureStore
from distil.phonemes import Clip
from distil.train_acoustic import epoch_groups, train_acoustic
from distil.vocoder import Vocoder, VocoderConfig
from distil.voice import Voice

ARGUMENTS = argparse.Namespace(
    steps=4,
    minutes=None,
    learning_rate=1e-3,
    device="cpu",
    threads=1,
    seed=1,
    checkpoint_minutes=60,
    restart=False,
    batch_frames=200,
)


class Signal(unittest.TestCase):
    def test_resampling_keeps_a_tone_in_its_place(self) -> None:
        source, expected = (
            torch.sin(2 * math.pi * 440 * torch.arange(rate, dtype=torch.float64) / rate).float()
            for rate in (24_000, 22_050)
        )
        made = signal.resample(source, 24_000)
        self.assertEqual(made.shape, expected.shape)
        torch.testing.assert_close(made[300:-300], expected[300:-300], atol=1e-4, rtol=0)

    def test_pulses_are_the_sum_of_their_harmonics(self) -> None:
        hz = torch.full((1, 20), 200.0)
        step = hz * signal.HOP / signal.SAMPLE_RATE
        train = pulses(torch.cumsum(step, 1) % 1, step, hz, torch.ones(1, 20))[0]
        seconds = (torch.arange(20 * signal.HOP) - (signal.HOP - 1) / 2) / signal.SAMPLE_RATE
        cycles = step[0, 0] + seconds * 200
        expected = torch.stack([torch.cos(2 * math.pi * h * cycles) for h in range(1, 51)]).sum(0)
        torch.testing.assert_close(train[200:-200], expected[200:-200], atol=0.05, rtol=0)


class VocoderInChunks(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.model = Vocoder(VocoderConfig(channels=32, inner_channels=32, blocks=3)).eval()

    def test_overlapped_spectra_are_the_signal(self) -> None:
        samples = torch.randn(1, 40 * signal.HOP)
        restored = self.model.overlapped(*self.model.spectra(samples))
        torch.testing.assert_close(restored[:, 512:-512], samples[:, 512:-512], atol=1e-5, rtol=0)

    @torch.no_grad()
    def test_a_chunk_with_its_context_is_a_part_of_the_whole(self) -> None:
        frames, context = 100, self.model.config.context_frames
        mel = torch.randn(1, signal.MELS, frames) - 5
        f0 = 120 + 100 * torch.rand(1, 1, frames)
        source = Excitation()(f0[:, 0], torch.ones(1, frames))
        whole = self.model(mel, f0, source)[..., 40 * signal.HOP : 60 * signal.HOP]
        around = slice(40 - context, 60 + context)
        chunk = self.model(mel[..., around], f0[..., around], source[..., around])
        inner = chunk[..., context * signal.HOP : -context * signal.HOP]
        torch.testing.assert_close(inner, whole, atol=1e-6, rtol=0)


class Sentences(unittest.TestCase):
    def test_what_is_judged_is_not_learnt(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            sentences = [f"A frase tem quatro palavras e a letra {word}." for word in "abcdefghij"]
            (Path(folder) / "sentences.txt").write_text("\n".join([*sentences, *sentences]), encoding="utf8")
            voice = Voice(Path(folder), {"texts": [{"path": f"{folder}/sentences.txt"}]})
            text.split(voice, seed=1, valid=1, test=1)
            split = {
                name: voice.text_path(name).read_text(encoding="utf8").split("\n")[:-1]
                for name in ("train", "valid", "test")
            }
            self.assertEqual([len(split["valid"]), len(split["test"])], [1, 1])
            # All others have four words in a row in common with the one of the test.
            self.assertEqual(split["train"], [])

    def test_errors_are_counted_without_marks_and_capitals(self) -> None:
        self.assertEqual(error_rates(["Tudo bem?"], ["tudo bem"]), {"cer": 0, "wer": 0})
        self.assertEqual(error_rates(["um dois"], ["um três"])["wer"], 50)


class Training(unittest.TestCase):
    """On random features."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)
        generator = np.random.default_rng(1)
        made = [random_features(generator) for _ in range(12)]
        statistics = features.measure(made)
        clips = [Clip("", one.ids.tolist()) for one in made]
        for name in ("train", "valid"):
            features.save(self.root / "features" / name, clips, made, statistics)

    def test_batches_have_every_clip_once(self) -> None:
        store = FeatureStore(self.root / "features" / "train")
        groups = epoch_groups(store, 200, 1, 0)
        self.assertEqual(sorted(index for group in groups for index in group), list(range(len(store))))

    def test_a_training_that_was_stopped_ends_like_one_that_was_not(self) -> None:
        straight = self.train("straight")
        with mock.patch.object(Run, "running", mock.PropertyMock(side_effect=[True, True, False])):
            self.train("stopped")
        stopped = self.train("stopped")
        for name, value in straight.state_dict().items():
            torch.testing.assert_close(stopped.state_dict()[name], value, atol=1e-5, rtol=0)

    def train(self, name: str) -> torch.nn.Module:
        """Goes on with the training of this name, or begins it."""
        work = self.root / name
        work.mkdir(exist_ok=True)
        if not (work / "features").exists():
            (work / "features").symlink_to(self.root / "features")
        voice = Voice(work, {"id": name})
        train_acoustic(voice, ARGUMENTS)
        return load_acoustic(voice.acoustic_checkpoint)


def random_features(generator: np.random.Generator) -> Features:
    tokens = int(generator.integers(5, 12))
    durations = generator.integers(1, 9, tokens)
    frames = int(durations.sum())
    return Features(
        audio=np.zeros(frames * signal.HOP, np.int16),
        mel=generator.normal(-5, 1, (frames, signal.MELS)).astype(np.float16),
        phase=np.zeros(frames, np.float32),
        step=np.zeros(frames, np.float32),
        f0=generator.normal(5, 0.1, frames).astype(np.float32),
        voiced=generator.integers(0, 2, frames).astype(np.float32),
        ids=generator.integers(1, AcousticConfig().vocabulary, tokens).astype(np.int16),
        frames=durations.astype(np.int16),
        log_frames=np.log1p(durations).astype(np.float32),
        pitch=generator.normal(0, 1, tokens).astype(np.float32),
        energy=generator.normal(0, 1, tokens).astype(np.float32),
    )


if __name__ == "__main__":
    unittest.main()
