"""The small tokenizers of other tests are what they say: layouts of published models, with the ids of their docstring."""

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Tokenizer

import small_tokenizers
from small_tokenizers import WORDS

CONTROL = {
    "llada": "<|startoftext|> <|endoftext|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|mdm_mask|>",
    "roles": "<|startoftext|> <|endoftext|> <role> </role> <|role_end|> <|mask|>",
    "qwen": "<|endoftext|> <|im_start|> <|im_end|> <think> </think> <|MASK|>",
    "llama3": "<|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|>",
    "modernbert": "[UNK] [CLS] [SEP] [PAD] [MASK]",
}


@pytest.mark.parametrize("name", CONTROL)
def test_ids_are_those_of_the_docstring_and_come_back_from_the_folder(name, tmp_path):
    tokenizer = getattr(small_tokenizers, name)(tmp_path)
    names = CONTROL[name].split()
    assert tokenizer.convert_tokens_to_ids(names) == list(range(WORDS, WORDS + len(names))) and len(
        tokenizer
    ) == WORDS + len(names)
    assert all(tokenizer(name, add_special_tokens=False)["input_ids"] == [WORDS + at] for at, name in enumerate(names))
    text = "Hello, Käse costs 1984.\n\n東京!"
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert max(ids) < WORDS and tokenizer.decode(ids) == text
    assert len(tokenizer("fox.\n", add_special_tokens=False)["input_ids"]) == 1 + len(
        tokenizer("fox", add_special_tokens=False)["input_ids"]
    )
    of = Qwen2Tokenizer if name == "qwen" else PreTrainedTokenizerFast
    assert of.from_pretrained(tmp_path)(text)["input_ids"] == tokenizer(text)["input_ids"]


def test_dream_s_files_give_the_ids_of_the_new_file(tmp_path):
    old, new = (small_tokenizers.qwen(tmp_path / str(old), old_files=old) for old in (True, False))
    text = "<|im_start|>user\nHello, what is 1984?<|im_end|>\n<think>\n\n</think><|MASK|>"
    assert old(text)["input_ids"] == new(text)["input_ids"] and old.decode(old(text)["input_ids"]) == text
    assert {path.name for path in (tmp_path / "True").iterdir()} > {"vocab.json", "merges.txt"}
    assert not (tmp_path / "True" / "tokenizer.json").exists()
    assert len(small_tokenizers.qwen(tmp_path / "qwen2.5", mask=False)) == len(new) - 1


@pytest.mark.parametrize("name", ["llada", "qwen"])
def test_the_library_s_own_choice_of_class_refuses_a_folder_with_foreign_code(name, tmp_path):
    getattr(small_tokenizers, name)(tmp_path)
    with pytest.raises(ValueError, match="custom code"):
        AutoTokenizer.from_pretrained(tmp_path, trust_remote_code=False)
