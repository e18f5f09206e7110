"""``python -m playground race`` runs the same race as the page and writes the same trace; errors are sentences."""

import os
import signal
import sys

import pytest

from playground import __main__ as cli
from playground.engine import twins
from playground.engine.race_run import RaceRun
from playground.trace.trace import Trace


@pytest.fixture(autouse=True)
def small_models(monkeypatch, tiny_models):
    """Replaces the models in models/ by small ones with random weights, so that the command is quick."""
    monkeypatch.setattr(twins, "load_twins", lambda device, **more: load(device, tiny_models))


load = twins.load_twins


def test_writes_a_trace_that_reads_back(tmp_path, capsys):
    path = tmp_path / "run.json"
    assert cli.main(["race", "I need a [bold]hotel[/bold]", "--length", "12", "--steps", "3", "--json", str(path)]) == 0
    trace = Trace.loads(path.read_text(encoding="utf-8"))
    assert trace.ended == "done" and trace.run["prompt"] == "I need a [bold]hotel[/bold]"
    shown = capsys.readouterr().out
    assert "finished first" in shown or "A tie" in shown
    assert all(
        row in shown for row in ("tokens per second", "between arrivals", "perplexity under the AR twin", "distinct-1")
    )
    assert "remasks" not in shown  # nothing was taken back
    assert "[bold]" in shown


def test_same_command_same_tokens(tmp_path):
    texts = []
    for name in ("one.json", "two.json"):
        cli.main(
            [
                "race",
                "hi",
                "--length",
                "10",
                "--steps",
                "5",
                "--seed",
                "4",
                "--temperature",
                "1",
                "--json",
                str(tmp_path / name),
            ]
        )
        trace = Trace.loads((tmp_path / name).read_text())
        texts.append([[(c.position, c.id) for c in frame.changes] for frame in trace.frames_of("diffusion")])
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["race", " "], "The prompt is empty"),
        (["race", "hi", "--steps", "many"], "steps must be a number"),
        (["race", "hi", "--length", "4000"], "between 8 and 512"),
        (["race", "hi", "--commit", "sideways"], "commit rule must be one of"),
        (["race", "hi", "--device", "warp"], "no device 'warp'"),
        (["race", "hi", "--length", "8", "--steps", "2", "--json", "/no/such/folder/run.json"], "cannot be written"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(arguments, says, capsys):
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error


def test_missing_checkpoint_is_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(twins, "load_twins", lambda device, **more: load(device, tmp_path))
    assert cli.main(["race", "hi"]) == 2
    assert "models/twin-diffusion is missing" in capsys.readouterr().err


def test_joined_characters_and_figures(tmp_path, capsys):
    assert cli.main(["race", "café 東京 🙂", "--length", "8", "--steps", "2", "--natural-length"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    assert "café東京🙂" in shown


def test_what_nobody_wrote_after_the_end_of_a_text_is_not_printed():
    from rich.console import Console

    from playground.cli.terminal import _Picture
    from playground.trace.trace import Change, Frame, Lane

    lane = Lane("diffusion", "diffusion", "Diffusion", 1, 4, {"end_id": 0})
    picture = _Picture(Trace({}, (lane,)))
    picture.add(
        Frame(
            "diffusion",
            0,
            0.0,
            0.0,
            (Change(0, "Hi", None, "prompt", 9), *(Change(at, "", None, "noise", 1) for at in range(1, 5))),
            4,
        )
    )
    cells = (
        Change(1, " a", 0.9, "committed", 5),
        Change(2, "", 0.9, "committed", 0),
        Change(3, " perhaps", 0.2, "draft", 7),
    )
    for phase, there in (("clear", True), ("final", False)):
        picture.add(Frame("diffusion", 1, 9.0, 9.0, cells, 0, phase=phase))
        console = Console(width=60, record=True)
        console.print(picture)
        shown = console.export_text()
        assert ("perhaps" in shown) == there == ("░" in shown), phase


def signal_after(passes, number, monkeypatch):
    """Send this process a signal after this many passes of a race."""
    original = RaceRun.frames

    def frames(run):
        for frame in original(run):
            yield frame
            if len(run.trace.frames) == passes:
                os.kill(os.getpid(), number)

    monkeypatch.setattr(RaceRun, "frames", frames)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_race_between_two_passes_and_keeps_what_was_made(number, code, tmp_path, monkeypatch, capsys):
    signal_after(9, number, monkeypatch)
    path = tmp_path / "run.json"
    assert cli.main(["race", "hi", "--length", "32", "--steps", "16", "--json", str(path)]) == code
    trace = Trace.loads(path.read_text(encoding="utf-8"))
    assert trace.ended == "stopped" and len(trace.frames) == 9
    error = capsys.readouterr().err
    assert f"Stopped after 7 passes. The run so far is in {path}." in error and "Traceback" not in error
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_before_the_first_frame_leaves_no_file_that_nobody_can_read(tmp_path, monkeypatch, capsys):
    original = RaceRun.frames

    def frames(run):
        os.kill(os.getpid(), signal.SIGINT)
        yield from original(run)

    monkeypatch.setattr(RaceRun, "frames", frames)
    path = tmp_path / "run.json"
    assert cli.main(["race", "hi", "--length", "32", "--steps", "16", "--json", str(path)]) == 130
    error = capsys.readouterr().err
    assert "Nothing was made yet" in error and str(path) not in error and not path.exists()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_before_the_race_is_a_sentence(number, code, monkeypatch, capsys):
    monkeypatch.setattr(twins, "load_twins", lambda device, **more: os.kill(os.getpid(), number))
    assert cli.main(["race", "hi"]) == code
    assert "Stopped. Nothing was made" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_that_is_ignored_stays_ignored(monkeypatch, tmp_path):
    """Ctrl-C is ignored, for example, for a program that a script runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        signal_after(5, signal.SIGINT, monkeypatch)
        path = tmp_path / "run.json"
        assert cli.main(["race", "hi", "--length", "8", "--steps", "2", "--json", str(path)]) == 0
        assert Trace.loads(path.read_text(encoding="utf-8")).ended == "done"
    finally:
        signal.signal(signal.SIGINT, before)
