"""The facts that a researcher needs to cite a run: library versions, device, commit, date."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import torch

from playground.files import ROOT

SOURCE = ("app.py", "playground", "assets")  # the source that affects a run; weights have hashes of their own


@lru_cache(maxsize=1)
def commit() -> str | None:
    """The short commit of this source, with the suffix "-edited" if a source file differs from it. Read once per
    process. None if this source is not the root of a git checkout, for example a copy inside another repository."""
    return commit_of(ROOT)


def commit_of(root: Path) -> str | None:
    """As ``commit``, for the checkout at ``root``."""
    try:
        top, short = _git(root, "rev-parse", "--show-toplevel", "--short=12", "HEAD").splitlines()
        if Path(top).resolve() != root.resolve():
            return None
        edited = _git(root, "status", "--porcelain", "--", *SOURCE)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return f"{short}-edited" if edited else short


def _git(root: Path, *arguments: str) -> str:
    foreign = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }  # in a git hook these variables name another repository
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=foreign, capture_output=True, text=True, timeout=5, check=True
    )
    return done.stdout.strip()


@lru_cache(maxsize=1)
def library_versions() -> dict[str, str]:
    """The versions of the libraries that affect tokens and times, by name."""
    return {name: metadata.version(name) for name in ("torch", "transformers", "tokenizers", "numpy")}


def provenance(device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    """The part of a trace's ``run`` that describes the software and the device."""
    return {
        "device": device.type,
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "libraries": library_versions(),
        "checkout": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def made_on(device: torch.device) -> dict[str, str]:
    """What affects tokens besides weights and settings, short enough for a link: the device's model as "on", and the
    versions of the libraries by name."""
    model = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    versions = {name: library_versions()[name].partition("+")[0] for name in ("torch", "transformers")}
    return {"on": model, **versions}


def joint_hash(*hashes: str) -> str:
    """One hash of several hashes, 12 hexadecimal digits, for a link."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:12]
