"""Makes a Whisper of a true size with random weights, and the token ids that transformers generates with it, for
bench/whisper-golden.ts: OUT/ctranslate2 is a folder as faster-whisper has it, OUT/rows.json holds the ids.

The vocabulary is that of a real model (a folder with its tokenizer.json of 51865 tokens); for sizes that know one
language more, it gets that token, which moves all ids after it. The weights are scaled so that the ids depend on the
audio, do not repeat themselves, and come to an end.

usage: python random-whisper.py --size turbo --tokenizer MODEL_DIR --speech DIR --out OUT [--weights float16] [--inputs 10]
then:  npm run models -- import OUT/ctranslate2 --name random-turbo --set precision=fp32
       npm run bench:whisper-golden -- --model MODELS_DIR/random-turbo --rows OUT/rows.json --speech DIR

needs: torch transformers ctranslate2 numpy; memory for the model in float32 (6.3 GB for large-v3)
"""

import argparse
import json
import pathlib
import shutil
import time
import wave

import ctranslate2
import numpy
import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

# Width, heads, encoder layers, decoder layers, mel bins, and whether Cantonese has a token.
SIZES = {
    "tiny": (384, 6, 4, 4, 80, False),
    "base": (512, 8, 6, 6, 80, False),
    "small": (768, 12, 12, 12, 80, False),
    "medium": (1024, 16, 24, 24, 80, False),
    "large-v3": (1280, 20, 32, 32, 128, True),
    "turbo": (1280, 20, 32, 4, 128, True),
}
# The gain of queries and keys makes attention choose, where it would else give the same mean of everything. The bias
# towards the end is in deviations of the logits.
ATTENTION_GAIN = 2.5
EMBEDDING_DEVIATION = 0.1
END_BIAS = 2.7
# Each input is stopped after so many.
MOST_TOKENS = 32
# The mean of GELU(x) for x from a normal distribution.
GELU_MEAN = 0.2821


def read_tokenizer(folder, with_cantonese):
    tokenizer = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
    if with_cantonese:
        added = tokenizer["added_tokens"]
        place = next(index for index, token in enumerate(added) if token["content"] == "<|su|>") + 1
        extra = {**added[place - 1], "content": "<|yue|>", "id": added[place]["id"]}
        moved = [{**token, "id": token["id"] + 1} for token in added[place:]]
        tokenizer["added_tokens"] = [*added[:place], extra, *moved]
    return tokenizer


def token_ids(tokenizer):
    added = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    return {**tokenizer["model"]["vocab"], **added}


def suppressed(folder, ids):
    """The ids that the real model suppresses, in this vocabulary."""
    names = {id: token for token, id in token_ids(read_tokenizer(folder, False)).items()}
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    return [[ids[names[id]] for id in config[key]] for key in ("suppress_ids", "suppress_ids_begin")]


def make_model(size, ids, seed):
    width, heads, encoder_layers, decoder_layers, mel_bins, _ = SIZES[size]
    config = WhisperConfig(
        vocab_size=len(ids),
        num_mel_bins=mel_bins,
        d_model=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    model = WhisperForConditionalGeneration(config).eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name == "model.encoder.embed_positions.weight":
                continue
            if name == "model.decoder.embed_tokens.weight":
                weight.normal_(0, EMBEDDING_DEVIATION)
            elif name == "model.decoder.embed_positions.weight":
                weight.normal_(0, 1)
            elif name.endswith("bias"):
                weight.normal_(0, 0.05)
            elif "layer_norm" in name:
                weight.normal_(1, 0.1)
            else:
                gain = ATTENTION_GAIN if "q_proj" in name or "k_proj" in name else 1.0
                if "out_proj" in name or "fc2" in name:
                    # Or rounding errors would grow from layer to layer, as they do not in trained models.
                    gain = (encoder_layers if "encoder.layers" in name else decoder_layers) ** -0.5
                weight.normal_(0, gain / (weight[0].numel()) ** 0.5)
        # Without it the mean of the activations, the same for every input, would win in the end.
        for layer in [*model.model.encoder.layers, *model.model.decoder.layers]:
            layer.fc2.bias.sub_(GELU_MEAN * layer.fc2.weight.sum(dim=1))
        end = model.model.decoder.embed_tokens.weight[ids["<|endoftext|>"]]
        model.model.decoder.layer_norm.bias.add_(END_BIAS * EMBEDDING_DEVIATION * width**0.5 * end / (end @ end))
    return model


class Never(LogitsProcessor):
    """Timestamps and the wish for none: an answer without timestamps has none."""

    def __init__(self, first):
        self.first = first

    def __call__(self, input_ids, scores):
        scores[:, self.first :] = -float("inf")
        return scores


def read_wav(path):
    with wave.open(str(path)) as file:
        assert file.getframerate() == 16000, f"{path} should have 16 kHz"
        data = file.readframes(file.getnframes())
    return numpy.frombuffer(data, dtype="<i2").astype(numpy.float32) / 32768


def generate_rows(model, ids, clips, language, speech):
    extract = WhisperFeatureExtractor(feature_size=model.config.num_mel_bins)
    processors = LogitsProcessorList([Never(ids["<|notimestamps|>"])])
    rows = []
    for clip in clips:
        features = extract(read_wav(clip), sampling_rate=16000, return_tensors="pt").input_features
        with torch.inference_mode():
            generated = model.generate(
                features,
                language=language,
                task="transcribe",
                do_sample=False,
                num_beams=1,
                max_new_tokens=MOST_TOKENS,
                logits_processor=processors,
            )[0].tolist()
        # Some versions of transformers leave prompt and end in.
        start = generated.index(ids["<|notimestamps|>"]) + 1 if ids["<|notimestamps|>"] in generated else 0
        tokens = [id for id in generated[start:] if id != ids["<|endoftext|>"]]
        file = str(clip.relative_to(speech))
        rows.append({"file": file, "language": language, "ids": tokens, "text": " ".join(map(str, tokens))})
        print(f"{file}: {len(tokens)} tokens: {tokens[:8]}", flush=True)
    return rows


def save(model, tokenizer, out, weights):
    source = out / "transformers"
    model.to(torch.float16 if weights == "float16" else torch.float32).save_pretrained(source)
    (source / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    (source / "tokenizer_config.json").write_text(json.dumps(settings))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", required=True, choices=SIZES)
    parser.add_argument("--tokenizer", required=True, help="folder of a multilingual faster-whisper model")
    parser.add_argument("--speech", required=True, type=pathlib.Path, help="folder of WAV files with 16 kHz")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--weights", default="float32", choices=["float16", "float32"])
    parser.add_argument("--inputs", default=10, type=int)
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--threads", default=1, type=int)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)

    tokenizer = read_tokenizer(options.tokenizer, with_cantonese=SIZES[options.size][-1])
    ids = token_ids(tokenizer)
    never, never_first = suppressed(options.tokenizer, ids)
    model = make_model(options.size, ids, options.seed)
    if options.weights == "float16":
        for weight in model.parameters():
            weight.copy_(weight.half().float())
    languages = {token: id for token, id in ids.items() if id > ids["<|startoftranscript|>"] and len(token) in (6, 7)}
    model.generation_config = GenerationConfig(
        suppress_tokens=never,
        begin_suppress_tokens=never_first,
        is_multilingual=True,
        lang_to_id={token: id for token, id in languages.items() if token.strip("<|>").isalpha()},
        task_to_id={task: ids[f"<|{task}|>"] for task in ("transcribe", "translate")},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        max_length=448,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    clips = sorted(options.speech.rglob("*.wav"))[: options.inputs]
    rows = generate_rows(model, ids, clips, "pt", options.speech)
    parameters = sum(weight.numel() for weight in model.parameters())
    print(f"{parameters / 1e6:.0f} M parameters, {time.perf_counter() - started:.0f} s for {len(rows)} inputs")
    (options.out / "rows.json").write_text(json.dumps({"mostTokens": MOST_TOKENS, "rows": rows}))

    save(model, tokenizer, options.out, options.weights)
    del model
    converter = ctranslate2.converters.TransformersConverter(
        str(options.out / "transformers"), load_as_float16=options.weights == "float16", low_cpu_mem_usage=True
    )
    converter.convert(str(options.out / "ctranslate2"), quantization=options.weights, force=True)
    shutil.rmtree(options.out / "transformers")


main()
