"""What a system's speed and price mean for a product: an agent loop, a voice reply, a code completion. Pure functions.

Time of one reply is ``wait + tokens / rate``: the wait before its text starts, then its tokens at the system's rate. Where a system
hands its tokens over in groups (a diffusion model finishes a block at a time), a reader has the first word when the first group is
done. Cost is ``tokens * price``, input and output apart; vendors price tokens, not seconds, so speed alone makes nothing cheaper.

No figure stands here: systems come from the sourced claims (``published``) or from a measured run (``measured``), and how many
tokens, how fast speech is and how long anyone waits is the caller's to say. Where a figure is unknown the result says so: without a
known wait a time is ``at_least``, without a price there is no cost. Left out: load (rates fall when a server is busy), the time to
read input where the wait does not include it, retries, cached input, and tokens of hidden reasoning unless they are counted in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.evidence.claims import Claims, Figure, Player

MILLION = 1_000_000  # prices are per million tokens


@dataclass(frozen=True)
class System:
    """What a product calls. tok_per_s: output tokens a second once the text has started; wait_s: until it starts, None if unknown;
    price_in, price_out: US dollars per million tokens, None if unknown; arrives: tokens that are handed over together, in reading
    order, None if unknown: 1 for AR, the block for a model that writes in blocks, the whole text for one that settles its
    whole canvas in any order; figures: what these were read from, none for a measured run."""

    name: str
    tok_per_s: float
    wait_s: float | None = None
    price_in: float | None = None
    price_out: float | None = None
    arrives: int | None = None
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        if not self.tok_per_s > 0:
            raise ValueError(f"{self.name} needs a rate above zero, in tokens per second.")
        if self.group < 1:
            raise ValueError(f"{self.name} hands over at least one token at a time.")
        if any(given is not None and given < 0 for given in (self.wait_s, self.price_in, self.price_out)):
            raise ValueError(f"{self.name} cannot have a wait or a price below zero.")

    @property
    def group(self) -> int:
        """Tokens handed over together; 1, the best case, where it is unknown."""
        return 1 if self.arrives is None else self.arrives


@dataclass(frozen=True)
class Estimate:
    """seconds: until all is done; first_s: until the first of it can be used; at_least: the wait is unknown and was taken for zero,
    so both are lower bounds; first_at_least: so is first_s alone where it is unknown how tokens are handed over;
    dollars: None where a price is unknown; tokens_in, tokens_out: what is paid for."""

    seconds: float
    first_s: float
    at_least: bool
    first_at_least: bool
    dollars: float | None
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True)
class VoiceReply:
    """first_s of the estimate: until the first sentence can be spoken. silence_s: the longest time between two groups of tokens that
    speech has to bridge, 0 where text arrives faster than it is spoken; in_time: whether the first sentence came within the limit, see
    ``_within``."""

    estimate: Estimate
    silence_s: float
    in_time: bool | None


@dataclass(frozen=True)
class Completion:
    """in_time: whether the whole of the code came within the limit, see ``_within``."""

    estimate: Estimate
    in_time: bool | None


def published(player: Player) -> System | None:
    """A system with the first figures of each kind that our notes give for a player; None where they give no rate."""
    rate = player.figure("tok_per_s")
    if rate is None:
        return None
    found = {measure: player.figure(measure) for measure in ("first_token_s", "price_in", "price_out", "arrives")}
    value = {measure: float(figure.value) if figure else None for measure, figure in found.items()}
    handed = value["arrives"]
    arrives = 1 if player.kind == "ar" else None if handed is None else int(handed)
    return System(
        player.name,
        float(rate.value),
        value["first_token_s"],
        value["price_in"],
        value["price_out"],
        arrives,
        (rate, *(figure for figure in found.values() if figure)),
    )


def published_systems(claims: Claims) -> tuple[tuple[Player, System], ...]:
    """All players of which a rate is known, in their order."""
    return tuple((player, system) for player in claims.players if (system := published(player)))


def measured(name: str, tokens: int, ms: float, first_ms: float, arrives: int = 1) -> System:
    """A system off a lane's clock (lane_metrics.py): tokens in ms, the first group of them after first_ms. The rate is that of the tokens
    behind the first group, so that wait and rate together give the clock back; where that leaves no wait, the rate is that of
    the whole. A diffusion lane's rate holds for its canvas and its passes only. No price: it runs on one's own machine."""
    if tokens < 1 or ms <= 0 or not 0 <= first_ms <= ms:
        raise ValueError("A measured run needs a token, a clock above zero, and a first token within it.")
    behind, after_ms = tokens - arrives, ms - first_ms
    if behind > 0 and after_ms > 0:
        rate = 1000 * behind / after_ms
        wait_s = first_ms / 1000 - arrives / rate
        if wait_s >= 0:
            return System(name, rate, wait_s, arrives=arrives)
    return System(name, 1000 * tokens / ms, 0.0, arrives=arrives)


def reply_s(system: System, tokens: int) -> float:
    """Until a reply of so many tokens is whole; an unknown wait counts for nothing."""
    _at_least_zero(tokens=tokens)
    return (system.wait_s or 0.0) + tokens / system.tok_per_s


def first_s(system: System, tokens: int, needed: int = 1) -> float:
    """Until the first ``needed`` tokens of a reply are handed over: the groups that hold them, or the reply if it ends before."""
    return reply_s(system, min(tokens, system.group * math.ceil(min(needed, tokens) / system.group)))


def bill(system: System, tokens_in: int, tokens_out: int) -> float | None:
    """Dollars; None where a price is unknown that would be paid."""
    _at_least_zero(tokens_in=tokens_in, tokens_out=tokens_out)
    total = 0.0
    for tokens, price in ((tokens_in, system.price_in), (tokens_out, system.price_out)):
        if tokens and price is None:
            return None
        total += tokens * (price or 0.0) / MILLION
    return total


def agent_loop(
    system: System,
    steps: int,
    tokens: int,
    prompt: int = 0,
    tool_tokens: int = 0,
    tool_s: float = 0.0,
) -> Estimate:
    """Steps one after the other, each writing ``tokens``. Between steps a tool takes ``tool_s`` and returns ``tool_tokens``; each step
    reads the prompt and all that was written and returned before, so input grows with the square of the steps::

        seconds = steps * (wait + tokens / rate) + (steps - 1) * tool_s
        tokens_in = steps * prompt + (tokens + tool_tokens) * steps * (steps - 1) / 2
    """
    _at_least_zero(steps=steps, tokens=tokens, prompt=prompt, tool_tokens=tool_tokens, tool_s=tool_s)
    tokens_in = steps * prompt + (tokens + tool_tokens) * (steps * (steps - 1) // 2)
    seconds = steps * reply_s(system, tokens) + max(0, steps - 1) * tool_s
    first = first_s(system, tokens) if steps else 0.0
    return _estimate(system, seconds, first, tokens_in, steps * tokens)


def voice_reply(
    system: System,
    tokens: int,
    sentence: int,
    spoken_per_s: float,
    limit_s: float,
    prompt: int = 0,
    around_s: float = 0.0,
) -> VoiceReply:
    """A reply of ``tokens`` read aloud from its first whole sentence of so many tokens on. spoken_per_s: tokens of text that speech
    uses up in a second; limit_s: how long a listener is to wait; around_s: recognising and producing speech."""
    _at_least_zero(tokens=tokens, sentence=sentence, around_s=around_s)
    if not spoken_per_s > 0:
        raise ValueError("Speech needs a pace above zero, in tokens per second.")
    first = around_s + first_s(system, tokens, sentence)
    held = min(tokens, system.group * math.ceil(max(1, sentence) / system.group))
    estimate = _estimate(system, around_s + reply_s(system, tokens), first, prompt, tokens)
    silence_s = _longest_silence(system, tokens, held, spoken_per_s)
    return VoiceReply(estimate, silence_s, _within(limit_s, first, estimate.first_at_least))


def _longest_silence(system: System, tokens: int, held: int, spoken_per_s: float) -> float:
    """Speech starts when ``held`` tokens are there. A group that ends at token n arrives (n - held) / rate later, and what came
    before it lasts until (n - group) / pace; speech that has paused goes on from there."""
    longest = lag = 0.0
    at = held
    while at < tokens:
        group = min(system.group, tokens - at)
        silence = (at + group - held) / system.tok_per_s - (at / spoken_per_s + lag)
        if silence > 0:
            lag += silence
            longest = max(longest, silence)
        at += group
    return longest


def code_completion(system: System, tokens: int, limit_s: float, prompt: int = 0) -> Completion:
    """A piece of code that is of use once it is whole; limit_s: how long a writer is to wait."""
    estimate = _estimate(system, reply_s(system, tokens), first_s(system, tokens), prompt, tokens)
    return Completion(estimate, _within(limit_s, estimate.seconds, estimate.at_least))


def _within(limit_s: float, seconds: float, at_least: bool) -> bool | None:
    """Whether a limit is kept; None where nobody knows, as ``seconds`` is a lower bound and within it."""
    if seconds > limit_s:
        return False
    return None if at_least else True


def _estimate(system: System, seconds: float, first: float, tokens_in: int, tokens_out: int) -> Estimate:
    no_wait, no_group = system.wait_s is None, system.arrives is None
    dollars = bill(system, tokens_in, tokens_out)
    return Estimate(seconds, first, no_wait, no_wait or no_group, dollars, tokens_in, tokens_out)


def _at_least_zero(**given: float) -> None:
    for name, value in given.items():
        if value < 0:
            raise ValueError(f"{name} cannot be below zero.")
