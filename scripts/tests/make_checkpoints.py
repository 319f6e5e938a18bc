"""Makes small checkpoints with random weights, one folder each, for the tests of scripts/.

usage: make_checkpoints.py DIR
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import sentencepiece
import torch
from transformers import (
    FastSpeech2ConformerConfig,
    FastSpeech2ConformerHifiGan,
    FastSpeech2ConformerHifiGanConfig,
    FastSpeech2ConformerModel,
    M2M100Config,
    M2M100ForConditionalGeneration,
    WhisperConfig,
    WhisperForConditionalGeneration,
)
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

WORDS = ["the", "cat", "dog", "train", "station", "house", "tea", "water", "sees", "takes", "drinks"]
HIFIGAN_SIZES = {
    "upsample_initial_channel": 32,
    "upsample_rates": [8, 8, 4],
    "upsample_kernel_sizes": [16, 16, 8],
    "resblock_kernel_sizes": [3, 5],
}


def make_m2m100(folder: Path) -> None:
    config = M2M100Config(
        vocab_size=160,
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_position_embeddings=128,
        decoder_start_token_id=2,
        init_std=0.2,
    )
    M2M100ForConditionalGeneration(config).save_pretrained(folder)
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "sentencepiece.bpe"),
        vocab_size=40,
        model_type="bpe",
        minloglevel=2,
    )
    corpus.unlink()
    pieces = sentencepiece.SentencePieceProcessor(str(folder / "sentencepiece.bpe.model"))
    symbols = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        *(pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size())),
    ]
    write_json(folder / "vocab.json", {symbol: i for i, symbol in enumerate(symbols)})
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    write_json(folder / "added_tokens.json", {token: len(symbols) + i for i, token in enumerate(languages)})


def make_whisper(folder: Path) -> None:
    config = WhisperConfig(
        vocab_size=200,
        num_mel_bins=80,
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_source_positions=100,
        max_target_positions=64,
        pad_token_id=1,
        bos_token_id=1,
        eos_token_id=1,
        decoder_start_token_id=2,
        suppress_tokens=None,
        begin_suppress_tokens=None,
        init_std=0.2,
    )
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    write_json(folder / "tokenizer.json", {"version": "1.0"})
    write_json(folder / "preprocessor_config.json", {"feature_size": 80, "sampling_rate": 16000})


def make_fastspeech2(folder: Path, speakers: int | None) -> None:
    config = FastSpeech2ConformerConfig(
        hidden_size=32,
        vocab_size=40,
        num_mel_bins=80,
        encoder_layers=1,
        decoder_layers=1,
        encoder_linear_units=64,
        decoder_linear_units=64,
        speech_decoder_postnet_layers=2,
        speech_decoder_postnet_units=32,
        num_speakers=speakers,
    )
    model = FastSpeech2ConformerModel(config)
    with torch.no_grad():
        # Random weights predict no duration at all; these speak four frames a token, more or less.
        model.duration_predictor.linear.bias.fill_(1.6)
        for name, parameter in model.named_parameters():
            if "pos_bias" in name:
                parameter.normal_()
    model.save_pretrained(folder)
    symbols = ["<blank>", "<unk>", *(f"P{i}" for i in range(2, 39)), "<sos/eos>"]
    write_json(folder / "vocab.json", {symbol: i for i, symbol in enumerate(symbols)})


def make_hifigan(folder: Path, original: Path) -> None:
    """The same random vocoder twice: as transformers keeps it and as the original code does (resblock 1)."""
    dilations = [[1, 3, 5], [1, 3, 5]]
    config = FastSpeech2ConformerHifiGanConfig(
        model_in_dim=80,
        resblock_dilation_sizes=dilations,
        initializer_range=0.1,
        normalize_before=False,
        **HIFIGAN_SIZES,
    )
    vocoder = FastSpeech2ConformerHifiGan(config)
    vocoder.save_pretrained(folder)
    state = {name.replace("upsampler.", "ups."): value for name, value in vocoder.state_dict().items()}
    del state["mean"], state["scale"]
    save_original(original, state, "1", dilations)


def make_hifigan_v3(folder: Path) -> None:
    """A generator of the kind of V3 (resblock 2), whose blocks have one list of convolutions."""
    channels, state = 32, {}

    def add(name: str, *shape: int) -> None:
        state[f"{name}.weight"] = torch.randn(shape) * 0.1
        state[f"{name}.bias"] = torch.zeros(shape[1] if name.startswith("ups") else shape[0])

    add("conv_pre", channels, 80, 7)
    for stage, kernel in enumerate(HIFIGAN_SIZES["upsample_kernel_sizes"]):
        add(f"ups.{stage}", channels, channels // 2, kernel)
        channels //= 2
        for block, size in enumerate(HIFIGAN_SIZES["resblock_kernel_sizes"]):
            for conv in range(2):
                add(f"resblocks.{2 * stage + block}.convs.{conv}", channels, channels, size)
    add("conv_post", 1, channels, 7)
    save_original(folder, state, "2", [[1, 2], [2, 6]])


def save_original(
    folder: Path, state: dict[str, torch.Tensor], resblock: str, dilations: list[list[int]]
) -> None:
    """Splits every weight as weight normalisation does: weight = g * v / |v|."""
    folder.mkdir()
    split = {}
    for name, value in state.items():
        if name.endswith(".weight"):
            norm = value.norm(dim=(1, 2), keepdim=True)
            split[f"{name}_g"], split[f"{name}_v"] = norm, value * 3
        else:
            split[name] = value
    torch.save({"generator": split}, folder / "generator_test")
    config = {"resblock": resblock, "resblock_dilation_sizes": dilations, "num_mels": 80, **HIFIGAN_SIZES}
    config |= {
        "sampling_rate": 22050,
        "hop_size": 256,
        "n_fft": 1024,
        "win_size": 1024,
        "fmin": 0,
        "fmax": 8000,
    }
    write_json(folder / "config.json", config)


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def main() -> None:
    torch.manual_seed(0)
    folder = Path(sys.argv[1])
    make_m2m100(folder / "m2m100")
    make_whisper(folder / "whisper")
    make_fastspeech2(folder / "fastspeech2", speakers=None)
    make_fastspeech2(folder / "fastspeech2-speakers", speakers=3)
    make_hifigan(folder / "hifigan", folder / "hifigan-original")
    make_hifigan_v3(folder / "hifigan-v3")


if __name__ == "__main__":
    main()
