"""Measures the error of times that the roofline model (roofline.py) predicts for the twins.

The device's peak is measured (peak.py). For each lane the overhead per pass is fitted on a single job, FITTED. With
it the times of all other JOBS, with other lengths, passes and prompts, are predicted and compared with the lane's own
clock, each lane alone. So the model knows this device by two rates and two overheads only. It counts the output head
on the whole canvas in every pass, but the sampler runs it only on open positions. Some prompts and canvases exceed
the 192 positions that the twins were trained on; this changes the text but not the time.

On a CUDA device the 8B shapes of bench/large.py are checked in the same way: fitted at one size of a pass, predicted
at the others.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import torch

from playground.bench.large import LLADA, LLAMA, Plan, build, failure, pass_times, step_times
from playground.bench.quiet import Watch
from playground.decoders import GraphDecoder
from playground.device.peak import measured_peak
from playground.engine.twins import Twins
from playground.estimates.roofline import Device, Job, ar_costs, diffusion_costs, error, fitted_overhead, pass_time
from playground.metrics.cost import Cost, DecoderShape, Peak, pass_cost
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.passes import Pass

PLAN = Plan()  # of the large models
FITTED = Job(prompt=17, length=64, passes=16)  # the race of the other measurements
JOBS = (
    Job(17, 16, 4),
    Job(17, 32, 8),
    Job(17, 64, 4),
    Job(17, 64, 32),
    Job(17, 64, 64),
    Job(17, 128, 16),
    Job(17, 128, 32),
    Job(17, 256, 16),
    Job(64, 64, 16),
    Job(128, 64, 16),
    Job(128, 128, 32),
    Job(256, 32, 8),
)
ROUNDS = 7
CANVASES, CONTEXTS = (64, 128, 512, 1024), (256, 512, 2048)  # positions of the 8B shapes; the second of each is fitted
COSTS: dict[str, Callable[[DecoderShape, Job], list[Cost]]] = {"diffusion": diffusion_costs, "ar": ar_costs}


def lane(engine: Twins, key: str, job: Job) -> Iterator[Pass]:
    """The passes of one lane for a job, with arbitrary tokens as the prompt and masks after it."""
    ordinary = engine.diffusion.noise.vocabulary.tolist()
    canvas = blank([ordinary[at % len(ordinary)] for at in range(job.prompt)], job.length, engine.diffusion.noise)
    if key == "ar":
        return autoregress(engine.ar.decoder, canvas, AutoregressSettings(bar_end=True), engine.ar.special)
    settings = DenoiseSettings(steps=job.passes, bar_end=True)
    return denoise(engine.diffusion.decoder, canvas, settings, engine.diffusion.special, engine.diffusion.noise)


def clock(engine: Twins, key: str, job: Job, watch: Watch) -> float:
    """A lane's final clock in ms: the median of ROUNDS runs after a warm-up run."""

    def once() -> float:
        return sum(step.ms for step in lane(engine, key, job))

    once()
    return median(watch.steady(once) for _ in range(ROUNDS))


def rows_of(
    shape: DecoderShape, peak: Peak, key: str, fitted: Job, measured: Mapping[Job, float]
) -> tuple[float, list[dict[str, Any]]]:
    """The overhead per pass in ms, from the fitted job, and a row for every job. ``measured`` is the time in ms by job,
    including the fitted one."""
    overhead = fitted_overhead(COSTS[key](shape, fitted), measured[fitted], peak)
    rows = []
    for job, ms in measured.items():
        predicted = sum(pass_time(cost, Device(peak, overhead)).ms for cost in COSTS[key](shape, job))
        rows.append(
            {
                "lane": key,
                "prompt": job.prompt,
                "length": job.length,
                "passes": job.passes if key == "diffusion" else job.length,
                "predicted_ms": round(predicted, 2),
                "measured_ms": round(ms, 2),
                "error": round(error(predicted, ms), 4),
                "fitted": job == fitted,
            }
        )
    return overhead, rows


def errors(rows: Sequence[Mapping[str, Any]]) -> dict[str, float | int]:
    """The median and largest absolute error over the predicted rows; the fitted row does not count."""
    off = [abs(row["error"]) for row in rows if not row["fitted"]]
    return {"error_median": round(median(off), 4), "error_worst": round(max(off), 4), "predicted": len(off)}


def prediction(
    engine: Twins, jobs: Sequence[Job] = JOBS, fitted: Job = FITTED, watch: Watch | None = None
) -> dict[str, Any]:
    """The rows and errors of both lanes of the twins, then of the 8B shapes. Takes about half a minute on two cores."""
    watch, peak, out, rows = watch or Watch(), engine.peak(), {}, []
    for key, twin in (("diffusion", engine.diffusion), ("ar", engine.ar)):
        shape = DecoderShape.of(twin.model.config, engine.twin(key).decoder.dtype.itemsize)
        its_jobs = [fitted, *jobs] if key == "diffusion" else once_each(fitted, jobs)
        overhead, its_rows = rows_of(
            shape, peak, key, fitted, {job: clock(engine, key, job, watch) for job in its_jobs}
        )
        out[key] = {"overhead_ms": round(overhead, 4), **errors(its_rows)}
        rows += its_rows
    return {
        "peak": {"flops_per_s": round(peak.flops_per_s), "bytes_per_s": round(peak.bytes_per_s)},
        "fitted": {"prompt": fitted.prompt, "length": fitted.length, "passes": fitted.passes},
        "rows": rows,
        **errors(rows),
        "lanes": out,
        "rounds": ROUNDS,
        "others": watch.others,
        "large": large(engine.ar.decoder.device),
    }


def once_each(fitted: Job, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that differ for the AR lane, which ignores the number of passes; the fitted one first."""
    plain = dict.fromkeys(replace(job, passes=1) for job in jobs)
    return [fitted, *(job for job in plain if (job.prompt, job.length) != (fitted.prompt, fitted.length))]


def large(device: torch.device, configs: tuple[Any, Any] = (LLADA, LLAMA), plan: Plan = PLAN) -> dict[str, Any]:
    """The rows of a pass of LLaDA-8B's shape at several canvases and of a step of Llama-3-8B's shape at several
    contexts; each is fitted at one size."""
    if device.type != "cuda":
        return {"skipped": "there is no CUDA device here, and a CPU would take minutes a pass"}
    both, one = configs
    try:
        return {
            "diffusion": of_shape(
                both, device, [replace(plan, canvas=canvas) for canvas in CANVASES], _diffusion_pass, pass_times
            ),
            "ar": of_shape(one, device, [replace(plan, context=context) for context in CONTEXTS], _ar_step, step_times),
        }
    except Exception as failed:  # the twins' rows must still be reported
        return failure(failed)


def _diffusion_pass(shape: DecoderShape, plan: Plan) -> Cost:
    window = plan.prompt + plan.canvas
    return pass_cost(shape, window, window, plan.canvas)


def _ar_step(shape: DecoderShape, plan: Plan) -> Cost:
    return pass_cost(shape, 1, plan.context, 1)


def of_shape(
    config: Any,
    device: torch.device,
    plans: Sequence[Plan],
    cost: Callable[[DecoderShape, Plan], Cost],
    timed: Callable[..., tuple[list[float], torch.Tensor]],
) -> dict[str, Any]:
    """The rows of a pass with random weights in bfloat16 at each plan's size. The overhead is fitted on the second
    plan."""
    model, peak = build(config, device), measured_peak(device, torch.bfloat16)
    decoder, shape = GraphDecoder(model, plans[0].capture), DecoderShape.of(config, torch.bfloat16.itemsize)
    measured = [median(timed(decoder, plan, plan.quick_rounds)[0]) for plan in plans]
    overhead = fitted_overhead([cost(shape, plans[1])], measured[1], peak)
    rows = []
    for plan, ms in zip(plans, measured):
        predicted = pass_time(cost(shape, plan), Device(peak, overhead)).ms
        rows.append(
            {
                "canvas": plan.canvas,
                "context": plan.context,
                "predicted_ms": round(predicted, 3),
                "measured_ms": round(ms, 3),
                "error": round(error(predicted, ms), 4),
                "fitted": plan is plans[1],
            }
        )
    del decoder, model
    gc.collect()  # releases the memory of CUDA graphs
    return {"overhead_ms": round(overhead, 4), "rows": rows, **errors(rows)}
