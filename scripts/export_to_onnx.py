#!/usr/bin/env python3
"""Exports PyTorch checkpoints to the ONNX files that Voxbridge reads, if these compute the same."""

from __future__ import annotations

import argparse
from pathlib import Path

from onnx_tools.checkpoint import require_folder
from onnx_tools.console import UsageError, run
from onnx_tools.staging import staged_folder

EXAMPLES = """\
examples:
  export_to_onnx.py m2m100 --checkpoint m2m100_418M --out models/m2m100-418m
  export_to_onnx.py whisper --checkpoint whisper-small-pt --out models/whisper-small-pt
  export_to_onnx.py fastspeech2 --checkpoint fastspeech2_conformer --vocoder fastspeech2_conformer_hifigan \\
      --out models/ljspeech --language en
  export_to_onnx.py hifigan --checkpoint UNIVERSAL_V1 --out models/hifigan-v1

exit codes: 0 exported and verified, 1 the export does not compute what PyTorch computes (nothing is kept),
2 the command cannot be done as asked
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--checkpoint", type=Path, required=True, metavar="DIR", help="folder of the checkpoint"
    )
    common.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    common.add_argument("--opset", type=int, default=18, help="ONNX operator set (default %(default)s)")
    common.add_argument("--force", action="store_true", help="replace an exported model in --out")

    def add(kind: str, text: str) -> argparse.ArgumentParser:
        return kinds.add_parser(
            kind,
            parents=[common],
            help=text,
            description=text,
            epilog=EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    add("m2m100", "M2M100 or SMaLL-100 (Hugging Face): encoder and merged decoder in optimum's layout")
    add("whisper", "Whisper (Hugging Face): encoder and merged decoder in optimum's layout")
    add(
        "hifigan", "HiFi-GAN (transformers, or the original generator V1, V2, V3): vocoder.onnx, vocoder.json"
    )
    add_voice_arguments(
        add("fastspeech2", "FastSpeech2Conformer (transformers): acoustic.onnx, tokens.txt, voice.json")
    )
    return parser.parse_args()


def add_voice_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vocoder", type=Path, metavar="DIR", help="HiFi-GAN checkpoint to put beside it")
    voice = parser.add_argument_group(
        "what the checkpoint does not tell (defaults: ESPnet's LJSpeech recipe)"
    )
    voice.add_argument("--language", default="en", help="language of the voice (default %(default)s)")
    voice.add_argument(
        "--phonemizer",
        default="g2p_en",
        help="what makes its symbols, e.g. espeak:pt-br (default %(default)s)",
    )
    voice.add_argument("--license", dest="licence", help="licence of the weights, e.g. MIT")
    voice.add_argument("--sample-rate", type=int, default=22050, metavar="HZ")
    voice.add_argument("--hop-length", type=int, default=256, metavar="SAMPLES")
    voice.add_argument("--n-fft", type=int, default=1024, metavar="SAMPLES")
    voice.add_argument("--win-length", type=int, default=1024, metavar="SAMPLES")
    voice.add_argument("--fmin", type=float, default=80, metavar="HZ")
    voice.add_argument("--fmax", type=float, default=7600, metavar="HZ")
    voice.add_argument("--log", choices=("ln", "log10"), default="log10", help="logarithm of the mels")


def export(arguments: argparse.Namespace, out: Path) -> None:
    """Imports what the kind needs only here: PyTorch takes seconds to load, a wrong path should not."""
    checkpoint, opset = arguments.checkpoint, arguments.opset
    if arguments.kind == "m2m100":
        from onnx_tools.export.seq2seq import M2M100, export_seq2seq

        export_seq2seq(M2M100, checkpoint, out, opset)
    elif arguments.kind == "whisper":
        from onnx_tools.export.seq2seq import WHISPER, export_seq2seq

        export_seq2seq(WHISPER, checkpoint, out, opset)
    elif arguments.kind == "hifigan":
        from onnx_tools.export.hifigan import export_hifigan, load_vocoder

        export_hifigan(load_vocoder(checkpoint), out, opset)
    else:
        from onnx_tools.export.fastspeech2 import VoiceOptions, export_fastspeech2

        options = VoiceOptions(
            **{name: getattr(arguments, name) for name in VoiceOptions.__dataclass_fields__},
        )
        export_fastspeech2(checkpoint, arguments.vocoder, out, opset, options)


def main() -> None:
    arguments = parse_arguments()
    require_folder(arguments.checkpoint, "--checkpoint")
    if getattr(arguments, "vocoder", None) is not None:
        require_folder(arguments.vocoder, "--vocoder")
    # Below 17 there is no LayerNormalization; above 21 the exporters of today write what they do not know.
    if not 17 <= arguments.opset <= 21:
        raise UsageError(f"--opset {arguments.opset}: give one from 17 to 21")
    with staged_folder(arguments.out, arguments.checkpoint, force=arguments.force) as out:
        export(arguments, out)
    print(f"verified and kept: {arguments.out}")


if __name__ == "__main__":
    run(main)
