"""Exports for visitors are bounded: the largest files take limited memory, larger ones are refused before the work
begins, and files are written one at a time and can be stopped."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from fakes import record
from playground.__main__ import main
from playground.errors import PlaygroundError
from playground.export import desk as desks
from playground.export.card import SIZE
from playground.export.desk import Desk
from playground.export.gif import to_gif
from playground.export.limits import COLUMNS, LARGEST_PICTURE, LARGEST_RUN, MOST_PARTS, MOST_PIXELS, check_run
from playground.export.picture import ROW, WIDTH, Film
from playground.files import ROOT
from playground.trace.trace import Change, Frame, Lane, Trace

pytestmark = pytest.mark.long  # makes the largest files there are

MOST_MB = 300
NO_FFMPEG = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="an MP4 needs ffmpeg, which is not on this machine"
)
FILMS = ["gif", pytest.param("mp4", marks=NO_FFMPEG)]
TALLEST = (LARGEST_PICTURE // WIDTH - 318) // ROW * COLUMNS  # tokens of the tallest picture that is made
MEASURED = """import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"""


def long_run(length: int, passes: int, prompt: str = "A long run", drafts: int = 0) -> Trace:
    """A run of one lane with this many tokens; every pass writes ``drafts`` drafts."""
    chance, frames = random.Random(1), []
    words = [" the", " dentist", "!", " would", "ing", " 東", "é"]
    start = tuple(Change(at, "", None, "noise", 1) for at in range(length))
    frames.append(Frame("diffusion", 0, 0.0, 0.0, start, length))
    for i in range(1, passes + 1):
        new = range(length * (i - 1) // passes, length * i // passes)
        changes = [Change(at, chance.choice(words), chance.random(), "committed", 5) for at in new]
        changes += [
            Change(chance.randrange(length), chance.choice(words), chance.random(), "draft", 5) for _ in range(drafts)
        ]
        top = {change.position: tuple((word, 0.1) for word in words[:4]) for change in changes}
        frames.append(
            Frame(
                "diffusion",
                i,
                7.0 * i,
                7.0,
                tuple(changes),
                length - new.stop,
                1.0,
                top,
                "final" if i == passes else "rough",
            )
        )
    return Trace(
        {"prompt": prompt}, (Lane("diffusion", "diffusion", "Diffusion", 0, length),), frames, None, "done"
    ).validate()


def peak_of(*arguments: str) -> tuple[int, int]:
    """(exit status, largest resident memory in MB) of ``python -m`` with these arguments, its child processes
    included."""
    out = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return tuple(map(int, out.split()))


@pytest.fixture(scope="module")
def tall(tmp_path_factory):
    """A run with the tallest pictures that are allowed."""
    path = tmp_path_factory.mktemp("runs") / "tall.json"
    path.write_text(long_run(TALLEST, 8, drafts=300).dumps(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    """The largest run file that is allowed, with letters that take the most memory and all drafts changed in each
    pass."""
    run = json.loads(long_run(128, 1, prompt="🙂", drafts=128).dumps())
    first, later = (json.dumps(frame, ensure_ascii=False, separators=(",", ":")) for frame in run.pop("frames"))
    later = later.replace('"final"', '"rough"')
    count = (LARGEST_RUN - 10_000) // (len(later.encode("utf-8")) + 8)
    frames = [first, *(later.replace('"i":1,"t_ms":7.0', f'"i":{i},"t_ms":{7.0 * i}') for i in range(1, count))]
    text = json.dumps(run, ensure_ascii=False)[:-1] + f', "frames": [{",".join(frames)}]}}'
    assert 0.95 * LARGEST_RUN < len(text.encode("utf-8")) <= LARGEST_RUN
    path = tmp_path_factory.mktemp("runs") / "heavy.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", FILMS)
def test_the_tallest_pictures_take_bounded_memory(tall, tmp_path, kind):
    status, peak = peak_of("playground", "export", tall, f"--{kind}", tmp_path / f"a.{kind}")
    assert status == 0 and peak < MOST_MB, f"{peak} MB"


@pytest.mark.parametrize("kind", ["gif", "html"])
def test_the_longest_run_files_take_bounded_memory(heavy, tmp_path, kind):
    status, peak = peak_of("playground.export.child", heavy, kind, tmp_path / f"a.{kind}")
    assert status == 0 and peak < MOST_MB, f"{peak} MB"


def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path):
    peaks = []
    for passes in (8, 64):
        path = tmp_path / f"{passes}.json"
        path.write_text(long_run(256, passes).dumps(), encoding="utf-8")
        peaks.append(peak_of("playground.export.child", path, "gif", tmp_path / "a.gif")[1])
    assert peaks[1] < peaks[0] + 20, f"{peaks} MB: a picture of 256 tokens is 6 MB"


@pytest.mark.parametrize(
    "length, passes, what", [(TALLEST + COLUMNS, 2, "pixels a picture"), (TALLEST, 400, "in all are made")]
)
@pytest.mark.parametrize("kind", FILMS)
def test_too_large_a_film_is_refused_before_anything_is_drawn(
    tmp_path, capsys, monkeypatch, length, passes, what, kind
):
    monkeypatch.setattr(Film, "pictures", lambda self: pytest.fail("drawn"))
    run, file = tmp_path / "run.json", tmp_path / f"a.{kind}"
    run.write_text(long_run(length, passes).dumps(), encoding="utf-8")
    assert main(["export", str(run), f"--{kind}", str(file), "--slower", "1000"]) == 2
    said = capsys.readouterr().err
    assert f"This {kind.upper()} would have" in said and what in said and "HTML" in said and not file.exists()
    assert WIDTH * 4000 < LARGEST_PICTURE and WIDTH * 2366 * 751 < MOST_PIXELS, (
        "a run of 512 tokens is made, however long it takes"
    )


@pytest.mark.parametrize(
    "data, says",
    [
        (b" " * (LARGEST_RUN + 1), "MB of JSON"),
        (b"[" * (MOST_PARTS + 1), "lists and objects"),
    ],
)
def test_too_large_a_run_file_is_refused_before_it_is_read(tmp_path, capsys, data, says):
    run = tmp_path / "run.json"
    run.write_bytes(data)
    with pytest.raises(PlaygroundError, match=says):
        check_run(data)
    assert main(["export", str(run), "--html", str(tmp_path / "a.html")]) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_cannot_be_finished_leaves_what_stood_there(tmp_path, monkeypatch, capsys):
    run, file = tmp_path / "run.json", tmp_path / "a.gif"
    run.write_text(record(length=8, steps=2).dumps(), encoding="utf-8")
    file.write_bytes(b"before")

    def breaks(trace, out, slower):
        out.write(b"half")
        raise PlaygroundError("The light went out.")

    monkeypatch.setattr("playground.export.gif.to_gif", breaks)
    assert main(["export", str(run), "--gif", str(file)]) == 2
    assert file.read_bytes() == b"before" and sorted(os.listdir(tmp_path)) == ["a.gif", "run.json"]


def test_many_strange_letters_ask_the_system_once(monkeypatch):
    from playground.export import glyphs

    asked = []
    run = subprocess.run
    monkeypatch.setattr(glyphs.subprocess, "run", lambda *a, **k: asked.append(a) or run(*a, **k))
    glyphs.system_faces.cache_clear()
    glyphs.system_face.cache_clear()
    for code in range(0x3000, 0x3400):
        glyphs.system_face(chr(code))
    assert len(asked) <= 1


# The desk, which writes files for visitors.


def waited(desk: Desk, name: str, until, seconds: float = 60.0) -> dict:
    """Wait until the state of a file satisfies a condition; returns the state."""
    end = time.monotonic() + seconds
    while not until(state := desk.state(name)):
        assert time.monotonic() < end, state
        time.sleep(0.05)
    return state


def taken(desk: Desk, name: str) -> bytes:
    size = waited(desk, name, lambda state: "size" in state)["size"]
    parts = b""
    while len(parts) < size:
        parts += desk.part(name, len(parts))
    desk.stop(name)
    return parts


def gone(desk: Desk, folder: Path) -> None:
    """Wait until a file, its job and its folder are gone."""
    end = time.monotonic() + 20
    while folder.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_desk_makes_what_the_command_makes(monkeypatch):
    monkeypatch.setattr(desks, "PART", 10_000)
    desk, trace = Desk(), record(length=16, steps=4)
    gif, page = desk.begin("gif", trace.dumps()), desk.begin("html", trace.dumps())
    assert waited(desk, page, lambda state: True) == {"ahead": 1}, "one at a time"
    own = BytesIO()
    to_gif(trace, own)
    assert taken(desk, gif) == own.getvalue()
    assert taken(desk, page).startswith(b"<!doctype html>")


def test_a_file_is_made_by_a_process_that_gives_way(monkeypatch):
    """It reports its progress, has idle priority if the system supports it, and ends without delay when stopped."""
    desk = Desk()
    name = desk.begin("gif", long_run(512, 300, drafts=200).dumps())
    state = waited(desk, name, lambda state: state.get("done", 0) > 0)
    assert state["all"] >= state["done"] > 0
    job, children = desk._jobs[name], children_of(os.getpid())
    assert len(children) == 1
    if hasattr(os, "SCHED_IDLE"):
        assert os.sched_getscheduler(children[0]) == os.SCHED_IDLE
    desk.stop(name)
    gone(desk, job.folder)
    assert children_of(os.getpid()) == []
    with pytest.raises(PlaygroundError, match="not being made any more"):
        desk.state(name)


def children_of(pid: int) -> list[int]:
    """The child processes of a process that write files."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == pid and b"playground.export.child" in command:
            found.append(int(folder.name))
    return found


def test_what_a_visitor_who_left_had_made_is_ended(monkeypatch):
    monkeypatch.setattr(desks, "PATIENCE_S", 0.5)
    desk = Desk()
    name = desk.begin("gif", long_run(512, 300, drafts=200).dumps())
    gone(desk, desk._jobs[name].folder)
    assert not desk._jobs and children_of(os.getpid()) == []


def test_too_many_files_at_once_are_refused_and_the_desk_is_free_again(monkeypatch):
    monkeypatch.setattr(desks, "make", lambda job: time.sleep(0.3))
    desk = Desk()
    names = [desk.begin("gif", "{}") for _ in range(desks.MOST_WAITING)]
    with pytest.raises(PlaygroundError, match="Many files"):
        desk.begin("gif", "{}")
    folders = [desk._jobs[name].folder for name in names]
    for name in names:
        desk.stop(name)
    for folder in folders:
        gone(desk, folder)
    assert desk.begin("gif", "{}")


def test_what_cannot_be_made_takes_no_place_from_others():
    desk = Desk()
    names = [desk.begin("gif", "x") for _ in range(desks.MOST_WAITING)]
    until = time.monotonic() + 60
    while not all(desk._jobs[name].wrong for name in names) and time.monotonic() < until:  # nobody asks for them
        time.sleep(0.05)
    assert desk.begin("gif", "{}") and set(names) <= set(desk._jobs)


@pytest.mark.parametrize(
    "run, says",
    [
        ("{}", "not a run file"),
        ('{"version":1}', "it has no run"),
        ("\ud800", "not text"),
        (json.dumps(long_run(TALLEST + COLUMNS, 2).to_json()), "This GIF would have"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(run, says):
    desk = Desk()
    name = desk.begin("gif", run)
    with pytest.raises(PlaygroundError, match=says):
        waited(desk, name, lambda state: "size" in state)


@pytest.mark.parametrize(
    "kind, run", [("exe", "{}"), ("gif", None), ("gif", "x" * (LARGEST_RUN + 1)), ("gif", "東" * (LARGEST_RUN // 2))]
)
def test_what_is_no_question_is_refused_at_once(kind, run):
    with pytest.raises(PlaygroundError):
        Desk().begin(kind, run)


def test_the_desk_makes_a_card():
    desk = Desk()
    name = desk.begin("png", record(length=16, steps=4).dumps())
    assert Image.open(BytesIO(taken(desk, name))).size == SIZE


@pytest.mark.parametrize("prompt", ["x" * 20_000, "日本語 🙂 " * 3000, "\u202e\0\n\t<b>&\ufdd0"])
def test_a_card_of_the_largest_run_takes_bounded_memory_and_time(tmp_path, prompt):
    run = tmp_path / "run.json"
    run.write_text(long_run(TALLEST, 8, prompt=prompt, drafts=300).dumps(), encoding="utf-8")
    status, peak = peak_of("playground.export.child", run, "png", tmp_path / "a.png")
    assert status == 0 and peak < MOST_MB, f"{peak} MB"
    assert Image.open(tmp_path / "a.png").size == SIZE
