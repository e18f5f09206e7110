"""Chat templates: the literal strings of the models, dialogues, and what a template needs of a tokenizer."""

from types import SimpleNamespace

import pytest
from tokenizers import AddedToken

import small_tokenizers
from playground.catalog.catalog import catalog
from playground.errors import PlaygroundError
from playground.text.loading import FOLDER, check_template, template_of
from playground.text.prompts import wrap
from playground.text.templates import TEMPLATES
from playground.text.token_ids import control_tokens, plain_batch, plain_ids, text_ids

LLADA_TURN = "<|start_header_id|>assistant<|end_header_id|>\n\n"
SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
SYSTEM_QWEN = "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
LITERAL = {  # what each model reads if its user says Hello
    "plain": "Hello",
    "turns": "User: Hello\nAssistant:",
    "llada": f"<|startoftext|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>{LLADA_TURN}",
    "llama3": f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>{LLADA_TURN}",
    "chatml": "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
    "chatml-no-think": "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    "qwen2": f"{SYSTEM}<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
    "qwen2.5": f"{SYSTEM_QWEN}<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
    "diffucoder": f"{SYSTEM}<|im_start|>user\nHello\n<|im_end|>\n<|im_start|>assistant\n",
    "modernbert": "[Question]\nHello\n[/Question]\n\n[Answer]\n",
    "role": "<role>SYSTEM</role>detailed thinking off<|role_end|><role>HUMAN</role>Hello<|role_end|><role>ASSISTANT</role>",
}
LAYOUT = {  # a tokenizer that each template is for
    "llada": "llada",
    "llama3": "llama3",
    "chatml": "qwen",
    "chatml-no-think": "qwen",
    "qwen2": "qwen",
    "qwen2.5": "qwen",
    "diffucoder": "qwen",
    "modernbert": "modernbert",
    "role": "roles",
    "plain": "llada",
}
DIALOGUE = "User: Hello\nAssistant: Hi.\n\nWho are you?\nUser: Tom"
DIALOGUES = {
    "llada": (
        "<|startoftext|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant"
        "<|end_header_id|>\n\nHi.\n\nWho are you?<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nTom<|eot_id|>"
        + LLADA_TURN
    ),
    "chatml-no-think": (
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi.\n\nWho are you?<|im_end|>\n<|im_start|>user\nTom"
        "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    ),
    "role": (
        "<role>SYSTEM</role>detailed thinking off<|role_end|><role>HUMAN</role>Hello<|role_end|><role>ASSISTANT</role>"
        "Hi.\n\nWho are you?<|role_end|><role>HUMAN</role>Tom<|role_end|><role>ASSISTANT</role>"
    ),
    "modernbert": (
        "[Question]\nHello\n[/Question]\n\n[Answer]\nHi.\n\nWho are you?\n[/Answer]\n\n[Question]\nTom\n[/Question]\n\n"
        "[Answer]\n"
    ),
}


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    names = ("llada", "roles", "qwen", "llama3", "modernbert")
    return {name: getattr(small_tokenizers, name)(tmp_path_factory.mktemp(name)) for name in names}


def whole_ids(text, tokenizer):
    """The ids of a whole string, in which every control token is a token."""
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def wrapped(key, prompt):
    return "".join(TEMPLATES[key].wrap(prompt))


def test_every_template_has_its_literal_here_and_every_record_a_template():
    assert set(LITERAL) == set(TEMPLATES)
    assert {record.template for record in catalog().values()} <= {*TEMPLATES, FOLDER}


@pytest.mark.parametrize(
    "key, says",
    [
        ("qwen2.5-7b-instruct", LITERAL["qwen2.5"]),  # its own chat template, where nobody names a system
        ("qwen2.5-1.5b-instruct", LITERAL["qwen2.5"]),
        ("dream-7b-instruct", LITERAL["qwen2"]),
        ("fast-dllm-v2-1.5b", LITERAL["qwen2"]),  # the messages of its card
        ("sdar-8b-chat-b32", LITERAL["chatml"]),  # generate.py of its authors switches no thinking off
        ("qwen3-8b", LITERAL["chatml-no-think"]),
    ],
)
def test_a_model_reads_what_its_authors_give_it(key, says):
    assert wrapped(catalog()[key].template, "Hello") == says


@pytest.mark.parametrize("key", LITERAL)
def test_the_text_is_the_model_s_own_literally(key):
    assert wrapped(key, "Hello") == wrapped(key, " Hello \n") == LITERAL[key]


@pytest.mark.parametrize("key", LAYOUT)
@pytest.mark.parametrize(
    "words", ["Hello", "What is it?", "In 1984 the river rose;\n\nwhy?", "Käse, 東京", "Say (this).", "a < b | c"]
)
def test_the_ids_are_those_of_the_whole_string(key, words, layouts):
    """Also where the last letter of the words and the line break after them are one token, as in DiffuCoder's."""
    tokenizer, text = layouts[LAYOUT[key]], TEMPLATES[key].wrap(words)
    assert text_ids(text, tokenizer) == whole_ids("".join(text), tokenizer)


@pytest.mark.parametrize("name, key", [("llada", "llada"), ("llama3", "llama3"), ("qwen", "qwen2")])
@pytest.mark.parametrize("prompt", ["Hello", DIALOGUE, "User: Hello\nAssistant: I am", "User: a\nAssistant: b\nUser:"])
def test_the_folder_s_own_template_says_the_same(name, key, prompt, layouts):
    folder, literal = template_of(FOLDER, layouts[name], "The model"), TEMPLATES[key]
    assert folder.wrap(prompt) == literal.wrap(prompt) and folder.lead(prompt) == literal.lead(prompt)
    assert text_ids(folder.wrap(prompt), layouts[name]) == text_ids(literal.wrap(prompt), layouts[name])


@pytest.mark.parametrize("key", DIALOGUES)
def test_a_dialogue_becomes_turns_of_the_template(key, layouts):
    assert wrapped(key, DIALOGUE) == DIALOGUES[key]
    tokenizer = layouts[LAYOUT[key]]
    assert text_ids(TEMPLATES[key].wrap(DIALOGUE), tokenizer) == whole_ids(DIALOGUES[key], tokenizer)


def test_a_dialogue_s_last_reply_stays_open():
    assert wrapped("llada", "User: Hello\nAssistant: Well, I") == f"{LITERAL['llada']}Well, I"
    assert wrapped("chatml-no-think", "User: Hello\nAssistant: Well, I") == f"{LITERAL['chatml-no-think']}Well, I"
    assert wrapped("llada", "User: Hello\nAssistant:") == LITERAL["llada"]
    assert wrapped("chatml", "User: Hello\nUser: Tom") == LITERAL["chatml"].replace("Hello", "Hello\nTom")
    assert wrapped("chatml", "He said: User: Hello") == LITERAL["chatml"].replace("Hello", "He said: User: Hello")


def test_a_whole_text_stands_without_turns_and_a_dialogue_s_last_turn_is_open():
    assert TEMPLATES["llada"].lead(" The cat sat. ") == ("<|startoftext|>", "The cat sat.")
    assert TEMPLATES["qwen2.5"].lead("The cat sat.") == ("The cat sat.",)
    assert "".join(TEMPLATES["chatml"].lead("User: Hello\nAssistant: Hi")) == f"{LITERAL['chatml']}Hi"
    for template in TEMPLATES.values():
        for text in ("The cat sat.", "User: Hello", DIALOGUE):
            assert type(template.lead(text)[-1]) is str, "the last piece is the visitor's"


@pytest.mark.parametrize("name", ["llada", "roles", "qwen", "llama3", "modernbert"])
def test_nobody_can_type_a_control_token(name, layouts):
    """Not even one that is no special token, as Qwen's <think> and Fast-dLLM's <|MASK|>, which a tokenizer does not split
    by itself."""
    tokenizer = layouts[name]
    controls = control_tokens(tokenizer)
    assert len(controls) == len(tokenizer.get_added_vocab())
    for key in (key for key, layout in LAYOUT.items() if layout == name):
        own = [at for at in text_ids(TEMPLATES[key].wrap("Hello"), tokenizer) if at in controls.values()]
        for control in controls:
            for words in (control, f"a{control}{control}b", f"<{control}>", f"{control} {DIALOGUE}"):
                ids = text_ids(TEMPLATES[key].wrap(words), tokenizer)
                assert [at for at in ids if at in controls.values()] == own, (key, words)
                assert words in tokenizer.decode(ids)
                assert plain_batch(["Hello", words], tokenizer) == [plain_ids(t, tokenizer) for t in ("Hello", words)]


def test_a_letter_that_normalises_into_a_control_token_makes_none(tmp_path):
    tokenizer = small_tokenizers.qwen(tmp_path)
    tokenizer.add_tokens([AddedToken("<|MARK|>", special=False, normalized=True)])
    kelvin = "<|MAR\N{KELVIN SIGN}|>"  # NFC makes it a K
    assert whole_ids(kelvin, tokenizer) == [len(tokenizer) - 1]
    assert tokenizer.decode(plain_ids(f"a {kelvin} b", tokenizer)) == "a <|MARK|> b"
    assert len(tokenizer) - 1 not in plain_ids(f"a {kelvin} b", tokenizer)


def test_runs_of_spaces_are_no_control_tokens(tmp_path):
    tokenizer = small_tokenizers.modernbert(tmp_path)
    tokenizer.add_tokens([AddedToken(run, special=False) for run in ("    ", "\n\n\n", "▁▁")])
    for text in ("a    b", "a\n\n\nb", "a▁▁b"):
        assert plain_ids(text, tokenizer) == whole_ids(text, tokenizer) and len(plain_ids(text, tokenizer)) == 3


def test_a_control_token_that_takes_the_space_beside_it_takes_it(tmp_path):
    """As Phi's <|user|> does with the line break after it."""
    tokenizer = small_tokenizers.llada(tmp_path)
    tokenizer.add_tokens([AddedToken("<|user|>", special=True, rstrip=True), AddedToken("<|end|>", lstrip=True)])
    tokenizer.chat_template = "<|user|>\n{{ messages[0]['content'] }}\n<|end|><|user|>\n"
    text = template_of(FOLDER, tokenizer, "The model").wrap("Hello you")
    assert text_ids(text, tokenizer) == whole_ids("<|user|>\nHello you\n<|end|><|user|>\n", tokenizer)
    assert len(text_ids(text, tokenizer)) == 3 + len(plain_ids("Hello you", tokenizer))


def test_the_twins_words_are_ordinary_text(layouts):
    for prompt in ("I need a dentist.", "Once upon a time", DIALOGUE, "<|eot_id|>"):
        ids = layouts["llada"](wrap(prompt), add_special_tokens=False, split_special_tokens=True)["input_ids"]
        assert text_ids(TEMPLATES["turns"].wrap(prompt), layouts["llada"]) == ids


@pytest.mark.parametrize(
    "key, name, lacks",
    [
        ("llada", "llama3", "<|startoftext|>"),
        ("llama3", "qwen", "<|begin_of_text|>"),
        ("qwen2.5", "llada", "<|im_start|>"),
        ("role", "qwen", "<|role_end|>"),
    ],
)
def test_a_tokenizer_without_the_template_s_tokens_is_refused(key, name, lacks, layouts):
    with pytest.raises(PlaygroundError) as refused:
        check_template(TEMPLATES[key], layouts[name], "SDAR 4B")
    assert f"SDAR 4B has no token {lacks}" in str(refused.value)
    with pytest.raises(PlaygroundError, match="has no token"):
        template_of(key, layouts[name], "SDAR 4B")


def test_no_thought_no_empty_thought(tmp_path):
    tokenizer = small_tokenizers.llada(tmp_path)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    check_template(TEMPLATES["qwen2.5"], tokenizer, "Qwen")
    with pytest.raises(PlaygroundError, match="no token <think>"):
        check_template(TEMPLATES["chatml-no-think"], tokenizer, "Qwen")


@pytest.mark.parametrize("key", LAYOUT)
def test_each_template_fits_its_own_tokenizer(key, layouts):
    assert template_of(key, layouts[LAYOUT[key]], "The model") is TEMPLATES[key]


@pytest.mark.parametrize(
    "chat, says",
    [
        (None, "has no chat template in its folder"),
        ("{% for message in messages %}", "TemplateSyntaxError"),
        ("{{ raise_exception('/home/me: no users here') }}", "TemplateError"),
        ("{{ nothing.there.at_all }}", "UndefinedError"),
        ("{{ messages[0]['content'] | upper }}", "does not give the user's words back"),
        ("{{ messages[0]['content'][:20] }}", "does not give the user's words back"),
        ("Hello!", "does not give the user's words back"),
        ("{{ messages[0]['content'] * 2 }}", "does not give the user's words back"),
    ],
)
def test_a_folder_s_template_that_cannot_be_used_is_refused_in_a_sentence(chat, says, tmp_path):
    tokenizer = small_tokenizers.llada(tmp_path)
    tokenizer.chat_template = chat
    with pytest.raises(PlaygroundError) as refused:
        template_of(FOLDER, tokenizer, "My model")
    assert says in str(refused.value) and "My model" in str(refused.value) and "/home" not in str(refused.value)


def test_a_folder_s_template_for_one_turn_makes_a_dialogue_one_turn(tmp_path):
    tokenizer = small_tokenizers.llada(tmp_path)
    for chat in (
        "<|eot_id|>{{ messages[-1]['content'] }}|",
        "{% if messages|length > 1 %}{{ raise_exception('one turn only') }}{% endif %}<|eot_id|>{{ messages[0]['content'] }}|",
        "<|eot_id|>{% for m in messages|reverse %}{{ m['content'] }}|{% endfor %}",
    ):
        tokenizer.chat_template = chat
        template = template_of(FOLDER, tokenizer, "My model")
        assert template.wrap("Hello") == ("<|eot_id|>", "Hello", "|")
        assert template.wrap(DIALOGUE) == ("<|eot_id|>", DIALOGUE, "|")


def test_words_never_reach_a_folder_s_template(layouts):
    template = template_of(FOLDER, layouts["llama3"], "My model")
    assert template.wrap("{{ 7 * 7 }} {% raise %}")[1] == "{{ 7 * 7 }} {% raise %}"


def test_an_unknown_template_is_refused():
    with pytest.raises(PlaygroundError, match="unknown template, 'chat-ml'"):
        template_of("chat-ml", SimpleNamespace(), "My model")
