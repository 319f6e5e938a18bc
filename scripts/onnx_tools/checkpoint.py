"""Reading a Hugging Face checkpoint folder: its configuration, its weights and its small files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import UsageError, first_line

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

WEIGHT_FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
SIDE_FILE_SUFFIXES = {".json", ".txt", ".model"}


def read_json(path: Path) -> dict[str, Any]:
    """:raises UsageError: the file is missing or is no JSON object"""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path.parent} has no {path.name}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {first_line(error)}") from error
    if not isinstance(value, dict):
        raise UsageError(f"{path} should hold a JSON object")
    return value


def require_folder(folder: Path, option: str) -> None:
    if not folder.is_dir():
        raise UsageError(f"{option} {folder}: no such folder")


def require_files(folder: Path, *alternatives: tuple[str, ...]) -> None:
    """Each argument is a group of files, one of which has to be there."""
    for names in alternatives:
        if not any((folder / name).is_file() for name in names):
            raise UsageError(f"{folder} has no {' or '.join(names)}")


def read_model_type(folder: Path, expected: tuple[str, ...]) -> str:
    """The architecture that config.json names.

    :raises UsageError: it is none of the expected ones
    """
    model_type = read_json(folder / "config.json").get("model_type")
    if model_type not in expected:
        wanted = " or ".join(expected)
        raise UsageError(
            f"{folder} is a checkpoint of {model_type or 'no known architecture'}, not of {wanted}"
        )
    return model_type


def load_pretrained(
    model_class: type[PreTrainedModel], folder: Path, config: PretrainedConfig
) -> PreTrainedModel:
    """Loads the weights in float32, for evaluation.

    :raises UsageError: the weights are missing, damaged, incomplete or of another shape
    """
    import torch
    from safetensors import SafetensorError

    require_files(folder, WEIGHT_FILES)
    try:
        model, info = model_class.from_pretrained(
            folder, config=config, torch_dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise UsageError(f"{folder}: the weights cannot be read: {first_line(error)}") from error
    # transformers fills weights that a checkpoint lacks with random numbers, and only warns.
    missing = sorted(info["missing_keys"])
    if missing:
        raise UsageError(f"{folder} lacks {len(missing)} weights, for example {missing[0]}")
    return model.eval()


def copy_side_files(source: Path, target: Path) -> None:
    """Copies configuration and tokenizer files: everything small beside the weights."""
    for path in sorted(source.iterdir()):
        if path.is_file() and path.suffix in SIDE_FILE_SUFFIXES and path.name not in WEIGHT_FILES:
            shutil.copyfile(path, target / path.name)
