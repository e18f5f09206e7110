"""The AR twin behind llama.cpp's own server: its weights as a GGUF file, and a process of its own that can be killed.

with twin_server(tmp_path) as server:
    server.url
    server.process.kill()
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from playground.engine.twins import MODELS

CHAT = "{% for m in messages %}{{ 'User: ' if m['role'] == 'user' else 'Assistant: ' }}{{ m['content'] }}\n{% endfor %}Assistant:"
NAMES = {  # name of a tensor of Qwen3 -> its name in GGUF
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
}
LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
SERVE = """
import sys, time, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.cpuparams.n_threads = sys.argv[1], 512, 1, 1
p.hostnames, p.port, p.use_jinja, p.warmup = ["127.0.0.1"], int(sys.argv[2]), True, False
server = xllamacpp.Server(p)
print("READY", server.listening_address, flush=True)
time.sleep(600)
"""


@dataclass
class TwinServer:
    url: str
    process: subprocess.Popen


@contextmanager
def twin_server(folder: Path) -> Iterator[TwinServer]:
    file = folder / "twin-ar.gguf"
    if not file.exists():
        write_gguf(MODELS / "twin-ar", file)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(file), str(port)], stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        _wait(process, folder / "server.log")
        yield TwinServer(f"http://127.0.0.1:{port}/v1", process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        log.close()


def _wait(process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([process.stdout], [], [], 1)[0]:
            line = process.stdout.readline()
            if line.startswith("READY"):
                return
            if not line:
                break
    raise AssertionError(f"llama.cpp's server did not start: {log.read_text(errors='replace')[-2000:]}")


def write_gguf(model: Path, file: Path) -> None:
    """A checkpoint of the AR twin as GGUF in float32."""
    import gguf

    config = json.loads((model / "config.json").read_text())
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(file, "qwen3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_file_type(0)  # float32
    _add_tokenizer(writer, tokenizer, config, gguf.TokenType)
    for shard in sorted(model.glob("*.safetensors")):
        for name, tensor in load_file(shard).items():
            writer.add_tensor(_gguf_name(name), tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    _, _, number, rest = name.split(".", 3)
    return f"blk.{number}.{LAYER[rest.removesuffix('.weight')]}.weight"


def _add_tokenizer(writer, tokenizer, config, kinds) -> None:
    ids = tokenizer["model"]["vocab"]
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    tokens = [token for token, _ in sorted((ids | special).items(), key=lambda pair: pair[1])]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("refact")
    writer.add_token_list(tokens)
    writer.add_token_types([kinds.CONTROL if token in special else kinds.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT)
