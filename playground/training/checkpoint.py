"""The files of a run folder, so that a run that is cut while it writes, or whose files are torn, goes on from the last whole state.

``state.pt`` is what is needed to resume, ``state.previous.pt`` the one before it. Each holds copies of the small files beside it, which
are put back where they are empty or cut off. Of ``log.jsonl`` the rows that can be read count.
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import torch

from playground.errors import TrainingError
from playground.files import read_json, read_text, whole, write_whole

STATE, BEFORE = "state.pt", "state.previous.pt"
SMALL = ("settings.json", "data.json", "start.json")
TORN = (
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    pickle.UnpicklingError,
)  # what torch says of a file that is cut off


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write a state with the small files of its folder; the one before it is kept."""
    path = folder / STATE
    beside = {name: read_text(folder / name) for name in SMALL if read_json(folder / name) is not None}
    with whole(path) as part:
        torch.save({**state, "beside": beside}, part)
        if path.is_file():
            os.replace(path, folder / BEFORE)  # were the run cut here, this is the one to go on from


def has_state(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (STATE, BEFORE))


def load_state(folder: Path, device: Any = "cpu", mmap: bool = False) -> tuple[dict[str, Any], Path]:
    """The last whole state and the file that it was read from. Raises TrainingError where there is none."""
    for name in (STATE, BEFORE):
        if (folder / name).is_file():
            try:
                state = torch.load(folder / name, map_location=device, weights_only=True, mmap=mmap)
                (
                    state["step"],
                    state["averaged"],
                )  # a file of another kind lacks them; of a lent machine's run these come back (home.py)
                return state, folder / name
            except TORN:
                continue
    raise TrainingError(
        f"No state in {folder} is whole ({STATE} is cut off, and there is none before it). Delete the folder and train again, "
        "or put back a copy."
    )


def mend(folder: Path) -> None:
    """Put back the small files of a run that are empty, cut off or gone, as its state remembers them."""
    beside = load_state(folder, mmap=True)[0].get("beside", {}) if has_state(folder) else {}
    for name, text in beside.items():
        if read_json(folder / name) is None:
            write_whole(folder / name, text)


def tidy(folder: Path) -> None:
    """Remove what a run that was killed while it saved had written of a state. For whoever holds the folder."""
    for left in (*folder.glob(".state.*.pt"), folder / "state.part"):
        left.unlink(missing_ok=True)


def log_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log; one that was cut off while it was written is left out."""
    rows = []
    for line in read_text(path).splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"step", "tokens", "loss"} <= row.keys():
            rows.append(row)
    return rows


def forget_log_after(path: Path, step: int) -> None:
    """Drop the rows of steps that a cut run had logged but not saved; they are about to be trained again."""
    if path.exists():
        write_whole(path, "".join(f"{json.dumps(row)}\n" for row in log_rows(path) if row["step"] <= step))


def small_file(path: Path, what: str) -> Any:
    """A small JSON file of a run. Raises TrainingError where it is empty or cut off."""
    if (data := read_json(path)) is None:
        raise TrainingError(
            f"{path} is empty or cut off, so {what} is not known. Put back a copy, or start anew with another --out."
        )
    return data
