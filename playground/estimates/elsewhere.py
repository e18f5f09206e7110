"""What a race would take with a large model on a large chip: the roofline (roofline.py) for the race's own passes.

An AR lane reads what is given to it beside its own tokens: the prompt, and words after a gap. A diffusion lane reads
its whole window in every pass. Both have the sizes of one model, because the question is what the way of writing costs.
"""

from __future__ import annotations

from functools import lru_cache

from playground.estimates.roofline import Device, Job, LaneTime, ar_time, diffusion_time, pass_time
from playground.evidence.load import load_claims
from playground.metrics.cost import DecoderShape, Peak, pass_cost
from playground.metrics.finish import Calculated
from playground.trace.served import remote_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Lane, Trace

MODEL, STEPPED, DEVICE = "llada-8b", "llama3-8b", "h100-sxm"  # ids in assets/claims.json
NAMES = ("an 8B model", "one H100")  # in a sentence
BYTES = 2  # bfloat16
SMALL = 1e9  # parameters; of a larger model the clock here is what counts
# Passes of these shapes with random weights on one H100, in a CUDA graph: docs/BENCHMARKS.md, "One GPU", make bench-gpu,
# 2026-11-26, commit eaaf439. A pass over 192 positions of which 128 are canvas, and an AR step after 512.
MEASURED_PASS_MS, MEASURED_STEP_MS = 11.0, 9.0


def elsewhere(trace: Trace) -> Calculated | None:
    """The race with MODEL on DEVICE; None for other races than one diffusion lane against one AR lane, both without
    guidance and without a cache that is approximate, in the same tokens and on one machine."""
    lanes = {lane.kind: lane for lane in trace.lanes}
    if len(trace.lanes) != 2 or set(lanes) != {"diffusion", "ar"} or not share_tokenizer(trace.lanes):
        return None
    if any(remote_of(lane) is not None or lane.about.get("approximate") for lane in trace.lanes):
        return None
    settings = {**trace.run, **lanes["diffusion"].about.get("settings", {})}
    if settings.get("guidance"):
        return None
    times = {lane.key: _time(trace, lane) for lane in trace.lanes}
    if not all(times.values()):
        return None
    known = {key: time for key, time in times.items() if time}
    return Calculated(
        *NAMES,
        {key: round(time.ms_per_pass, 4) for key, time in known.items()},
        {key: round(time.ms, 3) for key, time in known.items()},
        error_in_words(),
    )


def _time(trace: Trace, lane: Lane) -> LaneTime | None:
    """The predicted time of a lane; None for one that took no pass."""
    passes = len(trace.frames_of(lane.key)) - 1
    if passes < 1:
        return None
    if lane.kind == "diffusion":
        return diffusion_time(_shape(MODEL), _device(), Job(lane.prompt, lane.length, passes))
    given = sum(change.position >= lane.prompt for change in trace.canvas(lane.key, 0).values())
    return ar_time(_shape(MODEL), _device(), Job(lane.prompt + given, passes, passes))


@lru_cache
def _device() -> Device:
    chip = load_claims().device(DEVICE)
    return Device(Peak(*(1e12 * float(chip.figure(name).value or 0) for name in ("peak_tflops", "peak_tbytes"))))


@lru_cache
def _shape(model: str) -> DecoderShape:
    return load_claims().shape(model).decoder(BYTES)


@lru_cache
def errors() -> tuple[float, float]:
    """How many times as long as calculated a pass of diffusion and a step of AR took where both were measured."""
    whole = pass_time(pass_cost(_shape(MODEL), 192, 192, 128, 1), _device()).ms
    step = pass_time(pass_cost(_shape(STEPPED), 1, 512, 1, 1), _device()).ms
    return MEASURED_PASS_MS / whole, MEASURED_STEP_MS / step


def error_in_words() -> str:
    """A sentence on the error of these times."""
    whole, step = errors()
    return f"The least possible times: looks that were measured took {whole:.1f}× as long, steps {step:.1f}×."
