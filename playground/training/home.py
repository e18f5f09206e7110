"""Packs the results of a lent machine into few small files.

Such a machine returns at most eight files of at most 16 MiB each. So all results go into one archive, cut into pieces,
with summary.json next to it. At home, ``cat twins.tar.* | tar x -C FOLDER`` restores models/twin-diffusion,
models/twin-ar, runs/diffusion and runs/ar. The commands score, evaluate, publish and curves read these runs; they hold
only averaged weights, so training cannot resume from them.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from playground.training.loop import OBJECTIVES

PIECE = 15 * 2**20  # bytes of one file
MOST = 62 * 2**20  # bytes of all files together
ARCHIVE = "twins.tar"


def lay_out(work: Path, out: Path, summary: dict[str, Any], report: Callable[[str], None]) -> None:
    """Write summary.json and the pieces of the archive to ``out``, in place of those of an earlier command. Model
    folders are left out if all files together would be too large."""
    (out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    for old in out.glob(f"{ARCHIVE}.*"):
        old.unlink()
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for objective in OBJECTIVES:
        take_run(work / "runs" / objective, home / "runs" / objective)
    for name in ("models", "logs", "done"):
        if (work / name).is_dir():
            shutil.copytree(work / name, home / name)
    if size(home) > MOST:  # publish can write them again from the runs, byte for byte
        shutil.rmtree(home / "models", ignore_errors=True)
        report("  the model folders are too large to come back beside the runs. At home, publish the runs.")
    pieces = cut(pack(home, work / ARCHIVE), out)
    report(f"  laid out in {out}: summary.json and {pieces} pieces of {ARCHIVE}, {size(out) / 1e6:.1f} MB")


def take_run(run: Path, to: Path) -> None:
    """Copy a run, but of its checkpoint only the averaged weights, in float16: publish rounds them to float16 too."""
    if not (run / "state.pt").is_file():
        return
    to.mkdir(parents=True)
    for name in ("settings.json", "data.json", "start.json", "log.jsonl"):
        if (run / name).is_file():
            shutil.copy(run / name, to / name)
    state = torch.load(run / "state.pt", map_location="cpu", weights_only=True, mmap=True)
    averaged = {name: tensor.half() for name, tensor in state["averaged"].items()}
    torch.save({"averaged": averaged, "step": state["step"], "seen": state["seen"]}, to / "state.pt")


def size(folder: Path) -> int:
    """Bytes of all files in a folder and its subfolders."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pack(folder: Path, archive: Path) -> Path:
    """Write the content of a folder to a tar archive; returns the archive's path."""
    with tarfile.open(archive, "w") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    return archive


def cut(archive: Path, out: Path) -> int:
    """Cut a file into pieces of at most PIECE bytes, numbered from 0; returns the number of pieces."""
    with archive.open("rb") as stream:
        pieces = 0
        while piece := stream.read(PIECE):
            (out / f"{archive.name}.{pieces}").write_bytes(piece)
            pieces += 1
    return pieces
