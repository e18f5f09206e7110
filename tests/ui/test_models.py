"""What the page says of models, and what its server functions do with them."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from fakes import ABSENT, BLOCKS, FAILING, HERE, LARGE, PARTNER, FakeEngine, StockedEngine, record
from playground.catalog.catalog import catalog
from playground.catalog.records import TWINS
from playground.errors import PlaygroundError
from playground.evidence.load import load_claims
from playground.interface import BrokenEngine, ModelState
from playground.ui.components.recorded import OTHERS
from playground.ui.models import DOWNLOADS_OFF, Models
from playground.ui.page import build_page
from playground.ui.share import linked

TWIN = TWINS[0].key


def functions(engine):
    """The panel's server functions by name, with JSON read."""
    return {one.__name__: lambda text, one=one: json.loads(one(text)) for one in Models(engine).server_fns}


def say(engine, *keys):
    return functions(engine)["models_now"](json.dumps(keys))


def entry(engine, key):
    return say(engine, key)["models"][0]


def test_size_licence_and_memory_are_told_before_anything_is_downloaded():
    said = say(StockedEngine(), ABSENT, FAILING)
    llada, llama = said["models"]
    assert dict(llada["facts"]) == {
        "Download": "16.0 GB, GSAI-ML/LLaDA-8B-Instruct",
        "Licence": "MIT",
        "Memory needed": "about 16.0 GB",
    }
    assert "to be accepted on its card first" in dict(llama["facts"])["Licence"]
    assert said["machine"] == "This machine has 12.0 GB of 16.0 GB memory free, and 80.0 GB on the disk."
    assert llada["download"] and not llada["stage"] and llada["size"] == "16.0 GB"


def test_a_model_can_go_on_the_stage_where_it_fits():
    engine = StockedEngine()
    assert entry(engine, TWIN)["stage"] and entry(engine, HERE)["says"] == "On this machine. It loads on Run."
    large = entry(engine, LARGE)
    assert not large["stage"] and large["why"] == StockedEngine.TOO_LARGE


def test_a_download_tells_its_share_bytes_and_rate_and_can_be_stopped():
    engine = StockedEngine()
    act = functions(engine)
    began = act["download_model"](ABSENT)["models"][0]
    assert began["stop"] and not began["download"]
    assert (began["share"], began["progress"]) == (0.25, "25%: 4.0 GB of 16.0 GB, 41 MB a second")
    stopped = act["stop_download"](ABSENT)["models"][0]
    assert (stopped["state"], stopped["download"], stopped["stop"]) == ("stopped", True, False)


def test_a_failure_is_told_in_its_sentence():
    failed = functions(StockedEngine())["download_model"](FAILING)["models"][0]
    assert failed["state"] == "failed" and failed["why"] == StockedEngine.GATED and failed["download"]


def test_a_waiting_download_says_how_many_come_first():
    class Waiting(StockedEngine):
        def state(self, record):
            return ModelState(record.key, "waiting", before=1)

    waiting = entry(Waiting(), ABSENT)
    assert waiting["says"] == "Waits: 1 other download comes first." and waiting["stop"]


def test_no_download_begins_on_a_full_disk():
    class Full(StockedEngine):
        def room(self):
            return replace(super().room(), disk=10**9)

    full = entry(Full(), ABSENT)
    assert not full["download"] and "16.0 GB on the disk, which has 1.0 GB free" in full["why"]


def test_where_downloads_are_off_it_says_how_the_host_allows_them():
    said = say(StockedEngine(allowed=False), ABSENT)
    assert (
        said["off"] == DOWNLOADS_OFF and "--allow-downloads" in DOWNLOADS_OFF and "PLAYGROUND_MODELS" in DOWNLOADS_OFF
    )
    assert not said["models"][0]["download"]
    refused = functions(StockedEngine(allowed=False))["download_model"](ABSENT)
    assert refused == {"message": "Downloads are off here."}


def test_a_page_of_twins_alone_tells_of_the_catalog_and_touches_nothing_of_it():
    engine = FakeEngine()
    dream = entry(engine, "dream-7b-instruct")
    assert dream["says"] == "Not on this machine." and not (dream["stage"] or dream["download"] or dream["stop"])
    assert functions(engine)["download_model"]("dream-7b-instruct")["message"]
    assert json.loads(Models(engine).props["pair"]) == list(engine.pair)


@pytest.mark.parametrize("text", ["", "{", "7", '["no such model"]', '[["a"]]', "[" * 30_000, '"twin-diffusion"'])
@pytest.mark.parametrize("name", ["models_now", "download_model", "stop_download"])
def test_what_the_page_does_not_send_is_refused_in_a_sentence(name, text):
    message = functions(StockedEngine())[name](text)["message"]
    assert message.endswith(".") and len(message) < 200


def test_a_page_without_models_still_has_its_menus():
    panel = Models(BrokenEngine(PlaygroundError("The weights are missing.")))
    assert [one["key"] for one in json.loads(panel.props["menu"])] == [twin.key for twin in TWINS]


def test_a_model_that_is_not_loaded_is_greyed_by_its_record():
    assert entry(StockedEngine(), BLOCKS)["can"] == ["branch"] and "guidance" in entry(StockedEngine(), HERE)["can"]


def link(engine, *lanes):
    return linked({"prompt": "hello", "lanes": json.dumps([{"model": key} for key in lanes])}, engine)


def test_a_link_to_models_that_are_here_sets_them():
    answer = link(StockedEngine(), HERE, TWIN)
    assert answer["problem"] == "" and json.loads(answer["settings"]["lanes"]) == [{"model": HERE}, {"model": TWIN}]


def test_a_link_to_a_model_that_must_be_downloaded_says_so_and_keeps_it():
    answer = link(StockedEngine(), ABSENT, TWIN)
    assert answer["problem"].startswith("LLaDA 8B Instruct is not on this machine. Open Models to download")
    assert ABSENT in answer["settings"]["lanes"]


def test_a_link_to_a_model_that_the_page_does_not_have_says_what_its_host_can_do():
    answer = link(FakeEngine(), ABSENT, TWIN)
    assert "This link names LLaDA 8B Instruct, which this page does not have." in answer["problem"]
    assert f"PLAYGROUND_MODELS={ABSENT}" in answer["problem"] and answer["settings"]["lanes"] == ""
    strange = link(FakeEngine(), "somebody's")["problem"]
    assert "names somebody's, which" in strange and "PLAYGROUND_MODELS" not in strange


def test_every_record_of_a_player_is_in_the_catalog():
    players = {player.id: player.records for player in load_claims().players if player.records}
    assert set().union(*players.values()) <= set(catalog()) and len(players) >= 14


def test_every_published_model_is_on_a_card_but_partners_and_variants():
    named = {key for player in load_claims().players for key in player.records}
    diffusion = {key for key, record in catalog().items() if record.kind == "diffusion" and record.repo}
    longer = {f"{sdar}-b{block}" for sdar in named if sdar.startswith("sdar-") for block in (8, 16, 32, 64)}
    assert diffusion - named <= {"llada-v-text", "dreamreasoner-8b"} | longer


def test_a_page_that_starts_with_published_models_has_their_menus_and_words():
    class Qwen(StockedEngine):
        pair = (HERE, PARTNER)
        knows, examples = catalog()[HERE].knows, catalog()[HERE].examples
        checkpoints: Mapping[str, str] = {HERE: "9e01", PARTNER: "9e02", **FakeEngine.checkpoints}

    trace = record()
    trace.run["checkpoints"] = dict(FakeEngine.checkpoints)
    text = json.dumps([block.get_config() for block in build_page(Qwen(), [trace]).blocks.values()], default=str)
    assert OTHERS in text and f'[\\"{HERE}\\", \\"{PARTNER}\\"]' in text
    assert catalog()[HERE].examples[0] in text and FakeEngine.examples[1] not in text
    assert "Qwen3 0.6B diffusion and Qwen3 0.6B" in text, "the line below the title"
    twins = json.dumps(
        [block.get_config() for block in build_page(StockedEngine(), [trace]).blocks.values()], default=str
    )
    assert OTHERS not in twins, "models besides the twins make no other run of theirs"


def test_published_models_have_prompts_of_their_own():
    for model in catalog().values():
        if model.repo:
            assert not set(model.examples) & set(TWINS[0].examples) and len(model.examples) == 5, model.key
    base, chat = catalog()["llada-8b-base"], catalog()["llada-8b-instruct"]
    assert "goes on with a text" in base.knows and "replies" in chat.knows and base.examples != chat.examples
