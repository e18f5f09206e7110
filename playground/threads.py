"""Sets the number of CPU threads, and how they wait for each other. Must be imported before torch, which reads the
environment once.

A waiting OpenMP thread spins by default. It resumes without delay, but on shared cores it takes the core from the
thread that it waits for, and a race takes ten times as long. So threads sleep while they wait. Waking costs tens of
microseconds. A pass of the twins would wait about a hundred times and is too short to gain from a second thread, so
it runs on one. Larger models gain from all cores and wait less often. The host's own settings take precedence. ``make
bench ARGS=waiting`` measures each way, on a quiet and on a busy machine.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}  # OpenMP 5.2, sec. 21.1.6; every runtime supports it
SPINNING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # if the host sets one of these, it decides
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
# Parameters from which a pass gains from a second thread; an estimate, as no such model has been measured here.
SHARED_FROM = 50_000_000


def wait_asleep(environment: MutableMapping[str, str]) -> None:
    """Let waiting threads sleep, unless the host's environment says how they wait."""
    if not any(name in environment for name in SPINNING):
        environment.update(WAITING)


def own_threads(parameters: int, environment: Mapping[str, str]) -> int | None:
    """The number of threads for a model with this many parameters on a CPU: 1, or None to leave it to the library. It
    is None for large models, and if the environment sets a number."""
    chosen = any(name in environment for name in THREADS)
    return 1 if parameters < SHARED_FROM and not chosen else None
