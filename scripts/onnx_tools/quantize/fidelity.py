"""How much of a graph's result survives its quantisation, on the same inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checkpoint import read_json, require_files
from ..compare import argmax_agreement, cosine_similarity
from ..graph_files import ACOUSTIC, GraphFile
from ..runtime import open_session
from ..samples import mel_spectrograms, phoneme_ids, sources_for
from ..seq2seq import DECODER, ENCODER, EncodedBatch, Encoder, MergedDecoder, SourceBatch

GREEDY_TOKENS = 12


@dataclass(frozen=True)
class Fidelity:
    similarity: float
    """least cosine between a result and the float32 graph's; 0 where one is not finite"""
    same_choice: float | None = None
    """share of tokens where both decoders prefer the same id, or both voices the same duration"""


class FidelityCheck:
    """Holds the float32 graph's results, to compare one variant after another with them."""

    def __init__(self, graph: GraphFile) -> None:
        prepare: dict[str, Callable[[GraphFile], Callable[[Path], Fidelity]]] = {
            ENCODER: encoder_check,
            DECODER: decoder_check,
            ACOUSTIC: acoustic_check,
        }
        self.compare = prepare.get(graph.kind, vocoder_check)(graph)
        """Fidelity of the variant at a path."""


def sources_of(graph: GraphFile) -> list[SourceBatch]:
    return sources_for(read_json(graph.folder / "config.json"))


def encoder_check(graph: GraphFile) -> Callable[[Path], Fidelity]:
    sources = sources_of(graph)

    def results(path: Path) -> list[np.ndarray]:
        encoder = Encoder(path)
        # What stands at a padded place is never read.
        return [real_positions(encoder.encode(source)) for source in sources]

    expected = results(graph.path)
    return lambda path: Fidelity(least_similarity(results(path), expected))


def real_positions(encoded: EncodedBatch) -> np.ndarray:
    """Hidden states [positions,D] of what is not padding."""
    if encoded.attention_mask is None:
        return encoded.hidden_states
    return encoded.hidden_states[encoded.attention_mask.astype(bool)]


def decoder_check(graph: GraphFile) -> Callable[[Path], Fidelity]:
    """Both decoders read the float32 encoder's states and the float32 decoder's greedy tokens."""
    config = read_json(graph.folder / "config.json")
    encoder = Encoder(graph.path.with_name(f"{ENCODER}.onnx"))
    encoded = [encoder.encode(source) for source in sources_of(graph)]
    del encoder
    decoder = MergedDecoder(graph.path)
    tokens = []
    for batch in encoded:
        start = np.full((len(batch.hidden_states), 1), config["decoder_start_token_id"], np.int64)
        tokens.append(decoder.greedy(batch, start, GREEDY_TOKENS, cache=True))
    cases = list(zip(encoded, tokens, strict=True))
    expected = [decoder.read_whole(*case) for case in cases]
    del decoder

    def compare(path: Path) -> Fidelity:
        variant = MergedDecoder(path)
        whole = [variant.read_whole(*case) for case in cases]
        cached = [variant.read_one_by_one(*case) for case in cases]
        return Fidelity(
            similarity=min(least_similarity(whole, expected), least_similarity(cached, expected)),
            same_choice=float(
                np.mean([argmax_agreement(a, b) for a, b in zip(cached, expected, strict=True)])
            ),
        )

    return compare


def acoustic_check(graph: GraphFile) -> Callable[[Path], Fidelity]:
    """Compares mels token by token, for a token may last a frame longer in one of them."""
    require_files(graph.folder, ("tokens.txt",))
    tokens = graph.folder / "tokens.txt"
    vocabulary = 1 + max(
        int(line.rsplit(" ", 1)[-1]) for line in tokens.read_text(encoding="utf-8").splitlines()
    )
    sequences = phoneme_ids(vocabulary)

    def results(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
        session = open_session(path)
        feeds = {"speed": np.ones(1, np.float32)}
        if any(port.name == "speaker_id" for port in session.get_inputs()):
            feeds["speaker_id"] = np.zeros(1, np.int64)
        return [tuple(session.run(["mel", "durations"], {"input_ids": ids, **feeds})) for ids in sequences]

    expected = results(graph.path)

    def compare(path: Path) -> Fidelity:
        similarities, same = [], []
        for (mel, durations), (expected_mel, expected_durations) in zip(results(path), expected, strict=True):
            spoken = (durations[0] > 0) & (expected_durations[0] > 0)
            actual = mean_per_token(mel, durations)[spoken]
            similarities.append(
                cosine_similarity(actual, mean_per_token(expected_mel, expected_durations)[spoken])
            )
            same.append(durations[0] == expected_durations[0])
        return Fidelity(min(similarities), float(np.concatenate(same).mean()))

    return compare


def mean_per_token(mel: np.ndarray, durations: np.ndarray) -> np.ndarray:
    """Mel [1,mels,T] and durations [1,L] -> the mean frame of each token [L,mels], zero where it has none."""
    token_of_frame = np.repeat(np.arange(durations.shape[1]), durations[0])
    sums = np.zeros((durations.shape[1], mel.shape[1]))
    np.add.at(sums, token_of_frame, mel[0].T[: len(token_of_frame)])
    return sums / np.maximum(durations[0], 1)[:, None]


def vocoder_check(graph: GraphFile) -> Callable[[Path], Fidelity]:
    def results(path: Path) -> list[np.ndarray]:
        session = open_session(path)
        mel_bins = session.get_inputs()[0].shape[1]
        return [session.run(["audio"], {"mel": mel})[0] for mel in mel_spectrograms(mel_bins)]

    expected = results(graph.path)
    return lambda path: Fidelity(least_similarity(results(path), expected))


def least_similarity(actual: list[np.ndarray], expected: list[np.ndarray]) -> float:
    return min(cosine_similarity(a, b) for a, b in zip(actual, expected, strict=True))
