"""Measures models with the shapes of LLaDA-8B, Llama-3-8B and LLaDA-MoE-7B-A1B: stock classes with random weights in
bfloat16, made on the device.

A pass of a dense model reads each weight once, so its time is at least the bytes of the weights divided by the device's
measured memory bandwidth. Of a mixture of experts it reads the experts that its positions are sent to; they are counted.
Random weights take as long as trained ones. A random router may be more or less even than a trained one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedConfig, Qwen3MoeConfig
from transformers.models.llama import modeling_llama

from playground.decoders import Decoder, GraphDecoder, fastest_decoder
from playground.decoders.cuda_graphs import Capture, captured, give_back_memory
from playground.decoders.special_ids import SpecialIds
from playground.device.clock import synchronise
from playground.device.peak import measured_peak
from playground.metrics.cost import Cost, DecoderShape, busy, pass_cost
from playground.request.sampler_settings import DenoiseSettings
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import blank
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass

TARGET = 0.60  # share of the measured memory bandwidth
COMMON = dict(
    hidden_size=4096,
    num_hidden_layers=32,
    num_attention_heads=32,
    head_dim=128,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
    rope_parameters={"rope_type": "default", "rope_theta": 500_000.0},
    tie_word_embeddings=False,
)
LLADA = LlamaConfig(**COMMON, num_key_value_heads=32, intermediate_size=12288, vocab_size=126464, is_causal=False)
LLAMA = LlamaConfig(**COMMON, num_key_value_heads=8, intermediate_size=14336, vocab_size=128256)
LLADA_MOE = Qwen3MoeConfig(
    hidden_size=2048,
    num_hidden_layers=16,
    num_attention_heads=16,
    num_key_value_heads=16,
    head_dim=128,
    intermediate_size=8192,  # of dense layers, of which there are none
    moe_intermediate_size=1024,
    num_experts=64,
    num_experts_per_tok=8,
    norm_topk_prob=False,
    vocab_size=157184,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
    rope_parameters={"rope_type": "default", "rope_theta": 50_000.0},
    tie_word_embeddings=False,
    is_causal=False,
)


@dataclass(frozen=True)
class Plan:
    """The sizes and ways of a measurement."""

    prompt: int = 64  # positions
    canvas: int = 128  # positions; the output head runs on them
    context: int = 512  # positions in the cache, in the middle of the AR steps
    tokens: int = 128  # AR steps
    steps: int = 16  # passes of the diffusion sampler
    ways: tuple[str, ...] = ("class", "graphs")  # see ``decoders``
    rounds: int = 15  # repetitions of each way
    quick_rounds: int = 3  # repetitions of slow ways
    backend: str = "inductor"  # of torch.compile
    capture: Capture = captured  # see GraphDecoder


OVER_64 = Plan(prompt=32, canvas=32)
OVER_128 = Plan(prompt=64, canvas=64)
COMPILED = Plan(prompt=64, canvas=64, ways=("class", "compiled graphs"), quick_rounds=1)
TUNED = Plan(prompt=64, canvas=64, ways=("class", "tuned graphs"), quick_rounds=1)


def build(config: PreTrainedConfig, device: torch.device, dtype: torch.dtype = torch.bfloat16) -> torch.nn.Module:
    """A model of the stock class with random weights, created on ``device`` without a copy on the host."""
    torch.manual_seed(0)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=dtype).eval().requires_grad_(False)


class OneModel:
    """Builds large models, and holds at most one: a device has no room for two."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._config: PreTrainedConfig | None = None
        self._model: torch.nn.Module | None = None

    def measure(
        self, config: PreTrainedConfig, part: Callable[[torch.nn.Module], dict[str, Any]], keep: bool = False
    ) -> dict[str, Any]:
        """The figures of one part on the model of this config. keep: the next part needs it too, so it stays."""
        try:
            return {**part(self._of(config)), **memory(self._device)}
        finally:
            if not keep:
                self.free()

    def _of(self, config: PreTrainedConfig) -> torch.nn.Module:
        if self._model is None or self._config is not config:
            self.free()
            self._config, self._model = config, build(config, self._device)
            synchronise(self._device)
        return self._model

    def free(self) -> None:
        """Give the model's memory back to the device."""
        self._config = self._model = None
        give_back_memory(self._device)


def memory(device: torch.device) -> dict[str, float]:
    """The most memory that tensors have had in GB since the last call; nothing on a CPU."""
    if device.type != "cuda":
        return {}
    most = torch.cuda.max_memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    return {"peak_memory_gb": round(most / 1e9, 1)}


@contextmanager
def fused(model: torch.nn.Module, backend: str | Callable, tuned: bool = False) -> Iterator[None]:
    """Within this context torch.compile fuses the small operations between matrix products.

    Of a bidirectional model whole layers are compiled, once for all layers. Of a causal model only norms, MLPs and
    rotary positions are: a layer passes its number to the cache, so every layer would be compiled separately. With
    ``tuned`` the matrix products are compiled too, with the fastest of many kernels for each.
    """
    how: dict[str, Any] = {"backend": backend, "dynamic": False}
    if tuned and backend == "inductor":
        how["mode"] = "max-autotune-no-cudagraphs"

    with ExitStack() as stack:
        stack.callback(torch.compiler.reset)
        if getattr(model.config, "is_causal", True):
            parts: list[torch.nn.Module] = [
                part
                for part in model.modules()
                if isinstance(part, (modeling_llama.LlamaRMSNorm, modeling_llama.LlamaMLP))
            ]
            if tuned:
                parts += [
                    part
                    for layer in model.model.layers
                    for part in layer.self_attn.children()
                    if isinstance(part, torch.nn.Linear)
                ]
            rotary = torch.compile(modeling_llama.apply_rotary_pos_emb, **how)
            stack.enter_context(patch.object(modeling_llama, "apply_rotary_pos_emb", rotary))
        else:
            parts = list(model.model.layers)
        for part in parts + ([model.get_output_embeddings()] if tuned else []):
            part.compile(**how)
        yield


def weight_bytes(model: torch.nn.Module, experts_read: float = 1.0) -> float:
    """Bytes of the weights that a pass reads: all except an untied embedding table, and of the experts this share."""
    looked_up = model.get_input_embeddings().weight
    tied = looked_up is model.get_output_embeddings().weight
    return sum(
        p.numel() * p.element_size() * (experts_read if ".experts." in name else 1)
        for name, p in model.named_parameters()
        if tied or p is not looked_up
    )


@torch.inference_mode()
def experts_hit(model: torch.nn.Module, ids: torch.Tensor) -> float | None:
    """How many experts of a layer the positions of one pass are sent to, as the mean over layers; None if the model
    has no experts. ids: int64 [rows, n]."""
    hit: list[int] = []

    def count(_: torch.nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        chosen = next(one for one in (*given, *named.values()) if torch.is_tensor(one) and not one.is_floating_point())
        hit.append(chosen.unique().numel())

    decoder, layers = Decoder(model), 0
    with ExitStack() as stack:
        for name, module in model.named_modules():
            if name.endswith(".experts"):
                stack.callback(module.register_forward_pre_hook(count, with_kwargs=True).remove)
                layers += 1
        decoder.hidden(ids)
    return sum(hit) / layers if hit else None


def times(
    call: Callable[[], Any], device: torch.device, rounds: int, prepare: Callable[[], Any] = lambda: None
) -> list[float]:
    """Times of ``rounds`` calls in ms, with the device synchronised, after a warm-up call. ``prepare`` runs before
    each call and is not timed."""
    out = []
    for _ in range(rounds + 1):
        prepare()
        synchronise(device)
        began = time.perf_counter()
        call()
        synchronise(device)
        out.append((time.perf_counter() - began) * 1000)
    return out[1:]


@torch.inference_mode()
def pass_times(decoder: Decoder, plan: Plan, rounds: int) -> tuple[list[float], torch.Tensor]:
    """Times of passes over prompt and canvas in ms, and the logits [vocabulary] of the canvas's first position."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(decoder.vocabulary, (1, plan.prompt + plan.canvas), generator=generator).to(decoder.device)
    kept: list[torch.Tensor] = []

    def one() -> None:
        kept[:] = [decoder.logits(decoder.hidden(ids)[:, plan.prompt :])]

    return times(one, decoder.device, rounds), kept[0][0, 0].float()


@torch.inference_mode()
def step_times(decoder: Decoder, plan: Plan, rounds: int) -> tuple[list[float], torch.Tensor]:
    """Times of one AR step in ms, each the mean over ``plan.tokens`` greedy steps, and the logits [vocabulary] of the
    first step."""
    first = plan.context - plan.tokens // 2
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(decoder.vocabulary, (1, first), generator=generator).to(decoder.device)
    state: dict[str, Any] = {}

    def read() -> None:
        state["cache"] = None  # releases its memory before the next one is created
        state["cache"] = decoder.ar_cache(first + plan.tokens)
        state["logits"] = decoder.logits(decoder.step(ids, state["cache"]))
        state["first"] = None

    def write() -> None:
        for _ in range(plan.tokens):
            token = state["logits"].argmax(-1, keepdim=True)
            state["logits"] = decoder.logits(decoder.step(token, state["cache"]))
            if state["first"] is None:
                state["first"] = state["logits"]

    texts = times(write, decoder.device, rounds, read)
    return [ms / plan.tokens for ms in texts], state["first"][0].float()


def decoders(model: torch.nn.Module, plan: Plan) -> Iterator[tuple[str, Decoder, int]]:
    """(name, decoder, rounds) of the plan's ways. Use each before the next one: compiling changes the model."""
    for name in plan.ways:
        if name == "class":
            yield name, Decoder(model), plan.quick_rounds
            continue
        decoder = GraphDecoder(model, plan.capture)  # before compiling: it runs the class on a canvas of another size
        if name == "graphs":
            yield name, decoder, plan.rounds
        else:
            with fused(model, plan.backend, tuned=name == "tuned graphs"):
                yield name, decoder, plan.rounds


def measured(
    model: torch.nn.Module,
    plan: Plan,
    positions: int,
    timed: Callable[..., tuple[list[float], torch.Tensor]],
    lane: Callable[[Decoder, Plan], Iterator[Pass]],
    cost: Cost,
) -> dict[str, Any]:
    """The figures of every way to run one model: ms, shares of the measured peak, and ``off_by``, the largest
    difference of a logit from the stock class relative to the largest logit. A way that fails gets an error instead,
    and a way whose graph cannot be captured says why.

    positions: computed in a pass; ``timed`` measures a pass, ``lane`` runs the sampler, and ``cost`` is the arithmetic
    and traffic of a pass.
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(model.config.vocab_size, (1, positions), generator=generator).to(device)
    experts, hit = DecoderShape.of(model.config, torch.bfloat16.itemsize).experts, experts_hit(model, ids)
    peak, held = (
        measured_peak(device, torch.bfloat16),
        weight_bytes(model, hit / experts.count if experts and hit else 1),
    )
    out: dict[str, Any] = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "weight_bytes_a_pass": round(held),
        "limit_ms": round(held / peak.bytes_per_s * 1000, 3),
        "tflop_a_pass": round(cost.flops / 1e12, 4),
        "target": f"bandwidth_share >= {TARGET}",
    }
    if experts:
        out["experts"] = {
            "of": experts.count,
            "hit": hit and round(hit, 1),
            "expected": round(experts.distinct(positions), 1),
            "run_by": getattr(model.config, "_experts_implementation", None),
        }
    right: torch.Tensor | None = None
    for name, decoder, rounds in decoders(model, plan):
        began = time.perf_counter()
        try:
            row, logits = timed(decoder, plan, rounds)
            ms = median(row)
            right = logits if right is None else right
            out[name] = {
                "ms": round(ms, 3),
                "bandwidth_share": round(held / (ms / 1000) / peak.bytes_per_s, 3),
                "flops_share": round(busy(cost, ms / 1000, peak).flops, 4),
                "rounds": rounds,
                "off_by": round(((logits - right).abs().max() / right.abs().max()).item(), 4),
                "lane_ms": round(median([step.ms for step in lane(decoder, plan)][3:]), 3),
                "seconds": round(time.perf_counter() - began, 1),
            }
            if missed := getattr(decoder, "uncaptured", None):  # else the class would pass for a graph
                out[name] = {"not captured": missed}
        except Exception as error:  # the other ways must still be measured
            out[name] = failure(error)
        del decoder
        give_back_memory(device)
    give_back_memory(device)  # of the last decoder's graphs, which ``decoders`` has let go now
    shares = [row["bandwidth_share"] for row in out.values() if isinstance(row, dict) and "bandwidth_share" in row]
    out["best_bandwidth_share"] = max(shares, default=None)
    return out


def failure(error: Exception) -> dict[str, str]:
    """The entry that replaces a figure which could not be measured."""
    return {"error": f"{type(error).__name__}: {error}"[:600]}


def loading(model: torch.nn.Module) -> dict[str, Any]:
    """What the page adds when it loads such a model: the seconds until the fastest decoder is proved, and which it is."""
    began = time.perf_counter()
    decoder = fastest_decoder(model)
    synchronise(decoder.device)
    return {"decoder": type(decoder).__name__, "proof_s": round(time.perf_counter() - began, 2)}


def diffusion(model: torch.nn.Module, plan: Plan = OVER_128) -> dict[str, Any]:
    """The figures of one pass over prompt and canvas. ``lane_ms`` is a pass of the sampler by the lane's clock, which
    includes the choice of tokens and the copy to the host."""
    shape = DecoderShape.of(model.config, torch.bfloat16.itemsize)
    everything = plan.prompt + plan.canvas
    cost = pass_cost(shape, everything, everything, plan.canvas)
    return {
        "positions": everything,
        **measured(model, plan, everything, pass_times, diffusion_lane, cost),
    }


def autoregressive(model: torch.nn.Module, plan: Plan = Plan()) -> dict[str, Any]:
    """The figures of one AR step with a cache, as the mean over a text. ``lane_ms`` is a step of the AR lane by its own
    clock."""
    shape = DecoderShape.of(model.config, torch.bfloat16.itemsize)
    return {
        "context": plan.context,
        "tokens": plan.tokens,
        **measured(model, plan, 1, step_times, ar_lane, pass_cost(shape, 1, plan.context, 1)),
    }


def bench_canvas(decoder: Decoder, prompt: int, length: int):
    """(canvas, special ids, noise) for a vocabulary without a tokenizer. The last id is the mask token, the one
    before it the end token."""
    mask = decoder.vocabulary - 1
    alphabet = torch.arange(mask - 1)
    noise = Noise(mask, alphabet, alphabet)
    return blank(range(prompt), length, noise), SpecialIds(mask - 1, mask), noise


def diffusion_lane(decoder: Decoder, plan: Plan, temperature: float = 0.0) -> Iterator[Pass]:
    """The passes of the diffusion sampler."""
    canvas, special, noise = bench_canvas(decoder, plan.prompt, plan.canvas)
    settings = DenoiseSettings(steps=plan.steps, temperature=temperature, bar_end=True)
    return denoise(decoder, canvas, settings, special, noise)


def ar_lane(decoder: Decoder, plan: Plan) -> Iterator[Pass]:
    """The passes of the AR sampler."""
    canvas, special, _ = bench_canvas(decoder, plan.context - plan.tokens // 2, plan.tokens)
    return autoregress(decoder, canvas, AutoregressSettings(bar_end=True), special)
