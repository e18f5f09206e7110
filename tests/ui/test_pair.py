"""What the page calls the models that race: twins only where they are."""

from dataclasses import replace

import torch

from made_up_model import FakeSource, LetterSource
from playground.catalog.catalog import catalog
from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN, TWINS
from playground.engine.engine import RaceEngine
from playground.ui.components.pair import pair_of
from playground.ui.page import build_page


def test_the_twins_are_called_twins():
    assert pair_of(TWINS) == pair_of(()) and "autoregressive twin" in pair_of(TWINS).tagline
    own = [replace(record, own=True, folder="/x") for record in TWINS]
    assert pair_of(own) == pair_of(TWINS)


def test_other_pairs_are_partners_and_of_the_same_size_only_where_they_are():
    llada, llama = catalog()["llada-8b-instruct"], catalog()["llama3-8b-instruct"]
    words = pair_of([llada, llama])
    assert words.tagline.startswith("LLaDA 8B Instruct and ") and "a partner of the same size" in words.tagline
    assert (words.partner, words.what) == (llama.title, "A partner of the same size, not a twin.")
    assert "same size" not in pair_of([llada, replace(llama, parameters=3 * llama.parameters)]).tagline
    assert "same size" not in pair_of([replace(llada, parameters=0), replace(llama, parameters=0)]).what
    assert "twin" not in pair_of([llada]).tagline and pair_of([llada]).partner == "No rival"
    assert pair_of([DIFFUSION_TWIN, replace(AR_TWIN, family="these models")]).partner == AR_TWIN.title


def test_a_page_of_other_models_speaks_of_no_twin(tiny):
    pair = [LetterSource(partner="word-model"), FakeSource(partner="letter-model")]
    page = build_page(RaceEngine(pair, torch.device("cpu"), torch.float32, tiny.thread))
    parts = [str(block.html_template) for block in page.blocks.values() if hasattr(block, "html_template")]
    head, rival = (next(part for part in parts if sign in part) for sign in ("page-head", 'id="rival"'))
    assert "Letter model and Word model, its partner, write the same reply" in head
    assert '<option value="">Word model</option>' in rival and "AR twin" not in rival
