"""The GPU benchmark, tested on a CPU with tiny shapes: its figures, its guards, and the message without a device."""

import json
import subprocess
import sys
import time
import weakref
from dataclasses import replace
from functools import partial

import pytest
import torch
from transformers import LlamaConfig, Qwen3MoeConfig

from playground.bench import device_time, gpu, large, loops
from playground.bench.lanes import REQUEST
from playground.bench.large import Plan
from playground.engine.twins import load_twins
from playground.evidence.load import load_claims
from playground.files import ROOT
from playground.metrics.cost import DecoderShape

pytestmark = pytest.mark.long  # builds and races many small models

CPU = torch.device("cpu")
TINY = dict(
    vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, head_dim=8, intermediate_size=48
)
DIFFUSION = LlamaConfig(**TINY, num_key_value_heads=4, is_causal=False)
AR = LlamaConfig(**TINY, num_key_value_heads=2)
MOE = Qwen3MoeConfig(
    **TINY,
    num_key_value_heads=4,
    moe_intermediate_size=16,
    num_experts=8,
    num_experts_per_tok=2,
    norm_topk_prob=False,
    is_causal=False,
)
PLAN = Plan(
    prompt=8,
    canvas=16,
    context=24,
    tokens=8,
    steps=6,
    rounds=2,
    quick_rounds=1,
    backend="eager",
    capture=lambda run: run,
)
WAYS = ("class", "graphs", "compiled graphs", "tuned graphs")
BLOCKED = """
import sys

for name in ("gradio", "gradio_client", "rich", "playwright", "fastapi"):
    sys.modules[name] = None
"""


def in_a_process(code):
    """Standard output and error of Python code in a process without the packages that a lent machine lacks."""
    return subprocess.run([sys.executable, "-c", BLOCKED + code], cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_the_shapes_are_those_of_the_published_models():
    assert large.LLADA.is_causal is False and getattr(large.LLAMA, "is_causal", True)
    assert large.LLADA_MOE.is_causal is False and large.LLADA_MOE.norm_topk_prob is False
    with torch.device("meta"):
        sizes = [
            sum(p.numel() for p in large.AutoModelForCausalLM.from_config(c).parameters())
            for c in (large.LLADA, large.LLAMA, large.LLADA_MOE)
        ]
    assert sizes == [8_015_581_184, 8_030_261_248, 7_356_880_896]
    for config, id in ((large.LLADA, "llada-8b"), (large.LLAMA, "llama3-8b"), (large.LLADA_MOE, "llada-moe")):
        assert DecoderShape.of(config, 2) == load_claims().shape(id).decoder(2)


@pytest.mark.parametrize(
    "measure, config", [(large.diffusion, DIFFUSION), (large.autoregressive, AR), (large.diffusion, MOE)]
)
def test_every_way_is_measured_and_computes_the_same(measure, config):
    ways = WAYS[:2] if config is MOE else WAYS
    out = measure(large.build(config, CPU), replace(PLAN, ways=ways))
    for way in ways:
        assert out[way].keys() == {"ms", "bandwidth_share", "flops_share", "rounds", "off_by", "lane_ms", "seconds"}, (
            out[way]
        )
        assert out[way]["ms"] > 0 and out[way]["off_by"] < 0.05
    assert out["best_bandwidth_share"] == max(out[way]["bandwidth_share"] for way in ways)
    head_and_layers = out["parameters"] - 300 * 32
    if config is not MOE:
        assert out["weight_bytes_a_pass"] == 2 * head_and_layers and "experts" not in out
    json.dumps(out)


def test_of_experts_those_that_are_hit_are_read():
    """Against the router's own choices, and against the weights of those experts."""
    model = large.build(MOE, CPU)
    one, many = (large.experts_hit(model, torch.arange(n)[None] + 5) for n in (1, 24))
    assert one == 2 < many <= 8
    of_one_expert = 2 * 3 * 32 * 16
    whole = large.weight_bytes(model)
    assert whole - large.weight_bytes(model, one / 8) == 2 * 6 * of_one_expert  # two layers, six experts not read
    out = large.diffusion(model, PLAN)
    assert out["experts"]["of"] == 8 and 2 <= out["experts"]["hit"] <= 8
    assert out["weight_bytes_a_pass"] == round(large.weight_bytes(model, out["experts"]["hit"] / 8))
    assert large.experts_hit(large.build(AR, CPU), torch.arange(5)[None]) is None


def test_a_graph_that_cannot_be_captured_says_so_and_leaves_the_others():
    def fails(run):
        raise RuntimeError("no graphs here")

    model = large.build(DIFFUSION, CPU)
    for part in (large.diffusion, lambda model, plan: loops.beside_published_loop(model, plan)["temperature 0.0"]):
        out = part(model, replace(PLAN, capture=fails, ways=("class", "graphs", "compiled graphs")))
        for way in ("graphs", "compiled graphs"):
            assert list(out[way]["not captured"].values()) == ["RuntimeError: no graphs here"]
        assert out["class"]["ms"] > 0


def test_a_way_that_fails_leaves_the_others(monkeypatch):
    def fails(*_):
        raise RuntimeError("no graphs here")

    monkeypatch.setattr(large.GraphDecoder, "hidden", fails)
    out = large.diffusion(large.build(DIFFUSION, CPU), PLAN)
    assert out["graphs"] == {"error": "RuntimeError: no graphs here"} and out["class"]["ms"] > 0


@pytest.mark.parametrize("config", [DIFFUSION, MOE])
def test_the_published_loop_and_the_sampler_write_the_same(config):
    """On the same weights, prompt, passes and settings; without temperature, so that nothing is drawn. In float32:
    in bfloat16 guesses tie."""
    out = loops.beside_published_loop(large.build(config, CPU, torch.float32), PLAN)
    assert (out["prompt"], out["length"], out["passes"]) == (8, 16, 6)
    for temperature in loops.TEMPERATURES:
        row = out[f"temperature {temperature}"]
        assert row["loop_ms"] > 0
        for way in PLAN.ways:
            assert row[way]["ms"] > 0 and row[way]["sampler_over_loop"] > 0
    assert out["temperature 0.0"]["class"]["same_tokens"] == 1
    json.dumps(out)


def test_loading_says_which_decoder_is_proved():
    out = large.loading(large.build(DIFFUSION, CPU))
    assert out["decoder"] == "Decoder" and out["proof_s"] >= 0  # on a CPU none suits bfloat16


def test_one_large_model_is_held_at_a_time_and_freed_after_its_last_part():
    one, built = large.OneModel(CPU), []

    def part(model):
        built.append(weakref.ref(model))
        return {"alive": sum(ref() is not None for ref in {id(ref()): ref for ref in built}.values())}

    rows = [
        one.measure(config, part, keep)
        for config, keep in ((DIFFUSION, True), (DIFFUSION, False), (AR, True), (MOE, False))
    ]
    assert [row["alive"] for row in rows] == [1, 1, 1, 1]
    assert len({id(ref) for ref in built}) == 3 and all(ref() is None for ref in built)


@pytest.mark.parametrize("name", gpu.SHAPES)
def test_every_part_of_a_large_shape_frees_its_model(name):
    """With a tiny config in the large one's place, and the plan's sizes cut down. Nothing refers to the model after
    the part: neither a decoder nor a graph nor a hook."""
    config, part = gpu.SHAPES[name]
    tiny = {id(large.LLADA): DIFFUSION, id(large.LLAMA): AR, id(large.LLADA_MOE): MOE}[id(config)]
    seen, one = [], large.OneModel(CPU)

    def watched(model):
        seen.append(weakref.ref(model))
        return (part.func if isinstance(part, partial) else part)(model, *([] if part is large.loading else [PLAN]))

    assert one.measure(tiny, watched)
    assert seen[0]() is None


def test_a_part_that_fails_frees_its_model_too():
    one, seen = large.OneModel(CPU), []

    def fails(model):
        seen.append(weakref.ref(model))
        raise ValueError("not today")

    out = gpu.figures({"broken": lambda: one.measure(DIFFUSION, fails)}, 30)
    assert out["broken"]["error"] == "ValueError: not today" and seen[0]() is None


@pytest.mark.parametrize("causal", [False, True])
def test_one_layer_is_compiled_for_all(causal):
    """The number of graphs that torch.compile builds does not grow with the number of layers."""
    config = LlamaConfig(**{**TINY, "num_hidden_layers": 12}, num_key_value_heads=2, is_causal=causal)
    model, graphs = large.build(config, CPU), []
    decoder = large.GraphDecoder(model, lambda run: run)
    with (
        large.fused(model, backend=lambda graph, inputs: graphs.append(graph) or graph.forward),
        torch.inference_mode(),
    ):
        if causal:
            cache = decoder.ar_cache(32)
            for ids in torch.arange(5, 20)[None].split([12, 1, 1, 1], dim=1):
                decoder.step(ids, cache)
        else:
            decoder.hidden(torch.arange(5, 20)[None])
    assert len(graphs) == (2 * 3 if causal else 1)  # norm, MLP, rotary; for a prompt and for one token


def test_a_part_that_fails_or_takes_too_long_leaves_the_others():
    def fails():
        raise ValueError("not today")

    out = gpu.figures(
        {"broken": fails, "fine": lambda: {"ms": 1}, "slow": lambda: time.sleep(30) or {}, "late": dict}, 1.0
    )
    assert out["broken"]["error"] == "ValueError: not today"
    assert out["fine"]["ms"] == 1 and "seconds" in out["fine"]
    assert "1 s were over" in out["slow"]["error"] and "skipped" in out["late"]


def test_figures_are_written_as_soon_as_they_exist(tmp_path, capsys):
    """A run that is cut off keeps what it measured: here the second part ends when the first is in the file."""
    file, there = tmp_path / "figures.json", []

    def second():
        there.append(json.loads(file.read_text()))
        return {"ms": 2}

    gpu.figures({"first": lambda: {"ms": 1}, "second": second}, 30, gpu.Told({"device": "none"}, file))
    assert there[0]["device"] == "none" and there[0]["first"]["ms"] == 1 and "second" not in there[0]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [list(line) for line in lines] == [["first"], ["second"]]
    assert json.loads(file.read_text())["second"]["ms"] == 2 and list(tmp_path.iterdir()) == [file]


def test_a_model_is_built_once_for_the_parts_that_follow_each_other():
    for shapes in (gpu.SHAPES, gpu.COMPILED, gpu.TUNED):
        measured, configs = list(gpu.of_shapes(large.OneModel(CPU), shapes).values()), [c for c, _ in shapes.values()]
        kept = [part.keywords["keep"] for part in measured]
        assert kept == [config is after for config, after in zip(configs, [*configs[1:], None])] and not kept[-1]


def test_the_parts_are_of_twins_and_of_large_shapes():
    assert {
        "race",
        "clocks",
        "graphs",
        "decoders",
        "published_loop",
        "rules",
        "pass_64_8b",
        "pass_128_8b",
        "loop_8b",
        "ar_8b",
        "pass_64_moe",
        "pass_128_moe",
        "ar_8b_tuned",
    } <= gpu.parts(CPU).keys()
    assert gpu.about(CPU).keys() == {"device", "cuda", "libraries", "commit", "date"}


def test_the_clocks_are_read_side_by_side(tiny):
    out = device_time.clocks(tiny)
    for key, passes in (("diffusion", REQUEST.steps), ("ar", REQUEST.length)):
        assert out[key]["passes"] == passes * device_time.ROUNDS
        assert 0 < out[key]["device_over_host"] <= 1.01


def test_the_share_in_graphs_is_of_the_lane(tiny):
    out = device_time.graphs(tiny, capture=lambda run: run)
    assert out["diffusion"]["replays"] == out["diffusion"]["passes"] == REQUEST.steps
    assert out["ar"]["replays"] == out["ar"]["passes"] - 1 == 63  # the first reads the prompt
    assert all(0 < out[key]["share_in_graphs"] < 1 for key in ("diffusion", "ar"))


def test_a_cpu_never_waits(tiny):
    assert device_time.waits(tiny)["worst"] == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_it_says_so_and_needs_nothing_of_the_page():
    done = in_a_process(
        "import runpy\nsys.argv = ['gpu']\nrunpy.run_module('playground.bench.gpu', run_name='__main__')"
    )
    assert done.returncode == 2 and done.stdout == "" and done.stderr.strip() == gpu.NO_DEVICE


def test_the_twins_race_without_the_page(tiny_models):
    done = in_a_process(f"""
from pathlib import Path
from playground.engine.twins import load_twins
from playground.request.race_request import RaceRequest
run = load_twins("cpu", Path({str(tiny_models)!r})).start(RaceRequest("I need a dentist", length=16, steps=4))
list(run.frames())
print(run.trace.ended)
""")
    assert done.stdout.strip() == "done", done.stderr


@pytest.mark.gpu
@pytest.mark.parametrize(
    "measure, config", [(large.diffusion, DIFFUSION), (large.autoregressive, AR), (large.diffusion, MOE)]
)
def test_on_a_gpu_every_way_runs(measure, config):
    ways = WAYS[:2] if config is MOE else WAYS
    model = large.build(config, torch.device("cuda"))
    out = measure(model, replace(PLAN, ways=ways, backend="inductor", capture=large.captured))
    assert all("ms" in out[way] and out[way]["off_by"] < 0.1 for way in ways), out


@pytest.mark.gpu
@pytest.mark.parametrize("config", [DIFFUSION, AR, MOE])
def test_on_a_gpu_a_model_and_its_graphs_give_their_memory_back(config):
    device, one = torch.device("cuda"), large.OneModel(torch.device("cuda"))
    measure = large.autoregressive if config is AR else large.diffusion
    one.measure(config, lambda model: measure(model, replace(PLAN, capture=large.captured)))  # libraries take their own
    before = torch.cuda.memory_allocated(device)
    one.measure(config, lambda model: measure(model, replace(PLAN, capture=large.captured)))
    assert torch.cuda.memory_allocated(device) <= before


@pytest.mark.gpu
def test_on_a_gpu_a_pass_waits_once(tiny_models):
    out = device_time.waits(load_twins("cuda", tiny_models))
    assert out["worst"] <= 1, out["where"]


@pytest.mark.gpu
def test_on_a_gpu_the_twins_are_measured(tiny_models):
    names = ("race", "clocks", "graphs", "decoders")
    chosen = {name: gpu.parts(torch.device("cuda"), tiny_models)[name] for name in names}
    out = gpu.figures(chosen)
    assert all("error" not in out[name] for name in names), out
    assert 0.5 < out["clocks"]["diffusion"]["device_over_host"] <= 1.05
