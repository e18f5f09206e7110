"""Time of both lanes, predicted: each pass takes its overhead and the longer of its arithmetic and its traffic with memory.

The roofline model (Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009) over the counts of cost.py::

    pass       overhead + max(flops / (flops per s), bytes / (bytes per s))
    AR         one pass over the prompt, then one position a pass against a cache that grows by one: as many passes as tokens
    diffusion  passes times the whole window, prompt and canvas, each position attending to all, with no cache

The overhead is what a pass costs whatever its size: launches, choice of tokens, the copy to the host. It is added, as if nothing
of it ran beside the arithmetic, so where a device hides it the prediction is an upper bound. The rest is a lower bound: no
matrix product reaches the peak at every size. ``fitted_overhead`` reads the overhead off a measured run, ``error`` says how far a
prediction is off. No torch, and no figure of any device: those are measured (peak.py) or come with a source (claims.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from playground.metrics.cost import Cost, DecoderShape, Peak, pass_cost

Bound = Literal["compute", "memory", "overhead"]


@dataclass(frozen=True)
class Device:
    """peak: operations and bytes per second for the numbers of the shape; overhead_ms: of every pass."""

    peak: Peak
    overhead_ms: float = 0.0

    def __post_init__(self) -> None:
        if self.peak.flops_per_s <= 0 or self.peak.bytes_per_s <= 0:
            raise ValueError("A device needs a peak above zero, in operations per second and in bytes per second.")
        if self.overhead_ms < 0:
            raise ValueError("The overhead of a pass cannot be below zero.")


@dataclass(frozen=True)
class Job:
    """What is written. prompt, length: tokens of each text, all of it written; passes: of diffusion, AR takes one a token;
    batch: texts written at once, all of the same sizes."""

    prompt: int
    length: int
    passes: int
    batch: int = 1

    def __post_init__(self) -> None:
        for name in ("prompt", "length", "passes", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"A job needs at least 1 for {name}.")


@dataclass(frozen=True)
class PassTime:
    """One pass in ms, its three parts apart."""

    compute_ms: float
    memory_ms: float
    overhead_ms: float

    @property
    def ms(self) -> float:
        return self.overhead_ms + max(self.compute_ms, self.memory_ms)

    @property
    def bound(self) -> Bound:
        """The largest part: the one to make smaller first. A tie goes to memory before compute before overhead."""
        if self.overhead_ms > max(self.compute_ms, self.memory_ms):
            return "overhead"
        return "compute" if self.compute_ms > self.memory_ms else "memory"


@dataclass(frozen=True)
class LaneTime:
    """One lane's prediction. first_ms: until its first pass is done, and with it the first tokens; cost: of all passes;
    bound: that of the passes that take most of the time."""

    ms: float
    first_ms: float
    passes: int
    tok_per_s: float
    bound: Bound
    cost: Cost

    @property
    def ms_per_pass(self) -> float:
        return self.ms / self.passes


def pass_time(cost: Cost, device: Device) -> PassTime:
    """Time of one pass: work over rate, in ms."""
    return PassTime(
        1000 * cost.flops / device.peak.flops_per_s,
        1000 * cost.bytes / device.peak.bytes_per_s,
        device.overhead_ms,
    )


def ar_costs(shape: DecoderShape, job: Job) -> list[Cost]:
    """Its passes: the prompt, which gives the first token; then one token each, attending to all before it and to itself."""
    prefill = pass_cost(shape, job.prompt, job.prompt, job.batch, job.batch)
    return [prefill] + [pass_cost(shape, 1, job.prompt + at, job.batch, job.batch) for at in range(1, job.length)]


def diffusion_costs(shape: DecoderShape, job: Job) -> list[Cost]:
    """Its passes, all alike: the whole window, with the output head on the canvas."""
    window = job.prompt + job.length
    return [pass_cost(shape, window, window, job.batch * job.length, job.batch)] * job.passes


def ar_time(shape: DecoderShape, device: Device, job: Job) -> LaneTime:
    """AR with its cache."""
    return lane_time(ar_costs(shape, job), device, job)


def diffusion_time(shape: DecoderShape, device: Device, job: Job) -> LaneTime:
    """Diffusion over the whole window, without a cache."""
    return lane_time(diffusion_costs(shape, job), device, job)


def lane_time(costs: Iterable[Cost], device: Device, job: Job) -> LaneTime:
    """Passes, one after the other. tok/s counts the tokens of all texts of the batch."""
    costs = list(costs)
    times = [pass_time(cost, device) for cost in costs]
    ms = sum(time.ms for time in times)
    bounds: tuple[Bound, ...] = ("memory", "compute", "overhead")
    shares = {bound: sum(time.ms for time in times if time.bound == bound) for bound in bounds}
    return LaneTime(
        ms=ms,
        first_ms=times[0].ms,
        passes=len(times),
        tok_per_s=1000 * job.batch * job.length / ms,
        bound=max(shares, key=shares.__getitem__),
        cost=sum(costs, Cost()),
    )


def speedup(ar: LaneTime, diffusion: LaneTime) -> float:
    """AR's time over diffusion's: above 1, diffusion is done first."""
    return ar.ms / diffusion.ms


def break_even_passes(ar: LaneTime, diffusion: LaneTime) -> int:
    """The most passes with which diffusion is no slower than AR; 0 where even one takes longer. The passes of ``diffusion`` are all
    alike, so how many it made does not matter."""
    return int(ar.ms / diffusion.ms_per_pass * (1 + 1e-12))  # a tie is no slower, rounding aside


def fitted_overhead(costs: Iterable[Cost], measured_ms: float, peak: Peak) -> float:
    """Overhead of a pass, in ms, with which the prediction of these passes meets what was measured; 0 where the passes alone are
    predicted to take longer than they did."""
    costs = list(costs)
    bare = sum(pass_time(cost, Device(peak)).ms for cost in costs)
    return max(0.0, (measured_ms - bare) / len(costs))


def error(predicted_ms: float, measured_ms: float) -> float:
    """How far a prediction is off, as a share of what was measured: 0.1 is 10% too slow, -0.1 is 10% too fast."""
    return predicted_ms / measured_ms - 1
