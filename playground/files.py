"""Reading and writing files that a crash, another program or another system may have had in hand.

What is written is whole or not there: it is written beside its place and moved there. What is read may begin with a byte order mark,
be UTF-16, and end its lines in any way. A folder in which something is being made is held by one process.
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
except ImportError:  # Windows, where folders are not held
    fcntl = None  # type: ignore[assignment]  # asked for below

ROOT = Path(__file__).resolve().parent.parent  # of the checkout

HELD = ".in-use"  # the file of a folder that holds the number of the process at work in it
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # as browsers read


class InUse(Exception):
    """Another process is at work in a folder. pid: its number, empty where it has not written it yet."""

    def __init__(self, folder: Path, pid: str):
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{folder} is in use by {who}. Wait until it is done, end it, or name another folder.")


def sha256(path: Path) -> str:
    """A file's sha256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def text_of(data: bytes) -> str:
    """Text of a file's bytes: by its byte order mark, or else UTF-8; lines end in a line feed. Raises UnicodeDecodeError."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """A file's text, as ``text_of``. Raises OSError or UnicodeDecodeError."""
    return text_of(path.read_bytes())


def read_json(path: Path) -> Any:
    """A JSON file; None where it is missing, empty or cut off."""
    try:
        return json.loads(read_text(path))
    except (FileNotFoundError, ValueError, RecursionError):
        return None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, beside ``path`` and with its ending; moved to its place where the block ends well. What stood there
    stays whole until then. Raises OSError."""
    target = path.resolve()  # a link keeps pointing at what it points at
    if target.exists() and not target.is_file():
        yield target  # such as /dev/stdout, which nothing may take the place of
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
    """Write a file in one go: after a crash it holds what it held before, or all of this. Text is written as UTF-8, its lines
    ending in a line feed. Raises OSError."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    with whole(path) as part:
        part.write_bytes(data)


def check_writable(path: Path) -> None:
    """Raises OSError where ``write_whole`` would, so that nobody works long for it; leaves nothing behind."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not path.exists() or path.is_file():
        tempfile.TemporaryFile(dir=path.resolve().parent).close()


def _umask() -> int:
    """What the process takes away from the rights of new files; mkstemp takes away more."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs. Raises InUse where another process holds it.

    The lock is the system's: it ends with the process, however that ends, so a file that is left behind holds nothing.
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
        path.unlink(missing_ok=True)  # while it is locked, so that nobody else has locked it
        stream.close()
        if new and not any(folder.iterdir()):
            folder.rmdir()  # nothing came of it


def _locked(path: Path, folder: Path):
    while True:
        stream = open(path, "a+", encoding="ascii")  # noqa: SIM115 - the caller holds it open
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.seek(0)
            pid = stream.read(20).strip()
            stream.close()
            raise InUse(folder, pid) from None
        if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):  # not one that was just removed
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            return stream
        stream.close()
