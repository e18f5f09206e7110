"""Figures are read off the trace as the words define them, and the verdict says who was first even when it was AR."""

import math

import pytest

from playground.export.cells import LaneAt
from playground.metrics.cost import Cost, Peak
from playground.metrics.lane_metrics import measure, percentile, reply, settled_tokens, written
from playground.metrics.table import peak_line, rows
from playground.metrics.text_metrics import distinct, unigram_entropy
from playground.metrics.verdict import verdict
from playground.trace.trace import Change, Frame, Lane, Trace

END = 0


def trace(ar_ms=2.0, diffusion_ms=5.0):
    """AR writes " a", " cat", end in three passes; diffusion commits the same four positions in two."""
    words = [(" a", 5), (" cat", 6), ("<|endoftext|>", END), (" x", 7)]
    ar = [Frame("ar", 0, 0, 0, (Change(0, "Hi", None, "prompt", 9),), 4)]
    for i, (text, token) in enumerate(words[:3], start=1):
        ar.append(
            Frame(
                "ar",
                i,
                ar_ms * i,
                ar_ms,
                (Change(i, text, 0.5, "committed", token),),
                4 - i,
                1.0,
                {},
                "final" if i == 3 else "rough",
            )
        )
    noise = tuple(Change(i, "", None, "noise", 1) for i in range(1, 5))
    diffusion = [Frame("diffusion", 0, 0, 0, (Change(0, "Hi", None, "prompt", 9), *noise), 4)]
    for i, positions in enumerate([(2, 4), (1, 3)], start=1):
        changes = tuple(Change(at, *words[at - 1][:1], 0.5, "committed", words[at - 1][1]) for at in positions)
        diffusion.append(
            Frame(
                "diffusion",
                i,
                diffusion_ms * i,
                diffusion_ms,
                changes,
                4 - 2 * i,
                1.0,
                {},
                "final" if i == 2 else "clear",
            )
        )
    about = {"end_id": END}
    lanes = (Lane("diffusion", "diffusion", "Diffusion", 1, 4, about), Lane("ar", "ar", "Autoregressive", 1, 4, about))
    return Trace({}, lanes, diffusion + ar, None, "done").validate()


def test_tokens_stop_before_the_first_end_token():
    figures = measure(trace(), "diffusion")
    assert (figures.tokens, figures.passes, figures.ms) == (2, 2, 10.0)
    assert figures.tok_per_s == 200.0


def test_first_token_and_first_readable_differ_for_diffusion():
    figures = measure(trace(), "diffusion")
    assert (figures.first_token_ms, figures.first_readable_ms) == (5.0, 10.0)
    ar = measure(trace(), "ar")
    assert (ar.first_token_ms, ar.first_readable_ms) == (2.0, 4.0)


def test_entropy_and_distinct():
    assert unigram_entropy([1, 1, 2, 2]) == pytest.approx(math.log(2))
    assert unigram_entropy([3, 3]) == 0 and unigram_entropy([]) is None
    assert distinct([1, 2, 1, 2]) == pytest.approx(2 / 3) and distinct([1]) is None


def test_verdict_names_the_winner_and_why():
    line = verdict(trace(ar_ms=2.0, diffusion_ms=5.0), {}, "2 CPU cores")["line"]
    assert line.startswith("Diffusion looked at the whole text twice; Autoregressive took 3 steps. On 2 CPU cores ")
    assert "On 2 CPU cores Autoregressive finished first: 6 ms against 10 ms, 1.7× as fast." in line
    assert "There one look costs 2.5 steps and replaces only 1.5." in line
    found = verdict(trace(ar_ms=9.0, diffusion_ms=5.0), {"ar": 3.25, "diffusion": 4.5}, "2 CPU cores")
    assert (
        "Diffusion finished first: 10 ms against 27 ms, 2.7× as fast" in found["line"]
        and "and replaces 1.5" in found["line"]
    )
    assert "Diffusion 4.5, entropy" in found["more"] and "perplexity" not in found["line"].lower()


def test_a_tie_is_called_a_tie():
    found = verdict(trace(ar_ms=10 / 3, diffusion_ms=5.0), {"ar": 12345.6, "diffusion": 1.25}, "x")
    assert (
        "A tie at 10 ms on x: Diffusion and Autoregressive." in found["line"]
        and "and replaces 1.5" in found["line"]
        and "Autoregressive 12,346," in found["more"]
    )


@pytest.mark.parametrize(
    "words, readable_at",
    [
        (['"', "Yes", ","], 3),
        ([" ", " 1", "0", "."], 4),
        (["\n", " Hi", " there"], 3),
        (["dent", "ist", " in"], 3),
    ],
)
def test_first_readable_is_the_first_word_that_can_grow_no_more(words, readable_at):
    frames = [Frame("ar", 0, 0, 0, (), len(words))]
    for i, text in enumerate(words, start=1):
        frames.append(
            Frame("ar", i, float(i), 1.0, (Change(i, text, 0.5, "committed", 5 + i),), len(words) - i, 1.0, {}, "rough")
        )
    lane = Lane("ar", "ar", "Autoregressive", 1, len(words), {"end_id": END})
    assert measure(Trace({}, (lane,), frames), "ar").first_readable_ms == readable_at


def test_an_immediate_end_is_nothing_to_read():
    frames = [
        Frame("ar", 0, 0, 0, (), 4),
        Frame("ar", 1, 2.0, 2.0, (Change(0, "<|endoftext|>", 0.9, "committed", END),), 3, 0.1, {}, "final"),
    ]
    figures = measure(Trace({}, (Lane("ar", "ar", "Autoregressive", 0, 4, {"end_id": END}),), frames), "ar")
    assert (figures.tokens, figures.first_readable_ms, figures.entropy) == (0, None, None)


def diffusion_lane(*passes, length=6, about=None):
    """A lane of one-letter tokens: each pass a string of ``position state token`` words, one pass every 10 ms."""
    states = {"c": "committed", "r": "revised", "o": "remasked", "d": "draft", "p": "pinned", "n": "noise"}
    frames = []
    for i, words in enumerate(passes):
        cells = [
            Change(int(at), chr(96 + int(token)), 0.5, states[state], int(token)) for at, state, token in words.split()
        ]
        frames.append(Frame("diffusion", i, 10.0 * i, 10.0 if i else 0.0, tuple(cells), 0, 1.0, {}, "rough"))
    return Trace(
        {}, (Lane("diffusion", "diffusion", "Diffusion", 0, length, {"end_id": END, **(about or {})}),), frames
    ).validate()


def turns(*passes):
    figures = measure(diffusion_lane("0n1 1n1 2n1", *passes), "diffusion")
    return figures.commits, figures.remasks, figures.replacements


@pytest.mark.parametrize(
    "passes, counts",
    [
        (["0c5 1d6", "1c7", "2c8"], (3, 0, 0)),  # a draft that changes before it is settled was never settled
        (["0c5", "0o1", "0c5"], (2, 1, 0)),  # taken back and written the same again
        (["0c5", "0o1", "0d7", "0c7"], (2, 1, 1)),  # taken back and written otherwise: one of each
        (["0c5", "0r6", "0r5"], (1, 0, 2)),  # replaced on the spot, twice
        (["0c5", "0c5 1c5"], (2, 0, 0)),  # only its confidence changed
        (["0c5", "0o1", "0d1"], (1, 1, 0)),  # still open
    ],
)
def test_commits_remasks_and_replacements_are_counted_apart(passes, counts):
    assert turns(*passes) == counts


def test_pins_are_settled_but_not_written():
    trace = diffusion_lane("0p5 1n1 2n1 3n1", "1c6", "2p9", "0d4", "0c4 3c0")  # one pin is lifted, one is set
    figures = measure(trace, "diffusion")
    assert (figures.commits, figures.remasks, figures.replacements) == (3, 0, 0)
    assert figures.tokens == 2 and figures.distinct_1 == 1.0  # the pin and the end token are none
    kept = measure(diffusion_lane("0p5 1n1", "1c6"), "diffusion")
    assert (kept.tokens, kept.first_token_ms, kept.first_readable_ms, kept.distinct_1) == (1, 10.0, None, 1.0)
    assert settled_tokens(trace.canvas("diffusion", 1), trace.lanes[0], trace.canvas("diffusion", 0)) == 1


def test_noise_in_a_given_text_that_no_pass_touched_was_not_written():
    passes = ["0c5 1n6 2n7", "1c8", "2c7"]
    blank, trace = diffusion_lane(*passes), diffusion_lane(*passes, about={"share": 0.25})
    assert measure(blank, "diffusion").tokens == 2, "on a blank canvas a pass may write what the noise was"
    figures = measure(trace, "diffusion")
    assert (figures.tokens, figures.commits, figures.last_token_ms) == (1, 1, 10.0)
    lane, start = trace.lanes[0], trace.canvas("diffusion", 0)
    assert [settled_tokens(trace.canvas("diffusion", i), lane, start) for i in range(3)] == [0, 1, 1]
    still = measure(diffusion_lane("0c5 1n6 2n7", "1c6 2c7", about={"share": 0.25}), "diffusion")
    assert (still.tokens, still.tok_per_s, still.commits, still.first_token_ms, still.first_readable_ms) == (
        0,
        0.0,
        0,
        None,
        None,
    )


def test_a_text_with_a_pin_after_an_end_token_goes_on_to_the_pin():
    """As in a branch with a word pinned after the end of its parent's text."""
    trace = diffusion_lane("0c5 1c0 2n1 3p6 4n1 5n1", "2c7 4c8", "5c0")
    lane, start = trace.lanes[0], trace.canvas("diffusion", 0)
    assert (measure(trace, "diffusion").tokens, reply(trace, "diffusion")) == (2, "egfh")
    assert [settled_tokens(trace.canvas("diffusion", i), lane, start) for i in range(3)] == [0, 2, 2]
    at = LaneAt(trace, lane)
    at.go(20.0)
    assert at.end == 5
    ends_at_its_pin = diffusion_lane("0n1 1n1 2p0 3n1", "0c5 1c6 3c7")
    assert measure(ends_at_its_pin, "diffusion").tokens == 2


def test_a_given_text_counts_only_where_a_pass_changed_it():
    figures = measure(diffusion_lane("0c5 1c6 2n1", "0r7", "2c8"), "diffusion")
    assert (figures.tokens, figures.commits, figures.replacements) == (2, 1, 1)
    assert (figures.first_token_ms, figures.last_token_ms) == (20.0, 20.0)
    trace = diffusion_lane("0c5 1c6 2n1", "0c5 1c6", "2c8", "1r7")
    live = [
        settled_tokens(trace.canvas("diffusion", i), trace.lanes[0], trace.canvas("diffusion", 0)) for i in range(4)
    ]
    assert live == [0, 0, 1, 2]


def test_a_given_token_that_is_hidden_and_comes_back_was_not_written():
    """As in a second look."""
    trace = diffusion_lane("0c5 1c6 2c7", "0o1 1o1", "0c5", "1c8")
    figures = measure(trace, "diffusion")
    assert (
        figures.tokens == settled_tokens(trace.canvas("diffusion"), trace.lanes[0], trace.canvas("diffusion", 0)) == 1
    )


@pytest.mark.parametrize(
    "given, words, readable_at",
    [
        ({0: "Hi", 1: ","}, {2: " there", 3: "."}, 2),  # the given words were there before
        ({0: "Hi"}, {1: "gh", 2: "er", 3: "!"}, 3),  # a given word that a pass goes on with is its own
        ({1: " there", 2: "."}, {0: "Hi", 3: " You"}, 1),  # behind an empty place it is not read yet
        ({0: "Hi", 1: "!"}, {}, None),
    ],
)
def test_first_readable_is_a_word_of_the_lane_s_own(given, words, readable_at):
    frames = [
        Frame("ar", 0, 0, 0, tuple(Change(at, text, None, "pinned", 50 + at) for at, text in given.items()), len(words))
    ]
    for i, (at, text) in enumerate(words.items(), start=1):
        frames.append(
            Frame(
                "ar", i, float(i), 1.0, (Change(at, text, 0.5, "committed", 5 + at),), len(words) - i, 1.0, {}, "rough"
            )
        )
    lane = Lane("ar", "ar", "Autoregressive", 0, 5, {"end_id": END})
    assert measure(Trace({}, (lane,), frames), "ar").first_readable_ms == readable_at


def test_what_stands_behind_an_empty_place_is_not_written_yet():
    """As in an AR lane that was stopped before it came to the words given to it."""
    start = (Change(2, " there", None, "pinned", 9),)
    frames = [
        Frame("ar", 0, 0, 0, start, 2),
        Frame("ar", 1, 2.0, 2.0, (Change(0, "Hi", 0.5, "committed", 5),), 1, 1.0, {}, "rough"),
    ]
    trace = Trace({}, (Lane("ar", "ar", "Autoregressive", 0, 3, {"end_id": END}),), frames)
    assert [cell.text for cell in written(trace, "ar")] == ["Hi"] and measure(trace, "ar").tokens == 1


def test_between_times_are_from_arrival_to_arrival():
    figures = measure(diffusion_lane("0n1", "0c5 1c5 2c5", "3d5", "3c5", "4c5"), "diffusion")
    assert (figures.first_token_ms, figures.last_token_ms) == (10.0, 40.0)
    assert (figures.between_p50_ms, figures.between_p95_ms) == (15.0, 19.5)  # gaps of 20 and 10
    assert figures.tokens_per_arrival == round(5 / 3, 2)
    ar = measure(trace(), "ar")
    assert (ar.between_p50_ms, ar.tokens_per_arrival, ar.last_token_ms) == (2.0, 1.0, 4.0)  # the end token came last


def test_the_last_token_is_the_one_that_changed_last():
    assert measure(diffusion_lane("0n1", "0c5 1c5", "0r6", "1d5"), "diffusion").last_token_ms == 20.0
    assert measure(diffusion_lane("0n1", "0d5"), "diffusion").last_token_ms is None


def test_percentile():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0 and percentile([1.0, 2.0], 0.95) == pytest.approx(1.95)
    assert percentile([], 0.5) is None and percentile([4.0], 0.95) == 4.0


def test_a_verdict_tells_the_work_where_it_is_known():
    told = verdict(trace(), {}, "x", {"ar": Cost(600.0, 60.0)}, Peak(1e6, 1e5))
    assert told["peak"] == {"flops_per_s": 1e6, "bytes_per_s": 1e5}
    ar, diffusion = told["lanes"]["ar"], told["lanes"]["diffusion"]
    assert (ar["flops_per_pass"], ar["bytes_per_pass"]) == (200.0, 20.0)
    assert (ar["flops_share"], ar["bytes_share"]) == (0.1, 0.1)  # 600 operations in 6 ms, of a million a second
    assert diffusion["flops_per_pass"] is None and "peak" not in verdict(trace(), {}, "x")


def test_figures_are_told_in_units_and_rows_without_any_are_left_out():
    told = verdict(trace(), {}, "x", {"ar": Cost(9e8 * 3, 2.05e7 * 3)}, Peak(3.2e11, 4.5e10))
    table = dict(rows(told["lanes"]))
    assert table["passes"] == ["2", "3"] and table["work per pass"] == ["–", "900 MFLOP, 20.5 MB"]
    assert table["between arrivals, p50 / p95"] == ["5.0 / 5.0 ms", "2.0 / 2.0 ms"]
    assert not {"remasks", "replacements", "perplexity under the AR twin"} & set(table)
    assert peak_line(told["peak"]) == "Peak measured on this device: 320 GFLOP/s, 45 GB/s."
    turned = verdict(diffusion_lane("0n1", "0c5", "0o1", "0c6"), {}, "x")
    assert dict(rows(turned["lanes"]))["remasks"] == ["1"] and dict(rows(turned["lanes"]))["replacements"] == ["1"]
