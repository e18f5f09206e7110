"""What cannot be a CUDA graph runs as the stock class, and the log says so; and blocks after a cache, with graphs.

Captures here are functions: a machine without a GPU runs the pass again, or raises as a GPU would.
"""

import logging

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

import playground.decoders.cuda_graphs as cuda_graphs
import playground.decoders.fastest as fastest
from playground.decoders import Decoder, GraphDecoder, PackedDecoder, fastest_decoder
from playground.decoders.cuda_graphs import BUCKET
from playground.decoders.parity import Unequal, prove
from playground.engine.twins import load_twins
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


def again(run):
    return run


class Full:
    """A capture that finds room for so many graphs."""

    def __init__(self, room):
        self.room = room

    def __call__(self, run):
        if self.room == 0:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has 79 GiB in all.")
        self.room -= 1
        return run


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def ids_of(n, rows=1):
    return torch.randint(5, 300, (rows, n), generator=torch.Generator().manual_seed(n))


def test_a_later_shape_without_room_runs_as_the_class_and_the_others_stay_graphs(tiny, caplog):
    model = tiny.diffusion.model
    decoder, eager = GraphDecoder(model, Full(room=1)), Decoder(model)
    for _ in range(2):
        for n in (10, BUCKET + 5):
            close(decoder.hidden(ids_of(n)), eager.hidden(ids_of(n)))
    assert list(decoder.uncaptured) == [f"passes over 1 x {2 * BUCKET} positions"]
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1, "it is tried once and said once"
    assert said[0].endswith("without a CUDA graph (OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.).")


def test_steps_without_room_run_as_the_class_and_finished_graphs_are_used_again(tiny):
    model = tiny.ar.model
    decoder, whole = GraphDecoder(model, Full(room=1)), Decoder(model).hidden(ids_of(12))
    first, second = decoder.ar_cache(12), decoder.ar_cache(12)  # at the same time, so that two graphs are needed
    for last in range(4, 13):
        for cache in (first, second):
            close(decoder.step(ids_of(12)[:, 0 if last == 4 else last - 1 : last], cache), whole[:, last - 1])
    assert list(decoder.uncaptured) == [f"AR steps with {BUCKET} positions"]
    graph = first._steps
    del first, cache
    assert decoder.ar_cache(12)._steps is graph


def test_a_race_goes_on_when_a_capture_fails(tiny):
    """The whole sampler, on a decoder that can capture nothing, writes what the class writes."""
    twin = tiny.diffusion
    canvas = blank(range(5, 12), 16, twin.noise)
    settings = DenoiseSettings(steps=4)
    graphs, plain = (
        [step.ids for step in denoise(decoder, canvas, settings, twin.special, twin.noise)]
        for decoder in (GraphDecoder(twin.model, Full(room=0)), Decoder(twin.model))
    )
    assert graphs == plain


@pytest.mark.parametrize("twin", ["diffusion", "ar"])
def test_a_model_that_cannot_be_captured_runs_as_it_is_and_the_log_says_so_once(tiny, twin, monkeypatch, caplog):
    def waits(run):
        raise RuntimeError("called a synchronizing CUDA operation")

    monkeypatch.setattr(cuda_graphs.GraphDecoder, "__init__", _init_with(waits))
    monkeypatch.setattr(fastest, "_ways", lambda model: [fastest._graphs])
    decoder = fastest_decoder(getattr(tiny, twin).model)
    assert type(decoder) is Decoder
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1 and "was set aside (RuntimeError: called a synchronizing CUDA operation)" in said[0]


def test_the_first_graphs_are_those_of_the_proof(tiny, monkeypatch):
    made = []

    def counted(run):
        made.append(run)
        return run

    monkeypatch.setattr(cuda_graphs.GraphDecoder, "__init__", _init_with(counted))
    monkeypatch.setattr(fastest, "_ways", lambda model: [fastest._graphs])
    assert isinstance(fastest_decoder(tiny.diffusion.model), GraphDecoder)
    assert len(made) == 3  # a pass in one row, one in two rows, and AR steps: none is made twice


def _init_with(capture):
    own = GraphDecoder.__init__
    return lambda self, model: own(self, model, capture)


def test_the_proof_finds_a_graph_that_repeats_its_first_pass(tiny):
    """A replay that ignores the ids that are copied into the graph's memory."""

    def frozen(run):
        kept = []

        def replay():
            kept[:] = kept or [run().clone()]
            return kept[0]

        return replay

    with pytest.raises(Unequal, match="another row: off by"):
        prove(GraphDecoder(tiny.diffusion.model, frozen), Decoder(tiny.diffusion.model), rounds=1)


@pytest.mark.parametrize("causal", [False, True])
def test_blocks_after_a_cache_may_be_drafted_taken_back_and_kept(tiny, causal):
    """As a block-causal sampler does it, with a graph's cache and with the class's own."""
    model = (tiny.ar if causal else tiny.diffusion).model
    ids, n, block = ids_of(20), 8, 4
    mask = torch.arange(20)[:, None] >= torch.arange(20)[None] if causal else _blocks(20, n, block)
    whole = Decoder(model).hidden(ids, mask=mask)
    decoder = GraphDecoder(model, again)
    cache = decoder.block_cache(20)
    close(decoder.hidden(ids[:, :n], mask=mask[:n, :n], cache=cache), whole[:, :n])
    for first in range(n, 20, block):
        for _ in range(2):  # drafts of other tokens
            decoder.hidden(ids[:, first : first + block].flip(1), cache=cache)
            cache.rewind(first)
        close(decoder.hidden(ids[:, first : first + block], cache=cache), whole[:, first : first + block])


def _blocks(n, prompt, block):
    of = torch.cat([torch.zeros(prompt, dtype=torch.long), 1 + torch.arange(n - prompt) // block])
    return of[:, None] >= of[None]


def test_a_step_after_positions_were_taken_back_stands_where_it_should(tiny):
    model, ids = tiny.ar.model, ids_of(12)
    decoder, whole = GraphDecoder(model, again), Decoder(model).hidden(ids)
    cache = decoder.ar_cache(12)
    decoder.step(ids[:, :6], cache)
    for at in (6, 7, 8):
        decoder.step(ids[:, at : at + 1].add(1) % 290 + 5, cache)
    cache.rewind(6)
    for at in range(6, 12):
        close(decoder.step(ids[:, at : at + 1], cache), whole[:, at])


@pytest.fixture(scope="module")
def experts():
    torch.manual_seed(0)
    config = Qwen3MoeConfig(
        vocab_size=300,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=48,
        moe_intermediate_size=16,
        num_experts=8,
        num_experts_per_tok=2,
        norm_topk_prob=False,
        initializer_range=0.3,
        is_causal=False,
    )
    return Qwen3MoeForCausalLM(config).eval()


def test_a_model_with_experts_is_proved_with_graphs(experts):
    prove(GraphDecoder(experts, again), Decoder(experts), rounds=2)


def test_on_a_cpu_no_faster_way_is_built_for_a_model_that_it_does_not_suit(experts, monkeypatch):
    """Nothing is packed, so nothing is copied and no pass runs: that costs minutes with 8 billion parameters."""
    monkeypatch.setattr("playground.decoders.fastest.prove", lambda *_, **__: pytest.fail("a proof ran"))
    monkeypatch.setattr(
        "playground.decoders.fastest.PackedLayers", lambda *_: pytest.fail("a model was packed that does not suit")
    )
    assert type(fastest_decoder(experts)) is Decoder


@pytest.mark.parametrize("dtype, most", [(torch.bfloat16, None), (torch.float32, 1000)])
def test_on_a_cpu_neither_bfloat16_nor_a_large_model_is_proved(tiny_models, monkeypatch, dtype, most):
    model = AutoModelForCausalLM.from_pretrained(tiny_models / "twin-diffusion", dtype=dtype).eval()
    if most:
        monkeypatch.setattr("playground.decoders.packed.MOST_PARAMETERS", most)
    monkeypatch.setattr("playground.decoders.fastest.prove", lambda *_, **__: pytest.fail("a proof ran"))
    decoder = fastest_decoder(model)
    assert type(decoder) is Decoder and not isinstance(decoder, PackedDecoder)


def test_an_encoder_runs_as_it_is_on_any_device(monkeypatch, caplog):
    """ModernBERT: its head stands between its layers and its vocabulary, so neither graphs nor packed layers suit it."""
    torch.manual_seed(0)
    ends = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0, cls_token_id=1, sep_token_id=2)
    sizes = dict(vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
    model = ModernBertForMaskedLM(ModernBertConfig(**sizes, **ends)).eval()
    monkeypatch.setattr(fastest, "_ways", lambda model: [fastest._graphs])
    decoder = fastest_decoder(model)
    close(decoder.logits(decoder.hidden(ids_of(9))), model(ids_of(9)).logits)
    assert not caplog.records


@pytest.mark.gpu
def test_on_a_gpu_experts_that_wait_are_found_before_the_capture(experts, caplog):
    model = experts.to("cuda")
    model.set_experts_implementation("eager")  # one expert after the other: the host waits for the router
    decoder = fastest_decoder(model)
    assert type(decoder) is Decoder and "set aside" in caplog.text
    torch.rand(3, device="cuda")  # a broken capture would leave the generator unusable
    assert decoder.hidden(ids_of(9).cuda()).isfinite().all()


@pytest.mark.gpu
def test_on_a_gpu_a_shape_without_room_leaves_the_race_running(tiny_models):
    model = load_twins("cuda", tiny_models).diffusion.model
    decoder, eager = GraphDecoder(model, Full(room=0)), Decoder(model)
    ids = ids_of(30).cuda()
    torch.testing.assert_close(decoder.hidden(ids), eager.hidden(ids), rtol=0.1, atol=0.1)
