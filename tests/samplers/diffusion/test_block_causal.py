"""Block-causal and shifted models: the logits that the sampler reads are those of the authors' code, pass for pass.

A wrong block anchor, a causal block, a mask that leaks or a missing shift gives plausible text and no error. Only numbers
find them, so each is also run wrongly here, and must depart.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
import torch

from parity import SPECIAL, expected, network
from playground.decoders import Decoder, GraphDecoder, fastest_decoder
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.bidirectional import Bidirectional
from playground.samplers.diffusion.block_causal import BlockCausal
from playground.samplers.diffusion.block_grid import BlockGrid, CausalPrefixGrid
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import Noise
from playground.samplers.passes import Work

CLOSE, FAR = 5e-6, 0.02  # of the largest logit: rounding of float32, and plainly another model
BLOCKS = {"sdar": 4, "qwen3-diffusion": 8, "llada2-moe": 8}
WITH_BLOCKS = {"sdar": "logits", "qwen3-diffusion": "logits_block_causal", "llada2-moe": "logits"}
ALPHABET = torch.arange(200)
NOISE = Noise(SPECIAL.mask, ALPHABET, ALPHABET)


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


@pytest.fixture(params=[Decoder, fastest_decoder, partial(GraphDecoder, capture=lambda run: run)])
def build(request):
    """Each way of making a decoder from a stock class."""
    return request.param


def canvas_of(ids, start):
    """The positions from ``start`` on that hold a mask are open."""
    open_positions = frozenset(at for at in range(start, len(ids)) if ids[at] == SPECIAL.mask)
    return Canvas(tuple(ids), start, open_positions)


def blocks_of(size, first=0, grid=BlockGrid, back=0):
    return partial(BlockCausal, back=back, grid=lambda start: grid(size, first))


def spied(decoder):
    """The decoder, and the logits that it gives from now on, float [n, vocabulary] per pass."""
    seen, head = [], decoder.logits

    def logits(hidden):
        made = head(hidden)
        seen.append(made.flatten(0, -2).clone())  # choose bars ids in place
        return made

    decoder.logits = logits
    return decoder, seen


def predicted(decoder, predictor, ids, start=1):
    """The logits of every position of ids int64 [length] from ``start`` on, block by block, each after two drafts of other
    tokens."""
    canvas = canvas_of(ids.tolist(), start)
    decoder, seen = spied(decoder)
    predict = predictor(decoder, DenoiseSettings(), SPECIAL, canvas, torch.Generator())
    rows = []
    for block in predict.blocks(list(range(start, len(ids)))):
        if predict.unread(block):
            predict.read(ids, block, 0.0)
        predict.begin(block)
        at = torch.tensor(block)
        for draft in (torch.full_like(ids, SPECIAL.mask), ids.flip(0), ids):
            predict(torch.where(torch.arange(len(ids)) < block[0], ids, draft), at, 0.0)
        rows.append(seen[-1])
    return torch.cat(rows)


def departure(got, expected):
    """The largest difference, relative to the largest number."""
    return ((got - expected).abs().max() / expected.abs().max()).item()


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("start", [1, 5])
def test_block_by_block_behind_the_cache_the_logits_are_the_authors(name, start, build):
    arrays = expected(name)
    ids, logits = arrays["input_ids"][0], arrays[WITH_BLOCKS[name]][0]
    got = predicted(build(network(name)), blocks_of(BLOCKS[name]), ids, start)
    assert departure(got, logits[start:]) <= CLOSE


WRONG = {
    "another anchor": lambda size: blocks_of(size, first=size // 2),
    "blocks of another size": lambda size: blocks_of(2 * size),
    "a prefix that is read causally": lambda size: blocks_of(size, grid=CausalPrefixGrid),
    "a prediction read one position before": lambda size: blocks_of(size, back=1),
    "a mask that leaks to later blocks": lambda size: Bidirectional,
}


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_geometry_departs(name, wrong):
    arrays = expected(name)
    got = predicted(Decoder(network(name)), WRONG[wrong](BLOCKS[name]), arrays["input_ids"][0], 5)
    assert departure(got, arrays[WITH_BLOCKS[name]][0, 5:]) > FAR


def test_a_block_that_is_read_causally_departs(monkeypatch):
    arrays, decoder = expected("sdar"), Decoder(network("sdar"))
    monkeypatch.setattr(decoder, "causal", True)
    monkeypatch.setattr(BlockCausal, "_everything", lambda self, n, keys: None)
    got = predicted(decoder, blocks_of(4), arrays["input_ids"][0], 5)
    assert departure(got, arrays["logits"][0, 5:]) > FAR


def seen_by_blocks(length, size, first):
    number = (torch.arange(length) - first) // size
    return number[:, None] >= number


def seen_as_prefix(length, size, first, open_block):
    """Nemotron: causal, but the open block sees all of itself."""
    seen, inside = torch.ones(length, length).tril().bool(), torch.zeros(length, dtype=torch.bool)
    inside[open_block.start : open_block.stop] = True
    return seen | (inside[:, None] & inside)


def run(decoder, predictor, prompt, length, **settings):
    """A run of the sampler on a blank canvas, with the logits that each pass read and the ids that stood there: (passes,
    [(pass, ids before it, logits)])."""
    decoder, seen = spied(decoder)
    canvas = canvas_of([*range(20, 20 + prompt), *[SPECIAL.mask] * length], prompt)
    settings = DenoiseSettings(bar_end=True, **settings)
    passes = list(denoise(decoder, canvas, settings, SPECIAL, NOISE, predictor))
    asked = [(step, torch.tensor(before.ids)) for before, step in pairwise(passes) if step.guesses]
    assert len(asked) == len(seen)
    return passes, [(step, ids, logits) for (step, ids), logits in zip(asked, seen)]


def whole(network_, ids, end, seen, at, back=0):
    """What the whole sequence gives for positions ``at``, in one pass with a mask, masks standing up to ``end``."""
    ids = torch.nn.functional.pad(ids, (0, end - len(ids)), value=SPECIAL.mask)
    decoder = Decoder(network_)
    return decoder.logits(decoder.hidden(ids[None], mask=seen))[0, torch.tensor(at) - back]


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("settings", [{"steps": 30}, {"steps": 12, "commit": "threshold", "commit_level": 0.05}])
def test_each_pass_of_a_run_reads_what_the_whole_sequence_gives(name, anchored, settings, build):
    """Over several blocks with several drafts; the prompt's end cuts a block, and the last block runs past the canvas."""
    size, prompt, length = BLOCKS[name], 11, 15 + BLOCKS[name]
    first = prompt if anchored else 0
    passes, read = run(build(network(name)), blocks_of(size, first), prompt, length, **settings)
    end = BlockGrid(size, first).bounds(prompt + length - 1).stop
    seen = seen_by_blocks(end, size, first)
    for step, ids, logits in read:
        at = [guess.position for guess in step.guesses]
        assert departure(logits, whole(network(name), ids, end, seen, at)) <= CLOSE
    assert passes[-1].last and SPECIAL.mask not in passes[-1].ids and end > len(passes[-1].ids)


@pytest.mark.parametrize("back", [0, 1])
def test_a_causal_prefix_is_open_only_in_its_block(back, build):
    """Nemotron: what is committed was read causally, the open block sees all before it and all of itself."""
    predictor = blocks_of(4, 5, CausalPrefixGrid, back)
    _, read = run(build(network("sdar")), predictor, 5, 12, steps=6)
    for step, ids, logits in read:
        at = [guess.position for guess in step.guesses]
        block = BlockGrid(4, 5).bounds(at[0])
        if back and step.work.head == 1 and at[0] == block.start and len(at) == 1 and step.work.keys == at[0]:
            block = range(0)  # a pass that reads settled text sees no open block
        elif back and at[0] == block.start:
            continue  # read before the block, where the open block is not seen
        seen = seen_as_prefix(17, 4, 5, block)
        assert departure(logits, whole(network("sdar"), ids, 17, seen, at, back)) <= CLOSE


def test_with_the_shift_in_the_block_a_reading_pass_settles_the_next_blocks_first_token(build):
    """Fast-dLLM v2: every prediction is read one position before, the first of a block at the end of the block before."""
    passes, read = run(build(network("sdar")), blocks_of(4, back=1), 8, 12, steps=9)
    seen = seen_by_blocks(20, 4, 0)
    for step, ids, logits in read:
        at = [guess.position for guess in step.guesses]
        assert departure(logits, whole(network("sdar"), ids, 20, seen, at, 1)) <= CLOSE
    firsts = [step for step in passes[1:] if step.work.keys in (8, 12, 16) and len(step.guesses) == 1]
    read_first = [(step.guesses[0].position, step.guesses[0].committed) for step in firsts if step.work.head == 1]
    assert {(8, True), (12, True), (16, True)} <= set(read_first)
    assert passes[-1].last and not passes[-1].open


def test_an_end_that_a_reading_pass_settles_ends_the_text(build):
    decoder = build(network("sdar"))
    head = decoder.logits
    decoder.logits = lambda hidden: head(hidden).index_fill(-1, torch.tensor([SPECIAL.end]), 50.0)
    canvas = canvas_of([*range(20, 28), *[SPECIAL.mask] * 8], 8)
    passes = list(denoise(decoder, canvas, DenoiseSettings(steps=8), SPECIAL, NOISE, blocks_of(4, back=1)))
    assert len(passes) == 2 and passes[-1].last and passes[-1].past == set(range(9, 16))
    assert passes[-1].ids[8] == SPECIAL.end


def test_a_prompt_that_ends_within_a_block_leaves_no_first_token_to_its_reading_pass():
    passes, _ = run(Decoder(network("sdar")), blocks_of(4, back=1), 6, 6, steps=6)
    assert passes[1].work == Work(1, 4, 4, 0) and not passes[1].guesses


def test_work_counts_reading_passes_and_whole_blocks():
    """SDAR's blocks of 4: a prompt of 11 is read up to 8; its rest is in a block with the reply's first token."""
    passes, _ = run(Decoder(network("sdar")), blocks_of(4), 11, 6, steps=6)
    works = [(step.work, len(step.guesses)) for step in passes[1:]]
    assert works == [
        (Work(1, 8, 8, 0), 0),  # the prompt's two whole blocks
        (Work(1, 4, 12, 1), 1),  # 8 to 11, of which 11 is open
        (Work(1, 4, 12, 0), 0),
        (Work(1, 4, 16, 4), 4),
        (Work(1, 4, 16, 2), 2),
        (Work(1, 4, 16, 0), 0),
        (Work(1, 4, 20, 1), 1),  # 16 alone, and three masks after the canvas
    ]
    assert all(step.ms > 0 for step in passes[1:])


def test_few_steps_are_at_least_one_a_block_and_a_short_prompt_is_not_read_apart():
    passes, _ = run(Decoder(network("sdar")), blocks_of(4), 2, 14, steps=1)
    assert [len(step.guesses) for step in passes[1:]] == [2, 0, 4, 0, 4, 0, 4]


def test_remasking_within_a_block_stays_exact(build):
    """ReMDM asks about settled positions of the open block too, the shifted first one among them."""
    for back in (0, 1):
        settings = {"steps": 16, "revise": "remdm_cap", "revise_level": 0.5, "seed": 3}
        _, read = run(build(network("sdar")), blocks_of(4, back=back), 8, 8, **settings)
        seen = seen_by_blocks(16, 4, 0)
        for step, ids, logits in read:
            at = [guess.position for guess in step.guesses]
            assert departure(logits, whole(network("sdar"), ids, 16, seen, at, back)) <= CLOSE


@pytest.mark.parametrize(
    "settings, says",
    [
        ({"cache": "dual"}, "never sees what comes after a block"),
        ({"revise": "wino"}, "never sees what comes after a block"),
        ({"revise": "edit"}, "never sees what comes after a block"),
        ({"revise": "renoise"}, "never sees what comes after a block"),
        ({"guidance": 0.5}, "cannot be guided"),
    ],
)
def test_what_a_block_causal_model_cannot_do_is_said_at_the_call(settings, says):
    with pytest.raises(ValueError, match=says):
        run(Decoder(network("sdar")), blocks_of(4), 4, 8, steps=4, **settings)


def test_dream_is_read_one_position_before(build):
    arrays = expected("dream-7b")
    ids = arrays["input_ids"][0]
    shifted = predicted(build(network("dream-7b")), partial(Bidirectional, back=1), ids, 0)
    assert departure(shifted, arrays["logits_shifted"][0]) <= CLOSE
    plain = predicted(build(network("dream-7b")), Bidirectional, ids, 0)
    assert departure(plain, arrays["logits"][0]) <= CLOSE
    assert departure(plain, arrays["logits_shifted"][0]) > FAR


@pytest.mark.parametrize("cache, queries", [("prefix", [24, 9, 24, 5]), ("dual", [24, 5, 24, 5])])
def test_a_shifted_window_starts_one_position_before_its_first(cache, queries):
    """The first pass over a window after a whole one, on the same ids, gives the whole pass's numbers."""
    arrays = expected("dream-7b")
    ids, (decoder, seen) = arrays["input_ids"][0], spied(Decoder(network("dream-7b")))
    canvas, rules = canvas_of(ids.tolist(), 16), DenoiseSettings(steps=4, blocks=2, cache=cache)
    predict = Bidirectional(decoder, rules, SPECIAL, canvas, torch.Generator(), back=1)
    fed = []
    for window in ([16, 17, 18, 19], [20, 21, 22, 23]):
        predict.begin(window)
        for _ in range(2):
            predict(ids, torch.tensor(window), 0.0)
            fed.append(predict.work.queries)
            assert departure(seen[-1], arrays["logits_shifted"][0, window]) <= CLOSE
    assert fed == queries


def test_guidance_hides_the_prompt_from_a_shifted_window_too():
    """A window of the first block starts at the prompt's last token, which the unguided row must not see."""
    ids, (decoder, seen) = expected("dream-7b")["input_ids"][0], spied(Decoder(network("dream-7b")))
    rules = DenoiseSettings(steps=4, cache="prefix", guidance=1.0)
    predict = Bidirectional(decoder, rules, SPECIAL, canvas_of(ids.tolist(), 16), torch.Generator(), back=1)
    predict.begin(list(range(16, 24)))
    for _ in range(2):
        predict(ids, torch.arange(16, 24), 0.0)
    assert departure(seen[0], seen[1]) <= CLOSE  # both rows: the window's row is blind where the whole one is


def test_a_shadow_of_a_shifted_model_is_read_one_position_before():
    """As if the shadow of one position stood alone: a mask in its place, and the token before it, from which it is read."""
    decoder, ids = Decoder(network("dream-7b")), expected("dream-7b")["input_ids"][0]
    canvas, at, length = canvas_of(ids.tolist(), 16), torch.tensor([17, 20, 23]), len(ids)
    predict = Bidirectional(decoder, DenoiseSettings(revise="wino"), SPECIAL, canvas, torch.Generator(), back=1)
    choice, unseen = predict.with_shadow(ids, at, 0.0)
    rules = expected("dream-7b")["logits_shifted"][0, at].index_fill(1, torch.tensor([SPECIAL.mask]), -torch.inf)
    assert torch.allclose(choice.log_p.exp(), rules.softmax(-1), atol=1e-5)
    for n, position in enumerate(at.tolist()):
        seen = torch.ones(length + 2, length + 2, dtype=torch.bool)
        seen[:length, length:] = False
        seen[length:, position - 1 : position + 1] = False
        alone = torch.cat([ids, torch.tensor([ids[position - 1], SPECIAL.mask])])
        places = torch.tensor([*range(length), position - 1, position])
        logits = decoder.logits(decoder.hidden(alone[None], positions=places, mask=seen))[0, length].clone()
        logits[SPECIAL.mask] = -torch.inf
        assert unseen[n].item() == pytest.approx(logits.softmax(-1)[ids[position]].item(), abs=1e-5)
