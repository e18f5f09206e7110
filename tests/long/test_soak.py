"""Hundreds of races later the server holds what it held: memory, threads and the line for the device."""

import gc
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gradio_client import Client

from fakes import FakeEngine
from playground.stream.device_queue import LONGEST_LINE
from playground.stream.messages import Streams
from serving import served

VARIANTS = (
    {},
    {"noise": "characters", "revise": "renoise"},
    {"revise": "wino", "commit": "threshold"},
    {"cache": "dual", "blocks": 2},
    {"share": 0.5, "noise": "tokens", "revise": "edit"},
    {"guidance": 1.0, "revise": "remdm_cap"},
    {"prompt": "I need ___ now ___."},
)


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def drain(streams, **values):
    last = None
    for message in streams.messages({"prompt": "I need a dentist", "length": 32, "steps": 8, **values}):
        last = message
    return json.loads(last)


def test_memory_and_threads_stay(tiny):
    streams = Streams(tiny)
    for values in VARIANTS * 4:
        assert drain(streams, **values)["kind"] == "end"
    gc.collect()
    before, threads = resident_mb(), threading.active_count()
    for values in VARIANTS * 25:
        drain(streams, **values)
    gc.collect()
    assert resident_mb() - before < 60 and threading.active_count() <= threads + 1


def test_visitors_who_leave_hold_nothing(tiny):
    streams = Streams(tiny)
    for _ in range(60):
        stream = streams.messages({"prompt": "I need a dentist", "length": 64, "steps": 32})
        for _ in range(3):
            next(stream)
        stream.close()
    assert drain(streams)["ended"] == "done"


@pytest.mark.parametrize("visitors", [LONGEST_LINE])
def test_a_full_house_is_served_in_turn(visitors):
    """Everyone gets a whole run; one more than the line holds is told so."""
    with served(FakeEngine(pace=0.05)) as address:

        def visit(n):
            client = Client(address, verbose=False)
            job = client.submit(prompt=f"visitor {n}", length=16, steps=4, api_name="/race")
            return json.loads([*job][-1])

        with ThreadPoolExecutor(visitors) as pool:
            endings = list(pool.map(visit, range(visitors)))
    assert [ending.get("ended") for ending in endings] == ["done"] * visitors
