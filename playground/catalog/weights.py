"""The files that hold a checkpoint's weights, and the sha256 that identifies the weights.

Stock transformers knows two layouts: one ``model.safetensors``, or shards (``model-00001-of-00002.safetensors``)
listed in ``model.safetensors.index.json``. The twins are sharded because the git of Hugging Face Spaces refuses plain
files of 10 MB or more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from playground.files import pieces

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "vocab.json", "tokenizer.model")  # a folder with a tokenizer has one of them
LONGEST_HEADER = 100_000_000  # bytes; the format allows no more


def weight_files(folder: Path) -> list[Path]:
    """The files from which stock ``from_pretrained`` reads the weights, in order. Empty if one is missing.

    Raises ValueError if the index cannot be read.
    """
    files = [folder / SINGLE]
    if not files[0].is_file() and (folder / INDEX).is_file():
        try:
            names = set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{INDEX} lists no weights.") from error
        files = [folder / Path(str(name)).name for name in sorted(names)]
    return files if all(file.is_file() for file in files) else []


def has_tokenizer(folder: Path) -> bool:
    """Whether a tokenizer's files are in a folder."""
    return any((folder / name).exists() for name in TOKENIZERS)


def tensor_names(folder: Path) -> frozenset[str]:
    """The names of the tensors of a checkpoint, from the headers of its files; empty if one cannot be read."""
    try:
        return frozenset(name for file in weight_files(folder) for name in _header(file) if name != "__metadata__")
    except (OSError, ValueError, RecursionError):
        return frozenset()


def _header(file: Path) -> Mapping[str, object]:
    """The header of a safetensors file: eight bytes that tell its length, and JSON. Raises OSError or ValueError."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > LONGEST_HEADER:
            raise ValueError(f"{file.name} is no safetensors file.")
        header = json.loads(opened.read(length))
    if not isinstance(header, dict):
        raise ValueError(f"{file.name} is no safetensors file.")
    return header


def weights_sha256(files: list[Path], published: Mapping[str, str] = MappingProxyType({})) -> str:
    """The sha256, in hex, of the bytes of all files in order; for a single file this is the file's own sha256.

    published: name of a file -> the sha256 that it must have. Raises ValueError that names the first file with another
    one: a single changed byte loads without an error.
    """
    together = hashlib.sha256()
    for file in files:
        alone = hashlib.sha256()
        for piece in pieces(file):  # a shard of a large model does not fit into memory
            together.update(piece)
            if file.name in published:
                alone.update(piece)
        if published.get(file.name, alone.hexdigest()) != alone.hexdigest():
            raise ValueError(f"{file.name} is not the file that was published")
    return together.hexdigest()
