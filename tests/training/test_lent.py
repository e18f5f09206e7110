"""The command for a lent GPU, tested on a CPU with tiny twins: complete, interrupted and resumed, out of time,
without data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from made_up import TINY, command, write_corpus
from playground.files import ROOT
from playground.request.race_request import RaceRequest
from playground.training.lent import STAGES, UNPLANNED
from playground.training.loop import OBJECTIVES
from playground.training.prepare import Prepared
from playground.training.runs import load_published, load_run, read_settings, steps_taken
from test_training_command import refused

pytestmark = pytest.mark.long


LACKING = ("gradio", "gradio_client", "fastapi", "plotly", "playwright")  # on such a machine


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder; what else ``made`` holds is not needed here."""
    root = tmp_path_factory.mktemp("lent")
    write_corpus(root / "corpus")
    command(
        "prepare", "--corpus", root / "corpus", "--parts", "talk,tales", "--vocabulary", 400, "--out", root / "data"
    )
    return root / "data"


@pytest.fixture
def gpu(data, tmp_path, monkeypatch):
    """The command's options with a work folder of its own, and an environment without the packages that such a
    machine lacks."""
    blocked = f"import sys\nfor name in {LACKING!r}:\n    sys.modules[name] = None\n"
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking" / "sitecustomize.py").write_text(blocked)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lacking"))
    monkeypatch.setenv("OUT", str(tmp_path / "out"))

    def options(*more, train="--steps 20"):
        tiny = " ".join([*TINY, "--positions 256", train])
        return [
            str(each)
            for each in (
                "gpu",
                "--data",
                data,
                "--work",
                tmp_path / "work",
                "--device",
                "cpu",
                "--threads",
                1,
                "--minutes",
                8,
                "--requests",
                3,
                "--train",
                tiny,
                *more,
            )
        ]

    return options


def summary(tmp_path) -> dict:
    return json.loads((tmp_path / "out" / "summary.json").read_text())


def at_home(tmp_path):
    """The returned archive, unpacked as the docstring of home.py says."""
    home = tmp_path / "home"
    home.mkdir()
    pieces = sorted((tmp_path / "out").glob("twins.tar.*"))
    assert len(pieces) + 1 <= 8 and all(piece.stat().st_size < 16 * 2**20 for piece in pieces)
    subprocess.run(["tar", "x", "-C", home], input=b"".join(piece.read_bytes() for piece in pieces), check=True)
    return home


@pytest.mark.long
def test_all_stages_in_order_and_nothing_twice(gpu, data, tmp_path, capsys):
    command(*gpu())
    said = capsys.readouterr().out
    stages = [line.split("]")[0][1:] for line in said.splitlines() if line.startswith("[") and line.endswith("left")]
    assert stages == ["smoke", "tests", "bench", "train", "publish", "score"] and "all is done" in said
    found = summary(tmp_path)
    assert found["next"] is None and "CUDA" in found["stages"]["tests"]["skipped"]
    for objective in OBJECTIVES:
        assert found["stages"]["smoke"][objective]["step"] == 20 and found["twins"][objective]["steps"] == 20
        assert f"twin-{objective}" in found["stages"]["publish"][objective]
    for passes in (
        RaceRequest.steps // 2,
        RaceRequest.steps,
    ):  # the targets are about the page's passes and half of them
        assert found["stages"]["score"][f"diffusion-{passes}"][f"held-out, {passes} passes"]["of"] == 3
    assert found["twins"]["ar"]["tokens"] == found["twins"]["diffusion"]["tokens"]

    home = at_home(tmp_path)
    for objective in OBJECTIVES:
        light, whole = home / "runs" / objective, load_run(tmp_path / "work" / "runs" / objective, Prepared.open(data))
        command("publish", "--run", light, "--to", tmp_path / "again", "--data", data, "--samples", 1)
        assert load_published(tmp_path / "again").sha256 == load_published(home / "models" / f"twin-{objective}").sha256
        assert load_run(light, Prepared.open(data)).tokens_seen == whole.tokens_seen
        assert "begin with --start" in refused(capsys, "train", "--data", data, "--out", light, "--steps", 30)

    command(*gpu())
    assert capsys.readouterr().out.count("done before") == 6


@pytest.mark.long
def test_a_command_that_is_cut_while_training_goes_on(gpu, tmp_path):
    def start():
        more = gpu("--stages", "train", train="--steps 300")
        return subprocess.Popen(
            [sys.executable, "-m", "playground.training", *more],
            cwd=ROOT,
            env=os.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    logs, until = (
        [tmp_path / "work" / "runs" / objective / "log.jsonl" for objective in OBJECTIVES],
        time.monotonic() + 300,
    )
    cut = start()
    while not all(log.exists() and log.read_text() for log in logs) and time.monotonic() < until:
        time.sleep(0.05)
    cut.terminate()
    said, _ = cut.communicate(timeout=120)
    assert cut.returncode == 0 and "stopped; the same command goes on" in said, said
    taken = [steps_taken(log.parent) for log in logs]
    assert all(20 <= steps < 300 for steps in taken) and summary(tmp_path)["next"] == "train"
    assert (at_home(tmp_path) / "runs" / "ar" / "state.pt").is_file()  # results so far are returned

    said, _ = start().communicate(timeout=300)
    assert f"diffusion {taken[0]}, ar {taken[1]}" in said and "all is done" in said, said
    assert [steps_taken(log.parent) for log in logs] == [300, 300]
    for log in logs:
        assert [json.loads(row)["step"] for row in log.read_text().splitlines()] == list(range(20, 301, 20))


def test_steps_are_planned_from_the_speed_and_kept_in_the_runs(gpu, tmp_path):
    more = gpu("--stages", "train", "--measure", 0.2, "--minutes", 20, train="--batch-tokens 96")
    running = subprocess.Popen(
        [sys.executable, "-m", "playground.training", *more],
        cwd=ROOT,
        env=os.environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = []
    while not said or "to step" not in said[-1]:
        said.append(running.stdout.readline())
        assert said[-1], said  # it has ended
    steps = int(said[-1].split("to step ")[1].split(";")[0].replace(",", ""))
    runs, until = [tmp_path / "work" / "runs" / objective for objective in OBJECTIVES], time.monotonic() + 300
    while any(read_settings(run)[0].steps != steps for run in runs) and time.monotonic() < until:
        time.sleep(0.1)
    running.terminate()
    running.communicate(timeout=120)
    settings = [read_settings(run)[0] for run in runs]
    assert [each.steps for each in settings] == [steps] * 2 and [each.rescheduled for each in settings] == [()] * 2
    assert 1_000 < steps < UNPLANNED and "to measure how many steps" in "".join(said)


def test_training_whose_time_is_over_goes_on_in_the_next_command(gpu, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(STAGES, "train", replace(STAGES["train"], least=1))
    command(*gpu("--stages", "train,publish", "--minutes", 0.5, train="--steps 100000"))
    said = capsys.readouterr().out
    assert (
        "[train] to be continued" in said
        and "train is next: give the same command again" in said
        and "[publish]" not in said
    )
    assert summary(tmp_path)["next"] == "train" and not (tmp_path / "work" / "done" / "train.json").exists()
    command(*gpu("--stages", "train", "--minutes", 0.1, train="--steps 100000"))
    assert "command 2" in (said := capsys.readouterr().out) and "[train] not begun" in said


def test_without_time_it_begins_nothing_and_says_what_is_next(gpu, tmp_path, capsys):
    command(*gpu("--minutes", 0.5))
    said = capsys.readouterr().out
    assert "[smoke] not begun" in said and "smoke is next: give the same command again" in said
    assert summary(tmp_path)["next"] == "smoke" and not (tmp_path / "work" / "smoke").exists()


def test_messages_say_what_to_do(gpu, tmp_path, capsys):
    assert "is no data folder" in refused(capsys, *gpu("--data", tmp_path))
    assert "There is no stage tset" in refused(capsys, *gpu("--stages", "tset"))
    assert "smoke-diffusion failed" in refused(capsys, *gpu("--stages", "smoke", train="--rate x"))
    assert summary(tmp_path)["next"] == "smoke"
    if not torch.cuda.is_available():
        assert "no CUDA device" in refused(capsys, *gpu("--device", "cuda"))
