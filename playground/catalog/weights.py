"""Which files hold a checkpoint's weights, and the one sha256 that names them.

Two layouts of stock transformers: one ``model.safetensors``, or shards (``model-00001-of-00002.safetensors``) that
``model.safetensors.index.json`` lists. Spaces' git takes no plain file of 10 MB or more, hence the shards.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def weight_files(folder: Path) -> list[Path]:
    """The files that stock ``from_pretrained`` reads the weights from, in order; empty where one is missing.

    Raises ValueError where the index cannot be read.
    """
    files = [folder / SINGLE]
    if not files[0].is_file() and (folder / INDEX).is_file():
        try:
            names = set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{INDEX} lists no weights.") from error
        files = [folder / Path(str(name)).name for name in sorted(names)]
    return files if all(file.is_file() for file in files) else []


def weights_sha256(files: list[Path]) -> str:
    """sha256 in hex of the files' bytes one after the other: for a single file, its own."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
