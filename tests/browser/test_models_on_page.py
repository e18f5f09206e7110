"""Models are chosen, downloaded and raced on the page: menus, panel, cards, links."""

import json
import re
from urllib.parse import urlencode

import pytest

from fakes import ABSENT, BLOCKS, HERE, LARGE, PARTNER, StockedEngine, record
from playground.request.settings_table import defaults
from serving import served
from stage_driver import Stage

pytestmark = pytest.mark.long  # beside the stage, not on it

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def stocked():
    return StockedEngine(pace=0.02)


@pytest.fixture(scope="module")
def home(stocked):
    with served(stocked, [record()]) as address:
        yield address


@pytest.fixture
def opened(open_page, home, stocked):
    """Open the page of the stocked engine, with its models as at the start."""
    stocked.reset()

    def open_(query="", **options):
        page = open_page(f"{home}/{query}", **options)
        page.wait_for_selector("body[data-linked]", state="attached")
        return page

    return open_


def setting(page, name="lanes"):
    return page.locator(f"[data-setting={name}]").input_value()


def named(page):
    return [lane["model"] for lane in json.loads(setting(page) or "[]")]


def asked(page, stocked_calls="component_server"):
    return sum(stocked_calls in url for url in page.asked)


def model(page, name, within="#models"):
    """What is shown of a model."""
    return page.locator(f"{within} .model").filter(has=page.locator(f"h3:text-matches('^{name} (diffusion|autoreg)')"))


def until(true, page):
    while not true():
        page.wait_for_timeout(10)


def ready(page):
    Stage(page).open_settings()
    page.wait_for_function("document.querySelector('#model').options.length > 2")
    return page


def test_the_menus_name_models_and_what_a_choice_takes_and_one_lane_can_run_alone(opened, stocked):
    page = ready(opened())
    options = page.locator("#model option").all_inner_texts()
    assert options[0] == "Diffusion twin" and "Qwen3 0.6B diffusion: 1.5 GB, loads on Run" in options
    closed = page.locator("#model option:disabled").all_inner_texts()
    assert closed == [
        "LLaDA 8B Instruct (diffusion): not here",
        "LLaMA 3 8B Instruct (autoregressive): not here",
        "LLaDA 2.0 mini (diffusion): too large now",
    ]
    below = page.locator(".setting:has(#model) .others").inner_text()
    assert below.startswith("LLaDA 2.0 mini needs more memory than is free.") and below.endswith("Models tells more.")
    rivals = page.locator("#rival option").all_inner_texts()
    assert rivals[:3] == ["AR twin", "Another sampler", "Nothing"] and "Diffusion twin" not in rivals
    page.select_option("#rival", "nothing")
    assert page.locator(".setting:has(#rival) .what").inner_text() == "It runs alone."
    page.fill("#prompt", "alone")
    page.click("#run")
    Stage(page).until("!s.underWay && (s.header || {}).prompt === 'alone'")
    assert page.locator(".lanes > .lane").count() == 1 and stocked.runs[-1].request.lanes


def test_a_chosen_model_races_its_partner_after_both_are_loaded(opened, stocked):
    page = ready(opened())
    page.select_option("#model", HERE)
    assert named(page) == [HERE, PARTNER] and page.locator("#rival").input_value() == ""
    stage = Stage(page)
    stocked.loading.clear()
    page.fill("#prompt", "hello models")
    page.click("#run")
    page.wait_for_function("document.querySelector('.stage-line').textContent.startsWith('Loading Qwen3 0.6B')")
    stocked.loading.set()
    stage.until("s.run && !s.underWay && (s.header || {}).prompt === 'hello models'")
    assert page.locator(".lane-title").all_inner_texts() == ["Qwen3 0.6B diffusion", "Qwen3 0.6B"]
    page.wait_for_function("!document.querySelector('#model').selectedOptions[0].text.includes('loads on Run')")


def test_the_default_pair_needs_no_setting_and_nothing_is_asked_for_it(page):
    stage = Stage(page)
    stage.open_settings()
    off = page.locator("#noise, #cache").locator("option:disabled")
    assert off.count() == 0, "what the AR twin cannot do is not asked of it"
    before = asked(page)
    page.select_option("#rival", "nothing")
    assert named(page) == ["twin-diffusion"]
    page.select_option("#rival", "")
    assert setting(page) == setting(page, "versus") == ""
    page.select_option("#model", "twin-ar")
    assert named(page) == ["twin-ar", "twin-diffusion"]
    page.select_option("#model", "twin-diffusion")
    page.wait_for_timeout(300)
    assert setting(page) == "" and asked(page) == before


def test_a_chosen_model_offers_its_authors_settings_and_another_sampler_of_itself(opened):
    page = ready(opened())
    page.select_option("#model", HERE)
    page.select_option("#rival", "sampler")
    first, second = json.loads(setting(page))
    assert first == {"model": HERE} and second["model"] == HERE and second["steps"] == defaults()["steps"]
    assert setting(page, "versus") == "" and page.locator("[data-snapshot]").is_visible()
    page.select_option("#model", "twin-diffusion")
    assert setting(page) == "" and json.loads(setting(page, "versus"))["steps"] == defaults()["steps"]
    authors = page.locator("[data-authors]")
    assert authors.is_hidden()
    page.select_option("#model", HERE)
    assert "128 passes" in page.locator(".setting:has(#model) .what").inner_text()
    authors.click()
    assert page.locator("#steps").input_value() == "64" and page.locator("#commit").input_value() == "confidence"
    assert page.locator(".setting:has(#model) .why").inner_text().endswith("limited to the length, 64.")


def test_what_a_model_cannot_do_is_greyed_with_the_reason_and_comes_back(opened):
    page = ready(opened())
    guidance = page.locator("#guidance")
    guidance.evaluate("(input) => { input.value = 2; input.dispatchEvent(new Event('input', { bubbles: true })); }")
    page.select_option("#model", BLOCKS)
    assert guidance.is_disabled() and guidance.input_value() == "0"
    assert page.locator(".setting:has(#guidance) p").inner_text() == "SDAR 1.7B cannot be guided by its prompt."
    assert page.locator("#cache option[value=dual]").is_disabled() and page.locator("#places").is_disabled()
    assert "SDAR 1.7B cannot" in page.locator("#cache option[value=dual]").get_attribute("title")
    page.select_option("#model", "twin-diffusion")
    assert guidance.is_enabled() and guidance.input_value() == "2" and page.locator("#places").is_enabled()
    page.select_option("#model", PARTNER)
    page.select_option("#rival", "nothing")
    assert page.locator("#steps").is_disabled() and page.locator("#commit").is_disabled()
    assert "No diffusion model" in page.locator(".setting:has(#commit) .why").inner_text()
    assert page.locator("#length").get_attribute("max") == "512", "as long as its models read"
    query = urlencode({"prompt": "hello", "length": 256, "lanes": json.dumps([{"model": HERE}])})
    page = opened(f"?{query}")
    assert page.locator("#length").input_value() == "256" and page.locator(".page-note").is_hidden()


def test_a_link_brings_the_models_back(opened, home):
    page = ready(opened())
    page.select_option("#model", HERE)
    page.select_option("#rival", "twin-ar")
    page.click("#share-toggle")
    link = page.locator("#share-url").input_value()
    again = ready(opened(link.removeprefix(home).lstrip("/")))
    assert again.locator("#model").input_value() == HERE and again.locator("#rival").input_value() == "twin-ar"


def test_a_link_or_a_file_of_a_model_that_is_not_here_says_what_to_do(opened):
    lanes = json.dumps([{"model": ABSENT}, {"model": "twin-ar"}])
    page = ready(opened(f"?{urlencode({'prompt': 'hello', 'lanes': lanes, 'run': 1})}"))
    note = page.inner_text(".page-note")
    assert "LLaDA 8B Instruct is not on this machine. Open Models to download" in note
    assert page.locator("#model").input_value() == ABSENT and not Stage(page).underWay
    assert "LLaDA 8B Instruct cannot race now" in page.locator(".setting:has(#model) .why").inner_text()
    trace = record().to_json()
    trace["lanes"][0]["about"]["model"] = ABSENT
    page.locator("#share-panel input[type=file]").set_input_files(
        {"name": "run.json", "mimeType": "application/json", "buffer": json.dumps(trace).encode()}
    )
    page.wait_for_function(
        "document.querySelector('.stage-line').textContent.includes('LLaDA 8B Instruct is not ready')"
    )


def test_nothing_of_a_model_is_shown_until_the_server_has_told_of_it(opened):
    page = opened()
    held = []
    page.route(re.compile("component_server"), lambda route, _: held.append(route))
    page.click("#models-toggle")
    page.wait_for_function("document.querySelector('#models .models-machine').textContent.startsWith('Asking')")
    until(lambda: held, page)
    seen = "[...document.querySelectorAll('#models .model, #models button')].filter((one) => one.checkVisibility())"
    assert page.evaluate(f"{seen}.length") == 0
    for route in held:
        route.continue_()
    model(page, "LLaDA 8B Instruct").get_by_role("button", name="Download 16.0 GB").wait_for()
    assert "Asking" not in page.inner_text("#models")


def test_a_download_shows_how_far_it_is_and_stops(opened, stocked):
    page = opened()
    page.click("#models-toggle")
    llada = model(page, "LLaDA 8B Instruct")
    assert "16.0 GB, GSAI-ML/LLaDA-8B-Instruct" in llada.inner_text() and "about 16.0 GB" in llada.inner_text()
    llada.get_by_role("button", name="Download 16.0 GB").click()
    llada.locator("text=25%: 4.0 GB of 16.0 GB, 41 MB a second").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Stop the download"
    stocked.share = 0.5
    llada.locator("text=50%").wait_for()  # asked again by itself
    assert llada.locator("progress").evaluate("bar => bar.value") == 0.5
    stocked.share = 0.25
    page.keyboard.press("Enter")
    llada.locator("text=Its download was stopped.").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Download 16.0 GB"
    quiet = asked(page)
    page.wait_for_timeout(1200)
    assert asked(page) == quiet, "nothing runs, so nothing is asked"
    page.keyboard.press("Enter")
    llada.locator("progress").wait_for()
    page.click("#models-toggle")
    page.wait_for_timeout(200)
    quiet = asked(page)
    page.wait_for_timeout(1200)
    assert asked(page) == quiet, "nobody looks, so nothing is asked"


def test_what_has_come_can_go_on_the_stage(opened, stocked):
    page = opened()
    page.click("#models-toggle")
    llada = model(page, "LLaDA 8B Instruct")
    llada.get_by_role("button", name="Download").click()
    llada.locator("progress").wait_for()
    stocked.states[ABSENT] = "here"
    llada.get_by_role("button", name="Put it on the stage").click()
    assert named(page) == [ABSENT], "its partner is not here, so it runs alone"
    assert page.inner_text(".page-note span") == "LLaDA 8B Instruct is chosen: press Run. Loading takes a while, once."
    assert page.evaluate("document.activeElement.id") == "run"
    assert model(page, "LLaDA 2.0 mini").get_by_role("button").count() == 0 and LARGE in stocked.states
    llama = model(page, "LLaMA 3 8B Instruct")
    llama.get_by_role("button", name="Download").click()
    llama.locator("text=Its owner asks for consent").wait_for()
    assert llama.get_by_role("button", name="Download 16.1 GB").is_visible()


def unfold(card):
    """Open the fold of the story in which a card lies."""
    card.evaluate(
        "(one) => { for (let at = one.parentElement; at; at = at.parentElement) if (at.matches('details')) at.open = true; }"
    )


def test_a_card_tells_of_its_models_and_puts_one_on_the_stage(opened):
    page = opened("?page=players")
    card = page.locator("details.card").filter(has=page.locator("summary b", has_text="Qwen3 0.6B as diffusion"))
    unfold(card)
    quiet = asked(page)
    card.locator("summary").click()
    here = model(page, "Qwen3 0.6B diffusion", "#story")
    here.get_by_role("button", name="Put it on the stage").wait_for()
    assert asked(page) == quiet + 1 and "Apache-2.0" in here.inner_text()
    here.get_by_role("button", name="Put it on the stage").click()
    assert named(page) == [HERE, PARTNER]


def test_where_downloads_are_off_the_card_says_how_the_host_allows_them(open_page, address):
    page = open_page(f"{address}/?page=players")
    page.wait_for_selector("body[data-linked]", state="attached")
    card = page.locator("details.card").filter(has=page.locator("summary b", has_text="Dream 7B"))
    unfold(card)
    card.locator("summary").click()
    card.locator("text=--allow-downloads").wait_for()
    assert card.get_by_role("button").count() == 0


def test_menus_panel_and_a_download_fit_a_phone(opened):
    page = ready(opened(**PHONE))
    page.select_option("#model", HERE)
    assert page.locator("[data-authors]").bounding_box()["height"] >= 40
    page.click("#models-toggle")
    llada = model(page, "LLaDA 8B Instruct")
    llada.get_by_role("button", name="Download").click()
    llada.locator("progress").wait_for()
    assert llada.get_by_role("button", name="Stop").bounding_box()["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rights = page.locator("#models .model").evaluate_all("all => all.map((one) => one.getBoundingClientRect().right)")
    assert max(rights) <= 390
