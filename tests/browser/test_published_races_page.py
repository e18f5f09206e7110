"""Three pairs of published layouts race on the page, on tiny checkpoints: LLaDA against LLaMA with other tokens, Dream against
Qwen2.5, SDAR against Qwen3. They load when the link names them, in place of the pair before."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import torch

from playground.catalog.catalog import catalog
from playground.engine.shelf import Shelf
from playground.engine.twins import Twins
from serving import served
from stage_driver import Stage
from tiny_published import Cast

pytestmark = pytest.mark.long  # beside the stage, not on it

PAIRS = {
    "llada": ("llada", "llama3", "characters"),
    "dream": ("dream", "qwen2", "tokens"),
    "sdar": ("sdar", "qwen3", "tokens"),
}


@pytest.fixture(scope="module")
def stage_of(tiny, tmp_path_factory):
    cast = Cast(tmp_path_factory.mktemp("cast"), *{name for pair in PAIRS.values() for name in pair[:2]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CATALOG", str(cast.catalog))
        records = [replace(one, parameters=200_000_000) for key, one in catalog().items() if key.startswith("tiny-")]
        shelf = Shelf(torch.device("cpu"), records)
        engine = Twins(tiny.diffusion, tiny.ar, torch.device("cpu"), tiny.thread, shelf=shelf)
        with served(engine) as address:
            yield address, engine


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_races_from_its_link(open_page, stage_of, name):
    address, engine = stage_of
    diffusion, ar, unit = PAIRS[name]
    lanes = json.dumps([{"model": f"tiny-{diffusion}"}, {"model": f"tiny-{ar}"}])
    settings = {"prompt": "Hello", "length": 16, "steps": 8, "lanes": lanes, "run": 1}
    page = open_page(f"{address}?{urlencode(settings)}")
    stage = Stage(page)
    stage.until("s.run && !s.underWay")
    stage.finish()
    assert stage.state == "done"
    assert page.locator(".lane-title").all_inner_texts() == [f"Tiny {diffusion}", f"Tiny {ar}"]
    assert all("Hello" in lane.inner_text() for lane in page.locator(".lane").all())
    trace = page.evaluate("window.__stage.trace")
    prompts = [lane["about"].get("prompt_text") or trace["run"]["prompt_text"] for lane in trace["lanes"]]
    controls = {"llada": "<|start_header_id|>", "dream": "<|im_start|>", "sdar": "<|im_start|>"}[name]
    assert all(controls in text for text in prompts)
    headline = page.inner_text(".stage-line") + page.inner_text(".lanes")
    assert ("char" in headline) == (unit == "characters")
    assert {f"tiny-{diffusion}", f"tiny-{ar}"} <= set(engine.sources)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_twins_race_after_them(open_page, stage_of):
    address, _ = stage_of
    page = open_page(f"{address}?{urlencode({'prompt': 'Hello', 'length': 16, 'steps': 4, 'run': 1})}")
    stage = Stage(page)
    stage.until("s.run && !s.underWay")
    assert stage.state == "done"
    assert page.locator(".lane-title").all_inner_texts() == ["Diffusion", "Autoregressive"]


def test_a_text_without_spaces_stays_within_its_lane(open_page, stage_of):
    """A model that knows nothing writes one long word; it wraps, also on a phone."""
    address, _ = stage_of
    link = urlencode({"prompt": "Hello", "length": 16, "steps": 4, "run": 1})
    page = open_page(f"{address}?{link}", viewport={"width": 390, "height": 844})
    Stage(page).until("s.run && !s.underWay")
    reading = page.locator(".lane .reading").first
    reading.evaluate("(one) => { one.textContent = 'b'.repeat(400); }")
    assert reading.evaluate("(one) => one.scrollWidth <= one.clientWidth")
