"""Latency and cost of products by hand, at their limits, and for which way they move; what is unknown stays unknown."""

from dataclasses import replace

import pytest

from playground.estimates.products import (
    System,
    agent_loop,
    bill,
    code_completion,
    first_s,
    measured,
    published,
    published_systems,
    reply_s,
    voice_reply,
)
from playground.evidence.load import load_claims

CLAIMS = load_claims()
SYSTEM = System("made up", tok_per_s=100, wait_s=0.5, price_in=1.0, price_out=4.0, arrives=1)
BLOCKS = replace(SYSTEM, arrives=32)
UNKNOWN = System("unknown", tok_per_s=100)


def test_a_reply_by_hand():
    assert reply_s(SYSTEM, 200) == pytest.approx(0.5 + 2.0)
    assert first_s(SYSTEM, 200) == pytest.approx(0.51) and first_s(SYSTEM, 200, 20) == pytest.approx(0.7)
    assert first_s(BLOCKS, 200) == pytest.approx(0.82)  # a whole block of 32
    assert first_s(BLOCKS, 200, 33) == pytest.approx(1.14) and first_s(BLOCKS, 10) == pytest.approx(0.6)
    assert reply_s(SYSTEM, 0) == 0.5


def test_prices_are_per_million_tokens():
    assert bill(SYSTEM, 1_000_000, 0) == 1.0 and bill(SYSTEM, 0, 1_000_000) == 4.0
    assert bill(SYSTEM, 3000, 500) == pytest.approx(0.005)
    assert bill(UNKNOWN, 1, 1) is None and bill(UNKNOWN, 0, 0) == 0
    assert bill(replace(UNKNOWN, price_out=4.0), 0, 500) == pytest.approx(0.002)


def test_speed_makes_nothing_cheaper():
    fast = replace(SYSTEM, tok_per_s=2000)
    slow_loop, fast_loop = (agent_loop(system, 5, 100) for system in (SYSTEM, fast))
    assert fast_loop.seconds < slow_loop.seconds and fast_loop.dollars == slow_loop.dollars


def test_an_agent_loop_by_hand():
    loop = agent_loop(SYSTEM, steps=3, tokens=100, prompt=1000, tool_tokens=50, tool_s=2)
    assert loop.seconds == pytest.approx(3 * 1.5 + 2 * 2) and loop.first_s == pytest.approx(0.51)
    assert (loop.tokens_in, loop.tokens_out) == (1000 + 1150 + 1300, 300)
    assert loop.dollars == pytest.approx((3450 * 1 + 300 * 4) / 1e6) and not loop.at_least


def test_limits_of_an_agent_loop():
    assert agent_loop(SYSTEM, 0, 100).seconds == agent_loop(SYSTEM, 0, 100).dollars == 0
    one = agent_loop(SYSTEM, 1, 100, prompt=10, tool_s=9)
    assert one.seconds == reply_s(SYSTEM, 100) and one.tokens_in == 10
    endless = replace(SYSTEM, tok_per_s=1e12)
    assert agent_loop(endless, 10, 100, tool_s=2).seconds == pytest.approx(10 * 0.5 + 9 * 2)  # waits and tools are left


def test_ten_times_the_rate_is_ten_times_as_fast_only_without_waits_and_tools():
    """The deck's 30 s that become 3 s."""
    bare, fast = (System("x", rate, 0.0) for rate in (100, 1000))
    assert (
        agent_loop(bare, 10, 300).seconds == pytest.approx(10 * agent_loop(fast, 10, 300).seconds) == pytest.approx(30)
    )
    waiting, fast_waiting = (replace(system, wait_s=0.5) for system in (bare, fast))
    assert agent_loop(waiting, 10, 300).seconds < 5 * agent_loop(fast_waiting, 10, 300).seconds


@pytest.mark.parametrize("system", [SYSTEM, BLOCKS])
def test_more_takes_longer_and_costs_more(system):
    loop = dict(steps=4, tokens=50, prompt=100, tool_tokens=10, tool_s=0.5)
    least = agent_loop(system, **loop)
    for name in loop:
        more = agent_loop(system, **{**loop, name: loop[name] + 1})
        assert more.seconds >= least.seconds and more.dollars >= least.dollars and more != least
    for faster in (replace(system, tok_per_s=200), replace(system, wait_s=0.1)):
        assert agent_loop(faster, **loop).seconds < least.seconds


def test_a_voice_reply_by_hand():
    reply = voice_reply(SYSTEM, tokens=120, sentence=20, spoken_per_s=4, limit_s=1, prompt=300, around_s=0.25)
    assert reply.estimate.first_s == pytest.approx(0.25 + 0.5 + 0.2) and reply.in_time
    assert reply.estimate.seconds == pytest.approx(0.25 + 0.5 + 1.2) and reply.silence_s == 0
    assert reply.estimate.dollars == pytest.approx((300 + 4 * 120) / 1e6)
    assert not voice_reply(SYSTEM, 120, 20, 4, limit_s=0.9, around_s=0.25).in_time


def test_speech_waits_for_text_that_is_slower():
    slow = System("slow", tok_per_s=2, wait_s=0.0, arrives=1)
    # one token is spoken in 0.25 s and comes every 0.5 s: after a sentence of 1 each further token is waited for
    assert voice_reply(slow, 3, 1, spoken_per_s=4, limit_s=9).silence_s == pytest.approx(0.25)
    in_tens = replace(slow, arrives=10)
    # ten tokens last 2.5 s, the next ten take 5 s
    assert voice_reply(in_tens, 30, 1, spoken_per_s=4, limit_s=9).silence_s == pytest.approx(2.5)
    assert voice_reply(slow, 1, 1, spoken_per_s=4, limit_s=9).silence_s == 0


def test_blocks_delay_the_first_sentence_and_never_the_whole():
    one, blocks = (voice_reply(system, 96, 12, 4, 1) for system in (SYSTEM, BLOCKS))
    assert blocks.estimate.first_s > one.estimate.first_s and blocks.estimate.seconds == one.estimate.seconds


def test_a_completion_is_of_use_when_it_is_whole():
    done = code_completion(SYSTEM, tokens=50, limit_s=1.0, prompt=2000)
    assert (
        done.in_time and done.estimate.seconds == pytest.approx(1.0) and done.estimate.dollars == pytest.approx(0.0022)
    )
    assert not code_completion(SYSTEM, 51, 1.0).in_time


def test_the_unknown_stays_unknown():
    estimate = agent_loop(UNKNOWN, 2, 100)
    assert (
        estimate.at_least
        and estimate.first_at_least
        and estimate.dollars is None
        and estimate.seconds == pytest.approx(2.0)
    )
    assert agent_loop(replace(UNKNOWN, wait_s=0.0), 2, 100).at_least is False
    assert (
        agent_loop(replace(UNKNOWN, wait_s=0.0), 2, 100).first_at_least is True
    )  # how tokens are handed over is not known


def test_published_systems_bear_the_figures_of_the_claims():
    systems = {system.name: system for _, system in published_systems(CLAIMS)}
    mercury, gemini, gemma = systems["Mercury 2"], systems["Gemini Diffusion"], systems["DiffusionGemma 26B-A4B"]
    for system, id in ((mercury, "mercury-2"), (gemini, "gemini-diffusion"), (gemma, "diffusiongemma")):
        assert system.tok_per_s == CLAIMS.player(id).figure("tok_per_s").value
        assert system.figures and all(figure.source for figure in system.figures)
    assert mercury.wait_s is None and mercury.price_in == CLAIMS.player("mercury-2").figure("price_in").value
    assert gemini.wait_s == CLAIMS.player("gemini-diffusion").figure("first_token_s").value and gemini.price_out is None
    assert gemma.arrives == CLAIMS.player("diffusiongemma").figure("arrives").value and mercury.arrives is None
    assert systems["GPT-4o mini"].arrives == 1
    assert published(CLAIMS.player("claude-haiku-4.5")) is None  # no rate of it is known


def test_prices_of_the_claims_are_in_the_unit_that_is_reckoned_with():
    price = "USD per 1M tokens"
    for player in CLAIMS.players:
        for measure, unit in {
            "tok_per_s": "tok/s",
            "first_token_s": "s",
            "price_in": price,
            "price_out": price,
        }.items():
            figure = player.figure(measure)
            assert figure is None or figure.unit == unit, (player.id, measure)


def test_a_measured_run_gives_its_clock_back():
    ar = measured("AR", tokens=64, ms=640, first_ms=73)
    assert reply_s(ar, 64) == pytest.approx(0.64) and first_s(ar, 64) == pytest.approx(0.073)
    diffusion = measured("Diffusion", tokens=64, ms=160, first_ms=10, arrives=64)
    assert reply_s(diffusion, 64) == first_s(diffusion, 64) == pytest.approx(0.16) and diffusion.wait_s == 0
    blocks = measured("Blocks", tokens=64, ms=160, first_ms=40, arrives=16)
    assert first_s(blocks, 64) == pytest.approx(0.04) and reply_s(blocks, 64) == pytest.approx(0.16)
    early = measured("Early", tokens=64, ms=640, first_ms=1)
    assert reply_s(early, 64) == pytest.approx(0.64) and early.wait_s == 0
    assert ar.price_in is None and agent_loop(ar, 1, 64).dollars is None


def test_what_makes_no_sense_is_refused():
    for wrong in (dict(tok_per_s=0), dict(wait_s=-1), dict(price_in=-1), dict(arrives=0)):
        with pytest.raises(ValueError, match="made up"):
            replace(SYSTEM, **wrong)
    with pytest.raises(ValueError, match="below zero"):
        agent_loop(SYSTEM, -1, 5)
    with pytest.raises(ValueError, match="pace above zero"):
        voice_reply(SYSTEM, 5, 5, 0, 1)
    with pytest.raises(ValueError, match="measured run"):
        measured("x", 5, 10, 11)
