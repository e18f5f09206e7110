"""Corpora and run folders after a crash, another program or another process: they are read, repaired or reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from made_up import TINY, command, train, weights
from playground.errors import TrainingError
from playground.files import HELD, ROOT, held
from playground.text.token_ids import plain_ids
from playground.training import checkpoint
from playground.training.__main__ import main
from playground.training.checkpoint import BEFORE, STATE, log_rows, save_state
from playground.training.corpus import SEPARATOR, CorpusError, Packed, read_documents
from playground.training.curves import curve
from playground.training.prepare import Prepared
from playground.training.runs import load_run

ONE, TWO = "User: Hi.\nAssistant: Hello.", "Once upon a time."


def refused(capsys, *arguments) -> str:
    """The message of a command that must end with exit code 2."""
    assert main([str(argument) for argument in arguments]) == 2
    return capsys.readouterr().err


# Corpora.


@pytest.mark.parametrize(
    "between",
    [
        f"\n{SEPARATOR}\n",
        f"\n{SEPARATOR} \n",
        f"\n\t{SEPARATOR}\t\n",
        f"\n{SEPARATOR}\n{SEPARATOR}\n",
        f"\n{SEPARATOR}\n \n{SEPARATOR}  \n\n",
        f"\n\n{SEPARATOR}\n\n",
    ],
)
@pytest.mark.parametrize(
    "before, after",
    [("", ""), (f"{SEPARATOR}\n", f"\n{SEPARATOR}"), (f"\n{SEPARATOR} \n{SEPARATOR}\n", f"\n{SEPARATOR} \n\n")],
)
@pytest.mark.parametrize(
    "encoding, line_end", [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n"), ("utf-8", "\r")]
)
def test_documents_are_told_apart_however_the_separator_is_written(
    tmp_path, between, before, after, encoding, line_end
):
    path = tmp_path / "a.train.txt"
    path.write_bytes(f"{before}{ONE}{between}{TWO}{after}".replace("\n", line_end).encode(encoding))
    assert list(read_documents(path)) == [ONE, TWO]


def test_files_with_marks_that_were_joined_have_none_inside(tmp_path):
    path = tmp_path / "a.train.txt"
    path.write_bytes(b"".join(f"{text}\n{SEPARATOR}\n".encode("utf-8-sig") for text in (ONE, TWO)))
    assert list(read_documents(path)) == [ONE, TWO]


SPEAKS_OF_MARKERS = (
    f"User: What is {SEPARATOR}?\nAssistant: {SEPARATOR} ends a text and <|mask|><|mask|> hides one{SEPARATOR}"
)


def test_markers_in_documents_are_text_in_training_as_in_a_prompt(made, tmp_path):
    corpus, out = tmp_path / "corpus", tmp_path / "data"
    shutil.copytree(made.corpus, corpus)
    for split in ("train", "valid"):
        with (corpus / f"talk.{split}.txt").open("a", encoding="utf-8") as stream:
            stream.write(f"{SPEAKS_OF_MARKERS}\n{SEPARATOR} \n")
    command("prepare", "--corpus", corpus, "--vocabulary", 400, "--out", out)
    data = Prepared.open(out)
    end, mask = data.tokenizer.eos_token_id, data.tokenizer.mask_token_id
    for split in ("train", "valid"):
        packed = data.packed(split)
        assert mask not in packed.ids and (packed.ids == end).sum() == len(packed.openings), (
            "an end token after each document, and nowhere else"
        )
        texts = [data.tokenizer.decode(packed.document(at)) for at in range(len(packed.openings))]
        at = texts.index(SPEAKS_OF_MARKERS)
        assert packed.document(at) == plain_ids(SPEAKS_OF_MARKERS, data.tokenizer)
        before = Packed.load(made.data / f"{split}.npz")
        assert len(packed.openings) == len(before.openings) + 1


def test_data_that_is_cut_off_is_a_sentence(made, tmp_path, capsys):
    data = tmp_path / "data"
    shutil.copytree(made.data, data)
    (data / "train.npz").write_bytes((data / "train.npz").read_bytes()[:300])
    assert "train.npz cannot be read; it may be cut off" in refused(
        capsys, "train", "--objective", "ar", "--data", data, "--out", tmp_path / "run", *TINY
    )
    (data / "prepare.json").write_text("")
    with pytest.raises(TrainingError, match="empty or cut off"):
        Prepared.open(data).facts()
    (tmp_path / "a.train.txt.xz").write_bytes(b"\xfd7zXZ\x00\x00\x04")
    with pytest.raises(CorpusError):
        list(read_documents(tmp_path / "a.train.txt.xz"))


def test_a_prepare_that_is_cut_does_not_pass_for_the_one_before(made, tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(made.data, data)

    def cut(self, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(Packed, "save", cut)
    with pytest.raises(KeyboardInterrupt):
        command("prepare", "--corpus", made.corpus, "--vocabulary", 300, "--out", data)
    with pytest.raises(TrainingError, match="missing"):
        Prepared.open(data).facts()


# Run folders.


@pytest.fixture
def run(made, tmp_path):
    """A run of 40 steps with its last two checkpoints."""
    folder = tmp_path / "run"
    train(folder, "ar", made.data, "--minutes", 0)
    train(folder, "ar", made.data, "--steps", 40)
    train(folder, "ar", made.data, "--steps", 60)
    return folder


def resumed(run, made) -> None:
    command("train", "--data", made.data, "--out", run, "--steps", 80, "--threads", 1, "--device", "cpu")


@pytest.fixture
def expected(run, made, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(run, whole)
    resumed(whole, made)
    return weights(whole)


def alike(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", ["settings.json", "data.json"])
@pytest.mark.parametrize("content", [b"", b'{"train": {"obj', None])
def test_small_files_that_are_torn_are_put_back(run, made, expected, name, content):
    before = (run / name).read_text()
    if content is None:
        (run / name).unlink()
    else:
        (run / name).write_bytes(content)
    resumed(run, made)
    assert alike(weights(run), expected)
    assert name == "settings.json" or (run / name).read_text() == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", "half", None])
def test_a_state_that_is_torn_gives_way_to_the_one_before(run, made, expected, content, capsys):
    state = run / STATE
    if content is None:
        state.unlink()
    else:
        state.write_bytes(state.read_bytes()[: state.stat().st_size // 2] if content == "half" else content)
    assert load_run(run, Prepared.open(made.data)).steps == 40
    resumed(run, made)
    assert f"at step 40 from {BEFORE}" in capsys.readouterr().out
    assert [row["step"] for row in log_rows(run / "log.jsonl")] == [20, 40, 60, 80]


def test_without_any_whole_state_a_sentence_says_so(run, made, capsys):
    for name in (STATE, BEFORE):
        (run / name).write_bytes(b"")
    assert "No state in" in refused(capsys, "train", "--data", made.data, "--out", run, "--steps", 80)
    (run / "settings.json").write_bytes(b"")
    assert "No state in" in refused(capsys, "train", "--data", made.data, "--out", run, "--steps", 80)


def test_a_log_whose_last_line_is_half_written_is_read_and_mended(run, made, expected):
    with (run / "log.jsonl").open("a") as log:
        log.write('{"step": 80, "tok')
    assert len(curve(run).points) == 3
    resumed(run, made)
    assert [row["step"] for row in map(json.loads, (run / "log.jsonl").read_text().splitlines())] == [20, 40, 60, 80]
    assert alike(weights(run), expected)


@pytest.mark.parametrize("moment", ["save", "replace"])
def test_a_run_cut_while_it_saves_goes_on_from_a_whole_state(run, made, moment, monkeypatch):
    """The run is killed while it writes the checkpoint, or between the two renames."""
    step = torch.load(run / STATE, weights_only=True)["step"]
    if moment == "save":
        monkeypatch.setattr(
            torch,
            "save",
            lambda state, path: Path(path).write_bytes(b"half") and (_ for _ in ()).throw(KeyboardInterrupt()),
        )
    else:
        monkeypatch.setattr(
            os,
            "replace",
            lambda here, there: (
                os.rename(here, there) if there.name == BEFORE else (_ for _ in ()).throw(KeyboardInterrupt())
            ),
        )
    with pytest.raises(KeyboardInterrupt):
        save_state(run, {"model": {}, "step": 99})
    monkeypatch.undo()
    assert checkpoint.load_state(run)[0]["step"] == step


def test_a_folder_in_use_is_refused_with_the_process_id(made, tmp_path, capsys):
    out = tmp_path / "run"
    with held(out):
        code = f"import sys; from playground.training.__main__ import main; sys.exit(main({['train', '--objective', 'ar', '--data', str(made.data), '--out', str(out), *TINY]!r}))"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2 and f"in use by process {os.getpid()}" in done.stderr
        assert os.listdir(out) == [HELD], "nothing was written there"
    train(out, "ar", made.data, "--minutes", 0)


def test_two_trainings_into_one_folder_at_once(made, tmp_path):
    """The second training is refused; the steps in the log increase."""
    out = tmp_path / "run"
    arguments = [
        sys.executable,
        "-m",
        "playground.training",
        "train",
        "--objective",
        "ar",
        "--data",
        str(made.data),
        "--out",
        str(out),
        "--steps",
        "200",
        *TINY,
    ]
    both = [
        subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300) for process in both]
    codes = [process.returncode for process in both]
    steps = [row["step"] for row in log_rows(out / "log.jsonl")]
    assert steps == sorted(set(steps))
    if sorted(codes) == [0, 2]:  # unless one was over before the other began
        assert "in use by process" in said[codes.index(2)][1]
    else:
        assert codes == [0, 0]


def test_data_written_before_this_is_read_as_before(made):
    """The ids of documents without markers have not changed."""
    data = Prepared.open(made.data)
    packed = data.packed("valid")
    texts = [data.tokenizer.decode(packed.document(at)) for at in range(len(packed.openings))]
    assert [list(encoding.ids) for encoding in data.tokenizer.backend_tokenizer.encode_batch(texts)] == [
        packed.document(at) for at in range(len(texts))
    ]
    assert np.array_equal(Packed.from_documents(texts, data.tokenizer).ids, packed.ids)
