"""A request goes in, a whole trace comes out; a run can be stopped between any two passes."""

from dataclasses import replace

import pytest

from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN, TWINS
from playground.decoders import GraphDecoder
from playground.engine.twins import load_twins
from playground.metrics.lane_metrics import written_ids
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace


def finished(engine, **settings):
    run = engine.start(RaceRequest(**{"prompt": "I need a dentist", "length": 16, "steps": 4, **settings}))
    frames = list(run.frames())
    return run, frames


def test_a_finished_run_is_a_valid_trace_that_reads_back(tiny):
    run, frames = finished(tiny)
    trace = run.trace.validate()
    assert trace.ended == "done" and trace.frames == frames
    again = Trace.loads(trace.dumps())
    assert again.text("diffusion") == trace.text("diffusion") and again.verdict == trace.verdict
    assert {lane["passes"] for lane in trace.verdict["lanes"].values()} == {4, 16}


def test_the_trace_says_what_is_needed_to_repeat_it(tiny):
    run, _ = finished(tiny, seed=9, temperature=0.5)
    cited = run.trace.run
    again = tiny.start(RaceRequest.parse({name: cited[name] for name in RaceRequest.__dataclass_fields__}))
    list(again.frames())
    for lane in run.trace.lanes:
        assert written_ids(again.trace, lane.key) == written_ids(run.trace, lane.key)
    assert set(cited) >= {"prompt_text", "checkpoints", "device", "dtype", "threads", "libraries", "checkout", "date"}


def test_frame_zero_is_the_prompt_and_the_noise(tiny):
    run, frames = finished(tiny)
    start = next(frame for frame in frames if frame.lane == "diffusion")
    assert (start.i, start.t_ms, start.ms, start.phase) == (0, 0.0, 0.0, "noise")
    lane = run.trace.lane("diffusion")
    assert [c.state for c in start.changes] == ["prompt"] * lane.prompt + ["noise"] * lane.length
    assert "".join(c.text for c in start.changes) == "User: I need a dentist\nAssistant:"


def test_drafts_and_commits_and_phases(tiny):
    run, _ = finished(tiny, length=8, steps=4, commit="confidence")  # an even share a pass
    frames = run.trace.frames_of("diffusion")
    assert [frame.phase for frame in frames] == ["noise", "rough", "rough", "rough", "final"]
    assert [frame.open for frame in frames] == [8, 6, 4, 2, 0]
    assert sum(change.state == "draft" for change in frames[1].changes) == 6
    assert all(change.confidence is not None for frame in frames[1:] for change in frame.changes)
    assert all(frame.entropy is not None and frame.entropy >= 0 for frame in frames[1:])


def test_runners_up_belong_to_tokens_that_changed(tiny):
    _, frames = finished(tiny)
    for frame in frames[2:]:
        assert set(frame.top) <= {change.position for change in frame.changes}
        for rows in frame.top.values():
            chances = [p for _, p in rows]
            assert chances == sorted(chances, reverse=True) and 0 <= sum(chances) <= 1.0001


def test_stop_between_two_passes(tiny):
    run = tiny.start(RaceRequest("I need a dentist", length=16, steps=16))
    seen = []
    for frame in run.frames():
        seen.append(frame)
        if len(seen) == 5:
            run.stop()
    assert len(seen) == 5 and run.trace.ended == "stopped" and run.trace.verdict is None


def test_leaving_stops_too(tiny):
    run = tiny.start(RaceRequest("I need a dentist", length=16, steps=16))
    frames = run.frames()
    next(frames), next(frames), next(frames)
    frames.close()
    assert run.trace.ended == "stopped" and len(run.trace.frames) == 3


def test_names_of_special_tokens_in_a_prompt_are_plain_text(tiny):
    special = tiny.diffusion.special
    ids = tiny.diffusion.encode("<|mask|> and <|endoftext|>")
    assert special.mask not in ids and special.end not in ids
    run, _ = finished(tiny, prompt="say <|mask|> <b>&amp;")
    shown = "".join(c.text for c in run.trace.frames[0].changes if c.state == "prompt")
    assert shown == "User: say <|mask|> <b>&amp;\nAssistant:"


@pytest.mark.parametrize("prompt", ["日本語のテキスト", "🙂" * 5, "\x00\x07", "ẞ" * 20])
def test_text_the_tokenizer_has_never_seen(tiny, prompt):
    run, _ = finished(tiny, prompt=prompt)
    assert run.trace.ended == "done"
    assert "\ufffd" not in run.trace.dumps()


def test_a_prompt_too_long_for_the_models_says_by_how_much(tiny):
    with pytest.raises(RequestError, match=r"tokens long; with 64 tokens of text at most 128 fit"):
        tiny.start(RaceRequest("word salad " * 90, length=64))


def test_the_longest_request_that_is_allowed_runs(tiny):
    assert tiny.longest == 128
    run, _ = finished(tiny, prompt="x", length=128, steps=1)
    assert run.trace.ended == "done"


@pytest.mark.parametrize("length", [192, 512])
def test_a_text_longer_than_the_models_read_is_refused_with_what_they_can(tiny, length):
    with pytest.raises(
        RequestError, match=rf"at most 192 tokens, prompt and text together, and {length} .* at most 128"
    ):
        tiny.start(RaceRequest.parse({"prompt": "x", "length": length}))


def test_models_with_room_for_more_write_more(tiny_models, save_twin, tmp_path):
    roomy = tuple(replace(record, context=4096) for record in TWINS)
    for name, causal in ((DIFFUSION_TWIN.key, False), (AR_TWIN.key, True)):
        save_twin(tmp_path / name, causal=causal, positions=1024)
    engine = load_twins("cpu", tmp_path, roomy)
    run, _ = finished(engine, prompt="x", length=512, steps=2)
    assert engine.longest == 512 and run.trace.ended == "done" and len(run.trace.frames_of("ar")) == 513
    assert load_twins("cpu", tiny_models, roomy).longest == 192, "no more than the models have positions for"


def test_a_stop_that_comes_after_the_last_pass_keeps_the_verdict(tiny):
    run = tiny.start(RaceRequest("I need a dentist", length=8, steps=8))
    for _ in run.frames():
        if sum(f.phase == "final" for f in run.trace.frames) == 2:
            run.stop()
    assert run.trace.ended == "done" and run.trace.verdict


def test_a_lane_that_breaks_marks_the_trace(tiny, monkeypatch):
    run = tiny.start(RaceRequest("I need a dentist", length=8, steps=8))
    monkeypatch.setattr(tiny.diffusion.decoder, "logits", lambda x: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(run.frames())
    assert run.trace.ended == "error"


def test_everything_is_computed_on_one_thread_whoever_asks(tiny, monkeypatch):
    """Two threads that open OpenMP regions slow each other down for good (device/thread.py)."""
    import threading

    seen = set()
    for decoder in (tiny.diffusion.decoder, tiny.ar.decoder):
        monkeypatch.setattr(
            decoder,
            "hidden",
            lambda *a, hidden=decoder.hidden, **k: (seen.add(threading.current_thread()), hidden(*a, **k))[1],
        )
    askers = [threading.Thread(target=finished, args=(tiny,)) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(60)
    assert len(seen) == 1 and not seen & {*askers, threading.main_thread()}


def test_after_the_warm_up_no_race_waits_for_a_graph_to_be_captured(tiny, monkeypatch):
    """On a GPU a capture takes longer than a race, and would stand on a visitor's clock. Here graphs are run anew instead."""
    captured = []

    def capture(run):
        captured.append(run)
        return run

    for twin in (tiny.diffusion, tiny.ar):
        monkeypatch.setattr(twin, "decoder", GraphDecoder(twin.model, capture))
    tiny.warm_up()
    warmed = len(captured)
    for length in (8, 33, 64, 128):
        for guidance in (0.0, 1.5):
            list(tiny.start(RaceRequest(tiny.examples[0], length=length, steps=3, guidance=guidance)).frames())
    assert warmed and len(captured) == warmed
