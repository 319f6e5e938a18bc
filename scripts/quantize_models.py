#!/usr/bin/env python3
"""Makes smaller variants of exported models, and keeps them only if they still compute nearly the same."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from onnx_tools.checkpoint import require_folder
from onnx_tools.console import UsageError, VerificationError, first_line, run, step
from onnx_tools.staging import staging_inside

if TYPE_CHECKING:
    from onnx_tools.graph_files import GraphFile
    from onnx_tools.quantize.fidelity import FidelityCheck
    from onnx_tools.quantize.variants import Format

FORMAT_NAMES = ("int8", "int8-weights", "int4", "fp16")
EXAMPLES = """\
formats, with the suffixes that transformers.js gives them:
  int8          _quantized  weights and activations 8 bits, dynamic, for a CPU
  int8-weights  _int8       weights 8 bits in blocks of 32, activations float; embeddings 8 bits
  int4          _q4         weights 4 bits in blocks of 32, activations float; embeddings 8 bits
  fp16          _fp16       16-bit floats inside, 32-bit floats at the ports, for a GPU
All but fp16 leave a graph without matrix products (HiFi-GAN) as it is.

examples:
  quantize_models.py --in models/m2m100-418m --format int8 fp16
  quantize_models.py --in models/ljspeech --out models/ljspeech-fp16 --format fp16

exit codes: 0 everything was made and kept, 1 a format changed the results too much (it is not kept),
2 the command cannot be done as asked
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--in",
        dest="source",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of an exported float32 model",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder to write to (default: beside the originals)"
    )
    parser.add_argument(
        "--format",
        nargs="+",
        choices=FORMAT_NAMES,
        required=True,
        metavar="FORMAT",
        help=", ".join(FORMAT_NAMES),
    )
    parser.add_argument("--force", action="store_true", help="replace variants that exist already")
    parser.add_argument(
        "--keep-inaccurate", action="store_true", help="keep what changes the results too much, too"
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    source, out = arguments.source, arguments.out or arguments.source
    require_folder(source, "--in")
    # Only now: ONNX Runtime takes a second to load, a wrong path should not.
    from onnx_tools.graph_files import find_graphs
    from onnx_tools.quantize.variants import FORMATS

    graphs = find_graphs(source)
    formats = [FORMATS[name] for name in dict.fromkeys(arguments.format)]
    if not arguments.force:
        refuse_existing(graphs, formats, out)
    with staging_inside(out) as staging:
        quantize(graphs, formats, staging, out, keep_inaccurate=arguments.keep_inaccurate)


def refuse_existing(graphs: list[GraphFile], formats: list[Format], out: Path) -> None:
    for graph in graphs:
        for format in formats:
            path = out / graph.name_with(format.suffix)
            if path.exists():
                raise UsageError(f"{path} exists already: give --force to replace it")


def quantize(
    graphs: list[GraphFile], formats: list[Format], staging: Path, out: Path, *, keep_inaccurate: bool
) -> None:
    """Makes every format of every graph; keeps a format for all graphs of the model or for none.

    :raises VerificationError: a format was not kept
    """
    from onnx_tools.quantize.variants import complete, make_variant, print_table, publish

    variants = []
    for graph in graphs:
        smaller, check = examine(graph, formats)
        for format in formats:
            if format not in smaller:
                print(f"{graph.path.name} has no matrix products: {format.name} leaves it as it is")
        variants += [make_variant(graph, format, staging, check) for format in smaller]
    if not variants:
        raise UsageError("nothing to do: no graph has matrix products (only fp16 makes these smaller)")
    print_table(variants)
    refused = {variant.format.name for variant in variants if not variant.accurate and not keep_inaccurate}
    kept = [variant for variant in variants if variant.format.name not in refused]
    publish(kept, staging, out)
    if kept:
        made = {variant.file for variant in kept}
        unchanged = [g for g in graphs if not made & {g.name_with(format.suffix) for format in formats}]
        complete(graphs[0].folder, unchanged, out)
    if refused:
        raise VerificationError(
            f"not kept, for the results are too far from the original's: {', '.join(sorted(refused))} "
            "(--keep-inaccurate keeps it all the same)"
        )


def examine(graph: GraphFile, formats: list[Format]) -> tuple[list[Format], FidelityCheck]:
    """The formats that make the graph smaller, and its own results to compare theirs with.

    :raises UsageError: the graph is damaged, or is not what its name says
    """
    from onnx_tools.quantize.fidelity import FidelityCheck

    try:
        with step(f"{graph.path.name} in float32"):
            return [format for format in formats if format.makes_smaller(graph)], FidelityCheck(graph)
    except UsageError:
        raise
    # ONNX Runtime's errors have no class in common.
    except Exception as error:
        raise UsageError(f"{graph.path} does not run: {first_line(error)}") from error


if __name__ == "__main__":
    run(main)
