"""What the twins know stands on the page by kind, one click away, where it is known."""

from dataclasses import replace

import torch

from fakes import FakeEngine
from playground.catalog.records import AR_TWIN
from playground.decoders.evaluation import Evaluation
from playground.engine.knowledge import knowledge
from playground.engine.local_model import LocalModel
from playground.engine.twins import Twins
from playground.training.text.recognize import checks_of
from playground.ui.controls import command


def test_every_kind_has_a_line_and_a_prompt():
    known = knowledge()
    assert len(known) > 100 and all(about and prompt for about, prompt in known) and len(set(known)) == len(known)
    assert checks_of(known[-1][1])  # the story is one that they have learned


def test_the_list_is_there_for_twins_that_learned_the_made_text_alone(tiny):
    learned = replace(tiny.ar.checkpoint, evaluation=Evaluation(nats_per_word={"most": 5.0, "nearly_all": 9.0}))
    told = Twins(tiny.diffusion, LocalModel(AR_TWIN, learned), torch.device("cpu"), tiny.thread)
    assert tiny.kinds == () and told.kinds == knowledge()


def test_the_page_lists_them_with_prompts_that_can_be_pressed():
    html = command("", (), FakeEngine.kinds).html_template
    assert (
        "All 2 kinds" in html
        and '<button type="button" data-example>I need to find a dentist in Fremont.</button>' in html
    )
    assert "<hello>" not in html and "kinds" not in command("", ()).html_template
