"""A race of two models that cut text into tokens of different size: characters and bytes compare, tokens do not."""

import dataclasses
import json
import math
import re
from io import StringIO

import pytest
import torch
from rich.console import Console

from made_up_model import FakeSource, LetterSource
from playground import __main__ as cli
from playground.cli.terminal import figures_table
from playground.engine import twins
from playground.engine.engine import RaceEngine
from playground.engine.twins import Twins
from playground.export.caption import caption
from playground.export.html import to_html
from playground.export.picture import Film
from playground.files import ROOT
from playground.metrics.lane_metrics import reply
from playground.metrics.table import rows
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.text.fingerprint import fingerprint
from playground.trace.tokenizers import share_tokenizer
from playground.trace.trace import Lane, Trace
from playground.training.tokenizer import train_tokenizer

# 16 tokens in 8 passes of 3 ms: 16 letters, or 16 words, each with the space before it
LETTERS, WORDS = "I can help.I can", " I can help you with that today . I can help you with that today ."


@pytest.fixture
def pair(tiny):
    """An engine of a letter model and its partner, a word model."""
    return RaceEngine(
        [LetterSource(partner="word-model"), FakeSource(partner="letter-model")],
        torch.device("cpu"),
        torch.float32,
        tiny.thread,
    )


def race(engine, prompt="Help me.", length=16, **settings):
    run = engine.start(RaceRequest.parse({"prompt": prompt, "length": length, "steps": 4, **settings}))
    for _ in run.frames():
        pass
    return run.trace


def test_the_verdict_compares_characters(pair):
    trace = race(pair)
    assert (reply(trace, "diffusion"), reply(trace, "ar")) == (LETTERS, WORDS)
    line, lanes = trace.verdict["line"], trace.verdict["lanes"]
    assert line.startswith(
        "Word model wrote 4.1× as fast as Letter model: 2,750 characters a second against 667 (667 and 667 of their own tokens). "
        "Their tokens are of different size, so only characters compare."
    )
    assert "Word model 66 characters in 24 ms, 8 passes of 3.0 ms; Letter model 16 characters in 24 ms" in line
    assert "finished first" not in line and "twin" not in line
    assert (lanes["ar"]["characters"], lanes["ar"]["char_per_s"], lanes["ar"]["tok_per_s"]) == (66, 2750.0, 666.7)
    assert trace.verdict["more"].startswith("Bits per byte under Word model") and "1.50" in trace.verdict["more"]
    assert lanes["diffusion"]["bits_per_byte"] == 1.5 and trace.verdict["scorer"] == "Word model"


def test_the_table_of_the_terminal_leads_with_characters(pair):
    trace = race(pair)
    table = dict(rows(trace.verdict["lanes"], "Word model", one_tokenizer=False))
    assert list(table)[:2] == ["characters per second", "tokens of its own per second"]
    assert table["characters per second"] == ["667", "2,750"]
    assert table["bits per byte under Word model"] == ["1.50", "1.50"] and "perplexity under Word model" not in table
    console = Console(width=120, record=True, file=StringIO())
    console.print(figures_table(trace))
    assert re.search(r"characters per second +667 +2,750\s+tokens of its own", console.export_text())


def test_lanes_of_one_tokenizer_keep_tokens_and_perplexity(tiny):
    engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, FakeSource(), FakeSource("second"))
    for lanes in ("", [{"model": "word-model"}, {"model": "second"}], [{"model": "word-model"}] * 2):
        trace = race(engine, lanes=lanes)
        assert share_tokenizer(trace.lanes) and trace.run["same_length"] is True
        assert "characters" not in trace.verdict["line"] and "Perplexity under" in trace.verdict["more"]
        assert not any("prompt_text" in lane.about or "note" in lane.about for lane in trace.lanes)
        table = dict(rows(trace.verdict["lanes"]))
        assert list(table)[:2] == ["tokens per second", "characters per second"]


def test_each_lane_tells_the_text_that_it_read(pair):
    trace = race(pair)
    letters, words = trace.lanes
    assert trace.run["prompt_text"] == "User: Help me.\nAssistant:" and "prompt_text" not in letters.about
    assert words.about["prompt_text"] == "Help me." and (letters.prompt, words.prompt) == (25, 2)


def test_same_length_is_off_and_said_where_tokens_differ(tiny):
    engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, FakeSource())
    settings = {"prompt": "I need a dentist", "length": 12}
    trace = race(engine, lanes=[{"model": "twin-ar"}, {"model": "word-model"}], **settings)
    assert "“Same length” has no effect here" in trace.lanes[0].about["note"] and "note" not in trace.lanes[1].about
    assert trace.run["same_length"] is False, "the run file tells what was run"
    free = race(engine, lanes=[{"model": "twin-ar"}], same_length=False, **settings)
    assert reply(trace, "ar") == reply(free, "ar")
    asked = race(engine, lanes=[{"model": "twin-ar"}, {"model": "word-model"}], same_length=False, **settings)
    assert "note" not in asked.lanes[0].about, "nothing was asked for that has no effect"


def test_a_saved_race_replays_and_exports_with_its_characters(pair, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(twins, "load_twins", lambda device, **more: pair)
    path = tmp_path / "run.json"
    assert cli.main(["race", "Help me.", "--length", "16", "--steps", "4", "--json", str(path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Word model wrote 4.1× as fast" in shown and "2,750 characters/s 667 tok/s" in shown
    trace = Trace.read(path.read_bytes())
    said = caption(trace)
    assert "Letter model 667 characters a second, 667 tokens of its own; Word model 2,750 characters a second" in said
    assert not any(str(lane.about["tokenizer"]) in said for lane in trace.lanes)
    assert said.replace("'", "&#39;") in "".join(to_html(trace))
    assert len(list(Film(trace).pictures())) > 4
    assert trace.to_json() == json.loads(path.read_text(encoding="utf-8"))


def test_runs_of_old_files_share_a_tokenizer():
    first = Trace.read((ROOT / "assets" / "traces" / "first.json").read_bytes())
    assert share_tokenizer(first.lanes) and "characters" not in caption(first)
    table = dict(rows(first.verdict["lanes"]))
    assert "tokens per second" in table and "perplexity under the AR twin" in table


def test_a_branch_shares_the_tokenizer_of_its_lane():
    old, parent = Lane("ar", "ar", "AR", 1, 2), {"lane": "ar", "frame": 1, "edits": []}
    branch = dataclasses.replace(old, about={"tokenizer": "ab", "parent": parent})
    assert share_tokenizer([old, branch])
    assert not share_tokenizer([old, dataclasses.replace(old, about={"tokenizer": "ab"})])


def test_a_frame_of_another_tokenizer_is_refused(tiny):
    frame = {"lane": "ar", "kind": "ar", "frame": 1, "prompt": 2, "ids": [5, 6, 7, 8], "open": [3], "edits": []}
    for known in ({}, {"tokenizer": tiny.ar.fingerprint}):
        assert race(tiny, resume={**frame, **known}).ended == "done"
    with pytest.raises(RequestError, match="another tokenizer than that of Autoregressive"):
        race(tiny, resume={**frame, "tokenizer": "another", "model": "of another host"})


def test_a_lane_that_wrote_nothing_is_no_tie(pair):
    pair.sources["letter-model"].words = ("", "")  # each token ends its text, or shows nothing
    assert race(pair).verdict["line"].startswith("Letter model wrote nothing. Their tokens")


def test_a_tie_in_characters_is_called_a_tie(pair):
    pair.sources["word-model"].words = pair.sources["letter-model"].words
    pair.sources["word-model"].text = lambda word: word
    pair.sources["word-model"].words += ("!",)
    assert race(pair).verdict["line"].startswith("A tie at 667 characters a second (667 and 667 of their own tokens)")


def test_a_fingerprint_is_of_what_cuts_a_text(tiny):
    tokenizer = tiny.ar.tokenizer
    known = fingerprint(tokenizer)
    assert re.fullmatch("[0-9a-f]{16}", known) and known == tiny.diffusion.fingerprint == tiny.ar.fingerprint
    more = type(tokenizer)(tokenizer_object=tokenizer.backend_tokenizer)
    more.add_special_tokens({"additional_special_tokens": ["<|new|>"]})
    assert fingerprint(more) == known, "a mask more does not change how a text is cut"
    other = train_tokenizer(["User: I need a hotel in Rome."] * 20, 300)
    assert fingerprint(type(tokenizer)(tokenizer_object=other)) != known
    for lane in race(tiny, "hi").lanes:
        assert lane.about["tokenizer"] == known


def test_bits_per_byte_are_the_same_surprise_as_perplexity(tiny):
    given, text = "User: Hello\nAssistant:", " I found one dentist for you: café 🙂"
    score = tiny.ar.score(given, text)
    tokens = len(tiny.ar.encode(text))
    assert score.bits_per_byte * len(text.encode()) == pytest.approx(tokens * math.log2(score.perplexity))
    assert tiny.ar.score(given, "") is None and tiny.ar.score("", text).bits_per_byte > 0
