"""The eyes of a model: a picture as rows of numbers that stand in a text where its tokens' embeddings stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from playground.metrics.cost import Cost, DecoderShape, Matrix, pass_cost

if TYPE_CHECKING:  # transformers takes seconds to import
    from PIL.Image import Image
    from transformers import LlavaOnevisionModel

HALF = (0.5, 0.5, 0.5)  # SigLIP's mean and deviation of the three colours


@dataclass(frozen=True)
class Tiles:
    """A picture as the tower reads it: all of it, small, and then its parts."""

    pixels: torch.Tensor  # [1 + tiles, 3, side, side]
    size: tuple[int, int]  # height and width of the picture, before it was cut
    rows: int  # positions that it takes in a text


class Sight(torch.nn.Module):
    """The tower, projector and line break of a LLaVA-OneVision model."""

    def __init__(self, eyes: LlavaOnevisionModel) -> None:
        super().__init__()
        self.eyes = eyes
        self._vision = cast(Any, eyes.config.vision_config)
        self.width: int = self._vision.hidden_size  # of the tower
        self._side: int = self._vision.image_size  # of a tile, in pixels
        self._patches = (self._side // self._vision.patch_size) ** 2  # of a tile

    def tiles(self, picture: Image) -> Tiles:
        """Cut a picture, RGB, into tiles."""
        processor = _processor()(
            image_mean=HALF,
            image_std=HALF,
            size={"height": self._side, "width": self._side},
            image_grid_pinpoints=self.eyes.config.image_grid_pinpoints,
        )
        cut = processor.preprocess(picture, return_tensors="pt")  # not on the clock, like the encoding of words
        return self.of_pixels(cut["pixel_values"][0], (picture.height, picture.width))

    def of_pixels(self, pixels: torch.Tensor, size: tuple[int, int]) -> Tiles:
        """Tiles that were cut before. pixels: [1 + tiles, 3, side, side]; size: height and width."""
        packed, _ = self.eyes.pack_image_features(  # with one number a row, to count the rows that the real ones take
            [torch.zeros(len(pixels), self._patches, 1)],
            torch.tensor([size]),
            image_newline=torch.zeros(1),
            vision_aspect_ratio=self.eyes.config.vision_aspect_ratio,
        )
        return Tiles(pixels, size, len(packed[0]))

    def features(self, tiles: Tiles) -> torch.Tensor:
        """The rows of a picture, [rows, hidden]."""
        weights = self.eyes.image_newline
        seen: Any = self.eyes.get_image_features(
            pixel_values=tiles.pixels.to(weights.device, weights.dtype), image_sizes=torch.tensor([tiles.size])
        )
        return seen.pooler_output[0]

    def cost(self, tiles: Tiles) -> Cost:
        """The cost of ``features``, counted as that of a pass. A picture with many tiles is shrunk between tower and
        text, which is left out."""
        config, size, text = self._vision, self.eyes.image_newline.dtype.itemsize, len(self.eyes.image_newline)
        width, heads = config.hidden_size, config.num_attention_heads
        layers, mlp = config.num_hidden_layers, config.intermediate_size
        tower = DecoderShape(layers, width, heads, heads, width // heads, mlp, 0, size, gated=False)
        count, patches = len(tiles.pixels), self._patches
        total = pass_cost(tower, patches, patches, 0, count)
        for matrix in (Matrix(3 * config.patch_size**2, width), Matrix(width, text), Matrix(text, text)):
            moved = matrix.weights + count * patches * (matrix.inputs + matrix.outputs)
            total += Cost(2.0 * count * patches * matrix.weights, float(moved * size))
        return total

    @torch.inference_mode()
    def warm_up(self) -> None:
        """Look once, so that no race measures the one-time setup of a library."""
        self.features(self.of_pixels(torch.zeros(2, 3, self._side, self._side), (self._side, self._side)))


def sight_of(model: torch.nn.Module) -> Sight | None:
    """The eyes of a model that ``decoders/llava_llada.py`` built; None for a model without any."""
    found = getattr(model, "sight", None)
    return found if isinstance(found, Sight) else None


def _processor() -> Any:
    """The stock class that cuts pictures with pillow; before transformers 5.5 it had the plain name."""
    import transformers

    found = getattr(transformers, "LlavaOnevisionImageProcessorPil", None)
    return found or transformers.LlavaOnevisionImageProcessor
