"""Reads and writes files that a crash, another program or another operating system may have touched.

A written file is complete or absent: it is written under a temporary name and then renamed. A file that is read may
start with a byte order mark, be UTF-16, and have any line endings. A folder that a process writes to is locked by
that process.
"""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where folders are not locked
    fcntl = None  # type: ignore[assignment]  # checked below

ROOT = Path(__file__).resolve().parent.parent  # of the checkout

PIECE = 1 << 24  # bytes of a large file that are in memory at a time
HELD = ".in-use"  # the lock file in a folder; it holds the number of the process
# (byte order mark, encoding), as in browsers
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class InUse(Exception):
    """Another process works in the folder. ``pid`` is its number, or empty if it has not written it yet."""

    def __init__(self, folder: Path, pid: str):
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{folder} is in use by {who}. Wait until it is done, end it, or name another folder.")


def sha256(path: Path) -> str:
    """A file's sha256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, at most PIECE at a time. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(PIECE):
            yield piece


def text_of(data: bytes) -> str:
    """Decode the bytes of a text file, by its byte order mark or else as UTF-8. Line endings become line feeds. Raises
    UnicodeDecodeError."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """The text of a file, decoded by ``text_of``. Raises OSError or UnicodeDecodeError."""
    return text_of(path.read_bytes())


def read_json(path: Path) -> Any:
    """The content of a JSON file; None if it is missing, empty or truncated."""
    try:
        return json.loads(read_text(path))
    except (FileNotFoundError, ValueError, RecursionError):
        return None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path to write to, in the same folder and with the same suffix. If the block succeeds, the file is
    renamed to ``path``; until then the old file stays complete. Raises OSError."""
    target = path.resolve()  # a symbolic link stays one; its target is replaced
    if target.exists() and not target.is_file():
        yield target  # such as /dev/stdout, which must not be replaced by a file
        return
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file atomically: after a crash it has its old content or all of the new content. Text is written as UTF-8
    with line feeds as line endings. Raises OSError."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    with whole(path) as part:
        part.write_bytes(data)


def check_writable(path: Path) -> None:
    """Raises OSError if ``write_whole`` would, so that a long computation need not fail at its end. Leaves no file."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not path.exists() or path.is_file():
        tempfile.TemporaryFile(dir=path.resolve().parent).close()


def _umask() -> int:
    """The process's umask. Files from mkstemp need it because they have fewer permissions than ordinary new files."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Lock a folder while the block runs. Raises InUse if another process has locked it.

    The operating system releases the lock when the process ends in any way, so a leftover lock file has no effect.
    """
    if fcntl is None:
        yield
        return
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / HELD
    stream = _locked(path, folder)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # still locked, so no other process can have locked it
        stream.close()
        if new and not any(folder.iterdir()):
            folder.rmdir()  # the block wrote nothing to it


def _locked(path: Path, folder: Path):
    """The open and locked lock file of a folder. Raises InUse."""
    while True:
        stream = open(path, "a+", encoding="ascii")  # noqa: SIM115 - the caller holds it open
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.seek(0)
            pid = stream.read(20).strip()
            stream.close()
            raise InUse(folder, pid) from None
        # Otherwise another process has just removed this lock file.
        if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            return stream
        stream.close()
