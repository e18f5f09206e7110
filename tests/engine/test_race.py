"""The race is fair: order and clocks, checked with lanes whose passes have known costs."""

from playground.engine.race import race
from playground.trace.trace import Frame


def lane(key, costs, closed=None):
    """Frames of a lane whose passes cost what the list says, in ms."""
    clock = 0.0
    try:
        yield Frame(key, 0, 0.0, 0.0, (), open=len(costs))
        for i, cost in enumerate(costs, start=1):
            clock += cost
            yield Frame(key, i, clock, cost, (), open=len(costs) - i)
    finally:
        if closed is not None:
            closed.append(key)


def order(*lanes):
    return [(frame.lane, frame.i) for frame in race(dict(lanes))]


def test_lane_whose_clock_is_behind_goes_next():
    assert order(("slow", lane("slow", [10, 10])), ("fast", lane("fast", [3, 3, 3, 3]))) == [
        ("slow", 0),
        ("fast", 0),
        ("slow", 1),
        ("fast", 1),
        ("fast", 2),
        ("fast", 3),
        ("fast", 4),
        ("slow", 2),
    ]


def test_clocks_are_the_lanes_own():
    alone = [frame.t_ms for frame in race({"a": lane("a", [5, 1, 7])})]
    together = [f.t_ms for f in race({"a": lane("a", [5, 1, 7]), "b": lane("b", [2] * 9)}) if f.lane == "a"]
    assert together == alone == [0, 5, 6, 13]


def test_passes_begin_in_common_clock_order():
    frames = list(race({"a": lane("a", [4, 9, 1, 6]), "b": lane("b", [2, 2, 8, 3, 5])}))
    begins = [frame.t_ms - frame.ms for frame in frames if frame.i]
    assert begins == sorted(begins)


def test_a_finished_lane_leaves_the_other_alone():
    assert order(("short", lane("short", [1])), ("long", lane("long", [2, 2, 2])))[-2:] == [("long", 2), ("long", 3)]


def test_no_pass_is_made_after_stop():
    made, stop = [], []
    for frame in race({"a": lane("a", [1] * 9), "b": lane("b", [1] * 9)}, lambda: bool(stop)):
        made.append((frame.lane, frame.i))
        if frame.i == 2:
            stop.append(True)
    assert made == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)]


def test_closing_the_race_closes_every_lane():
    closed = []
    running = race({"a": lane("a", [1] * 9, closed), "b": lane("b", [1] * 9, closed)})
    next(running), next(running)
    running.close()
    assert closed == ["a", "b"]
