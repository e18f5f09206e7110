"""The arithmetic of a pass is that of torch's own counter on a real model; shares are work over time over peak."""

from contextlib import contextmanager

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    DynamicCache,
    Glm4MoeConfig,
    Glm4MoeForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaOnevisionConfig,
    Ministral3Config,
    Ministral3ForCausalLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
    Starcoder2Config,
    Starcoder2ForCausalLM,
)

from playground.decoders.decoder import cache_argument
from playground.decoders.encoder import decoder_of
from playground.device.peak import measured_peak
from playground.metrics.cost import Cost, DecoderShape, Experts, Peak, busy, pass_cost
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


WITHOUT_KV = dict(vocab_size=99, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=40)
COMMON = dict(WITHOUT_KV, num_key_value_heads=2)
EXPERTS = dict(COMMON, head_dim=8, num_experts_per_tok=2, moe_intermediate_size=12)
ENDS = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
MODELS = {
    "Llama": (LlamaForCausalLM, lambda: LlamaConfig(**COMMON, head_dim=8, is_causal=False)),
    "Qwen2": (Qwen2ForCausalLM, lambda: Qwen2Config(**COMMON, is_causal=False)),
    "Qwen3": (Qwen3ForCausalLM, lambda: Qwen3Config(**COMMON, head_dim=8, tie_word_embeddings=True)),
    "Qwen3Moe": (Qwen3MoeForCausalLM, lambda: Qwen3MoeConfig(**EXPERTS, num_experts=8, norm_topk_prob=False)),
    "Qwen3Moe, one layer dense": (
        Qwen3MoeForCausalLM,
        lambda: Qwen3MoeConfig(**EXPERTS, num_experts=8, mlp_only_layers=[1]),
    ),
    "Qwen3Moe, every second layer": (
        Qwen3MoeForCausalLM,
        lambda: Qwen3MoeConfig(**EXPERTS, num_experts=8, decoder_sparse_step=2),
    ),
    "Qwen3Moe, one expert a position": (
        Qwen3MoeForCausalLM,
        lambda: Qwen3MoeConfig(**{**EXPERTS, "num_experts_per_tok": 1}, num_experts=8),
    ),
    "Glm4Moe": (
        Glm4MoeForCausalLM,
        lambda: Glm4MoeConfig(
            **EXPERTS, n_routed_experts=8, n_shared_experts=2, first_k_dense_replace=1, n_group=4, topk_group=2
        ),
    ),
    "Ministral3": (Ministral3ForCausalLM, lambda: Ministral3Config(**COMMON, head_dim=8)),
    "ModernBert": (
        ModernBertForMaskedLM,
        lambda: ModernBertConfig(**WITHOUT_KV, **ENDS, cls_token_id=1, sep_token_id=2, local_attention=8),
    ),
    "GPT-NeoX, no gate": (GPTNeoXForCausalLM, lambda: GPTNeoXConfig(**WITHOUT_KV)),
    "Starcoder2, no gate": (Starcoder2ForCausalLM, lambda: Starcoder2Config(**COMMON, **ENDS)),
    "OPT, another name for the width": (
        OPTForCausalLM,
        lambda: OPTConfig(
            vocab_size=99,
            hidden_size=24,
            num_hidden_layers=3,
            num_attention_heads=4,
            ffn_dim=40,
            word_embed_proj_dim=24,
        ),
    ),
    "GPT-2, no width": (GPT2LMHeadModel, lambda: GPT2Config(vocab_size=99, n_embd=24, n_layer=3, n_head=4, **ENDS)),
}
WITH_POSITIONS = ("OPT", "GPT-2")  # their embeddings of positions are no matrix of a pass


@pytest.mark.parametrize("name", MODELS)
def test_operations_and_parameters_of_a_stock_class_are_exact(name):
    """Against torch's counter and the model's own tensors. The counter sees each expert's matrix product only where a
    class runs them one by one, so that is chosen here. Some versions multiply for rotary positions, which the
    formula leaves out."""
    model_class, config = MODELS[name]
    torch.manual_seed(0)
    model = model_class(config()).eval()
    if hasattr(model, "set_experts_implementation"):
        model.set_experts_implementation("eager")
    ids = torch.randint(5, 99, (2, 20))
    with counting() as counter:
        model(ids)
    rotary = sum(
        sum(row.values()) for module, row in counter.get_flop_counts().items() if "rotary" in module.split(".")[-1]
    )
    assert pass_cost(shape(model), 20, 20, 40, 2).flops == counter.get_total_flops() - rotary
    if not name.startswith(WITH_POSITIONS):
        assert shape(model).parameters == sum(p.numel() for p in model.parameters() if p.dim() > 1)


def test_an_encoder_computes_its_dense_head_at_every_position():
    """Its decoder applies it to the whole text, and the output matrix to the positions that are asked for."""
    model_class, config = MODELS["ModernBert"]
    decoder = decoder_of(model_class(config()).eval())
    ids = torch.arange(5, 25)[None]
    with counting() as counter:
        decoder.logits(decoder.hidden(ids)[:, :3])
    assert pass_cost(shape(decoder.model), 20, 20, 3).flops == counter.get_total_flops()


def test_a_model_with_pictures_is_counted_by_its_language_model():
    text = LlamaConfig(**COMMON, head_dim=8)
    assert DecoderShape.of(LlavaOnevisionConfig(text_config=text), 2) == DecoderShape.of(text, 2)


def test_a_pass_hits_as_many_experts_as_even_choices_do():
    """Against a simulation: each position draws its experts without repetition."""
    experts, generator = Experts(count=16, active=3, intermediate=8), torch.Generator().manual_seed(0)
    for positions in (1, 4, 20):
        draws = torch.rand(4000, positions, 16, generator=generator).topk(3, dim=-1).indices.flatten(1)
        hit = torch.zeros(4000, 16).scatter_(1, draws, 1.0).sum(1).mean().item()
        assert experts.distinct(positions) == pytest.approx(hit, rel=0.01)
    assert experts.distinct(1) == pytest.approx(3)


def test_one_position_reads_its_own_experts_and_a_canvas_nearly_all():
    config = MODELS["Qwen3Moe"][1]()
    moe, experts = DecoderShape.of(config, 1), 3 * 3 * 24 * 12  # of three layers: gate, up and down of one expert each
    one, many = (pass_cost(moe, n, n, 0).bytes for n in (1, 64))
    dense = DecoderShape.of(Qwen3Config(**COMMON, head_dim=8), 1)
    assert one < pass_cost(dense, 1, 1, 0).bytes + 2 * experts
    assert many > 8 * experts > 3.9 * 2 * experts
    # Operations, other than bytes, do not depend on which experts are hit.
    assert pass_cost(moe, 64, 1, 0).flops == 64 * pass_cost(moe, 1, 1, 0).flops


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
