"""``python -m playground.bench.gpu``: what this code does on a CUDA device, as one JSON object, in under six minutes.

Needs torch and transformers and nothing of the page. A part that fails says so in its place, and what is not done in
time is left out; the rest is printed either way. Each part's figures also go to standard error as one line of JSON as
soon as they exist, and with --out into a file, so a run that is cut off keeps what it measured.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import contextlib
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedConfig

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
    """All measurements by name, in the order in which they run. The shapes of 8B come first, and those of one model
    follow each other: it is built once, and freed before the next one is."""
    twins = TwinsWhenNeeded(device, models)
    return {
        "peak_bfloat16": partial(peak, device),
        **of_shapes(large.OneModel(device), SHAPES),
        **{name: partial(twins.measure, part) for name, part in OF_TWINS.items()},
        **of_shapes(large.OneModel(device), COMPILED),
        **{name: partial(twins.measure, part) for name, part in LAST.items()},
        **of_shapes(large.OneModel(device), TUNED),
    }


OfModel = Callable[[torch.nn.Module], dict[str, Any]]
SHAPES: dict[str, tuple[PreTrainedConfig, OfModel]] = {
    "load_8b": (large.LLADA, large.loading),
    "pass_64_8b": (large.LLADA, partial(large.diffusion, plan=large.OVER_64)),
    "pass_128_8b": (large.LLADA, partial(large.diffusion, plan=large.OVER_128)),
    "loop_8b": (large.LLADA, loops.beside_published_loop),
    "ar_8b": (large.LLAMA, large.autoregressive),
    "load_moe": (large.LLADA_MOE, large.loading),
    "pass_64_moe": (large.LLADA_MOE, partial(large.diffusion, plan=large.OVER_64)),
    "pass_128_moe": (large.LLADA_MOE, partial(large.diffusion, plan=large.OVER_128)),
    "loop_moe": (large.LLADA_MOE, loops.beside_published_loop),
}
COMPILED: dict[str, tuple[PreTrainedConfig, OfModel]] = {
    "pass_128_8b_compiled": (large.LLADA, partial(large.diffusion, plan=large.COMPILED)),
    "ar_8b_compiled": (large.LLAMA, partial(large.autoregressive, plan=large.COMPILED)),
}
TUNED: dict[str, tuple[PreTrainedConfig, OfModel]] = {
    "ar_8b_tuned": (large.LLAMA, partial(large.autoregressive, plan=large.TUNED)),
    "pass_128_8b_tuned": (large.LLADA, partial(large.diffusion, plan=large.TUNED)),
}


def of_shapes(
    one: large.OneModel, shapes: dict[str, tuple[PreTrainedConfig, OfModel]]
) -> dict[str, Callable[[], dict[str, Any]]]:
    """The measurements of large shapes by name. A model stays as long as the next part needs it."""
    following = [*[config for config, _ in shapes.values()][1:], None]
    return {
        name: partial(one.measure, config, part, keep=after is config)
        for (name, (config, part)), after in zip(shapes.items(), following, strict=True)
    }


def figures(
    measurements: dict[str, Callable[[], dict[str, Any]]],
    budget_s: float = BUDGET_S,
    tell: Callable[[str, dict[str, Any]], None] = lambda name, row: None,
) -> dict[str, Any]:
    """The figures of each measurement, with the seconds it took. Returns when all are done or ``budget_s`` seconds
    are over. A measurement may still run in a thread then, so the caller must end the process.

    tell: takes the name and the figures of each measurement as soon as they exist."""
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
            tell(name, out[name])

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(budget_s)
    return dict(out)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; returns 0, or 2 if there is no CUDA device, with a message on standard error."""
    parser = argparse.ArgumentParser(prog="python -m playground.bench.gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(parts(torch.device('cpu')))}")
    parser.add_argument("--budget", type=float, default=BUDGET_S, metavar="SECONDS", help="the default is %(default)g")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also written there, anew after each measurement")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(parts(torch.device("cpu"))):
        parser.error(f"there is no measurement called {', '.join(sorted(unknown))}")
    if not torch.cuda.is_available():
        print(NO_DEVICE, file=sys.stderr)
        return 2
    device = torch.device("cuda")
    chosen = {name: part for name, part in parts(device).items() if name in (options.names or parts(device))}
    logging.basicConfig(format="%(message)s")  # what runs without a graph says so on standard error
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print, and standard output must be one JSON object
        of_device = about(device)
        measured = figures(chosen, options.budget, Told(of_device, options.out))
    print(json.dumps({**of_device, **measured}, indent=2), flush=True)
    return 0


class Told:
    """Writes figures as soon as they exist: one line of JSON each on standard error, and all so far into a file."""

    def __init__(self, of_device: dict[str, Any], file: Path | None) -> None:
        self._file, self._all = file, dict(of_device)

    def __call__(self, name: str, row: dict[str, Any]) -> None:
        self._all[name] = row
        print(json.dumps({name: row}), file=sys.stderr, flush=True)
        if self._file:  # a cut in the middle of writing leaves the file of before
            beside = self._file.with_name(f"{self._file.name}.part")
            beside.write_text(json.dumps(self._all, indent=2), encoding="utf-8")
            beside.replace(self._file)


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
