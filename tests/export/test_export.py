"""Export of a run as HTML, GIF and MP4, and the messages if it is not possible."""

import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from fakes import record
from playground.__main__ import main
from playground.export.caption import caption, conclusion
from playground.export.cells import LaneAt
from playground.export.gif import to_gif
from playground.export.html import to_html
from playground.export.pace import LONGEST_S, NOISE_MS, SHOW_MS, STAGE_MS, Tempo, moments, spoken, tempo_of
from playground.export.picture import Film
from playground.files import ROOT
from playground.trace.next_turn import next_turn
from playground.trace.trace import Change, Frame, Lane, Trace

NASTY = "</script><script>window.__hurt=1</script><!-- <b>&amp;</b>"


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(record("a dentist", length=16, steps=4).dumps(), encoding="utf-8")
    return path


def test_the_trace_inside_the_page_is_the_trace():
    trace = record(NASTY, length=16, steps=4)
    page = "".join(to_html(trace))
    inside = re.search(r'<script type="application/json" id="run">(.*?)</script>', page, re.S)[1]
    assert "<" not in inside and Trace.from_json(json.loads(inside)).to_json() == trace.to_json()
    assert "<script>window.__hurt" not in page and page.count("</title>") == 1


def test_the_page_names_no_address():
    addresses = set(re.findall(r"https?://[^\s'\"`)]+", "".join(to_html(record(length=16, steps=4)))))
    assert addresses <= {"http://www.w3.org/2000/svg"}, "only a name of SVG, which nobody fetches"


def test_only_tokens_that_changed_are_fresh():
    """A pass that keeps a token may report a new confidence; this does not count as a change."""

    def frame(i, *changes):
        return Frame("d", i, float(i), 1.0 if i else 0.0, changes, 0, phase="rough")

    first, second = Change(0, "a", 0.5, "committed", 5), Change(1, "b", 0.5, "committed", 6)
    frames = [
        frame(0),
        frame(1, first),
        frame(2, first._replace(confidence=0.9), second),
        frame(3, second._replace(state="revised", id=7)),
    ]
    lane = LaneAt(
        Trace({}, (Lane("d", "diffusion", "Diffusion", 0, 2),), frames), Lane("d", "diffusion", "Diffusion", 0, 2)
    )
    seen = []
    for t_ms in range(4):
        lane.go(t_ms)
        seen.append(lane.fresh)
    assert seen == [set(), {0}, {1}, {1}]


def test_a_gif_holds_every_moment_and_loops():
    trace = record(length=16, steps=4)
    written = BytesIO()
    to_gif(trace, written)
    moving = Image.open(written)
    film = Film(trace)
    assert moving.n_frames == len(film.moments) == len(list(film.pictures())) > 4
    assert moving.size == film.size and moving.info["loop"] == 0
    moving.seek(moving.n_frames - 1)
    assert moving.info["duration"] == 3000


def test_a_gif_shows_noise_first_and_another_picture_at_the_end():
    pictures = [picture.tobytes() for picture, _ in Film(record(length=16, steps=4)).pictures()]
    assert pictures[0] != pictures[-1]


def test_a_gif_shows_every_picture_as_it_was_drawn():
    """The file contains only the changes between pictures, in one palette: no old pixel may remain, no colour be far
    off."""
    trace, written = record(length=16, steps=4), BytesIO()
    to_gif(trace, written)
    moving = Image.open(written)
    for number, (picture, _) in enumerate(Film(trace).pictures()):
        moving.seek(number)
        differs = ImageChops.difference(moving.convert("RGB"), picture)
        assert ImageStat.Stat(differs).mean < [1.0] * 3 and max(high for _, high in differs.getextrema()) < 64


def test_pictures_say_what_they_leave_out(saved, tmp_path, capsys):
    trace = json.loads(saved.read_text(encoding="utf-8"))
    trace["lanes"].append(
        {**trace["lanes"][0], "key": "diffusion.1", "about": {"parent": {"lane": "diffusion", "frame": 1, "edits": []}}}
    )
    saved.write_text(json.dumps(trace), encoding="utf-8")
    assert main(["export", str(saved), "--gif", str(tmp_path / "run.gif")]) == 0
    assert "the first 2 of 3 lanes" in capsys.readouterr().err


def test_letters_of_other_scripts_are_drawn_by_a_face_of_the_system(monkeypatch):
    from playground.export import glyphs
    from playground.export.picture import face

    mono = face("mono", 17)
    assert glyphs.holds(mono, "a") and not glyphs.holds(mono, "Ж")
    assert glyphs.face_for("abc", mono) is mono
    if file := glyphs.system_face("Ж"):
        assert glyphs.face_for(" Жук", mono).path == file and glyphs.drawn_as_boxes("Жaé", mono) == []
    monkeypatch.setattr(glyphs, "system_face", lambda letter: None)
    assert glyphs.face_for("Жук", mono) is mono and glyphs.drawn_as_boxes("Жaé", mono) == ["Ж"]


def test_pictures_keep_the_time_of_the_run_slowed_by_a_chosen_factor():
    shown = moments([0.0, 10.0, 11.0, 100.0, 200.0], Tempo(10.0).film_ms)
    assert [at for at, _ in shown] == [0.0, 11.0, 100.0, 200.0], "a pass that is over within one picture shares it"
    assert [length for _, length in shown[:-1]] == [80, 920, 1000]


@pytest.mark.parametrize("total", [60.0, 160.0, 60_000.0])
def test_a_race_of_any_length_is_a_film_of_the_stages_tempo(total):
    """The noise is held, the first three passes are slower, and each further stage is held: as tests/js/tempo.test.js has
    it of the stage."""
    phases = ["noise", "rough", "rough", "rough", "clear", "final"]
    frames = [Frame("d", i, total * i / 5, 1.0, (), 0, phase=name) for i, name in enumerate(phases)]
    trace = Trace({}, (Lane("d", "diffusion", "Diffusion", 0, 4),), frames)
    tempo = tempo_of(trace)
    assert tempo.film_ms(total) == pytest.approx(SHOW_MS)
    first, second, *_, last = (tempo.film_ms(frame.t_ms) for frame in frames[1:])
    assert second - first == pytest.approx(STAGE_MS + first - NOISE_MS), "rough is held after the first pass"
    assert last - tempo.film_ms(frames[4].t_ms) == pytest.approx(STAGE_MS + (first - NOISE_MS) / 2)
    shown = Film(trace).moments
    assert sum(at == 0.0 for at, _ in shown) > 3, "noise lives: it has several pictures"
    assert sum(length for _, length in shown) == pytest.approx(SHOW_MS, abs=200)
    assert Film(trace, 5.0).factor == min(5.0, LONGEST_S * 1000 / total)


def test_the_factor_is_said():
    assert spoken(0.5) == "2× faster than real time"
    assert spoken(10.0) == "10× slower than real time" and spoken(1.0) == "real time"


def test_a_film_shows_the_four_stages_as_they_are_reached():
    """The line of the stages is the part of the picture over the lanes."""
    trace = record(length=32, steps=8)
    film, seen = Film(trace), {}
    for (t_ms, _), (picture, _) in zip(film.moments, film.pictures()):
        seen[max((name for name, begin in film.stages.items() if begin <= t_ms), key=list(film.stages).index)] = (
            picture.crop((0, 70, 1280, 120)).tobytes()
        )
    assert list(seen) == ["noise", "rough", "clear", "final"] and len(set(seen.values())) == 4
    alone = Film(Trace(trace.run, trace.lanes[1:], trace.frames_of("ar")))
    assert not alone.stages and list(alone.pictures()), "an autoregressive lane has no noise"


@pytest.mark.parametrize(
    "settings", [{"length": 8, "steps": 1}, {"length": 128, "steps": 2, "prompt": "日本語 🙂 " * 40}]
)
def test_odd_sizes_and_odd_letters_draw(settings):
    film = Film(record(**settings))
    assert film.size[1] % 2 == 0
    assert next(film.pictures())[0].size == film.size


def test_the_command_writes_what_is_asked_without_torch(saved, tmp_path):
    html, gif = tmp_path / "a.html", tmp_path / "a.gif"
    code = (
        "import sys; from playground.__main__ import main; "
        f"code = main(['export', {str(saved)!r}, '--html', {str(html)!r}, '--gif', {str(gif)!r}, '--slower', '20']); "
        "sys.exit(code or ('torch' in sys.modules) * 7)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>") and gif.read_bytes()[:6] == b"GIF89a"


@pytest.mark.parametrize(
    "arguments, says",
    [
        ([], "Say what to write"),
        (["--gif", "x.gif", "--slower", "none"], "--slower must be a number"),
        (["--html", "/nowhere/at/all.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_a_sentence(saved, capsys, arguments, says):
    assert main(["export", str(saved), *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "content, says",
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not text"),
        (b"hello", "not JSON"),
        (b"{}", "not a run file of version 1"),
        (b'{"version":1,"run":{},"lanes":[],"frames":[]}', "lanes is empty"),
    ],
)
def test_a_file_that_is_no_run_is_a_sentence(tmp_path, capsys, content, says):
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_bytes(content)
    assert main(["export", str(path), "--html", str(tmp_path / "a.html")]) == 2
    assert says in capsys.readouterr().err


def encoder(folder, script):
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_an_encoder_there_is_no_film_but_a_sentence(saved, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["export", str(saved), "--mp4", str(tmp_path / "a.mp4")]) == 2
    assert "no ffmpeg on this machine" in capsys.readouterr().err


def test_the_encoder_is_given_whole_pictures(saved, tmp_path, monkeypatch):
    encoder(tmp_path, 'for last; do :; done; /bin/cat > "$last"')  # keeps the raw pictures
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["export", str(saved), "--mp4", str(tmp_path / "a.mp4")]) == 0
    width, height = Film(record("a dentist", length=16, steps=4)).size
    size = (tmp_path / "a.mp4").stat().st_size
    assert size and size % (width * height * 3) == 0


def test_an_encoder_that_fails_is_quoted(saved, tmp_path, monkeypatch, capsys):
    encoder(tmp_path, "echo 'Unknown encoder libx264' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["export", str(saved), "--mp4", str(tmp_path / "a.mp4")]) == 2
    assert "Unknown encoder libx264" in capsys.readouterr().err


def last_picture(film: Film) -> bytes:
    *_, (picture, _) = film.pictures()
    return picture.tobytes()


def test_what_nobody_wrote_after_the_end_of_a_text_is_drawn_as_empty(monkeypatch):
    """The last picture equals that of a lane whose cells after the end token are empty."""
    prompt, mask, end = Change(0, "Hi", None, "prompt", 9), 1, 0

    def film(after):
        frames = [
            Frame("diffusion", 0, 0.0, 0.0, (prompt, *(Change(at, "", None, "noise", mask) for at in (1, 2))), 4),
            Frame(
                "diffusion",
                1,
                9.0,
                9.0,
                (Change(1, " a", 0.9, "committed", 5), Change(2, "<|endoftext|>", 0.9, "committed", end), *after),
                0,
                phase="final",
            ),
        ]
        lane = Lane("diffusion", "diffusion", "Diffusion", 1, 4, {"end_id": end})
        return last_picture(Film(Trace({"prompt": "Hi"}, (lane,), frames, ended="done")))

    assert film((Change(3, " maybe", 0.3, "draft", 7), Change(4, "", None, "noise", mask))) == film(())


@pytest.mark.parametrize(
    "ended, says",
    [
        ("done", ""),
        ("stopped", "stopped before its end"),
        ("cut off", "cut off before its end"),
        ("error", "broke off"),
        (None, "cut off before its end"),
    ],
)
def test_files_say_of_a_run_that_it_is_not_whole(ended, says):
    trace = record("a dentist", length=16, steps=4)
    if ended != "done":
        trace.frames, trace.verdict, trace.ended = trace.frames[: len(trace.frames) // 2], None, ended
    assert (says in caption(trace)) and ("before its end" in caption(trace)) == bool(says)
    film = Film(Trace.loads(trace.dumps()))
    last = last_picture(film)
    film.trace.ended, film.trace.verdict = "done", None
    assert (last_picture(film) != last) or not says


def test_files_name_the_models_of_a_race_that_names_them():
    chosen = [{"model": "qwen3-0.6b-diffusion-mdlm"}, {"model": "twin-ar", "temperature": 0.5}]
    said = caption(record("a dentist", length=16, steps=4, lanes=chosen))
    assert "Models: Qwen3 0.6B diffusion, Autoregressive (temperature 0.5)." in said and '"model"' not in said
    assert "Models:" not in caption(record("a dentist", length=16, steps=4))


def test_a_film_ends_with_who_was_first_and_dims_what_follows_a_reply():
    trace = Trace.loads((ROOT / "assets" / "traces" / "first.json").read_text(encoding="utf-8"))
    here, chip = conclusion(trace)
    assert "finished first" in here and "calculated" in chip
    lane = LaneAt(trace, trace.lanes[0])
    lane.go(math.inf)
    wrote = "".join(cell.text for cell in lane.cells[: lane.over])
    assert wrote.endswith("Best wishes!") and lane.over < lane.end
    older = replace(trace, verdict={"line": "Diffusion finished first. So it was.", "lanes": {}})
    assert conclusion(older) == ["Diffusion finished first."]
    assert "cut off" in conclusion(replace(trace, frames=trace.frames[:9], ended="cut off"))[0]


@pytest.mark.parametrize(
    "reply, over",
    [
        ([" Hello", ".", "\n", "User", ":"], 8),
        ([" Hello", "\nUs", "er:", " And"], 7),
        ([" Superb", "User", ":"], 9),
        ([], 6),
    ],
)
def test_the_next_turn_begins_where_the_page_says_too(reply, over):
    texts = ["User", ":", " Hi", "\n", "Assistant", ":", *reply]
    assert next_turn([Change(at, text, 1.0, "committed", 0) for at, text in enumerate(texts)], 6) == over


def test_a_caption_tells_of_a_picture_and_does_not_spell_it():
    trace = record("a dentist", length=16, steps=4)
    trace.run["picture"] = "data:image/png;base64," + "A" * 100_000
    assert "steps 4, a picture." in caption(trace) and "AAAA" not in caption(trace)


def test_a_caption_leaves_out_what_a_file_does_not_know():
    trace = record("a dentist", length=16, steps=4)
    trace.run |= {"date": None, "checkpoints": {"twin-ar": None}}
    said = caption(Trace.loads(trace.dumps()))
    assert "None" not in said and ", made on no device." in said


def test_a_factor_without_a_film_is_refused(saved, tmp_path, capsys):
    """HTML and the card have no tempo of their own, so nothing would be slower."""
    page = tmp_path / "run.html"
    assert main(["export", str(saved), "--html", str(page), "--slower", "5"]) == 2 and not page.exists()
    assert "--slower is for --gif and --mp4" in capsys.readouterr().err


def test_a_letter_that_a_terminal_obeys_is_named_and_not_printed(tmp_path, capsys):
    run = tmp_path / "run.json"
    run.write_text(record("a\x1b[31m\x07 dentist", length=16, steps=4).dumps(), encoding="utf-8")
    assert main(["export", str(run), "--card", str(tmp_path / "run.png")]) == 0
    said = capsys.readouterr().err
    assert "U+001B" in said and "U+0007" in said and "\x1b" not in said and "\x07" not in said
