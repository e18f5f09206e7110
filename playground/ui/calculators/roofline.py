"""The roofline panel: predicts the times of both lanes for a model, a device, a batch size and a number of passes.

The predictions come from playground/estimates/roofline.py. For this machine, the peak and the overhead per pass
of each lane are measured, in the last run. For a device from a data sheet they are not, so the reader sets the
overhead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from playground.errors import PlaygroundError
from playground.estimates.roofline import (
    Device,
    Job,
    LaneTime,
    ar_time,
    break_even_passes,
    diffusion_time,
    speedup,
)
from playground.estimates.scenarios import duration
from playground.evidence.claims import Accelerator
from playground.evidence.load import load_claims
from playground.evidence.measured import Measured
from playground.files import ROOT
from playground.metrics.cost import DecoderShape, Peak
from playground.metrics.finish import TIE
from playground.ui.calculators.last_run import BYTES, MeasuredRun, read_run, recorded_run
from playground.ui.calculators.sliders import (
    Slider,
    data,
    in_unit,
    read_choice,
    read_question,
    read_values,
    share,
    sliders,
    starts,
)
from playground.ui.components.answered import answered
from playground.ui.components.bare import Bare
from playground.web.templates import render

TWINS = ROOT / "models" / "twin-diffusion" / "config.json"
HERE = "here"  # the device of the last run
NAMES = {"diffusion": "Diffusion", "ar": "AR"}
BOUNDS = {"memory": "memory traffic", "compute": "arithmetic", "overhead": "overhead"}
TERA = 1e12


@dataclass(frozen=True)
class Machine:
    """A device for predictions."""

    name: str  # for the reader
    peak: Peak  # for numbers of ``bytes_per_number`` bytes
    bytes_per_number: int
    overhead_ms: Mapping[str, float]  # kind of lane -> overhead per pass
    about: str  # sentences on the source of these figures

    def lane(self, kind: str) -> Device:
        return Device(self.peak, self.overhead_ms[kind])


@dataclass(frozen=True)
class Duel:
    """The predicted times of both lanes for one job."""

    diffusion: LaneTime
    ar: LaneTime

    @property
    def even(self) -> int:
        """The largest number of passes with which diffusion is not slower; 0 if one pass is slower already."""
        return break_even_passes(self.ar, self.diffusion)

    @property
    def factor(self) -> float:
        """The AR time divided by the diffusion time."""
        return speedup(self.ar, self.diffusion)

    @property
    def first(self) -> str | None:
        """The kind of the faster lane; None for a tie."""
        return None if 1 / TIE < self.factor < TIE else "diffusion" if self.factor > 1 else "ar"


class Roofline(Bare):
    """The panel. markup: from ``panel``; it opens with the device of the recorded run."""

    def __init__(self, markup: str, **kwargs: Any):
        super().__init__(
            html_template=markup,
            js_on_load="mountRoofline(element, props, server);",
            server_functions=[predict],
            **kwargs,
        )


def predict(question: str) -> str:
    """Answer a request from the browser. JSON text in: {"model", "device", "values", "run"}, all optional. JSON text
    out: {"lanes", "first", "factor", "even", "batches", "summary", "html"} or {"message"}."""

    def answer() -> Mapping[str, Any]:
        asked = read_question(question)
        model = read_choice(asked.get("model"), tuple(models()), "model")
        device = read_choice(asked.get("device"), tuple(devices()), "device")
        values = read_values(inputs(), asked.get("values", {}))
        return result(model, device, values, read_run(asked.get("run")))

    return answered(answer)


def inputs() -> tuple[Slider, ...]:
    return sliders(data()["roofline"]["inputs"])


def models() -> dict[str, str]:
    """The names of the models, by id."""
    return {"twins": "The twins"} | {shape.id: shape.name for shape in load_claims().shapes}


def devices() -> dict[str, str]:
    return {HERE: "This machine"} | {device.id: device.name for device in load_claims().devices}


def shape_of(model: str, bytes_per_number: int) -> DecoderShape:
    if model == "twins":
        return DecoderShape.of(SimpleNamespace(**json.loads(TWINS.read_text(encoding="utf-8"))), bytes_per_number)
    return load_claims().shape(model).decoder(bytes_per_number)


def about_model(model: str, shape: DecoderShape, job: Job) -> str:
    """Sentences on a model: its parameters, where its sizes are from, and how many experts a pass reads."""
    size = _parameters(shape.parameters)
    if model == "twins":
        return f"The twins have {size} parameters each; their sizes are in their config."
    of, experts = load_claims().shape(model), shape.experts
    taken = f", of which a position takes {_parameters(shape.active)}" if experts else ""
    said = (
        f"{of.name} has {size} parameters{taken}, here in both lanes (sizes: {of.source.title}; {of.source.by}, "
        f"{of.source.date or 'undated'})."
    )
    if experts:
        step, whole = (round(experts.distinct(job.batch * n)) for n in (1, job.prompt + job.length))
        said += (
            f" Of the {experts.count} experts of a layer an AR step reads {step} and a diffusion pass {whole}, if the router "
            "is even."
        )
    if of.block:
        said += (
            f" It attends in blocks of {of.block} and can keep a cache; here, as for the others, a pass computes the whole "
            "text."
        )
    return said


def _parameters(number: int) -> str:
    """A number of parameters: "7.4 billion", "5 million"."""
    return f"{number / 1e9:.1f} billion" if number >= 1e8 else f"{number / 1e6:.0f} million"


def machine(device: str, overhead_ms: float, run: MeasuredRun | None) -> Machine:
    """The device with this id. Raises PlaygroundError if it is HERE and no run measured its peak.

    overhead_ms: per pass, for a device from a data sheet. run: the last run, if any.
    """
    if device != HERE:
        return _by_sheet(load_claims().device(device), overhead_ms)
    for one in (run, recorded_run()):
        if one and one.peak and one.dtype in BYTES:
            lanes = {kind: one.lane(kind) for kind in NAMES}
            measured = {kind: lane.overhead_ms(one.peak) if lane else None for kind, lane in lanes.items()}
            overheads = {kind: ms for kind, ms in measured.items() if ms is not None}
            if len(overheads) == len(NAMES):
                told = " and ".join(f"{duration(ms / 1000)} for {NAMES[kind]}" for kind, ms in overheads.items())
                about = f"Peak, and what a pass took beyond it ({told}), as measured in the run of {one.date} on {one.device}."
                return Machine(one.device, one.peak, BYTES[one.dtype], overheads, about)
    raise PlaygroundError("No run with a measured peak is at hand. Run a race, or choose another device.")


def _by_sheet(device: Accelerator, overhead_ms: float) -> Machine:
    arithmetic, memory = device.figure("peak_tflops"), device.figure("peak_tbytes")
    source = arithmetic.source
    about = (
        f"Peak by the data sheet: {arithmetic.text} in {device.dtype}, {memory.text} ({arithmetic.status}; {source.title}, {source.by}, "
        f"{source.date or 'undated'}). The overhead of a pass is not known: set it yourself. With none, these times are lower bounds."
    )
    peak = Peak(TERA * float(arithmetic.value), TERA * float(memory.value))
    return Machine(device.name, peak, BYTES[device.dtype], dict.fromkeys(NAMES, overhead_ms), about)


def duel(shape: DecoderShape, on: Machine, job: Job) -> Duel:
    """Predict both lanes' times, each with its own overhead per pass."""
    return Duel(diffusion_time(shape, on.lane("diffusion"), job), ar_time(shape, on.lane("ar"), job))


def result(model: str, device: str, values: Mapping[str, float], run: MeasuredRun | None) -> dict[str, Any]:
    if values["passes"] > values["length"]:
        raise PlaygroundError(
            f"{values['length']} tokens take {values['length']} passes at most: each settles at least one."
        )
    on = machine(device, values["overhead_ms"], run)
    shape, job = (
        shape_of(model, on.bytes_per_number),
        Job(*(int(values[name]) for name in ("prompt", "length", "passes", "batch"))),
    )
    now = duel(shape, on, job)
    batches = {batch: duel(shape, on, replace(job, batch=batch)) for batch in data()["roofline"]["batches"]}
    return {
        "lanes": {kind: lane_json(getattr(now, kind)) for kind in NAMES},
        "first": now.first,
        "factor": now.factor,
        "even": now.even,
        "batches": [
            {"batch": batch, "first": one.first, "factor": one.factor, "even": one.even}
            for batch, one in batches.items()
        ],
        "summary": sums_up(now, job),
        "html": result_html(now, batches, job, [on.about, about_model(model, shape, job)]),
    }


def lane_json(lane: LaneTime) -> dict[str, Any]:
    return {
        "ms": lane.ms,
        "first_ms": lane.first_ms,
        "passes": lane.passes,
        "tok_per_s": lane.tok_per_s,
        "bound": lane.bound,
    }


def sums_up(now: Duel, job: Job) -> str:
    """Sentences that name the faster lane, its factor and the number of passes at which both are even."""
    times = {kind: duration(getattr(now, kind).ms / 1000) for kind in NAMES}
    if now.first is None:
        said = f"A tie: diffusion {times['diffusion']}, AR {times['ar']}."
    else:
        other = "ar" if now.first == "diffusion" else "diffusion"
        factor = max(now.factor, 1 / now.factor)
        said = f"{NAMES[now.first]} is first, {factor:.1f}× as fast: {times[now.first]} against {times[other]}."
    if now.even >= job.length:
        return f"{said} Diffusion is no slower at any number of passes, even one a token."
    if now.even == 0:
        return f"{said} Diffusion would be slower with a single pass."
    return f"{said} Diffusion breaks even at {in_unit(now.even, 'passes', 'pass')}; here it takes {job.passes}."


def prediction_error(measured: Measured) -> str:
    """A sentence on the measured error of the predictions."""
    try:
        off = [measured.text(f"prediction.error_{name}") for name in ("median", "worst")]
    except KeyError:
        return "How far it is off has not been measured yet."
    return f"Held against the twins ({measured.where}), for jobs it had not seen, it was off by {off[0]} in the middle case and {off[1]} in the worst."


# ---------- markup


def panel(measured: Measured) -> Markup:
    """The HTML of the panel, with the result for the initial values of the sliders."""
    shown = result(next(iter(models())), HERE, starts(inputs()), None)
    return render(
        "panels/roofline.html",
        models=models().items(),
        devices=devices().items(),
        sliders=inputs(),
        reason=data()["roofline"]["reason"],
        summary=shown["summary"],
        result=shown["html"],
        error=prediction_error(measured),
    )


def result_html(now: Duel, batches: Mapping[int, Duel], job: Job, about: Sequence[str]) -> Markup:
    """The HTML of a result: a bar for each lane, then for each batch size a track from one pass to one pass per
    token. about: sentences on the sources of the device's and the model's figures."""
    return render(
        "panels/roofline_result.html",
        lanes=[(kind, getattr(now, kind)) for kind in NAMES],
        names=NAMES,
        about=about,
        longest=max(now.diffusion.ms, now.ar.ms),
        fastest=max(now.diffusion.tok_per_s, now.ar.tok_per_s),
        batches=batches.items(),
        job=job,
        every=in_unit(job.length, "passes"),
        duration=duration,
        rate=rate,
        share=share,
        each_pass=each_pass,
        reach=reach,
        lead=lead,
    )


def each_pass(lane: LaneTime) -> str:
    return f"{in_unit(lane.passes, 'passes', 'pass')} of {duration(lane.ms_per_pass / 1000)}, bound by {BOUNDS[lane.bound]}"


def reach(one: Duel, job: Job) -> str:
    return "none" if one.even == 0 else "any" if one.even >= job.length else f"{one.even}"


def lead(one: Duel) -> str:
    return "tie" if one.first is None else f"{NAMES[one.first]} {rate(max(one.factor, 1 / one.factor))}×"


def rate(number: float) -> str:
    return f"{number:,.{0 if number >= 99.5 else 1 if number >= 0.95 else 2}f}"
