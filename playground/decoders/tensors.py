"""Reads a checkpoint's tensors under the names of its stock class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from playground.catalog.layouts import Layout


class Unreadable(Exception):
    """A file that cannot be read. The message names the file and what is wrong with it, without its folder."""


def read_tensors(files: Sequence[Path], layout: Layout, config: Any) -> dict[str, torch.Tensor]:
    """The tensors of all files by their stock names. config: of the stock class, for the sizes of split tensors.

    The tensors are views of the mapped files, so this reads little. Raises Unreadable.
    """
    tensors: dict[str, torch.Tensor] = {}
    for file in files:
        for name, tensor in _content(file).items():
            for stock, part in _parts(layout.renamed(name), tensor, layout, config):
                if stock in tensors:
                    raise Unreadable(f"{file.name} holds the tensor {name}, which another one is too")
                tensors[stock] = part
    _check_tied(tensors, config)
    return tensors


def _check_tied(tensors: dict[str, torch.Tensor], config: Any) -> None:
    """A head that is tied to the embeddings may be stored as well, and must then be equal to them."""
    head, embeddings = tensors.get("lm_head.weight"), tensors.get("model.embed_tokens.weight")
    if getattr(config, "tie_word_embeddings", False) and head is not None and embeddings is not None:
        if not torch.equal(head, embeddings):
            raise Unreadable("lm_head.weight differs from the embeddings, to which config.json ties it")
        del tensors["lm_head.weight"]


def _content(file: Path) -> Mapping[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise Unreadable(f"{file.name} is cut short or damaged ({type(error).__name__})") from error


def _parts(name: str, tensor: torch.Tensor, layout: Layout, config: Any) -> list[tuple[str, torch.Tensor]]:
    """The tensor, or the parts into which its rows are split: query, key and value, in this order."""
    for fused, parts in layout.split.items():
        if fused in name:
            rows = _query_key_value(config)
            if sum(rows) != tensor.shape[0]:
                raise Unreadable(f"the tensor {name} has {tensor.shape[0]} rows where config.json asks for {sum(rows)}")
            return [(name.replace(fused, part), piece) for part, piece in zip(parts, tensor.split(rows))]
    return [(name, tensor)]


def _query_key_value(config: Any) -> list[int]:
    heads, kv = config.num_attention_heads, config.num_key_value_heads
    dim = getattr(config, "head_dim", None) or config.hidden_size // heads
    return [heads * dim, kv * dim, kv * dim]
