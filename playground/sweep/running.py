"""Running a sweep's plans, lane by lane, on the engine's device thread.

Every lane runs alone, so its clock is that of a race without the other lane's passes between its own. The AR lane does not
depend on the plans; it runs now and then between them, so that a machine that slows down slows both down.
"""
from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from playground.engine import TwinEngine
from playground.judge import Judge
from playground.measures import measure, written_ids
from playground.provenance import provenance
from playground.request import RaceRequest
from playground.scoring import perplexity
from playground.settling import settling
from playground.sweep.plans import Plan
from playground.sweep.points import Sample, Sweep, point
from playground.trace import Trace

AR = Plan("", "Autoregressive", "one token a pass", {"steps": 1})  # steps are of the other lane; 1 goes with any length
AR_EVERY = 20  # plans between two runs of the AR lane
SEED = 0


def sweep(
    engine: TwinEngine, plans: Sequence[Plan], prompts: Sequence[str], length: int, judge: Judge | None = None,
    done: Callable[[], None] = lambda: None, steady: Callable[[Callable[[], Sample]], Sample] = lambda run: run(),
) -> Sweep:
    """Run every plan on every prompt. done: called after each run of a plan; steady: makes each run, and may make it again where
    the machine was disturbed."""
    samples: dict[int, list[Sample]] = {number: [] for number in range(len(plans))}
    of_ar: list[Sample] = []
    for prompt in prompts:
        for number, plan in enumerate(plans):
            if number % AR_EVERY == 0:
                of_ar.append(steady(lambda: _sample(engine, "ar", AR.settings, prompt, length, judge)))
            samples[number].append(steady(lambda: _sample(engine, "diffusion", plan.settings, prompt, length, judge)))
            done()
    points = tuple(point(plan, samples[number]) for number, plan in enumerate(plans))
    return Sweep(
        title=f"{length} tokens, {len(prompts)} prompt{'s' * (len(prompts) != 1)}, {engine.device}: median speed, mean quality",
        judge=judge and judge.name, ar=point(AR, of_ar), points=points,
        run={
            "length": length, "prompts": list(prompts), "seed": SEED, "device_name": engine.device,
            "checkpoints": {twin.name: twin.hash for twin in (engine.diffusion, engine.ar)},
            **provenance(engine.decoders["ar"].device, engine.decoders["ar"].dtype),
        },
    )


def _sample(
    engine: TwinEngine, key: str, settings: Mapping[str, Any], prompt: str, length: int, judge: Judge | None
) -> Sample:
    request = RaceRequest.parse({"prompt": prompt, "length": length, "seed": SEED, **settings})
    return engine.thread.run(_run, engine, key, request, judge)


def _run(engine: TwinEngine, key: str, request: RaceRequest, judge: Judge | None) -> Sample:
    """One lane from its first pass to its last, then what its text is worth. On the device's thread."""
    start = engine.open(request)
    running = engine.lanes(request, start)[key]
    trace = Trace({}, (running.lane,), list(running.frames))
    given = list(start.canvas.ids[: start.canvas.start])
    ids = written_ids(trace, key, running.lane.about["end_id"])
    figures = measure(trace, key, perplexity(engine.ar.model, given + ids, len(given)), running.tally.total, engine.peak())
    judged = judge.perplexity(start.text, engine.ar.tokenizer.decode(ids)) if judge else None
    return Sample(figures, settling(trace.frames).gaps_ms(), judged)
