"""The calculator: time and money of an agent loop, a voice reply or a code completion, for every system with a
published rate and for the last measured run.

The browser sends the sliders' values and the figures of a trace and gets HTML back. The same functions render the panel
that the page shows when it opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from markupsafe import Markup

from playground.estimates.products import System, published_systems
from playground.estimates.scenarios import SCENARIOS, THOUSAND, Outcome, besides, duration, money, sums_up
from playground.evidence.load import load_claims
from playground.ui.calculators.last_run import MeasuredRun, read_run, recorded_run
from playground.ui.calculators.sliders import (
    data,
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

COLOURS = {"one": "diffusion", "two": "ar", "three": "rival"}  # slot of a lane -> its colour
HEADS = {"agent": "Time", "voice": "Until it speaks", "code": "Until it is complete"}


@dataclass(frozen=True)
class Row:
    """A system in the table."""

    system: System
    colour: str  # "diffusion", "ar" or "rival"
    here: bool  # whether it is a lane of the last run on the stage
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        return {"name": self.system.name, "colour": self.colour, "here": self.here, **asdict(self.outcome)}


class Calculator(Bare):
    """The panel. markup: from ``panel``; None renders it with the recorded run, which the stage shows when the page
    opens."""

    def __init__(self, markup: str | None = None, **kwargs: Any):
        super().__init__(
            html_template=markup or panel(recorded_run()),
            js_on_load="mountCalculator(element, props, server);",
            server_functions=[calculate],
            **kwargs,
        )


def calculate(question: str) -> str:
    """Answer a request from the browser. JSON text in: {"scenario", "values", "run"}, all optional; the default run is
    the recorded one. JSON text out: {"rows", "summary", "html"} or {"message"}."""

    def answer() -> Mapping[str, Any]:
        asked = read_question(question)
        scenario = read_choice(asked.get("scenario"), tuple(SCENARIOS), "scenario")
        values = read_values(inputs_of(scenario), asked.get("values", {}))
        return result(scenario, values, read_run(asked.get("run")) or recorded_run())

    return answered(answer)


def result(scenario: str, values: Mapping[str, float], run: MeasuredRun | None) -> dict[str, Any]:
    rows = table_rows(scenario, values, run)
    published, here = [[(row.system.name, row.outcome) for row in rows if row.here is own] for own in (False, True)]
    return {
        "rows": [row.to_json() for row in rows],
        "summary": sums_up(scenario, published),
        "html": result_html(scenario, rows, values, run, besides(published, here, _scenario(scenario)["tasks"])),
    }


def table_rows(scenario: str, values: Mapping[str, float], run: MeasuredRun | None) -> tuple[Row, ...]:
    """The lanes of the run, then every system with a published rate."""
    given = [(lane.system(), COLOURS[lane.slot], True) for lane in run.lanes] if run else []
    given += [(system, player.kind, False) for player, system in published_systems(load_claims())]
    return tuple(Row(system, colour, here, SCENARIOS[scenario](system, values)) for system, colour, here in given)


def _scenario(id: str) -> dict[str, Any]:
    return next(one for one in data()["scenarios"] if one["id"] == id)


def inputs_of(scenario: str) -> tuple:
    return sliders(_scenario(scenario)["inputs"])


# ---------- markup


def panel(recorded: MeasuredRun | None) -> Markup:
    """The HTML of the panel, with the result for the initial values of the sliders."""
    scenarios = data()["scenarios"]
    first = scenarios[0]["id"]
    shown = result(first, starts(inputs_of(first)), recorded)
    return render(
        "panels/calculator.html",
        choices=[(one["id"], one["title"]) for one in scenarios],
        scenarios=scenarios,
        sliders=sliders,
        claim=load_claims().claim,
        summary=shown["summary"],
        result=shown["html"],
        systems=[system for _, system in published_systems(load_claims())],
        against=data()["against"],
    )


def result_html(
    scenario: str, rows: Sequence[Row], values: Mapping[str, float], run: MeasuredRun | None, besides: str
) -> Markup:
    """The table of times and costs, each column with its own scale.

    besides: a sentence that compares the last run with the published systems.
    """
    limit = values.get("limit_s")
    measured = ""
    if run is not None:
        measured = (
            f"{'The recorded run of the twins that ship' if run == recorded_run() else 'The last run'}, {run.where}"
        )
    groups = [
        (title, chosen)
        for here, title in ((True, measured), (False, "Published"))
        if (chosen := [row for row in rows if row.here is here])
    ]
    return render(
        "panels/calculator_result.html",
        besides=besides,
        columns=("System", HEADS[scenario], f"Cost of {THOUSAND:,} {_scenario(scenario)['tasks']}"),
        groups=groups,
        limit=limit,
        longest=max(limit or 0.0, *(row.outcome.seconds for row in rows)),
        dearest=max((row.outcome.dollars or 0.0 for row in rows), default=0.0),
        key=key_to(scenario, _scenario(scenario)["task"], rows[0].outcome, limit),
        duration=duration,
        cost=lambda dollars: money(THOUSAND * dollars),
        rate=rate,
        share=share,
    )


def key_to(scenario: str, task: str, done: Outcome, limit: float | None) -> str:
    """Sentences on how to read the table. task: its name; done: any outcome; limit: seconds, None without a limit."""
    said = [f"A {task} reads {done.tokens_in:,} tokens and writes {done.tokens_out:,}."]
    if done.fixed_s:
        said.append("Grey: tools." if scenario == "agent" else "Grey: hearing and voicing.")
    if limit is not None:
        said.append(f"The line is the limit, {duration(limit)}.")
    return " ".join(
        [
            *said,
            "“At least”: it is not known here how long that system waits before the text, or how much arrives at once.",
        ]
    )


def rate(row: Row) -> str:
    """The tokens per second of a row's system, with the status of that figure."""
    if row.here:
        return f"{row.system.tok_per_s:,.0f} tok/s once it writes, measured"
    published = row.system.figures[0]
    return f"{published.text}, {published.status}"
