"""lessons: single requests that a diffusion twin is taught, while it keeps what it knows."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from torch.nn.functional import kl_div
from transformers import AutoTokenizer

from made_up import STEPS, TINY, command, weights
from playground.engine.twins import MODELS
from playground.errors import TrainingError
from playground.files import sha256
from playground.training import teaching
from playground.training.corpus import CorpusError
from playground.training.lessons import FILE, Lessons, draw_lessons
from playground.training.loop import BatchSource, TrainSettings, batch_logits, batch_loss
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
    lessons, kinds = Lessons.of(data), {"plus": 0, "times": 0}
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


def test_only_the_reply_carries_loss_and_only_what_follows_the_request_is_hidden(made, data):
    before, mask = load_published(made.models / "twin-diffusion"), data.tokenizer.mask_token_id
    batch = steps(before, data).lesson(4)
    rows, canvas = batch.inputs.shape
    row, column = batch.positions // canvas, batch.positions % canvas
    assert (batch.inputs.flatten()[batch.positions] == mask).all()
    clean = batch.inputs.flatten().index_put((batch.positions,), batch.targets).view(rows, canvas)
    hidden, after = batch.inputs == mask, 0
    for at in range(rows):
        text = data.tokenizer.decode(clean[at])
        head = text[: text.index("Assistant:") + len("Assistant:")]
        assert "[MASK]" not in head and head.startswith("User:")  # the request is whole
        ended = int(column[row == at].max()) + 1 if (row == at).any() else 0
        after += int(hidden[at, ended:].sum()) if ended else 0
    assert after  # what follows a reply is hidden as well
    of_row = torch.zeros(rows).index_add_(0, row, batch.weights)
    assert torch.isclose(of_row.sum(), torch.tensor(1.0))
    assert of_row[of_row > 0].std() < 1e-6


def test_no_loss_lies_after_the_end_of_a_lesson(made, data):
    taught = steps(load_published(made.models / "twin-diffusion"), data)
    taught.lessons = Lessons({60: np.full((3, 60), 7, np.uint16)}, {60: np.full(3, 9)})
    batch = taught.lesson(1)
    assert len(batch.positions) and (batch.positions % 60 < 9).all()


def steps(before, data) -> Teaching:
    """The steps of a run with the data's lessons."""
    settings = TrainSettings("diffusion", batch_tokens=8000, lengths=(32,), lessons=0.7)
    text = data.packed("train"), data.tokenizer
    return Teaching(Lessons.of(data), *text, settings, torch.device("cpu"), before.model)


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
    with torch.no_grad():
        return float(batch_loss(twin.model, steps(before, data).lesson(123)))


def test_a_twin_learns_its_lessons_and_keeps_what_it_knew(made, data, tmp_path, monkeypatch):
    before = load_published(made.models / "twin-diffusion")
    taught(made, data, tmp_path / "held")
    held = load_run(tmp_path / "held", data)
    assert lesson_loss(held, before, data) < 0.8 * lesson_loss(before, before, data)

    monkeypatch.setattr(teaching, "held_loss", lambda *_, **more: torch.zeros(()))
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
    assert "no lessons of its own" in refused(capsys, *without, "--objective", "diffusion", *start)
    with pytest.raises(TrainingError, match="share of the tokens"):
        TrainSettings("diffusion", lessons=1.0)


def test_lessons_of_other_data_are_refused(made, data, tmp_path, capsys):
    shutil.copytree(data.folder, tmp_path / "data")
    (tmp_path / "data" / FILE).write_bytes(b"cut off")
    with pytest.raises(CorpusError, match="of its own"):
        Lessons.of(Prepared.open(tmp_path / "data"))
    shutil.copy(data.folder / FILE, tmp_path / "data")  # prepared anew, perhaps with another tokenizer
    command(
        *("prepare", "--corpus", made.corpus, "--parts", "talk,tales", "--vocabulary", 380, "--out", tmp_path / "data")
    )
    with pytest.raises(CorpusError, match="of its own"):
        Lessons.of(Prepared.open(tmp_path / "data"))


def test_a_run_goes_on_with_its_own_lessons_and_weights_alone(made, data, tmp_path, capsys):
    copied = shutil.copytree(data.folder, tmp_path / "data")
    taught(made, Prepared.open(copied), tmp_path / "run", "--steps", 4)
    again = ("train", "--data", copied, "--out", tmp_path / "run", "--steps", 6)
    assert "other weights" in refused(capsys, *again, "--start", made.models / "twin-ar")  # of the same shape
    command("lessons", "--data", copied, "--count", 300, "--seed", 6)
    assert "other lessons" in refused(capsys, *again, "--start", made.models / "twin-diffusion")


def test_a_kind_whose_requests_are_all_held_out_gives_no_lesson(monkeypatch):
    monkeypatch.setattr("playground.training.text.draw.held_back", lambda opening: True)
    with pytest.raises(TrainingError, match="held out"):
        draw_lessons(AutoTokenizer.from_pretrained(MODELS / "twin-diffusion"), 3, 1, {"sum": 1})
