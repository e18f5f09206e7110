"""The twins' shared tokenizer: byte-level BPE (Sennrich et al., 1508.07909) trained by the tokenizers library.

Byte level, so every text can be written and read back; digits stand alone, so that prices and times are spelled rather
than memorised. Id 0 is the end token, id 1 the mask (used by the diffusion twin only).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

END, MASK = "<|endoftext|>", "<|mask|>"


def train_tokenizer(documents: Iterable[str], vocabulary: int) -> Tokenizer:
    """Train on documents; ``vocabulary`` counts the 256 bytes and both special tokens."""
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
    """As transformers holds it."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=END, mask_token=MASK, clean_up_tokenization_spaces=False
    )


def save_for_transformers(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json as ``AutoTokenizer`` reads them."""
    for_transformers(tokenizer).save_pretrained(folder)
