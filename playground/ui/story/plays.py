"""The story's panels that play a published speed: two texts that arrive, three stop-watches, an agent loop.

The browser plays them (assets/panels/plays.js). Every figure comes from the claims and is in the HTML with its status
and its source, so a play needs no model and no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from playground.estimates.products import System, agent_loop, published_systems
from playground.estimates.scenarios import duration
from playground.evidence.claims import Claims, Figure
from playground.ui.calculators.calculator import inputs_of
from playground.ui.calculators.sliders import starts
from playground.web.templates import render_part

RATE, WAIT = "tok/s", "end_to_end_s"  # unit of a rate; measure of a wait for the whole answer
TOKENS = 300  # of a text that arrives
STILL = 20  # claims that stand in its box before it plays
WORDS = 225  # of it: four tokens to three words, as in assets/calculator.json
FIRST_RATES = ("gpt-4o-mini-tok-per-s", "mercury-2-tok-per-s")  # ids; the deck's slowest and its newest
FIRST_SYSTEMS = ("gpt-4o-mini", "mercury-2")  # ids of players


@dataclass(frozen=True)
class Rate:
    """A published rate, to choose."""

    figure: Figure
    kind: str  # of its player: "diffusion" or "ar"

    @property
    def says(self) -> str:
        """The rate's status and source."""
        return says(self.figure)


def says(figure: Figure) -> str:
    """Whose word a figure is, and of when, in a line."""
    return f"{figure.word}, {figure.source.date or 'undated'}"


def published_rates(claims: Claims) -> tuple[Rate, ...]:
    """Every published rate of a player, in the order of the claims. Of a range, the lower end is played."""
    held = ((figure, player.kind) for player in claims.players for figure in player.figures if figure.unit == RATE)
    return tuple({figure.id: Rate(figure, kind) for figure, kind in held}.values())


def rates(claims: Claims) -> Markup:
    """Two texts that arrive at two rates. The text is the list of the deck's claims."""
    text = " ".join(claim.says for claim in claims.claims)  # the browser takes its first words
    found = published_rates(claims)
    sides = [next((rate for rate in found if rate.figure.id == id), found[0]) for id in FIRST_RATES]
    still = " ".join(claim.says for claim in claims.claims[:STILL])
    return shown(
        "rates", rates=found, sides=sides, tokens=TOKENS, words=WORDS, text=text, still=still, duration=duration
    )


def waits(claims: Claims) -> Markup:
    """A stop-watch for every published wait for a whole answer."""
    found = [(player, figure) for player in claims.players for figure in player.figures if figure.measure == WAIT]
    return shown("waits", waits=found, lines=dict.fromkeys(says(figure) for _, figure in found))


def loop(claims: Claims) -> Markup:
    """An agent's steps with two published systems: one slider, one sentence, a race. Its step is the calculator's."""
    steps = next(slider for slider in inputs_of("agent") if slider.id == "steps")
    start = starts(inputs_of("agent"))
    systems = published_systems(claims)
    sides = [next((one for one in systems if one[0].id == id), systems[0]) for id in FIRST_SYSTEMS]
    return shown(
        "agents",
        systems=systems,
        sides=sides,
        slider=steps,
        tokens=start["tokens"],
        tool=start["tool_s"],
        sentence=sentence((system for _, system in sides), start),
        says=system_says,
    )


def sentence(systems: Iterable[System], values: Mapping[str, float]) -> str:
    """How long an agent takes with each of the systems. assets/panels/plays.js says the same of other values."""
    steps, tokens = int(values["steps"]), int(values["tokens"])
    done = [(system.name, agent_loop(system, steps, tokens, tool_s=values["tool_s"])) for system in systems]
    times = [f"{'at least ' if one.at_least else ''}{duration(one.seconds)} with {name}" for name, one in done]
    return f"At these rates an agent of {steps} steps takes {', '.join(times)}."


def system_says(system: System) -> str:
    """The rate of a published system, with status and source, and its wait where that is known."""
    wait = "" if system.wait_s is None else f", {system.wait_s:g} s before the text"
    rate = system.figures[0]
    return f"{rate.text}{wait}: {says(rate)}"


def shown(part: str, /, **values: object) -> Markup:
    return render_part("panels/plays.html", part, **values)


PLAYS: Mapping[str, Callable[[Claims], Markup]] = {"rates": rates, "waits": waits, "loop": loop}
