"""An agent loop, a voice reply and a code completion: the time of each system, and a conclusion in words.

products.py calculates; this module picks the result that matters in each scenario. It contains no figures and no
markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.estimates.products import Estimate, System, agent_loop, code_completion, voice_reply

THOUSAND = 1000  # prices are given for this many tasks, because one costs a fraction of a cent
SPACE = "\u00a0"  # keeps a number and its unit on one line
Values = Mapping[str, float]
Times = Sequence[tuple[str, "Outcome"]]  # (name of the system, its outcome)


@dataclass(frozen=True)
class Outcome:
    """The result of one system in one scenario."""

    seconds: float  # the time that the scenario is about: to the first spoken word for a voice, else to the end
    at_least: bool  # seconds is a lower bound, because the wait or the size of a group is unknown
    fixed_s: float  # the part of ``seconds`` that is not spent in the model: tools, recognising and producing speech
    all_s: float  # time until everything is written
    dollars: float | None  # per task; None if a price is unknown
    tokens_in: int
    tokens_out: int
    silence_s: float = 0.0  # see products.VoiceReply
    in_time: bool | None = None  # whether ``seconds`` is within the limit; None without a limit, or if that is unknown

    @property
    def time(self) -> str:
        """``seconds`` in words: "1.4 s", "at least 1.4 s"."""
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
    """A time with its unit and about two digits: "85 ms", "1.4 s", "51 s", "3.2 min", "2.5 h"."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.{1 if seconds < 0.00995 else 0}f}{SPACE}ms"
    if seconds < 99.5:
        return f"{seconds:.{1 if seconds < 9.95 else 0}f}{SPACE}s"
    return f"{seconds / 60:,.1f}{SPACE}min" if seconds < 7200 else f"{seconds / 3600:,.1f}{SPACE}h"


def money(dollars: float) -> str:
    """US dollars: "$4.60"; amounts below $0.10 with two significant digits."""
    return f"${dollars:,.2f}" if dollars == 0 or dollars >= 0.1 else f"${dollars:.2g}"


def sums_up(scenario: str, published: Times) -> str:
    """The conclusion of a scenario: which published systems are fastest, or keep the limit, as far as that is known."""
    return _by_speed(published) if scenario == "agent" else _by_limit(published)


def besides(published: Times, here: Times, tasks: str) -> str:
    """The sentences after the conclusion: the lanes measured here, time outside the model, prices. tasks: the task's
    name in the plural."""
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
    """The time outside the model, of an agent or a voice; empty if there is none."""
    fixed_s, best = published[0][1].fixed_s, min(done.seconds for _, done in published)
    return (
        f"{duration(fixed_s)} of each is spent outside the model, {100 * fixed_s / best:.0f}% of the fastest: no rate shortens that."
        if fixed_s
        else ""
    )


def _by_limit(published: Times) -> str:
    """Which systems keep the limit, which miss it, and for which that is unknown."""
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
        said.append(f"{_list(late)} {'miss' if len(late) > 1 else 'misses'} it at the published rate.")
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
    """ "A", "A and B", "A, B and C"; "5 systems" if there are more than ``most``."""
    if len(names) > most:
        return f"{len(names)} systems"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
