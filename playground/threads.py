"""How many threads compute, and how they wait for each other. Imported before torch, which reads the environment once.

A thread of OpenMP that waits spins by default: it is there at once, but where cores are shared it keeps one from the very thread it
waits for, and a race takes ten times as long. So threads sleep while they wait. Waking costs tens of microseconds, which a pass of
the twins cannot afford some hundred times, and it is too short to gain by a second thread: it computes on one. Larger models gain by
all cores and wait less often. A host's own setting wins. ``make bench ARGS=waiting`` measures each way, quiet and with busy neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}  # OpenMP 5.2, sec. 21.1.6; every runtime knows it
SPINNING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # a host that sets any of these has chosen
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
SHARED_FROM = 50_000_000  # parameters from which a pass gains by more than one thread; an estimate until such a model has raced here


def wait_asleep(environment: MutableMapping[str, str]) -> None:
    """Set how threads wait, unless the host has."""
    if not any(name in environment for name in SPINNING):
        environment.update(WAITING)


def own_threads(parameters: int, environment: Mapping[str, str]) -> int | None:
    """Threads for a model of so many parameters on a CPU: one, or None for as many as the library takes, as where the host says."""
    chosen = any(name in environment for name in THREADS)
    return 1 if parameters < SHARED_FROM and not chosen else None
