"""``python -m playground models``: which models there are, and whether a folder holds one of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.catalog.catalog import catalog, find, size_in_words
from playground.catalog.identify import name_of
from playground.catalog.records import ModelRecord
from playground.cli.served import check_served, state_in_words
from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from playground.decoders.agreement import Difference

TOO_FAR = 1  # exit code
FILE_WIDTH = 224  # characters of a table that is redirected to a file or another command


def models_options(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.set_defaults(run_command=run_list)
    actions = command.add_subparsers(dest="action", metavar="check")
    check = actions.add_parser("check", help="load a model from a folder, or ask one on a server, and say what fits")
    check.set_defaults(run_command=run_check)
    check.add_argument("name", metavar="NAME", help="of a record, or of its repository")
    check.add_argument(
        "--path", metavar="FOLDER", type=Path, help="config.json and safetensors; none for a model on a server"
    )
    check.add_argument(
        "--expect",
        metavar="FILE",
        type=Path,
        help="logits of other code (input_ids, logits, ... in an .npz), to compare in float32; sizes and special ids are "
        "then the folder's own",
    )


def run_list(options: argparse.Namespace) -> int:
    """Print every model of the catalog: its size and licence, what it needs, and whether this machine has it."""
    from rich.console import Console
    from rich.table import Table

    from playground.device.device import describe_device, pick_device
    from playground.device.memory import device_memory
    from playground.download.downloads import Downloads
    from playground.download.hub import Hub
    from playground.download.size import size_text
    from playground.engine.shelf import Shelf

    device = pick_device()
    shelf = Shelf(device, downloads=Downloads(Hub(), allowed=False))
    table = Table("name", "kind", "parameters", "weights", "needs", "licence", "here", "partner", box=None)
    for record in catalog().values():
        table.add_row(
            record.key,
            record.kind,
            size_in_words(record.parameters) if record.parameters else "",
            size_text(record.bytes) if record.bytes else "",
            size_text(shelf.need(record)) if record.parameters else "",
            record.licence + (", to be accepted" if record.gated else ""),
            _where(shelf, record),
            record.partner,
        )
    console, memory = Console(width=None if sys.stdout.isatty() else FILE_WIDTH), device_memory(device)
    console.print(table)
    room = f"{size_text(memory.free)} of memory free" if memory.free is not None else "memory unknown"
    disk = size_text(shelf.downloads.hub.disk_free()) if shelf.downloads else ""
    console.print(f"\nThis machine: {describe_device(device)}, {room}, {disk} free on the disk.")
    console.print("`python app.py --allow-downloads` lets visitors download; --diffusion NAME --ar NAME races a pair.")
    return 0


def _where(shelf: Any, record: ModelRecord) -> str:
    """Whether the files of a model are on this machine, and whether it fits; what a model on a server lacks."""
    if record.served:
        return state_in_words(record)
    if not record.repo:
        return "ships with it"
    unfit = "" if not shelf.why_not([record]) else ", too large for it"
    return ("yes" if shelf.folder(record) else "no") + unfit


def run_check(options: argparse.Namespace) -> int:
    """Load a folder by a record, or ask a server, and print what fits; 0, or 1 if logits differ by more than TOLERANCE
    or a server does otherwise than its record says. Raises PlaygroundError if the folder does not hold the model."""
    record, folder = find(options.name), options.path
    if record.served:
        for option, given in (("--path", options.path), ("--expect", options.expect)):
            if given is not None:
                raise PlaygroundError(
                    f"{record.title} is on a server, so there is no folder to read: leave {option} out."
                )
        return check_served(record)
    if folder is None:
        raise PlaygroundError(f"Name the folder that holds {record.title} with --path FOLDER.")
    if not folder.is_dir():
        raise PlaygroundError(f"There is no folder {folder.name!r}. Name the one that holds config.json with --path.")
    arrays = _arrays(options.expect) if options.expect else None

    import torch

    from playground.decoders.checkpoint import FETCH_AGAIN, Source, load_model, load_tokenizer, read_config
    from playground.decoders.llava_llada import tower_heads
    from playground.decoders.sight import sight_of
    from playground.decoders.special_ids import special_ids
    from playground.device.dtype import pick_dtype

    source = Source(f"folder {name_of(folder)}", FETCH_AGAIN)
    raw, device = read_config(folder, source), torch.device("cpu")
    dtype = torch.float32 if arrays is not None else pick_dtype(device, record.parameters)
    model = load_model(record, folder, device, source, sizes=arrays is None, dtype=dtype)
    print(f"{record.title}: config.json agrees with the record{' but for its sizes' if arrays is not None else ''}.")
    print(f"Every tensor has its place in {type(model).__name__}.")
    print(f"Attention: {record.attention}, proved.")
    if (sight := sight_of(model)) is not None:
        heads, known = tower_heads(raw, sight.width)
        print(f"Tower for pictures: {sight.width} wide, {heads} attention heads ({known}).")
    if any((folder / name).exists() for name in ("tokenizer.json", "vocab.json", "tokenizer.model")):
        tokenizer = load_tokenizer(record, folder, source)
        try:
            special = special_ids(record, tokenizer, model.config.get_text_config().vocab_size)
            print(f"Tokenizer: {len(tokenizer)} tokens, mask {special.mask}, ends {', '.join(map(str, special.ends))}.")
        except ValueError as error:
            if arrays is None:
                raise source.damaged(str(error)) from None
            print(f"Tokenizer: {error}.")
    else:
        print("Tokenizer: none in this folder.")
    return 0 if arrays is None else _compared(model, record, arrays, raw)


def _compared(model: Any, record: Any, arrays: Any, raw: dict[str, Any]) -> int:
    from playground.decoders.agreement import TOLERANCE, Unusable, block_size, check_arrays, differences
    from playground.decoders.encoder import decoder_of
    from playground.samplers.diffusion.predictors import GRIDS

    if record.attention == "own":
        raise PlaygroundError(f"{record.title} has an attention of its own: --expect cannot compare its logits.")
    vocabulary = model.config.get_text_config().vocab_size
    given = raw.get("mask_token_id")
    mask_id = given if isinstance(given, int) and 0 <= given < vocabulary else vocabulary - 1
    try:
        check_arrays(arrays, vocabulary)
    except Unusable as why:
        raise PlaygroundError(str(why)) from None
    block = block_size(record, arrays, raw)
    grid = GRIDS[record.attention](block) if block else None
    if block:
        print(f"Blocks of {block} positions.")
    try:
        found = list(differences(decoder_of(model), record, arrays, grid, mask_id))
    except Exception as error:  # arrays of other shapes may raise anything in the network
        raise PlaygroundError(
            f"The file's arrays cannot be compared with this model ({type(error).__name__})."
        ) from error
    for one in found:
        print(_line(one))
    if not found:
        raise PlaygroundError("The file holds no logits that this record can give. It needs input_ids and logits.")
    worst = max(found, key=lambda one: one.value if one.fits else float("inf"))
    print(f"The largest difference is {worst.value:.1e}; {TOLERANCE:.0e} is allowed.")
    return 0 if all(one.fits for one in found) else TOO_FAR


def _line(one: Difference) -> str:
    return f"  {one.name}: {one.value:.1e} of logits up to {one.largest:.1f}{'' if one.fits else '  <- too far'}"


def _arrays(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file. Raises PlaygroundError."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # numpy raises many types on files that are none of its own
        raise PlaygroundError(f"{path.name} cannot be read as .npz ({type(error).__name__}).") from None
