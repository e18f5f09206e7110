"""A text that has ended is not written on: nothing after a settled end token is computed, under any rule."""

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from test_combinations import ALLOWED

from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rules import REVISIONS
from playground.samplers.canvas import Canvas, fill
from playground.samplers.diffusion.revise import REVISING
from playground.samplers.diffusion.state import SamplerState
from playground.trace.trace import SETTLED
from sampling import canvas_of, denoised, written

FINISHING = {name for name, rule in REVISIONS.items() if rule.finishing}
FOND = 6.0  # nats, so that an end is likely, and not everywhere


@contextmanager
def fond_of_ending(engine, nats=FOND):
    """Both models like to end, by so much."""
    heads = {decoder: decoder.logits for decoder in (engine.diffusion.decoder, engine.ar.decoder)}
    for decoder, head in heads.items():

        def fond(hidden, head=head):
            logits = head(hidden).clone()
            logits[..., engine.diffusion.special.end] += nats
            return logits

        decoder.logits = fond
    try:
        yield
    finally:
        for decoder in heads:
            del decoder.logits


def end_of(step, start, special):
    """The first end token with all before it settled, as a reader finds it."""
    for at in range(start, len(step.ids)):
        if at in step.open:
            return None
        if step.ids[at] == special.end:
            return at
    return None


@contextmanager
def never_stopping():
    """The sampler as it is without the stop."""
    ends = SamplerState.ends
    SamplerState.ends = lambda self, safe: False
    try:
        yield
    finally:
        SamplerState.ends = ends


@hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_text_is_that_of_a_run_which_never_stops_in_fewer_passes(tiny, data):
    """Rules that go on when all is full apart: they mend what is there."""
    rules = data.draw(st.sampled_from([choices for choices in ALLOWED if choices["revise"] not in FINISHING]))
    steps = data.draw(st.integers(1, 16))
    settings = dict(
        rules,
        steps=steps,
        blocks=data.draw(st.integers(1, steps)),
        seed=data.draw(st.integers(0, 99)),
        temperature=data.draw(st.sampled_from([0.0, 0.9])),
        guidance=data.draw(st.sampled_from([0.0, 0.7])),
    )
    with fond_of_ending(tiny, data.draw(st.sampled_from([2.0, FOND, 30.0]))):
        with never_stopping():
            whole = denoised(tiny, length=14, **settings)
        passes = denoised(tiny, length=14, **settings)
    start, special, last = len(tiny.diffusion.encode("Hi there")), tiny.diffusion.special, len(passes) - 1
    assert [(step.ids, step.open) for step in passes] == [(step.ids, step.open) for step in whole[: last + 1]]
    assert passes[-1].last and not any(step.last for step in passes[:-1])
    end = end_of(passes[-1], start, special)
    if last < len(whole) - 1:  # what stood there when it stopped stood to the end
        assert end is not None and passes[-1].past == {at for at in passes[-1].open if at > end}
        for step in whole[last:]:
            assert step.ids[: end + 1] == passes[-1].ids[: end + 1] and end_of(step, start, special) == end
    if not REVISING[rules["revise"]].looks_back:  # it stops as soon as it may
        assert all(end_of(step, start, special) is None for step in passes[:-1])


@pytest.mark.parametrize("revise", sorted(FINISHING))
@pytest.mark.parametrize("blocks", [1, 4])
def test_a_rule_that_goes_on_mends_the_text_before_its_end_and_reads_nothing_after_it(
    tiny, revise, blocks, monkeypatch
):
    read = []
    with fond_of_ending(tiny):
        hidden = tiny.diffusion.decoder.hidden
        monkeypatch.setattr(
            tiny.diffusion.decoder, "hidden", lambda ids, **k: read.append(ids.shape[1]) or hidden(ids, **k)
        )
        passes = denoised(
            tiny,
            length=24,
            steps=12,
            blocks=blocks,
            revise=revise,
            revise_level=0.9 if revise != "gidd" else None,
            seed=3,
        )
    start, special = len(tiny.diffusion.encode("Hi there")), tiny.diffusion.special
    filled = next(
        n
        for n, step in enumerate(passes)
        if end_of(step, start, special) is not None and (n + 1 == len(passes) or read[n] < read[0])
    )
    end = end_of(passes[filled], start, special)
    assert end is not None and passes[-1].last
    assert passes[-1].past or (revise, blocks) == ("edit", 1)  # it may replace the end until its block is full
    assert set(read[filled:]) <= {end + 1} and passes[-1].ids[end] == special.end
    assert all(guess.position < end for step in passes[filled + 1 :] for guess in step.guesses)


def test_a_barred_end_never_ends_the_text(tiny):
    with fond_of_ending(tiny):
        passes = denoised(tiny, length=12, steps=6, bar_end=True)
    assert len(passes) == 7 and not passes[-1].past and not passes[-1].open


def test_what_is_pinned_after_an_end_belongs_to_the_text(tiny):
    prompt, (word,) = tiny.diffusion.encode("Hi"), tiny.diffusion.encode("a")
    end = tiny.diffusion.special.end
    template = [None, end, None, None, word, None, None, None]
    for steps in (2, 8):
        with fond_of_ending(tiny, 50):
            lanes = [
                denoised(tiny, fill(prompt, template, tiny.diffusion.noise), steps=steps),
                written(tiny, fill(prompt, template, tiny.diffusion.noise)),
            ]
        for passes in lanes:
            ends = [
                at - len(prompt)
                for at, token in enumerate(passes[-1].ids)
                if token == end and at not in passes[-1].past
            ]
            assert ends[:2] == [1, 5] and 4 not in {at - len(prompt) for at in passes[-1].past}


@pytest.mark.parametrize("lane", [denoised, written])
def test_a_pinned_end_ends_both_lanes(tiny, lane):
    prompt, end = tiny.diffusion.encode("Hi"), tiny.diffusion.special.end
    passes = lane(
        tiny,
        fill(prompt, [None, None, None, end, None, None], tiny.diffusion.noise),
        **({"steps": 3} if lane is denoised else {}),
    )
    assert passes[-1].past == {len(prompt) + 4, len(prompt) + 5} and len(passes) - 1 <= 3


@pytest.mark.parametrize("revise", ["none", "remdm_cap", "wino"])
def test_a_text_that_has_ended_before_its_open_positions_says_so(tiny, revise):
    prompt, end = tiny.diffusion.encode("Hi"), tiny.diffusion.special.end
    ids = (*prompt, *tiny.diffusion.encode("a")[:1], end, tiny.diffusion.noise.mask, tiny.diffusion.noise.mask)
    canvas = Canvas(ids, len(prompt), frozenset({len(ids) - 1, len(ids) - 2}))
    with pytest.raises(ValueError, match="has ended before"):
        denoised(tiny, canvas, revise=revise, steps=2)
    with pytest.raises(ValueError, match="Nothing is left to write"):
        written(tiny, canvas)


def test_renoise_writes_a_text_again_whose_pinned_end_is_before_every_open_position(tiny):
    prompt, end, mask = tiny.diffusion.encode("Hi"), tiny.diffusion.special.end, tiny.diffusion.noise.mask
    words = tiny.diffusion.encode("I found one dentist")
    ids = (*prompt, *words, end, mask, mask)
    after = frozenset({len(ids) - 1, len(ids) - 2})
    canvas = Canvas(ids, len(prompt), after, pinned=frozenset({len(ids) - 3}))
    passes = denoised(tiny, canvas, revise="renoise", steps=3)
    assert passes[-1].last and passes[-1].past == after and passes[-1].ids[len(ids) - 3] == end
    written = {guess.position for step in passes for guess in step.guesses}
    assert written == set(range(len(prompt), len(ids) - 3))


def test_the_trace_tells_the_truth_of_a_text_that_ended(tiny):
    """Clock, passes and tokens are of what was made; what comes after the end is no settled token, and nothing is open."""
    request = RaceRequest.parse(
        dict(prompt="Hi there", length=32, steps=16, blocks=8, same_length=False, temperature=0.9, seed=5)
    )
    with fond_of_ending(tiny):
        run = tiny.start(request)
        list(run.frames())
    trace, lane = run.trace, run.trace.lane("diffusion")
    frames, row = trace.frames_of("diffusion"), trace.verdict["lanes"]["diffusion"]
    cells, end = trace.canvas("diffusion"), lane.about["end_id"]
    at = min(n for n, cell in cells.items() if cell.id == end and cell.state in SETTLED)
    assert row["passes"] == len(frames) - 1 < 16 and row["ms"] == pytest.approx(frames[-1].t_ms, abs=0.001)
    assert row["tokens"] == at - lane.prompt and frames[-1].open == 0 and frames[-1].phase == "final"
    assert any(cells[n].state not in SETTLED for n in range(at + 1, lane.prompt + lane.length))
    frame = {
        "run": "r",
        "lane": "diffusion",
        "kind": "diffusion",
        "frame": frames[-1].i,
        "prompt": lane.prompt,
        "ids": [cells[n].id if cells[n].state in SETTLED else lane.about["mask_id"] for n in sorted(cells)],
        "open": [n for n, cell in cells.items() if cell.state not in SETTLED],
        "pinned": [],
        "edits": [{"position": at, "remask": True}],
    }
    branch = tiny.start(RaceRequest.parse({**request.to_json(), "resume": frame}))
    list(branch.frames())
    assert len(branch.trace.frames) > 1, "an end that is taken back opens the text again"
    with pytest.raises(RequestError, match="has ended before"):
        tiny.start(RaceRequest.parse({**request.to_json(), "resume": {**frame, "edits": []}}))


def test_both_lanes_of_a_short_reply_stop_at_its_end(twins):
    """The shipped twins, as the page asks them."""
    request = RaceRequest.parse(dict(prompt="Thanks, goodbye!", length=96, steps=48, blocks=8, same_length=False))
    run = twins.start(request)
    list(run.frames())
    for key in ("diffusion", "ar"):
        row = run.trace.verdict["lanes"][key]
        assert 0 < row["tokens"] < row["passes"] * 12 and row["passes"] <= 12, key


def test_the_canvas_is_as_long_as_it_was(tiny):
    with fond_of_ending(tiny, 50):
        passes = denoised(tiny, canvas_of(tiny, length=10), steps=5, blocks=5)
    assert len(passes) == 2 and len(passes[-1].ids) == len(passes[0].ids)
