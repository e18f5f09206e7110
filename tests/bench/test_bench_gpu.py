"""The GPU benchmark, tested on a CPU with tiny shapes: its figures, its guards, and the message without a device."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig

from playground.bench import device_time, gpu, large
from playground.bench.large import Plan
from playground.engine.twins import load_twins
from playground.files import ROOT

CPU = torch.device("cpu")
TINY = dict(
    vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, head_dim=8, intermediate_size=48
)
DIFFUSION = LlamaConfig(**TINY, num_key_value_heads=4, is_causal=False)
AR = LlamaConfig(**TINY, num_key_value_heads=2)
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
    with torch.device("meta"):
        sizes = [
            sum(p.numel() for p in large.AutoModelForCausalLM.from_config(c).parameters())
            for c in (large.LLADA, large.LLAMA)
        ]
    assert sizes == [8_015_581_184, 8_030_261_248]


@pytest.mark.parametrize("measure, config", [(large.diffusion, DIFFUSION), (large.autoregressive, AR)])
def test_every_way_is_measured_and_computes_the_same(measure, config):
    out = measure(CPU, config, replace(PLAN, ways=WAYS))
    for way in WAYS:
        assert out[way].keys() == {"ms", "bandwidth_share", "flops_share", "rounds", "off_by", "lane_ms", "seconds"}, (
            out[way]
        )
        assert out[way]["ms"] > 0 and out[way]["off_by"] < 0.05
    assert out["best_bandwidth_share"] == max(out[way]["bandwidth_share"] for way in WAYS)
    head_and_layers = out["parameters"] - 300 * 32
    assert out["weight_bytes_a_pass"] == 2 * head_and_layers
    json.dumps(out)


def test_a_way_that_fails_leaves_the_others():
    def fails(run):
        raise RuntimeError("no graphs here")

    out = large.diffusion(CPU, DIFFUSION, replace(PLAN, capture=fails))
    assert out["graphs"] == out["compiled graphs"] == {"error": "RuntimeError: no graphs here"}
    assert out["class"]["ms"] > 0


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


def test_the_parts_are_of_twins_and_of_large_shapes():
    assert {
        "race",
        "clocks",
        "graphs",
        "decoders",
        "published_loop",
        "rules",
        "diffusion_8b",
        "ar_8b",
        "ar_8b_tuned",
    } <= gpu.parts(CPU).keys()
    assert gpu.about(CPU).keys() == {"device", "cuda", "libraries", "commit", "date"}


def test_the_clocks_are_read_side_by_side(tiny):
    out = device_time.clocks(tiny)
    for key, passes in (("diffusion", 16), ("ar", 64)):
        assert out[key]["passes"] == passes * device_time.ROUNDS
        assert 0 < out[key]["device_over_host"] <= 1.01


def test_the_share_in_graphs_is_of_the_lane(tiny):
    out = device_time.graphs(tiny, capture=lambda run: run)
    assert out["diffusion"]["replays"] == out["diffusion"]["passes"] == 16
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
@pytest.mark.parametrize("measure, config", [(large.diffusion, DIFFUSION), (large.autoregressive, AR)])
def test_on_a_gpu_every_way_runs(measure, config):
    out = measure(torch.device("cuda"), config, replace(PLAN, ways=WAYS, backend="inductor", capture=large.captured))
    assert all("ms" in out[way] and out[way]["off_by"] < 0.1 for way in WAYS), out


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
