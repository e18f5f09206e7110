"""The twins' shared tokenizer: byte-level BPE (Sennrich et al., 1508.07909) trained by the tokenizers library.

It works on bytes, so every text can be encoded and decoded. Each digit is a token of its own, so that prices and
times are spelled, not memorised. Id 0 is the end token; id 1 is the mask, which only the diffusion twin uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

END, MASK = "<|endoftext|>", "<|mask|>"


def train_tokenizer(documents: Iterable[str], vocabulary: int) -> Tokenizer:
    """Train a tokenizer on documents. ``vocabulary`` is the number of tokens, including 256 bytes and two special
    tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END, MASK],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def for_transformers(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Wrap a tokenizer for transformers. The end token also serves as padding."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=END, mask_token=MASK, clean_up_tokenization_spaces=False
    )


def save_for_transformers(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json for ``AutoTokenizer``."""
    for_transformers(tokenizer).save_pretrained(folder)
