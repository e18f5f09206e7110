"""Fixtures: both tiny twins, trained and published by running every command once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from made_up import SMALL, command, publish, train, write_corpus


@pytest.fixture(scope="session")
def made_apart(made):
    """The same corpus with a quarter of the training documents set aside for a judge."""
    out = made.root / "apart"
    command(
        "prepare",
        "--corpus",
        made.corpus,
        "--parts",
        "talk,tales",
        "--vocabulary",
        400,
        "--held-out",
        0.25,
        "--out",
        out,
    )
    return out


@pytest.fixture(scope="session")
def judge(made_apart, made):
    """A judge's run on the documents set aside."""
    run = made.root / "judge"
    train(run, "ar", made_apart, "--split", "judge", "--steps", 30)
    return run


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folders: corpus, data, the runs diffusion and ar, models; and the file evaluation."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("training")
    made = SimpleNamespace(
        root=root,
        corpus=root / "corpus",
        data=root / "data",
        models=root / "models",
        diffusion=root / "diffusion",
        ar=root / "ar",
        evaluation=root / "evaluation.json",
    )
    write_corpus(made.corpus)
    command("prepare", "--corpus", made.corpus, "--parts", "talk,tales", "--vocabulary", 400, "--out", made.data)
    for objective, run in (("diffusion", made.diffusion), ("ar", made.ar)):
        train(run, objective, made.data)
        publish(made, objective)
    command("evaluate", "--data", made.data, "--models", made.models, "--out", made.evaluation, *SMALL)
    for objective in ("diffusion", "ar"):
        publish(made, objective, "--evaluation", made.evaluation)
    return made
