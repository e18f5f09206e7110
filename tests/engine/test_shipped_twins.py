"""The twins in models/ are what the page says they are: matched, trained, and really denoising."""

import json
import random
from itertools import pairwise

import pytest
import torch

from playground.catalog.weights import weight_files
from playground.engine.twins import MODELS
from playground.request.race_request import RaceRequest
from playground.samplers.diffusion.blocks import even_shares

TIE = 1e-5

PLACES = ["Oakland", "Seattle", "Nairobi", "Vacaville", "San Jose"]
WISHES = ["a dentist", "a cheap hotel room", "a bus ticket", "an Italian restaurant", "a one way flight"]


def unseen_prompt() -> str:
    """Another prompt in every run, so that nothing can be prepared for it."""
    chance = random.SystemRandom()
    return f"Please find {chance.choice(WISHES)} in {chance.choice(PLACES)} for {chance.randint(2, 9)} {chance.choice('ABCDEFG')}s."


def test_twins_differ_only_in_objective():
    configs = [json.loads((MODELS / name / "config.json").read_text()) for name in ("twin-diffusion", "twin-ar")]
    assert {key for key in configs[0] if configs[0].get(key) != configs[1].get(key)} == {"is_causal"}
    assert (MODELS / "twin-diffusion/tokenizer.json").read_bytes() == (MODELS / "twin-ar/tokenizer.json").read_bytes()
    seen = [json.loads((MODELS / name / "training.json").read_text()) for name in ("twin-diffusion", "twin-ar")]
    assert seen[0]["tokens_seen"] == seen[1]["tokens_seen"]


def test_checkpoints_are_small_and_half_precision():
    from safetensors import safe_open

    for name in ("twin-diffusion", "twin-ar"):
        files = weight_files(MODELS / name)
        assert sum(path.stat().st_size for path in files) < 12_500_000
        for path in files:
            assert path.stat().st_size < 10_000_000  # a Space takes no larger file in plain git
            with safe_open(path, "pt") as weights:
                assert {weights.get_tensor(key).dtype for key in weights.keys()} == {torch.float16}  # noqa: SIM118 - not a dict: it cannot be iterated


@pytest.mark.parametrize("steps", [16, 40])
def test_every_frame_commits_what_one_plain_forward_of_the_frame_before_says(twins, steps):
    """Frame k's commits are exactly those of one plain forward of frame k-1's canvas, for every k: nothing is replayed."""
    prompt = unseen_prompt()
    run = twins.start(RaceRequest(prompt, length=64, steps=steps, commit="confidence"))
    list(run.frames())
    model, mask, end = twins.diffusion.model, twins.diffusion.special.mask, twins.diffusion.special.end
    trace = run.trace.validate()
    frames = trace.frames_of("diffusion")
    assert [before.open - after.open for before, after in pairwise(frames)] == even_shares(64, steps)
    for before, after in pairwise(frames):
        canvas = trace.canvas("diffusion", before.i)
        ids = [mask if cell.state in ("noise", "draft") else cell.id for _, cell in sorted(canvas.items())]
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
        logits[:, [mask, end]] = -torch.inf
        chance = logits.softmax(-1).max(-1).values
        committed = {
            c.position: (c.id, c.confidence)
            for c in after.changes
            if c.state == "committed" and canvas[c.position].state != "committed"
        }
        assert len(committed) == before.open - after.open
        left = [at for at, token in enumerate(ids) if token == mask and at not in committed]
        assert all(ids[at] == mask for at in committed), prompt
        # A whole canvas and its open rows alone may differ in the last bit, so equal chances may change places.
        assert min(chance[at].item() for at in committed) >= max((chance[at].item() for at in left), default=0) - TIE, (
            prompt
        )
        for at, (token, confidence) in committed.items():
            assert logits[at].softmax(-1)[token].item() == pytest.approx(chance[at].item(), abs=TIE), prompt
            assert confidence == pytest.approx(chance[at].item(), abs=1e-4)


def test_ar_lane_writes_what_one_plain_forward_of_its_own_text_says(twins):
    """The cached lane's tokens are the likeliest under a single uncached forward over the whole text."""
    run = twins.start(RaceRequest(unseen_prompt(), length=48, steps=8))
    list(run.frames())
    cells = [cell for _, cell in sorted(run.trace.canvas("ar").items())]
    ids, start = torch.tensor([[cell.id for cell in cells]]), run.trace.lane("ar").prompt
    with torch.no_grad():
        logits = twins.ar.model(ids).logits[0]
    logits[:, [twins.ar.special.mask, twins.ar.special.end]] = -torch.inf
    assert logits[start - 1 : -1].argmax(-1).tolist() == ids[0, start:].tolist()


def test_what_they_know_and_what_they_do_not(twins):
    """In-domain prompts pass without a notice; text far outside says so and offers three that work."""
    for example in twins.examples:
        assert twins.start(RaceRequest(example)).notice is None, example
    for far in ("Préparez la thèse en droit constitutionnel", "xq zzv kpt wjf qqx 93 ~~ }{ lkj", "日本語の文章です"):
        run = twins.start(RaceRequest(far))
        assert run.notice and len(run.offers) == 3
        for offer in run.offers:
            assert twins.start(RaceRequest(offer)).notice is None


def test_twins_have_learned(twins):
    """Both give far better than chance text: unseen requests score a low perplexity under the AR twin."""
    for wish in WISHES:
        run = twins.start(RaceRequest(f"I would like {wish} in {random.SystemRandom().choice(PLACES)}.", steps=32))
        list(run.frames())
        for lane in run.trace.verdict["lanes"].values():
            assert lane["perplexity"] < 60 and lane["entropy"] > 1.5
