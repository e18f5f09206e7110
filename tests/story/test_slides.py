"""The talk's slides: sentences of the story, and races that were recorded."""

import re

import pytest

from playground.request.settings_table import SETTINGS
from playground.story.pages import FOLDER, StoryError
from playground.story.slides import SCENES, scenes, slides

ROOM = 60_000  # bytes of a scene


def words(text):
    """A text's words alone: without marks, emphasis and case."""
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)|\*\*", r"\1", text).lower().split())


def test_there_are_ten_slides_each_with_its_scene_and_a_note():
    assert len(slides()) == 10 == len({slide.name for slide in slides()})
    assert {path.stem for path in SCENES.glob("*.json")} == {slide.name for slide in slides()}
    assert all(slide.note and slide.show in ("", "equal", "map") for slide in slides())
    assert {slide.show for slide in slides()} == {"", "equal", "map"}


@pytest.mark.parametrize("slide", slides(), ids=lambda one: one.name)
def test_a_sentence_is_the_storys_own_and_its_scene_is_small(slide):
    page = next(path for path in FOLDER.glob("*.md") if path.stem.partition("-")[2] == slide.page)
    assert words(slide.sentence) in words(page.read_text(encoding="utf-8"))
    assert len(slide.sentence) <= 100, "two lines in the type of a wall"
    assert 0 < len(slide.look) <= 90, "one line of it"
    assert slide.scene.stat().st_size < ROOM
    assert slide.race.get("length", 8) % SETTINGS["length"].type.step == 0, (
        "the page's slider can hold it, so R runs the same"
    )


def test_what_the_page_gets_is_a_slide_with_its_trace():
    first = scenes()[0]
    assert first["sentence"] == slides()[0].sentence and first["trace"]["frames"]


def test_a_damaged_list_is_named(tmp_path):
    path = tmp_path / "slides.json"
    path.write_text('[{"name": "x"}]', encoding="utf-8")
    with pytest.raises(StoryError, match="The slides"):
        slides.__wrapped__(path)
