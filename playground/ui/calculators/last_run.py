"""The last measured run for the panels that calculate: the lanes' clocks and the device's peak.

The browser sends a trace without its frames (assets/panels/last_run.js), so one function reads it and recorded traces.
The data is not trusted: numbers are checked, names are shortened here and escaped by the templates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from playground.catalog.records import TWINS
from playground.errors import PlaygroundError
from playground.estimates.products import System, measured
from playground.estimates.roofline import fitted_overhead
from playground.metrics.cost import Busy, Cost, Peak, busy
from playground.trace.slots import slot
from playground.trace.trace import Trace
from playground.ui.components.left_out import part
from playground.ui.components.recorded import recorded_traces

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}  # dtype -> bytes per number
LARGEST = 1e18  # the limit of every figure of a run
MOST_PASSES = 4096
MOST_LANES = 4
LONGEST_NAME = 40
BROKEN = "The run on the stage holds an impossible figure. Press Run to make a new one."


@dataclass(frozen=True)
class RunLane:
    """The measurements of one lane."""

    key: str
    slot: str  # its slot of the palette
    kind: str  # "diffusion" or "ar"
    title: str
    tokens: int  # written
    passes: int
    ms: float  # on its clock, in all
    first_token_ms: float  # on its clock, until the first token
    tokens_per_arrival: float
    work: Cost | None  # of one pass; None if not known
    blocks: int = 1  # that a diffusion lane fills one after another
    model: str = ""  # the key of its record; empty if not known

    @property
    def is_twin(self) -> bool:
        """Whether one of the twins that ship wrote it; older runs, which name no model, are theirs."""
        return self.model in {"", *(record.key for record in TWINS)}

    @property
    def tok_per_s(self) -> float:
        return 1000 * self.tokens / self.ms

    def busy(self, peak: Peak | None) -> Busy | None:
        """The lane's shares of the device's peak; None if the peak or the work is not known."""
        if self.work is None or peak is None:
            return None
        return busy(Cost(self.work.flops * self.passes, self.work.bytes * self.passes), self.ms / 1000, peak)

    def system(self) -> System:
        """The lane as a system of a product.

        A diffusion lane fills a block in any order, so it delivers whole blocks; all blocks are taken to last equally
        long. An AR lane delivers tokens as they arrive.
        """
        if self.kind == "diffusion":
            return System(self.title, self.tok_per_s, 0.0, arrives=math.ceil(self.tokens / self.blocks))
        return measured(
            self.title, self.tokens, self.ms, min(self.first_token_ms, self.ms), max(1, round(self.tokens_per_arrival))
        )

    def overhead_ms(self, peak: Peak) -> float | None:
        """The time of a pass beyond that of its work at the device's peak, in ms; None if the work is not known."""
        return None if self.work is None else fitted_overhead([self.work] * self.passes, self.ms, peak)


@dataclass(frozen=True)
class MeasuredRun:
    """The measurements of one run."""

    device: str  # in words
    dtype: str
    date: str  # ISO; empty if not known
    lanes: tuple[RunLane, ...]  # finished lanes, at least one
    peak: Peak | None  # of the device; None if not measured

    @property
    def where(self) -> str:
        return ", ".join(filter(None, (self.device, self.date)))

    @property
    def is_race(self) -> bool:
        """Whether the run has lanes of both kinds."""
        return all(self.lane(kind) for kind in ("diffusion", "ar"))

    def lane(self, kind: str) -> RunLane | None:
        return next((lane for lane in self.lanes if lane.kind == kind), None)


@lru_cache(maxsize=1)
def recorded_run() -> MeasuredRun | None:
    """The recorded run that plays when the page opens; None if there is none."""
    for trace in recorded_traces():
        if run := part("A recorded run is", partial(_read, trace), None):
            return run
    return None


def _read(trace: Trace) -> MeasuredRun | None:
    return read_run(trace.to_json())


def read_run(data: Any) -> MeasuredRun | None:
    """Read a trace without frames, from any source. None if it has no finished lane. Raises PlaygroundError for
    impossible figures."""
    if not isinstance(data, Mapping):
        return None
    run, verdict = _mapping(data.get("run")), _mapping(data.get("verdict"))
    figures, peak, lanes_told = _mapping(verdict.get("lanes")), _mapping(verdict.get("peak")), data.get("lanes")
    told = lanes_told if isinstance(lanes_told, list) else []
    lanes = [
        _lane(lane, figures[lane["key"]], run)
        for lane in told[:MOST_LANES]
        if isinstance(lane, Mapping)
        and isinstance(lane.get("key"), str)
        and isinstance(figures.get(lane["key"]), Mapping)
    ]
    found = tuple(lane for lane in lanes if lane)
    if not found:
        return None
    return MeasuredRun(
        _name(run.get("device_name"), "this machine"),
        str(run.get("dtype") or "float32"),
        _name(run.get("date"), "")[:10],
        found,
        Peak(*(_number(peak.get(name), 1) for name in ("flops_per_s", "bytes_per_s"))) if peak else None,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _lane(lane: Mapping[str, Any], row: Mapping[str, Any], run: Mapping[str, Any]) -> RunLane | None:
    """Read one lane; None if it wrote nothing or stopped before its first pass. row: its figures in the verdict. run:
    the settings of the run, which a lane may have its own instead of."""
    if not row.get("tokens") or not row.get("ms") or row.get("first_token_ms") is None:
        return None
    kind, about = "ar" if lane.get("kind") == "ar" else "diffusion", _mapping(lane.get("about"))
    work = [row.get(name) for name in ("flops_per_pass", "bytes_per_pass")]
    return RunLane(
        _name(lane["key"], kind),
        slot(about.get("slot") or lane.get("slot"), kind, str(lane["key"])),
        kind,
        _name(lane.get("title"), kind),
        int(_number(row["tokens"], 1, 1e6)),
        int(_number(row.get("passes", 1), 1, MOST_PASSES)),
        _number(row["ms"], 1e-6),
        _number(row["first_token_ms"], 0),
        _number(row.get("tokens_per_arrival") or 1, 0),
        None if None in work else Cost(*(_number(one, 0) for one in work)),
        int(_number(_mapping(about.get("settings") or lane.get("settings") or run).get("blocks", 1), 1, 64)),
        _name(about.get("model") or lane.get("model"), ""),
    )


def _number(value: Any, least: float, most: float = LARGEST) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise PlaygroundError(BROKEN)
    return float(value)


def _name(value: Any, otherwise: str) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) and value.strip() else otherwise
