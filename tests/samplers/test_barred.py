"""Ids that stand for no text are never written, by either sampler: those outside of the vocabulary, and special tokens."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from playground.catalog.records import DIFFUSION_TWIN
from playground.decoders.special_ids import SpecialIds, special_ids
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import NO_MASK, Noise

WIDTH = 400  # of a head over 360 tokens


class Fond:
    """A decoder whose head is wider than the vocabulary, and which is fond of certain ids."""

    vocabulary = WIDTH

    def __init__(self, decoder, ids):
        self._decoder, self._ids = decoder, torch.tensor(ids)

    def __getattr__(self, name):
        return getattr(self._decoder, name)

    def logits(self, hidden):
        wide = torch.nn.functional.pad(self._decoder.logits(hidden), (0, WIDTH - self._decoder.vocabulary), value=20.0)
        return wide.index_fill(-1, self._ids, 30.0)


@pytest.fixture
def tokenizer(tiny_models):
    """The tiny tokenizer with special tokens that no list of special ids names, and one added word that is none."""
    read = PreTrainedTokenizerFast.from_pretrained(tiny_models / "tokenizer")
    read.add_special_tokens({"additional_special_tokens": ["<|turn|>"]})
    read.add_tokens(["<think>"])
    return read


def test_what_stands_for_no_text_is_barred(tokenizer):
    turn, think = tokenizer.convert_tokens_to_ids(["<|turn|>", "<think>"])
    special = special_ids(DIFFUSION_TWIN, tokenizer, WIDTH)
    assert {turn, special.mask, *range(think + 1, WIDTH)} <= set(special.barred)
    assert not {think, special.end, 5} & set(special.barred)
    ended = special_ids(replace(DIFFUSION_TWIN, ends=("<|turn|>",)), tokenizer, WIDTH)
    assert turn in ended.ends and turn not in ended.barred


def test_the_twins_bar_their_mask_alone(twins):
    """So their runs are what they were before other ids were barred."""
    for twin in (twins.diffusion, twins.ar):
        assert twin.special.barred == (twin.special.mask,)


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_no_sampler_writes_them(tiny, tokenizer, temperature):
    special = special_ids(DIFFUSION_TWIN, tokenizer, WIDTH)
    canvas = blank(tiny.diffusion.encode("Hi there"), 12, tiny.diffusion.noise)
    fond = Fond(tiny.diffusion.decoder, [350, tokenizer.convert_tokens_to_ids("<|turn|>"), special.mask])
    for bar_end in (True, False):
        rules = DenoiseSettings(steps=4, temperature=temperature, bar_end=bar_end)
        passes = list(denoise(fond, canvas, rules, special, tiny.diffusion.noise))
        assert not set(passes[-1].ids[canvas.start :]) & set(special.barred)
        assert not {token for step in passes[1:] for guess in step.guesses for token, p in guess.best if p} & set(
            special.barred
        )
    fond = Fond(tiny.ar.decoder, [350, tokenizer.convert_tokens_to_ids("<|turn|>"), special.mask])
    passes = list(autoregress(fond, canvas, AutoregressSettings(temperature, bar_end=True), special))
    assert not set(passes[-1].ids[canvas.start :]) & set(special.barred)


def test_a_model_without_a_mask_has_noise_that_it_never_reads(tiny, tokenizer):
    """An AR partner: its canvas holds a place for each token to write, which no decoder is fed."""
    special = SpecialIds(tiny.ar.special.end, None)
    noise = Noise.of(tokenizer, special)
    canvas = blank(tiny.ar.encode("Hi there"), 6, noise)
    assert noise.mask == NO_MASK and set(canvas.ids[canvas.start :]) == {NO_MASK}
    passes = list(autoregress(tiny.ar.decoder, canvas, AutoregressSettings(bar_end=True), special))
    assert len(passes) == 7 and min(passes[-1].ids) >= 0
    with pytest.raises(ValueError, match="no mask token"):
        denoise(tiny.diffusion.decoder, canvas, DenoiseSettings(steps=2), special, noise)


def test_special_ids_that_a_class_lists_nowhere_are_found_where_they_were_added():
    """As Qwen's tokens of turns and pictures, which ``all_special_ids`` leaves out."""
    added = {3: SimpleNamespace(special=True), 4: SimpleNamespace(special=False), 9: SimpleNamespace(special=True)}
    made = SimpleNamespace(
        get_vocab=lambda: {f"t{n}": n for n in (0, 1, 2, 3, 4, 9)},
        added_tokens_decoder=added,
        all_special_ids=[0, 1],
        eos_token_id=0,
        mask_token_id=1,
    )
    special = special_ids(DIFFUSION_TWIN, made, 8)  # 5 to 7 are unknown, and 9 lies outside of the head
    assert special.barred == (1, 3, 5, 6, 7)
