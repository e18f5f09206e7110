"""LLaDA-V on stock classes: the same numbers as the authors' code, with a picture, whatever a pass asks for."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from playground.__main__ import main
from playground.decoders.decoder import Decoder
from playground.decoders.kv_cache import CanvasCache
from playground.decoders.llava_llada import build, grids
from playground.decoders.seeing import SeeingDecoder
from playground.decoders.sight import sight_of
from playground.decoders.tensors import Unreadable

FOLDER = Path(__file__).parents[1] / "data" / "parity" / "llada-v"
PICTURE = -200  # the id that stands for the picture in the authors' files


@pytest.fixture(scope="module")
def raw():
    return json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tensors():
    return load_file(FOLDER / "model.safetensors")


@pytest.fixture(scope="module")
def model(raw, tensors):
    model, info = build(raw, tensors)
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    return model


@pytest.fixture(scope="module")
def expected():
    return np.load(FOLDER / "expected.npz")


def seeing(model, expected, n=0):
    """A decoder of picture n, the ids with one token for it, and the logits of the authors' code without its rows."""
    ids = torch.tensor(expected[f"input_ids_{n}"])
    place = int((ids[0] == PICTURE).nonzero())
    width, height = (int(side) for side in expected[f"image_size_wh_{n}"])
    tiles = sight_of(model).of_pixels(torch.tensor(expected[f"pixel_values_{n}"]).float(), (height, width))
    decoder = SeeingDecoder(model, tiles, place)
    ids[0, place] = decoder.picture
    logits = torch.tensor(expected[f"logits_{n}"])
    kept = [*range(place + 1), *range(place + tiles.rows, logits.shape[1])]
    return decoder, ids, logits[:, kept], tiles


@pytest.mark.parametrize("n", range(3))
@torch.inference_mode()
def test_logits_are_those_of_the_authors_code_for_each_picture(model, expected, n):
    decoder, ids, logits, tiles = seeing(model, expected, n)
    assert tiles.rows == expected["features_rows"][n]
    assert (decoder.logits(decoder.hidden(ids)) - logits).abs().max() < 1e-5


@torch.inference_mode()
def test_a_cached_window_and_a_mask_give_the_numbers_of_a_whole_pass(model, expected):
    decoder, ids, logits, _ = seeing(model, expected)
    cache, window = CanvasCache(), torch.arange(12, 17)
    whole = decoder.hidden(ids, cache=cache)
    again = decoder.hidden(ids[:, window], positions=window, cache=cache)
    assert (again - whole[:, window]).abs().max() < 1e-5
    n = ids.shape[1]
    masked = decoder.hidden(ids, positions=torch.arange(n), mask=torch.ones(n, n, dtype=torch.bool))
    assert (decoder.logits(masked) - logits).abs().max() < 1e-5


@torch.inference_mode()
def test_the_shadow_of_a_token_sees_the_picture_and_does_not_change_the_text(model, expected):
    decoder, ids, logits, _ = seeing(model, expected)
    n, at = ids.shape[1], torch.tensor([9])
    seen = torch.ones(n + 1, n + 1, dtype=torch.bool)
    seen[:n, n] = False
    seen[n, 9] = False
    shadow = torch.cat(
        [ids, ids[:, at]], dim=1
    )  # it attends to itself in the token's place, so its numbers are the same
    hidden = decoder.hidden(shadow, positions=torch.cat([torch.arange(n), at]), mask=seen)
    assert (decoder.logits(hidden[:, :n]) - logits).abs().max() < 1e-5
    assert (hidden[:, n] - hidden[:, 9]).abs().max() < 1e-5


@torch.inference_mode()
def test_a_row_without_the_picture_holds_its_token_in_all_places_of_the_picture(model, expected):
    decoder, ids, _, tiles = seeing(model, expected)
    blind = ids.clone()
    blind[0, :5] = 246
    place = int((ids[0] == decoder.picture).nonzero())
    both = decoder.hidden(torch.cat([ids, blind]))
    long = torch.cat(
        [blind[:, : place + 1], blind[:, place : place + 1].repeat(1, tiles.rows - 1), blind[:, place + 1 :]], 1
    )
    alone = Decoder(model).hidden(long)
    assert (both[1, place + 1 :] - alone[0, place + tiles.rows :]).abs().max() < 1e-5


def test_a_text_that_only_grows_is_refused(model, expected):
    decoder, ids, _, _ = seeing(model, expected)
    with pytest.raises(ValueError, match="whole canvas"):
        decoder.hidden(ids, cache=decoder.ar_cache(40))


@torch.inference_mode()
@pytest.mark.parametrize("size", [(80, 50), (50, 80), (200, 190), (28, 28), (3, 90), (1, 1), (900, 1), (1, 2000)])
def test_a_picture_of_any_shape_is_cut_and_counted_right(model, size):
    sight = sight_of(model)
    tiles = sight.tiles(Image.new("RGB", size, (200, 30, 90)))
    assert tiles.size == size[::-1]
    assert sight.features(tiles).shape == (tiles.rows, 32)
    assert (tiles.pixels[0] - torch.tensor([200, 30, 90])[:, None, None] / 255 * 2 + 1).abs().max() < 1e-5


@pytest.mark.parametrize("size", [(28, 28), (200, 190)])
def test_operations_of_a_look_are_those_of_torchs_own_counter(model, size):
    sight = sight_of(model)
    tiles = sight.tiles(Image.new("RGB", size))
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        sight.features(tiles)
    assert sight.cost(tiles).flops == counter.get_total_flops()


def test_height_comes_before_width_where_the_authors_say_width_and_height():
    assert grids([[28, 56], [84, 28]], 28) == [[56, 28], [28, 84]]
    assert grids("(1x1),...,(6x6)", 384) == [[384 * j, 384 * i] for i in range(1, 7) for j in range(1, 7)]


@pytest.mark.parametrize("pinpoints", [None, "all", [], [[28, 30]], [[0, 28]], [["a", "b"]], "(99x99)"])
def test_strange_grids_are_refused(pinpoints):
    with pytest.raises(Unreadable, match="image_grid_pinpoints"):
        grids(pinpoints, 28)


def test_tensors_that_are_missing_strange_or_of_another_shape_are_named(raw, tensors):
    damaged = {name: tensor for name, tensor in tensors.items() if not name.startswith("model.mm_projector.2.bias")}
    damaged |= {"model.other": torch.zeros(1), "model.norm.weight": torch.zeros(7)}
    _, info = build(raw, damaged)
    assert set(info["missing_keys"]) == {"model.multi_modal_projector.linear_2.bias"}
    assert set(info["unexpected_keys"]) == {"model.other"}
    assert [one[0] for one in info["mismatched_keys"]] == ["model.language_model.norm.weight"]


def test_files_without_a_tower_are_refused(raw, tensors):
    with pytest.raises(Unreadable, match="patch_embedding"):
        build(raw, {name: tensor for name, tensor in tensors.items() if "vision_tower" not in name})
    with pytest.raises(Unreadable, match="image_aspect_ratio"):
        build({**raw, "image_aspect_ratio": "pad"}, tensors)


def test_the_tower_of_the_published_model_has_the_sizes_of_so400m(raw):
    from playground.decoders.llava_llada import stock_config

    tower = "model.vision_tower.vision_model."
    shapes = {
        f"{tower}embeddings.patch_embedding.weight": (1152, 3, 14, 14),
        f"{tower}embeddings.position_embedding.weight": (729, 1152),
        **{f"{tower}encoder.layers.{n}.mlp.fc1.weight": (4304, 1152) for n in range(26)},
    }
    config = stock_config({**raw, "image_grid_pinpoints": "(1x1),...,(6x6)"}, shapes)
    vision = config.vision_config
    sizes = vision.hidden_size, vision.intermediate_size, vision.num_hidden_layers, vision.num_attention_heads
    assert sizes == (1152, 4304, 26, 16)
    assert (vision.image_size, vision.patch_size, len(config.image_grid_pinpoints)) == (384, 14, 36)
    assert config.text_config.is_causal is False


@pytest.mark.parametrize("heads, code", [(2, 0), (4, 1), (1, 1)])
def test_the_heads_of_the_tower_are_those_of_a_vision_config(tmp_path, heads, code, capsys):
    """No tensor tells them, and another number gives other logits."""
    folder = shutil.copytree(FOLDER, tmp_path / "llada-v")
    raw = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**raw, "vision_config": {"num_attention_heads": heads}}))
    assert main(["models", "check", "llada-v", "--path", str(folder), "--expect", str(folder / "expected.npz")]) == code
    assert f"16 wide, {heads} attention heads (as config.json says)" in capsys.readouterr().out


def test_heads_that_do_not_divide_the_tower_are_a_sentence(tmp_path, capsys):
    folder = shutil.copytree(FOLDER, tmp_path / "llada-v")
    raw = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**raw, "vision_config": {"num_attention_heads": 3}}))
    assert main(["models", "check", "llada-v", "--path", str(folder), "--expect", str(folder / "expected.npz")]) == 2
    assert "gives the tower 3 heads" in capsys.readouterr().err


def test_an_assumed_number_of_heads_is_told(capsys):
    assert main(["models", "check", "llada-v", "--path", str(FOLDER), "--expect", str(FOLDER / "expected.npz")]) == 0
    assert "16 wide, 2 attention heads (assumed, of 8 numbers each" in capsys.readouterr().out
