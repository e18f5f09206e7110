"""Files are whole or not there, whatever encoding they come in; a folder is one process's; a console may fail."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import FakeEngine
from playground.cli.terminal import show_race
from playground.console import forgive
from playground.files import HELD, ROOT, InUse, check_writable, held, read_json, read_text, whole, write_whole
from playground.request.race_request import RaceRequest
from playground.trace.trace import Trace


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_text_is_read_in_any_encoding_that_has_a_mark(tmp_path, encoding, line_end):
    path = tmp_path / "a.txt"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + line_end.join(["Zürich", "東京 🙂", ""]).encode(encoding))
    assert read_text(path) == "Zürich\n東京 🙂\n"


@pytest.mark.parametrize("content", [None, b"", b'{"a":', b"\xff\xfe\x00", b"[" * 5000])
def test_json_that_is_not_whole_is_none(tmp_path, content):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    assert read_json(path) is None


def test_a_write_that_fails_leaves_what_stood_there(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, "before")
    path.chmod(0o640)
    with pytest.raises(RuntimeError), whole(path) as part:  # noqa: PT012 - writes a half before it fails
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["a.json"]
    write_whole(path, "after\n")
    assert path.read_bytes() == b"after\n" and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_keeps_pointing_and_a_device_stays_a_device(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink() and target.read_text() == "new"
    write_whole(Path(os.devnull), "nothing")
    assert not Path(os.devnull).is_file()


def test_whether_a_file_can_be_written_is_told_without_a_trace(tmp_path):
    check_writable(tmp_path / "new.json")
    assert os.listdir(tmp_path) == []
    for path in (tmp_path, tmp_path / "none" / "a.json"):
        with pytest.raises(OSError, match="directory"):
            check_writable(path)


HOLDS = "import sys, time; from pathlib import Path; from playground.files import held\nwith held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def test_a_held_folder_names_the_process_and_is_free_once_that_is_killed(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InUse, match=f"in use by process {holder.pid}"), held(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()
    assert (tmp_path / HELD).exists(), "left behind, as by a crash"
    with held(tmp_path):
        assert (tmp_path / HELD).read_text() == f"{os.getpid()}\n"
    assert os.listdir(tmp_path) == []


def test_a_folder_that_nothing_came_of_is_not_left(tmp_path):
    with pytest.raises(RuntimeError), held(tmp_path / "new"):
        raise RuntimeError
    assert not (tmp_path / "new").exists()


class Gone:
    """A terminal whose window is closed after some writes."""

    encoding = "utf-8"

    def __init__(self, writes):
        self.left = writes

    def write(self, text):
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return len(text)

    def flush(self):
        if self.left < 0:
            raise OSError(5, "Input/output error")

    def isatty(self):
        return True


@pytest.mark.parametrize("writes", [0, 1, 4])
def test_a_terminal_that_goes_away_does_not_take_the_run_with_it(monkeypatch, writes):
    from rich.console import Console

    monkeypatch.setattr(sys, "stdout", Gone(writes))
    run, saved = FakeEngine().start(RaceRequest.parse({"prompt": "hi", "length": 8, "steps": 4})), []
    show_race(run, Console(file=sys.stdout, force_terminal=True), whole=lambda trace: saved.append(trace.dumps()))
    assert Trace.loads(saved[0]).ended == "done" and len(run.trace.frames_of("diffusion")) == 5


RACE = """
import sys
sys.path[:0] = ["tests"]
from fakes import FakeEngine
from playground import __main__ as cli
from playground.engine import twins
twins.load_twins = lambda device, **more: FakeEngine()
import playground.cli.terminal
playground.cli.terminal.figures_table = lambda trace: "no figures"
sys.exit(cli.main(["race", sys.argv[1], "--length", "8", "--steps", "2", "--json", sys.argv[2]]))
"""


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_a_console_that_lacks_a_letter_gets_another_and_the_file_is_written(tmp_path, encoding):
    path = tmp_path / "run.json"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", RACE, "🙂 東京 é", str(path)], cwd=ROOT, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert Trace.read(path.read_bytes()).run["prompt"] == "🙂 東京 é" and b"made-up time" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["playground", "export", "🙂.json", "--html", "x.html"],
        ["playground.training", "prepare", "--corpus", "🙂"],
        ["playground", "race", " 🙂", "--steps", "é🙂"],
    ],
)
def test_errors_of_every_command_are_sentences_on_such_a_console(tmp_path, command):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.strip()


def test_a_reader_that_stops_reading_ends_nothing(tmp_path):
    path = tmp_path / "run.json"
    run = subprocess.Popen(
        [sys.executable, "-c", RACE, "hi", str(path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    run.stdout.close()
    assert run.wait(120) == 0, run.stderr.read()
    assert b"Exception" not in run.stderr.read() and Trace.read(path.read_bytes()).ended == "done"


def test_forgiving_a_stream_that_cannot_be_told_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", object())
    forgive()
