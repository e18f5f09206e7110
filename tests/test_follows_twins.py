"""Whatever shows the shipped twins is of the weights that ship. Trained anew, they are to be shown anew."""

import json
import subprocess
import sys

import pytest
from PIL import Image, ImageChops, ImageStat

from playground.bench.pictures import CARD, FILM, FOLDER, PICTURES, WEIGHTS
from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN
from playground.catalog.weights import weight_files, weights_sha256
from playground.engine.provenance import joint_hash
from playground.engine.twins import MODELS
from playground.export.card import card
from playground.export.picture import Film
from playground.files import ROOT
from playground.metrics.replies import worth
from playground.request.race_request import RaceRequest
from playground.story.slides import slides
from playground.trace.trace import Trace
from playground.ui.components.recorded import recorded_traces

SHIPPED = {name: weights_sha256(weight_files(MODELS / name))[:16] for name in (DIFFUSION_TWIN.key, AR_TWIN.key)}


def test_the_recorded_race_is_of_them():
    """`make record`."""
    first = recorded_traces()[0]
    assert (
        first.run["checkpoints"] == SHIPPED
        and first.run["prompt"] == DIFFUSION_TWIN.examples[0]
        and first.ended == "done"
    )
    told = subprocess.run([sys.executable, "-m", "playground.catalog.records"], capture_output=True, text=True).stdout
    assert told.strip() == DIFFUSION_TWIN.examples[0]


def test_film_and_card_are_of_the_recorded_race_as_it_is_drawn_today():
    """`make pictures`, after `make record` and after a change of what pictures show."""
    race = recorded_traces()[0]
    film, picture = Image.open(FOLDER / FILM), Image.open(FOLDER / CARD)
    assert film.info["comment"].decode() == picture.info["run"] == race.run["id"]
    assert (film.size, film.n_frames) == (Film(race).size, len(Film(race).moments))
    assert ImageStat.Stat(ImageChops.difference(picture.convert("RGB"), card(race))).mean < [1.0] * 3
    assert (FOLDER / FILM).stat().st_size < 600_000 and (FOLDER / CARD).stat().st_size < 200_000
    assert f"](assets/pictures/{FILM})" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("slide", slides(), ids=lambda one: one.name)
def test_a_scene_of_the_talk_is_of_them(slide):
    """`make record`, or `python -m playground.bench.scenes NAME` for one."""
    scene = Trace.loads(slide.scene.read_text(encoding="utf-8"))
    asked = RaceRequest.parse(dict(slide.race)).to_json()
    assert scene.run["checkpoints"] == SHIPPED and scene.ended == "done"
    assert {name: scene.run[name] for name in asked if name in scene.run} == {
        name: value for name, value in asked.items() if name in scene.run
    }


@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_of_them(picture):
    """`make pictures`."""
    shot = Image.open(FOLDER / f"{picture.name}.png")
    assert shot.info.get(WEIGHTS) == joint_hash(SHIPPED[DIFFUSION_TWIN.key], SHIPPED[AR_TWIN.key]) and shot.size == (
        1440,
        900,
    )


@pytest.mark.parametrize("name", [DIFFUSION_TWIN.key, AR_TWIN.key])
def test_the_evaluation_is_of_them_and_the_card_tells_it(name):
    """`python -m playground.training evaluate`, then `publish --evaluation`."""
    figures = json.loads((MODELS / name / "evaluation.json").read_text(encoding="utf-8"))
    kind = name.removeprefix("twin-")
    assert figures[kind]["weights_sha256"].startswith(SHIPPED[name])
    key = "bits_per_byte_at_most" if kind == "diffusion" else "bits_per_byte"
    assert f"{figures[kind]['all'][key]:.3f}" in (MODELS / name / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("prompt", DIFFUSION_TWIN.examples)
def test_an_example_is_answered_right_where_that_is_known(twins, prompt):
    """What the page offers, both twins do well by its own rule; of a pair that has not learned the made text nobody can say."""
    if not twins.kinds:
        pytest.skip("these twins have not learned the requests whose right answers are known")
    run = twins.start(RaceRequest(prompt))
    list(run.frames())
    assert run.notice is None and worth(prompt, "").right is not None
    assert {key: lane["right"] for key, lane in run.trace.verdict["lanes"].items()} == {"diffusion": True, "ar": True}
