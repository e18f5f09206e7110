"""A decoder against its own stock class: the same numbers for any positions, mask or cache."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from playground.decoders import CanvasCache, Decoder, GraphDecoder, PackedDecoder, fastest_decoder
from playground.decoders.parity import prove
from playground.engine.twins import load_twins

PROMPT, LENGTH = 7, 12  # of a canvas of 19


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


def uncompiled(model):
    return PackedDecoder(model, lambda layers: layers)


def padded(model):
    """What runs on a GPU, with graphs that are run anew instead of replayed."""
    return GraphDecoder(model, lambda run: run)


@pytest.fixture(params=[Decoder, fastest_decoder, uncompiled, padded])
def build(request):
    """Each way of making a decoder from a stock class."""
    return request.param


@pytest.fixture
def ids():
    return torch.randint(5, 300, (2, PROMPT + LENGTH), generator=torch.Generator().manual_seed(3))


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
@pytest.mark.parametrize("rows, n", [(1, 1), (1, 5), (2, 19)])
def test_it_computes_what_the_class_computes(tiny, build, ids, twin, rows, n):
    model = getattr(tiny, twin).model
    decoder, some = build(model), ids[:rows, :n]
    close(decoder.logits(decoder.hidden(some)), model(some, use_cache=False).logits)
    assert decoder.vocabulary == model.config.vocab_size


def small(config_class, model_class, **more):
    """A model of another class, or other heads, than the twins."""
    torch.manual_seed(0)
    return model_class(
        config_class(
            vocab_size=300,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            intermediate_size=48,
            initializer_range=0.3,
            **more,
        )
    ).eval()


@pytest.mark.parametrize("causal", [True, False])
def test_a_class_that_makes_its_own_masks_is_given_ready_ones(ids, causal):
    model = small(LlamaConfig, LlamaForCausalLM, is_causal=causal)
    decoder, whole = fastest_decoder(model), model.model(ids, use_cache=False).last_hidden_state
    close(decoder.hidden(ids), whole)
    assert type(decoder) is Decoder


@pytest.mark.parametrize("causal", [True, False])
def test_heads_may_share_keys(build, ids, causal):
    model = small(Qwen3Config, Qwen3ForCausalLM, is_causal=causal, tie_word_embeddings=False)
    decoder = build(model)
    close(decoder.logits(decoder.hidden(ids)), model(ids, use_cache=False).logits)


def test_positions_turn_the_ids(tiny, build, ids):
    decoder = build(tiny.diffusion.model)
    order = torch.randperm(ids.shape[1], generator=torch.Generator().manual_seed(0))
    close(decoder.hidden(ids[:, order], positions=order), decoder.hidden(ids)[:, order])


def test_a_mask_hides_keys(tiny, build, ids):
    decoder, n = build(tiny.diffusion.model), ids.shape[1]
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    other = ids.clone()
    other[:, -1] = 42
    close(decoder.hidden(ids, mask=mask)[:, :-1], decoder.hidden(other, mask=mask)[:, :-1])
    close(decoder.hidden(ids, mask=mask.expand(2, n, n)), decoder.hidden(ids, mask=mask))
    assert not torch.allclose(decoder.hidden(ids, mask=mask), decoder.hidden(ids), atol=1e-2)


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
@pytest.mark.parametrize("window", [(0, 19), (7, 19), (7, 13), (18, 19)])
def test_a_window_of_an_unchanged_canvas_is_what_a_whole_pass_gives(tiny, build, ids, twin, window):
    decoder, cache = build(getattr(tiny, twin).model), CanvasCache()
    whole, at = decoder.hidden(ids, cache=cache), torch.arange(*window)
    assert cache.length == 19
    close(whole, decoder.hidden(ids))
    close(decoder.hidden(ids[:, at], positions=at, cache=cache), whole[:, at])


def test_a_window_of_all_positions_forgets_the_canvas_before(tiny, build, ids):
    decoder, cache = build(tiny.diffusion.model), CanvasCache()
    decoder.hidden(ids.flip(0), cache=cache)
    at = torch.arange(ids.shape[1])
    close(decoder.hidden(ids, positions=at, cache=cache), decoder.hidden(ids))
    decoder.hidden(ids[:, :9], cache=cache)  # a canvas of another length
    assert cache.length == 9


def test_a_window_writes_its_keys_into_place(tiny, build, ids):
    """After a window's change and a pass over all the rest, nothing of the old canvas is left in a one-layer view."""
    decoder, cache, at = build(tiny.diffusion.model), CanvasCache(), torch.arange(7, 13)
    decoder.hidden(ids, cache=cache)
    changed = ids.clone()
    changed[:, at] = 9
    first = decoder.hidden(changed[:, at], positions=at, cache=cache)
    assert not torch.allclose(first, decoder.hidden(ids)[:, at], atol=1e-2)
    close(decoder.hidden(changed[:, at], positions=at, cache=cache), first)  # the same window again sees the same keys


def test_a_mask_reaches_a_window_of_the_canvas(tiny, build, ids):
    decoder, cache, at = build(tiny.diffusion.model), CanvasCache(), torch.arange(7, 13)
    mask = torch.ones(19, 19, dtype=torch.bool)
    mask[:, 13:] = False
    whole = decoder.hidden(ids, mask=mask, cache=cache)
    close(decoder.hidden(ids[:, at], positions=at, mask=mask[at], cache=cache), whole[:, at])


def test_a_window_needs_a_canvas(tiny, build, ids):
    with pytest.raises(ValueError, match="all positions"):
        build(tiny.diffusion.model).hidden(ids, positions=torch.arange(19), cache=CanvasCache())


@pytest.mark.parametrize("cuts", [(7, 8, 9, 10, 19), (1, 2, 19), (19,)])
def test_steps_with_a_cache_are_one_causal_pass(tiny, build, ids, cuts):
    decoder = build(tiny.ar.model)
    ids = ids[:1]
    cache, whole, first = decoder.ar_cache(19), tiny.ar.model.model(ids, use_cache=False).last_hidden_state, 0
    for last in cuts:
        close(decoder.step(ids[:, first:last], cache), whole[:, last - 1])
        first = last


def test_texts_that_grow_in_turn_are_kept_apart(tiny, build, ids):
    decoder = build(tiny.ar.model)
    whole = tiny.ar.model.model(ids, use_cache=False).last_hidden_state
    for _ in range(2):  # the second time on whatever the first left behind
        caches = [decoder.ar_cache(19) for _ in ids]
        for row, cache in enumerate(caches):
            decoder.step(ids[row : row + 1, :7], cache)
        for at in range(7, 19):
            for row, cache in enumerate(caches):
                close(decoder.step(ids[row : row + 1, at : at + 1], cache)[0], whole[row, at])


def test_canvases_of_several_lengths_in_turn(tiny, build, ids):
    decoder = build(tiny.diffusion.model)
    for n in (19, 5, 12, 19):
        close(decoder.hidden(ids[:, :n]), tiny.diffusion.model.model(ids[:, :n], use_cache=False).last_hidden_state)


def test_the_twins_are_packed(tiny):
    assert isinstance(fastest_decoder(tiny.diffusion.model), PackedDecoder) and isinstance(
        fastest_decoder(tiny.ar.model), PackedDecoder
    )


@pytest.mark.parametrize("build", [fastest_decoder, padded])
def test_a_cache_of_steps_does_not_overflow(tiny, build, ids):
    decoder = build(tiny.ar.model)
    cache = decoder.ar_cache(10)
    decoder.step(ids[:1, :9], cache)
    with pytest.raises(ValueError, match="do not fit"):
        decoder.step(ids[:1, 9:11], cache)


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
def test_what_cannot_be_compiled_runs_uncompiled(tiny, monkeypatch, ids, twin):
    model = getattr(tiny, twin).model

    def fails(*_):
        raise RuntimeError("no TorchScript here")

    monkeypatch.setattr("torch.jit.script", fails)
    decoder = fastest_decoder(model)
    assert isinstance(decoder, PackedDecoder)
    close(decoder.hidden(ids), Decoder(model).hidden(ids))


@pytest.mark.parametrize("fault", ["raises", "lies", "answers no number"])
def test_what_fails_or_computes_something_else_is_not_used(tiny, monkeypatch, ids, fault, caplog):
    """The stock class takes over, and the log says why."""
    own = PackedDecoder.hidden

    def hidden(self, ids, *rest, **more):
        if fault == "raises":
            raise RuntimeError("out of luck")
        return own(self, ids, *rest, **more) * (1.001 if fault == "lies" else torch.nan)

    monkeypatch.setattr(PackedDecoder, "hidden", hidden)
    model = tiny.diffusion.model
    decoder = fastest_decoder(model)
    assert type(decoder) is Decoder and "set aside" in caplog.text
    close(decoder.hidden(ids), model.model(ids, use_cache=False).last_hidden_state)


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
def test_the_shipped_twins_are_packed_and_say_the_same(twins, twin):
    model = getattr(twins, twin).model
    ids = torch.arange(5, 86)[None]
    decoder = fastest_decoder(model)
    assert isinstance(decoder, PackedDecoder)
    close(decoder.logits(decoder.hidden(ids)), model(ids, use_cache=False).logits)


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
def test_what_runs_on_a_gpu_is_proved_for_both_twins(tiny, twin):
    """Of a bidirectional model too, every call of the proof: on a GPU its passes ran as they are, since its steps were causal."""
    model = getattr(tiny, twin).model
    prove(padded(model), Decoder(model))


@pytest.mark.gpu
@pytest.mark.parametrize("twin", ["diffusion", "ar"])
def test_on_a_gpu_passes_are_graphs_and_say_the_same(tiny_models, twin, caplog):
    checkpoint = getattr(load_twins("cuda", tiny_models), twin)
    decoder, eager = fastest_decoder(checkpoint.model), Decoder(checkpoint.model)
    assert isinstance(decoder, GraphDecoder), caplog.text
    for n in (5, 19, 64, 100):
        ids = torch.arange(5, 5 + n, device="cuda")[None]
        torch.testing.assert_close(decoder.hidden(ids), eager.hidden(ids), rtol=0.1, atol=0.1)
    caches = [way.ar_cache(40) for way in (decoder, eager)]
    for part in (ids[:, :20], *ids[:, 20:40].split(1, dim=1)):
        one, other = (way.step(part, cache) for way, cache in zip((decoder, eager), caches))
        torch.testing.assert_close(one, other, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("name", ["cache", "past_key_values"])
def test_a_class_is_given_its_cache_by_the_name_it_has_for_it(tiny, name, monkeypatch):
    """transformers renamed it in 5.24 and will not know the old name for ever."""
    model, given = tiny.ar.model, []
    own = Decoder(model)._cache_name
    forward = model.model.forward
    renamed = {
        "cache": lambda input_ids, cache=None, **rest: taken(input_ids, cache, rest),
        "past_key_values": lambda input_ids, past_key_values=None, **rest: taken(input_ids, past_key_values, rest),
    }[name]

    def taken(ids, cache, rest):
        given.append(cache)
        return forward(input_ids=ids, **{own: cache}, **rest)

    monkeypatch.setattr(model.model, "forward", renamed)
    decoder = Decoder(model)
    cache = decoder.ar_cache(4)
    with torch.inference_mode():
        decoder.step(torch.tensor([[5, 6]]), cache)
    assert given[-1] is cache and cache.get_seq_length() == 2


def block_mask(first, n, size=4):
    """What n positions from ``first`` on see: their own block of ``size`` and the blocks before it."""
    at = torch.arange(first, first + n)
    return (at // size)[:, None] >= torch.arange(first + n) // size


def test_positions_of_a_growing_text_are_taken_back(tiny, build, ids):
    """A block-causal text: each block is drafted twice and kept once, and is then what the whole sequence gives."""
    decoder, ids = build(tiny.diffusion.model), ids[:1, :16]
    whole = Decoder(tiny.diffusion.model).hidden(ids, mask=block_mask(0, 16))
    cache = decoder.block_cache(16)
    close(decoder.hidden(ids[:, :8], mask=block_mask(0, 8), cache=cache), whole[:, :8])
    for first in (8, 12):
        for draft in (ids.flip(1), ids + 1):
            decoder.hidden(draft[:, first : first + 4], cache=cache)
            assert cache.held == first + 4
            cache.rewind(first)
        assert cache.held == first
        cache.rewind(first + 4)  # there is nothing to take back
        close(decoder.hidden(ids[:, first : first + 4], cache=cache), whole[:, first : first + 4])


def test_steps_are_taken_back(tiny, build, ids):
    decoder, ids = build(tiny.ar.model), ids[:1]
    whole = tiny.ar.model.model(ids, use_cache=False).last_hidden_state
    cache = decoder.ar_cache(19)
    decoder.step(ids[:, :7], cache)
    for token in ids[0, 10:13]:
        decoder.step(token[None, None], cache)
    cache.rewind(7)
    for at in range(7, 19):
        close(decoder.step(ids[:, at : at + 1], cache), whole[:, at])
    cache.rewind(0)
    close(decoder.step(ids[:, :5], cache), whole[:, 4])
