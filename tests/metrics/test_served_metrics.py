"""Figures and words of served lanes: wall clocks, no tokens that nobody counted, no factor between two kinds of clock."""

import re

import pytest

from playground.cli.terminal import figures_table
from playground.export.caption import caption, unfinished
from playground.export.picture import Film
from playground.metrics.served_metrics import measure_served
from playground.metrics.table import rows
from playground.metrics.verdict import verdict
from playground.trace.served import note_of
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Change, Frame, Lane, Trace


def local(key, passes, ms):
    lane = Lane(key, "ar" if key == "ar" else "diffusion", key.capitalize(), 1, passes, {"end_id": 0})
    frames = [Frame(key, 0, 0.0, 0.0, (Change(0, "Hi", None, "prompt", 1),), passes)]
    for i in range(1, passes + 1):
        change = (Change(i, f" w{i}", 0.9, "committed", i),)
        frames.append(Frame(key, i, i * ms, ms, change, passes - i, phase="final" if i == passes else "rough"))
    return lane, frames


def served(key, many, ms, unit="chunks", usage=None, final=True, **remote):
    about = {"remote": {"provider": "p", "model": "m", "unit": unit, "connect_ms": 40.0, "usage": usage, **remote}}
    lane = Lane(key, "ar", f"Served {key}", 1, 4000, about)
    frames = [Frame(key, 0, 0.0, 0.0, (Change(0, "Hi", None, "prompt", 1),), 0)]
    for i in range(1, many + 1):
        phase = "final" if final and i == many else "rough"
        frames.append(Frame(key, i, i * ms, ms, (Change(i, " four", None, "committed", i),), 0, phase=phase))
    return lane, frames


def race(*lanes, **faults):
    trace = Trace({"prompt": "Hi", "faults": faults}, tuple(lane for lane, _ in lanes))
    trace.frames = [frame for _, frames in lanes for frame in frames]
    trace.ended, trace.verdict = "done", verdict(trace, {}, "2 CPU cores")
    return Trace.loads(trace.dumps())


def test_tokens_are_only_those_that_the_server_counted():
    counted = measure_served(race(served("a", 4, 100, usage={"completion_tokens": 50})), "a")
    assert (counted.arrivals, counted.unit, counted.tokens, counted.tok_per_s) == (4, "chunks", 50, 125.0)
    assert (counted.ms, counted.first_text_ms, counted.connect_ms, counted.char_per_s) == (400.0, 100.0, 40.0, 50.0)
    for usage in (None, {}, {"completion_tokens": "many"}, {"completion_tokens": True}, {"completion_tokens": -1}):
        unknown = measure_served(race(served("a", 4, 100, usage=usage)), "a")
        assert unknown.tokens is unknown.tok_per_s is None


def test_tokens_that_were_thinking_are_said_and_make_no_speed_of_the_text():
    thought = {"completion_tokens": 500, "reasoning_tokens": 480}
    trace = race(served("a", 4, 100, usage=thought))
    figures = measure_served(trace, "a")
    assert figures.tokens is figures.tok_per_s is None
    assert "480 of its tokens were thinking" in note_of(trace.lanes[0])


@pytest.mark.parametrize(
    "known, said",
    [
        ({"finish": "length"}, "cut at the length that was asked for"),
        ({"finish": "limit"}, "More came than a lane holds"),
        ({"finish": "content_filter"}, "rules on content ended it early"),
        ({"finish": "tool_calls"}, "asking for a tool"),
        ({"finish": "model_length"}, "ended with “model_length”"),
        ({"at_once": True}, "arrived at once"),
        ({"lost": 3}, "3 of its characters were no text"),
        ({"left_out": "seed"}, "refused seed, so it was asked again"),
    ],
)
def test_what_came_out_of_a_reply_is_said_in_the_note_and_in_captions(known, said):
    plain, trace = race(served("a", 4, 100, finish="stop")), race(served("a", 4, 100, **known))
    assert said in note_of(trace.lanes[0]) and said in caption(trace) and said not in caption(plain)


def test_a_last_frame_without_text_is_no_arrival():
    assert measure_served(race(served("a", 4, 100, arrivals=3)), "a").arrivals == 3
    assert "in 3 chunks" in race(served("a", 4, 100, arrivals=3)).verdict["line"]


def test_no_factor_is_made_of_a_wall_clock_and_a_clock_of_passes():
    line = race(local("ar", 8, 5), served("b", 3, 400, "snapshots")).verdict["line"]
    assert not re.search(r"\d×", line)
    assert "Ar took 40 ms by the clock of its own passes." in line
    assert "By the wall clock, network included: Served b 1,200 ms in 3 snapshots, after 40 ms to connect." in line
    assert "two clocks, so no factor is given" in line


def test_the_lanes_of_this_device_are_compared_as_without_served_ones():
    alone = race(local("diffusion", 2, 20), local("ar", 8, 10)).verdict
    beside = race(local("diffusion", 2, 20), local("ar", 8, 10), served("b", 3, 400)).verdict
    assert beside["line"].startswith(alone["line"]) and "2.0× as fast" in alone["line"]
    assert {key: beside["lanes"][key] for key in alone["lanes"]} == alone["lanes"]


def test_two_served_lanes_compare_by_their_wall_clocks():
    line = race(served("a", 3, 100), served("b", 6, 100, "blocks")).verdict["line"]
    assert (
        "Served a ended before Served b, 2.0× as fast by wall clocks with each one's network and queue in them." in line
    )
    assert "Served b 600 ms in 6 blocks" in line and "no factor" not in line
    tie = race(served("a", 3, 100), served("b", 3, 101)).verdict["line"]
    assert "took as long as each other" in tie


def test_a_lane_that_failed_is_named_and_not_measured():
    trace = race(local("ar", 8, 5), served("b", 3, 400, final=False), b="The server said 429.")
    assert "Served b did not finish; its lane says why." in trace.verdict["line"]
    assert list(trace.verdict["lanes"]) == ["ar"] and unfinished(trace) == ""


@pytest.mark.parametrize(
    "unit, says",
    [
        ("chunks", "which are not tokens"),
        ("snapshots", "what did not change since the last one counts as settled"),
        ("blocks", "finished blocks, not steps"),
        ("unheard of", "which are not tokens"),
    ],
)
def test_a_note_says_what_a_frame_is_and_what_is_ignored(unit, says):
    lane, _ = served("a", 1, 100, unit, ignored=["the seed", "temperature 0", "steps"])
    note = note_of(lane)
    assert note.startswith("Wall clock, network included.") and says in note
    assert note.endswith("It ignores the seed, temperature 0 and steps.")


def test_a_table_says_which_clock_a_time_is_of():
    trace = race(local("ar", 8, 5), served("b", 3, 400, "blocks"))
    table = dict(rows(trace.verdict["lanes"], one_tokenizer=share_tokenizer(trace.lanes)))
    assert table["clock"] == ["its own passes", "wall clock, network included"]
    assert table["passes"] == ["8", "3 blocks"] and table["tokens of its own per second"] == ["200", "–"]
    assert table["first token"] == ["5.0 ms", "400.0 ms (text)"]
    assert "clock" not in dict(rows(race(local("ar", 8, 5)).verdict["lanes"]))
    assert figures_table(trace).row_count == len(table)


def test_a_caption_says_it_once_for_each_served_lane():
    trace = race(
        local("ar", 8, 5),
        served("b", 3, 400, "blocks", ignored=["the seed"]),
        served("c", 1, 9, final=False),
        c="It was cut.",
    )
    said = caption(trace)
    assert "Served b: Wall clock, network included. It sends finished blocks, not steps. It ignores the seed." in said
    assert "Served c: " in said and "It was cut." in said and said.count("It ignores") == 1


def test_pictures_have_room_for_what_a_served_lane_wrote_and_no_more():
    assert Film(race(local("ar", 8, 5), served("b", 20, 40))).rows == 3
    film = Film(race(local("ar", 8, 5), served("b", 0, 40, final=False), b="No answer."))
    assert film.rows == 1
    for _ in film.pictures():
        pass


def test_a_served_lane_shares_no_tokenizer():
    assert not share_tokenizer(race(served("a", 1, 9), served("b", 1, 9)).lanes)
