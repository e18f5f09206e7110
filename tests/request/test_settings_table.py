"""The table of settings: what the page, the API and links promise of every entry."""

import dataclasses

import pytest

from playground.request.race_request import RaceRequest
from playground.request.sampler_settings import DenoiseSettings
from playground.request.settings_table import GROUPS, ON_PAGE, SAMPLER, SETTINGS, SHOWN, limits_of, writing_order


def test_a_request_has_every_setting_and_nothing_else_in_the_order_of_the_api():
    request = RaceRequest("hello")
    assert {field.name for field in dataclasses.fields(request)} == set(SETTINGS)
    assert list(request.to_json()) == list(SETTINGS) and list(SETTINGS)[:3] == ["prompt", "length", "steps"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.steps = 3


def test_every_default_can_be_run_and_is_read_back():
    defaults = {name: setting.default for name, setting in SETTINGS.items() if name != "prompt"}
    assert RaceRequest.parse({"prompt": "hello", **defaults}) == RaceRequest("hello")


def test_the_sampler_takes_what_the_request_says():
    request = RaceRequest.parse({"prompt": "hello", "steps": 8, "guidance": 0.5, "top_k": 3, "same_length": False})
    sampler = request.denoising
    assert {name: getattr(sampler, name) for name in SAMPLER} == {name: getattr(request, name) for name in SAMPLER}
    assert sampler.bar_end is False and DenoiseSettings().commit == "confidence"


def test_every_control_has_a_heading_and_every_other_setting_says_what_it_needs():
    assert {setting.name for setting in SHOWN} == set(ON_PAGE) - {"prompt"}
    assert {setting.group for setting in SHOWN} == set(GROUPS)
    rows = [(setting.group, setting.row) for setting in SHOWN]
    assert len(rows) == len(set(rows))
    assert all(other in SETTINGS for setting in SETTINGS.values() for other in limits_of(setting))


def test_a_page_writes_each_setting_after_those_that_limit_it():
    order = writing_order()
    assert sorted(order) == sorted(ON_PAGE)
    for name in ON_PAGE:
        assert all(order.index(other) < order.index(name) for other in limits_of(SETTINGS[name])), name
    assert limits_of(SETTINGS["blocks"]) == ("steps",) and "revise" in limits_of(SETTINGS["cache"])


def test_what_another_sampler_changes_is_diffusion_s_or_shared():
    assert all("diffusion" in SETTINGS[name].lanes for name in SAMPLER)


DIFFUSION_ALONE = {
    "steps": 6,
    "noise": "mixed",
    "commit": "threshold",
    "commit_level": 0.3,
    "revise": "edit",
    "revise_level": 0.6,
    "blocks": 2,
    "cache": "dual",
    "guidance": 0.5,
}


def ids(engine, lane, **values):
    run = engine.start(RaceRequest.parse({"prompt": "I need a dentist", "length": 16, "steps": 4, **values}))
    list(run.frames())
    return [change.id for change in run.trace.canvas(lane).values()]


def test_what_the_ar_lane_does_not_take_changes_nothing_in_it(tiny):
    of_ar = {name for name, setting in SETTINGS.items() if "ar" in setting.lanes}
    assert of_ar.isdisjoint({*DIFFUSION_ALONE, "versus"}) and of_ar | {*DIFFUSION_ALONE, "versus"} == set(SETTINGS)
    assert ids(tiny, "ar", temperature=0.8) == ids(tiny, "ar", temperature=0.8, **DIFFUSION_ALONE)
    assert ids(tiny, "diffusion", temperature=0.8) != ids(tiny, "diffusion", temperature=0.8, **DIFFUSION_ALONE)
    assert ids(tiny, "ar", temperature=0.8) != ids(tiny, "ar", temperature=0.8, seed=1)
