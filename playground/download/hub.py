"""Models on the Hugging Face hub and in its cache on this machine: what there is, what is here, and how it comes here.

Only the network and the disk are behind these calls, no model is loaded. All of them may block.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from huggingface_hub import HfApi, ModelInfo, constants, get_token, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError, HTTPError

from playground.catalog.weights import has_tokenizer, weight_files
from playground.download import failures
from playground.download.failures import Asked, DownloadError, failure
from playground.download.listing import (
    DEFAULT_REVISION,
    HubFile,
    Listing,
    folder_of,
    keep,
    kept,
    listing_of,
    listings_folder,
)
from playground.download.progress import Meter, Progress, StopAsked, bar_of
from playground.files import InUse, held, pieces

ANSWER_S = 10.0  # so long the hub may take to answer
ABANDONED_S = 600.0  # a part of a file that nobody wrote to for so long was left by a program that ended
COMMIT_DIGITS = 40


def default_cache() -> Path:
    """The cache of huggingface_hub, which HF_HOME and HF_HUB_CACHE move."""
    return Path(constants.HF_HUB_CACHE)


@dataclass(frozen=True)
class Hub:
    """The hub, and this machine's cache of it."""

    cache: Path = field(default_factory=default_cache)
    endpoint: str | None = None  # the hub's address; None for the one that huggingface_hub uses
    token: str | bool | None = None  # None: HF_TOKEN or the token of `hf auth login`; False: none

    def look(self, repo: str, revision: str = "") -> Listing:
        """What a download would take. The first look asks the hub and writes the answer down; later ones read it.

        Raises DownloadError.
        """
        revision = revision or DEFAULT_REVISION
        asked = self._asked(repo, revision)
        with _said(asked):
            listing = self.known(repo, revision)
            if listing is None:
                listing = self._ask(repo, revision)
                keep(self.cache, listing)
        return listing

    def known(self, repo: str, revision: str = "") -> Listing | None:
        """What an earlier look found, without the network."""
        return kept(self.cache, repo, revision or DEFAULT_REVISION)

    def _ask(self, repo: str, revision: str) -> Listing:
        listing = listing_of(self._info(repo, revision), repo, revision)
        if not is_commit(listing.sha) or not all(file.sha256 or file.git for file in listing.files):
            raise DownloadError(failures.NOT_THE_HUB)
        if is_commit(revision) and listing.sha != revision:
            raise failures.other_commit(repo, revision)
        if not any(file.name.endswith(".safetensors") for file in listing.files):
            raise failures.nothing_to_take(repo)
        return listing

    def _info(self, repo: str, revision: str) -> ModelInfo:
        api = HfApi(endpoint=self.endpoint, token=self.token)
        try:
            return api.model_info(repo, revision=revision, files_metadata=True, timeout=ANSWER_S)
        except (HTTPError, OSError, HFValidationError):
            raise
        except Exception:  # such as a page in HTML, which no part of huggingface_hub expects
            raise DownloadError(failures.NOT_THE_HUB) from None

    def present(self, listing: Listing) -> tuple[HubFile, ...]:
        """The files that are in the cache in full, without the network."""
        return tuple(file for file in listing.files if _size(self._path(listing, file)) == file.bytes)

    def folder(self, repo: str, revision: str = "") -> Path | None:
        """The folder of a model that is here with all its files, without the network; None if it is not.

        A model that another program downloaded counts too; of a branch the commit that it downloaded last.
        """
        revision = revision or DEFAULT_REVISION
        listing = self.known(repo, revision)
        if listing is not None:
            whole = not listing.unfinished and len(self.present(listing)) == len(listing.files)
            return self._snapshot(listing.repo, listing.sha) if whole else None
        return self._from_others(repo, revision)

    def _from_others(self, repo: str, revision: str) -> Path | None:
        """The folder of a model with which this program had nothing to do."""
        try:
            config = try_to_load_from_cache(repo, "config.json", cache_dir=self.cache, revision=revision)
            folder = Path(config).parent if isinstance(config, str) else None
            return folder if folder and has_tokenizer(folder) and weight_files(folder) else None
        except (OSError, ValueError):  # no name of a repository, or an index that lists no weights
            return None

    def missing_bytes(self, listing: Listing) -> int:
        """What a download has still to bring."""
        return listing.bytes - sum(file.bytes for file in self.present(listing))

    def disk_free(self) -> int:
        """Bytes that are free on the disk of the cache."""
        return shutil.disk_usage(next(path for path in (self.cache, *self.cache.parents) if path.exists())).free

    def fetch(
        self,
        listing: Listing,
        report: Callable[[Progress], None] = lambda progress: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Path:
        """Bring all files of a listing here, one after another, and compare each with the hash that the hub lists.

        ``report`` hears of every 10 MB, and ``stop`` is asked as often. A file that does not come in full leaves
        nothing. Returns the folder. Raises DownloadError, or DownloadStopped if ``stop()`` was true.
        """
        if constants.is_offline_mode():
            raise DownloadError(failures.OFFLINE)
        with _said(self._asked(listing.repo, listing.revision)), self._alone(listing.repo):
            self._clear_away(listing)
            needed, free = self.missing_bytes(listing), self.disk_free()
            if needed > free:
                raise failures.no_room(listing.repo, needed, free)
            keep(self.cache, replace(listing, unfinished=True))
            try:
                self._bring(listing, Meter(listing.bytes, report, stop))
            except (StopAsked, DownloadError):
                if not stop():
                    raise
                raise failures.stopped(listing.repo, len(self.present(listing)), len(listing.files)) from None
            keep(self.cache, replace(listing, unfinished=False))
        return self._snapshot(listing.repo, listing.sha)

    def _bring(self, listing: Listing, meter: Meter) -> None:
        for file in listing.files:
            meter.begin(file.name, file.bytes)
            with _said(replace(self._asked(listing.repo, listing.revision), file=file.name)):
                hf_hub_download(
                    listing.repo,
                    file.name,
                    revision=listing.sha,
                    cache_dir=self.cache,
                    endpoint=self.endpoint,
                    token=self.token,
                    tqdm_class=bar_of(meter),
                )
                meter.whole()
                self._check(listing, file, meter)
            meter.end()

    def _check(self, listing: Listing, file: HubFile, meter: Meter) -> None:
        """Remove a file that is not the one that the hub lists. Raises DownloadError."""
        path = self._path(listing, file)
        digest = hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {file.bytes}\0".encode())
        for piece in pieces(path):
            digest.update(piece)
            meter.tell("checking")
        if digest.hexdigest() != (file.sha256 or file.git):
            _remove(path)
            raise failures.wrong_hash(listing.repo, file.name)

    @contextmanager
    def _alone(self, repo: str) -> Iterator[None]:
        """Let no other process download the same model."""
        try:
            with held(listings_folder(self.cache, repo)):
                yield
        except InUse:
            raise failures.busy(repo) from None

    def _clear_away(self, listing: Listing) -> None:
        """Remove what must not stay: files of another size than the hub lists, and parts that were left when a program
        ended in the middle of a download."""
        for file in listing.files:
            if _size(self._path(listing, file)) not in (None, file.bytes):
                _remove(self._path(listing, file))
        for part in (folder_of(self.cache, listing.repo) / "blobs").glob("*.incomplete"):
            if time.time() - part.stat().st_mtime > ABANDONED_S:
                part.unlink(missing_ok=True)

    def _asked(self, repo: str, revision: str) -> Asked:
        token = self.token if self.token is not None else get_token()
        return Asked(repo, revision or DEFAULT_REVISION, bool(token))

    def _snapshot(self, repo: str, sha: str) -> Path:
        return folder_of(self.cache, repo) / "snapshots" / sha

    def _path(self, listing: Listing, file: HubFile) -> Path:
        return self._snapshot(listing.repo, listing.sha) / file.name


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit in full, which never changes, and no branch."""
    return len(revision) == COMMIT_DIGITS and all(digit in "0123456789abcdef" for digit in revision)


@contextmanager
def _said(asked: Asked) -> Iterator[None]:
    """Turn errors of the hub, the network and the disk into a DownloadError."""
    try:
        yield
    except (DownloadError, StopAsked):
        raise
    except Exception as error:
        raise failure(error, asked) from None


def _size(path: Path) -> int | None:
    """Bytes of a file; None if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def _remove(path: Path) -> None:
    """Remove a file of a snapshot, and the blob that it links to."""
    blob = path.resolve()
    path.unlink(missing_ok=True)
    blob.unlink(missing_ok=True)
