"""The same race on a CUDA device."""

import pytest

from playground.engine.twins import load_twins
from playground.request.race_request import RaceRequest

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def on_gpu(tiny_models):
    return load_twins("cuda", tiny_models)


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_race_ends_and_repeats(on_gpu, temperature):
    texts = []
    for _ in range(2):
        run = on_gpu.start(RaceRequest("I need a dentist", length=32, steps=8, temperature=temperature, seed=3))
        list(run.frames())
        trace = run.trace.validate()
        assert trace.ended == "done" and trace.run["dtype"] == "bfloat16" and trace.frames[-1].t_ms > 0
        texts.append([trace.text(lane.key) for lane in trace.lanes])
    assert texts[0] == texts[1]
