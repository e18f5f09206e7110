"""Predicted time of both lanes, by the roofline model.

The model is from Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009. The counts of operations and bytes are from cost.py::

    pass       overhead + max(flops / (flops per s), bytes / (bytes per s))
    AR         one pass over the prompt, then one position per pass with a growing KV cache: as many passes as tokens
    diffusion  every pass computes the whole window, prompt and canvas, with full attention and no cache

Of a mixture of experts an AR step reads the few experts of its one position, a diffusion pass those of all its
positions, which are nearly all. So for such a model a diffusion pass costs more AR steps than for a dense one of the
same size.

The overhead is the part of a pass that does not depend on its size: kernel launches, choice of tokens, copy to the
host. The model adds it in full; on a device that overlaps it with the arithmetic, this part of the prediction is too
high. The rest is a lower bound, because no matrix product reaches the peak at every size. ``fitted_overhead`` finds
the overhead of a measured run, ``error`` compares a prediction with a measurement. No torch, and no figures of
devices: those are measured (peak.py) or have a source (claims.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from playground.metrics.cost import Cost, DecoderShape, Peak, pass_cost

Bound = Literal["compute", "memory", "overhead"]


@dataclass(frozen=True)
class Device:
    """A device as the roofline model sees it. Raises ValueError for rates of zero and for a negative overhead."""

    peak: Peak  # for numbers of the size in DecoderShape.bytes_per_number
    overhead_ms: float = 0.0  # per pass

    def __post_init__(self) -> None:
        if self.peak.flops_per_s <= 0 or self.peak.bytes_per_s <= 0:
            raise ValueError("A device needs a peak above zero, in operations per second and in bytes per second.")
        if self.overhead_ms < 0:
            raise ValueError("The overhead of a pass cannot be below zero.")


@dataclass(frozen=True)
class Job:
    """The texts to be written. Raises ValueError for a field below 1."""

    prompt: int  # tokens of each prompt
    length: int  # tokens written after each prompt
    passes: int  # of the diffusion model; AR takes one per token
    batch: int = 1  # texts written at once, all of these sizes

    def __post_init__(self) -> None:
        for name in ("prompt", "length", "passes", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"A job needs at least 1 for {name}.")


@dataclass(frozen=True)
class PassTime:
    """The time of one pass in ms, by its three parts."""

    compute_ms: float
    memory_ms: float
    overhead_ms: float

    @property
    def ms(self) -> float:
        """The time of the pass: the overhead plus the longer of the other two."""
        return self.overhead_ms + max(self.compute_ms, self.memory_ms)

    @property
    def bound(self) -> Bound:
        """The largest of the three parts: the one to reduce first. Of equal parts memory is named before compute, and
        compute before overhead."""
        if self.overhead_ms > max(self.compute_ms, self.memory_ms):
            return "overhead"
        return "compute" if self.compute_ms > self.memory_ms else "memory"


@dataclass(frozen=True)
class LaneTime:
    """The prediction for one lane."""

    ms: float  # all passes
    first_ms: float  # the first pass, which gives the first tokens
    passes: int
    tok_per_s: float  # tokens of all texts of the batch
    bound: Bound  # the bound of the passes that together take the most time
    cost: Cost  # sum over all passes

    @property
    def ms_per_pass(self) -> float:
        """The mean time of a pass."""
        return self.ms / self.passes


def pass_time(cost: Cost, device: Device) -> PassTime:
    """The time of one pass: its cost divided by the device's rates."""
    return PassTime(
        1000 * cost.flops / device.peak.flops_per_s,
        1000 * cost.bytes / device.peak.bytes_per_s,
        device.overhead_ms,
    )


def ar_costs(shape: DecoderShape, job: Job) -> list[Cost]:
    """The cost of each AR pass. The first reads the prompt and gives the first token; each later pass reads one
    token, which attends to itself and to everything before it."""
    prefill = pass_cost(shape, job.prompt, job.prompt, job.batch, job.batch)
    return [prefill] + [pass_cost(shape, 1, job.prompt + at, job.batch, job.batch) for at in range(1, job.length)]


def diffusion_costs(shape: DecoderShape, job: Job) -> list[Cost]:
    """The cost of each diffusion pass, all equal: the whole window, with logits for the canvas only."""
    window = job.prompt + job.length
    return [pass_cost(shape, window, window, job.batch * job.length, job.batch)] * job.passes


def ar_time(shape: DecoderShape, device: Device, job: Job) -> LaneTime:
    """The prediction for AR, with a KV cache."""
    return lane_time(ar_costs(shape, job), device, job)


def diffusion_time(shape: DecoderShape, device: Device, job: Job) -> LaneTime:
    """The prediction for diffusion over the whole window, without a cache."""
    return lane_time(diffusion_costs(shape, job), device, job)


def lane_time(costs: Iterable[Cost], device: Device, job: Job) -> LaneTime:
    """The prediction for a lane that runs passes of these costs one after the other."""
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
    """AR's time divided by diffusion's. Above 1, diffusion finishes first."""
    return ar.ms / diffusion.ms


def break_even_passes(ar: LaneTime, diffusion: LaneTime) -> int:
    """The largest number of passes with which diffusion is no slower than AR; 0 if even one pass takes longer. All
    passes of ``diffusion`` take the same time, so their number in it does not matter."""
    return int(ar.ms / diffusion.ms_per_pass * (1 + 1e-12))  # rounding must not turn a tie into a loss


def fitted_overhead(costs: Iterable[Cost], measured_ms: float, peak: Peak) -> float:
    """The overhead per pass, in ms, for which the prediction of these passes equals the measured time. 0 if the
    prediction without overhead is already longer."""
    costs = list(costs)
    bare = sum(pass_time(cost, Device(peak)).ms for cost in costs)
    return max(0.0, (measured_ms - bare) / len(costs))


def error(predicted_ms: float, measured_ms: float) -> float:
    """The relative error of a prediction: 0.1 means 10% longer than measured, -0.1 means 10% shorter."""
    return predicted_ms / measured_ms - 1
