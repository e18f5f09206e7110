"""The figures in the card, compared with slow and independent computations of the same numbers."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from made_up import command
from playground.training.__main__ import main
from playground.training.card import card
from playground.training.corpus import Packed
from playground.training.evaluate import (
    EvaluateSettings,
    ScoringWindows,
    causal_nats,
    differences,
    diffusion_nats,
    openings,
    scoring_windows,
    table,
    token_bytes,
)
from playground.training.prepare import Prepared
from playground.training.runs import load_published
from playground.training.samples import SampleSettings


@pytest.fixture(scope="module")
def data(made):
    return Prepared.open(made.data)


@pytest.mark.parametrize("length", [12, 20, 48, 200])
def test_every_token_but_a_documents_first_is_scored_once(data, length):
    packed = data.packed("valid")
    scored = scoring_windows(packed, data.tokenizer, length)
    assert (scored.first >= 1).all() and (scored.last <= length).all()
    seen = [row[a:b] for row, a, b in zip(scored.ids.numpy(), scored.first, scored.last)]
    assert np.array_equal(np.concatenate(seen), np.delete(packed.ids, packed.openings))
    first_bytes = token_bytes(data.tokenizer)[packed.ids[packed.openings]].sum()
    assert scored.text_bytes.sum() == packed.text_bytes - first_bytes


def test_windows_after_the_first_have_context_from_their_own_document(data):
    packed = data.packed("valid")
    scored = scoring_windows(packed, data.tokenizer, 20)
    text = data.tokenizer.decode(packed.ids.tolist())
    later = scored.ids[scored.first > 1]
    assert len(later)
    for row, first in zip(scored.ids, scored.first):
        assert data.tokenizer.decode([i for i in row.tolist() if i != data.tokenizer.eos_token_id]) in text
        assert data.tokenizer.eos_token_id not in row[:first]


def test_a_tokens_bytes_are_counted_as_utf8(data):
    text = "Zürich “ever” $7"
    ids = data.tokenizer(text)["input_ids"]
    assert token_bytes(data.tokenizer)[ids].sum() == len(text.encode())
    assert token_bytes(data.tokenizer)[[data.tokenizer.eos_token_id, data.tokenizer.mask_token_id]].sum() == 0


def test_the_causal_score_is_the_chain_rule(made, data):
    twin = load_published(made.models / "twin-ar")
    scored = scoring_windows(data.packed("valid"), data.tokenizer, 48)
    rows = causal_nats(twin.model, scored, rows=7)
    for row in (0, len(rows) // 2, len(rows) - 1):
        expected = 0.0
        for at in range(scored.first[row], scored.last[row]):  # one forward pass per token
            with torch.inference_mode():
                logits = twin.model(scored.ids[row : row + 1, :at]).logits[0, -1]
            expected -= logits.log_softmax(-1)[scored.ids[row, at]].item()
        assert rows[row] == pytest.approx(expected, rel=1e-4)


class Uncertain(torch.nn.Module):
    """A fake decoder: the nats of a masked token are 1 + the number of masks in its row, for every token."""

    vocabulary = 50

    def __init__(self, mask: int):
        super().__init__()
        self.mask = mask

    def model(self, ids: torch.Tensor, use_cache: bool):
        masks = (ids == self.mask).sum(1, keepdim=True).expand(ids.shape)
        return SimpleNamespace(last_hidden_state=masks[..., None].float())

    def lm_head(self, hidden: torch.Tensor) -> torch.Tensor:
        # the token 7 with probability exp(-nats), the rest on token 0
        nats = 1 + hidden[:, 0]
        p = torch.exp(-nats)
        logits = torch.full((len(hidden), self.vocabulary), -1e9)
        logits[:, 7], logits[:, 0] = p.log(), torch.log1p(-p)
        return logits


def test_the_diffusion_score_is_the_bound_with_all_masks_enumerated():
    mask, first, length = 1, 2, 6
    ids = torch.full((1, length), 7)
    scored = ScoringWindows(ids, torch.tensor([first]), torch.tensor([length]), np.array([True]), np.array([4]))
    n = length - first
    # the integral over t of 1/t * t^k * (1-t)^(n-k), which is 1 / (k * C(n, k)), for each set of k masks of n
    masks = [len(chosen) for k in range(1, n + 1) for chosen in itertools.combinations(range(n), k)]
    expected = sum(k * (1 + k) / (k * math.comb(n, k)) for k in masks)

    def bound(levels: int, seed: int) -> float:
        settings = replace(EvaluateSettings(), levels=levels, seed=seed)
        return diffusion_nats(Uncertain(mask), scored, mask, settings).mean()

    assert bound(levels=400, seed=0) == pytest.approx(expected, rel=1e-3)
    few = [bound(levels=3, seed=seed) for seed in range(300)]
    assert np.mean(few) == pytest.approx(expected, rel=0.02)  # unbiased with few levels too


def test_openings_are_what_a_visitor_would_ask(data):
    tokenizer = data.tokenizer
    asked = openings(data.packed("valid"), tokenizer, 6)
    dialogues, stories = ([tokenizer.decode(ids) for ids in asked[kind]] for kind in ("dialogues", "stories"))
    assert (len(dialogues), len(stories)) == (24, 8)
    assert all(
        text.startswith("User:") and text.endswith("\nAssistant:") and text.count("\n") == 1 for text in dialogues
    )
    assert all(text.startswith("Once") and len(text) < 60 for text in stories)


def test_a_twin_that_learned_is_far_better_than_chance_and_the_figures_agree(made, data):
    figures = json.loads(made.evaluation.read_text())
    ar, diffusion, scored = figures["ar"], figures["diffusion"], figures["validation"]["scored"]
    chance = math.log2(len(data.tokenizer)) * scored["all"]["tokens"] / scored["all"]["bytes"]
    assert 0 < ar["all"]["bits_per_byte"] < 0.8 * chance
    assert 0 < diffusion["all"]["bits_per_byte_at_most"] < chance
    nats = ar["all"]["nats_per_token"] * scored["all"]["tokens"]
    assert ar["all"]["bits_per_byte"] * scored["all"]["bytes"] * math.log(2) == pytest.approx(nats, rel=1e-3)
    assert sum(scored[kind]["bytes"] for kind in ("dialogues", "stories")) == scored["all"]["bytes"]
    assert 0 < diffusion["masked_cross_entropy"]["nats"] < math.log(len(data.tokenizer))
    for kind, limit in figures["prompt_perplexity_limits"].items():
        assert limit >= figures["validation"]["openings"][kind]["median_perplexity"] > 1
    assert figures["differences"] == []
    by_kind = figures["infilling_by_kind"]
    assert set(by_kind) == {"dialogues", "stories"} and by_kind["dialogues"] != by_kind["stories"]
    shown = table(figures)
    for figure in (
        f"{ar['all']['bits_per_byte']:.3f}",
        f"{by_kind['stories']['diffusion']['all']['exact']:.1%}",
        "stories all",
    ):
        assert figure in shown


def test_twins_that_read_other_texts_or_came_another_way_are_not_matched(made):
    diffusion, ar = (load_published(made.models / f"twin-{objective}") for objective in ("diffusion", "ar"))
    phase = {"steps": 3, "tokens_seen": 9, "documents": 2, "settings": {"objective": "ar", "rate": 1.0}}
    begun = replace(ar, earlier=[phase])
    alike = replace(diffusion, earlier=[{**phase, "settings": {"objective": "diffusion", "noise": {}, "rate": 1.0}}])
    assert differences(diffusion, ar) == differences(alike, begun) == []
    assert differences(diffusion, begun) == ["earlier trainings"]
    assert differences(diffusion, replace(ar, text_sha256="other")) == ["training text"]
    noise = {**diffusion.settings["noise"], "complementary": True}
    twice = replace(diffusion, settings={**diffusion.settings, "noise": noise})
    assert ["each with two masks" in said for said in differences(twice, ar)] == [True]
    once = replace(twice, tokens_seen=twice.tokens_seen // 2)
    assert differences(once, replace(ar, tokens_seen=once.tokens_seen)) == []
    assert differences(diffusion, replace(ar, settings={**ar.settings, "rate": 2.0})) == ["rate"]
    cut = {**phase, "settings": {**phase["settings"], "rescheduled": [[1, 4]]}}
    assert differences(replace(diffusion, earlier=[cut]), begun) == []  # the card shows it
    older = {name: value for name, value in ar.settings.items() if name != "stories"}
    assert differences(diffusion, replace(ar, settings=older)) == []  # a record that lacks it


def test_a_twin_that_was_trained_on_alone_differs_in_those_tokens(made):
    diffusion, ar = (load_published(made.models / f"twin-{objective}") for objective in ("diffusion", "ar"))
    shape = {"hidden", "layers", "heads", "intermediate", "positions"}
    both = {
        "steps": diffusion.steps,
        "tokens_seen": diffusion.tokens_seen,
        "documents": 2,
        "settings": {name: value for name, value in diffusion.settings.items() if name not in shape},
    }
    on = replace(
        diffusion,
        earlier=[both],
        tokens_seen=diffusion.tokens_seen + 5000,
        settings={**diffusion.settings, "rate": 9.0},
        text_sha256="another",
    )
    assert differences(on, ar) == ["5,000 tokens of further training that only the diffusion twin had"]
    apart = replace(on, earlier=[{**both, "settings": {**both["settings"], "rate": 7.0}}])
    assert "earlier trainings" in differences(apart, ar) and "tokens seen" in differences(apart, ar)


def test_a_single_line_longer_than_a_window_is_still_scored_once(data):
    text = "User: " + "I need a table, a bus and a doctor in Oakland at 7 pm " * 6
    packed = Packed.from_documents([text], data.tokenizer)
    scored = scoring_windows(packed, data.tokenizer, 24)
    assert (scored.last - scored.first).sum() == len(packed.ids) - 1 and (scored.first <= 12).all()


def test_right_answers_are_counted_and_the_card_tells_them(made):
    figures = json.loads(made.evaluation.read_text())
    found = figures["right"]
    assert (
        set(found["held-out"]["diffusion"]) == {"2", "8"}
        and found["held-out"]["ar"]["of"] == 6
        and found["by hand"]["ar"]["of"] == 2
    )
    assert "notice" not in figures  # these twins were not trained on text from templates
    card = (made.models / "twin-diffusion" / "README.md").read_text()
    row = found["by hand"]["diffusion"]["8"]
    assert (
        f"| prompts by hand | diffusion twin, 8 passes | {row['right']:.0%} | {row['repeated']:.1%} | {row['broken']:.1%} |"
        in card
    )
    assert "of 10 right in 8 passes" in card  # the nearest to the page's own


def test_right_answers_and_notices_are_counted_anew_without_the_rest(made, tmp_path, capsys):
    kept, out = json.loads(made.evaluation.read_text()), tmp_path / "anew.json"
    kept |= {"notice": {"told": {}}, "settings": {**kept["settings"], "notice": {"requests": 5, "stories": 2}}}
    (before := tmp_path / "before.json").write_text(json.dumps(kept))
    asked = ("evaluate", "--data", made.data, "--models", made.models, "--requests", 4, "--openings", 2, "--by-hand", 1)
    command(*asked, "--reply-passes", 3, "--keep", before, "--out", out)
    found = json.loads(out.read_text())
    assert found["right"]["held-out"]["diffusion"].keys() == {"3"} and found["right"]["held-out"]["ar"]["of"] == 4
    assert found["settings"]["right"]["count"] == 4
    assert found["notice"]["told"]["inside"]["of"] == 60
    for figures in (found, kept):
        del figures["right"], figures["settings"]["right"], figures["notice"]
    assert found == kept
    made_up = {**kept, "ar": {**kept["ar"], "weights_sha256": "another"}}
    for text, said in ((json.dumps(made_up), "of other weights"), ("", "is no evaluation"), ("[]", "is no evaluation")):
        (tmp_path / "wrong.json").write_text(text)
        words = [str(word) for word in (*asked, "--keep", tmp_path / "wrong.json", "--out", out)]
        assert main(words) == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--judge", "nowhere"), ("--windows", "3"), ("--seed", "9")])
def test_what_is_kept_takes_no_options_of_its_own(made, option, capsys):
    words = ("evaluate", "--data", made.data, "--models", made.models, "--keep", made.evaluation, *option)
    assert main([str(word) for word in words]) == 2
    assert "Leave the other options out" in capsys.readouterr().err


def test_the_notice_stands_in_the_card_where_it_was_tried(made):
    figures = json.loads(made.evaluation.read_text())
    training = json.loads((made.models / "twin-diffusion" / "training.json").read_text())
    told = {"inside": {"of": 60, "told": 0.03}, "outside": {"of": 60, "told": 0.98}, "written": {"of": 60, "told": 0.1}}
    tried, untried = (
        card("twin", training, figures | more, [], SampleSettings()) for more in ({"notice": {"told": told}}, {})
    )
    assert "it told 98% of 60 prompts from far outside, and wrongly 3% of 60 inside" in tried
    assert "far outside" not in untried
