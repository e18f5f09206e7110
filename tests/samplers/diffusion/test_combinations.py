"""Whatever rules are combined, on any canvas and with any seed: the same promises hold (hypothesis)."""

from itertools import pairwise, product

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from playground.engine.frames import frames
from playground.request.conflicts import as_data, conflict_of
from playground.request.rules import CACHES, COMMITS, NOISES, REVISIONS
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas, blank, corrupt, fill
from playground.text.token_text import Pieces
from playground.trace.trace import SETTLED, Lane, Trace
from sampling import denoised

ALL = [
    dict(zip(("noise", "commit", "revise", "cache"), names)) for names in product(NOISES, COMMITS, REVISIONS, CACHES)
]
ALLOWED = [choices for choices in ALL if conflict_of(choices) is None]
REFUSED = [choices for choices in ALL if conflict_of(choices)]


@st.composite
def canvases(draw, engine, noise, seed):
    """A blank canvas, one with pins, or a corrupted text."""
    prompt = engine.diffusion.encode(draw(st.sampled_from(["Hi there", "User: I need a table\nAssistant:"])))
    kind, length = draw(st.sampled_from(["blank", "pinned", "corrupted"])), draw(st.integers(1, 14))
    if kind == "blank":
        return blank(prompt, length, engine.diffusion.noise, noise, seed)
    words = (engine.diffusion.encode("I found one dentist for you. Do you like it?") * 2)[: length + 1]
    if kind == "corrupted":
        return corrupt(prompt, words, draw(st.floats(0.05, 1.0)), engine.diffusion.noise, noise, seed)
    gaps = draw(st.sets(st.integers(0, length), min_size=1))
    return fill(
        prompt, [None if at in gaps else token for at, token in enumerate(words)], engine.diffusion.noise, noise, seed
    )


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_promises_of_every_combination(tiny, data):
    choices, seed = data.draw(st.sampled_from(ALLOWED)), data.draw(st.integers(0, 2**31 - 1))
    steps = data.draw(st.integers(1, 18))
    chosen = DenoiseSettings(
        steps=steps,
        **choices,
        blocks=data.draw(st.integers(1, steps)),
        temperature=data.draw(st.sampled_from([0.0, 0.9])),
        guidance=data.draw(st.sampled_from([0.0, 0.7])),
        seed=seed,
        bar_end=data.draw(st.booleans()),
    )
    canvas = data.draw(canvases(tiny, choices["noise"], seed))
    if not canvas.open and choices["revise"] not in ("edit", "gidd", "second_look", "renoise"):
        return  # nothing to do, and refused with a sentence: see below
    special = tiny.diffusion.special
    settings = {name: getattr(chosen, name) for name in DenoiseSettings.__dataclass_fields__}
    passes = denoised(tiny, canvas, **settings)
    kept = {at: canvas.ids[at] for at in (*range(canvas.start), *canvas.pinned)}

    assert passes[0].ids == canvas.ids and passes[0].open == canvas.open
    assert len(passes) - 1 <= chosen.steps + chosen.finishing
    assert [step.i for step in passes] == list(range(len(passes)))
    assert [step.last for step in passes] == [False] * (len(passes) - 1) + [True]
    text = [at for at in range(len(canvas.ids)) if at not in passes[-1].past]
    assert passes[-1].open == passes[-1].past and special.mask not in [passes[-1].ids[at] for at in text]
    if passes[-1].past:
        assert not chosen.bar_end and special.end in [
            passes[-1].ids[at] for at in text[canvas.start :] if at < min(passes[-1].past)
        ]
    for before, step in pairwise(passes):
        assert all(step.ids[at] == token for at, token in kept.items())
        assert step.ms >= 0 and step.work.queries > 0 and step.work.head >= len(step.guesses)
        changed = {at for at, (a, b) in enumerate(zip(before.ids, step.ids)) if a != b}
        assert changed <= {guess.position for guess in step.guesses} and changed <= set(canvas.free)

    lane = Lane("diffusion", "diffusion", "Diffusion", canvas.start, canvas.length)
    trace = Trace(
        {}, (lane,), list(frames(lane, iter(passes), Pieces(tiny.diffusion.tokenizer), special)), ended="done"
    )
    replayed = Trace.loads(trace.dumps()).canvas("diffusion")
    assert tuple(cell.id for _, cell in sorted(replayed.items())) == passes[-1].ids
    assert all(replayed[at].state in SETTLED for at in text) and all(
        replayed[at].state not in SETTLED for at in passes[-1].past
    )
    for frame, step in zip(trace.frames, passes):
        unsettled = sum(
            cell.state not in SETTLED for at, cell in trace.canvas("diffusion", frame.i).items() if at not in step.past
        )
        assert unsettled == frame.open == len((step.open | step.noise) - step.past)


@pytest.mark.parametrize("choices", ALLOWED[::7], ids=lambda c: "-".join(c.values()))
def test_the_same_seed_gives_the_same_tokens(tiny, choices):
    one, two = ([step.ids for step in denoised(tiny, steps=6, temperature=0.8, seed=4, **choices)] for _ in range(2))
    assert one == two


def test_what_means_nothing_is_refused_with_a_sentence():
    assert len(REFUSED) > 100
    for choices in REFUSED:
        with pytest.raises(ValueError, match=r"\.$"):
            DenoiseSettings(**choices)


def test_the_page_is_told_the_same():
    """The table that greys choices out refuses what the settings refuse."""
    for choices in ALL:
        greyed = [
            c["why"] for c in as_data() if choices[c["axis"]] in c["values"] and choices[c["other"]] in c["others"]
        ]
        assert (greyed[0] if greyed else None) == conflict_of(choices)


def test_a_canvas_without_anything_to_do_says_so(tiny):
    canvas = corrupt(
        tiny.diffusion.encode("Hi"), tiny.diffusion.encode("I found one dentist"), 0.5, tiny.diffusion.noise, "tokens"
    )
    with pytest.raises(ValueError, match="No position is open"):
        denoised(tiny, canvas)


@pytest.mark.parametrize("revise", ["none", "edit", "gidd", "second_look", "renoise"])
def test_a_canvas_that_is_pinned_all_over_says_so(tiny, revise):
    ids = tiny.diffusion.encode("Hi there")
    canvas = Canvas(tuple(ids), 1, frozenset(), frozenset(range(1, len(ids))))
    with pytest.raises(ValueError, match=r"Every position is pinned.*Take the pins off"):
        denoised(tiny, canvas, revise=revise)
