"""The formats, and how a variant of a graph is made, measured and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from ..checkpoint import copy_side_files
from ..console import VerificationError, first_line, step
from ..graph_files import GraphFile, has_constant_matmul, parts, size_bytes
from .fidelity import Fidelity, FidelityCheck
from .fp16 import convert_to_fp16
from .int8 import quantize_int8
from .weight_only import quantize_weights


@dataclass(frozen=True)
class Format:
    name: str
    suffix: str
    """what transformers.js appends to a graph's name"""
    least_similarity: float
    """cosine with the float32 graph's results below which a variant is not kept"""

    def convert(self, source: Path, target: Path) -> None:
        match self.name:
            case "int8":
                quantize_int8(source, target)
            case "int8-weights":
                quantize_weights(source, target, bits=8)
            case "int4":
                quantize_weights(source, target, bits=4)
            case "fp16":
                convert_to_fp16(source, target)

    def makes_smaller(self, graph: GraphFile) -> bool:
        """8 and 4 bits leave convolutions alone, of which a vocoder is made."""
        # The weights need not be read for that.
        return self.name == "fp16" or has_constant_matmul(onnx.load(graph.path, load_external_data=False))


FORMATS = {
    format.name: format
    for format in (
        Format("int8", "_quantized", 0.95),
        Format("int8-weights", "_int8", 0.99),
        Format("int4", "_q4", 0.9),
        Format("fp16", "_fp16", 0.999),
    )
}


@dataclass(frozen=True)
class Variant:
    format: Format
    file: Path
    """relative to the model's folder"""
    bytes_before: int
    bytes_after: int
    fidelity: Fidelity

    @property
    def accurate(self) -> bool:
        return self.fidelity.similarity >= self.format.least_similarity


def make_variant(graph: GraphFile, format: Format, staging: Path, check: FidelityCheck) -> Variant:
    """Writes the variant into the staging folder and compares it with the float32 graph.

    :raises VerificationError: it cannot be made or does not run
    """
    file = graph.name_with(format.suffix)
    target = staging / file
    target.parent.mkdir(exist_ok=True)
    with step(f"{graph.path.name} to {format.name}"):
        try:
            format.convert(graph.path, target)
            fidelity = check.compare(target)
        except Exception as error:
            raise VerificationError(f"{graph.path.name} to {format.name}: {first_line(error)}") from error
    return Variant(format, file, size_bytes(graph.path), size_bytes(target), fidelity)


def print_table(variants: Sequence[Variant]) -> None:
    width = max(len(str(variant.file)) for variant in variants)
    print(f"{'file':{width}}  {'before':>9}  {'after':>9}  similarity (at least)  same choice")
    for variant in variants:
        fidelity = variant.fidelity
        same = "" if fidelity.same_choice is None else f"{fidelity.same_choice:11.1%}"
        print(
            f"{variant.file.as_posix():{width}}  "
            f"{megabytes(variant.bytes_before)}  {megabytes(variant.bytes_after)}  "
            f"{fidelity.similarity:10.5f} ({variant.format.least_similarity:5.3f})     {same}".rstrip()
        )


def megabytes(count: int) -> str:
    return f"{count / 1e6:6.1f} MB"


def publish(variants: Sequence[Variant], staging: Path, out: Path) -> None:
    for variant in variants:
        (out / variant.file).parent.mkdir(exist_ok=True)
        for part in parts(staging / variant.file):
            part.replace(out / variant.file.parent / part.name)


def complete(source: Path, unchanged: Sequence[GraphFile], out: Path) -> None:
    """Makes a new folder a whole model: its small files, and the graphs for which there is no variant."""
    if out.resolve() != source.resolve():
        copy_side_files(source, out)
        for graph in unchanged:
            for part in parts(graph.path):
                shutil.copyfile(part, out / part.relative_to(source))
    voice = out / "voice.json"
    if voice.is_file():
        description = json.loads(voice.read_text(encoding="utf-8"))
        description["sha256"] = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("*.onnx"))
        }
        voice.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
