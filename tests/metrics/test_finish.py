"""Each finish line says one thing, in words that need no figure to be understood."""

import pytest

from playground.metrics.finish import Calculated, Finish, chip, flaws, here, joined, looks, replies
from playground.metrics.lane_metrics import measure
from playground.metrics.replies import Worth, worth
from playground.metrics.verdict import verdict
from playground.trace.trace import Frame, Lane, Trace

CALCULATED = Calculated(
    "an 8B model", "one H100", {"diffusion": 4.6, "ar": 4.5}, {"diffusion": 9.2, "ar": 13.5}, "Or so."
)


def race(*lanes):
    """Lanes without text. lanes: of each its key, kind, passes, ms of a pass, and what else is known of it."""
    made, frames = [], []
    for key, kind, passes, ms, about in lanes:
        made.append(Lane(key, kind, {"ar": "Autoregressive"}.get(kind, "Diffusion"), 1, 64, about))
        frames += [Frame(key, i, ms * i, ms if i else 0, (), 64) for i in range(passes + 1)]
    return Trace({}, tuple(made), frames)


def told(finish, *lanes, **given):
    trace = race(*lanes)
    return finish(trace.lanes, {lane.key: measure(trace, lane.key) for lane in trace.lanes}, **given)


def diffusion(passes, ms=1.0, key="diffusion", **about):
    return key, "diffusion", passes, ms, about


def ar(passes, ms=1.0, key="ar", **about):
    return key, "ar", passes, ms, about


@pytest.mark.parametrize(
    "lanes, line",
    [
        (
            (diffusion(16), ar(64)),
            "Diffusion looked at the whole text 16 times; Autoregressive took 64 steps.",
        ),
        ((diffusion(1), ar(1)), "Diffusion looked at the whole text once; Autoregressive took 1 step: as many."),
        (
            (diffusion(6), ar(3)),
            "Diffusion looked at the whole text 6 times; Autoregressive took 3 steps.",
        ),
        (
            (diffusion(2, approximate=True), ar(4)),
            "Diffusion looked at the text twice; Autoregressive took 4 steps.",
        ),
        (
            (diffusion(2, note="In blocks."), ar(2)),
            "Diffusion looked at the text twice; Autoregressive took 2 steps: as many.",
        ),
        (
            (diffusion(16, letter="A"), diffusion(64, key="b", letter="B")),
            "A looked at the whole text 16 times, B 64 times.",
        ),
        (
            (diffusion(64, letter="A"), diffusion(16, key="b", letter="B")),
            "A looked at the whole text 64 times, B 16 times.",
        ),
        (
            (diffusion(4), diffusion(8, key="b"), ar(9)),
            "Diffusion looked at the whole text 4 times; Diffusion looked at the whole text 8 times; Autoregressive took 9 steps.",
        ),
    ],
)
def test_looks_are_counted(lanes, line):
    assert told(looks, *lanes) == Finish("looks", line)


@pytest.mark.parametrize(
    "lanes, line, why",
    [
        (
            (diffusion(16, 7.0625), ar(64, 1.34375)),
            "On 2 CPU cores Autoregressive finished first: 86 ms against 113 ms, 1.3× as fast.",
            "There one look costs 5.3 steps and replaces only 4.0.",
        ),
        (
            (diffusion(16, 2.0), ar(64, 1.0)),
            "On 2 CPU cores Diffusion finished first: 32 ms against 64 ms, 2.0× as fast.",
            "There one look costs 2.0 steps and replaces 4.0.",
        ),
        (
            (diffusion(16, 4.0), ar(64, 1.0)),
            "A tie at 64 ms on 2 CPU cores: Diffusion and Autoregressive.",
            "There one look costs 4.0 steps and replaces 4.0.",
        ),
        (
            (diffusion(4, 3.0), ar(4, 1.0)),
            "On 2 CPU cores Autoregressive finished first: 4 ms against 12 ms, 3.0× as fast.",
            "There one look costs 3.0 steps, and there are as many looks as steps.",
        ),
        (
            (diffusion(8, 3.0), ar(4, 1.0)),
            "On 2 CPU cores Autoregressive finished first: 4 ms against 24 ms, 6.0× as fast.",
            "There one look costs 3.0 steps, and there are more looks than steps.",
        ),
        (
            (diffusion(8, 3.0, letter="A"), diffusion(4, 3.0, "b", letter="B")),
            "On 2 CPU cores B finished first: 12 ms against 24 ms, 2.0× as fast.",
            "Their passes cost about the same, so the number of passes decides.",
        ),
    ],
)
def test_the_clock_here_and_its_reason(lanes, line, why):
    assert told(here, *lanes, device="2 CPU cores") == Finish("here", line, why)


def test_of_three_lanes_the_one_that_is_compared_is_named():
    lanes = (diffusion(4, 2.0, letter="A"), diffusion(8, 2.0, "b", letter="B"), ar(64, 1.0))
    assert told(here, *lanes, device="2 CPU cores").line == (
        "On 2 CPU cores A finished first: 8 ms against 64 ms of Autoregressive, 8.0× as fast."
    )


@pytest.mark.parametrize(
    "ms, says", [((4.6, 5.4), "4.6 ms against 5.4 ms, 1.2×"), ((0.91, 0.97), "0.9 ms against 1.0 ms")]
)
def test_two_times_that_differ_are_told_so_that_they_do(ms, says):
    """Before, "5 ms against 5 ms, 1.2× as fast"."""
    assert says in told(here, diffusion(1, ms[0]), ar(1, ms[1]), device="x").line
    large = Calculated("an 8B model", "one H100", {}, dict(zip(("diffusion", "ar"), ms)), "Or so.")
    assert says in chip(race(diffusion(1), ar(1)).lanes, large).line


def test_no_speed_is_told_without_what_it_cost_the_text():
    made, worths = (
        race(diffusion(2), ar(64)),
        {"diffusion": Worth(None, False, True, "x"), "ar": Worth(False, False, False, "")},
    )
    said = {one["name"]: one["line"] for one in verdict(made, {}, "x", worths=worths, calculated=CALCULATED)["finish"]}
    assert said["here"].endswith("× as fast, with a broken reply.") and said["chip"].endswith("with a broken reply.")
    assert flaws({"ar": Worth(False, False, False, "")}) == {"ar": ", with a wrong reply"}
    assert flaws({"ar": Worth(True, False, False, "right"), "b": Worth(None, False, False, "")}) == {}


def test_a_large_chip_is_called_calculated_and_says_its_error():
    lanes = race(diffusion(2), ar(3)).lanes
    assert chip(lanes, CALCULATED) == Finish(
        "chip",
        "The same race with an 8B model on one H100, calculated: Diffusion first, 9 ms against 14 ms, 1.5× as fast.",
        "Or so.",
    )
    even = Calculated("an 8B model", "one H100", {}, {"diffusion": 10.0, "ar": 10.1}, "Or so.")
    assert chip(lanes, even).line.endswith("calculated: a tie at 10 ms.")


@pytest.mark.parametrize(
    "reply, grade, fault",
    [
        ("The capital of France is Paris.", "right", ""),
        ("The capital of France is Rome.", "wrong", "it lacks “Paris” and it says “Rome”"),
        ("The capital of France is Paris. The capital of France is Paris.", "repeated", "it says something twice"),
        ("The capital of France is Parisk.", "broken", "“parisk” is no word and it lacks “Paris”"),
    ],
)
def test_a_reply_has_a_grade_in_a_word(reply, grade, fault):
    found = worth("What is the capital of France?", reply)
    assert (found.grade, found.fault) == (grade, fault)


def test_replies_are_graded_where_a_right_one_is_known():
    lanes = race(diffusion(2), ar(3)).lanes
    known = {"diffusion": Worth(True, False, False, "right"), "ar": Worth(False, False, False, "wrong: it lacks “x”")}
    assert replies(lanes, known) == Finish(
        "replies", "Replies: Diffusion right; Autoregressive wrong.", "Autoregressive: it lacks “x”."
    )
    unknown = dict.fromkeys(("diffusion", "ar"), Worth(None, False, False, ""))
    assert replies(lanes, unknown) == Finish(
        "replies", "Replies: no word broken, no sentence twice.", "Whether they answer, only you can tell."
    )
    assert replies(lanes, {}) is None
    twins = race(diffusion(2, model="twin-diffusion"), ar(3, model="twin-ar")).lanes
    broke = {"diffusion": Worth(None, False, True, "“modelgress” is no word"), "ar": unknown["ar"]}
    assert replies(twins, broke) == Finish(
        "replies",
        "Replies: Diffusion: “modelgress” is no word.",
        "Both models are tiny, so this says little of large ones. Whether they answer, only you can tell.",
    )
    assert "tiny" not in replies(lanes, broke).why


def test_the_verdict_has_its_lines_in_order_and_as_one_text():
    made = verdict(
        race(diffusion(2), ar(3)),
        {"diffusion": 3.0, "ar": 2.0},
        "x",
        worths={"ar": Worth(True, False, False, "right")},
        idle=lambda lane, figures: ["Guidance changed nothing."],
        calculated=CALCULATED,
    )
    assert [one["name"] for one in made["finish"]] == ["looks", "here", "chip", "replies", "notes"]
    assert made["line"] == joined(Finish(**one) for one in made["finish"])
    assert made["line"].endswith("Guidance changed nothing.") and made["line"].count("Guidance") == 1
    assert "erplexity" not in made["line"] and "entropy" not in made["line"]
    assert made["calculated"] == {
        "model": "an 8B model",
        "device": "one H100",
        "ms_per_pass": {"diffusion": 4.6, "ar": 4.5},
    }
    assert Trace.loads(race_with(made).dumps()).verdict["finish"] == made["finish"]


def race_with(made):
    trace = race(diffusion(2), ar(3))
    trace.verdict = made
    return trace
