"""Training with torch's compiler gives the same losses as without it."""

import json
import shutil

import pytest
import torch._dynamo

from made_up import train


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("c++"), reason="torch's compiler needs a C++ compiler on a CPU")
def test_a_compiled_run_loses_what_a_plain_one_does(made, tmp_path):
    """The noise contains the model's own errors. Their number of rows differs from step to step and must not cause a
    new compilation."""
    losses, counted = {}, torch._dynamo.utils.counters
    counted.clear()
    for name, arguments in (("plain", ()), ("compiled", ("--compile",))):
        train(
            tmp_path / name,
            "diffusion",
            made.data,
            "--steps",
            20,
            "--noise-own",
            0.3,
            "--noise-repair",
            0.2,
            *arguments,
        )
        losses[name] = [json.loads(row)["loss"] for row in (tmp_path / name / "log.jsonl").read_text().splitlines()]
    assert counted["stats"]["unique_graphs"] == 2 and not counted["recompiles"]  # one a window length
    assert losses["compiled"] == pytest.approx(losses["plain"], rel=0.01)
