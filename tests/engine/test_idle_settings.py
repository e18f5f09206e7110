"""What did nothing in a run is told after it, and what did something is not."""

import pytest

from playground.request.race_request import RaceRequest


def told(engine, **settings):
    run = engine.start(
        RaceRequest.parse({"prompt": "I need a dentist", "length": 16, "steps": 8, "seed": 2, **settings})
    )
    list(run.frames())
    return run.trace.verdict["line"]


CACHE, COMMIT, GUIDANCE, REVISE = (
    "never read",
    "had nothing to choose from",
    "Guidance changed the likeliest token nowhere",
    "took nothing back",
)
RENOISE = "turned nothing of diffusion back"


@pytest.mark.parametrize(
    "settings, says, never",
    [
        (dict(cache="dual", blocks=8), CACHE, dict(cache="dual", blocks=4)),
        (dict(cache="prefix", steps=1), CACHE, dict(cache="prefix")),
        (dict(steps=4, blocks=4), COMMIT, dict(steps=8, blocks=4)),
        (dict(commit="threshold", commit_level=0.0), COMMIT, dict(commit="threshold", commit_level=1.0)),
        (dict(revise="wino", revise_level=0.0), REVISE, dict(revise="wino", revise_level=0.9)),
        (dict(revise="edit", revise_level=1.0), REVISE, dict(revise="edit", revise_level=0.0)),
        (dict(revise="remdm_cap", revise_level=0.0), REVISE, dict(revise="remdm_cap", revise_level=1.0)),
        (dict(revise="second_look", revise_level=0.0), REVISE, dict(revise="second_look", revise_level=1.0)),
        (dict(revise="renoise", steps=1), RENOISE, dict(revise="renoise")),
        (dict(cache="dual"), "no more than the prefix cache", dict(cache="dual", blocks=2)),
        (dict(cache="dual"), "no more than the prefix cache", dict(cache="dual", ending="Bye.")),
        (dict(revise="remdm_cap", steps=8, blocks=4), "at most 2 passes", dict(revise="remdm_cap", revise_level=0.0)),
        (dict(revise="wino", steps=8, blocks=4), "at most 2 passes", dict(revise="wino", revise_level=0.0)),
        (
            dict(commit="threshold", commit_level=1.0),
            "Threshold decided nothing",
            dict(commit="threshold", commit_level=0.0),
        ),
        (dict(commit="factor", commit_level=0.05), "Factor decided nothing", dict(commit="factor", commit_level=4.0)),
        (dict(commit="klass", commit_level=1.0), "KLASS decided nothing", dict(commit="confidence")),
        (dict(top_p=0.5, top_k=7), "Top-p and top-k did nothing", dict(top_p=0.5, top_k=7, temperature=0.7)),
        (dict(top_k=7), "Top-k did nothing", {}),
        (
            dict(commit="random", commit_level=3),
            "The level 3 did nothing in diffusion: the rule Any order has nothing to tune",
            dict(commit="spread", commit_level=3),
        ),
        (dict(revise_level=0.4), "The level 0.4 did nothing", dict(revise="wino", revise_level=0.4)),
    ],
)
def test_what_did_nothing_says_so(tiny, settings, says, never):
    line = told(tiny, **settings)
    assert line.count(says) == 1 and says not in told(tiny, **never)


@pytest.mark.parametrize("revise", ["edit", "gidd", "second_look"])
def test_a_rule_that_replaces_noise_which_stands_there_as_text_is_not_told_that_it_replaced_nothing(twins, revise):
    """The shipped twins, which change little else."""
    prompt = "I would like to book a table for two people at a restaurant in San Jose on Friday evening."
    run = twins.start(RaceRequest.parse(dict(prompt=prompt, share=0.25, noise="tokens", revise=revise)))
    list(run.frames())
    start, end = run.trace.canvas("diffusion", 0), run.trace.canvas("diffusion")
    changed = any(cell.id != start[at].id for at, cell in end.items())
    assert changed and REVISE not in run.trace.verdict["line"]


def test_a_rule_that_lets_noise_stand_is_told_so_and_has_written_nothing(tiny):
    prompt = "I would like to book a table for two people at a restaurant on Friday evening."
    run = tiny.start(
        RaceRequest.parse(dict(prompt=prompt, share=0.25, noise="tokens", revise="edit", revise_level=1.0))
    )
    list(run.frames())
    figures = run.trace.verdict["lanes"]["diffusion"]
    assert REVISE in run.trace.verdict["line"] and run.trace.frames_of("diffusion")[-1].phase == "final"
    assert (figures["tokens"], figures["tok_per_s"], figures["commits"]) == (0, 0.0, 0), "no pass wrote anything"


def test_guidance_that_changes_no_token_says_so(tiny, monkeypatch):
    """The page's own guidance moves tokens; of a model that is deaf to its prompt it moves none."""
    assert GUIDANCE not in told(tiny, guidance=2.0)
    decoder = tiny.diffusion.decoder
    hidden = decoder.hidden
    monkeypatch.setattr(
        decoder, "hidden", lambda ids, **k: hidden(ids, **k)[:1].expand(ids.shape[0], -1, -1).contiguous()
    )
    assert GUIDANCE in told(tiny, guidance=2.0) and "Guidance" not in told(tiny, guidance=0.0)
    assert GUIDANCE in told(tiny, guidance=2.0, revise="wino")


def test_an_ordinary_run_is_told_nothing(tiny):
    line = told(tiny)
    assert not any(said in line for said in (CACHE, COMMIT, GUIDANCE, REVISE, "did nothing"))


def test_of_two_samplers_each_is_told_its_own(tiny):
    line = told(tiny, steps=8, versus={"cache": "dual", "blocks": 8, "top_k": 5})
    assert (
        "The cache of B was filled and never read" in line
        and "of A " not in line.split("The cache")[1]
        and line.count("Top-k did nothing") == 1
    )


def test_a_lane_with_a_sampler_of_its_own_is_told_of_that_one(tiny):
    """Also where the race's models differ, so that no two samplers are compared."""

    def line(own, **race):
        return told(tiny, lanes=[{"model": "twin-diffusion", **own}, {"model": "twin-ar"}], **race)

    never = dict(revise="edit", revise_level=1.0)
    assert REVISE in line({}, **never) and REVISE in line(never)
    assert REVISE not in line(dict(revise="none"), **never)
    top_k = told(tiny, lanes=[{"model": "twin-diffusion"}, {"model": "twin-ar", "top_k": 7}])
    assert top_k.count("Top-k did nothing") == 1
