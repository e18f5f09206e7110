"""A race with a picture: a lane sees it, the other says that it does not, and the trace holds one cell for it."""

import json
from functools import partial

import pytest
import torch

import small_tokenizers
from playground.decoders.sight import Sight, Tiles
from playground.decoders.special_ids import SpecialIds
from playground.engine.opening import opening
from playground.engine.picture import with_picture
from playground.engine.twins import Twins
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.samplers.noise import Noise
from playground.text.templates import TEMPLATES, TemplateText
from playground.text.token_ids import text_ids
from playground.trace.trace import Trace
from small_llada_v import load, picture, save

LANES = [{"model": "small-v"}, {"model": "twin-ar"}]


@pytest.fixture(scope="module")
def engine(tiny, tiny_models):
    save(tiny_models / "small-v", tiny_models / "tokenizer")
    return Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, load(tiny_models / "small-v"))


def race(engine, url, lanes=LANES, **settings):
    asked = {"prompt": "What is this?", "length": 12, "steps": 4, "picture": url, "lanes": lanes, **settings}
    run = engine.start(RaceRequest.parse(asked))
    for _ in run.frames():
        pass
    return run.trace


def text(trace, key):
    cells = {}
    for frame in trace.frames_of(key):
        cells |= {change.position: change.text for change in frame.changes}
    return [cells[at] for at in sorted(cells)]


def test_the_lane_that_can_sees_it_and_the_other_says_that_it_does_not(engine):
    trace = race(engine, picture())
    sees, blind = trace.lanes
    assert trace.ended == "done" and "note" not in sees.about
    assert blind.about["note"] == "It does not see the picture." and "picture" not in blind.about
    assert [engine.can[one] >= {"picture"} for one in ("small-v", "twin-ar", "twin-diffusion")] == [True, False, False]


def test_what_the_lane_writes_depends_on_the_picture_and_only_there(engine):
    first, again, other, without = (
        race(engine, url, temperature=0.0) for url in (picture(), picture(), picture(colour=(9, 250, 90)), "")
    )
    mine = [text(one, "diffusion")[-12:] for one in (first, again, other, without)]
    assert mine[0] == mine[1] and mine[0] != mine[2] and mine[0] != mine[3]
    theirs = [text(one, "ar") for one in (first, other, without)]
    assert theirs[0] == theirs[1] == theirs[2]


def test_the_trace_shows_one_cell_for_the_picture_and_keeps_it(engine):
    trace = race(engine, picture((200, 190)))
    lane = trace.lanes[0]
    shown = text(trace, "diffusion")
    assert shown[lane.about["picture"]] == "[picture]" and shown.count("[picture]") == 1
    assert lane.prompt == trace.lanes[1].prompt + 2  # the picture, and the end of its line
    assert trace.run["picture"] == picture((200, 190))
    assert Trace.from_json(json.loads(json.dumps(trace.to_json()))).run["picture"] == picture((200, 190))


def test_its_positions_count_as_work(engine):
    rows = [race(engine, url).verdict["lanes"]["diffusion"] for url in ("", picture((28, 28)), picture((200, 190)))]
    none, small, large = (row["flops_per_pass"] for row in rows)
    assert none * 1.2 < small < large / 1.2


def test_the_tower_looks_in_the_first_pass_alone(engine, monkeypatch):
    looks, features = [], Sight.features
    monkeypatch.setattr(Sight, "features", lambda *given: looks.append(1) or features(*given))
    run = engine.start(
        RaceRequest.parse({"prompt": "Hi", "length": 12, "steps": 6, "picture": picture(), "lanes": LANES})
    )
    assert not looks, "not before the clock runs"
    list(run.frames())
    assert len(looks) == 1


def test_what_a_token_looked_at_is_refused_in_a_sentence(engine):
    trace = race(engine, picture())
    ids = resumed(trace)["resume"]["ids"]
    with pytest.raises(RequestError, match="cannot be shown for a run with a picture"):
        engine.attention("small-v", ids, len(ids) - 1)


def test_the_picture_stands_on_a_line_before_the_visitors_words_in_the_authors_template(tmp_path):
    tokenizer = small_tokenizers.llada(tmp_path)
    encode = partial(text_ids_of, tokenizer)
    special = SpecialIds(end=385, mask=389)
    request = RaceRequest.parse({"prompt": " Hello", "picture": picture()})
    start = opening(request, encode, Noise.of(tokenizer, special), TEMPLATES["llada"])
    at = len(encode(TemplateText("<|startoftext|><|start_header_id|>user<|end_header_id|>\n\n")))
    seen = with_picture(start, request, FakeSight(), 400, encode)
    ids = seen.canvas.ids
    assert seen.picture.place == at and ids[at] == 400 and 400 not in (*ids[:at], *ids[at + 1 :])
    assert tokenizer.decode(ids[:at]) == "<|startoftext|><|start_header_id|>user<|end_header_id|>\n\n"
    assert tokenizer.decode(ids[at + 1 : seen.canvas.start]).startswith("\nHello<|eot_id|>")
    assert seen.canvas.open == frozenset(range(seen.canvas.start, len(ids)))


def test_of_a_mended_text_as_many_tokens_are_lost_with_a_picture_as_without(engine):
    lanes = [{"model": "small-v"}, {"model": "small-v", "steps": 2}]
    text = "User: I need to find a dentist in Fremont."
    without, seen = (race(engine, url, lanes, prompt=text, share=0.2) for url in ("", picture()))
    start = seen.canvas("diffusion", 0)
    lost = sum(cell.state == "noise" for cell in start.values())
    for trace in (without, seen):
        assert f" of the {lost} lost tokens back" in trace.verdict["line"]
        assert "of your other tokens" not in trace.verdict["line"], "nothing but noise is written over"


class FakeSight:
    """Eyes that see five rows in anything."""

    def tiles(self, image):
        return Tiles(torch.zeros(1), image.size, 5)


def text_ids_of(tokenizer, *text):
    return text_ids(text, tokenizer)


@pytest.mark.parametrize(
    "settings",
    [
        {"guidance": 1.0},
        {"cache": "prefix", "blocks": 2},
        {"cache": "dual", "blocks": 2},
        {"commit": "confidence", "revise": "wino"},
        {"revise": "remdm_cap"},
        {"noise": "tokens", "revise": "edit"},
        {"places": "2=dentist"},
        {"ending": "by the sea."},
        {"prompt": "It is a ___ by the sea."},
        {"share": 0.5, "prompt": "It is a little girl by the sea."},
    ],
    ids=str,
)
def test_every_way_to_sample_goes_with_it(engine, settings):
    trace = race(engine, picture(), [{"model": "small-v"}], **settings)
    assert trace.ended == "done" and text(trace, "diffusion").count("[picture]") == 1


def test_if_no_model_sees_it_the_request_is_refused(engine):
    for lanes in ("", [{"model": "twin-diffusion"}, {"model": "twin-ar"}]):
        with pytest.raises(RequestError, match="No model of this race can see a picture"):
            race(engine, picture(), lanes)


def test_two_samplers_of_one_model_see_it_alike(engine):
    trace = race(engine, picture(), [{"model": "small-v"}, {"model": "small-v", "steps": 2}])
    assert [lane.about["picture"] for lane in trace.lanes] == [0, 0] and trace.ended == "done"


def test_a_damaged_picture_and_one_without_room_are_refused(engine):
    with pytest.raises(RequestError, match="cannot be read"):
        race(engine, picture()[:60] + picture()[80:])
    with pytest.raises(RequestError, match=r"The picture takes 24 of the 192 tokens that Small V reads"):
        race(engine, picture((200, 190)), [{"model": "small-v"}], length=176)


def resumed(trace, key="diffusion", **settings):
    """A request to go on from a lane's last frame, as the page writes it."""
    lane = next(one for one in trace.lanes if one.key == key)
    cells = {}
    for frame in trace.frames_of(key):
        cells |= {change.position: change.id for change in frame.changes}
    header = {name: value for name, value in trace.run.items() if not isinstance(value, dict)}
    at = lane.prompt + 3
    return {
        "prompt": "x",
        "resume": {
            "run": trace.run["id"],
            "lane": key,
            "kind": lane.kind,
            "model": lane.about["model"],
            "frame": 4,
            "prompt": lane.prompt,
            "ids": [cells[place] for place in sorted(cells)],
            "open": [],
            "pinned": [],
            "hidden": [],
            "edits": [{"position": at, "remask": True}],
            "settings": {**header, **settings},
        },
    }


def branch(engine, asked):
    run = engine.start(RaceRequest.parse(asked))
    for _ in run.frames():
        pass
    return run.trace


def test_a_branch_sees_the_picture_of_its_run(engine):
    trace = race(engine, picture())
    same = branch(engine, resumed(trace))
    assert same.lanes[0].about["picture"] == trace.lanes[0].about["picture"] and same.ended == "done"
    assert text(same, "diffusion").count("[picture]") == 1
    blind = branch(engine, resumed(trace, "ar"))
    assert blind.lanes[0].about["note"].endswith("It does not see the picture.")
    with pytest.raises(RequestError, match="made with a picture"):
        branch(engine, resumed(trace, picture=""))


@pytest.mark.parametrize("revise", ["none", "edit", "second_look"])
@pytest.mark.parametrize("where", ["prompt", "text"])
def test_the_picture_stands_once_in_a_frame_and_before_the_text(engine, where, revise):
    trace = race(engine, picture())
    lane, asked = trace.lanes[0], resumed(trace, revise=revise)
    ids = asked["resume"]["ids"]
    ids[lane.prompt - 1 if where == "prompt" else -1] = ids[lane.about["picture"]]
    with pytest.raises(RequestError, match="tokens that these models do not have"):
        branch(engine, asked)
