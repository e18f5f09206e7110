"""The card of a run: one picture with the prompt, every lane at the four stages, and the figures."""

import json

import pytest
from PIL import Image, ImageChops

from fakes import record
from playground.__main__ import main
from playground.export.card import SIZE, card, figures_of, moments_of
from playground.trace.trace import Trace


def drawn(run, folder):
    """The card that the command writes of a run, given as JSON data."""
    path = folder / "run.json"
    path.write_text(json.dumps(run), encoding="utf-8")
    assert main(["export", str(path), "--card", str(folder / "card.png")]) == 0
    return Image.open(folder / "card.png").convert("RGB")


def differ(one, other):
    """The box in which two pictures differ; None where they do not."""
    return ImageChops.difference(one, other).getbbox()


def test_the_card_has_the_size_that_sites_show_and_every_part_of_the_run(tmp_path):
    run = record("a dentist", length=16, steps=4).to_json()
    plain = drawn(run, tmp_path)
    assert plain.size == SIZE == (1200, 630)
    top, bottom = (differ(plain, drawn({**run, **other}, tmp_path)) for other in changed(run))
    assert top and top[3] < 130, "the prompt stands over the lanes"
    assert bottom and bottom[1] > 550, "the verdict stands under them"


def changed(run):
    yield {"run": {**run["run"], "prompt": "another dentist"}}
    yield {"verdict": {**run["verdict"], "line": "Nobody was first. More."}}


def test_a_token_of_a_reply_shows_in_the_panels_of_its_lane(tmp_path):
    run = record("a dentist", length=16, steps=4).to_json()
    before = drawn(run, tmp_path)
    for frame in run["frames"]:
        if frame["lane"] == "ar":
            for change in frame["changes"]:
                change[1] = change[1].upper()
    left, top, _, bottom = differ(before, drawn(run, tmp_path))
    assert top > 350 and bottom < 560 and left > 300, "below diffusion, and not in the column of the noise"


def test_columns_are_the_stages_and_the_end_of_a_lane_that_takes_longer():
    trace = record(length=32, steps=8)
    names = [moment.name for moment in moments_of(trace)]
    assert names == ["noise", "rough", "clear", "final", "all done"], (
        "the made-up autoregressive lane is the slower one"
    )
    ends = {lane.key: trace.frames_of(lane.key)[-1].t_ms for lane in trace.lanes}
    assert [moment.t_ms for moment in moments_of(trace)[-2:]] == [ends["diffusion"], ends["ar"]]
    half = Trace(trace.run, trace.lanes, trace.frames[: len(trace.frames) // 2], ended="stopped")
    assert moments_of(half)[-1].name == "end"
    assert len(moments_of(Trace(trace.run, trace.lanes[1:], trace.frames_of("ar")))) == 4


@pytest.mark.parametrize(
    "worth, says",
    [
        ({"right": True}, "right"),
        ({"right": False, "broken": True}, "broken"),
        ({"right": None, "repeated": True}, "repeated"),
        ({"right": False}, "not right"),
        ({}, ""),
    ],
)
def test_figures_say_what_is_known_of_a_reply(worth, says):
    trace = record(length=16, steps=4)
    trace.verdict = {"line": "", "lanes": {"diffusion": worth}}
    passes, time, *more = figures_of(trace, trace.lanes[0]).split("  ·  ")
    assert passes == "4 passes" and time.endswith(" ms") and more == [says] * bool(says)


@pytest.mark.parametrize(
    "odd",
    [
        {"run": {}},
        {"run": {"prompt": None, "date": [1], "device": {}}},
        {"verdict": {"line": 7, "lanes": {"diffusion": "fast"}}},
        {"verdict": {"lanes": 5}},
        {"frames": []},
    ],
)
def test_a_run_file_may_say_anything_of_itself(odd, tmp_path, capsys):
    path = tmp_path / "run.json"
    path.write_text(json.dumps({**record(length=16, steps=4).to_json(), **odd}), encoding="utf-8")
    status = main(["export", str(path), "--card", str(tmp_path / "card.png")])
    assert status == 0 or "This run file is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [{"versus": '{"steps": 4}'}, {"noise": "characters", "revise": "renoise"}, {"prompt": "日本語 🙂 " * 40}],
)
def test_other_races_draw(settings):
    assert card(record(**{"length": 128, "steps": 8, **settings})).size == SIZE
