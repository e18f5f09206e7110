"""Every preset is a request that the server takes, and a run that ends."""

import pytest

from playground.request.presets import PRESETS
from playground.request.race_request import RaceRequest
from playground.request.settings_table import LENGTHS, SAMPLER


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("length", [LENGTHS[0], 64, LENGTHS[1]])
def test_a_preset_is_accepted_at_any_length(name, length):
    settings = PRESETS[name].of(length)
    request = RaceRequest.parse({"prompt": "Hello", "length": length, **settings})
    assert set(settings) == set(SAMPLER) and {key: getattr(request, key) for key in settings} == settings


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_runs_to_its_end(tiny, name):
    run = tiny.start(RaceRequest.parse({"prompt": "I need a dentist", "length": 16, **PRESETS[name].of(16)}))
    list(run.frames())
    assert run.trace.ended == "done" and run.trace.frames_of("diffusion")[-1].phase == "final"


def test_every_preset_names_its_source_and_differs_from_the_others():
    assert all(preset.source and preset.what.endswith(".") for preset in PRESETS.values())
    made = [tuple(preset.of(64).items()) for preset in PRESETS.values()]
    assert len(set(made)) == len(made)


def test_the_edits_of_llada_2_1_have_the_published_threshold():
    """mask_threshold 0.7 and editing_threshold 0.5."""
    settings = PRESETS["llada2_1"].of(64)
    assert (settings["commit_level"], settings["revise_level"]) == (0.7, 0.5)
