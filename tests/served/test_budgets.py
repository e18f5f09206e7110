"""What visitors may spend of the host's keys."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from playground.errors import PlaygroundError
from playground.served.budgets import DAY_S, HOUR_S, VARIABLES, Bounds, Budgets, bounds_of, site

BOUNDS = Bounds(hourly=3, daily=10, daily_tokens=1000, call_tokens=100)
HOST = dict.fromkeys(VARIABLES.values(), "10")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def budgets(clock, **bounds):
    return Budgets(replace(BOUNDS, **bounds), most=50, clock=clock)


def spend(bank, session="s", address="192.0.2.1", tokens=50, used=50, calls=1):
    bank.reserve(session, address, calls, calls, tokens).close(used)


def refused(bank, *arguments, **named):
    with pytest.raises(PlaygroundError) as error:
        spend(bank, *arguments, **named)
    return str(error.value)


def test_twenty_visitors_at_once_spend_a_day_and_no_call_more():
    bank, together = Budgets(replace(BOUNDS, daily=7), most=20), threading.Barrier(20)

    def visit(n):
        together.wait()
        try:
            reservation = bank.reserve(f"session {n}", f"192.0.2.{n}", 1, 1, 10)
        except PlaygroundError as error:
            return str(error)
        reservation.close(10)
        return ""

    with ThreadPoolExecutor(20) as pool:
        said = list(pool.map(visit, range(20)))
    assert said.count("") == 7
    assert all("in a day is spent" in one and "own" in one and "recorded run" in one for one in said if one)


def test_twenty_visitors_at_once_reserve_no_token_too_many():
    bank, together = Budgets(replace(BOUNDS, daily=100, daily_tokens=450), most=20), threading.Barrier(20)
    held = []

    def visit(n):
        together.wait()
        try:
            held.append(bank.reserve(f"session {n}", f"192.0.2.{n}", 1, 1, 100))
        except PlaygroundError:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(visit, range(20))) == 4, "reserved in full before any is settled"
    for one in held:
        one.close(10)
    for n in range(4):  # 40 are spent, so 410 are left
        spend(bank, f"later {n}", f"198.51.100.{n}", tokens=100, used=100)
    refused(bank, "last", "203.0.113.1", tokens=100)


def test_an_hour_counts_for_the_session_and_for_the_address(clock):
    bank = budgets(clock)
    for n in range(3):
        spend(bank, f"tab {n}", "192.0.2.1")
    assert "3 calls of this hour" in refused(bank, "a new tab", "192.0.2.1")
    spend(bank, "another", "192.0.2.2")
    for n in range(3, 5):
        spend(bank, "another", f"192.0.2.{n}")
    assert "in 60 minutes" in refused(bank, "another", "192.0.2.9"), "another network is no new visitor"
    clock.now = HOUR_S + 1
    spend(bank, "a new tab", "192.0.2.1")


def test_a_network_of_ipv6_is_one_visitor(clock):
    bank = budgets(clock)
    for n in range(3):
        spend(bank, f"tab {n}", f"2001:db8:1:2::{n}")
    refused(bank, "a new tab", "2001:db8:1:2:ffff::9")
    spend(bank, "a new tab", "2001:db8:1:3::1")
    assert site("::ffff:192.0.2.1") == "192.0.2.1" and site("fe80::1%eth0") == site("fe80::2") and site("") == ""


def test_visitors_without_a_session_share_that_of_their_address(clock):
    bank = budgets(clock)
    held = bank.reserve("", "192.0.2.1", 1, 0, 10)
    bank.reserve("", "192.0.2.2", 1, 0, 10)
    threading.Timer(0.05, held.close, [None]).start()
    bank.reserve("", "192.0.2.1", 1, 0, 10)  # waits for the one before it


def test_a_day_goes_by(clock):
    bank = budgets(clock, daily=2)
    spend(bank, "a", "192.0.2.1")
    clock.now = 1.5 * HOUR_S
    spend(bank, "b", "192.0.2.2")
    assert "in 23 hours" in refused(bank, "c", "192.0.2.3")
    clock.now = DAY_S + 1
    spend(bank, "c", "192.0.2.3")
    refused(bank, "d", "192.0.2.4")


def test_what_was_not_sent_does_not_count(clock):
    bank = budgets(clock, daily=1)
    spend(bank, used=None)
    spend(bank)
    refused(bank, "other", "192.0.2.2")


def test_more_than_was_reserved_counts_too(clock):
    bank = budgets(clock, hourly=10)
    spend(bank, tokens=100, used=950)
    refused(bank, tokens=60)
    spend(bank, tokens=50)


def test_a_run_counts_once_however_often_it_is_closed(clock):
    bank = budgets(clock)
    run = bank.reserve("s", "192.0.2.1", 2, 2, 100)
    run.close(20)
    run.close(None)
    spend(bank)
    refused(bank)


def test_a_reply_is_capped_and_a_race_fits_the_bounds(clock):
    bank = budgets(clock)
    assert "at most 100 tokens" in refused(bank, tokens=101)
    assert "at most 3 served models" in refused(bank, calls=4)
    spend(bank, calls=3)


def test_a_visitor_has_one_run_under_way_and_all_have_as_many_calls_as_the_host_says(clock, monkeypatch):
    monkeypatch.setattr("playground.served.budgets.PATIENCE_S", 0.05)
    bank = Budgets(most=3, clock=clock)
    first = bank.reserve("a", "192.0.2.1", 2, 0, 10)
    with pytest.raises(PlaygroundError, match="Your last run"):
        bank.reserve("a", "192.0.2.9", 1, 0, 10)
    with pytest.raises(PlaygroundError, match="this page takes at once"):
        bank.reserve("b", "192.0.2.2", 2, 0, 10)
    bank.reserve("b", "192.0.2.2", 1, 0, 10)
    first.close(None)
    bank.reserve("a", "192.0.2.1", 2, 0, 10)


def test_one_address_leaves_a_quarter_of_the_calls_to_others(clock):
    bank = Budgets(most=8, clock=clock)
    for session in "abcdef":  # as many sessions as one likes
        bank.reserve(session, "203.0.113.5", 1, 0, 10)
    with pytest.raises(PlaygroundError, match="from your network"):
        bank.reserve("g", "203.0.113.5", 1, 0, 10)
    bank.reserve("h", "192.0.2.2", 2, 0, 10)


def test_a_race_of_many_served_models_runs_where_its_address_has_no_other(clock):
    Budgets(most=4, clock=clock).reserve("a", "203.0.113.5", 4, 0, 10)


def test_calls_with_a_key_of_the_visitor_cost_the_host_nothing(clock):
    bank = budgets(clock, daily=1)
    for _ in range(5):
        bank.reserve("a", "192.0.2.1", 1, 0, 4000).close(4000)
    spend(bank)


def test_the_host_sets_all_bounds_or_none():
    assert bounds_of({}) is None and bounds_of(HOST) == Bounds(10, 10, 10, 10)
    for variable in HOST:
        with pytest.raises(PlaygroundError, match=f"{variable} is not"):
            bounds_of({**HOST, variable: " "})
        with pytest.raises(PlaygroundError, match=f"{variable} must be a whole number"):
            bounds_of({**HOST, variable: "-1"})
    with pytest.raises(PlaygroundError, match="PLAYGROUND_CALLS_AT_ONCE must be"):
        Budgets.of({"PLAYGROUND_CALLS_AT_ONCE": "many"})
    assert Budgets.of({}).own_keys and not Budgets.of({"PLAYGROUND_VISITOR_KEYS": "0"}).own_keys
