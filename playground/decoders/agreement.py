"""Compares a loaded model with logits that other code computed from the same files, kept in an .npz.

The arrays are pairs: ``input_ids`` with ``logits``, ``input_ids_2`` with ``logits_2``, and so on. Words in the name of an
array of logits say how it is read::

    logits_shifted         as the model's sampler reads them: the prediction for a position from one position before it
    logits_block_causal    under the mask of a block-causal model, from the same weights
    logits_cached_...      one block or more, as they are while they are open, after a cache of those before them

Pictures are ``pixel_values`` and ``image_size_wh``. ``block_size`` tells the length of a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from playground.catalog.config_json import BLOCKS, is_number
from playground.catalog.records import ModelRecord
from playground.decoders.decoder import Decoder
from playground.decoders.seeing import SeeingDecoder
from playground.decoders.sight import sight_of

TOLERANCE = 1e-4  # of logits, in float32
DRAFTS = 2  # draft passes per block that are taken back
INPUT, PIXELS, SIZE = "input_ids", "pixel_values", "image_size_wh"
IMAGE = -200  # the id that stands for a picture in the authors' files


@dataclass(frozen=True)
class Difference:
    """The largest difference between our logits and the expected ones."""

    name: str  # of the array, and the way that we computed it
    value: float  # NaN if we computed no number
    largest: float  # of the expected logits

    @property
    def fits(self) -> bool:
        return self.value <= TOLERANCE  # so that NaN does not fit


class Unusable(ValueError):
    """Arrays that nothing can be compared with. The message says why, in a sentence."""


def check_arrays(arrays: Mapping[str, np.ndarray], vocabulary: int) -> None:
    """Raise Unusable unless ids, logits and lengths of blocks have the form that ``differences`` needs. vocabulary: width
    of the model's logits; a picture's id may stand outside of it where the arrays hold its pixels."""
    for name, array in arrays.items():
        if name.startswith(INPUT):
            pictures = PIXELS + name.removeprefix(INPUT) in arrays
            _check_ids(name, array, vocabulary, IMAGE if pictures else None)
        elif name.startswith("logits") and (array.ndim != 3 or array.dtype.kind not in "fiu"):
            raise Unusable(f"{name} must hold numbers, as rows by positions by vocabulary.")
        elif name in BLOCKS and (array.size != 1 or array.dtype.kind not in "iu" or array.item() < 1):
            raise Unusable(f"{name} must hold one whole number from 1 up.")


def _check_ids(name: str, ids: np.ndarray, vocabulary: int, picture: int | None) -> None:
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or not ids.size:
        raise Unusable(f"{name} must hold token ids, as rows by positions.")
    wrong = ids[((ids < 0) | (ids >= vocabulary)) & (ids != picture)]
    if wrong.size:
        raise Unusable(
            f"{name} holds the id {wrong[0]}, and the model has ids from 0 to {vocabulary - 1}. Compare with logits of this "
            "model."
        )


def block_size(record: ModelRecord, arrays: Mapping[str, np.ndarray], raw: Mapping[str, Any]) -> int | None:
    """The length of a block: as the arrays say, else config.json, else the record. None without blocks."""
    if record.block is None:
        return None
    told = [int(arrays[name].item()) for name in BLOCKS if name in arrays]
    told += [int(raw[name]) for name in BLOCKS if is_number(raw.get(name))]
    return (*told, record.block)[0]


class Grid(Protocol):
    """The blocks of the sampler (samplers/diffusion/block_grid.py)."""

    @property
    def size(self) -> int:
        """Positions of a block."""

    def seen(self, at: torch.Tensor, keys: int) -> torch.Tensor:
        """Which of the first ``keys`` positions finished positions ``at`` see, bool [n, keys]."""


@torch.inference_mode()
def differences(
    decoder: Decoder, record: ModelRecord, arrays: Mapping[str, np.ndarray], grid: Grid | None, mask_id: int
) -> Iterator[Difference]:
    """Compare every array of logits that this record's attention can give. grid: of a model that writes in blocks;
    mask_id: what drafts are made of."""
    blocks = record.attention in ("block-causal", "causal-prefix")
    for name in sorted(key for key in arrays if key.startswith("logits")):
        words = name.split("_")[1:]
        number = "".join(f"_{word}" for word in words if word.isdigit())
        if INPUT + number not in arrays or _other_mask(name, words, blocks, arrays):
            continue
        ids = torch.tensor(arrays[INPUT + number], device=decoder.device)
        expected = torch.tensor(arrays[name], device=decoder.device).float()
        everywhere = torch.arange(ids.shape[1], device=decoder.device)
        whole = grid.seen(everywhere, len(everywhere)) if grid else None
        if "cached" not in words:
            got = decoder.logits(_hidden(decoder, ids, whole, arrays, number))
            yield _difference(name, _read(got, words, record, grid), expected)
        if grid:
            opened, finished = zip(*(_by_blocks(decoder, row[None], grid, mask_id) for row in ids))
            got = _read(torch.cat(opened if "cached" in words else finished), words, record, grid)
            parts = _parts(got, expected, grid) if "cached" in words else [got]
            named = f"{name}, block by block after a cache"
            yield min((_difference(named, part, expected) for part in parts), key=_by_value)


def _parts(got: torch.Tensor, expected: torch.Tensor, grid: Grid) -> list[torch.Tensor]:
    """The parts that an array of a cached pass may be: they begin at each block, or end with the text."""
    length = expected.shape[1]
    last = max(0, got.shape[1] - length)
    return [got[:, first : first + length] for first in (*range(0, last, grid.size), last)]


def _by_value(difference: Difference) -> float:
    return difference.value if difference.value == difference.value else float("inf")


def _hidden(
    decoder: Decoder, ids: torch.Tensor, mask: torch.Tensor | None, arrays: Mapping[str, np.ndarray], number: str
) -> torch.Tensor:
    """The hidden states of ids int64 [rows, n]; of one row with a picture in it also those of the picture's rows. number:
    the end of the arrays' names."""
    pixels, sight = arrays.get(PIXELS + number), sight_of(decoder.model)
    if pixels is None or sight is None:
        return decoder.hidden(ids, mask=mask)
    width, height = (int(side) for side in arrays[SIZE + number])
    place = int((ids[0] == IMAGE).nonzero())
    seeing = SeeingDecoder(decoder.model, sight.of_pixels(torch.tensor(pixels), (height, width)), place)
    return seeing.everywhere(ids.masked_fill(ids == IMAGE, seeing.picture), mask=mask)


def _other_mask(name: str, words: list[str], blocks: bool, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether an array was computed under the mask of another model of the same weights."""
    under_blocks = "causal" in words
    both = any("causal" in key.split("_") for key in arrays)
    return under_blocks != blocks if both else False


def _read(logits: torch.Tensor, words: list[str], record: ModelRecord, grid: Grid | None) -> torch.Tensor:
    """The logits as the array holds them: as the network gives them, or moved as the record reads them. A record
    without the shift that an array has does not fit it."""
    if "shifted" not in words or record.shift == "none":
        return logits
    if record.shift == "block" and grid:
        return torch.cat([_moved(part) for part in logits.split(grid.size, dim=1)], dim=1)
    return _moved(logits)


def _moved(logits: torch.Tensor) -> torch.Tensor:
    return torch.cat([logits[:, :1], logits[:, :-1]], dim=1)


def _by_blocks(decoder: Decoder, ids: torch.Tensor, grid: Grid, mask_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The logits of ids int64 [1, n], one block at a time after a cache, with drafts that are taken back: of each block
    while it is open, and as it is read when it is finished."""
    cache, opened, finished = decoder.block_cache(ids.shape[1]), [], []
    for first in range(0, ids.shape[1], grid.size):
        piece = ids[:, first : first + grid.size]
        last = first + piece.shape[1]
        everything = torch.ones(piece.shape[1], last, dtype=torch.bool, device=decoder.device)
        for draft in (*[torch.full_like(piece, mask_id)] * DRAFTS, piece):
            open_block = decoder.hidden(draft, mask=everything, cache=cache)
            cache.rewind(first)
        opened.append(decoder.logits(open_block))
        seen = grid.seen(torch.arange(first, last, device=decoder.device), last)
        finished.append(decoder.logits(decoder.hidden(piece, mask=seen, cache=cache)))
    return torch.cat(opened, dim=1), torch.cat(finished, dim=1)


def _difference(name: str, got: torch.Tensor, expected: torch.Tensor) -> Difference:
    largest = expected.abs().max().item()
    if got.shape != expected.shape:
        return Difference(f"{name}, of another shape", float("nan"), largest)
    return Difference(name, (got.float() - expected).abs().max().item(), largest)
