#!/usr/bin/env python3
"""Builds TensorRT engines for exported models into a cache, and measures them against CUDA."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from onnx_tools.checkpoint import read_json, require_folder
from onnx_tools.console import UsageError, VerificationError, first_line, run
from onnx_tools.staging import staging_inside

if TYPE_CHECKING:
    from onnx_tools.graph_files import GraphFile
    from onnx_tools.tensorrt.engines import Comparison, Profile
    from onnx_tools.tensorrt.shapes import AxisRanges

LEAST_SIMILARITY = {"fp16": 0.999, "fp32": 0.9999}
EXAMPLES = """\
Sizes are MIN:USUAL:MAX: an engine serves what lies between, and is fastest at USUAL. It fits the kind of GPU,
the driver and the TensorRT release it was built with. The server (TTS_RUNTIME=trt) looks for engines in
MODELS_DIR/.tensorrt by the name of the graph's file; what it does not find, it builds when it starts.

examples:
  convert_to_tensorrt.py --in models/ljspeech --cache ~/.cache/voxbridge/.tensorrt --frames 8:64:512
  convert_to_tensorrt.py --in models/m2m100-418m --cache engines --batch 1:1:8 --source 2:16:128

exit codes: 0 engines built and verified, 1 they do not compute what CUDA computes (nothing is kept),
2 there is no GPU, or no TensorRT, or the command cannot be done as asked
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--in", dest="model", type=Path, required=True, metavar="DIR", help="folder of an exported model"
    )
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="folder for the engines")
    parser.add_argument("--precision", choices=LEAST_SIMILARITY, default="fp16", help="default %(default)s")
    parser.add_argument("--device", type=int, default=0, help="index of the GPU (default %(default)s)")
    parser.add_argument("--runs", type=int, default=50, help="runs to measure (default %(default)s)")
    sizes = parser.add_argument_group("sizes, MIN:USUAL:MAX")
    for name, default, text in (
        ("batch", "1:1:8", "utterances at once"),
        ("source", "2:16:128", "ids of a sentence to translate"),
        ("past", "1:16:200", "tokens in a decoder's cache"),
        ("tokens", "2:24:200", "phonemes of a clause"),
        ("frames", "8:64:512", "mel frames in a vocoder's chunk"),
    ):
        sizes.add_argument(
            f"--{name}", default=default, metavar="SIZES", help=f"{text} (default %(default)s)"
        )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    require_folder(arguments.model, "--in")
    from onnx_tools.graph_files import find_graphs
    from onnx_tools.tensorrt.environment import what_is_missing

    graphs = find_graphs(arguments.model)
    ranges = parse_ranges(arguments)
    missing = what_is_missing()
    if missing:
        raise UsageError("; ".join(missing))
    with staging_inside(arguments.cache) as staging:
        convert(graphs, ranges, staging, arguments)
        for path in staging.iterdir():
            path.replace(arguments.cache / path.name)
    print(f"verified and kept in {arguments.cache}")


def parse_ranges(arguments: argparse.Namespace) -> AxisRanges:
    from onnx_tools.tensorrt.shapes import AxisRanges, Range

    parsed = {}
    for name in AxisRanges.__dataclass_fields__:
        text = getattr(arguments, name)
        try:
            parsed[name] = Range.parse(text)
        except ValueError:
            raise UsageError(
                f"--{name} {text}: give MIN:USUAL:MAX in ascending order, e.g. 1:16:128"
            ) from None
    return AxisRanges(**parsed)


def convert(graphs: list[GraphFile], ranges: AxisRanges, cache: Path, arguments: argparse.Namespace) -> None:
    """:raises VerificationError: an engine does not compute what CUDA computes"""
    from onnx_tools.tensorrt.engines import compare_providers, cuda_provider, tensorrt_provider

    fp16 = arguments.precision == "fp16"
    cuda = cuda_provider(arguments.device)
    comparisons = []
    for graph in graphs:
        profile = make_profile(graph, ranges)
        providers = [tensorrt_provider(cache, profile, fp16=fp16, device=arguments.device), cuda]
        try:
            comparison = compare_providers(
                graph.path, profile, providers, [cuda], runs=arguments.runs, traces=cache
            )
        except UsageError:
            raise
        # ONNX Runtime's errors have no class in common.
        except Exception as error:
            raise VerificationError(f"{graph.path.name}: {first_line(error)}") from error
        comparisons.append(comparison)
    print_table(comparisons)
    least = LEAST_SIMILARITY[arguments.precision]
    wrong = [comparison.file for comparison in comparisons if not comparison.similarity >= least]
    if wrong:
        raise VerificationError(f"similarity to CUDA under {least}: {', '.join(wrong)}; try --precision fp32")


def make_profile(graph: GraphFile, ranges: AxisRanges) -> Profile:
    from onnx_tools.runtime import open_session
    from onnx_tools.tensorrt.engines import Profile
    from onnx_tools.tensorrt.shapes import make_feeds

    config = {} if graph.kind in ("acoustic", "vocoder") else read_json(graph.folder / "config.json")
    positions = config.get("max_source_positions") if config.get("model_type") == "whisper" else None
    vocabulary = config.get("vocab_size") or count_tokens(graph.folder)
    session = open_session(graph.path)
    return Profile(
        **{
            point: make_feeds(session, ranges.at(point, positions), vocabulary)
            for point in Profile.__dataclass_fields__
        }
    )


def count_tokens(folder: Path) -> int:
    tokens = folder / "tokens.txt"
    return len(tokens.read_text(encoding="utf-8").splitlines()) if tokens.is_file() else 2


def print_table(comparisons: list[Comparison]) -> None:
    width = max(len(comparison.file) for comparison in comparisons)
    print(f"{'graph':{width}}  build s  cached s  CUDA ms  TensorRT ms  similarity  time in TensorRT")
    for row in comparisons:
        print(
            f"{row.file:{width}}  {row.build_s:7.1f}  {row.from_cache_s:8.1f}  {row.baseline_ms:7.2f}  "
            f"{row.target_ms:11.2f}  {row.similarity:10.5f}  {row.share_in_target:16.0%}"
        )


if __name__ == "__main__":
    run(main)
