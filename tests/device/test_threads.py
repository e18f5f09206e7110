"""How many threads compute and how they wait: the playground's choice, and the host's, which wins."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from playground.device.pauses import disturbance
from playground.threads import own_threads, wait_asleep

TWIN = 5_000_000


def test_threads_sleep_while_they_wait():
    environment = {"PATH": "/bin"}
    wait_asleep(environment)
    assert environment == {"PATH": "/bin", "OMP_WAIT_POLICY": "PASSIVE"}


@pytest.mark.parametrize("chosen", [{"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "5"}, {"KMP_BLOCKTIME": "0"}])
def test_a_hosts_own_way_of_waiting_stays(chosen):
    environment = dict(chosen)
    wait_asleep(environment)
    assert environment == chosen


def test_a_small_model_computes_on_one_thread_unless_the_host_says_otherwise():
    assert own_threads(TWIN, {}) == 1
    assert own_threads(TWIN, {"OMP_NUM_THREADS": "4"}) is None
    assert own_threads(8_000_000_000, {}) is None


def settings_of(program: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_", "MKL_"))}
    seen = f"import sys, os; {program}; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", seen], env=kept | environment, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("program", ["import app", "import playground.__main__"])
def test_page_and_command_line_choose_before_torch_is_loaded(program):
    assert settings_of(program).startswith("PASSIVE")
    assert settings_of(program, OMP_WAIT_POLICY="ACTIVE").startswith("ACTIVE")
    assert settings_of("import app").endswith("False")


def test_a_race_records_the_one_thread_it_ran_on(tiny_models):
    program = (
        f"from playground.engine.twins import load_twins; load_twins('cpu', __import__('pathlib').Path({str(tiny_models)!r})); "
        "import torch; os.environ['OMP_WAIT_POLICY'] = str(torch.get_num_threads())"
    )
    assert settings_of(program).startswith("1 ")
    assert settings_of(program, OMP_NUM_THREADS="2").startswith("2 ")


def test_a_clock_that_was_kept_waiting_is_told_with_its_lane():
    clocks, titles = {"diffusion": 200.0, "ar": 100.0}, {"diffusion": "Diffusion", "ar": "Autoregressive"}
    assert disturbance({"diffusion": 4.0, "ar": 2.0}, clocks, titles) == ""
    told = disturbance({"diffusion": 10.0, "ar": 60.0}, clocks, titles)
    assert "60 of Autoregressive's 100 ms" in told and "again" in told


def test_a_race_among_busy_neighbours_says_so_beside_its_verdict(tiny, monkeypatch):
    from playground.engine import tally
    from playground.request.race_request import RaceRequest

    quiet = tiny.start(RaceRequest("Hello", length=8, steps=4))
    monkeypatch.setattr(tally, "waited_ms", lambda: 0.0)
    list(quiet.frames())
    assert "disturbed" not in quiet.trace.verdict
    waited = iter(range(0, 10**6, 40))
    monkeypatch.setattr(tally, "waited_ms", lambda: float(next(waited)))
    disturbed = tiny.start(RaceRequest("Hello", length=8, steps=4))
    list(disturbed.frames())
    assert "Other programs had the processor" in disturbed.trace.verdict["disturbed"]


@pytest.mark.skipif(
    not os.path.exists("/proc/thread-self/schedstat"), reason="only Linux counts how long a thread waits"
)
def test_a_thread_that_shares_its_core_is_seen_to_wait():
    from playground.device.pauses import waited_ms

    before = waited_ms()
    one = min(os.sched_getaffinity(0))
    everywhere = os.sched_getaffinity(0)
    neighbour = subprocess.Popen(
        [sys.executable, "-c", f"import os; os.sched_setaffinity(0, [{one}])\nwhile True: pass"]
    )
    try:
        os.sched_setaffinity(0, [one])
        total = 0
        while waited_ms() - before < 20 and total < 50_000_000:
            total += 1
    finally:
        os.sched_setaffinity(0, everywhere)
        neighbour.kill()
        neighbour.wait()
    assert waited_ms() - before >= 20
