"""What a researcher needs to cite a run: library versions, device, checkpoint hashes, commit, date."""
from __future__ import annotations

import hashlib
import subprocess
from datetime import datetime, timezone
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent


def sha256(path: Path) -> str:
    """A file's sha256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=1)
def commit() -> str | None:
    """The checkout's short commit, None outside a git checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@lru_cache(maxsize=1)
def library_versions() -> dict[str, str]:
    """Versions of the libraries that decide tokens and times."""
    return {name: metadata.version(name) for name in ("torch", "transformers", "tokenizers", "numpy")}


def provenance(device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    """The part of a trace's ``run`` that is not the request."""
    return {
        "device": device.type, "dtype": str(dtype).removeprefix("torch."), "threads": torch.get_num_threads(),
        "libraries": library_versions(), "checkout": commit(),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def both_hashes(*hashes: str) -> str:
    """One short hash of several, for a link."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:12]
