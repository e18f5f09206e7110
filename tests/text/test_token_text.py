"""No broken character ever reaches a reader, and joined pieces give back the text."""

import pytest

from playground.text.token_text import PLACEHOLDER, Pieces


@pytest.fixture(scope="module")
def pieces(tiny):
    return Pieces(tiny.diffusion.tokenizer)


@pytest.mark.parametrize(
    "text", ["plain words", "naïve café", "東京 and Kyōto", "🙂🙃", "a🙂b", "ß" * 9, "tab\tand\nline"]
)
def test_whole_text_reads_back(tiny, pieces, text):
    texts = pieces.texts(tiny.diffusion.encode(text))
    assert "".join(texts) == text
    assert len(texts) == len(tiny.diffusion.encode(text))


@pytest.mark.parametrize("text", ["東京", "🙂", "é"])
def test_parts_of_a_character_show_a_placeholder(tiny, pieces, text):
    ids = tiny.diffusion.encode(text)
    for cut in range(1, len(ids)):
        shown = "".join(pieces.texts(ids[:cut]))
        assert "\ufffd" not in shown
        assert shown.replace(PLACEHOLDER, "") in text


def test_the_mask_hides_and_never_joins(tiny, pieces):
    first, *rest = tiny.diffusion.encode("𝄞")  # unseen, so a token a byte
    mask = tiny.diffusion.special.mask
    assert pieces.texts([first, mask, *rest], hidden={mask})[1] == ""
    assert "𝄞" not in pieces.texts([first, mask, *rest], hidden={mask})
