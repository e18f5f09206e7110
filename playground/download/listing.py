"""What the hub lists for one revision of a model: its files, their sizes and hashes, its licence.

A listing is kept beside the model's files in the cache. It pins the commit: a branch is resolved once, and later
downloads and loads use the same commit. To take a newer one, delete the model's folder from the cache.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import ModelInfo
from huggingface_hub.file_download import repo_folder_name

from playground.files import read_json, write_whole

TAKEN = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")  # weights and tokenizers; no code, no pickles
DEFAULT_REVISION = "main"


@dataclass(frozen=True)
class HubFile:
    """One file of a model on the hub."""

    name: str  # in the root of the repository
    bytes: int
    sha256: str  # in hex; empty for a small file, which is in git itself
    git: str  # its git hash (SHA-1 of a blob), in hex; of a large file's pointer


@dataclass(frozen=True)
class Listing:
    """One commit of a model on the hub, with the files that a download takes."""

    repo: str  # owner/name
    revision: str  # what was asked for: a commit, a branch or a tag
    sha: str  # the commit, 40 hex digits
    licence: str  # as the hub names it; empty if it names none
    gated: bool  # whether its owner asks for consent to a licence
    files: tuple[HubFile, ...]  # from the smallest to the largest
    unfinished: bool = False  # whether a download began and has not ended

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)


def is_taken(name: str) -> bool:
    """Whether a download takes this file. Stock classes read the root of a repository alone."""
    return "/" not in name and "\\" not in name and any(fnmatch(name, pattern) for pattern in TAKEN)


def listing_of(info: ModelInfo, repo: str, revision: str) -> Listing:
    """The listing in an answer of the hub that has files_metadata."""
    files = [
        HubFile(
            sibling.rfilename,
            sibling.lfs.size if sibling.lfs else sibling.size or 0,
            sibling.lfs.sha256 if sibling.lfs else "",
            sibling.blob_id or "",
        )
        for sibling in info.siblings or []
        if is_taken(sibling.rfilename)
    ]
    files.sort(key=lambda file: (file.bytes, file.name))
    return Listing(repo, revision, info.sha or "", licence_of(info), bool(info.gated), tuple(files))


def licence_of(info: ModelInfo) -> str:
    """The licence in a model's card, or its own name of a licence that the hub calls "other"."""
    card: dict[str, Any] = info.card_data.to_dict() if info.card_data else {}
    licence = card.get("license")
    if licence == "other":
        licence = card.get("license_name") or licence
    return licence if isinstance(licence, str) else ""


def folder_of(cache: Path, repo: str) -> Path:
    """The folder of a repository in the cache, as huggingface_hub names it."""
    return cache / repo_folder_name(repo_id=repo, repo_type="model")


def listings_folder(cache: Path, repo: str) -> Path:
    """The folder of this program's own notes about a repository."""
    return folder_of(cache, repo) / "playground"


def _path(cache: Path, repo: str, revision: str) -> Path:
    return listings_folder(cache, repo) / f"{revision.replace('/', '--')}.json"


def keep(cache: Path, listing: Listing) -> None:
    """Write a listing down. Raises OSError."""
    path = _path(cache, listing.repo, listing.revision)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(listing), indent=1) + "\n")


def kept(cache: Path, repo: str, revision: str) -> Listing | None:
    """The listing that was written down for a repository and a revision; None if there is none that can be read."""
    try:
        data = read_json(_path(cache, repo, revision))
        files = tuple(HubFile(**file) for file in data["files"])
        listing = Listing(**{**data, "files": files})
    except (OSError, TypeError, KeyError, ValueError):  # ValueError: no name of a repository
        return None
    return listing if (listing.repo, listing.revision) == (repo, revision) else None
