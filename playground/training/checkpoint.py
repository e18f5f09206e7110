"""Reads and writes the files of a run folder. A run that is killed while it writes, or whose files are truncated,
resumes from the last complete checkpoint.

``state.pt`` holds everything needed to resume, and ``state.previous.pt`` is the checkpoint before it. Each also holds
copies of the small files next to it, which replace those that are empty or truncated. Rows of ``log.jsonl`` that cannot
be read are ignored.
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
# the errors that torch.load raises for a truncated file
TORN = (
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    pickle.UnpicklingError,
)


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint with copies of the folder's small files. The checkpoint before it is kept."""
    path = folder / STATE
    beside = {name: read_text(folder / name) for name in SMALL if read_json(folder / name) is not None}
    with whole(path) as part:
        torch.save({**state, "beside": beside}, part)
        if path.is_file():
            os.replace(path, folder / BEFORE)  # if the run is killed here, it resumes from this one


def has_state(folder: Path) -> bool:
    """Whether a run folder holds a checkpoint, complete or not."""
    return any((folder / name).is_file() for name in (STATE, BEFORE))


def load_state(folder: Path, device: Any = "cpu", mmap: bool = False) -> tuple[dict[str, Any], Path]:
    """The last complete checkpoint and the file that it was read from. With ``mmap`` the tensors are mapped, not read.
    Raises TrainingError if no checkpoint is complete."""
    for name in (STATE, BEFORE):
        if (folder / name).is_file():
            try:
                state = torch.load(folder / name, map_location=device, weights_only=True, mmap=mmap)
                # A file of another kind lacks these. A run from a lent machine (home.py) has little else.
                (
                    state["step"],
                    state["averaged"],
                )
                return state, folder / name
            except TORN:
                continue
    raise TrainingError(
        f"No state in {folder} is whole ({STATE} is cut off, and there is none before it). Delete the folder and train again, "
        "or put back a copy."
    )


def mend(folder: Path) -> None:
    """Restore small files of a run that are empty, truncated or missing from the copies in its checkpoint."""
    beside = load_state(folder, mmap=True)[0].get("beside", {}) if has_state(folder) else {}
    for name, text in beside.items():
        if read_json(folder / name) is None:
            write_whole(folder / name, text)


def tidy(folder: Path) -> None:
    """Remove partly written checkpoints of a run that was killed while it saved. The caller must hold the folder's
    lock."""
    for left in (*folder.glob(".state.*.pt"), folder / "state.part"):
        left.unlink(missing_ok=True)


def log_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log file that can be read; a row that was truncated while it was written is left out."""
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
    """Drop the log rows after ``step``: the run logged those steps but lost them, and is about to train them again."""
    if path.exists():
        write_whole(path, "".join(f"{json.dumps(row)}\n" for row in log_rows(path) if row["step"] <= step))


def small_file(path: Path, what: str) -> Any:
    """The content of a small JSON file of a run. Raises TrainingError if it is empty or truncated; ``what`` says in the
    message what is not known then."""
    if (data := read_json(path)) is None:
        raise TrainingError(
            f"{path} is empty or cut off, so {what} is not known. Put back a copy, or start again with another --out."
        )
    return data
