"""The calculator: time and money of an agent loop, a voice reply or a code completion, for every system with a published rate and
for the last measured run.

All of it is computed here; the browser sends the sliders' values and a trace's figures, and gets markup back. What stands on the
page when it opens was rendered by the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from playground.estimates.products import System, published, published_systems
from playground.estimates.scenarios import SCENARIOS, THOUSAND, Outcome, besides, duration, money, sums_up
from playground.evidence.claims import Claims
from playground.evidence.load import load_claims
from playground.ui.bare import Bare
from playground.ui.calculators.last_run import MeasuredRun, read_run, recorded_run
from playground.ui.calculators.sliders import (
    choice_html,
    data,
    read_choice,
    read_question,
    read_values,
    slider_html,
    sliders,
    starts,
)
from playground.ui.share import answered
from playground.ui.template import in_template

RIVAL = "diffusion.b"  # the lane of another sampler
HEADS = {"agent": "Time", "voice": "Until it speaks", "code": "Until it is complete"}


@dataclass(frozen=True)
class Row:
    """A system in the table. colour: diffusion, ar or rival; here: off the last run on the stage."""

    system: System
    colour: str
    here: bool
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        return {"name": self.system.name, "colour": self.colour, "here": self.here, **asdict(self.outcome)}


class Calculator(Bare):
    """The panel. markup: of ``panel``, where it is made already; it opens with the recorded run, which is on the stage as well."""

    def __init__(self, markup: str | None = None, **kwargs: Any):
        super().__init__(
            html_template=markup or panel(recorded_run()),
            js_on_load="mountCalculator(element, props, server);",
            server_functions=[calculate],
            **kwargs,
        )


def calculate(question: str) -> str:
    """JSON in, JSON out. In: {"scenario", "values", "run"}, all of them optional; without a run the
    recorded one counts. Out: {"rows", "summary", "html"} or {"message"}."""

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
        "html": f"<p>{escape(besides(published, here, _scenario(scenario)['tasks']))}</p>{table_html(scenario, rows, values, run)}",
    }


def table_rows(scenario: str, values: Mapping[str, float], run: MeasuredRun | None) -> tuple[Row, ...]:
    """The lanes of the run, then every player whose rate is known."""
    given = (
        [(lane.system(run.blocks), "rival" if lane.key == RIVAL else lane.kind, True) for lane in run.lanes]
        if run
        else []
    )
    given += [(system, player.kind, False) for player, system in published_systems(load_claims())]
    return tuple(Row(system, colour, here, SCENARIOS[scenario](system, values)) for system, colour, here in given)


def _scenario(id: str) -> dict[str, Any]:
    return next(one for one in data()["scenarios"] if one["id"] == id)


def inputs_of(scenario: str) -> tuple:
    return sliders(_scenario(scenario)["inputs"])


# ---------- markup


def panel(recorded: MeasuredRun | None) -> str:
    """The whole panel with its first result, for gradio's template."""
    scenarios = data()["scenarios"]
    first = scenarios[0]["id"]
    shown = result(first, starts(inputs_of(first)), recorded)
    choice = choice_html("scenario", "calc", "What for", [(one["id"], one["title"]) for one in scenarios], heard=True)
    return in_template(
        f'<section class="calc" aria-label="Calculator"><form>{choice}{"".join(scenario_html(one, one["id"] == first) for one in scenarios)}</form>'
        f'<p class="calc-says" aria-live="polite">{escape(shown["summary"])}</p><div class="calc-result">{shown["html"]}</div>'
        f"{sources_html(load_claims())}{against_html(load_claims())}</section>"
    )


def scenario_html(scenario: Mapping[str, Any], shown: bool) -> str:
    claims = load_claims()
    slides = "".join(
        slider_html(slider, f"calc-{scenario['id']}", claim_link(claims, slider.claim) if slider.claim else "")
        for slider in sliders(scenario["inputs"])
    )
    return (
        f'<div class="scenario" data-scenario="{scenario["id"]}"{"" if shown else " hidden"}><p>{escape(scenario["about"])}</p>'
        f'<div class="slides">{slides}</div><p class="small">{escape(scenario["reason"])}</p></div>'
    )


def table_html(scenario: str, rows: Sequence[Row], values: Mapping[str, float], run: MeasuredRun | None) -> str:
    """Time and money side by side, a scale for each column."""
    limit = values.get("limit_s")
    longest = max(limit or 0.0, *(row.outcome.seconds for row in rows))
    dearest = max((row.outcome.dollars or 0.0 for row in rows), default=0.0)
    body = []
    measured = (
        ""
        if run is None
        else f"{'The recorded run of the twins that ship' if run == recorded_run() else 'The last run'}, {run.where}"
    )
    for here, title in ((True, measured), (False, "Published")):
        chosen = [row for row in rows if row.here is here]
        if chosen:
            body.append(f'<tr class="group" role="row"><th colspan="3" role="rowheader">{escape(title)}</th></tr>')
            body += [row_html(row, longest, dearest, limit) for row in chosen]
    columns = ("System", HEADS[scenario], f"Cost of {THOUSAND:,} {_scenario(scenario)['tasks']}")
    heads = "".join(f'<th role="columnheader" scope="col">{column}</th>' for column in columns)
    done = rows[0].outcome
    return (
        f'<table role="table" aria-label="Time and money by system"><thead><tr role="row">{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'
        f'<p class="small">{escape(key_to(scenario, _scenario(scenario)["task"], done, limit))}</p>'
    )


def key_to(scenario: str, task: str, done: Outcome, limit: float | None) -> str:
    """How to read the table."""
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


def row_html(row: Row, longest: float, dearest: float, limit: float | None) -> str:
    done = row.outcome
    late = " <small>late</small>" if done.in_time is False else ""
    mark = f'<i class="limit" style="left:{share(limit, longest)}"></i>' if limit is not None else ""
    fixed = f'<i class="fixed" style="width:{share(done.fixed_s, longest)}"></i>' if done.fixed_s else ""
    bar = f'<span class="bar">{fixed}<i class="own" style="width:{share(done.seconds - done.fixed_s, longest)}"></i>{mark}</span>'
    paid = "own machine" if row.here else "no price known"
    price = (
        f'<span class="none">{paid}</span>'
        if done.dollars is None
        else (
            f'<span class="figure">{money(THOUSAND * done.dollars)}</span>'
            f'<span class="bar"><i class="own" style="width:{share(done.dollars, dearest)}"></i></span>'
        )
    )
    return (
        f'<tr role="row" data-lane="{row.colour}"><th role="rowheader" scope="row">{escape(row.system.name)} <small>{behind(row)}</small></th>'
        f'<td role="cell"><span class="figure">{"<small>at least</small> " if done.at_least else ""}{duration(done.seconds)}{late}</span>{bar}</td><td role="cell">{price}</td></tr>'
    )


def behind(row: Row) -> str:
    """The rate that the row is made of, and what it is worth."""
    if row.here:
        return f"{row.system.tok_per_s:,.0f} tok/s once it writes, measured"
    rate = row.system.figures[0]
    return f"{escape(rate.text)}, {rate.status}"


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole if whole else 0:.2f}%"


def sources_html(claims: Claims) -> str:
    """Every figure with its status, who says so, and when."""
    rows = []
    for player in claims.players:
        system = published(player)
        if system:
            figures = "; ".join(
                f"{figure.text} ({figure.status}{': ' + figure.note.rstrip('.') if figure.note else ''})"
                for figure in system.figures
            )
            sources = {figure.source.id: figure.source for figure in system.figures}.values()
            said = "; ".join(f"{source.title}, {source.by}, {source.date or 'undated'}" for source in sources)
            rows.append(f"<li><b>{escape(system.name)}</b> {escape(figures)}. {escape(said)}.</li>")
    return (
        f'<details class="calc-sources"><summary>Figures, status, source and date</summary><ul>{"".join(rows)}</ul></details>'
        '<p class="small">The lanes of a run are small models beside the page: no network, no queue, and a rate that holds for its length and '
        "passes. Published rates fall when a server is busy.</p>"
    )


def against_html(claims: Claims) -> str:
    items = "".join(
        f"<li><b>{escape(one['title'])}.</b> {escape(one['says'])} {' '.join(claim_link(claims, id) for id in one['claims'])}</li>"
        for one in data()["against"]
    )
    return f'<h3>Where diffusion does not win</h3><ul class="calc-against">{items}</ul>'


def claim_link(claims: Claims, id: str) -> str:
    """As the story's prose has them, so that one click handler serves both."""
    claim = claims.claim(id)
    return (
        f'<a class="claim" role="button" href="#claim-{id}" data-claim="{id}" data-status="{claim.status}" title="{escape(claim.says)}">'
        f"claim {id}</a>"
    )
