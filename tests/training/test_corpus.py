"""The windows that the twins train on: they stay within one document, and the same step gives the same windows."""

from __future__ import annotations

import lzma
from itertools import pairwise

import numpy as np
import pytest
import torch

from made_up import command
from playground.errors import TrainingError
from playground.text.prompts import kind
from playground.training.corpus import SEPARATOR, CorpusError, Packed, corpus_files, read_documents, windows
from playground.training.loop import BatchSource, TrainSettings
from playground.training.objectives import DiffusionNoise
from playground.training.prepare import Prepared, prepare


@pytest.fixture(scope="module")
def data(made):
    return Prepared.open(made.data)


def test_packing_loses_no_text(made, data):
    packed = data.packed("valid")
    bounds = np.append(packed.openings, len(packed.ids))
    read = [data.tokenizer.decode(packed.ids[a : b - 1].tolist()) for a, b in pairwise(bounds)]
    files = corpus_files(made.corpus, ("talk", "tales"), "valid")
    written = [document for path in files for document in read_documents(path)]
    assert read == written
    assert packed.text_bytes == sum(len(document.encode()) for document in written)


def test_packed_files_and_plain_ones_read_alike(made, tmp_path):
    plain = made.corpus / "tales.train.txt"
    packed = tmp_path / "tales.train.txt.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert list(read_documents(packed)) == list(read_documents(plain))


def test_paragraphs_of_picture_books_are_joined(made):
    story = next(read_documents(made.corpus / "tales.train.txt"))
    assert len(story.splitlines()) == 2 and "lived by the " in story


def test_a_turn_after_a_story_keeps_its_line(tmp_path):
    story = "A fox\nlived here.\nUser: What is 1 plus 1?\nAssistant: 2."
    (tmp_path / "tales.train.txt").write_text(story)
    assert list(read_documents(tmp_path / "tales.train.txt")) == [
        "A fox lived here.\nUser: What is 1 plus 1?\nAssistant: 2."
    ]


def test_windows_start_at_a_line_and_never_cross_documents(data):
    packed, end = data.packed("train"), data.tokenizer.eos_token_id
    starts = {tuple(packed.ids[a : a + 4]) for a in packed.line_starts}
    for row in windows(packed, np.random.default_rng(0), rows=200, length=40, opening_share=0.3):
        assert tuple(row[:4]) in starts
        ended = np.flatnonzero(row == end)
        assert len(ended) == 0 or (row[ended[0] :] == end).all()


def test_the_same_step_gives_the_same_batch_and_another_step_another(data):
    settings = TrainSettings("diffusion", lengths=(48,), batch_tokens=480)
    packed = data.packed("train")
    one, two = (BatchSource(packed, data.tokenizer, settings, torch.device("cpu")) for _ in range(2))
    two(8)  # earlier draws must not matter
    assert torch.equal(one(7).inputs, two(7).inputs) and torch.equal(one(7).weights, two(7).weights)
    assert not torch.equal(one(7).inputs, one(8).inputs)


@pytest.mark.parametrize("complementary", [False, True])
def test_both_twins_see_the_same_windows(data, complementary):
    """Also where the diffusion twin reads each window twice, with complementary masks."""
    packed, noise = data.packed("train"), DiffusionNoise(complementary=complementary)
    settings = (TrainSettings(o, lengths=(48,), batch_tokens=480, noise=noise) for o in ("diffusion", "ar"))
    noisy, causal = (BatchSource(packed, data.tokenizer, s, torch.device("cpu"))(3) for s in settings)
    assert noisy.inputs.numel() == 480
    clean = causal.inputs.repeat(noise.copies, 1)
    assert torch.equal(clean.flatten()[noisy.positions], noisy.targets)


def test_a_kind_that_is_not_there_is_a_sentence(data):
    packed = data.packed("train")
    tales = packed.only(
        np.array([kind(data.tokenizer.decode(packed.ids[at : at + 8].tolist())) == "stories" for at in packed.openings])
    )
    with pytest.raises(TrainingError, match=r"no dialogues.*--stories"):
        BatchSource(tales, data.tokenizer, TrainSettings("ar", stories=0.5), torch.device("cpu"))
    with pytest.raises(TrainingError, match="stories must lie between 0 and 1, not 30"):
        TrainSettings("ar", stories=30)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_windows_hold_the_share_of_stories_that_is_asked_for(data, share):
    settings = TrainSettings("ar", lengths=(48,), batch_tokens=4800, opening_share=1.0, stories=share)
    source = BatchSource(data.packed("train"), data.tokenizer, settings, torch.device("cpu"))
    drawn = torch.cat([source(step).inputs for step in range(4)])
    found = [kind(data.tokenizer.decode(row[:8].tolist())) for row in drawn]
    assert found.count("stories") / len(found) == pytest.approx(share, abs=0.1 * (0 < share < 1))


def test_preparing_twice_gives_the_same_bytes(made, tmp_path):
    command("prepare", "--corpus", made.corpus, "--parts", "talk,tales", "--vocabulary", 400, "--out", tmp_path)
    for name in ("train.npz", "valid.npz", "tokenizer/tokenizer.json", "prepare.json"):
        assert (tmp_path / name).read_bytes() == (made.data / name).read_bytes()


def documents_of(data: Prepared, split: str) -> list[bytes]:
    packed = data.packed(split)
    bounds = np.append(packed.openings, len(packed.ids))
    return [packed.ids[a:b].tobytes() for a, b in pairwise(bounds)]


def test_documents_set_aside_are_the_judges_alone(made, made_apart, data):
    apart = Prepared.open(made_apart)
    assert (made_apart / "tokenizer/tokenizer.json").read_bytes() == (
        made.data / "tokenizer/tokenizer.json"
    ).read_bytes()
    everything, kept, held = documents_of(data, "train"), documents_of(apart, "train"), documents_of(apart, "judge")
    assert sorted(kept + held) == sorted(everything)
    assert not set(kept) & set(held)
    assert 0.15 < len(held) / len(everything) < 0.35
    assert documents_of(apart, "valid") == documents_of(data, "valid")


def test_a_corpus_without_documents_set_aside_has_none_for_a_judge(made, data, capsys):
    with pytest.raises(TrainingError, match=r"no judge.npz.*--held-out"):
        data.packed("judge")
    with pytest.raises(TrainingError, match="at least 0 and below 1"):
        prepare(made.corpus, (), 400, made.root / "nowhere", held_out=1.0)


def test_a_folder_prepared_anew_without_a_judge_keeps_no_documents_for_one(made, tmp_path):
    for share in (0.25, 0.0):
        prepare(made.corpus, ("talk",), 400, tmp_path, held_out=share)
    with pytest.raises(TrainingError, match=r"no judge.npz"):
        Prepared.open(tmp_path).packed("judge")


@pytest.mark.parametrize("name", ["a.train.txt", "a.train.txt.xz"])
def test_a_file_that_is_no_text_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(CorpusError, match=f"{name} is no UTF-8 text"):
        list(read_documents(tmp_path / name))


def test_a_corpus_that_is_not_there_says_what_to_put_where(tmp_path):
    with pytest.raises(CorpusError, match=r"talk in .*NAME.train.txt"):
        corpus_files(tmp_path, ("talk",), "train")
    with pytest.raises(CorpusError, match="any part"):
        corpus_files(tmp_path, (), "train")
    (tmp_path / "empty.train.txt").write_text(f"\n{SEPARATOR}\n")
    assert list(read_documents(tmp_path / "empty.train.txt")) == []
    with pytest.raises(CorpusError, match="no documents"):
        Packed.from_documents([], tokenizer=StubTokenizer())


class StubTokenizer:
    """Nothing to tokenize."""

    def convert_tokens_to_ids(self, token: str) -> int:
        return 0
