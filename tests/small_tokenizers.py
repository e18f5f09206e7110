"""Small tokenizers in the layouts of published models, trained here on a few sentences.

Each writes a folder as the hub has it and returns the tokenizer, loaded from that folder by the class that the records
name. Ids 0 to 383 (``WORDS`` of them) are byte-level BPE: every text has ids. Then come the control tokens, in order:

=========  ==========================================================================================================
llada      384 <|startoftext|> (bos), 385 <|endoftext|> (end, pad), 386 <|start_header_id|>, 387 <|end_header_id|>,
           388 <|eot_id|>, 389 <|mdm_mask|>
roles      384 <|startoftext|> (bos), 385 <|endoftext|> (end, pad), 386 <role>, 387 </role>, 388 <|role_end|>,
           389 <|mask|>: LLaDA-MoE and LLaDA2
qwen       384 <|endoftext|> (end, pad), 385 <|im_start|>, 386 <|im_end|>, 387 <think>, 388 </think>,
           389 <|MASK|> with ``mask``
llama3     384 <|begin_of_text|> (bos), 385 <|end_of_text|> (end), 386 <|start_header_id|>, 387 <|end_header_id|>,
           388 <|eot_id|>
modernbert 384 [UNK], 385 [CLS], 386 [SEP], 387 [PAD], 388 [MASK]
=========  ==========================================================================================================

As in published files: no ``mask_token`` but ModernBERT's, so a record names the mask; Qwen's <think>, </think> and
<|MASK|> are added tokens that are not special; Qwen's text is NFC-normalised; LLaMA 3 and ModernBERT put tokens of
their own around a text unless ``add_special_tokens=False``. ``llada`` and ``qwen`` with ``mask`` have an ``auto_map``,
which AutoTokenizer refuses: load them by class.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast, Qwen2Tokenizer

WORDS = 384  # ids of the byte-level BPE; control tokens come after them
SENTENCES = (
    "Once upon a time there was a little fox who lived near a river in a small town.",
    "Please write a short email to Tom and thank him for the flowers that he brought on Sunday.",
    "The quick brown fox jumps over the lazy dog, and the dog looks at the fox.",
    "You are a helpful assistant. Hello, how can I help you today? Say hello to the user.",
    "What is a diffusion model? It turns noise into text, a few tokens at a time.",
    "Book a flight from Boston to Rome on May 3, and move the meeting with Tom to Thursday.",
    "In 1984 the river rose by 23 metres; nobody had seen anything like it.",
    "Straße, Käse, naïve café, 東京, привет: other people write other letters.",
)
# What may become one token, as in GPT-4, LLaMA 3 and LLaDA. Qwen's differs in that a digit stands alone.
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
HEADERS = (
    "{%% for message in messages %%}{%% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' "
    "+ message['content'] | trim + '<|eot_id|>' %%}{%% if loop.index0 == 0 %%}{%% set content = bos_token + content %%}"
    "{%% endif %%}{{ content }}{%% endfor %%}%s{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}%s"
)
LLADA_CHAT = HEADERS % ("", "")  # it opens the assistant's turn, whatever the caller asks for
LLAMA3_CHAT = HEADERS % ("{% if add_generation_prompt %}", "{% endif %}")
QWEN_CHAT = (  # Qwen2.5's, without its tools
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}"
    "{% endif %}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def llada(folder: Path) -> PreTrainedTokenizerFast:
    """LLaDA's layout: tokenizer.json."""
    names = (
        "<|startoftext|>",
        "<|endoftext|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
        "<|mdm_mask|>",
    )
    _save(folder, _trained(PIECES, names), LLADA_CHAT, bos_token=names[0], eos_token=names[1], pad_token=names[1])
    return _load(PreTrainedTokenizerFast, folder, auto_map="tokenization_llada.LLaDATokenizer")


def roles(folder: Path) -> PreTrainedTokenizerFast:
    """LLaDA-MoE's and LLaDA2's layout: tokenizer.json."""
    names = ("<|startoftext|>", "<|endoftext|>", "<role>", "</role>", "<|role_end|>", "<|mask|>")
    _save(folder, _trained(PIECES, names), None, bos_token=names[0], eos_token=names[1], pad_token=names[1])
    return _load(PreTrainedTokenizerFast, folder)


def qwen(folder: Path, mask: bool = True, old_files: bool = False) -> Qwen2Tokenizer:
    """Qwen's layout: the tokenizer of Dream, SDAR and Qwen3-diffusion with ``mask``, of Qwen2.5 and Qwen3 without.

    old_files: vocab.json and merges.txt, as Dream has them, and no tokenizer.json.
    """
    pieces = PIECES.replace(r"\p{N}{1,3}", r"\p{N}")
    trained = _trained(pieces, ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), normalizers.NFC())
    more = ("<think>", "</think>", *["<|MASK|>"] * mask)
    trained.add_tokens([AddedToken(name, special=False, normalized=False) for name in more])
    _save(folder, trained, QWEN_CHAT, eos_token="<|endoftext|>", pad_token="<|endoftext|>")
    if old_files:
        trained.model.save(str(folder))
        (folder / "tokenizer.json").unlink()
        added = {str(at): _as_in_config(token) for at, token in trained.get_added_tokens_decoder().items()}
        _edit(folder, added_tokens_decoder=added)
    return _load(Qwen2Tokenizer, folder, auto_map="tokenization_dream.DreamTokenizer" if mask else None)


def llama3(folder: Path) -> PreTrainedTokenizerFast:
    """LLaMA 3's layout: tokenizer.json; a text begins with bos unless ``add_special_tokens=False``."""
    names = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    trained = _trained(PIECES, names, sentences=SENTENCES[3:])  # as in the published pair, LLaDA has other merges
    trained.post_processor = TemplateProcessing(single=f"{names[0]} $A", special_tokens=[(names[0], WORDS)])
    _save(folder, trained, LLAMA3_CHAT, bos_token=names[0], eos_token=names[1])
    return _load(PreTrainedTokenizerFast, folder)


def modernbert(folder: Path) -> PreTrainedTokenizerFast:
    """ModernBERT's layout: tokenizer.json; [Question] and [/Answer] of its chat template are no tokens."""
    names = ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")
    trained = _trained(PIECES, names, normalizers.NFC())
    ends = [("[CLS]", WORDS + 1), ("[SEP]", WORDS + 2)]
    trained.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    kinds = {f"{name[1:-1].lower()}_token": name for name in names}
    _save(folder, trained, None, **kinds)
    return _load(PreTrainedTokenizerFast, folder)


def _trained(
    pieces: str, names: Iterable[str], normalizer: Any = None, sentences: Sequence[str] = SENTENCES
) -> Tokenizer:
    """A byte-level BPE of WORDS ids, then special tokens with these names."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(pieces), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=WORDS, initial_alphabet=alphabet, special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator([f"{sentence}\n" for sentence in sentences] * 4, trainer)  # ".\n" is one token
    assert tokenizer.get_vocab_size() == WORDS
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names])
    return tokenizer


def _save(folder: Path, tokenizer: Tokenizer, chat: str | None, **kinds: str) -> None:
    """Writes the folder. kinds: what transformers calls a token -> its name."""
    whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **kinds)
    whole.chat_template = chat
    whole.save_pretrained(folder)


def _load(of: type, folder: Path, auto_map: str | None = None) -> Any:
    """The tokenizer in a folder. auto_map: the class in the authors' own code, which the published file names."""
    if auto_map:
        _edit(folder, auto_map={"AutoTokenizer": [auto_map, None]}, tokenizer_class=auto_map.rpartition(".")[2])
    else:
        _edit(folder, tokenizer_class=of.__name__)
    return of.from_pretrained(folder, local_files_only=True)


def _edit(folder: Path, **fields: Any) -> None:
    """Sets fields of tokenizer_config.json."""
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **fields}, indent=2), encoding="utf-8")


def _as_in_config(token: AddedToken) -> dict[str, Any]:
    """An added token as tokenizer_config.json writes it."""
    return {
        name: getattr(token, name) for name in ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    }
