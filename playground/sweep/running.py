"""Runs the plans of a sweep, one lane at a time, on the engine's device thread.

Every lane runs alone, so no passes of the other lane fall between its own. The AR lane does not depend on the plans; it
runs repeatedly among them, so that a slowdown of the machine affects both lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from playground.decoders.judge import Judge
from playground.engine.lane_source import needs
from playground.engine.provenance import provenance
from playground.engine.twins import Twins
from playground.errors import PlaygroundError
from playground.metrics.lane_metrics import measure, reply
from playground.metrics.replies import worth
from playground.request.race_request import RaceRequest
from playground.sweep.plans import Plan
from playground.sweep.points import Sample, Sweep, point
from playground.trace.events import settling
from playground.trace.trace import Trace

AR = Plan("", "Autoregressive", "one token a pass", {"steps": 1})  # the AR lane ignores steps; 1 fits any length
AR_EVERY = 20  # plans between two runs of the AR lane
SEED = 0


class Stopped(Exception):
    """A run was stopped between two passes; its figures are discarded."""


def sweep(
    engine: Twins,
    plans: Sequence[Plan],
    prompts: Sequence[str],
    length: int,
    judge: Judge | None = None,
    done: Callable[[], None] = lambda: None,
    steady: Callable[[Callable[[], Sample]], Sample] = lambda run: run(),
    stopped: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Run every plan on every prompt, with texts of ``length`` tokens.

    ``done`` is called after each run of a plan. ``steady`` performs each run, and may repeat it if other processes
    disturbed it. ``stopped`` is called between passes; when it returns True, the sweep ends with the completed runs.
    Raises PlaygroundError if no run was completed.
    """
    samples: dict[int, list[Sample]] = {number: [] for number in range(len(plans))}
    of_ar: list[Sample] = []
    try:
        for prompt in prompts:
            for number, plan in enumerate(plans):
                if number % AR_EVERY == 0:
                    of_ar.append(steady(partial(_sample, engine, "ar", AR.settings, prompt, length, judge, stopped)))
                samples[number].append(
                    steady(partial(_sample, engine, "diffusion", plan.settings, prompt, length, judge, stopped))
                )
                done()
    except Stopped:
        if not any(samples.values()):
            raise PlaygroundError("Stopped before a first run was whole, so there is nothing to keep.") from None
    made, wanted = sum(map(len, samples.values())), len(plans) * len(prompts)
    cut = f" (stopped after {made} of {wanted} runs)" if made < wanted else ""
    points = tuple(point(plan, samples[number]) for number, plan in enumerate(plans) if samples[number])
    return Sweep(
        title=f"{length} tokens, {len(prompts)} prompt{'s' * (len(prompts) != 1)}, {engine.device}: median speed, right answers of the same replies{cut}",
        judge=judge.name if judge else None,
        ar=point(AR, of_ar),
        points=points,
        run={
            "length": length,
            "prompts": list(prompts),
            "seed": SEED,
            "device_name": engine.device,
            "ended": "stopped" if cut else "done",
            "checkpoints": {twin.name: twin.hash for twin in (engine.diffusion, engine.ar)},
            **provenance(engine.ar.decoder.device, engine.ar.decoder.dtype),
        },
        scorer=engine.ar.record.called or engine.ar.record.title,
        one_tokenizer=engine.diffusion.fingerprint == engine.ar.fingerprint,
    )


def possible(engine: Twins, plans: Sequence[Plan], length: int) -> list[Plan]:
    """The plans that the engine's diffusion model can do: a published one starts from masks alone, for example."""
    able = engine.diffusion.can
    return [plan for plan in plans if able.issuperset(needs(_request("Hello", length, plan.settings), "diffusion"))]


def _request(prompt: str, length: int, settings: Mapping[str, Any]) -> RaceRequest:
    return RaceRequest.parse({"prompt": prompt, "length": length, "seed": SEED, **settings})


def _sample(
    engine: Twins,
    key: str,
    settings: Mapping[str, Any],
    prompt: str,
    length: int,
    judge: Judge | None,
    stopped: Callable[[], bool],
) -> Sample:
    request = _request(prompt, length, settings)
    return engine.thread.run(_run, engine, key, request, judge, stopped)


def _run(engine: Twins, key: str, request: RaceRequest, judge: Judge | None, stopped: Callable[[], bool]) -> Sample:
    """Run one lane to its end and measure its text. Must be called on the device's thread. Raises Stopped."""
    running = engine.lanes(request)[key]
    trace = Trace({}, (running.lane,), [])
    for frame in running.frames:
        if stopped():
            raise Stopped
        trace.frames.append(frame)
    text, tally = reply(trace, key), running.tally
    score = engine.ar.score(running.given, text)
    figures = measure(
        trace,
        key,
        score and score.perplexity,
        tally.total if tally else None,
        engine.peak(),
        worth(running.asked, text) if running.asked else None,
        score and score.bits_per_byte,
    )
    judged = judge.score(running.text, text) if judge else None
    return Sample(
        figures,
        settling(trace.frames, running.lane).gaps_ms(),
        judged and judged.perplexity,
        judged and judged.bits_per_byte,
    )
