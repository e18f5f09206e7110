"""Measures what it takes to put another pair of models on the stage: seconds, and memory before and after.

Two pairs of random weights of Qwen3-0.6B's size are written to a temporary folder, in the layouts of
Qwen3-0.6B-diffusion beside Qwen3-0.6B and of SDAR beside Qwen3. Then races name one pair and the other in turn, as
visitors do. The second pair must take the place of the first: memory must not grow with the number of switches.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from playground.bench.large import build
from playground.catalog.catalog import find
from playground.catalog.layouts import layout
from playground.catalog.records import ModelRecord
from playground.engine.engine import RaceEngine
from playground.engine.shelf import MODELS, Shelf
from playground.engine.twins import Twins
from playground.request.race_request import RaceRequest

PAIRS = (("qwen3-0.6b-diffusion-bd3lm", "qwen3-0.6b"), ("sdar-1.7b-chat", "qwen3-1.7b"))
TURNS = 4  # switches
SIZES = dict(find("qwen3-0.6b").config)  # of every model here
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")  # the AR twin's: the bench writes no words


def switching(engine: Twins, sizes: Mapping[str, Any] = SIZES) -> dict[str, Any]:
    """The time and the memory of each switch. sizes: fields of config.json of all four models."""
    with TemporaryDirectory() as folder:
        records = [_written(find(name), Path(folder), sizes) for pair in PAIRS for name in pair]
        shelf = Shelf(engine.torch_device, records)
        stage = RaceEngine([engine.diffusion, engine.ar], engine.torch_device, engine.dtype, engine.thread, shelf)
        turns = [_turn(stage, number) for number in range(TURNS)]
    return {
        "parameters": records[0].parameters,
        "bytes_of_a_pair": sum(shelf.need(record) for record in records[:2]),
        "memory_at_the_start": turns[0]["before"],
        "turns": turns,
    }


def _turn(stage: RaceEngine, number: int) -> dict[str, Any]:
    pair = PAIRS[number % len(PAIRS)]
    request = RaceRequest("Hello", length=8, steps=2, lanes=json.dumps([{"model": key} for key in pair]))
    before, start = memory(stage.torch_device), time.perf_counter()
    stage.prepare(request)
    seconds = time.perf_counter() - start
    for _ in stage.start(request).frames():
        pass
    return {"pair": list(pair), "before": before, "seconds": round(seconds, 2), "after": memory(stage.torch_device)}


def memory(device: torch.device) -> int:
    """Bytes that this process holds: of the GPU's memory, or of the machine's."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


def _written(record: ModelRecord, root: Path, sizes: Mapping[str, Any]) -> ModelRecord:
    """Random weights in a record's layout, in bfloat16, and the record for them."""
    import transformers
    from safetensors.torch import save_file

    kind, folder = layout(record.layout), root / record.key
    folder.mkdir()
    raw = {"model_type": kind.model_types[0], "hidden_act": "silu", **sizes}
    model = build(getattr(transformers, kind.config_class)(**kind.stock_config(raw)), torch.device("cpu"))
    tied = {"lm_head.weight"} if sizes.get("tie_word_embeddings") else set()
    tensors = {name: tensor for name, tensor in model.state_dict().items() if name not in tied}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(raw), encoding="utf-8")
    for name in TOKENIZER:
        shutil.copy(MODELS / "twin-ar" / name, folder / name)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return replace(
        record,
        folder=str(folder),
        repo="",
        config=dict(sizes),
        parameters=parameters,
        template="plain",
        tokenizer_class="PreTrainedTokenizerFast",
        mask=None,
        ends=(),
    )
