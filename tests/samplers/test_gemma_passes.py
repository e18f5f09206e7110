"""DiffusionGemma's passes beside the class's own ``generate``: the same tokens, pass by pass."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise, zip_longest

import pytest
import torch
import transformers

from made_up_gemma import CANVAS, DECIDED, tiny_gemma
from playground.samplers.diffusion_gemma import CanvasSettings, denoise_canvases

PROMPT = tuple(range(5, 16))
START = len(PROMPT)
EARLY = CanvasSettings(canvases=3, steps=10, seed=1, **DECIDED)


@pytest.fixture(scope="module")
def gemma(tiny):
    return tiny_gemma(tiny.ar.tokenizer)


class Drafts:
    """A streamer that keeps the logits of every pass."""

    _takes_logits = True

    def __init__(self):
        self.logits = []

    def put(self, value):
        pass

    def put_draft(self, logits):
        self.logits.append(logits[0])

    def end(self):
        pass


def generated(gemma, settings, special):
    """What ``generate`` writes after the prompt with these settings, and its logits by pass."""
    drafts = Drafts()
    ends, barred = list(special.ends), [*special.ends, *special.unwritten]
    bar = transformers.SuppressTokensLogitsProcessor(barred) if settings.bar_end else None
    torch.manual_seed(settings.seed)
    whole = gemma.model.generate(
        torch.tensor([PROMPT]),
        streamer=drafts,
        logits_processor=transformers.LogitsProcessorList([bar] if bar else []),
        max_new_tokens=settings.canvases * CANVAS,
        max_denoising_steps=settings.steps,
        sampler_config=transformers.EntropyBoundSamplerConfig(settings.entropy_bound),
        t_min=settings.t_min,
        t_max=settings.t_max,
        stability_threshold=settings.stability,
        confidence_threshold=settings.confidence,
        eos_token_id=ends,
        pad_token_id=None,
    ).sequences[0]
    return tuple(whole[START:].tolist()), drafts.logits


def passes(gemma, settings, special=None):
    return list(denoise_canvases(gemma.model, PROMPT, settings, special or gemma.special))


@pytest.mark.parametrize(
    "settings",
    [
        CanvasSettings(steps=6),
        CanvasSettings(canvases=2, steps=12, seed=7),
        EARLY,
        replace(EARLY, seed=5, t_max=1.4, t_min=0.7),
        replace(EARLY, bar_end=True, stability=2),
        replace(EARLY, steps=1),
    ],
    ids=["default", "two canvases", "early", "warm", "barred", "one pass each"],
)
def test_tokens_are_those_of_generate_pass_by_pass(gemma, settings):
    text, logits = generated(gemma, settings, gemma.special)
    made = passes(gemma, settings)
    assert made[-1].ids == (*PROMPT, *text)
    assert [at.i for at in made] == list(range(len(logits) + 1))
    for step, expected in zip_longest(made[1:], logits):
        likeliest = [guess.best[0][0] for guess in step.guesses]
        assert likeliest == expected.argmax(-1).tolist()


def test_tokens_are_those_of_generate_in_bfloat16(gemma):
    half = replace(gemma, model=deepcopy(gemma.model).to(torch.bfloat16))
    assert passes(half, EARLY)[-1].ids[START:] == generated(half, EARLY, gemma.special)[0]


def test_a_run_has_its_own_random_numbers(gemma):
    """Two lanes of one race take turns, and whoever else draws does not disturb them, nor they him."""
    settings = (EARLY, replace(EARLY, seed=2))
    alone = [[step.ids for step in passes(gemma, each)] for each in settings]
    torch.manual_seed(0)
    undisturbed = torch.rand(3)
    torch.manual_seed(0)
    turns = zip_longest(*(denoise_canvases(gemma.model, PROMPT, each, gemma.special) for each in settings))
    together = list(zip(*([step and step.ids for step in pair] for pair in turns)))
    assert [[ids for ids in lane if ids] for lane in together] == alone
    assert alone[0] != alone[1] and torch.equal(torch.rand(3), undisturbed)


def test_noise_turns_into_text_canvas_after_canvas(gemma):
    made = passes(gemma, EARLY)
    canvases = [range(START + n * CANVAS, START + (n + 1) * CANVAS) for n in range(3)]
    assert made[0].noise == set(canvases[0]) and made[0].open == set(range(START, START + 3 * CANVAS))
    assert all(token is None for token in made[0].ids[canvases[1].start :])
    for before, after in pairwise(made):
        written = {guess.position for guess in after.guesses}
        now = next(canvas for canvas in canvases if set(canvas) == written)
        assert not any(before.open & set(canvas) for canvas in canvases if canvas.stop <= now.start)
        assert before.ids[: now.start] == after.ids[: now.start]  # settled canvases stay
        assert after.noise <= after.open
        for guess in after.guesses:
            settled = guess.position not in after.open
            assert guess.committed == (settled and guess.position in before.open)
            if guess.position not in after.noise:
                assert after.ids[guess.position] == guess.id
    standings = {(at in step.open, at in step.noise) for step in made for at in canvases[0]}
    assert standings == {(True, True), (True, False), (False, False)}  # noise, drafts, settled tokens
    assert any(step.open & set(canvases[0]) != set(canvases[0]) for step in made[1:] if step.open & set(canvases[0]))
    assert made[-1].last and not made[-1].open and not made[-1].noise and len(made) - 1 < 3 * EARLY.steps


def test_noise_is_drawn_anew_in_each_pass(gemma):
    made = passes(gemma, CanvasSettings(steps=6))
    for before, after in pairwise(made[:-1]):
        both = before.noise & after.noise
        assert both and any(before.ids[at] != after.ids[at] for at in both)


def test_an_end_token_ends_the_text(gemma):
    end = passes(gemma, EARLY)[-1].ids[START + 3]
    special = replace(gemma.special, more_ends=(end,))
    made = passes(gemma, EARLY, special)
    assert made[-1].last and made[-1].ids[START + 3] == end
    later = frozenset(range(START + CANVAS, START + 3 * CANVAS))
    assert made[-1].past == made[-1].open == later and not made[-1].noise
    assert made[-1].ids[START : START + CANVAS] == generated(gemma, EARLY, special)[0]


def test_a_text_of_fixed_length_holds_no_end_and_nothing_that_is_no_text(gemma):
    end, other = passes(gemma, EARLY)[-1].ids[START + 3 : START + 5]
    special = replace(gemma.special, more_ends=(end,), unwritten=(other,))
    made = passes(gemma, replace(EARLY, bar_end=True), special)
    assert not {end, other} & set(made[-1].ids[START:]) and not made[-1].past
    assert {end, other} & set(passes(gemma, EARLY, replace(gemma.special, unwritten=(end, other)))[-1].ids[START:])


def test_what_each_pass_reads_is_read_in_that_pass(gemma):
    """The prompt, and later each finished canvas, is encoded within the pass that first needs it, so its clock counts
    it."""
    encoded = []
    hook = gemma.model.model.encoder.language_model.register_forward_pre_hook(
        lambda module, given, named: encoded.append(named["inputs_embeds"].shape[1]), with_kwargs=True
    )
    seen = []
    try:
        for step in denoise_canvases(gemma.model, PROMPT, replace(EARLY, canvases=2), gemma.special):
            seen.append((list(encoded), step))
            encoded.clear()
    finally:
        hook.remove()
    first = next(n for n, (_, step) in enumerate(seen) if len(step.open) == CANVAS and len(step.noise) == CANVAS) + 1
    assert [read for read, _ in seen] == [
        [START] if n == 1 else [CANVAS] if n == first else [] for n in range(len(seen))
    ]
    for read, step in seen[1:]:
        assert step.ms > 0 and step.work.queries == sum(read) + CANVAS and step.work.head == CANVAS
    assert seen[0][1].ms == 0 and seen[1][1].work.keys == START + CANVAS
    assert seen[-1][1].work.keys == START + 2 * CANVAS


def test_probabilities_are_the_models_own(gemma):
    """Not those at the schedule's temperature."""
    made = passes(gemma, replace(EARLY, canvases=1))
    cold = passes(gemma, replace(EARLY, canvases=1, t_max=0.2, t_min=0.1))
    assert [guess.entropy for guess in made[1].guesses] == [guess.entropy for guess in cold[1].guesses]
    for guess in made[1].guesses:
        assert 0 < guess.probability <= guess.best[0][1] <= 1
