"""Every deviation of deviations.py, sent byte by byte by a server on this machine, through a lane."""

import logging
import re

import pytest

from byte_server import ByteServer, served
from deviations import CASES
from playground.engine.served_model import ServedModel
from playground.errors import PlaygroundError
from playground.request.race_request import RaceRequest
from playground.served.limits import Limits
from playground.trace.trace import SETTLED, Trace

KEY = "sk-canary-0123456789"
BRIEF = Limits(silence=0.8, closing=0.3, total=8)  # where silence is what is tested
BUSY = Limits(closing=0.3, total=1.5)  # where the server never stops
PATIENT = Limits(silence=60, closing=60, total=120)
LIMITS = {"brief": BRIEF, "busy": BUSY, "patient": PATIENT}
ASKED = RaceRequest("Hi there", length=16)


def run_lane(url, limits=PATIENT, quotes=False, **record):
    """A whole lane: its trace, and the sentence with which it failed, if it did."""
    record = served(url, **{"extra": {"diffusing": True}, "successor": "the-next", **record})
    run = ServedModel(record, lambda record: KEY, limits, quotes).lane(ASKED, "ar", "Made-up", {"model": "made-up"})
    trace, fault = Trace({"id": "x"}, (run.lane,)), ""
    try:
        for frame in run.frames:
            trace.frames.append(frame)
    except PlaygroundError as error:
        fault = str(error)
    return Trace.loads(trace.dumps()), fault


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_deviation_is_read_as_it_was_meant_or_is_a_fault_with_a_way_on(case, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with ByteServer(case.answer) as server:
        trace, fault = run_lane(server.url, LIMITS[case.limits])
    assert (trace.text("ar"), bool(fault)) == (case.said, bool(case.fault)), fault
    assert case.fault in fault
    remote = trace.lanes[0].about["remote"]
    assert {name: remote[name] for name in case.remote} == case.remote
    ended = [frame.phase for frame in trace.frames].count("final")
    assert ended == (0 if fault else 1), "only a whole reply reaches its end"
    assert fault or all(cell.state in SETTLED for cell in trace.canvas("ar").values())
    out, err = capfd.readouterr()
    everything = f"{trace.dumps()}{fault}{out}{err}{caplog.text}"
    assert "canary" not in everything and "secret-page" not in everything and "127.0.0.1:" not in everything
    assert not re.search(r"<html|Traceback|None|\{", fault)
    assert not fault or fault.endswith((".", "”")), "a whole sentence"


def test_all_rows_are_here():
    assert {case.row for case in CASES} == set(range(1, 34))
