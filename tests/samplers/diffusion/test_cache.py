"""A cached run against the exact one: the same where the cache is exact, and a measured way off where it is not."""

import pytest
import torch

from playground.decoders import CanvasCache
from playground.samplers.canvas import fill
from sampling import canvas_of, denoised


@pytest.mark.parametrize("cache", ["prefix", "dual"])
def test_the_first_pass_of_a_block_is_exact(tiny, cache):
    exact, cached = (denoised(tiny, length=16, steps=4, cache=name) for name in ("none", cache))
    assert exact[1].guesses == cached[1].guesses


@pytest.mark.parametrize("cache", ["prefix", "dual"])
def test_one_pass_a_block_never_uses_the_cache_so_nothing_departs(tiny, cache):
    exact, cached = (denoised(tiny, length=16, steps=4, blocks=4, cache=name) for name in ("none", cache))
    assert [step.ids for step in exact] == [step.ids for step in cached]


@pytest.mark.parametrize("cache, queries", [("prefix", [22, 16, 22, 8]), ("dual", [22, 8, 22, 8])])
def test_later_passes_of_a_block_read_only_their_window(tiny, cache, queries):
    canvas = canvas_of(tiny, "Hi there")
    queries = [n + canvas.start - 6 if n == 22 else n for n in queries]
    passes = denoised(tiny, canvas, steps=4, blocks=2, cache=cache)
    assert [step.work.queries for step in passes[1:]] == queries
    assert {step.work.keys for step in passes[1:]} == {len(canvas.ids)}


def test_what_departs_is_small_and_only_where_something_was_kept(tiny):
    """How far a cached pass departs from an exact one of the same canvas, in total variation: none for a window over all."""
    decoder = tiny.diffusion.decoder
    with torch.inference_mode():
        before, after = (torch.tensor(canvas_of(tiny, "I need a table", 12).ids) for _ in range(2))
        after[-12:-8] = torch.tensor([40, 50, 60, 70])
        exact = decoder.logits(decoder.hidden(after[None])).softmax(-1)[0]
        departures = {}
        for name, window in (
            ("all", range(len(after))),
            ("suffix", range(len(after) - 12, len(after))),
            ("block", range(len(after) - 12, len(after) - 6)),
        ):
            cache, at = CanvasCache(), torch.tensor(list(window))
            decoder.hidden(before[None], cache=cache)
            seen = decoder.logits(decoder.hidden(after[at][None], positions=at, cache=cache)).softmax(-1)[0]
            departures[name] = (seen - exact[at]).abs().sum(-1).mean().item() / 2
    assert departures["all"] < 1e-5 < departures["suffix"] < 0.5 and departures["block"] < 0.5


@pytest.mark.parametrize("cache", ["prefix", "dual"])
@pytest.mark.parametrize(
    "noise, revise", [("mask", "edit"), ("mask", "gidd"), ("characters", "edit"), ("mask", "remdm_cap")]
)
def test_caches_go_with_guidance_blocks_and_revision(tiny, cache, noise, revise):
    words = tiny.diffusion.encode("I found one dentist for you.")
    canvas = fill(tiny.diffusion.encode("Hi"), [None] * 5 + words[:3] + [None] * 6, tiny.diffusion.noise, noise)
    passes = denoised(tiny, canvas, steps=9, blocks=3, cache=cache, noise=noise, revise=revise, guidance=0.5)
    assert (
        passes[-1].last
        and not passes[-1].open
        and list(passes[-1].ids[6 + len(tiny.diffusion.encode("Hi")) - 1 :][:3]) == words[:3]
    )
