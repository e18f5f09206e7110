"""What can go wrong between this machine and the hub, as sentences for a visitor. None has a path or a token in it."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from playground.download.size import size_text
from playground.download.switch import FLAG
from playground.errors import PlaygroundError

NOT_ALLOWED = f"Downloads are off on this server. Its host turns them on with {FLAG}."
OFFLINE = (
    f"This program keeps off the network, so it downloads nothing. Start it with {FLAG}, and without HF_HUB_OFFLINE."
)
NOT_THE_HUB = (
    "What answered is not the hub, or does not list the model's files as the hub does. Check HF_ENDPOINT, and whether "
    "this network asks for a login first."
)
KEPT = "files that are finished are kept, and the one that had begun begins again"


class DownloadError(PlaygroundError):
    """A model cannot be looked up or downloaded."""


class DownloadStopped(DownloadError):
    """A visitor stopped the download."""


@dataclass(frozen=True)
class Asked:
    """What was asked of the hub; it says what an error means."""

    repo: str
    revision: str
    token: bool  # whether a token was sent
    file: str = ""  # the file that was being downloaded; empty during the look


def failure(error: Exception, asked: Asked) -> DownloadError:
    """An error of huggingface_hub, of the network or of the disk in a sentence or two. Errors of another kind are
    raised again."""
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        return failure(error.__cause__, asked)
    return DownloadError(_sentence(error, asked))


def _sentence(error: Exception, asked: Asked) -> str:
    match error:
        case OfflineModeIsEnabled():
            return OFFLINE
        case HFValidationError():
            return f"{asked.repo!r} is no name of a model on the hub. Write it as owner/name."
        case HfHubHTTPError():
            return _refusal(error, asked)
        case HTTPError():  # of the network: no connection, no answer in time, half an answer
            return _cut(asked) if asked.file else _unreachable()
        case FileMetadataError():  # before OSError, of which it is one
            return NOT_THE_HUB
        case OSError():
            return _disk(error, asked)
        case ValueError() if asked.file:  # of huggingface_hub, before the first byte
            return (
                f"{asked.file} of {asked.repo} is too large for plain HTTP. Start this program with "
                "HF_HUB_DISABLE_XET=0, which allows the hub's own protocol."
            )
    raise error


def _refusal(error: HfHubHTTPError, asked: Asked) -> str:
    """The hub answered, and said no."""
    status, repo = error.response.status_code, asked.repo
    match error:
        case GatedRepoError():  # before RepositoryNotFoundError, of which it is one
            return _gated(asked)
        case DisabledRepoError():
            return f"The hub has closed {repo}. Pick another model."
        case RepositoryNotFoundError():
            read = "the token in HF_TOKEN may not read it" if asked.token else "it is private"
            return (
                f"The hub has no model {repo}, or {read}. Check its name, or set HF_TOKEN to a token that may read it."
            )
        case RevisionNotFoundError():
            return f"{repo} has no revision {asked.revision!r} on the hub. Check the revision in the model's record."
        case EntryNotFoundError():
            return f"{asked.file or 'A file'} of {repo} is no longer on the hub. Name another revision in the model's record."
    match status:
        case 401:
            return "The hub does not know the token in HF_TOKEN. Set HF_TOKEN to a token that is valid, or unset it."
        case 403:
            return f"The token in HF_TOKEN may not read {repo}. Set HF_TOKEN to a token that may."
        case 429:
            return "The hub asks this machine to wait, after many requests. Try again in some minutes."
    return f"The hub answered with an error (HTTP {status}). Try again later."


def _gated(asked: Asked) -> str:
    if not asked.token:
        return f"{asked.repo} is gated: accept the licence on its card and set HF_TOKEN to a token of your account."
    return (
        f"{asked.repo} is gated, and the account of the token in HF_TOKEN has no access yet. Accept the licence on its "
        "card with that account; some owners then decide within days."
    )


def _unreachable() -> str:
    return "The hub cannot be reached from this machine. Check its connection, then try again."


def _cut(asked: Asked) -> str:
    return f"The connection to the hub was cut during the download of {asked.file}. Try again: {KEPT}."


def _disk(error: OSError, asked: Asked) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk became full during the download of {asked.file}. Make room, then try again: {KEPT}."
    if error.errno is None and asked.file:  # huggingface_hub counts the bytes that came
        return f"The hub sent {asked.file} of {asked.repo} cut short. Try again: {KEPT}."
    return (
        "The folder for downloaded models cannot be written. Let this program write it, or set HF_HOME to another "
        "folder."
    )


def no_room(repo: str, needed: int, free: int) -> DownloadError:
    """The download does not fit the disk."""
    return DownloadError(
        f"{repo} needs {size_text(needed)} more on the disk, which has {size_text(free)} free. Make room, or set HF_HOME to a folder on "
        "another disk."
    )


def wrong_hash(repo: str, file: str) -> DownloadError:
    """A file is not the one that the hub lists."""
    return DownloadError(
        f"{file} of {repo} is not the file that the hub lists: its hash is another. It was removed; try again."
    )


def other_commit(repo: str, revision: str) -> DownloadError:
    """The hub answered with another commit than the record's."""
    return DownloadError(
        f"The hub offers another commit of {repo} than {revision[:8]}, which the model's record names, so nothing is "
        "downloaded. Check the revision in the record."
    )


def nothing_to_take(repo: str) -> DownloadError:
    """The repository has no weights that stock classes read."""
    return DownloadError(f"{repo} has no safetensors on the hub, and nothing else is loaded. Pick another model.")


def busy(repo: str) -> DownloadError:
    """Another process downloads the same model."""
    return DownloadError(f"Another program on this machine downloads {repo}. Wait until it is done, then try again.")


def stopped(repo: str, finished: int, files: int) -> DownloadStopped:
    """A visitor stopped it."""
    return DownloadStopped(
        f"The download of {repo} was stopped, with {finished} of {files} files here. Start it again to go on: {KEPT}."
    )
