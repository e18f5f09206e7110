"""The desk, which writes files for visitors, on a machine that has no room: the visitor is told, and the desk stays open."""

import errno
import time
from pathlib import Path

import pytest

from fakes import record
from playground.errors import PlaygroundError
from playground.export import desk as desks
from playground.export.desk import MOST_WAITING, Desk


def no_room(*ignored, **also_ignored):
    raise OSError(errno.ENOSPC, "No space left on device")


def waited(desk: Desk, name: str) -> None:
    """Ask for a file that never comes, for at most 20 seconds."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        desk.state(name)
        time.sleep(0.02)


@pytest.mark.parametrize("where", [(Path, "write_bytes"), (desks.tempfile, "TemporaryDirectory")])
def test_a_full_disk_is_told_and_takes_no_place_in_the_line(monkeypatch, where):
    desk, run = Desk(), record(length=8, steps=2).dumps()
    with monkeypatch.context() as patched:
        patched.setattr(*where, no_room)
        for _ in range(MOST_WAITING):
            with pytest.raises(PlaygroundError, match="no room for the file"):
                desk.begin("png", run)
    desk.stop(desk.begin("png", run))


def test_a_disk_that_fills_while_a_file_is_made_is_told_too(monkeypatch):
    monkeypatch.setattr(desks, "make", no_room)
    desk = Desk()
    name = desk.begin("png", "{}")
    with pytest.raises(PlaygroundError, match="no room for the file"):
        waited(desk, name)
