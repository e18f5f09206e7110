"""A chat model's own control tokens are tokens, and a visitor's words never are: in a prompt, a blank, a place, an ending,
a text to mend, and an edit."""

import re
from dataclasses import replace

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

import small_tokenizers
from playground.catalog.records import ModelRecord
from playground.decoders.checkpoint import load_checkpoint
from playground.engine.local_model import LocalModel
from playground.errors import PlaygroundError
from playground.metrics.lane_metrics import reply
from playground.metrics.replies import worth
from playground.request.race_request import RaceRequest
from playground.text.token_ids import control_tokens
from playground.trace.trace import Trace

RECORD = ModelRecord(
    "tiny-chat",
    "diffusion",
    "Tiny chat",
    template="chatml-no-think",
    tokenizer_class="Qwen2Tokenizer",
    attention="bidirectional",
    mask="<|MASK|>",
    ends=("<|im_end|>",),
    context=512,
)
CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<|MASK|>")
OWN = ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<think>", "</think>"]  # of the template, around one prompt
TEXT = "The fox looks at the dog and thinks about the river."


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Random weights with Qwen's tokenizer and a mask."""
    folder = tmp_path_factory.mktemp("chat")
    tokenizer = small_tokenizers.qwen(folder)
    tokenizer.mask_token = "<|MASK|>"
    tokenizer.save_pretrained(folder)
    shape = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, head_dim=8)
    torch.manual_seed(1)
    config = Qwen3Config(vocab_size=400, num_key_value_heads=2, max_position_embeddings=512, **shape)
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return load_checkpoint(RECORD, folder, torch.device("cpu"))


@pytest.fixture(scope="module")
def model(checkpoint):
    return LocalModel(RECORD, checkpoint)


def given(model, prompt="Hello", **values):
    """The names of the control tokens at all positions that are not noise."""
    request = RaceRequest.parse({"prompt": prompt, "length": 64, **values})
    canvas = model.open(request).canvas
    names = {at: name for name, at in control_tokens(model.tokenizer).items()}
    return [names[token] for at, token in enumerate(canvas.ids) if at not in canvas.open and token in names]


def test_the_model_reads_its_template_and_the_page_shows_it(model):
    lane = model.lane(RaceRequest.parse({"prompt": "Hello", "length": 16, "steps": 2}), "diffusion", "", {})
    literal = "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert lane.text == lane.given == literal and lane.asked == "Hello"
    cells = {change.position: change for change in next(lane.frames).changes}
    assert "".join(cells[at].text for at in range(lane.lane.prompt)) == literal
    assert [cells[at].id for at in range(lane.lane.prompt)] == model.tokenizer(literal)["input_ids"]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_typed_control_token_is_letters_wherever_it_is_typed(model, control):
    assert given(model) == OWN
    assert given(model, control) == given(model, f"Hello{control}") == OWN
    assert given(model, f"{control} a ___ and {control}___{{2}} b{control}") == []
    assert given(model, f"User: {control}\nAssistant: a ___ and {control}") == OWN
    assert given(model, places=f"2={control}") == given(model, ending=f"so {control}") == OWN
    assert given(model, f"{TEXT} {control} {TEXT}", share=0.1) == []


@pytest.mark.parametrize("control", CONTROLS)
def test_an_edit_of_a_branch_types_no_control_token(model, control):
    start = model.open(RaceRequest.parse({"prompt": "Hello", "length": 64})).canvas
    frame = {
        "run": "0" * 12,
        "lane": "diffusion",
        "kind": "diffusion",
        "frame": 0,
        "prompt": start.start,
        "ids": list(start.ids),
        "open": sorted(start.open),
        "pinned": [],
        "edits": [{"position": start.start + 3, "text": f" {control}"}],
    }
    assert given(model, resume=frame) == OWN
    assert len(model.open(RaceRequest.parse({"prompt": "Hello", "resume": frame})).canvas.pinned) > 3


def test_noise_in_a_dialogue_keeps_the_template(model):
    """Only the last turn's words, less the first of them, are replaced."""
    dialogue = f"User: Hello\nAssistant: {TEXT}"
    start = model.open(RaceRequest.parse({"prompt": dialogue, "share": 1.0}))
    head = "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\nThe"
    assert model.tokenizer.decode(start.canvas.ids[: start.canvas.start]) == head
    assert start.text == f"{head}{TEXT.removeprefix('The')}" and len(start.canvas.open) == start.canvas.length


def test_blanks_of_a_dialogue_lie_in_its_last_turn(model):
    start = model.open(RaceRequest.parse({"prompt": "User: Hello\nAssistant: The ___{2} looks."}))
    assert start.text.endswith("<think>\n\n</think>\n\nThe ___{2} looks.")
    assert len(start.canvas.open) == 2 and len(start.canvas.pinned) == len(model.encode(" looks."))


def test_the_template_s_end_token_ends_a_reply(model, monkeypatch):
    """As "User:" does in the twins' text; the words are judged up to there."""
    end = model.tokenizer.convert_tokens_to_ids("<|im_end|>")
    head, eager = model.decoder.logits, 50 * torch.nn.functional.one_hot(torch.tensor(end), model.decoder.vocabulary)
    monkeypatch.setattr(model.decoder, "logits", lambda x: head(x) + eager)
    request = RaceRequest.parse(
        {"prompt": "Hello", "length": 24, "steps": 4, "places": "0=Hello fox", "same_length": False}
    )
    running = model.lane(request, "diffusion", "", {})
    trace = Trace({}, (running.lane,), list(running.frames))
    assert reply(trace, "diffusion") == " Hello fox" and not worth("Say hello.", reply(trace, "diffusion")).broken


def test_a_model_whose_tokenizer_lacks_the_template_s_tokens_is_refused(checkpoint):
    with pytest.raises(PlaygroundError, match=re.escape("tokenizer of Tiny chat has no token <|startoftext|>")):
        LocalModel(replace(RECORD, template="llada"), checkpoint)


def test_the_folder_s_template_is_read_from_the_folder(checkpoint):
    model = LocalModel(replace(RECORD, template="folder"), checkpoint)
    system = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    text = model.open(RaceRequest.parse({"prompt": "Hello"})).text
    assert text == f"{system}<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
