"""Time and price of a product task (an agent loop, a voice reply, a code completion) on a given system. Pure functions.

One reply takes ``wait + tokens / rate``: the wait before its text starts, then its tokens at the system's rate. If a
system delivers tokens in groups (a diffusion model finishes one block at a time), a reader gets the first word with
the first group. A reply costs ``tokens * price``, with separate prices for input and output. Vendors charge for
tokens, not for seconds, so speed alone makes nothing cheaper.

This module contains no figures. Systems come from sourced claims (``published``) or from a measured run
(``measured``). The caller chooses how many tokens, how fast speech is and how long a person may wait. An unknown
figure shows in the result: with an unknown wait a time is a lower bound (``at_least``), with an unknown price there
is no cost.

Not modelled: load (a busy server is slower), the time to read the input if the wait does not include it, retries,
cached input, and tokens of hidden reasoning unless the caller counts them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.evidence.claims import Claims, Figure, Player

MILLION = 1_000_000  # prices are per million tokens


@dataclass(frozen=True)
class System:
    """A model service that a product calls. None: unknown. Raises ValueError for rates, waits or prices out of range.

    ``arrives`` is the number of tokens delivered together, in reading order: 1 for AR, the block for a model that
    writes in blocks, the whole text for a model that settles its whole canvas in any order.
    """

    name: str
    tok_per_s: float  # output tokens per second once the text has started
    wait_s: float | None = None  # seconds until the text starts
    price_in: float | None = None  # US dollars per million input tokens
    price_out: float | None = None  # US dollars per million output tokens
    arrives: int | None = None  # tokens delivered together
    figures: tuple[Figure, ...] = ()  # the sourced figures used; empty for a measured run

    def __post_init__(self) -> None:
        if not self.tok_per_s > 0:
            raise ValueError(f"{self.name} needs a rate above zero, in tokens per second.")
        if self.group < 1:
            raise ValueError(f"{self.name} hands over at least one token at a time.")
        if any(given is not None and given < 0 for given in (self.wait_s, self.price_in, self.price_out)):
            raise ValueError(f"{self.name} cannot have a wait or a price below zero.")

    @property
    def group(self) -> int:
        """``arrives``, or 1, the best case, if that is unknown."""
        return 1 if self.arrives is None else self.arrives


@dataclass(frozen=True)
class Estimate:
    """Time and price of one task."""

    seconds: float  # until everything is done
    first_s: float  # until the first part can be used
    at_least: bool  # the wait is unknown and counted as zero, so both times are lower bounds
    first_at_least: bool  # first_s is a lower bound, because the wait or the size of a group is unknown
    dollars: float | None  # None if a price is unknown
    tokens_in: int  # paid input
    tokens_out: int  # paid output


@dataclass(frozen=True)
class VoiceReply:
    """The estimate of a reply that is read aloud."""

    estimate: Estimate  # its first_s is the time until the first sentence can be spoken
    silence_s: float  # the longest pause while speech waits for text; 0 if text always arrives in time
    in_time: bool | None  # whether first_s is within the limit, see ``_within``


@dataclass(frozen=True)
class Completion:
    """The estimate of a code completion."""

    estimate: Estimate
    in_time: bool | None  # whether the whole code arrives within the limit, see ``_within``


def published(player: Player) -> System | None:
    """The system of a player, from the first figure of each measure in the claims; None if they have no rate for it."""
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
    """The players whose rate is known, each with its system, in the order of the claims."""
    return tuple((player, system) for player in claims.players if (system := published(player)))


def measured(name: str, tokens: int, ms: float, first_ms: float, arrives: int = 1) -> System:
    """The system of a lane measured here (lane_metrics.py): ``tokens`` in ``ms``, the first group after ``first_ms``.

    The rate is that of the tokens after the first group, so that wait and rate together reproduce the clock. If the
    wait would be negative, it is 0 and the rate is that of all tokens. A diffusion lane's rate holds only for its
    canvas and its number of passes. There is no price, because the model runs on the visitor's own machine. Raises
    ValueError for figures that no run can have.
    """
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
    """Seconds until a reply of ``tokens`` tokens is complete. An unknown wait counts as 0. Raises ValueError below
    zero."""
    _at_least_zero(tokens=tokens)
    return (system.wait_s or 0.0) + tokens / system.tok_per_s


def first_s(system: System, tokens: int, needed: int = 1) -> float:
    """Seconds until the first ``needed`` tokens of a reply have arrived, in whole groups, or until a shorter reply is
    complete."""
    return reply_s(system, min(tokens, system.group * math.ceil(min(needed, tokens) / system.group)))


def bill(system: System, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars for these tokens; None if a price that applies is unknown. Raises ValueError below zero."""
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
    """An agent's steps, one after the other. Each writes ``tokens``. Between two steps a tool takes ``tool_s``
    seconds and returns ``tool_tokens``. Each step reads the prompt and everything that earlier steps wrote and tools
    returned, so the input grows with the square of the number of steps::

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
    """A reply of ``tokens`` tokens that is read aloud as soon as its first sentence is complete.

    sentence: tokens of the first sentence; spoken_per_s: tokens spoken per second; limit_s: the longest wait that a
    listener accepts; prompt: input tokens; around_s: seconds for recognising and producing speech. Raises ValueError
    below zero.
    """
    _at_least_zero(tokens=tokens, sentence=sentence, around_s=around_s)
    if not spoken_per_s > 0:
        raise ValueError("Speech needs a pace above zero, in tokens per second.")
    first = around_s + first_s(system, tokens, sentence)
    held = min(tokens, system.group * math.ceil(max(1, sentence) / system.group))
    estimate = _estimate(system, around_s + reply_s(system, tokens), first, prompt, tokens)
    silence_s = _longest_silence(system, tokens, held, spoken_per_s)
    return VoiceReply(estimate, silence_s, _within(limit_s, first, estimate.first_at_least))


def _longest_silence(system: System, tokens: int, held: int, spoken_per_s: float) -> float:
    """The longest pause in seconds. Speech starts when ``held`` tokens have arrived. A group that ends at token n
    arrives (n - held) / rate later; the text before it is spoken after (n - group) / pace, plus all pauses so far."""
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
    """A piece of code, which is useful only when it is complete. prompt: input tokens; limit_s: the longest wait that a
    programmer accepts."""
    estimate = _estimate(system, reply_s(system, tokens), first_s(system, tokens), prompt, tokens)
    return Completion(estimate, _within(limit_s, estimate.seconds, estimate.at_least))


def _within(limit_s: float, seconds: float, at_least: bool) -> bool | None:
    """Whether ``seconds`` is within the limit. None if that is unknown: ``seconds`` is only a lower bound and below the
    limit."""
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
