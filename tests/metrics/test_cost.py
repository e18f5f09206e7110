"""The arithmetic of a pass is that of torch's own counter on a real model; shares are work over time over peak."""

from contextlib import contextmanager

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import DynamicCache, Qwen3Config, Qwen3ForCausalLM

from playground.decoders.decoder import cache_argument
from playground.device.peak import measured_peak
from playground.metrics.cost import Cost, DecoderShape, Peak, busy, pass_cost
from playground.request.race_request import RaceRequest


@contextmanager
def counting():
    """Torch's counter over the plain attention, which it can see into on a CPU."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        yield counter


@pytest.fixture(scope="module")
def shared_keys():
    """Query heads that share key heads, and heads wider than hidden over heads."""
    config = Qwen3Config(
        vocab_size=99,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=40,
        is_causal=False,
    )
    return Qwen3ForCausalLM(config).eval()


def shape(model) -> DecoderShape:
    return DecoderShape.of(model.config, 4)


@pytest.mark.parametrize("rows", [1, 2])
def test_operations_of_a_whole_canvas(tiny, shared_keys, rows):
    for model in (tiny.diffusion.model, shared_keys):
        ids = torch.arange(40).repeat(rows, 1)
        with counting() as counter:
            model.lm_head(model.model(ids, use_cache=False).last_hidden_state[:, :7])
        assert pass_cost(shape(model), 40, 40, 7 * rows, rows).flops == pytest.approx(
            counter.get_total_flops(), rel=0.02
        )


def test_operations_of_one_step_with_a_cache(tiny):
    model, cache = tiny.ar.model, {cache_argument(tiny.ar.model): DynamicCache(config=tiny.ar.model.config)}
    with torch.no_grad():
        model.model(torch.arange(20)[None], **cache)
    with counting() as counter:
        model.lm_head(model.model(torch.tensor([[5]]), **cache).last_hidden_state)
    assert pass_cost(shape(model), 1, 21, 1).flops == pytest.approx(counter.get_total_flops(), rel=0.02)


def test_weights_cross_the_bus_once_however_many_positions_share_them(tiny):
    model = tiny.ar.model
    weights = 4 * sum(p.numel() for p in model.parameters() if p.dim() == 2)  # the tied head is one of them
    one, many = (pass_cost(shape(model), n, n, n).bytes for n in (1, 64))
    assert weights < one < 1.1 * weights and many < 64 * one / 4


def test_a_longer_cache_moves_more_bytes_and_a_narrower_type_fewer(tiny):
    wide, narrow = (DecoderShape.of(tiny.ar.model.config, size) for size in (4, 2))
    per_key = 2 * wide.kv_heads * wide.head_dim * wide.layers * 4
    assert pass_cost(wide, 1, 101, 1).bytes - pass_cost(wide, 1, 100, 1).bytes == per_key
    assert pass_cost(narrow, 1, 100, 1).bytes == pass_cost(wide, 1, 100, 1).bytes / 2


def test_costs_add_up_and_become_shares():
    total = Cost(300.0, 20.0) + Cost(100.0, 20.0)
    share = busy(total, 2.0, Peak(1000.0, 100.0))
    assert (share.flops, share.bytes) == (0.2, 0.2)
    assert busy(total, 0.0, Peak(1.0, 1.0)) is None


@pytest.mark.parametrize("settings", [{}, {"cache": "dual", "blocks": 2}, {"guidance": 1.0}, {"revise": "wino"}])
def test_a_race_tells_the_work_of_each_lane(tiny, settings):
    run = tiny.start(RaceRequest("I need a dentist", length=16, steps=4, **settings))
    list(run.frames())
    rows, prompt = run.trace.verdict["lanes"], run.trace.lanes[0].prompt
    steps = [pass_cost(shape(tiny.ar.model), prompt, prompt, 1)]
    steps += [pass_cost(shape(tiny.ar.model), 1, prompt + at, 1) for at in range(1, 16)]
    assert rows["ar"]["flops_per_pass"] == pytest.approx(sum(step.flops for step in steps) / 16)
    assert rows["ar"]["bytes_per_pass"] == pytest.approx(sum(step.bytes for step in steps) / 16)
    whole = pass_cost(shape(tiny.diffusion.model), prompt + 16, prompt + 16, 16).flops
    found = rows["diffusion"]["flops_per_pass"]
    assert found < whole if not settings or "cache" in settings else found > whole
    assert rows["diffusion"]["flops_share"] > 0 and run.trace.verdict["peak"]["flops_per_s"] > 0


def test_a_peak_is_measured_once():
    peak = measured_peak(torch.device("cpu"), torch.float32)
    assert peak.flops_per_s > 0 and peak.bytes_per_s > 0
    assert measured_peak(torch.device("cpu"), torch.float32) is peak
