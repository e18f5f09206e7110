"""A LLaDA-V of random weights with the tiny twins' tokenizer, in the authors' layout; and pictures to show it."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast

from playground.catalog.records import ModelRecord
from playground.engine.local_model import LocalModel
from playground.engine.sources import load_source

PARITY = Path(__file__).parent / "data" / "parity" / "llada-v"
RECORD = ModelRecord(
    "small-v",
    "diffusion",
    "Small V",
    layout="llava-llada",
    attention="bidirectional",
    partner="twin-ar",
    context=192,
    family="these models",
)


def save(folder: Path, tokenizer_folder: Path) -> None:
    """Write the checkpoint: the shapes of the parity folder with another vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tokenizer_folder)
    tokenizer.save_pretrained(folder)
    config = json.loads((PARITY / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": len(tokenizer)}), encoding="utf-8")
    torch.manual_seed(3)
    tensors = {}
    for name, tensor in load_file(PARITY / "model.safetensors").items():
        shape = [len(tokenizer) if side == 256 else side for side in tensor.shape]
        tensors[name] = torch.ones(shape) if "norm" in name and "weight" in name else torch.randn(shape) * 0.3
    save_file(tensors, folder / "model.safetensors")


def load(folder: Path) -> LocalModel:
    return load_source(RECORD, folder, torch.device("cpu"))


def picture(size: tuple[int, int] = (80, 50), colour: object = (220, 60, 40), kind: str = "png") -> str:
    """A picture of one colour with a dark corner, as a data URL."""
    image = Image.new("RGB", size, colour)
    image.paste((20, 30, 120), (0, 0, max(1, size[0] // 2), max(1, size[1] // 3)))
    return data_url(image, kind)


def data_url(image: Image.Image, kind: str = "png", **saving: object) -> str:
    to = BytesIO()
    image.save(to, kind.upper(), **saving)
    return f"data:image/{kind};base64,{base64.b64encode(to.getvalue()).decode('ascii')}"
