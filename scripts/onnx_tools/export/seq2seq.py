"""M2M100 (also SMaLL-100) and Whisper: from a Hugging Face checkpoint to optimum's layout.

```
config.json, generation_config.json, tokenizer files      as they were in the checkpoint
onnx/encoder_model.onnx                                    (+ .onnx_data where a graph is over 2 GB)
onnx/decoder_model_merged.onnx
```
"""

from __future__ import annotations

import gc
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..checkpoint import copy_side_files, load_pretrained, read_model_type, require_files
from ..console import UsageError, VerificationError, first_line, step
from ..graph_files import share_mode
from ..samples import sources_for, whisper_frames
from ..seq2seq import DECODER, ENCODER, Encoder, MergedDecoder, SourceBatch
from .parity import require_close

if TYPE_CHECKING:
    from transformers import PreTrainedModel

GREEDY_TOKENS = 16


@dataclass(frozen=True)
class Family:
    model_type: str
    model_class: str
    task: str
    required_files: tuple[tuple[str, ...], ...]


M2M100 = Family(
    model_type="m2m_100",
    model_class="M2M100ForConditionalGeneration",
    task="text2text-generation-with-past",
    required_files=(("sentencepiece.bpe.model",), ("vocab.json",)),
)

WHISPER = Family(
    model_type="whisper",
    model_class="WhisperForConditionalGeneration",
    task="automatic-speech-recognition-with-past",
    required_files=(("tokenizer.json", "vocab.json"), ("preprocessor_config.json",)),
)


@dataclass(frozen=True)
class Reference:
    """What PyTorch computes for one batch."""

    source: SourceBatch
    hidden_states: np.ndarray
    """float32[B,S,D]"""
    tokens: np.ndarray
    """int64[B,T]: the start token and what greedy decoding makes of it"""
    logits: np.ndarray
    """float32[B,T,vocabulary] at each of these tokens"""


def export_seq2seq(family: Family, checkpoint: Path, out: Path, opset: int) -> None:
    """Exports into the empty folder `out` and verifies what it wrote.

    :raises UsageError: the checkpoint is not what the family needs
    :raises VerificationError: a graph does not compute what PyTorch computes
    """
    read_model_type(checkpoint, (family.model_type,))
    require_files(checkpoint, *family.required_files)
    with step("loading the checkpoint"):
        model = load_model(family, checkpoint)
    with step("computing the reference in PyTorch"):
        references = [compute_reference(model, source) for source in sources_for(model.config.to_dict())]
    with step("exporting (optimum)"):
        export_graphs(model, family, out, opset)
    copy_side_files(checkpoint, out)
    if not (out / "generation_config.json").exists():
        model.generation_config.save_pretrained(out)
    # PyTorch's and ONNX Runtime's copies of a large model do not fit in memory together.
    del model
    gc.collect()
    verify(out / "onnx", references)


def load_model(family: Family, checkpoint: Path) -> PreTrainedModel:
    import transformers

    model_class = getattr(transformers, family.model_class)
    try:
        config = model_class.config_class.from_pretrained(checkpoint)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{checkpoint / 'config.json'} cannot be read: {first_line(error)}") from error
    return load_pretrained(model_class, checkpoint, config)


def compute_reference(model: PreTrainedModel, source: SourceBatch) -> Reference:
    """Decodes greedily without a cache, then reads the logits of the whole result in one pass."""
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    inputs = {name: torch.from_numpy(value) for name, value in source.inputs.items()}
    mask = inputs.get("attention_mask")
    with torch.inference_mode():
        hidden_states = model.get_encoder()(**inputs).last_hidden_state
        encoded = BaseModelOutput(last_hidden_state=hidden_states)

        def read(tokens: torch.Tensor) -> torch.Tensor:
            masks = {} if mask is None else {"attention_mask": mask}
            return model(encoder_outputs=encoded, decoder_input_ids=tokens, use_cache=False, **masks).logits

        tokens = torch.full((hidden_states.shape[0], 1), model.config.decoder_start_token_id)
        for _ in range(GREEDY_TOKENS):
            tokens = torch.cat([tokens, read(tokens)[:, -1].argmax(-1, keepdim=True)], dim=1)
        logits = read(tokens)
    return Reference(source, hidden_states.numpy(), tokens.numpy(), logits.numpy())


def export_graphs(model: PreTrainedModel, family: Family, out: Path, opset: int) -> None:
    from optimum.exporters.onnx import onnx_export_from_model

    raw = out / "raw"
    # The exporter's own example is 30 s long, which is not what every Whisper reads.
    shapes = {"nb_max_frames": whisper_frames(model.config.max_source_positions)} if family is WHISPER else {}
    try:
        onnx_export_from_model(
            model,
            raw,
            task=family.task,
            monolith=False,
            do_validation=False,
            opset=opset,
            **shapes,
        )
    except Exception as error:
        raise VerificationError(f"the export failed: {first_line(error)}") from error
    target = out / "onnx"
    target.mkdir()
    for name in (ENCODER, DECODER):
        # `name.onnx` and, beside a graph over 2 GB, `name.onnx_data`, whose name the graph holds.
        for path in sorted(raw.glob(f"{name}.onnx*")):
            path.rename(target / path.name)
        share_mode(target / f"{name}.onnx")
    shutil.rmtree(raw)


def verify(folder: Path, references: list[Reference]) -> None:
    with step("verifying the encoder"):
        encoder = Encoder(folder / f"{ENCODER}.onnx")
        encoded = [encoder.encode(reference.source) for reference in references]
        del encoder
    require_close(
        "hidden states",
        [(batch.hidden_states, ref.hidden_states) for batch, ref in zip(encoded, references, strict=True)],
    )
    with step("verifying the decoder"):
        decoder = MergedDecoder(folder / f"{DECODER}.onnx")
        pairs = list(zip(encoded, references, strict=True))
        whole = [(decoder.read_whole(batch, ref.tokens), ref.logits) for batch, ref in pairs]
        cached = [(decoder.read_one_by_one(batch, ref.tokens), ref.logits) for batch, ref in pairs]
        greedy = {
            cache: [
                decoder.greedy(batch, ref.tokens[:, :1], GREEDY_TOKENS, cache=cache) for batch, ref in pairs
            ]
            for cache in (False, True)
        }
    require_close("logits, whole prefix", whole)
    require_close("logits, with the cache", cached)
    for cache, results in greedy.items():
        check_greedy(results, references, "with" if cache else "without")


def check_greedy(results: list[np.ndarray], references: list[Reference], with_or_without: str) -> None:
    title = f"greedy ids {with_or_without} the cache"
    rows = sum(len(result) for result in results)
    if not all(np.array_equal(ids, ref.tokens) for ids, ref in zip(results, references, strict=True)):
        raise VerificationError(f"{title} differ from PyTorch's")
    print(f"  {title}: equal ({rows} inputs, {GREEDY_TOKENS} tokens each)")
