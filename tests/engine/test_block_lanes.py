"""Lanes of block-causal and shifted models, and of models whose reply ends with a text, from the request to the trace.

The networks are the tiny twin's under other records: only what a record says of attention, blocks, shift and end differs.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from playground.catalog.records import CAPABILITIES, DIFFUSION_TWIN
from playground.engine.engine import RaceEngine
from playground.engine.local_model import LocalModel
from playground.metrics.lane_metrics import measure, reply
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace

BLOCKS = {"attention": "block-causal", "block": 4, "anchor": "start", "source": "a paper"}


@pytest.fixture
def racing(tiny):
    """Makes an engine whose one model is the tiny diffusion twin under a record with other fields."""

    def make(**fields):
        model = LocalModel(replace(DIFFUSION_TWIN, partner="", **fields), tiny.diffusion.checkpoint)
        return RaceEngine([model], torch.device("cpu"), torch.float32, tiny.thread)

    return make


def raced(engine, prompt="I need a dentist", length=14, steps=8, **settings):
    run = engine.start(RaceRequest.parse({"prompt": prompt, "length": length, "steps": steps, **settings}))
    for _ in run.frames():
        pass
    assert run.trace.ended == "done"
    return run.trace


@pytest.mark.parametrize("shift", ["none", "block"])
@pytest.mark.parametrize("anchor", ["start", "prompt"])
def test_passes_that_read_are_frames_with_a_time_and_no_guess(racing, anchor, shift):
    trace = raced(racing(**{**BLOCKS, "anchor": anchor, "shift": shift}), same_length=True)
    frames = trace.frames_of("diffusion")
    silent = [frame for frame in frames[1:] if frame.entropy is None]
    assert (
        len(silent)
        == {("start", "none"): 4, ("prompt", "none"): 4, ("start", "block"): 1, ("prompt", "block"): 0}[anchor, shift]
    ), "where predictions are shifted, a pass that reads up to a block without a token of the prompt settles its first"
    assert all(frame.ms > 0 and not frame.changes and not frame.top for frame in silent)
    measures = measure(trace, "diffusion")
    assert measures.passes == len(frames) - 1 and measures.tokens == 14
    assert measures.tokens_per_pass == round(14 / (len(frames) - 1), 2)
    assert trace.verdict["lanes"]["diffusion"]["passes"] == measures.passes
    assert frames[-1].phase == "final" and frames[-1].open == 0
    assert "blocks of 4 tokens" in trace.lanes[0].about["note"]
    assert Trace.loads(trace.dumps()).to_json() == trace.to_json()


def test_a_block_is_settled_before_the_next_begins(racing):
    trace = raced(racing(**BLOCKS), same_length=True, length=18)
    prompt, began = trace.lanes[0].prompt, []
    for frame in trace.frames_of("diffusion")[1:]:
        began += [change.position // 4 for change in frame.changes if change.state == "committed"]
    assert began == sorted(began) and len(set(began)) == len({at // 4 for at in range(prompt, prompt + 18)})


@pytest.mark.parametrize(
    "asked, need",
    [
        ({"prompt": "I ___ a dentist"}, "blanks"),
        ({"places": "3=a"}, "places"),
        ({"ending": "today"}, "places"),
        ({"share": 0.3}, "mend"),
        ({"guidance": 1.0}, "guidance"),
        ({"noise": "characters", "revise": "edit"}, "random"),
        ({"noise": "mixed", "revise": "remdm_cap", "commit": "confidence"}, "random"),
        ({"revise": "wino"}, "whole"),
        ({"revise": "gidd"}, "whole"),
        ({"revise": "second_look"}, "whole"),
        ({"revise": "renoise"}, "whole"),
        ({"cache": "prefix"}, "whole"),
    ],
)
def test_what_needs_more_than_blocks_is_refused_before_it_runs(racing, asked, need):
    with pytest.raises(RequestError, match=f"cannot {CAPABILITIES[need]}. Leave that out"):
        raced(racing(**BLOCKS), **asked)


def test_a_published_model_was_not_trained_on_random_tokens_and_the_twins_were(racing):
    asked = {"noise": "characters", "revise": "edit"}
    with pytest.raises(RequestError, match="cannot start from random tokens"):
        raced(racing(source="a paper"), **asked)
    raced(racing(), **asked)


@pytest.mark.parametrize("revise", ["wino", "edit", "second_look", "renoise", "gidd"])
def test_a_shifted_model_takes_every_rule(racing, revise):
    trace = raced(racing(shift="whole", source="a paper"), revise=revise, guidance=0.5)
    assert trace.frames_of("diffusion")[-1].phase == "final"


def frame_of(trace, i, edits=()):
    """Frame i of the lane, as the stage sends it."""
    lane, canvas = trace.lanes[0], trace.canvas("diffusion", i)
    mask = lane.about["mask_id"]
    open_positions = [at for at, cell in canvas.items() if cell.state in ("noise", "draft", "remasked")]
    ids = [mask if at in open_positions else canvas[at].id for at in range(lane.prompt + lane.length)]
    frame = {"lane": "diffusion", "kind": "diffusion", "frame": i, "prompt": lane.prompt, "ids": ids}
    return {**frame, "open": open_positions, "pinned": [], "edits": list(edits), "model": lane.about["model"]}


ONE_BY_ONE = {"commit": "threshold", "commit_level": 1.0, "steps": 14, "same_length": True}


@pytest.mark.parametrize("shift", ["none", "block"])
def test_a_branch_without_edits_goes_on_as_the_run_did(racing, shift):
    """It reads all that was settled before the open block anew, and that is exact."""
    engine = racing(**{**BLOCKS, "shift": shift})
    whole = raced(engine, **ONE_BY_ONE)
    for i in range(1, len(whole.frames) - 1, 3):
        branch = raced(engine, **ONE_BY_ONE, resume=frame_of(whole, i))
        assert reply(branch, "diffusion") == reply(whole, "diffusion")


def test_a_branch_reads_its_edits(racing):
    """Another word in a finished block changes what comes after it, as the whole text with that word would."""
    engine = racing(**BLOCKS)
    whole, edited = raced(engine, **ONE_BY_ONE), None
    lane = whole.lanes[0]
    middle = len(whole.frames) // 2
    branch = raced(engine, **ONE_BY_ONE, resume=frame_of(whole, middle, [{"position": lane.prompt, "text": "Z"}]))
    edited = {at: cell.id for at, cell in branch.canvas("diffusion").items()}
    before = {at: cell.id for at, cell in whole.canvas("diffusion").items()}
    kept = {at for at, cell in whole.canvas("diffusion", middle).items() if cell.state == "committed"} - {lane.prompt}
    assert edited[lane.prompt] != before[lane.prompt] and all(edited[at] == before[at] for at in kept)
    assert edited != {**before, lane.prompt: edited[lane.prompt]}


def test_the_last_block_is_read_whole_within_the_context(racing):
    """A network of 256 positions: with blocks of 100 from 0 on, the text must end at 157, where the block up to 200 fits."""
    engine = racing(**{**BLOCKS, "block": 100}, context=256)
    assert engine.models[0].context == 256 - 99
    raced(engine, length=64)


def test_a_shifted_position_looks_from_the_position_before_it(racing):
    ids = list(range(20, 32))
    plain, shifted = racing(), racing(shift="whole")
    key = DIFFUSION_TWIN.key
    assert shifted.attention(key, ids, 6) == pytest.approx(plain.attention(key, ids, 5))
    assert shifted.attention(key, ids, 0) == pytest.approx(plain.attention(key, ids, 0))
    with pytest.raises(RequestError, match="cannot show what it looked at"):
        racing(**BLOCKS).attention(key, ids, 5)


@pytest.mark.parametrize("revise, stops", [("none", True), ("remdm_cap", False)])
def test_a_reply_ends_where_its_end_text_begins(twins, revise, stops):
    """It stops as soon as what is settled stays; a rule that may take it back runs to its end."""

    def replied(end_text="", **settings):
        model = LocalModel(replace(DIFFUSION_TWIN, partner="", end_text=end_text), twins.diffusion.checkpoint)
        engine = RaceEngine([model], torch.device("cpu"), torch.float32, twins.thread)
        trace = raced(engine, "Write a thank you email to Tom for the flowers.", 32, 32, **given, **settings)
        return reply(trace, "diffusion"), trace.frames

    given = {"commit": "confidence", "revise": revise, "revise_level": None if stops else 0.01, "blocks": 8}
    text, frames = replied(same_length=False)
    words = text.split()
    end = f"{words[2]} {words[3]}"
    cut, fewer = replied(end, same_length=False)
    assert cut == text.partition(end)[0].rstrip() and len(cut) > 5
    assert (len(fewer) < len(frames)) == stops
    assert fewer[-1].phase == "final" and fewer[-1].open == 0
    assert replied(end, same_length=True)[0] == replied(same_length=True)[0], "a text that must not end goes on"


@pytest.mark.parametrize(
    "revise, level, idle",
    [("none", None, ""), ("edit", 1.0, "Edit took nothing back in diffusion, and replaced nothing")],
)
def test_an_end_that_was_put_for_the_model_is_no_revision(twins, revise, level, idle):
    """The rules revise nothing here. The end text takes several passes, so its first token settled before the end."""

    def replied(end_text=""):
        model = LocalModel(replace(DIFFUSION_TWIN, partner="", end_text=end_text), twins.diffusion.checkpoint)
        engine = RaceEngine([model], torch.device("cpu"), torch.float32, twins.thread)
        settings = {"commit": "confidence", "revise": revise, "revise_level": level, "blocks": 8, "same_length": False}
        return raced(engine, "Write a thank you email to Tom for the flowers.", 32, 32, **settings)

    words = reply(replied(), "diffusion").split()
    trace = replied(f"{words[2]} {words[3]}")
    lane, frames, cells = trace.lanes[0], trace.frames, trace.canvas("diffusion")
    end = next(at for at, cell in cells.items() if cell.id == lane.about["end_id"])
    settled = trace.canvas("diffusion", frames[-1].i - 1)[end]
    assert settled.state == "committed" and settled.id != cells[end].id, "the end stands where a token had settled"
    assert cells[end].state == "committed" and trace.verdict["lanes"]["diffusion"]["replacements"] == 0
    assert all(change.state != "revised" for frame in frames for change in frame.changes)
    assert idle in trace.verdict["line"]
