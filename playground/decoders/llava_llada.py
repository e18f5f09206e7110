"""LLaDA-V: LLaVA-OneVision around a bidirectional Llama, from the authors' config.json and names of tensors.

config.json describes the language model alone. Of the tower (SigLIP so400m, whose last layer the authors take away) it
gives only the name and the width, so the sizes are read off the tensors. The number of heads is in neither, unless
config.json has a ``vision_config``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from playground.catalog.config_json import is_number
from playground.catalog.layouts import layout
from playground.decoders.sight import Sight
from playground.decoders.tensors import Unreadable

if TYPE_CHECKING:  # transformers takes seconds to import
    from transformers import LlamaForCausalLM, LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration

LAYOUT = "llava-llada"
TOWER = "model.vision_tower.vision_model."  # its tensors in the file, renamed
PATCHES, PLACES = f"{TOWER}embeddings.patch_embedding.weight", f"{TOWER}embeddings.position_embedding.weight"
HEADS = {1152: 16}  # width of a tower -> its attention heads: so400m
HEAD_SIZE = 8  # of towers of other widths: tiny ones, made for tests
OF_THE_TEXT = (
    "hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads vocab_size hidden_act "
    "max_position_embeddings rms_norm_eps rope_theta rope_parameters attention_bias tie_word_embeddings".split()
)  # fields of config.json that a Llama has under the same name


def build(
    raw: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], dtype: torch.dtype = torch.float32
) -> tuple[LlamaForCausalLM, Mapping[str, Any]]:
    """The language model, which has the tower as its submodule ``sight``; and what transformers tells about tensors that
    do not fit (``missing_keys``, ``unexpected_keys``, ``mismatched_keys``, by the names of the stock class).

    raw: the content of config.json; tensors: of all files, under the authors' names or those of layouts.json. Raises
    Unreadable.
    """
    from transformers import LlavaOnevisionForConditionalGeneration

    renamed = {layout(LAYOUT).renamed(name): tensor for name, tensor in tensors.items()}
    shapes = {name: tuple(tensor.shape) for name, tensor in renamed.items()}
    loaded: Any = LlavaOnevisionForConditionalGeneration.from_pretrained(
        None,
        config=stock_config(raw, shapes),
        state_dict=renamed,
        dtype=dtype,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )
    whole, info = loaded
    return language_of(whole), info


def language_of(whole: LlavaOnevisionForConditionalGeneration) -> LlamaForCausalLM:
    """The language model alone, as the class that the samplers know; it shares its weights with ``whole``."""
    from transformers import LlamaForCausalLM

    with torch.device("meta"):  # its own weights are replaced at once
        text: Any = whole.config.text_config
        model: Any = LlamaForCausalLM(text)
    model.model, model.lm_head = whole.model.language_model, whole.lm_head
    model.sight = Sight(whole.model)
    return model.eval()


def stock_config(raw: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> LlavaOnevisionConfig:
    """The config of the stock class. shapes: of the tensors, by their names in layouts.json. Raises Unreadable."""
    from transformers import LlavaOnevisionConfig

    tower = _tower(raw, shapes)
    aspect = str(raw.get("image_aspect_ratio"))
    if not re.fullmatch(r"anyres_max_\d+", aspect):
        raise Unreadable(f"config.json says image_aspect_ratio = {aspect[:40]}, and only anyres_max_N is known")
    return LlavaOnevisionConfig(
        vision_config=tower,
        text_config={
            "model_type": "llama",
            "is_causal": False,
            "bos_token_id": None,  # the file's own lies outside the vocabulary
            "eos_token_id": None,
            **{name: raw[name] for name in OF_THE_TEXT if name in raw},
        },
        tie_word_embeddings=bool(raw.get("tie_word_embeddings")),
        vision_feature_layer=-1,  # the last of those that are left: the file's -2 counts one more
        vision_feature_select_strategy="full",
        vision_aspect_ratio=aspect,
        image_grid_pinpoints=grids(raw.get("image_grid_pinpoints"), tower["image_size"]),
        image_token_index=raw["vocab_size"],  # beside the vocabulary, where no word can be (decoders/seeing.py)
    )


def tower_heads(raw: Mapping[str, Any], width: int) -> tuple[int, str]:
    """The attention heads of the tower, and in words how that is known. raw: the content of config.json; width: of the
    tower. Raises Unreadable."""
    vision = raw.get("vision_config")
    told = vision.get("num_attention_heads") if isinstance(vision, Mapping) else None
    if told is not None:
        if not is_number(told) or told < 1 or width % told:
            raise Unreadable(
                f"config.json gives the tower {str(told)[:20]} heads, which do not divide its width {width}"
            )
        return told, "as config.json says"
    if width in HEADS:
        return HEADS[width], "as all towers of this width have"
    return max(1, width // HEAD_SIZE), f"assumed, of {HEAD_SIZE} numbers each: config.json names no vision_config"


def _tower(raw: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """The sizes of the tower, read off its tensors."""
    first = f"{TOWER}encoder.layers.0.mlp.fc1.weight"
    if missing := [name for name in (PATCHES, PLACES, first) if name not in shapes]:
        raise Unreadable(f"the tensor {missing[0]} is missing")
    width, _, patch, _ = shapes[PATCHES]
    side = round(shapes[PLACES][0] ** 0.5)
    layers = {name.removeprefix(f"{TOWER}encoder.layers.").split(".")[0] for name in shapes if "encoder.layers" in name}
    return {
        "model_type": "siglip_vision_model",
        "hidden_size": width,
        "intermediate_size": shapes[first][0],
        "num_hidden_layers": len(layers),
        "num_attention_heads": tower_heads(raw, width)[0],
        "patch_size": patch,
        "image_size": _tile(shapes[PLACES][0], side, patch),
        "hidden_act": "gelu_pytorch_tanh",
        "vision_use_head": False,
    }


def _tile(places: int, side: int, patch: int) -> int:
    """The side of a tile in pixels. so400m has 27 x 27 patches of 14 pixels in 384, of which 6 are left over."""
    if side * side != places:
        raise Unreadable(f"the tower has {places} patches, which make no square")
    return 384 if (side, patch) == (27, 14) else side * patch


def grids(pinpoints: Any, tile: int) -> list[list[int]]:
    """The sizes in pixels to which a picture may be laid out, as (height, width) each.

    pinpoints: (width, height) each; or text such as ``(1x1),...,(6x6)``, which stands for all numbers of tiles between
    the first and the last pair. tile: the side of a tile in pixels. Raises Unreadable.
    """
    if isinstance(pinpoints, str):
        pairs = [(int(wide), int(high)) for wide, high in re.findall(r"\((\d+)x(\d+)\)", pinpoints)]
        if not pairs or max(map(max, pairs)) > 16:
            raise Unreadable("image_grid_pinpoints of config.json cannot be read")
        (wide, high), (widest, highest) = pairs[0], pairs[-1]
        pinpoints = [(i * tile, j * tile) for i in range(wide, widest + 1) for j in range(high, highest + 1)]
    try:
        sizes = [[int(high), int(wide)] for wide, high in pinpoints]
    except (TypeError, ValueError):
        sizes = []
    if not sizes or any(side % tile or side <= 0 for size in sizes for side in size):
        raise Unreadable(f"image_grid_pinpoints of config.json must name sizes in tiles of {tile} pixels")
    return sizes
