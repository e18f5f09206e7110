"""A DiffusionGemma races beside an AR model of another kind, from a request to a run file."""

import json
import threading
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from made_up_gemma import CANVAS, DECIDED, RECORD, tiny_gemma
from playground.catalog.weights import weights_sha256
from playground.engine.diffusion_gemma import DiffusionGemma
from playground.engine.engine import RaceEngine
from playground.engine.sources import load_source
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.trace.phases import RULES
from playground.trace.trace import Trace

TINY = replace(RECORD, partner="twin-ar", sampler=DECIDED, template="plain")


@pytest.fixture(scope="module")
def source(tiny):
    return DiffusionGemma(TINY, tiny_gemma(tiny.ar.tokenizer))


@pytest.fixture(scope="module")
def engine(source, tiny):
    return RaceEngine((source, tiny.ar), torch.device("cpu"), torch.float32, tiny.thread)


def started(engine, **settings):
    return engine.start(RaceRequest.parse({"prompt": "I need a dentist", "length": 16, "steps": 8, **settings}))


def race(engine, **settings):
    run = started(engine, **settings)
    for _ in run.frames():
        pass
    return run.trace


def tokens(trace, key="diffusion"):
    return [[(change.position, change.id, change.state) for change in frame.changes] for frame in trace.frames_of(key)]


def test_it_races_and_the_run_plays_again(engine, source):
    trace = race(engine)
    own, ar = trace.lanes
    assert (own.kind, own.about["model"], own.length) == ("diffusion", RECORD.key, 16)
    assert (ar.kind, ar.about["model"]) == ("ar", "twin-ar")
    assert trace.ended == "done" and trace.verdict["lanes"]["diffusion"]["tokens"] == 16  # none may end early
    assert trace.verdict["lanes"]["diffusion"]["passes"] == len(trace.frames_of("diffusion")) - 1
    assert trace.run["checkpoints"][RECORD.key] == source.hash
    assert Trace.loads(trace.dumps()).to_json() == json.loads(trace.dumps())


def test_the_stage_sees_noise_become_text(engine):
    frames = race(engine).frames_of("diffusion")
    start = {change.position: change for change in frames[0].changes}
    noise = [change for change in start.values() if change.state == "noise"]
    assert len(noise) == CANVAS and all(change.text for change in noise)  # tokens of the first canvas, not masks
    seen = list(dict.fromkeys(frame.phase for frame in frames))  # a model of random weights is sure of little
    assert seen == [name for name in RULES if name in seen] and {"noise", "rough", "final"} <= set(seen)
    assert {change.state for frame in frames for change in frame.changes} >= {"prompt", "noise", "draft", "committed"}
    assert frames[-1].open == 0


def test_a_mask_in_its_tokenizer_is_a_token_like_others(tiny):
    """It starts from random tokens, and the mask may be one of them. A reader sees it then, as any other noise."""
    mask = tiny.diffusion.special.mask
    source = DiffusionGemma(TINY, replace(tiny_gemma(tiny.ar.tokenizer), special=tiny.diffusion.special))
    starts = [
        source.lane(RaceRequest("Hello", length=64, steps=1, seed=seed), "diffusion", "", {}) for seed in range(100)
    ]
    assert {running.lane.about["mask_id"] for running in starts} == {None}
    drawn = [change for running in starts for change in next(running.frames).changes if change.id == mask]
    assert drawn and all(change.state == "noise" and change.text for change in drawn)


def test_times_add_up_and_frames_take_turns_by_the_clock(engine):
    trace = race(engine)
    for lane in trace.lanes:
        clock = 0.0
        for frame in trace.frames_of(lane.key):
            clock += frame.ms
            assert frame.t_ms == pytest.approx(clock)
    clocks = dict.fromkeys(("diffusion", "ar"), 0.0)
    left = {lane.key: len(trace.frames_of(lane.key)) - 1 for lane in trace.lanes}
    for frame in trace.frames[2:]:
        running = {key: clock for key, clock in clocks.items() if left[key]}
        assert clocks[frame.lane] == min(running.values())
        clocks[frame.lane], left[frame.lane] = frame.t_ms, left[frame.lane] - 1


def test_the_same_seed_gives_the_same_text(engine):
    first, again, other = (tokens(race(engine, seed=seed)) for seed in (3, 3, 4))
    assert first == again != other


def test_two_samplers_of_it_run_as_each_does_alone(engine):
    lanes = [{"model": RECORD.key, "steps": 8}, {"model": RECORD.key, "steps": 3}]
    both = race(engine, lanes=lanes)
    assert [lane.key for lane in both.lanes] == ["diffusion", "diffusion.b"]
    for key, lane in zip(("diffusion", "diffusion.b"), lanes):
        assert tokens(both, key) == tokens(race(engine, lanes=[lane]))


def test_a_stop_ends_it_and_the_next_race_is_whole(engine):
    whole, threads = tokens(race(engine)), threading.active_count()
    run = started(engine)
    frames = run.frames()
    for _ in range(5):
        next(frames)
    run.stop()
    assert list(frames) == [] and run.trace.ended == "stopped"
    closed = started(engine)
    frames = closed.frames()
    for _ in range(5):
        next(frames)
    frames.close()
    assert closed.trace.ended == "stopped"
    assert tokens(race(engine)) == whole and threading.active_count() == threads


def test_an_error_in_a_pass_ends_the_run_and_not_the_model(engine, source):
    whole = tokens(race(engine))
    calls = []

    def fail(module, given):
        calls.append(module)
        if len(calls) == 3:
            raise RuntimeError("out of memory")

    hook = source.model.model.decoder.register_forward_pre_hook(fail)
    run = started(engine)
    try:
        with pytest.raises(RuntimeError, match="out of memory"):
            list(run.frames())
    finally:
        hook.remove()
    assert run.trace.ended == "error" and len(run.trace.frames_of("diffusion")) == 3
    assert tokens(race(engine)) == whole


def test_length_is_rounded_up_to_whole_canvases(engine):
    trace = race(engine, length=24, steps=2, lanes=[{"model": RECORD.key}])
    assert trace.lanes[0].length == 24
    source = engine.sources[RECORD.key]
    assert source.lane(RaceRequest("Hello", length=20, steps=2), "diffusion", "", {}).lane.length == 24


def test_it_ends_where_an_end_token_stands(engine, source):
    whole = race(engine, lanes=[{"model": RECORD.key}])
    end = whole.canvas("diffusion")[whole.lanes[0].prompt + 3].id
    known = source.special
    source.special = replace(known, more_ends=(end,))
    try:
        short = race(engine, lanes=[{"model": RECORD.key}], same_length=False)
        kept = race(engine, lanes=[{"model": RECORD.key}])
    finally:
        source.special = known
    assert short.ended == "done" and short.verdict["lanes"]["diffusion"]["tokens"] <= 3
    assert short.frames[-1].open == 0 and len(short.frames) < len(whole.frames)
    assert kept.verdict["lanes"]["diffusion"]["tokens"] == 16


@pytest.mark.parametrize(
    "settings, says",
    [
        ({"prompt": "I ___ a dentist"}, "cannot fill blanks"),
        ({"places": "3=a"}, "cannot keep given words"),
        ({"share": 0.3}, "cannot mend a text"),
        ({"guidance": 1.0}, "cannot be guided"),
        ({"length": 256}, "reads 256 tokens and writes canvases of 8: 32 of them do not fit"),
    ],
)
def test_what_it_cannot_do_is_said(engine, settings, says):
    with pytest.raises(RequestError, match=says):
        started(engine, lanes=[{"model": RECORD.key}], **settings)


def test_it_shows_no_attention(engine):
    with pytest.raises(RequestError, match="cannot show what it looked at"):
        engine.attention(RECORD.key, [1, 2], 1)


@pytest.mark.parametrize(
    "settings, says, silent",
    [
        ({}, "canvases of 8 tokens, in at most 8 passes each: entropy bound 4, temperature 0.8 falling to 0.4", "take"),
        ({"temperature": 1.0}, "temperature 1 falling to 0.5", "does not take"),
        ({"noise": "tokens", "revise": "renoise", "commit": "entropy_bound"}, "entropy bound 4,", "does not take"),
        ({"commit": "entropy_bound", "commit_level": 0.5}, "entropy bound 0.5,", "does not take"),
        ({"noise": "characters", "revise": "renoise"}, "does not take these settings: noise.", "revision"),
        ({"commit": "confidence", "blocks": 2}, "does not take these settings: commit rule, blocks.", "noise,"),
    ],
)
def test_its_lane_says_what_its_sampler_takes(engine, settings, says, silent):
    note = started(engine, lanes=[{"model": RECORD.key}], **settings).trace.lanes[0].about["note"]
    assert says in note and silent not in note


def test_temperature_changes_the_text(engine):
    lanes = [{"model": RECORD.key}]
    assert tokens(race(engine, lanes=lanes)) != tokens(race(engine, lanes=lanes, temperature=1.6))
    assert tokens(race(engine, lanes=lanes)) == tokens(race(engine, lanes=lanes, temperature=0.8))  # its own


def test_its_record_makes_it_from_a_folder(tiny, tmp_path):
    """config.json and safetensors as transformers writes them: the layout of the published files."""
    saved = tiny_gemma(tiny.ar.tokenizer, sure=1)
    saved.model.save_pretrained(tmp_path)
    saved.tokenizer.save_pretrained(tmp_path)
    small = replace(RECORD, parameters=0, ends=(50,), template="plain")
    loaded = load_source(small, tmp_path, torch.device("cpu"))
    assert isinstance(loaded, DiffusionGemma) and loaded.special.ends == (saved.special.end, 50)
    assert loaded.hash == weights_sha256([tmp_path / "model.safetensors"])[:16]
    request = RaceRequest("Hello", length=16, steps=3)
    one, two = (
        list(source.lane(request, "diffusion", "", {}).frames)
        for source in (loaded, DiffusionGemma(small, replace(saved, special=loaded.special)))
    )
    assert [frame.changes for frame in one] == [frame.changes for frame in two] and len(one) == 7


CHAT = (  # the form of Gemma's
    "{{ bos_token }}{% for message in messages %}<|endoftext|>{{ message['role'] }}\n{{ message['content'] }}\n"
    "{% endfor %}{% if add_generation_prompt %}<|endoftext|>model\n{% endif %}"
)


def test_the_prompt_stands_in_the_folders_template(tiny):
    tokenizer = deepcopy(tiny.ar.tokenizer)
    end = tokenizer.eos_token
    tokenizer.chat_template = CHAT.replace("<|endoftext|>", end).replace("{{ bos_token }}", "")
    source = DiffusionGemma(RECORD, tiny_gemma(tokenizer))
    running = source.lane(RaceRequest(f" Hello {end}", length=8, steps=2), "diffusion", "", {})
    assert running.text == f"{end}user\nHello {end}\n{end}model\n"
    prompt = [change.id for change in next(running.frames).changes if change.state == "prompt"]
    assert prompt.count(tokenizer.eos_token_id) == 2 and len(prompt) == running.lane.prompt  # nobody can type a third


def test_warming_up_runs_it_once(source):
    passes = []
    hook = source.model.model.decoder.register_forward_hook(lambda *_: passes.append(1))
    try:
        source.warm_up()
    finally:
        hook.remove()
    assert len(passes) == 2
