"""Figures are read off the trace as the words define them, and the verdict says who was first even when it was AR."""
import math

import pytest

from playground.measures import distinct, measure, unigram_entropy, verdict
from playground.trace import Change, Frame, Lane, Trace

END = 0


def trace(ar_ms=2.0, diffusion_ms=5.0):
    """AR writes " a", " cat", end in three passes; diffusion commits the same four positions in two."""
    words = [(" a", 5), (" cat", 6), ("<|endoftext|>", END), (" x", 7)]
    ar = [Frame("ar", 0, 0, 0, (Change(0, "Hi", None, "prompt", 9),), 4)]
    for i, (text, token) in enumerate(words[:3], start=1):
        ar.append(Frame("ar", i, ar_ms * i, ar_ms, (Change(i, text, 0.5, "committed", token),), 4 - i, 1.0, {},
                        "final" if i == 3 else "rough"))
    noise = tuple(Change(i, "", None, "noise", 1) for i in range(1, 5))
    diffusion = [Frame("diffusion", 0, 0, 0, (Change(0, "Hi", None, "prompt", 9), *noise), 4)]
    for i, positions in enumerate([(2, 4), (1, 3)], start=1):
        changes = tuple(Change(at, *words[at - 1][:1], 0.5, "committed", words[at - 1][1]) for at in positions)
        diffusion.append(Frame("diffusion", i, diffusion_ms * i, diffusion_ms, changes, 4 - 2 * i, 1.0, {},
                               "final" if i == 2 else "clear"))
    about = {"end_id": END}
    lanes = (Lane("diffusion", "diffusion", "Diffusion", 1, 4, about), Lane("ar", "ar", "Autoregressive", 1, 4, about))
    return Trace({}, lanes, diffusion + ar, None, "done").validate()


def test_tokens_stop_before_the_first_end_token():
    figures = measure(trace(), "diffusion")
    assert (figures.tokens, figures.passes, figures.ms) == (2, 2, 10.0)
    assert figures.tok_per_s == 200.0


def test_first_token_and_first_readable_differ_for_diffusion():
    figures = measure(trace(), "diffusion")
    assert (figures.first_token_ms, figures.first_readable_ms) == (5.0, 10.0)
    ar = measure(trace(), "ar")
    assert (ar.first_token_ms, ar.first_readable_ms) == (2.0, 4.0)


def test_entropy_and_distinct():
    assert unigram_entropy([1, 1, 2, 2]) == pytest.approx(math.log(2))
    assert unigram_entropy([3, 3]) == 0 and unigram_entropy([]) is None
    assert distinct([1, 2, 1, 2]) == pytest.approx(2 / 3) and distinct([1]) is None


def test_verdict_names_the_winner_and_why():
    line = verdict(trace(ar_ms=2.0, diffusion_ms=5.0), {}, "2 CPU cores")["line"]
    assert line.startswith("Autoregressive finished first: 6 ms against 10 ms, 1.7× as fast, in 3 passes against 2.")
    assert "1.5× fewer passes do not outweigh that" in line and "2 CPU cores" in line
    line = verdict(trace(ar_ms=9.0, diffusion_ms=5.0), {"ar": 3.25, "diffusion": 4.5}, "2 CPU cores")["line"]
    assert line.startswith("Diffusion finished first: 10 ms against 27 ms, 2.7× as fast")
    assert "passes outweigh" in line and "perplexity 4.5" in line


def test_a_tie_is_called_a_tie():
    line = verdict(trace(ar_ms=10 / 3, diffusion_ms=5.0), {"ar": 12345.6, "diffusion": 1.25}, "x")["line"]
    assert line.startswith("A tie at 10 ms") and "make up for just that" in line and "perplexity 12,346," in line


@pytest.mark.parametrize("words, readable_at", [
    (['"', "Yes", ","], 3), ([" ", " 1", "0", "."], 4), (["\n", " Hi", " there"], 3), (["dent", "ist", " in"], 3),
])
def test_first_readable_is_the_first_word_that_can_grow_no_more(words, readable_at):
    frames = [Frame("ar", 0, 0, 0, (), len(words))]
    for i, text in enumerate(words, start=1):
        frames.append(Frame("ar", i, float(i), 1.0, (Change(i, text, 0.5, "committed", 5 + i),), len(words) - i, 1.0, {}, "rough"))
    lane = Lane("ar", "ar", "Autoregressive", 0, len(words) + 1, {"end_id": END})
    assert measure(Trace({}, (lane,), frames), "ar").first_readable_ms == readable_at


def test_an_immediate_end_is_nothing_to_read():
    frames = [Frame("ar", 0, 0, 0, (), 4),
              Frame("ar", 1, 2.0, 2.0, (Change(0, "<|endoftext|>", 0.9, "committed", END),), 3, 0.1, {}, "final")]
    figures = measure(Trace({}, (Lane("ar", "ar", "Autoregressive", 0, 4, {"end_id": END}),), frames), "ar")
    assert (figures.tokens, figures.first_readable_ms, figures.entropy) == (0, None, None)
