"""python -m unittest discover --start-directory scripts/tests --top-level-directory scripts"""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from onnx_tools.compare import cosine_similarity, max_difference
from onnx_tools.console import UsageError, VerificationError, silence_libraries
from onnx_tools.export import hifigan, parity
from onnx_tools.export.fastspeech2 import repeat_tokens
from onnx_tools.graph_files import find_graphs
from onnx_tools.quantize.fp16 import convert_to_fp16
from onnx_tools.runtime import open_session
from onnx_tools.staging import staged_folder, staging_inside
from onnx_tools.tensorrt.engines import Profile, compare_providers, open_provider_session
from onnx_tools.tensorrt.shapes import AxisRanges, Range, as_profile, make_feeds

from .make_checkpoints import make_hifigan

CPU = ["CPUExecutionProvider"]
RANGES = AxisRanges(
    batch=Range(1, 1, 2),
    source=Range(2, 4, 8),
    past=Range(1, 3, 8),
    tokens=Range(1, 4, 8),
    frames=Range(4, 8, 16),
)


class FolderTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        silence_libraries()


class StagingTest(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.source = self.folder / "source"
        self.source.mkdir()
        self.out = self.folder / "out"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_a_failure_leaves_nothing_behind(self) -> None:
        with (
            self.assertRaises(VerificationError),
            staged_folder(self.out, self.source, force=False) as staging,
        ):
            (staging / "model.onnx").touch()
            raise VerificationError("wrong")
        self.assertEqual(self.names(), ["source"])
        with self.assertRaises(VerificationError), staging_inside(self.out) as new:
            (new / "model.onnx").touch()
            raise VerificationError("wrong")
        self.assertEqual(self.names(), ["source"])

    def test_a_failure_leaves_the_old_model(self) -> None:
        self.out.mkdir()
        (self.out / "old.onnx").touch()
        with self.assertRaises(VerificationError), staged_folder(self.out, self.source, force=True):
            raise VerificationError("wrong")
        self.assertTrue((self.out / "old.onnx").exists())
        with staged_folder(self.out, self.source, force=True) as new:
            (new / "new.onnx").touch()
        self.assertEqual([path.name for path in self.out.iterdir()], ["new.onnx"])

    def test_force_replaces_models_only(self) -> None:
        self.out.mkdir()
        (self.out / "letters.txt").touch()
        with self.assertRaisesRegex(UsageError, "force"), staged_folder(self.out, self.source, force=True):
            pass

    def test_the_checkpoint_is_never_replaced(self) -> None:
        for out in (self.source, self.folder):
            with self.assertRaisesRegex(UsageError, "replace"), staged_folder(out, self.source, force=True):
                pass


class CompareTest(unittest.TestCase):
    def test_what_is_not_comparable_is_not_alike(self) -> None:
        ones = np.ones(3, np.float32)
        for other in (np.ones(4, np.float32), np.array([1, np.nan, 1], np.float32)):
            self.assertEqual(max_difference(other, ones), float("inf"))
            self.assertEqual(cosine_similarity(other, ones), 0.0)
        self.assertEqual(max_difference(ones, ones), 0.0)
        self.assertAlmostEqual(cosine_similarity(2 * ones, ones), 1.0)

    def test_a_difference_over_the_tolerance_is_refused(self) -> None:
        expected = np.zeros(3, np.float32)
        with self.assertRaisesRegex(VerificationError, r"audio: differs from PyTorch by 2\.0e-03"):
            parity.require_close("audio", [(expected, expected), (expected + 2e-3, expected)])


class HifiganTest(FolderTest):
    def test_both_kinds_of_checkpoint_are_the_same_vocoder(self) -> None:
        make_hifigan(self.folder / "transformers", self.folder / "original")
        mel = torch.randn(1, 80, 30)
        with torch.inference_mode():
            ours = hifigan.load_vocoder(self.folder / "original").module(mel)
            theirs = hifigan.load_vocoder(self.folder / "transformers").module(mel)
        self.assertLess((ours - theirs).abs().max().item(), 1e-5)


class CrookedVocoder(torch.nn.Module):
    """Depends on its input in a way that tracing cannot see."""

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        audio = mel[:, :1].repeat_interleave(2, dim=2)
        return 2 * audio if mel.shape[2] > 50 else audio


class VerificationTest(FolderTest):
    def test_an_export_that_computes_something_else_is_refused(self) -> None:
        info = hifigan.VocoderInfo(sample_rate=16000, hop_length=2, n_mels=80)
        with self.assertRaisesRegex(VerificationError, "audio: differs from PyTorch"):
            hifigan.export_hifigan(hifigan.Vocoder(CrookedVocoder(), info), self.folder, opset=18)


class LengthRegulatorTest(unittest.TestCase):
    def test_tokens_are_repeated_and_left_out(self) -> None:
        hidden = torch.arange(4.0).reshape(1, 4, 1)
        repeated = repeat_tokens(hidden, torch.tensor([[2, 0, 3, 1]]))
        self.assertEqual(repeated.flatten().tolist(), [0, 0, 2, 2, 2, 3])


def branch(name: str, *nodes: onnx.NodeProto) -> onnx.GraphProto:
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])
    return helper.make_graph(list(nodes), name, [], [result])


def save_conditional(path: Path) -> None:
    """y = 2x or x + 1, in branches that name their results like the graph, as optimum's decoders do."""
    then_branch = branch("then", helper.make_node("Mul", ["x", "two"], ["y"]))
    else_branch = branch("else", helper.make_node("Add", ["x", "one"], ["y"]))
    node = helper.make_node("If", ["condition"], ["y"], then_branch=then_branch, else_branch=else_branch)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["frames"]),
        helper.make_tensor_value_info("condition", TensorProto.BOOL, [1]),
    ]
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in (("one", 1), ("two", 2))
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])]
    graph = helper.make_graph([node], "conditional", inputs, outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


class Fp16Test(FolderTest):
    def test_ports_stay_float_where_branches_use_the_same_names(self) -> None:
        source, target = self.folder / "a.onnx", self.folder / "b.onnx"
        save_conditional(source)
        convert_to_fp16(source, target)
        session = open_session(target)
        x = np.array([1, 2, 3], np.float32)
        for condition, expected in ((True, 2 * x), (False, x + 1)):
            (y,) = session.run(None, {"x": x, "condition": np.array([condition])})
            self.assertEqual(y.dtype, np.float32)
            self.assertEqual(y.tolist(), expected.tolist())


class TensorrtTest(FolderTest):
    """Everything but TensorRT itself, by way of the CPU provider."""

    def make_profile(self, path: Path) -> Profile:
        make_hifigan(self.folder / "transformers", self.folder / "original")
        hifigan.export_hifigan(hifigan.load_vocoder(self.folder / "original"), self.folder, opset=18)
        session = open_session(path)
        points = Profile.__dataclass_fields__
        return Profile(**{point: make_feeds(session, RANGES.at(point, None), 10) for point in points})

    def test_two_providers_are_compared(self) -> None:
        path = self.folder / "vocoder.onnx"
        profile = self.make_profile(path)
        self.assertEqual([as_profile(feeds) for feeds in profile.all], [f"mel:1x80x{n}" for n in (4, 8, 16)])
        comparison = compare_providers(path, profile, CPU, CPU, runs=3, traces=self.folder)
        self.assertAlmostEqual(comparison.similarity, 1.0, places=5)
        self.assertEqual(comparison.share_in_target, 1.0)
        self.assertGreater(comparison.target_ms, 0)

    def test_a_provider_that_does_not_load_is_told(self) -> None:
        path = self.folder / "a.onnx"
        save_conditional(path)
        with self.assertRaisesRegex(UsageError, "TensorrtExecutionProvider did not load"):
            open_provider_session(path, ["TensorrtExecutionProvider", *CPU])

    def test_axes_get_their_sizes(self) -> None:
        sizes = RANGES.at("greatest", source_positions=1500)
        self.assertEqual(sizes["encoder_sequence_length"], 1500)
        self.assertEqual(sizes["past_decoder_sequence_length"], 8)
        for text in ("1:2", "3:2:1", "0:1:2", "a:b:c"):
            with self.assertRaises(ValueError):
                Range.parse(text)


class GraphFilesTest(FolderTest):
    def test_half_a_model_is_refused(self) -> None:
        with self.assertRaisesRegex(UsageError, "holds no"):
            find_graphs(self.folder)
        (self.folder / "encoder_model.onnx").touch()
        with self.assertRaisesRegex(UsageError, "both"):
            find_graphs(self.folder)


if __name__ == "__main__":
    unittest.main()
