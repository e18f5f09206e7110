"""Whether a lane's text fits the words that were given on both sides: what a rule can see, and nothing more."""

from dataclasses import replace

import pytest

from playground.metrics.fit import Mended, Seam, fault, fit, mended, of_mended, of_seams, seams
from playground.metrics.verdict import verdict
from playground.request.race_request import RaceRequest
from playground.trace.trace import Change, Frame, Lane, Trace


@pytest.mark.parametrize(
    "seam, says",
    [
        (
            Seam("I want a", " movie to watch.\nAssistant", " to Sacramento."),
            "broke off at “Assistant”, before “to Sacramento.”",
        ),
        (Seam("I want a", " bus ticket. I'm going", " to Sacramento."), ""),
        (
            Seam("Hi.", " A baby pig is called a", " See you soon.", True),
            "broke off at “called a”, before “See you soon.”",
        ),
        (Seam("Hi.", " I miss you.", " See you soon.", True), ""),
        (Seam("Hi.", " Yours,", " See you soon.", True), ""),
        (Seam("A", " ticket for 1 person from", " I am going."), "broke off at “person from”, before “I am going.”"),
        (Seam("A", " ticket for the place that", " I am going to."), ""),
        (
            Seam("User:", " What is it?\nAssistant: The", "\nAssistant: Yes."),
            "broke off at “Assistant: The”, before “Assistant: Yes.”",
        ),
        (Seam("User:", " Book a bus.", "\nAssistant: Yes."), ""),
        (Seam("Book a", " table", " Your bus is booked."), "broke off at “a table”, before “Your bus is”"),
        (Seam("Book a", " table for two.", " from Leeds."), "ended its sentence before “from Leeds.”"),
        (Seam("Book a", " bus from Leeds", " from Leeds to York."), "wrote “from Leeds” twice"),
        (Seam("Book a bus", " a bus", " to York."), "wrote “a bus” twice"),
        (Seam("It", " is dent", "ist in town."), ""),
        (Seam("It dentist", "irs very", " happy."), "wrote “dentistirs”, which is no word"),
        (Seam("A table at a", " restaurant in", " San Jose."), ""),  # a name is no new sentence
        (Seam("", "", " to York."), ""),
        (
            Seam("Please book a", " table for", " from Leeds to York."),
            "broke off at “table for”, before “from Leeds to”",
        ),
        (Seam("Please book a", " bus ticket", " from Leeds to York."), ""),
        (Seam("We can meet", " in the", " at noon."), "broke off at “in the”, before “at noon.”"),
        (Seam("We", " came in", " for tea."), ""),
        (Seam("Book a", " table for", " to Rome."), "broke off at “table for”, before “to Rome.”"),
    ],
)
def test_what_a_rule_sees_at_a_seam(seam, says):
    assert fault(seam) == says


def lane_with_gap(key, words, title):
    """The prompt "I", two places, and " to York." given after them."""
    given = [
        Change(0, "I", None, "prompt", 5),
        Change(3, " to", None, "pinned", 6),
        Change(4, " York.", None, "pinned", 7),
    ]
    wrote = tuple(Change(1 + n, word, 0.5, "committed", 20 + n) for n, word in enumerate(words))
    frames = [Frame(key, 0, 0, 0, tuple(given), 2), Frame(key, 1, 1.0, 1.0, wrote, 0, None, {}, "final")]
    return Lane(key, key, title, 1, 4, {}), frames


def test_a_seam_is_what_was_written_before_given_words():
    lane, frames = lane_with_gap("diffusion", [" am", " going"], "Diffusion")
    assert seams(Trace({}, (lane,), frames), "diffusion") == [Seam("I", " am going", " to York.")]


def test_the_headline_says_who_met_the_given_words():
    (one, first), (two, second) = (
        lane_with_gap("diffusion", [" am", " going"], "Diffusion"),
        lane_with_gap("ar", [" go", "."], "Autoregressive"),
    )
    trace = Trace({}, (one, two), first + second)
    line = fit(trace, trace.lanes, {})
    assert line.line == "The words of Diffusion fit your words; Autoregressive ended its sentence before “to York.”."
    assert "only you can tell" in line.why


def test_a_lane_that_was_first_with_words_that_do_not_fit_says_so_beside_its_speed():
    lanes, frames = zip(
        lane_with_gap("diffusion", [" am", " going"], "Diffusion"), lane_with_gap("ar", [" go", "."], "Autoregressive")
    )
    slow = [replace(frame, t_ms=9 * frame.t_ms, ms=9 * frame.ms) for frame in frames[0]]
    told = {one["name"]: one["line"] for one in verdict(Trace({}, lanes, slow + frames[1]), {}, "x")["finish"]}
    assert "Autoregressive finished first" in told["here"] and told["here"].endswith(
        "fast, with words that do not fit."
    )


def test_of_two_alike_neither_is_praised():
    assert of_seams([("A", ""), ("B", "")], "your ending").line == "The words of A and B fit your ending."
    assert (
        of_seams([("A", "did x"), ("B", "did y")], "your words").line
        == "No lane's words fit your words: A did x; B did y."
    )


def test_of_a_mended_text_the_tokens_are_counted():
    start = [
        Change(0, "a", None, "prompt", 1),
        Change(1, "b", None, "committed", 2),
        Change(3, "d", None, "committed", 4),
    ]
    end = (Change(2, "c", 0.5, "committed", 3), Change(3, "x", 0.5, "revised", 9), Change(4, "y", 0.5, "committed", 8))
    frames = [Frame("ar", 0, 0, 0, tuple(start), 2), Frame("ar", 1, 1.0, 1.0, end, 0)]
    counted = mended(Trace({}, (Lane("ar", "ar", "AR", 1, 4, {}),), frames), "ar", [1, 2, 3, 4, 5])
    assert counted == Mended(lost=2, back=1, changed=1)
    assert of_mended([("Diffusion", Mended(5, 4, 0)), ("AR", counted)]).line == (
        "Diffusion put 4 of the 5 lost tokens back as you wrote them, AR 1 of 2; AR changed 1 of your other tokens."
    )


@pytest.mark.parametrize(
    "settings, fits",
    [
        ({"prompt": "Go home."}, False),
        ({"prompt": "Please go to ___ now."}, True),
        ({"prompt": "Go home.", "ending": "Bye now."}, True),
        ({"prompt": "Go home.", "places": "5=dentist"}, True),
        ({"prompt": "I would like to go home now.", "share": 0.5}, True),
        ({"prompt": "I would like to go home now.", "share": 0.5, "noise": "tokens", "revise": "renoise"}, True),
    ],
)
def test_the_fit_comes_first_where_both_sides_count(tiny, settings, fits):
    run = tiny.start(RaceRequest.parse({"length": 16, "steps": 2, **settings}))
    list(run.frames())
    names = [line["name"] for line in run.trace.verdict["finish"]]
    assert names[0] == ("fit" if fits else "looks") and names[names.index("looks") + 1] == "here"
    assert ("lost token" in run.trace.verdict["finish"][0]["line"]) is bool(settings.get("share"))
