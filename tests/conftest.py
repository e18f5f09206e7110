"""One small pair of models for all tests: the twins' stock class with a handful of random weights and a real tokenizer."""

from __future__ import annotations

import logging
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # of several test processes, this one
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
# The first of the hundred ports that Gradio tries. Set anew in every process: test processes inherit the first one's.
os.environ["GRADIO_SERVER_PORT"] = str(7860 + 100 * WORKER)

import signal

import pytest
import torch
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN
from playground.engine.twins import MODELS, load_twins
from playground.training.tokenizer import save_for_transformers, train_tokenizer

SENTENCES = [
    "User: I need to find a dentist in Fremont.",
    "Assistant: I found one dentist for you. Do you like Doctor Wu?",
    "Once upon a time there was a little girl who lived by the sea.",
    "The table for two costs $12.50 at 7:30 pm.",
    "café naïve Zürich 東京 🙂",
]


# A script that runs the tests in the background has Ctrl-C ignored, and so would every program they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
torch.set_num_threads(max(1, torch.get_num_threads() // WORKERS))


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))


def save_random_twin(folder, tokenizer_folder, causal: bool, seed: int, positions: int = 256) -> None:
    """A checkpoint in the shipped layout with random weights, large enough that attention is felt."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=16,
            intermediate_size=48,
            max_position_embeddings=positions,
            tie_word_embeddings=True,
            initializer_range=0.3,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            mask_token_id=tokenizer.mask_token_id,
            is_causal=causal,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Deprecated(logging.Handler):
    """transformers tells in its log, not in a warning, that a call of ours will not be understood for long: here that is an error."""

    def emit(self, record):
        if "deprecated" in record.getMessage():
            raise DeprecationWarning(record.getMessage())


logging.getLogger("transformers").addHandler(Deprecated(logging.WARNING))


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory):
    """A folder like ``models/``."""
    folder = tmp_path_factory.mktemp("models")
    save_for_transformers(train_tokenizer(SENTENCES * 20, 360), folder / "tokenizer")
    save_random_twin(folder / DIFFUSION_TWIN.folder, folder / "tokenizer", causal=False, seed=1)
    save_random_twin(folder / AR_TWIN.folder, folder / "tokenizer", causal=True, seed=2)
    return folder


@pytest.fixture(scope="session")
def save_twin(tiny_models):
    """Writes one more checkpoint of random weights with the same tokenizer: folder, causal, and what save_random_twin takes."""
    return lambda folder, causal, seed=1, **shape: save_random_twin(
        folder, tiny_models / "tokenizer", causal, seed, **shape
    )


@pytest.fixture(scope="session")
def tiny(tiny_models):
    """A Twins over random weights."""
    return load_twins("cpu", tiny_models)


@pytest.fixture(scope="session")
def twins():
    """The shipped twins."""
    return load_twins("cpu", MODELS)
