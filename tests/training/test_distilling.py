"""distill: a data folder of the twin's own texts, in the format that train reads."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from made_up import TINY, command
from playground.files import sha256
from playground.metrics.text_metrics import unigram_entropy
from playground.training.corpus import windows
from playground.training.distilling import DistillSettings, kept_documents, training_openings
from playground.training.prepare import Prepared
from test_training_command import refused

LENGTH, TEXTS = 16, 20
SMALL = ("--length", LENGTH, "--longest", 40, "--passes", 4, "--threads", 1)


def distill(made, out, *more) -> Prepared:
    command(
        "distill",
        "--model",
        made.models / "twin-diffusion",
        "--data",
        made.data,
        "--out",
        out,
        "--texts",
        TEXTS,
        *SMALL,
        *more,
    )
    return Prepared.open(out)


@pytest.fixture(scope="module")
def distilled(made, tmp_path_factory):
    return distill(made, tmp_path_factory.mktemp("distilled") / "data")


def documents(packed) -> list[list[int]]:
    """The token ids of all documents, without their end tokens."""
    bounds = np.append(packed.openings, len(packed.ids))
    return [packed.ids[start : stop - 1].tolist() for start, stop in pairwise(bounds)]


def test_the_prompts_are_kept_as_they_were_and_answered_in_full(made, distilled):
    data = Prepared.open(made.data)
    prompts = training_openings(data.packed("train"), data.tokenizer, DistillSettings(TEXTS, length=LENGTH, longest=40))
    texts = documents(distilled.packed("train"))[:TEXTS]
    assert sorted(text[:-LENGTH] for text in texts) == sorted(prompts) and len(prompts) == TEXTS
    specials = {data.tokenizer.mask_token_id, data.tokenizer.eos_token_id}
    assert not specials & {token for text in texts for token in text}


def test_openings_are_different_and_begin_training_documents(made):
    data = Prepared.open(made.data)
    prompts = training_openings(data.packed("train"), data.tokenizer, DistillSettings(longest=40))
    begun = {tuple(text[:n]) for text in documents(data.packed("train")) for n in {len(prompt) for prompt in prompts}}
    assert {tuple(prompt) for prompt in prompts} <= begun and len(set(map(tuple, prompts))) == len(prompts)
    spoken = [data.tokenizer.decode(prompt) for prompt in prompts]
    assert any(text.endswith("\nAssistant:") for text in spoken) and any(text.startswith("Once") for text in spoken)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.75])
def test_the_share_of_real_text_is_what_was_asked_for(made, tmp_path, keep):
    packed = distill(made, tmp_path, "--keep", keep).packed("train")
    originals = set(map(tuple, documents(Prepared.open(made.data).packed("train"))))
    kept = documents(packed)[TEXTS:]
    assert all(tuple(text) in originals for text in kept)
    longest = max(map(len, originals)) + 1
    assert sum(len(text) + 1 for text in kept) == pytest.approx(keep * len(packed.ids), abs=longest)
    assert bool(kept) == (keep > 0)


def test_kept_documents_are_different_ones(made):
    packed = Prepared.open(made.data).packed("train")
    chosen = list(kept_documents(packed, len(packed.ids) / 2, seed=1))
    assert len(set(chosen)) == len(chosen) and set(chosen) != set(kept_documents(packed, len(packed.ids) / 2, seed=2))


def test_lines_and_bytes_are_those_of_the_documents(made, distilled):
    packed = distilled.packed("train")
    texts = documents(packed)
    newline = distilled.tokenizer.convert_tokens_to_ids("Ċ")
    expected = [1] * TEXTS + [1 + text.count(newline) for text in texts[TEXTS:]]
    document = np.searchsorted(packed.openings, packed.line_starts, side="right") - 1
    assert np.bincount(document).tolist() == expected
    assert (packed.ids[packed.line_ends - 1] == distilled.tokenizer.eos_token_id).all()
    assert packed.line_ends.tolist() == np.append(packed.openings, len(packed.ids))[document + 1].tolist()
    assert packed.text_bytes == sum(len(distilled.tokenizer.decode(text).encode()) for text in texts)


def test_no_window_as_long_as_the_texts_shows_them_ending(made, tmp_path):
    data = distill(made, tmp_path, "--keep", 0)
    length = data.facts()["distilled"]["shortest_text"]
    drawn = windows(data.packed("train"), np.random.default_rng(1), 200, length, opening_share=0.5)
    assert data.tokenizer.eos_token_id not in drawn


def test_the_folder_can_be_trained_on_and_published_from(made, distilled, tmp_path):
    run, model = tmp_path / "run", tmp_path / "model"
    command(
        "train",
        "--objective",
        "diffusion",
        "--data",
        distilled.folder,
        "--out",
        run,
        "--start",
        made.models / "twin-diffusion",
        "--steps",
        6,
        *TINY,
    )
    command("publish", "--run", run, "--to", model, "--data", distilled.folder, "--samples", 1, "--sample-length", 8)
    told = json.loads((model / "training.json").read_text())["corpus"]
    assert told["distilled"]["texts"] == TEXTS and told["distilled"]["model_sha256"]
    assert f"{TEXTS} ({told['distilled']['text_tokens']:,} tokens) were written" in (model / "README.md").read_text()
    assert told["files"]["train.npz"] == sha256(distilled.folder / "train.npz")


def test_texts_that_repeat_themselves_are_left_out(made, distilled, tmp_path):
    every = [unigram_entropy(text[-LENGTH:]) for text in documents(distilled.packed("train"))[:TEXTS]]
    limit = float(np.median(every))
    data = distill(made, tmp_path, "--least-entropy", limit)
    told = data.facts()["distilled"]
    assert told["texts"] == sum(entropy >= limit for entropy in every) == TEXTS - told["left_out"] < TEXTS
    assert all(unigram_entropy(text[-LENGTH:]) >= limit for text in documents(data.packed("train"))[: told["texts"]])


def test_the_other_splits_stay_as_they_were(made, made_apart, tmp_path):
    command(
        "distill",
        "--model",
        made.models / "twin-diffusion",
        "--data",
        made_apart,
        "--out",
        tmp_path,
        "--texts",
        4,
        *SMALL,
    )
    before, after = Prepared.open(made_apart), Prepared.open(tmp_path)
    assert before.facts()["judge"] == after.facts()["judge"]
    assert all(before.fingerprint(split) == after.fingerprint(split) for split in ("valid", "judge"))
    assert before.fingerprint("train") != after.fingerprint("train")


def test_a_time_limit_packs_what_there_is(made, tmp_path):
    facts = distill(made, tmp_path, "--minutes", 0).facts()
    assert 1 <= facts["distilled"]["texts"] <= 2
    assert facts["train"]["tokens"] == len(Prepared.open(tmp_path).packed("train").ids)


def test_messages_say_what_to_do(made, tmp_path, capsys):
    given = ("distill", "--data", made.data, "--out", tmp_path / "data", *SMALL)
    twin = ("--model", made.models / "twin-diffusion")
    for expected, *more in (
        ("--model the diffusion twin", "--model", made.models / "twin-ar"),
        ("share that is kept", *twin, "--keep", 1),
        ("The twin reads 160 tokens", *twin, "--length", 156),
        ("itself", *twin, "--out", made.data),
        ("repeats itself too much", *twin, "--least-entropy", 9),
        ("No opening", *twin, "--longest", 1, "--shortest", 1),
    ):
        assert expected in refused(capsys, *given, *more)
    assert not (tmp_path / "data").exists()
