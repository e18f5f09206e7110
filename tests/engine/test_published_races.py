"""Races of published models, end to end on tiny checkpoints in their real layouts (tests/tiny_published.py)."""

import argparse
import json
from dataclasses import replace

import pytest
import torch

from playground.__main__ import main
from playground.catalog.catalog import catalog
from playground.device.thread import DeviceThread
from playground.download.downloads import Downloads
from playground.download.hub import Hub
from playground.engine.chosen import chosen, load_chosen
from playground.engine.shelf import Shelf
from playground.engine.sources import load_source
from playground.engine.twins import Twins
from playground.errors import PlaygroundError
from playground.request.race_request import RaceRequest
from playground.stream.messages import Streams
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Trace
from small_hub import SmallHub, reach
from tiny_published import VOCABULARY, Cast

NAMES = ("llada", "llama3", "dream", "qwen2", "sdar", "qwen3", "bd3lm", "fast-dllm", "modernbert")
PAIRS = [
    ("llada", "llama3"),
    ("dream", "qwen2"),
    ("sdar", "qwen3"),
    ("bd3lm", "qwen3"),
    ("fast-dllm", "qwen2"),
    ("modernbert", "qwen3"),
]


@pytest.fixture(scope="module")
def cast(tmp_path_factory):
    return Cast(tmp_path_factory.mktemp("cast"), *NAMES)


@pytest.fixture(autouse=True)
def its_catalog(cast, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_CATALOG", str(cast.catalog))


@pytest.fixture(scope="module")
def engine(cast):
    """One engine with all of them: a pair by its options, the others by the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CATALOG", str(cast.catalog))
        patch.setenv("PLAYGROUND_MODELS", ", ".join(f"tiny-{name}" for name in NAMES))
        yield load_chosen(options(diffusion="tiny-llada", ar="tiny-llama3"))


def lanes(*keys):
    return json.dumps([{"model": key} for key in keys])


def streamed(engine, *keys):
    request = {"prompt": "Hello", "length": 16, "steps": 8, "lanes": lanes(*keys)}
    return [json.loads(message) for message in Streams(engine).messages(request)]


def options(**named):
    return argparse.Namespace(device="cpu", **{"diffusion": None, "ar": None, **named})


def raced(engine, **settings):
    run = engine.start(RaceRequest.parse({"prompt": "Hello", "length": 24, "steps": 8, **settings}))
    for _ in run.frames():
        pass
    assert run.trace.ended == "done"
    return run.trace


@pytest.mark.parametrize("pair, share", [(("llada", "qwen3"), False), (("sdar", "qwen3"), True)])
def test_a_pair_is_compared_in_characters_where_its_tokenizers_differ(pair, share, engine):
    """SDAR has the tokens of Qwen3 and one more, the mask; LLaDA cuts text in another way."""
    trace = raced(engine, lanes=lanes(*(f"tiny-{name}" for name in pair)))
    assert share_tokenizer(trace.lanes) is share is trace.run["same_length"]
    assert ("characters" in trace.verdict["line"]) is not share
    assert ("Bits per byte" if not share else "Perplexity") in trace.verdict["more"]
    assert all(row["bits_per_byte"] > 0 for row in trace.verdict["lanes"].values() if row["tokens"])


@pytest.mark.parametrize("diffusion, ar", PAIRS)
def test_a_pair_races_as_its_records_say(diffusion, ar, engine):
    pair = (f"tiny-{diffusion}", f"tiny-{ar}")
    named = {} if pair == engine.pair else {"lanes": lanes(*pair)}
    trace = raced(engine, **named)
    assert [lane.about["model"] for lane in trace.lanes] == [*pair]
    assert [lane.title for lane in trace.lanes] == [f"Tiny {diffusion}", f"Tiny {ar}"]
    for lane in trace.lanes:
        source = engine.source(lane.about["model"])
        canvas = trace.canvas(lane.key)
        prompt = [canvas[at].id for at in range(lane.prompt)]
        opened = source.open(RaceRequest.parse({"prompt": "Hello"})).canvas
        assert prompt == list(opened.ids[: opened.start])
        written = [cell.id for at, cell in canvas.items() if at >= lane.prompt and cell.state != "noise"]
        ordinary = set(range(len(source.tokenizer))) - set(source.tokenizer.all_special_ids)
        assert set(written) <= ordinary | set(source.special.ends), "no id that the tokenizer does not know, no control"
        assert source.decoder.vocabulary == VOCABULARY > len(source.tokenizer)
    again = Trace.loads(trace.dumps())
    assert again.verdict == trace.verdict and again.run["checkpoints"].keys() >= set(pair)
    assert raced(engine, **named).canvas("diffusion") == trace.canvas("diffusion"), "the same seed, the same text"


def test_the_twins_race_beside_them(engine):
    trace = raced(engine, lanes=lanes("tiny-llada", "twin-diffusion", "twin-ar"))
    assert [lane.about["slot"] for lane in trace.lanes] == ["one", "three", "two"]
    assert len({lane.prompt for lane in trace.lanes}) > 1, "each reads its own prompt"
    alone = raced(engine, lanes=lanes("tiny-llada"))
    assert [lane.key for lane in alone.lanes] == ["diffusion"]


@pytest.mark.parametrize("prompt", ["<|eot_id|>", "<|mdm_mask|>", "a<|start_header_id|>assistant<|end_header_id|>b"])
def test_nobody_can_type_a_control_token(prompt, engine):
    for key in engine.pair:
        source = engine.source(key)
        opened = source.open(RaceRequest.parse({"prompt": prompt})).canvas
        plain = source.open(RaceRequest.parse({"prompt": "Hello"})).canvas
        controls = set(source.tokenizer.all_special_ids)

        def written(canvas, controls=controls):
            return [token for token in canvas.ids[: canvas.start] if token in controls]

        assert written(opened) == written(plain)


@pytest.mark.parametrize(
    "model, settings, said",
    [
        ("tiny-llada", {"noise": "tokens", "revise": "edit"}, "start from random tokens"),
        ("tiny-sdar", {"guidance": 1.0}, "be guided by its prompt"),
        ("tiny-sdar", {"revise": "renoise"}, "look at its whole text at once"),
        ("tiny-sdar", {"prompt": "I ___ you"}, "fill blanks"),
        ("tiny-bd3lm", {"cache": "dual", "blocks": 4}, "look at its whole text at once"),
        ("tiny-modernbert", {"cache": "dual", "blocks": 4}, "look at its whole text at once"),
    ],
)
def test_what_a_model_cannot_do_is_refused_before_it_runs(model, settings, said, engine):
    with pytest.raises(PlaygroundError, match=said):
        raced(engine, lanes=lanes(model), **settings)


class Counting:
    """Loads sources and remembers which; their records are as large as a model that makes room for others."""

    def __init__(self):
        self.loaded = []

    def __call__(self, record, folder, device, source):
        self.loaded.append(record.key)
        return load_source(record, folder, device, source)


@pytest.fixture
def shelf_engine(cast, tiny):
    records = [replace(one, parameters=200_000_000) for key, one in catalog().items() if key.startswith("tiny-")]
    loading = Counting()
    shelf = Shelf(torch.device("cpu"), records, load=loading)
    shelf.need = lambda record: 1000  # the true need of a large model would not fit
    engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), DeviceThread(), shelf=shelf)
    return engine, loading


def test_a_model_loads_when_a_race_names_it_and_gives_its_place_to_the_next_pair(shelf_engine):
    engine, loading = shelf_engine
    one, two = ({"lanes": lanes(*(f"tiny-{name}" for name in pair))} for pair in PAIRS[:2])
    assert engine.to_load(RaceRequest.parse({"prompt": "Hello"})) == ""
    first = RaceRequest.parse({"prompt": "Hello", **one})
    assert engine.to_load(first).startswith("Loading Tiny llada and Tiny llama3")
    engine.prepare(first)
    assert loading.loaded == ["tiny-llada", "tiny-llama3"] and engine.to_load(first) == ""
    raced(engine, **one)
    engine.prepare(RaceRequest.parse({"prompt": "Hello", **two}))
    raced(engine, **two)
    assert set(engine.sources) == {"twin-diffusion", "twin-ar", "tiny-dream", "tiny-qwen2"}
    states = {state.key: state.state for state in engine.stock()}
    assert states["tiny-dream"] == "loaded" and states["tiny-llada"] == "here"
    with pytest.raises(PlaygroundError, match="Tiny llada is not loaded now"):
        engine.attention("tiny-llada", [1, 2, 3], 1)
    raced(engine)  # the twins stay


def test_a_race_waits_while_its_models_load_and_says_so(shelf_engine):
    engine, _ = shelf_engine
    messages = streamed(engine, "tiny-sdar", "tiny-qwen3")
    kinds = [message["kind"] for message in messages]
    assert kinds[:2] == ["start", "wait"] and kinds[-1] == "end"
    assert messages[1]["says"].startswith("Loading Tiny sdar and Tiny qwen3")


def test_a_model_that_does_not_fit_is_a_sentence_and_the_twins_go_on(shelf_engine):
    engine, loading = shelf_engine
    engine.shelf.need = lambda record: 1 << 50
    messages = streamed(engine, "tiny-sdar", "tiny-qwen3")
    assert messages[-1]["kind"] == "error" and "cannot be loaded here. It needs" in messages[-1]["message"]
    assert loading.loaded == []
    assert next(state for state in engine.stock() if state.key == "tiny-sdar").sentence.startswith("It needs")
    raced(engine)


def test_a_damaged_folder_is_a_sentence_and_the_twins_go_on(shelf_engine, cast, tmp_path, monkeypatch):
    engine, _ = shelf_engine
    monkeypatch.setattr(engine.shelf, "folder", lambda record: tmp_path)
    messages = streamed(engine, "tiny-sdar")
    assert messages[-1]["kind"] == "error" and str(tmp_path) not in messages[-1]["message"]
    raced(engine)


def test_a_changed_byte_of_a_downloaded_model_is_found(cast, tmp_path, monkeypatch, tiny):
    """One flipped byte loads without a word: only the hash that the hub listed finds it."""
    reach(monkeypatch)
    folder = cast.folder("qwen3")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with SmallHub() as small:
        small.add("made/up", files)
        hub = Hub(cache=tmp_path, endpoint=small.url)
        record = replace(catalog()["tiny-qwen3"], folder="", repo="made/up")
        shelf = Shelf(torch.device("cpu"), [record], Downloads(hub, allowed=True))
        with pytest.raises(PlaygroundError, match="is not on this machine"):
            shelf.load(record)
        hub.fetch(hub.look("made/up"))
        assert shelf.load(record).hash
        weights = shelf.folder(record) / "model.safetensors"
        spoilt = bytearray(weights.read_bytes())
        spoilt[-3] ^= 1
        weights.resolve().chmod(0o644)
        weights.resolve().write_bytes(spoilt)
        with pytest.raises(PlaygroundError, match=r"Tiny qwen3 is damaged: model\.safetensors is not the file"):
            shelf.load(record)


def test_models_of_options_and_environment_are_loaded_at_the_start(engine):
    assert engine.pair == ("tiny-llada", "tiny-llama3")
    assert {"twin-diffusion", "twin-ar", *(f"tiny-{name}" for name in NAMES)} <= set(engine.checkpoints)


def test_a_model_is_named_by_record_folder_or_both(cast):
    by_folder = load_chosen(options(ar=str(cast.folder("llama3"))))
    assert by_folder.source("ar").record.layout == "transformers:LlamaForCausalLM", "any causal model of transformers"
    assert raced(by_folder).lanes[1].title == "llama3"
    assert chosen(f"tiny-llada={cast.folder('llada')}", "diffusion").title == "Tiny llada"
    for kind, named, said in (
        ("diffusion", "tiny-llama3", "is no diffusion model"),
        ("ar", "tiny-llada", "is no autoregressive model"),
        ("diffusion", "warp-9", "There is no folder and no model 'warp-9'"),
        ("diffusion", f"tiny-llada={cast.root / 'nowhere'}", "There is no folder 'nowhere'"),
        ("diffusion", str(cast.folder("llada")), "holds no model that a record describes"),
    ):
        with pytest.raises(PlaygroundError, match=said) as caught:
            chosen(named, kind)
        assert str(cast.root) not in str(caught.value)
    with pytest.raises(PlaygroundError, match="model_type = Dream, and the record says llada"):
        load_chosen(options(diffusion=f"tiny-llada={cast.folder('dream')}"))


@pytest.mark.long
def test_race_and_sweep_take_the_same_names(tmp_path, capsys):
    names = ["--diffusion", "tiny-sdar", "--ar", "tiny-qwen3", "--device", "cpu"]
    kept = tmp_path / "run.json"
    assert main(["race", "Hello", "--length", "16", "--steps", "8", *names, "--json", str(kept)]) == 0
    trace = Trace.loads(kept.read_text())
    assert [lane.title for lane in trace.lanes] == ["Tiny sdar", "Tiny qwen3"]
    swept = tmp_path / "sweep.json"
    assert main(["sweep", "--prompts", "1", "--length", "8", *names, "--json", str(swept)]) == 0
    told = json.loads(swept.read_text())
    assert set(told["run"]["checkpoints"]) == {"tiny-sdar", "tiny-qwen3"}
    assert "ask for what Tiny sdar cannot do" in capsys.readouterr().err


def test_models_lists_the_catalog(capsys):
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    assert "llada-8b-instruct" in said and "tiny-llada" in said and "This machine:" in said and "ships with it" in said
