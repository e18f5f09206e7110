"""The formulas read the config of every published model that has a record with its sizes, and find its parameters."""

from dataclasses import replace

import pytest
import transformers

from playground.catalog.catalog import catalog
from playground.catalog.layouts import layout
from playground.evidence.load import load_claims
from playground.metrics.cost import DecoderShape

VOCABULARY = ("vocab_size", "embedding_size")  # by whichever name the published config has it
PICTURES = ("llada-v",)  # their parameters count the part that sees, too
SIZED = {
    key: record
    for key, record in catalog().items()
    if record.parameters and any(name in record.config for name in VOCABULARY) and key not in PICTURES
}
SHAPES = {
    "llada-8b": "llada-8b-instruct",
    "llama3-8b": "llama3-8b-instruct",
    "llada-moe": "llada-moe-7b-a1b",
    "llada2-mini": "llada2.0-mini",
    "dream-7b": "dream-7b-instruct",
    "fast-dllm-1.5b": "qwen2.5-1.5b-instruct",
    "qwen3-0.6b": "qwen3-0.6b",
    "sdar-1.7b": "sdar-1.7b-chat",
    "sdar-4b": "sdar-4b-chat",
    "sdar-8b": "sdar-8b-chat",
}


def shape_of(record) -> DecoderShape:
    """Of the stock config that the record's own fields make."""
    kind = layout(record.layout)
    of_class = getattr(transformers, kind.model_class).config_class
    config = getattr(transformers, kind.config_class) if kind.config_class else of_class
    ends = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id", "cls_token_id", "sep_token_id"))
    return DecoderShape.of(config(**kind.stock_config(record.config), **ends), 2)


@pytest.mark.parametrize("key", SIZED)
def test_a_record_has_the_parameters_that_its_sizes_give(key):
    assert shape_of(SIZED[key]).parameters == pytest.approx(SIZED[key].parameters, rel=0.003)


@pytest.mark.parametrize("id", [shape.id for shape in load_claims().shapes])
def test_a_shape_of_the_roofline_is_that_of_the_record(id):
    found, record = load_claims().shape(id).decoder(2), catalog()[SHAPES[id]]
    said = {"intermediate_size", "mlp_hidden_size"} & set(record.config)
    expected = shape_of(record) if said else replace(shape_of(record), intermediate=found.intermediate)
    assert found == expected
