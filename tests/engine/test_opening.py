"""Words become a canvas: blanks, words at places, endings, corrupted text, and frames to go on from."""

import json

import pytest
import torch

from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace, TraceError


def raced(engine, prompt="I need a dentist", **values):
    """A whole run of a parsed request; its trace."""
    run = engine.start(RaceRequest.parse({"prompt": prompt, "length": 16, "steps": 4, **values}))
    list(run.frames())
    return run.trace.validate()


def states(trace, key, i=0):
    return [cell.state for _, cell in sorted(trace.canvas(key, i).items())]


def frame_of(trace, key, i, **edit):
    """What the stage sends to go on from a frame."""
    lane, cells = trace.lane(key), trace.canvas(key, i)
    size = lane.prompt + lane.length
    return {
        "run": trace.run["id"],
        "lane": key,
        "kind": lane.kind,
        "frame": i,
        "prompt": lane.prompt,
        "ids": [cells[at].id if at in cells else 0 for at in range(size)],
        "open": [at for at in range(size) if at not in cells or cells[at].state in ("noise", "draft", "remasked")],
        "pinned": [at for at in cells if cells[at].state == "pinned"],
        "edits": [edit] if edit else [],
    }


def test_blanks_are_filled_and_everything_else_stays(tiny):
    trace = raced(tiny, "User: The cat ___ on the ___{5}.")
    for key in ("diffusion", "ar"):
        text = trace.text(key)
        assert trace.run["prompt_text"] == "User: The cat ___ on the ___{5}."
        assert " on the" in text and text.endswith(".")
        assert states(trace, key, 99).count("committed") == 8
        assert "".join(c.text for c in trace.canvas(key).values() if c.state == "prompt") == "User: The cat"
    assert states(trace, "diffusion").count("noise") == 8
    assert len(trace.frames_of("ar")) == 9
    assert "never sees the right-hand side" in trace.lane("ar").about["note"]
    assert "note" not in trace.lane("diffusion").about


def test_words_stand_at_their_places_and_at_the_end(tiny):
    trace = raced(tiny, length=24, places="6=dentist; 10=Fremont", ending="Do you like it?")
    for key in ("diffusion", "ar"):
        start = trace.lane(key).prompt
        cells = trace.canvas(key)
        for place, word in ((6, " dentist"), (10, " Fremont")):
            spelled = "".join(
                cells[at].text for at in range(start + place, start + place + len(tiny.diffusion.encode(word)))
            )
            assert spelled == word
        assert trace.text(key).endswith(" Do you like it?")
    assert states(trace, "diffusion").count("pinned") == states(trace, "ar").count("pinned") > 5


def test_a_reader_s_own_text_is_corrupted_and_mended(tiny):
    text = "I found one dentist for you. Do you like Doctor Wu?"
    masked = raced(tiny, text, share=0.25)
    hidden = raced(tiny, text, share=0.25, noise="characters", revise="edit", revise_level=0.0)
    size = len(tiny.diffusion.encode(" " + text))
    for trace in (masked, hidden):
        assert states(trace, "diffusion").count("noise") == round(0.25 * size)
        assert states(trace, "diffusion").count("committed") == size - round(0.25 * size)
        assert trace.ended == "done" and "given the places of the noise" in trace.lane("ar").about["note"]
        assert len(trace.frames_of("ar")) - 1 == round(0.25 * size)
    assert all(cell.text for cell in hidden.canvas("diffusion", 0).values()), (
        "every position is full from the first frame"
    )


@pytest.mark.parametrize(
    "values, says",
    [
        (dict(prompt="A ___{99} b"), "1 to 64 tokens"),
        (dict(prompt="A ___ b", places="3=dentist"), "words in place already"),
        (dict(places="15=dentist dentist dentist"), "do not fit a text of 16"),
        (dict(places="3=dentist", ending="one " * 15), "do not fit|Two words"),
        (dict(ending="one " * 40), "^The ending takes [0-9]+ tokens, and the text has 16"),
        (dict(prompt="A ___ b", share=0.5), "blanks cannot be corrupted"),
        (dict(prompt="User:", share=0.5), "too little text"),
        (dict(prompt="I need a dentist", share=0.5, noise="tokens"), "Choose a revision rule"),
        (dict(places="3=one; 3=two"), "Two words are to stand at place 3"),
        (dict(ending="\udfff"), "bytes that are not text"),
    ],
)
def test_words_that_do_not_fit_are_refused_with_a_sentence(tiny, values, says):
    with pytest.raises(RequestError, match=says):
        raced(tiny, **values)


def test_a_branch_keeps_the_edit_and_all_that_was_settled(tiny):
    trace = raced(tiny, length=16, steps=8)
    start = trace.lane("diffusion").prompt
    word = tiny.diffusion.encode(" dentist")
    frame = frame_of(trace, "diffusion", 4, position=start + 3, text=" dentist")
    settled = {at: c.id for at, c in trace.canvas("diffusion", 4).items() if c.state == "committed"}
    branch = raced(tiny, resume=frame)
    assert [lane.key for lane in branch.lanes] == ["diffusion"]
    end = branch.canvas("diffusion")
    assert [end[start + 3 + n].id for n in range(len(word))] == word and end[start + 3].state == "pinned"
    assert all(
        end[at].id == token for at, token in settled.items() if at not in range(start + 3, start + 3 + len(word))
    )
    assert branch.lanes[0].about["parent"]["frame"] == 4
    assert Trace.loads(branch.dumps()).lanes[0].about["parent"]["edits"][0]["text"] == " dentist"

    (key,) = trace.graft(branch)
    assert key == "diffusion.1" and trace.validate().text(key) == branch.text("diffusion")
    assert trace.graft(branch) == ("diffusion.2",)


def test_the_first_noise_of_renoise_in_a_branch_is_not_its_canvas_again(tiny):
    """At temperature 0 the sampler draws nothing but noise, with the seed of the request."""
    frame = frame_of(raced(tiny, length=20, same_length=True), "diffusion", 0)
    settings = dict(noise="tokens", revise="renoise", commit="confidence", temperature=0.0, same_length=True)
    branch = raced(tiny, length=20, resume=frame, seed=1, **settings)
    start, first = branch.canvas("diffusion", 0), branch.canvas("diffusion", 1)
    refused = [at for at, cell in first.items() if cell.state == "noise"]
    assert len(refused) > 10
    assert sum(start[at].id != first[at].id for at in refused) > len(refused) / 2


@pytest.mark.parametrize("kind", ["diffusion", "ar"])
def test_a_branch_may_end_behind_its_edit_and_not_before_it(tiny, monkeypatch, kind):
    trace = raced(tiny, length=12, steps=6, same_length=True)
    lane, head, end = trace.lane(kind), tiny.twin(kind).decoder.logits, tiny.ar.special.end
    eager = 50 * torch.nn.functional.one_hot(torch.tensor(end), tiny.twin(kind).decoder.vocabulary)
    monkeypatch.setattr(tiny.twin(kind).decoder, "logits", lambda x: head(x) + eager)

    def ends(frame):
        cells = raced(tiny, resume=frame, same_length=False).canvas(kind)
        return [at - lane.prompt for at, cell in cells.items() if cell.id == end and at >= lane.prompt]

    size, positions = len(tiny.diffusion.encode(" a")), range(lane.prompt, lane.prompt + lane.length)
    first = {**frame_of(trace, kind, 0, position=lane.prompt, text=" a"), "open": list(positions)}
    assert ends(first)[:1] == [size]
    last = {**first, "pinned": [positions[-1]], "open": list(positions[:-1]), "ids": [5] * positions.stop, "edits": []}
    assert not ends(last)


def test_both_lanes_may_end_behind_the_last_word_given_to_them(tiny, monkeypatch):
    """So that they race over the same job."""
    end = tiny.ar.special.end
    for decoder in (tiny.diffusion.decoder, tiny.ar.decoder):
        head, eager = decoder.logits, 50 * torch.nn.functional.one_hot(torch.tensor(end), decoder.vocabulary)
        monkeypatch.setattr(decoder, "logits", lambda x, head=head, eager=eager: head(x) + eager)
    for values in (dict(places="3=a", same_length=False), dict(prompt="User: I ___ a ___{6}", same_length=False)):
        trace = raced(tiny, length=12, steps=4, **values)
        first_end = {
            key: min(at for at, cell in trace.canvas(key).items() if cell.id == end)
            - max(at for at, cell in trace.canvas(key).items() if cell.state == "pinned")
            for key in ("diffusion", "ar")
        }
        assert first_end == {"diffusion": 1, "ar": 1}, values
    shared = raced(tiny, "User: I need a dentist in Fremont", share=0.9, same_length=False, seed=3)
    assert all(cell.id != end for key in ("diffusion", "ar") for cell in shared.canvas(key).values())


def test_hidden_errors_stay_hidden_in_a_branch(tiny):
    """What a reader corrupted is neither named as noise nor called settled."""
    text = "I found one dentist for you. Do you like Doctor Wu?"
    parent = raced(tiny, text, share=0.25, noise="characters", revise="edit", revise_level=0.99)
    hidden = [at for at, cell in parent.canvas("diffusion", 0).items() if cell.state == "noise"]
    last = parent.lane("diffusion").prompt + parent.lane("diffusion").length - 1
    frame = {**frame_of(parent, "diffusion", 0, position=last, pin=True), "open": [], "hidden": hidden}
    branch = raced(tiny, text, resume=frame, noise="characters", revise="edit", revise_level=0.99)
    assert [at for at, cell in branch.canvas("diffusion", 0).items() if cell.state == "noise"] == [
        at for at in hidden if at != last
    ]


def test_a_remasked_token_is_filled_again(tiny):
    trace = raced(tiny, length=12, steps=6)
    at = trace.lane("diffusion").prompt + 2
    branch = raced(tiny, resume=frame_of(trace, "diffusion", 6, position=at, remask=True))
    assert branch.frames_of("diffusion")[0].open == 1 and len(branch.frames_of("diffusion")) == 2
    before, after = trace.canvas("diffusion"), branch.canvas("diffusion")
    assert {p for p in before if before[p].id != after[p].id} <= {at} and after[at].state == "committed"


def test_an_ar_branch_writes_all_behind_the_edit_anew(tiny):
    trace = raced(tiny, length=12)
    at = trace.lane("ar").prompt + 4
    branch = raced(tiny, resume=frame_of(trace, "ar", 12, position=at, text=" dentist"))
    assert [lane.key for lane in branch.lanes] == ["ar"]
    before, after = trace.canvas("ar"), branch.canvas("ar")
    assert all(before[p].id == after[p].id for p in range(at))
    size = len(tiny.diffusion.encode(" dentist"))
    assert len(branch.frames_of("ar")) - 1 == 12 - 4 - size
    assert "writ" in branch.lanes[0].about["note"]


def test_the_frame_may_come_as_text(tiny):
    trace = raced(tiny, length=8, steps=2)
    frame = frame_of(trace, "diffusion", 1)
    assert raced(tiny, resume=json.dumps(frame)).text("diffusion") == raced(tiny, resume=frame).text("diffusion")


@pytest.mark.parametrize(
    "spoil, says",
    [
        (dict(ids="x"), "list of at most"),
        (dict(ids=[10**9] * 30), "models do not have"),
        (dict(prompt=0), "needs both"),
        (dict(prompt=400), "needs both"),
        (dict(open=[0]), "outside the canvas"),
        (dict(kind="sideways"), "kind diffusion or ar"),
        (dict(edits=[{"position": 0, "text": "a"}]), "position on the canvas"),
        (dict(edits=[{"position": 15}]), "An edit is one of"),
        (dict(edits=[{"position": 15, "text": "a", "pin": True}]), "An edit is one of"),
        (dict(edits=7), "must be a list"),
        (dict(open=[], edits=[]), "No position is open|A mask stands"),
        (dict(ids=[1] * 5000), "at most 4,096"),
        (dict(frame=-1), "whole number"),
        (dict(hidden=[15], open=[15]), "named twice"),
        (dict(hidden=[500]), "outside the canvas"),
        (dict(pinned=[15], open=[15]), "named twice among open, pinned and hidden"),
        (dict(edits=[{"position": 15, "text": "\ud800"}]), "bytes that are not text"),
        (dict(kind="ar", open=[]), "Nothing is left to write"),
        (dict(edits=[{"position": 15, "text": "a very long remark that runs over the end " * 4}]), "over the end"),
    ],
)
def test_a_frame_that_cannot_be_is_refused_with_a_sentence(tiny, spoil, says):
    trace = raced(tiny, length=8, steps=2)
    frame = {**frame_of(trace, "diffusion", 1), **spoil}
    with pytest.raises(RequestError, match=says):
        raced(tiny, resume=frame)


def test_a_branch_of_another_run_is_not_grafted(tiny):
    one, other = raced(tiny), raced(tiny)
    branch = raced(tiny, resume=frame_of(one, "diffusion", 2))
    with pytest.raises(TraceError, match="does not go on from"):
        other.graft(branch)
