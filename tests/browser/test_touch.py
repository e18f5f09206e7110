"""Touching a run: edits at a frame, the branch that goes on from it, branches compared, and blanks in the prompt."""

import json

import pytest

from playground.trace.trace import Trace
from test_inspect import SLOT, pin, raced  # noqa: F401  (a fixture)
from test_see import trace

pytestmark = pytest.mark.long  # beside the stage, not on it


def seek_to(page, stage, i):
    page.evaluate(f"window.__stage.seek({28 * i + 1})")
    stage.until(f"s.shown.diffusion === {i}")


def branch_off(page, stage, i=2, n=3, words="Friday", kind="diffusion"):
    seek_to(page, stage, i)
    pin(page, kind, n)
    page.fill(".put input", words)
    page.press(".put input", "Enter")
    page.click(".go")
    stage.until("s.branches.lanes.length > 0 && !s.underWay")


def test_a_branch_goes_on_from_the_frame_with_the_edit(raced, page, stage, engine):
    parent = engine.runs[-1].trace
    branch_off(page, stage)
    run = engine.runs[-1].request
    assert run.resume.frame == 2 and run.resume.run == parent.run["id"] and run.resume.lane == "diffusion"
    start = parent.lane("diffusion").prompt
    assert [(edit.position, edit.text) for edit in run.resume.edits] == [(start + 2, " Friday")]
    settled = {at for at, cell in parent.canvas("diffusion", 2).items() if cell.state == "committed"}
    assert set(run.resume.open).isdisjoint(settled) and len(run.resume.open) == 16 - len(settled)
    assert (run.steps, run.length, run.prompt) == (4, 16, "I need a dentist")
    assert list(stage.received) == ["diffusion", "diffusion.1"], "the branch stands beside its parent"
    stage.page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("s.texts['diffusion.1'].includes('Friday') && !s.texts.diffusion.includes('Friday')")
    page.wait_for_function("document.querySelector('.stage-line').textContent.includes('of 16 tokens differ')")
    assert "Up to pass 2 the same" in page.inner_text(".lane-note")


def test_parent_and_branch_share_their_past_on_one_clock(raced, page, stage):
    branch_off(page, stage)
    seek_to(page, stage, 1)
    texts = stage.texts
    assert stage.shown == {"diffusion": 1, "diffusion.1": 1} and texts["diffusion"] == texts["diffusion.1"]


def test_the_frame_is_gone_after_its_run(raced, page, stage, engine):
    branch_off(page, stage)
    stage.run("a race again", length=8, steps=2)
    stage.finish()
    assert engine.runs[-1].request.resume is None
    assert list(stage.received) == ["diffusion", "ar"] and page.locator(".branches").is_hidden()


def test_branches_are_listed_and_opened(raced, page, stage):
    branch_off(page, stage)
    branch_off(page, stage, n=5, words="Monday")
    entries = page.locator(".branches button")
    assert entries.count() == 3 and "Branch 1 of pass 2: “Friday”" in entries.nth(1).inner_text()
    assert list(stage.received) == ["diffusion", "diffusion.2"]
    entries.nth(1).click()
    stage.until("'diffusion.1' in s.received")
    entries.nth(0).click()
    stage.until("'ar' in s.received")
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_function("document.querySelector('.stage-line').textContent.includes('finished first')")
    assert [lane["key"] for lane in stage.branches["lanes"]] == ["diffusion.1", "diffusion.2"]


def test_a_branch_of_a_branch_and_its_grafted_trace(raced, page, stage, engine):
    branch_off(page, stage)
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.click(".lane[data-key='diffusion.1'] .slots .slot:nth-child(7)")
    page.click("text=Take it back")
    page.click(".go")
    stage.until("s.branches.lanes.length === 2 && !s.underWay")
    assert engine.runs[-1].request.resume.lane == "diffusion.1"
    trace = engine.runs[-3].trace
    keys = [trace.graft(run.trace)[0] for run in engine.runs[-2:]]
    assert keys == [lane["key"] for lane in stage.branches["lanes"]]
    assert trace.validate().lanes[-1].about["parent"]["lane"] == "diffusion.1"


def test_a_file_of_the_run_holds_its_branches_and_opens_with_them(raced, page, stage):
    branch_off(page, stage)
    stage.until("s.texts['diffusion.1'] !== undefined")
    kept = Trace.from_json(stage.trace)
    assert [lane.key for lane in kept.lanes] == ["diffusion", "ar", "diffusion.1"] and kept.ended == "done"
    page.evaluate("window.__stage.receive({ kind: 'trace', trace: window.__stage.trace })")
    assert list(stage.received) == ["diffusion", "ar"]
    page.locator(".branches button").nth(1).click()
    assert list(stage.received) == ["diffusion", "diffusion.1"]
    page.evaluate("window.__stage.seek(window.__stage.total)")
    stage.until("s.texts['diffusion.1'].includes('Friday')")


def test_an_ar_branch_writes_all_behind_the_edit_anew(raced, page, stage, engine):
    branch_off(page, stage, i=4, n=2, kind="ar")
    assert engine.runs[-1].request.resume.kind == "ar"
    assert list(stage.received) == ["ar", "ar.1"]


def test_drawing_across_slots_pins_a_span(raced, page, stage, engine):
    seek_to(page, stage, 4)
    first, last = (page.locator(SLOT.format("diffusion", n)).bounding_box() for n in (2, 5))
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 8, last["y"] + 8, steps=5)
    page.mouse.up()
    assert page.locator(".slot[data-edit=pin]").count() == 4 and page.locator(".slot.chosen").count() == 4
    assert "pinned" in page.inner_text(".edits")
    assert page.locator(".go").is_disabled() and "Nothing is open" in page.inner_text(".touch-why")
    page.click(".edits button")
    assert page.locator(".slot[data-edit]").count() == 0 and page.locator(".go").is_hidden()


def test_a_token_taken_back_is_filled_again(raced, page, stage, engine):
    seek_to(page, stage, 4)
    pin(page)
    page.click("text=Take it back")
    page.click(".go")
    stage.until("s.branches.lanes.length === 1 && !s.underWay")
    (edit,) = engine.runs[-1].request.resume.edits
    assert edit.remask and stage.received["diffusion.1"] == 6, "five frames shared, one pass of its own"


def test_a_branch_that_is_refused_leaves_the_lanes(raced, page, stage, engine, monkeypatch):
    from playground.errors import PlaygroundError

    def refuse(request, keys=None):
        raise PlaygroundError("This frame is refused. Try another.")

    monkeypatch.setattr(engine, "start", refuse)
    seek_to(page, stage, 2)
    pin(page)
    page.click("text=Take it back") if page.locator("text=Take it back").is_enabled() else page.click("text=Pin")
    page.click(".go")
    stage.until("s.state === 'error'")
    assert "This frame is refused" in page.inner_text(".stage-line") and list(stage.received) == ["diffusion", "ar"]
    assert page.locator(".slot[data-edit]").count() == 1
    pin(page)
    assert page.locator(".edits li").count() == 1 and page.locator(".go").is_visible(), "the edit is kept"
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_function("document.querySelector('.stage-line').textContent.includes('finished first')")


def test_a_branch_that_is_lost_is_what_runs_again(raced, page, stage, engine):
    page.route("**/gradio_api/queue/join*", lambda route: None)  # swallowed
    seek_to(page, stage, 2)
    pin(page, n=3)
    page.fill(".put input", "Friday")
    page.press(".put input", "Enter")
    page.click(".go")
    stage.until("s.state === 'starting'")
    page.evaluate("document.dispatchEvent(new CustomEvent('playground:failed'))")
    stage.until("s.state === 'lost'")
    assert page.locator(".slot[data-edit=Friday]").count() == 1
    page.unroute("**/gradio_api/queue/join*")
    page.click(".stage-line >> text=Run again")
    stage.until("s.branches.lanes.length === 1 && !s.underWay")
    assert [edit.text for edit in engine.runs[-1].request.resume.edits] == [" Friday"]
    page.locator(".branches button").nth(0).click()
    assert page.locator(".slot[data-edit]").count() == 0, "the branch has the edit"


def test_the_branch_that_is_shown_can_be_pressed_again_and_stays_marked(raced, page, stage):
    branch_off(page, stage)
    page.evaluate("window.__stage.seek(window.__stage.total)")
    page.wait_for_selector(".slot.differs")
    page.locator(".branches button").nth(1).click()
    page.wait_for_selector(".slot.differs")


MASK, NOISE = 1, 77


def pinned_in(page, stage, engine, passes, length, n, **rules):
    """Show two passes of a lane, pin its token n after the second and go on; what the branch asks the engine for."""
    shown = trace(passes, length=length, mask_id=MASK)
    shown["run"] = {"prompt": "Hi there", "length": 8, "steps": 2, **rules}
    page.evaluate("(trace) => window.__stage.receive({ kind: 'trace', trace })", shown)
    page.evaluate("window.__stage.seek(10)")
    stage.until("s.shown.diffusion === 1")
    pin(page, n=n)
    page.click("button.act:text-is('Pin')")
    page.click(".go")
    stage.until("s.branches.lanes.length > 0 || s.state === 'error'")
    return engine.runs[-1].request.resume


@pytest.mark.parametrize("share, open_", [(0.0, [1, 2, 3]), (0.5, [1, 3])])
def test_a_branch_goes_on_from_what_the_model_read(page, stage, engine, share, open_):
    """A draft stands over a mask; and a random token in a corrupted text is an error that the model must find itself."""
    start = [
        [0, "Hi", None, "prompt", 9],
        [1, "", None, "noise", MASK],
        [2, " qz", None, "noise", NOISE],
        [3, "", None, "noise", MASK],
    ]
    drafts = [[1, " a", 0.5, "draft", 5], [3, " the", 0.9, "draft", 6], [4, " cat", 0.9, "committed", 7]]
    resume = pinned_in(page, stage, engine, [start, drafts], length=4, n=4, noise="mixed", revise="edit", share=share)
    assert list(resume.ids) == [9, MASK, NOISE, MASK, 7] and list(resume.open) == open_
    assert list(resume.hidden) == [at for at in (1, 2, 3) if at not in open_]


def test_what_re_noise_accepted_stands_in_the_text(page, stage, engine):
    """Where no mask is under a draft, the draft is what the model reads."""
    start = [[0, "Hi", None, "prompt", 9], [1, " qz", None, "noise", NOISE], [2, " kw", None, "noise", 88]]
    resume = pinned_in(
        page, stage, engine, [start, [[1, " a", 0.5, "draft", 5]]], length=2, n=1, noise="tokens", revise="renoise"
    )
    assert list(resume.ids) == [9, 5, 88]


@pytest.mark.parametrize("kind", ["mouse", "keys"])
def test_blanks_are_slots_whose_size_can_be_set(page, stage, engine, kind):
    page.fill("#prompt", "The cat ___ on the ___{5}.")
    assert page.locator(".blank").count() == 2
    assert [slots.count() for slots in (page.locator(".blank").nth(n).locator("i") for n in (0, 1))] == [3, 5]
    more = page.get_by_label("Blank 1: 4 tokens")
    if kind == "mouse":
        more.click()
    else:
        more.focus()
        page.keyboard.press("Enter")
    assert page.input_value("#prompt") == "The cat ___{4} on the ___{5}."
    page.get_by_label("Blank 2: 4 tokens").click()
    page.click("#run")
    stage.until(f"(s.header || {{}}).prompt === {json.dumps('The cat ___{4} on the ___{4}.')}")
    page.fill("#prompt", "No blank")
    assert page.locator(".blanks").is_hidden()
