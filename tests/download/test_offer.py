"""What is said of a model before anything is downloaded."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from a_model import REPO, TAKEN
from playground.catalog.catalog import catalog, find
from playground.catalog.records import AR_TWIN
from playground.download.downloads import Downloads
from playground.download.machine import Memory
from playground.download.needs import shape_of
from playground.download.offer import need_of, offer

GB = 10**9
LAPTOP, SERVER = Memory(12 * GB, 16 * GB), Memory(70 * GB, 80 * GB, "the GPU")
LLADA = find("llada-8b-instruct")
TINY = replace(LLADA, key="tiny", repo=REPO, licence="see its card", bytes=10**6)


@pytest.fixture
def downloads(hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=500 * GB))
    return Downloads(hub, allowed=True)


def test_a_large_model_says_what_it_needs_and_why_a_laptop_cannot(downloads, small_hub):
    said = offer(LLADA, downloads, LAPTOP, "bfloat16")
    assert (said.bytes, said.licence, said.gated, said.state.kind) == (LLADA.bytes, "MIT", False, "absent")
    assert said.need.disk == LLADA.bytes
    assert (
        said.why_not.startswith("It needs ") and "in bfloat16, this machine has 12.0 GB of 16.0 GB free" in said.why_not
    )
    assert small_hub.requests == []
    assert offer(LLADA, downloads, SERVER, "bfloat16").why_not == ""


def test_the_hubs_own_figures_take_the_place_of_the_records(downloads, hub):
    assert offer(TINY, downloads, SERVER, "bfloat16").bytes == 10**6
    listing = hub.look(REPO)
    said = offer(TINY, downloads, SERVER, "bfloat16")
    assert said.bytes == said.need.disk == sum(map(len, TAKEN.values())) and said.licence == "mit"
    hub.fetch(listing)
    said = offer(TINY, downloads, SERVER, "bfloat16")
    assert (said.state.kind, said.need.disk, said.why_not) == ("present", 0, "")


def test_a_pair_needs_both_and_a_repository_comes_once(hub):
    partner = find("llama3-8b-instruct")
    both, one, other = (
        need_of([LLADA, partner], hub, "bfloat16"),
        *(need_of([each], hub, "bfloat16") for each in (LLADA, partner)),
    )
    assert (both.memory, both.disk) == (one.memory + other.memory, one.disk + other.disk)
    lanes = find("nemotron-labs-diffusion-3b"), find("nemotron-labs-diffusion-3b-ar")
    assert need_of(lanes, hub, "bfloat16").disk == lanes[0].bytes


def test_the_twins_are_here_and_fit(downloads):
    said = offer(AR_TWIN, downloads, LAPTOP, "float32")
    assert (said.state.kind, said.why_not, said.need.disk) == ("present", "", 0)


def test_every_record_tells_enough_to_say_whether_it_fits():
    for record in catalog().values():
        if record.repo:
            shape = shape_of(record)
            assert shape.parameters and min(shape.vocabulary, shape.layers, shape.kv_heads, shape.head_dim) >= 0
    shape = shape_of(LLADA)
    assert (shape.layers, shape.kv_heads, shape.head_dim, shape.vocabulary) == (32, 32, 128, 126_464)
    assert shape_of(find("sdar-8b-chat")).head_dim == 128 and shape_of(find("dream-7b-instruct")).kv_heads == 4
