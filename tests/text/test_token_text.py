"""No broken character ever reaches a reader, and joined pieces give back the text."""

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import PreTrainedTokenizerFast

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


def test_a_tokenizer_that_takes_the_first_space_away_keeps_those_between_words():
    """The decoder of LLaMA 2, Mistral and Phi-3: each token alone loses the space before its word."""
    words = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "▁▁▁", "▁Once", "▁upon", "▁a", "▁time", "."]
    whole = Tokenizer(models.Unigram([(word, -0.01 * at) for at, word in enumerate(words)], 0, True))
    whole.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    whole.decoder = decoders.Sequence(parts)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=whole, unk_token="<unk>")
    ids = tokenizer("Once upon a    time. é", add_special_tokens=False)["input_ids"]
    assert "".join(Pieces(tokenizer).texts(ids)) == " Once upon a    time. é"
    assert Pieces(tokenizer).of(tokenizer.convert_tokens_to_ids("▁upon")) == " upon"
