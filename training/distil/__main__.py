"""Every step from sentences to a voice, one command each: python -m distil STEP voices/NAME.json"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .node_programs import DEFAULT_BUILD
from .voice import Voice

DEFAULT_TEACHER = Path.home() / ".cache" / "voxbridge" / "kokoro-teacher"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m distil", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("voice", type=Path, help="the voice to make, a file of voices/")
    common.add_argument("--work", type=Path, metavar="DIR", help="work folder (default work/VOICE here)")

    def add(step: str, text: str) -> argparse.ArgumentParser:
        return steps.add_parser(
            step,
            parents=[common],
            help=text,
            description=text,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def add_build(step: argparse.ArgumentParser) -> None:
        step.add_argument(
            "--build", type=Path, default=DEFAULT_BUILD, metavar="DIR", help="compiled programs of Node"
        )

    def add_teacher(step: argparse.ArgumentParser) -> None:
        step.add_argument(
            "--teacher", type=Path, default=DEFAULT_TEACHER, metavar="DIR", help="folder of the teacher"
        )

    def add_training(
        step: argparse.ArgumentParser, *, steps: int, learning_rate: float, minutes_between: float
    ) -> None:
        step.add_argument("--steps", type=int, default=steps, help="when training is finished")
        step.add_argument("--minutes", type=float, help="stop earlier, to go on another time")
        step.add_argument("--learning-rate", type=float, default=learning_rate)
        step.add_argument("--device", default="auto", help="cpu, cuda, or auto")
        step.add_argument("--threads", type=int, default=os.cpu_count(), help="of PyTorch on a CPU")
        step.add_argument("--seed", type=int, default=1)
        step.add_argument("--checkpoint-minutes", type=float, default=minutes_between)
        step.add_argument("--restart", action="store_true", help="forget the state of an earlier run")

    add_build(add("translate", "translate sentences of another language"))
    split = add("text", "normalise, take out duplicates, split into training, validation and test")
    split.add_argument("--seed", type=int, default=1)
    split.add_argument("--valid", type=int, default=60, help="sentences to validate with")
    split.add_argument("--test", type=int, default=100, help="sentences to judge by")
    add_build(add("phonemes", "turn sentences into token ids"))
    dump = add("dump", "let the teacher speak everything")
    add_teacher(dump)
    dump.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of one thread each")
    dump.add_argument("--minutes", type=float, help="stop after so long, to go on another time")
    add("features", "compute what the networks learn from")

    acoustic = add("acoustic", "train the acoustic model")
    add_training(acoustic, steps=14_000, learning_rate=1.2e-3, minutes_between=5)
    acoustic.add_argument("--batch-frames", type=int, default=2600, help="mel frames of a batch")
    vocoder = add("vocoder", "train the vocoder")
    add_training(vocoder, steps=20_000, learning_rate=1e-3, minutes_between=5)
    vocoder.add_argument("--batch-clips", type=int, default=12, help="stretches of a batch")
    vocoder.add_argument("--stretch-frames", type=int, default=64, help="mel frames of a stretch")
    vocoder.add_argument(
        "--adversarial-from", type=int, metavar="STEP", help="judge by a discriminator from this step on"
    )
    add_build(add("export", "write acoustic.onnx, vocoder.onnx, tokens.txt, voice.json and verify them"))
    evaluate = add("evaluate", "speak the test, let Whisper write it down, measure")
    add_build(evaluate)
    evaluate.add_argument("--dnsmos", type=Path, metavar="FILE", help="sig_bak_ovr.onnx of DNSMOS")
    evaluate.add_argument("--hifigan", type=Path, metavar="FILE", help="a HiFi-GAN to compare with")
    evaluate.add_argument("--whisper", type=Path, metavar="DIR", help="folder of an imported Whisper")
    evaluate.add_argument("--limit", type=int, help="number of sentences")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    voice = Voice.load(arguments.voice, arguments.work)
    # Each step imports only what it needs: the processes of the dump do without PyTorch.
    match arguments.step:
        case "translate":
            from .text import translate

            translate(voice, arguments.build)
        case "text":
            from .text import split

            split(voice, seed=arguments.seed, valid=arguments.valid, test=arguments.test)
        case "phonemes":
            from .phonemes import phonemise

            phonemise(voice, arguments.build)
        case "dump":
            from .dump import dump

            dump(voice, arguments.teacher, workers=arguments.workers, minutes=arguments.minutes)
        case "features":
            from .features import make_features

            make_features(voice)
        case "acoustic":
            from .train_acoustic import train_acoustic

            train_acoustic(voice, arguments)
        case "vocoder":
            from .train_vocoder import train_vocoder

            train_vocoder(voice, arguments)
        case "export":
            from .export import export

            export(voice, arguments.build)
        case "evaluate":
            from .evaluate import evaluate

            evaluate(voice, arguments)


if __name__ == "__main__":
    main()
