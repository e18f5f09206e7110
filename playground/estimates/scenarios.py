"""An agent loop, a voice reply, a code completion: what each system takes for it, and what that means in words.

The arithmetic is products.py's; here is which of its results a scenario is about. No figure stands here, and no markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.estimates.products import Estimate, System, agent_loop, code_completion, voice_reply

THOUSAND = 1000  # what a scenario costs is told for so many of them: one costs a fraction of a cent
SPACE = "\u00a0"  # keeps a number and its unit on one line
Values = Mapping[str, float]
Times = Sequence[tuple[str, "Outcome"]]  # by the systems' names


@dataclass(frozen=True)
class Outcome:
    """seconds: what the scenario is about; at_least: a lower bound, as a wait or a block is not known; fixed_s: of them, spent by
    others than the system; all_s: until all is written; silence_s: see products.VoiceReply; in_time: None without a limit, or where nobody knows."""

    seconds: float
    at_least: bool
    fixed_s: float
    all_s: float
    dollars: float | None
    tokens_in: int
    tokens_out: int
    silence_s: float = 0.0
    in_time: bool | None = None

    @property
    def time(self) -> str:
        return ("at least " if self.at_least else "") + duration(self.seconds)


def _agent(system: System, v: Values) -> Outcome:
    done = agent_loop(system, int(v["steps"]), int(v["tokens"]), int(v["prompt"]), int(v["tool_tokens"]), v["tool_s"])
    return _outcome(done, done.seconds, done.at_least, (v["steps"] - 1) * v["tool_s"])


def _voice(system: System, v: Values) -> Outcome:
    reply = voice_reply(
        system, int(v["tokens"]), int(v["sentence"]), v["spoken_per_s"], v["limit_s"], int(v["prompt"]), v["around_s"]
    )
    done = reply.estimate
    return _outcome(done, done.first_s, done.first_at_least, v["around_s"], reply.silence_s, reply.in_time)


def _code(system: System, v: Values) -> Outcome:
    code = code_completion(system, int(v["tokens"]), v["limit_s"], int(v["prompt"]))
    done = code.estimate
    return _outcome(done, done.seconds, done.at_least, 0.0, in_time=code.in_time)


def _outcome(
    done: Estimate,
    seconds: float,
    at_least: bool,
    fixed_s: float,
    silence_s: float = 0.0,
    in_time: bool | None = None,
) -> Outcome:
    return Outcome(
        seconds, at_least, fixed_s, done.seconds, done.dollars, done.tokens_in, done.tokens_out, silence_s, in_time
    )


SCENARIOS: dict[str, Callable[[System, Values], Outcome]] = {"agent": _agent, "voice": _voice, "code": _code}


def duration(seconds: float) -> str:
    """In as many digits as such a figure deserves: "85 ms", "1.4 s", "51 s", "3.2 min"."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.{1 if seconds < 0.00995 else 0}f}{SPACE}ms"
    if seconds < 99.5:
        return f"{seconds:.{1 if seconds < 9.95 else 0}f}{SPACE}s"
    return f"{seconds / 60:,.1f}{SPACE}min" if seconds < 7200 else f"{seconds / 3600:,.1f}{SPACE}h"


def money(dollars: float) -> str:
    """US dollars: "$4.60", and as many digits as are needed for less than a cent."""
    return f"${dollars:,.2f}" if dollars == 0 or dollars >= 0.1 else f"${dollars:.2g}"


def sums_up(scenario: str, published: Times) -> str:
    """What the result means: who is first or in time, as far as that is known."""
    return _by_speed(published) if scenario == "agent" else _by_limit(published)


def besides(published: Times, here: Times, tasks: str) -> str:
    """What else is to be said: the lanes here, and money. tasks: what is done, in the plural."""
    return " ".join(
        filter(None, [_here(here) if len(here) > 1 else "", _tools(published), _by_price(published, tasks)])
    )


def _by_speed(published: Times) -> str:
    ranked = sorted(published, key=lambda one: one[1].seconds)
    (first, best), (last, worst) = ranked[0], ranked[-1]
    said = f"By these figures {first} ends first, after {best.time}, and {last} last, after {worst.time}"
    said += f": {worst.seconds / best.seconds:.1f}× as long." if worst.seconds > best.seconds else "."
    return said


def _tools(published: Times) -> str:
    """What no model shortens, for an agent or a voice."""
    fixed_s, best = published[0][1].fixed_s, min(done.seconds for _, done in published)
    return (
        f"{duration(fixed_s)} of each is spent outside the model, {100 * fixed_s / best:.0f}% of the fastest: no rate shortens that."
        if fixed_s
        else ""
    )


def _by_limit(published: Times) -> str:
    """Who keeps the limit, who cannot, and for whom nobody knows."""
    sure, late, open_ = ([name for name, done in published if done.in_time is state] for state in (True, False, None))
    said = [
        f"{_list(sure)} {'keep' if len(sure) > 1 else 'keeps'} the limit."
        if sure
        else "No published system is sure to keep the limit."
    ]
    if open_:
        said.append(
            f"{_list(open_)} may: how long {'each waits' if len(open_) > 1 else 'it waits'}, or how much arrives at once, is not known here."
        )
    if late:
        said.append(f"{_list(late)} {'miss' if len(late) > 1 else 'misses'} it in any case.")
    if waits := [name for name, done in published if done.silence_s]:
        said.append(f"With {_list(waits)} speech has to pause for text.")
    return " ".join(said)


def _here(here: Times) -> str:
    (first, best), *_, (last, worst) = sorted(here, key=lambda one: one[1].seconds)
    return f"At the pace measured here {first} takes {best.time}, {last} {worst.time}."


def _by_price(published: Times, tasks: str) -> str:
    priced = [(name, done.dollars) for name, done in published if done.dollars is not None]
    if not priced:
        return ""
    told = _list([f"{money(THOUSAND * dollars)} with {name}" for name, dollars in priced], most=len(priced))
    return f"A thousand {tasks} cost {told}, however fast; no other price is known here."


def _list(names: Sequence[str], most: int = 3) -> str:
    """ "A", "A and B", "A, B and C"; a count where there are many."""
    if len(names) > most:
        return f"{len(names)} systems"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
