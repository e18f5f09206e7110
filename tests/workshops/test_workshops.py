"""The exercises: their settings run, the sheet has one page, and the shipped twins write the quoted words."""

import re

import pytest
from markupsafe import escape

from playground.__main__ import main
from playground.request.race_request import RaceRequest
from playground.request.rules import COMMITS
from playground.request.settings_table import ON_PAGE, SETTINGS
from playground.workshops.exercises import tracks, workshops
from playground.workshops.sheet import sheet

ALL = pytest.mark.parametrize("workshop", workshops(), ids=lambda one: one.id)


def test_there_are_six_on_how_it_works_and_four_for_product_managers_of_five_minutes():
    assert [len(track) for track in tracks(workshops()).values()] == [6, 4]
    assert len({one.id for one in workshops()}) == 10
    assert all(one.minutes == 5 and one.question.rstrip().endswith("?") for one in workshops())


@ALL
def test_settings_can_be_run(workshop):
    RaceRequest.parse(dict(workshop.settings))
    for evidence in workshop.seen:
        RaceRequest.parse({**workshop.settings, **evidence.get("settings", {})})


@ALL
def test_what_an_exercise_asks_to_change_is_among_the_controls_it_needs(workshop):
    level = COMMITS[workshop.settings.get("commit", "confidence")].level
    named = {"prompt": "prompt", (level.label if level else "Level"): "commit_level"}
    named |= {SETTINGS[name].label: name for name in ON_PAGE if getattr(SETTINGS[name], "label", "Level") != "Level"}
    wishes = [*re.findall(r"Then .*", workshop.do), *re.findall(r"Try .*", workshop.observe)]
    asked = {
        name for label, name in named.items() if label and re.search(rf"\b{label}\b", " ".join(wishes), re.IGNORECASE)
    }
    assert asked <= set(workshop.needs) <= {"prompt", *ON_PAGE}


@ALL
def test_a_class_can_guess_before_it_runs(workshop):
    assert workshop.guess.endswith("?") and 2 <= len(set(workshop.choices)) == len(workshop.choices) <= 4


@ALL
def test_what_is_quoted_has_been_seen(workshop):
    quoted = [part.partition("”")[0] for part in workshop.observe.split("“")[1:]]
    own = "\n".join([evidence["text"] for evidence in workshop.seen] + [workshop.settings["prompt"]])
    assert workshop.seen and all(quote in own for quote in quoted), quoted


@ALL
def test_the_shipped_twins_write_what_is_quoted(workshop, twins):
    traces = {}
    for evidence in workshop.seen:
        request = RaceRequest.parse({**workshop.settings, **evidence.get("settings", {})})
        if request not in traces:
            run = twins.start(request)
            list(run.frames())
            traces[request] = run.trace
        assert evidence["text"] in traces[request].text(evidence["lane"])


def test_the_sheet_holds_all_and_escapes(tmp_path):
    path = tmp_path / "sheet.html"
    assert main(["workshops", "--html", str(path), "--address", "http://host/?a=<b>"]) == 0
    text = path.read_text(encoding="utf-8")
    assert (
        all(one.id in text for one in workshops())
        and "<b>?" not in text
        and "30 minutes" in text
        and "20 minutes" in text
    )


def test_the_sheet_counts_its_exercises():
    text = sheet(workshops()[:2])
    assert (
        "<h1>How it works: 2 exercises</h1>" in text
        and "10 minutes" in text
        and "six" not in text.partition("<article>")[0]
    )


def test_a_sheet_that_cannot_be_written_is_a_sentence(capsys):
    assert main(["workshops", "--html", "/nowhere/at/all.html"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_students_sheet_has_the_questions_and_codes_and_no_answer(tmp_path):
    path = tmp_path / "sheet.html"
    assert main(["workshops", "--html", str(path), "--students"]) == 0
    text = path.read_text(encoding="utf-8")
    assert all(str(escape(one.guess)) in text and str(escape(one.do)) in text for one in workshops())
    assert not any(str(escape(one.observe)) in text for one in workshops()) and "Observe" not in text
    assert text.count("<svg") == len(workshops()) == text.count("?workshop=")


@pytest.mark.parametrize(
    "address, warned",
    [
        ("http://127.0.0.1:7860/", True),
        ("http://localhost:7860/", True),
        ("http://[::1]:7860/", True),
        ("http://192.168.1.5:7860/", False),
        ("https://play.example.org/", False),
    ],
)
def test_a_sheet_warns_where_nobody_else_can_open_its_links(address, warned):
    for answers in (True, False):
        assert ("Only the machine that made this sheet" in sheet(workshops(), address, answers)) is warned


@pytest.mark.parametrize(
    "address", ["192.168.1.5:7860", "localhost:7860", "playground.local", "/tmp/page", "", "http://[::1"]
)
def test_an_address_that_no_phone_can_open_makes_no_sheet(address, tmp_path, capsys):
    path = tmp_path / "sheet.html"
    assert main(["workshops", "--html", str(path), "--address", address]) == 2 and not path.exists()
    assert "http://" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given", ["https://host/play/?prompt=Hi&run=1#story", "https://host/play/?workshop=noise", "https://host/play/"]
)
def test_the_links_of_a_sheet_ask_for_their_exercise_alone(given):
    text = sheet(workshops(), given)
    assert text.count(">https://host/play/?workshop=") == len(workshops()) and "prompt=Hi" not in text
