"""``python -m playground.bench.gpu``: what this code does on a CUDA device, as one JSON object, in under six minutes.

Needs torch and transformers and nothing of the page. A part that fails says so in its place, and what is not done in
time is left out; the rest is printed either way.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch

from playground.bench import device_time, floor, lanes, large, loops, rules
from playground.device.device import describe_device
from playground.device.peak import measured_peak
from playground.engine.provenance import commit, library_versions
from playground.engine.twins import MODELS, Twins, load_twins

BUDGET_S = 330.0  # of six minutes, after Python has started and torch is loaded
NO_DEVICE = "There is no CUDA device here, and this benchmark measures nothing else. `make bench` measures a CPU."
OF_TWINS: dict[str, Callable[[Twins], dict[str, Any]]] = {
    "race": lanes.race_time,
    "clocks": device_time.clocks,
    "graphs": device_time.graphs,
    "waits": device_time.waits,
    "decoders": floor.against_floor,
    "generate": lanes.against_generate,
    "fairness": lanes.fairness,
}
LAST: dict[str, Callable[[Twins], dict[str, Any]]] = {
    "published_loop": loops.against_published_loop,
    "rules": rules.rule_overhead,
}  # the longest parts with the twins; they come late, so that they use only the remaining time


class TwinsWhenNeeded:
    """The twins' engine, loaded when a measurement first needs it."""

    def __init__(self, device: torch.device, models: Path) -> None:
        self._device, self._models = device, models
        self._engine: Twins | None = None

    def measure(self, part: Callable[[Twins], dict[str, Any]]) -> dict[str, Any]:
        """Run one measurement on the engine's thread."""
        if self._engine is None:
            self._engine = load_twins(str(self._device), self._models)
        return self._engine.thread.run(part, self._engine)


def peak(device: torch.device) -> dict[str, float]:
    """The device's measured peak, which shares refer to: TFLOP/s in bfloat16 and GB/s."""
    most = measured_peak(device, torch.bfloat16)
    return {"tflop_per_s": round(most.flops_per_s / 1e12, 2), "gb_per_s": round(most.bytes_per_s / 1e9, 1)}


def parts(device: torch.device, models: Path = MODELS) -> dict[str, Callable[[], dict[str, Any]]]:
    """All measurements by name, in the order in which they run."""
    twins = TwinsWhenNeeded(device, models)
    return {
        "peak_bfloat16": partial(peak, device),
        **{name: partial(twins.measure, part) for name, part in OF_TWINS.items()},
        "diffusion_8b": partial(large.diffusion, device),
        "ar_8b": partial(large.autoregressive, device),
        **{name: partial(twins.measure, part) for name, part in LAST.items()},
        "ar_8b_tuned": partial(large.autoregressive, device, plan=large.TUNED),
        "diffusion_8b_tuned": partial(large.diffusion, device, plan=large.TUNED),
    }


def figures(measurements: dict[str, Callable[[], dict[str, Any]]], budget_s: float = BUDGET_S) -> dict[str, Any]:
    """The figures of each measurement, with the seconds it took. Returns when all are done or ``budget_s`` seconds
    are over. A measurement may still run in a thread then, so the caller must end the process."""
    began = time.monotonic()
    out: dict[str, Any] = {name: {"skipped": "no time was left"} for name in measurements}

    def work() -> None:
        for name, measure in measurements.items():
            if time.monotonic() - began >= budget_s:
                return
            out[name] = {"error": f"not done when the {budget_s:g} s were over"}
            started = time.monotonic()
            try:
                row = measure()
            except Exception as error:  # the other measurements must still run
                row = large.failure(error)
            out[name] = {**row, "seconds": round(time.monotonic() - started, 1)}

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(budget_s)
    return dict(out)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; returns 0, or 2 if there is no CUDA device, with a message on standard error."""
    parser = argparse.ArgumentParser(prog="python -m playground.bench.gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(parts(torch.device('cpu')))}")
    parser.add_argument("--budget", type=float, default=BUDGET_S, metavar="SECONDS", help="the default is %(default)g")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(parts(torch.device("cpu"))):
        parser.error(f"there is no measurement called {', '.join(sorted(unknown))}")
    if not torch.cuda.is_available():
        print(NO_DEVICE, file=sys.stderr)
        return 2
    device = torch.device("cuda")
    chosen = {name: part for name, part in parts(device).items() if name in (options.names or parts(device))}
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print, and standard output must be one JSON object
        measured = figures(chosen, options.budget)
    print(json.dumps({**about(device), **measured}, indent=2), flush=True)
    return 0


def about(device: torch.device) -> dict[str, Any]:
    """The device, the versions and the date of the measurements."""
    return {
        "device": describe_device(device),
        "cuda": torch.version.cuda,
        "libraries": library_versions(),
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # does not wait for a measurement that is still running
