"""The example cards: their settings run, the shipped twins write what the cards promise, and other models get none."""

from dataclasses import replace

import pytest

from playground.catalog.records import TWINS
from playground.errors import PlaygroundError
from playground.request.race_request import RaceRequest
from playground.ui.example_cards import GAP, cards_for, example_cards

ALL = pytest.mark.parametrize("card", example_cards(), ids=lambda one: one.id)


@ALL
def test_a_card_shows_its_gap_and_says_what_to_watch(card):
    assert GAP in card.before and card.title and card.watch.endswith((".", "?"))
    RaceRequest.parse(dict(card.settings))


@ALL
def test_the_shipped_twins_write_what_was_seen(card, twins):
    run = twins.start(RaceRequest.parse(dict(card.settings)))
    list(run.frames())
    assert run.notice is None, "an example is at home"
    for lane in run.trace.lanes:
        cells = [cell for _, cell in sorted(run.trace.canvas(lane.key).items())]
        written = "".join(cell.text for cell in cells if cell.state not in ("prompt", "pinned"))
        assert written.startswith(card.seen[lane.kind]), lane.key


def test_under_the_cards_stands_which_twins_are_meant():
    assert {twin.knows for twin in TWINS} == {TWINS[0].knows}
    assert TWINS[0].knows.startswith("The two models here are tiny twins of one design")


def test_other_models_get_no_cards():
    assert cards_for(TWINS) == example_cards()
    assert cards_for(TWINS[:1]) == () == cards_for(())
    assert cards_for([replace(TWINS[0], own=True), TWINS[1]]) == (), "a twin of the visitor's own writes other words"


def test_a_damaged_file_is_a_sentence(tmp_path):
    (tmp_path / "examples.json").write_text('[{"id": "gap"}]')
    with pytest.raises(PlaygroundError, match="Restore the file"):
        example_cards(tmp_path / "examples.json")
