"""lessons: single requests that a diffusion twin is taught, while it keeps what it knows."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import kl_div
from transformers import AutoTokenizer

from made_up import STEPS, TINY, command, weights
from playground.engine.twins import MODELS
from playground.errors import TrainingError
from playground.files import sha256
from playground.samplers.noise import character_alphabet, vocabulary_alphabet
from playground.training import teaching
from playground.training.corpus import CorpusError
from playground.training.lessons import FILE, Lessons, draw_lessons, lesson_batch
from playground.training.loop import BatchSource, TrainSettings, batch_logits, batch_loss
from playground.training.objectives import reply_starts
from playground.training.prepare import Prepared
from playground.training.runs import load_published, load_run
from playground.training.teaching import Teaching
from playground.training.text.draw import held_back
from test_training_command import refused

SHORT = {"sum": 1, "product": 1, "alphabet": 1}  # kinds whose requests are short in the made-up vocabulary too


@pytest.fixture(scope="module")
def data(made, tmp_path_factory):
    """The made-up data with lessons beside its text."""
    folder = tmp_path_factory.mktemp("lessons") / "data"
    command("prepare", "--corpus", made.corpus, "--parts", "talk,tales", "--vocabulary", 400, "--out", folder)
    (folder.parent / "shares.json").write_text(json.dumps(SHORT))
    command("lessons", "--data", folder, "--count", 400, "--shares", folder.parent / "shares.json", "--seed", 5)
    return Prepared.open(folder)


def taught(made, data, out, *more) -> None:
    command(
        *("train", "--objective", "diffusion", "--data", data.folder, "--out", out, "--steps", STEPS, *TINY),
        *("--start", made.models / "twin-diffusion", "--lessons", 0.7, "--lengths", 32, *more),
    )


def test_a_lesson_is_one_request_that_is_not_held_out(data):
    lessons, kinds = Lessons.load(data.folder / FILE), {"plus": 0, "times": 0}
    for canvas, rows in lessons.rows.items():
        assert rows.shape == (len(lessons.ends[canvas]), canvas)
        for row, end in zip(rows, lessons.ends[canvas]):
            text = data.tokenizer.decode(row[:end])
            asked, answered = text.removeprefix("User: ").removesuffix("\nUser:").split("\nAssistant: ")
            assert not held_back(asked) and "\n" not in asked + answered
            for word in kinds:
                kinds[word] += word in answered
    assert all(kinds.values())


def test_only_the_named_kinds_are_drawn_and_by_their_factors():
    tokenizer = AutoTokenizer.from_pretrained(MODELS / "twin-diffusion")
    lessons = draw_lessons(tokenizer, 300, 1, {"capital_of": 1, "sum": 4})
    texts = [tokenizer.decode(row) for rows in lessons.rows.values() for row in rows]
    sums = sum("plus" in text.split("Assistant:")[1] for text in texts)
    assert 0.7 < sums / len(texts) < 0.9  # both have one share, so four of five


def test_only_the_reply_carries_loss_and_only_what_follows_the_request_is_hidden(data):
    lessons, tokenizer = Lessons.load(data.folder / FILE), data.tokenizer
    windows, ends = (torch.from_numpy(a) for a in lessons.draw(2000, np.random.default_rng(4)))
    starts = reply_starts(windows, tokenizer("\nAssistant:", add_special_tokens=False)["input_ids"])
    alphabets = vocabulary_alphabet(len(tokenizer), set(tokenizer.all_special_ids)), character_alphabet(tokenizer)
    batch = lesson_batch(windows, ends, tokenizer.mask_token_id, alphabets, torch.Generator().manual_seed(1), starts)
    row, column = batch.positions // windows.shape[1], batch.positions % windows.shape[1]
    assert (column >= starts[row]).all() and (column < ends[row]).all()
    assert (batch.inputs.flatten()[batch.positions] == tokenizer.mask_token_id).all()
    assert torch.equal(batch.targets, windows[row, column])
    hidden = batch.inputs == tokenizer.mask_token_id
    at = torch.arange(windows.shape[1])[None]
    assert not (hidden & (at < starts[:, None])).any() and (hidden & (at >= ends[:, None])).any()
    of_row = torch.zeros(len(windows)).index_add_(0, row, batch.weights)
    assert torch.allclose(of_row[of_row > 0], torch.tensor(1 / len(windows)))


def apart(before, after, data) -> float:
    """The divergence of two twins' predictions in dialogues."""
    source = BatchSource(
        data.packed("train"), data.tokenizer, TrainSettings("diffusion", stories=0.0), torch.device("cpu")
    )
    batch = source(7, before.model)
    with torch.no_grad():
        known, found = (batch_logits(twin.model, batch).log_softmax(-1) for twin in (before, after))
        return float((kl_div(found, known, reduction="none", log_target=True).sum(-1) * batch.weights).sum())


def lesson_loss(twin, before, data) -> float:
    """The loss of one step's lessons."""
    settings = TrainSettings("diffusion", batch_tokens=8000, lengths=(32,), lessons=0.7)
    text = data.packed("train"), data.tokenizer
    steps = Teaching(Lessons.load(data.folder / FILE), *text, settings, torch.device("cpu"), before.model)
    with torch.no_grad():
        return float(batch_loss(twin.model, steps.lesson(123)))


def test_a_twin_learns_its_lessons_and_keeps_what_it_knew(made, data, tmp_path, monkeypatch):
    before = load_published(made.models / "twin-diffusion")
    taught(made, data, tmp_path / "held")
    held = load_run(tmp_path / "held", data)
    assert lesson_loss(held, before, data) < 0.8 * lesson_loss(before, before, data)

    monkeypatch.setattr(teaching, "held_loss", lambda *_: torch.zeros(()))
    taught(made, data, tmp_path / "free")
    free = load_run(tmp_path / "free", data)
    assert apart(before, held, data) < 0.5 * apart(before, free, data)


def test_a_run_with_lessons_that_was_stopped_goes_on_as_if_it_was_not(made, data, tmp_path):
    taught(made, data, tmp_path / "whole", "--steps", 12)
    taught(made, data, tmp_path / "cut", "--steps", 12, "--minutes", 0.001)
    taught(made, data, tmp_path / "cut", "--steps", 12)
    expected, found = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_the_record_tells_of_the_lessons(made, data, tmp_path):
    taught(made, data, tmp_path / "run", "--steps", 3)
    command(
        *("publish", "--run", tmp_path / "run", "--to", tmp_path / "model", "--data", data.folder),
        *("--samples", 1, "--sample-length", 8),
    )
    told = json.loads((tmp_path / "model" / "training.json").read_text())
    assert told["settings"]["lessons"] == 0.7
    assert told["corpus"]["lessons"]["kinds"] == SHORT
    assert told["corpus"]["lessons"]["sha256"] == sha256(data.folder / FILE)


def test_what_cannot_be_taught_is_refused(made, data, tmp_path, capsys):
    common = ("train", "--data", data.folder, "--out", tmp_path / "run", "--lessons", 0.5, "--steps", 2, *TINY)
    assert "needs --start" in refused(capsys, *common, "--objective", "diffusion")
    start = ("--start", made.models / "twin-diffusion")
    assert "for the diffusion twin" in refused(capsys, *common, "--objective", "ar", *start)
    without = [made.data if part == data.folder else part for part in common]
    assert "no lessons" in refused(capsys, *without, "--objective", "diffusion", *start)
    with pytest.raises(TrainingError, match="share of the tokens"):
        TrainSettings("diffusion", lessons=1.0)
    (tmp_path / FILE).write_bytes(b"cut off")
    with pytest.raises(CorpusError, match="no lessons"):
        Lessons.load(tmp_path / FILE)
