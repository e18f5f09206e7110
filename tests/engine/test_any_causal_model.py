"""Any causal class of transformers is a lane if the playground computes its own logits, and else refused in a sentence."""

import pytest
import torch
import transformers

import small_tokenizers
from playground.decoders.evaluation import Evaluation
from playground.decoders.judge import load_judge
from playground.decoders.perplexity import perplexity
from playground.engine.chosen import chosen
from playground.engine.closing import closing
from playground.engine.sources import load_source
from playground.engine.twins import Twins
from playground.errors import PlaygroundError
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest

CPU = torch.device("cpu")
WINDOW = 64  # positions
SIZES = {"vocab_size": 448, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZES |= {"max_position_embeddings": 256, "intermediate_size": 64}
LLAMA = {**SIZES, "num_key_value_heads": 2}
GPT2 = {"vocab_size": 448, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}
CLASSES = {
    "LlamaForCausalLM": ("LlamaConfig", LLAMA),
    "GPTNeoXForCausalLM": ("GPTNeoXConfig", SIZES),
    "GPT2LMHeadModel": ("GPT2Config", GPT2),
    "MistralForCausalLM": ("MistralConfig", {**LLAMA, "sliding_window": WINDOW}),
    "Gemma3ForCausalLM": ("Gemma3TextConfig", {**LLAMA, "head_dim": 8, "sliding_window": WINDOW}),
    "GraniteForCausalLM": ("GraniteConfig", {**LLAMA, "logits_scaling": 8.0}),
    "CohereForCausalLM": ("CohereConfig", LLAMA),
    "Gemma2ForCausalLM": ("Gemma2Config", {**LLAMA, "head_dim": 8, "sliding_window": WINDOW}),
    "BloomForCausalLM": ("BloomConfig", {"vocab_size": 448, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
}


@pytest.fixture
def saved(tmp_path):
    """A function: name of a class -> its folder, as transformers saves it, with random weights and a tokenizer."""

    def made(name, **other):
        config, fields = CLASSES[name]
        ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
        torch.manual_seed(0)
        model = getattr(transformers, name)(getattr(transformers, config)(**{**fields, **other}, **ids))
        model.save_pretrained(tmp_path / "mine")
        small_tokenizers.llama3(tmp_path / "mine")
        return tmp_path / "mine"

    return made


def load(folder):
    return load_source(chosen(str(folder), "ar"), folder, CPU)


def written(model, length):
    """The ids of a lane, prompt included, always the likeliest."""
    request = RaceRequest("Hi", length=length, steps=1, temperature=0.0, same_length=True)
    lane, ids = model.lane(request, "ar", "", {}), {}
    with closing([lane.frames]):
        for frame in lane.frames:
            ids |= {cell.position: cell.id for cell in frame.changes}
    return [ids[at] for at in sorted(ids)], lane.lane.prompt


@pytest.mark.parametrize("name", ["LlamaForCausalLM", "GPTNeoXForCausalLM", "GPT2LMHeadModel", "MistralForCausalLM"])
def test_a_lane_writes_what_its_class_would(name, saved):
    model = load(saved(name))
    ids, start = written(model, 16)
    with torch.inference_mode():
        logits = model.model(input_ids=torch.tensor([ids])).logits[0]
        logits[:, list(model.special.barred + model.special.ends)] = -torch.inf
    assert len(ids) == start + 16 and ids[start:] == logits[start - 1 : -1].argmax(-1).tolist()
    assert model.attention(ids, start) and model.score("Hi", " there").perplexity > 1


@pytest.mark.parametrize("name", ["MistralForCausalLM", "Gemma3ForCausalLM"])
def test_a_lane_ends_with_the_sliding_window_of_its_class(name, saved):
    model = load(saved(name))
    assert model.record.context == WINDOW
    _, start = written(model, 8)
    ids, _ = written(model, WINDOW - start)
    assert len(ids) == WINDOW
    with pytest.raises(RequestError, match=f"with {WINDOW - start + 1} tokens of text at most {start - 1} fit"):
        written(model, WINDOW - start + 1)


@pytest.mark.parametrize(
    "name, why",
    [
        ("GraniteForCausalLM", "more than multiply its last layer by its last matrix"),
        ("CohereForCausalLM", "more than multiply its last layer by its last matrix"),
        ("Gemma2ForCausalLM", "bends large logits"),
        ("BloomForCausalLM", "built in another way"),
    ],
)
def test_a_class_that_a_lane_would_get_wrong_is_refused_and_can_judge(name, why, saved):
    folder = saved(name)
    with pytest.raises(PlaygroundError, match=f"cannot be a lane: its class .*{why}.*Choose another AR model") as said:
        load(folder)
    assert str(folder.parent) not in str(said.value)
    assert load_judge(folder, CPU).perplexity("Hi", " there") > 1


def test_a_text_begins_as_the_tokenizer_begins_one(saved):
    """A lane that continues plain text, and a judge: LLaMA's and Gemma's texts all began with bos."""
    folder = saved("LlamaForCausalLM")
    (folder / "chat_template.jinja").unlink()
    model, judge = load(folder), load_judge(folder, CPU)
    opened = model.open(RaceRequest("Hi", length=8)).canvas
    prompt, whole = model.tokenizer("Hi")["input_ids"], model.tokenizer("Hi there")["input_ids"]
    assert prompt[0] == model.tokenizer.bos_token_id and list(opened.ids[: opened.start]) == prompt
    expected = perplexity(judge.model, whole, len(prompt))
    assert judge.perplexity("Hi", " there") == pytest.approx(expected)
    assert judge.perplexity(f"{judge.tokenizer.bos_token}Hi", " there") == pytest.approx(expected)
    assert model.score("Hi", " there").perplexity == pytest.approx(expected)


@pytest.fixture
def short(saved):
    """The folder of a model with a table of WINDOW positions."""
    return saved("GPT2LMHeadModel", n_positions=WINDOW)


LONG = "a long text, " * WINDOW


def test_a_race_ends_with_its_verdict_though_a_text_is_longer_than_its_scorer_reads(tiny, short):
    """Another lane has other tokens, so a text that fits it may not fit the model that scores all texts."""
    model = load(short)
    engine = Twins(tiny.diffusion, tiny.ar, CPU, tiny.thread, model)
    lanes = [{"model": model.record.key}, {"model": "twin-diffusion"}]

    def scores(length):
        run = engine.start(RaceRequest.parse({"prompt": "Hello", "length": length, "steps": 8, "lanes": lanes}))
        list(run.frames())
        assert run.trace.ended == "done" and run.trace.verdict["line"]
        return [row["perplexity"] for row in run.trace.verdict["lanes"].values()]

    assert all(found > 1 for found in scores(12)) and scores(40) == [None, None]


def test_whoever_scores_says_nothing_of_a_text_that_is_longer_than_it_reads(short):
    model = load(short)
    for scorer in (model, load_judge(short, CPU)):
        assert scorer.score("Hi", " there").perplexity > 1
        assert scorer.score("Hi", LONG) is None and scorer.score(LONG, " there") is None
    model.evaluation = Evaluation(perplexity={"dialogues": 1.0, "stories": 1.0})
    assert model.outside("Hi there", "Hi there") and not model.outside(LONG, LONG)
