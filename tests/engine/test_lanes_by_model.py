"""A race is of models, each with its own tokenizer and sampler: one to three lanes, whoever runs them."""

import json
from dataclasses import replace

import pytest
import torch

from made_up_model import FakeSource
from playground.catalog.records import DIFFUSION_TWIN, TWINS
from playground.decoders import Decoder
from playground.decoders.checkpoint import CheckpointError
from playground.engine.local_model import LocalModel
from playground.engine.twins import Twins
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace


@pytest.fixture
def trio(tiny):
    """The tiny twins and a model that shares nothing with them."""
    return Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, FakeSource())


def race(engine, lanes="", prompt="I need a dentist", length=12, **settings):
    run = engine.start(RaceRequest.parse({"prompt": prompt, "length": length, "steps": 4, "lanes": lanes, **settings}))
    for _ in run.frames():
        pass
    return run


def keys(run):
    return [(lane.key, lane.about["model"], lane.about["slot"]) for lane in run.trace.lanes]


def test_without_lanes_the_pair_of_the_host_races(trio):
    assert keys(race(trio)) == [("diffusion", "twin-diffusion", "one"), ("ar", "twin-ar", "two")]


def test_a_model_of_another_tokenizer_races_beside_a_twin(trio):
    run = race(trio, [{"model": "twin-diffusion"}, {"model": "word-model"}])
    assert keys(run) == [("diffusion", "twin-diffusion", "one"), ("ar", "word-model", "two")]
    twin, words = run.trace.lanes
    assert words.prompt == 4 != twin.prompt and twin.about["mask_id"] is not None is words.about["mask_id"]
    assert run.trace.ended == "done" and set(run.trace.verdict["lanes"]) == {"diffusion", "ar"}
    assert run.trace.verdict["lanes"]["ar"]["tokens"] == 12 and run.trace.verdict["lanes"]["ar"]["perplexity"]
    whole = Trace.from_json(json.loads(json.dumps(run.trace.to_json())))
    assert whole.run["checkpoints"]["word-model"] == FakeSource.hash


def test_scores_are_of_text_so_they_cross_tokenizers(trio):
    """Two lanes of the word model: it scores what they wrote, as text after the text that they were given."""
    run = race(trio, [{"model": "word-model"}, {"model": "word-model", "steps": 2}])
    scored = trio.sources["word-model"].scored
    assert scored == [("I need a dentist", " I can help you with that today . I can help you")] * 2
    assert [row["perplexity"] for row in run.trace.verdict["lanes"].values()] == [7.0, 7.0]
    assert "Perplexity under Word model" in run.trace.verdict["more"]
    assert "Perplexity under the AR twin" in race(trio).trace.verdict["more"]


def test_three_lanes_each_with_its_sampler(trio):
    run = race(
        trio,
        [
            {"model": "twin-diffusion"},
            {"model": "twin-diffusion", "steps": 2, "commit": "random"},
            {"model": "twin-ar"},
        ],
    )
    assert keys(run) == [
        ("diffusion", "twin-diffusion", "one"),
        ("diffusion.b", "twin-diffusion", "three"),
        ("ar", "twin-ar", "two"),
    ]
    titles = [lane.title for lane in run.trace.lanes]
    assert titles[0].startswith("A: 4 passes") and titles[1].startswith("B: 2 passes, any order")
    assert titles[2] == "Autoregressive"
    assert [len(run.trace.frames_of(lane.key)) - 1 for lane in run.trace.lanes][:2] == [4, 2]
    clocks = {lane.key: run.trace.frames_of(lane.key)[-1].t_ms for lane in run.trace.lanes}
    first, last = (min(clocks, key=clocks.get), max(clocks, key=clocks.get))
    compared = {first, last} <= {"diffusion", "diffusion.b"}  # the line explains the two lanes that it compares
    assert ("There one look costs" in run.trace.verdict["line"]) is not compared and run.trace.lanes[1].about[
        "settings"
    ]["commit"] == "random"


def test_letters_count_the_samplers_of_one_model(trio):
    run = race(trio, [{"model": "twin-ar"}, {"model": "twin-diffusion"}, {"model": "twin-diffusion", "steps": 2}])
    assert [lane.about.get("letter") for lane in run.trace.lanes] == [None, "A", "B"]
    assert [lane.title[:2] for lane in run.trace.lanes] == ["Au", "A:", "B:"]


def test_a_lane_whose_sampler_is_not_the_race_s_holds_its_settings(trio):
    own = race(
        trio, [{"model": "twin-diffusion", "guidance": 2}, {"model": "twin-ar", "steps": 4}], revise="edit"
    ).trace
    diffusion, ar = own.lanes
    assert (diffusion.about["settings"]["guidance"], diffusion.about["settings"]["revise"]) == (2.0, "edit")
    assert own.run["guidance"] == 0 and not {"letter", "settings"} & ar.about.keys() and "letter" not in diffusion.about
    plain = race(trio, [{"model": "twin-diffusion"}, {"model": "twin-ar"}]).trace
    assert not any("settings" in lane.about for lane in plain.lanes)


def test_a_race_is_not_calculated_for_a_lane_with_guidance_of_its_own(trio):
    def chip(own, **of_race):
        return race(trio, [{"model": "twin-diffusion", **own}, {"model": "twin-ar"}], **of_race).trace.verdict.get(
            "calculated"
        )

    assert chip({}) and not chip({}, guidance=2) and not chip({"guidance": 2})
    assert chip({"guidance": 0}, guidance=2)


def test_versus_is_the_older_spelling_of_two_samplers_of_one_model(trio):
    older = race(trio, versus={"steps": 2}).trace
    newer = race(trio, [{"model": "twin-diffusion"}, {"model": "twin-diffusion", "steps": 2}]).trace
    assert older.lanes == newer.lanes
    assert [frame.changes for frame in older.frames_of("diffusion.b")] == [
        frame.changes for frame in newer.frames_of("diffusion.b")
    ]


def test_one_lane_alone_has_no_rival(trio):
    run = race(trio, [{"model": "twin-ar"}])
    assert keys(run) == [("ar", "twin-ar", "two")] and run.trace.verdict["line"] == ""


def test_models_of_one_kind_and_title_are_told_apart_by_their_keys(tiny):
    engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, FakeSource(), FakeSource("word-model-2"))
    run = race(engine, [{"model": "word-model"}, {"model": "word-model-2"}])
    assert [lane.title for lane in run.trace.lanes] == ["Word model: word-model", "Word model: word-model-2"]
    assert keys(run) == [("ar", "word-model", "two"), ("ar.b", "word-model-2", "three")]


@pytest.mark.parametrize(
    "settings, says",
    [
        ({"prompt": "I ___ a dentist"}, "cannot fill blanks"),
        ({"places": "3=a"}, "cannot keep given words"),
        ({"share": 0.3}, "cannot mend a text"),
        ({"length": 64, "steps": 4}, "reads 40 words"),
        ({"lanes": [{"model": "nobody"}]}, "no model 'nobody' here. There are: twin-diffusion, twin-ar, word-model"),
        ({"lanes": [{"model": "twin-diffusion", "steps": 600}]}, "Sampler A: The steps must lie between"),
        ({"lanes": [{"model": "twin-diffusion"}] * 4}, "one to 3"),
        ({"lanes": [{}]}, "names its model"),
        ({"lanes": "[", "length": 8}, "JSON list"),
        ({"lanes": [{"model": "twin-ar"}], "versus": {"steps": 2}}, "leave versus out"),
        ({"lanes": [{"model": "twin-ar", "seed": 2}]}, "can differ in"),
    ],
)
def test_what_a_lane_cannot_do_is_said(trio, settings, says):
    with pytest.raises(RequestError, match=says):
        race(trio, **{"lanes": [{"model": "twin-diffusion"}, {"model": "word-model"}], **settings})


def test_what_a_model_cannot_show_is_said_before_it_is_asked(trio):
    with pytest.raises(RequestError, match="Word model cannot show what it looked at"):
        trio.attention("word-model", [1, 2], 1)


def test_a_branch_goes_on_with_the_model_of_its_lane(trio):
    frame = {"lane": "ar", "kind": "ar", "frame": 1, "prompt": 2, "ids": [5, 6, 7, 8], "open": [3], "edits": []}
    with pytest.raises(RequestError, match="cannot go on from an edited frame"):
        race(trio, resume={**frame, "model": "word-model"})
    assert keys(race(trio, resume={**frame, "model": "twin-ar"})) == [("ar", "twin-ar", "two")]
    assert keys(race(trio, resume={**frame, "model": "of another host"})) == [("ar", "twin-ar", "two")]


def test_an_engine_needs_no_twin(tiny):
    """Models of one kind that ship nowhere make an engine as well; who knows them says which prompts are familiar."""
    from playground.engine.engine import RaceEngine

    source = FakeSource()
    engine = RaceEngine([source], torch.device("cpu"), torch.float32, tiny.thread)
    engine.warm_up()
    assert source.warm == 1 and engine.examples == ("Help me.",) and engine.longest == 8
    assert keys(race(engine, length=8)) == [("ar", "word-model", "two")]
    notice = race(engine, length=8, prompt="quantum").notice
    assert "anything these models were trained on" in notice and not race(engine, length=8).notice


def test_a_model_may_have_several_tokens_that_end_a_text(tiny):
    """As LLaDA, whose end of turn ends a text too: samplers bar and obey each, and the lane ends at the first of any."""
    word = tiny.diffusion.tokenizer.convert_ids_to_tokens(40)
    records = [replace(record, ends=(word,)) for record in TWINS]
    engine = Twins(
        *(LocalModel(record, twin.checkpoint) for record, twin in zip(records, (tiny.diffusion, tiny.ar))),
        torch.device("cpu"),
        tiny.thread,
    )
    for source in (engine.diffusion, engine.ar):  # all prefer it
        source.decoder = Decoder(source.model)
        source.decoder.logits = lambda x, head=source.decoder.logits: head(x).index_fill(-1, torch.tensor([40]), 60.0)
    ended = race(engine, same_length=False)
    for lane in ended.trace.lanes:
        assert lane.about["end_ids"] == [tiny.ar.special.end, 40]
        assert ended.trace.verdict["lanes"][lane.key]["tokens"] == 0, "its text ends with its first token"
    assert len(ended.trace.frames_of("ar")) == 2, "the AR lane stops there"
    barred = race(engine, same_length=True).trace
    assert all(cell.id != 40 for lane in barred.lanes for cell in barred.canvas(lane.key).values())


def test_an_end_that_the_tokenizer_lacks_is_said_at_load(tiny):
    with pytest.raises(CheckpointError, match=r"no token '<\|eot\|>'"):
        LocalModel(replace(DIFFUSION_TWIN, ends=("<|eot|>",)), tiny.diffusion.checkpoint)


@pytest.mark.parametrize("template", ["plain", "modernbert"])
def test_a_blank_with_nothing_before_it_is_refused_before_the_race_by_a_lane_that_only_continues(tiny, template):
    """A template may write nothing before the visitor's words, and a prompt may begin with a blank."""
    records = [replace(record, template=template) for record in TWINS]
    engine = Twins(
        *(LocalModel(record, twin.checkpoint) for record, twin in zip(records, (tiny.diffusion, tiny.ar))),
        torch.device("cpu"),
        tiny.thread,
    )
    with pytest.raises(RequestError, match="needs words before the first blank"):
        engine.start(RaceRequest.parse({"prompt": "___ is the capital of France", "steps": 2}))
    alone = race(engine, [{"model": "twin-diffusion"}], "___ is the capital of France").trace
    assert alone.ended == "done" and alone.lanes[0].prompt == 0
    assert race(engine, prompt="Paris is ___ of France").trace.ended == "done"
