"""The six exercises: their settings run, the sheet has one page, and the shipped twins write the quoted words."""

import pytest

from playground.__main__ import main
from playground.request.race_request import RaceRequest
from playground.workshops.exercises import workshops
from playground.workshops.sheet import sheet

ALL = pytest.mark.parametrize("workshop", workshops(), ids=lambda one: one.id)


def test_there_are_six_of_five_minutes():
    assert len(workshops()) == 6 and len({one.id for one in workshops()}) == 6
    assert all(one.minutes == 5 and one.question.rstrip().endswith("?") for one in workshops())


@ALL
def test_settings_can_be_run(workshop):
    RaceRequest.parse(dict(workshop.settings))
    for evidence in workshop.seen:
        RaceRequest.parse({**workshop.settings, **evidence.get("settings", {})})


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
    assert all(one.id in text for one in workshops()) and "<b>?" not in text and "30 minutes" in sheet(workshops())


def test_the_sheet_counts_its_exercises():
    text = sheet(workshops()[:2])
    assert (
        "<h1>Diffusion playground: 2 exercises</h1>" in text
        and "10 minutes" in text
        and "six" not in text.partition("<article>")[0]
    )


def test_a_sheet_that_cannot_be_written_is_a_sentence(capsys):
    assert main(["workshops", "--html", "/nowhere/at/all.html"]) == 2
    assert "cannot be written" in capsys.readouterr().err
