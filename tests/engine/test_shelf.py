"""What the shelf tells of a model before it is loaded: its memory, its download, and whether others make room for it."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from playground.catalog.catalog import catalog
from playground.download.downloads import State
from playground.download.machine import Memory
from playground.download.progress import Progress
from playground.engine import shelf as shelves
from playground.engine.shelf import Shelf

LLADA, DREAM = catalog()["llada-8b-instruct"], catalog()["dream-7b-instruct"]


@dataclass
class Hub:
    here: Path | None = None

    def folder(self, repo, revision):
        return self.here

    def disk_free(self):
        return 50


@dataclass
class Downloads:
    """A download in a state that a test names."""

    now: State
    hub: Hub = field(default_factory=Hub)
    allowed: bool = True

    def state(self, model):
        return self.now


@pytest.fixture
def shelf(monkeypatch):
    """A machine with 10 bytes free, on which each model takes 8."""
    monkeypatch.setattr(shelves, "device_memory", lambda device: Memory(10, 20))
    one = Shelf(torch.device("cpu"), [LLADA, DREAM], Downloads(State("absent")))
    one.need = lambda record: 8
    return one


def test_a_model_that_fits_tells_its_memory(shelf):
    state = shelf.state(LLADA, loaded=False)
    assert (state.state, state.sentence, state.memory) == ("absent", "", 8)


def test_a_model_that_others_make_room_for_is_not_refused(shelf):
    shelf.need = lambda record: 12
    assert shelf.state(LLADA, False).sentence.startswith("It needs 12 bytes of memory")
    assert shelf.state(LLADA, False, freed=[DREAM]).sentence == ""


def test_a_running_download_tells_bytes_and_rate(shelf):
    shelf.downloads.now = State("running", Progress(25, 100, 7.0, "model.safetensors", "downloading"))
    state = shelf.state(LLADA, False)
    assert (state.state, state.share, state.done, state.rate) == ("running", 0.25, 25, 7.0)


def test_a_waiting_and_a_failed_download_say_so(shelf):
    shelf.downloads.now = State("waiting", before=2)
    assert shelf.state(LLADA, False).before == 2
    shelf.downloads.now = State("failed", sentence="The hub does not answer. Try again.")
    assert shelf.state(LLADA, False).sentence == "The hub does not answer. Try again."


def test_the_room_is_that_of_device_and_disk(shelf):
    room = shelf.room()
    assert (room.memory.free, room.disk, room.downloads) == (10, 50, True)
    shelf.downloads.allowed = False
    assert not shelf.room().downloads
    assert Shelf(torch.device("cpu")).room().disk is None
