"""Measures all figures that the story quotes and writes them to one file. ``playground/evidence/measured.py`` reads
it and documents its format.

Scaling, prediction, the race, the sweep and the repairs are measured by modules of their own; this module gives their
figures names, units and labels. It takes about three minutes on two idle cores. Measurements that other processes
disturb are repeated (quiet.py) for at most PATIENCE_S seconds more; ``others`` is the share of the processors' time
that other processes still took during the accepted measurements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playground.bench import prediction, racing, repair, scaling
from playground.bench.lanes import REQUEST
from playground.bench.quiet import Watch
from playground.console import named_by_user
from playground.decoders.judge import load_judge
from playground.engine.provenance import commit, library_versions
from playground.engine.twins import Twins
from playground.errors import PlaygroundError
from playground.evidence.measured import OWN, SHIPPED, VERSION, Value, faults
from playground.files import write_whole
from playground.sweep.plans import plans
from playground.sweep.points import Point, Sweep
from playground.sweep.running import sweep
from playground.training.text.draw import held_out

COMMAND = "make bench ARGS=story"
PROMPTS, SEED = 12, 40  # held-out requests of the sweep, and the seed that draws them
PATIENCE_S = 180.0
POINT = (
    "group",
    "family",
    "label",
    "settings",
    "tok_per_s",
    "passes",
    "perplexity",
    "judged",
    "entropy",
    "distinct_2",
    "right",
    "repeated",
    "broken",
)
DIGITS = {
    "tok_per_s": 1,
    "passes": 1,
    "perplexity": 2,
    "judged": 2,
    "entropy": 3,
    "distinct_2": 3,
    "right": 3,
    "repeated": 3,
    "broken": 3,
}
EDIT = "edit at 0.7"
REPAIRS = {"repair.": "random tokens", "repair.own_": "its own errors"}  # prefix of a figure's name -> kind of error
LANES = {"diffusion": "the diffusion lane", "ar": "the AR lane"}


def story(engine: Twins, judge: Path | None = None, ship: bool = False) -> dict[str, Any]:
    """Measure everything and write this machine's record; with ``ship`` also the one in assets. Returns the record.
    Raises PlaygroundError if the record is faulty or cannot be written."""
    record = engine.thread.run(measured_record, engine, judge)
    for path in (OWN, *([SHIPPED] if ship else [])):
        write(record, path)
    return record


def measured_record(engine: Twins, judge: Path | None = None, patience_s: float | None = None) -> dict[str, Any]:
    """Measure the whole record. Must be called on the device's thread."""
    judging = load_judge(judge, engine.ar.decoder.device) if judge else None
    watch = Watch(PATIENCE_S if patience_s is None else patience_s)
    parts: dict[str, Any] = {
        "scaling": scaling.scaling(engine, watch=watch),
        "prediction": prediction.prediction(engine, watch=watch),
        "race": {
            **racing.race_figures(engine, watch=watch),
            "most_passes_faster": racing.most_passes_faster(engine, watch=watch),
        },
    }
    repairs = {name: repair.of_rule(engine, kind, repair.RULES[EDIT]) for name, kind in REPAIRS.items()}
    swept = sweep(
        engine,
        plans(REQUEST.length),
        [asked.prompt for asked in held_out(PROMPTS, SEED)],
        REQUEST.length,
        judging,
        steady=watch.steady,
    )
    parts["sweep"] = {**sweep_figures(swept), "others": watch.others}
    command = COMMAND + (f" (judge: {judging.name})" if judging else "")
    return record(engine, parts, [*values(parts), *repair_values(repairs)], command)


def record(engine: Twins, parts: Mapping[str, Any], named: Sequence[Value], command: str) -> dict[str, Any]:
    """The parts and named figures with the facts needed to cite them: device, date, commit, command, versions,
    weights."""
    return {
        "version": VERSION,
        "device": engine.device,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit() or "",
        "command": command,
        "libraries": library_versions(),
        "checkpoints": {twin.name: twin.hash for twin in (engine.diffusion, engine.ar)},
        "values": {one.name: {"value": one.value, "unit": one.unit, "label": one.label} for one in named},
        **parts,
    }


def values(parts: Mapping[str, Any]) -> Iterator[Value]:
    """The named figures of scaling, prediction, race and sweep."""
    yield from _of_scaling(parts["scaling"])
    yield from _of_prediction(parts["prediction"])
    yield from _of_race(parts["race"])
    most = parts["race"]["most_passes_faster"]
    yield Value(
        "sweep.most_passes_faster",
        most,
        "passes",
        f"the most passes with which diffusion, surest first without a cache, "
        f"is done before AR, {REQUEST.length} tokens",
    )


def _of_scaling(found: Mapping[str, Any]) -> Iterator[Value]:
    bend, rows = found["bend"], found["rows"]
    for part, where in (("short", f"up to {bend:,} positions"), ("long", f"from {bend:,} positions on")):
        for name, what in (("exponent", "time of a pass"), ("flops_exponent", "arithmetic of a pass")):
            if found[f"{name}_{part}"] is not None:
                yield Value(
                    f"scaling.{name}_{part}",
                    found[f"{name}_{part}"],
                    "exponent",
                    f"fitted exponent of the {what}, {where}",
                )
    for row in rows:
        at = row["positions"]
        share = f"attention's share of a pass's arithmetic at {at:,} positions"
        yield Value(f"scaling.attention_share_{at}", row["attention_share"], "share", share)
        yield Value(f"scaling.pass_{at}_ms", row["ms"], "ms", f"one bidirectional pass over {at:,} positions")
        yield Value(
            f"scaling.ar_step_{at}_ms", row["ar_step_ms"], "ms", f"one AR step with {at:,} positions in its cache"
        )
        for name, how in (
            ("ar_total", "AR with its cache"),
            ("fixed_total", f"diffusion in {found['passes_fixed']} passes"),
            ("growing_total", f"diffusion with a pass for every {found['tokens_a_pass']} tokens"),
        ):
            yield Value(
                f"scaling.{name}_{at}_s", round(row[f"{name}_ms"] / 1000, 4), "s", f"writing {at:,} tokens: {how}"
            )
    yield Value("scaling.longest", rows[-1]["positions"], "positions", "the longest text of the scaling experiment")
    yield Value("scaling.bend", bend, "positions", "where the two fits of the scaling experiment meet")


def _of_prediction(found: Mapping[str, Any]) -> Iterator[Value]:
    jobs = f"{found['predicted']} predicted times of both lanes"
    yield Value("prediction.error_median", found["error_median"], "share", f"median absolute error of {jobs}")
    yield Value("prediction.error_worst", found["error_worst"], "share", f"worst absolute error of {jobs}")
    for key, lane in found["lanes"].items():
        overhead = f"overhead of a pass of {LANES[key]}, fitted on one job"
        yield Value(f"prediction.overhead_{key}_ms", lane["overhead_ms"], "ms", overhead)
        yield Value(
            f"prediction.error_median_{key}", lane["error_median"], "share", f"median absolute error of {LANES[key]}"
        )
        yield Value(
            f"prediction.error_worst_{key}", lane["error_worst"], "share", f"worst absolute error of {LANES[key]}"
        )


def _of_race(found: Mapping[str, Any]) -> Iterator[Value]:
    lanes, factor = found["lanes"], found["factor"]
    yield Value("race.tokens", lanes["diffusion"]["tokens"], "tokens", "tokens that each lane of the race wrote")
    yield Value("race.passes", lanes["diffusion"]["passes"], "passes", "passes of the diffusion lane in the race")
    yield Value("race.factor", factor, "factor", "AR's time over diffusion's in the race: above 1, diffusion was first")
    yield Value(
        "race.factor_first",
        round(max(factor, 1 / factor), 3),
        "factor",
        "how many times as fast the lane was that was first",
    )
    for key, lane in lanes.items():
        name = LANES[key]
        yield Value(f"race.{key}_ms", lane["ms"], "ms", f"time of {name}")
        yield Value(f"race.{key}_tok_per_s", lane["tok_per_s"], "tok/s", f"rate of {name}")
        yield Value(f"race.{key}_pass_ms", lane["ms_per_pass"], "ms", f"one pass of {name}")
        yield Value(
            f"race.flops_share_{key}",
            lane["flops_share"],
            "share",
            f"arithmetic of {name}, of the device's measured peak",
        )
        traffic = f"memory traffic of {name}, of the device's measured peak"
        yield Value(f"race.bytes_share_{key}", lane["bytes_share"], "share", traffic)


def repair_values(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Value]:
    """The named figures of repairs. ``found`` are results of repair.of_rule, by a key of REPAIRS."""
    for name, row in found.items():
        what = f"{REPAIRS[name]}, {repair.SHARE:.0%} of the text, under {EDIT}"
        yield Value(f"{name}repaired", row["repaired"], "share", f"wrong tokens repaired: {what}")
        yield Value(f"{name}spoiled", row["spoiled"], "share", f"right tokens spoiled: {what}")


def sweep_figures(found: Sweep) -> dict[str, Any]:
    """The figures of a sweep for a chart of speed against quality, rounded."""
    return {
        "title": found.title,
        "judge": found.judge,
        "length": found.run["length"],
        "prompts": len(found.run["prompts"]),
        "ar": _point(found.ar),
        "points": [{**_point(point), "against_ar": found.standing(point)} for point in found.points],
    }


def _point(point: Point) -> dict[str, Any]:
    row = {name: value for name, value in asdict(point).items() if name in POINT and value is not None}
    return {name: round(value, DIGITS[name]) if name in DIGITS else value for name, value in row.items()}


def write(found: Mapping[str, Any], path: Path) -> None:
    """Write a record as compact JSON, one line per part. Raises PlaygroundError if the record is faulty or cannot be
    written."""
    if wrong := list(faults(found)):
        raise PlaygroundError("The measurements were not written. " + " ".join(wrong))
    compact = {name: json.dumps(part, ensure_ascii=False, separators=(",", ":")) for name, part in found.items()}
    lines = ",\n".join(f"{json.dumps(name)}:{part}" for name, part in compact.items())
    with named_by_user(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{{{lines}}}\n")
