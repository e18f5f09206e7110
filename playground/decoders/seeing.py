"""A decoder of texts with a picture in them. Samplers and traces see one token in the picture's place.

A picture takes hundreds or thousands of positions. They never change, and no one reads them, so only this decoder
knows them: it puts the picture's rows in before a pass, and takes their hidden states out again after it.
"""

from __future__ import annotations

import torch
from transformers import Cache

from playground.decoders.decoder import Decoder
from playground.decoders.kv_cache import CanvasCache, GrowingCache
from playground.decoders.sight import Tiles, sight_of


class SeeingDecoder(Decoder):
    """A Decoder of one run with one picture, whose rows are computed in the first pass.

    model: with ``sight``. place: the position of the token ``picture`` in the ids of every pass over the whole text. In
    a row with another token there, guidance's mask for example, all rows of the picture hold that token.
    """

    def __init__(self, model: torch.nn.Module, tiles: Tiles, place: int) -> None:
        super().__init__(model)
        sight = sight_of(model)
        assert sight is not None, "only a model that sees a picture gets one"
        self.picture = self.vocabulary  # the id of the picture's token: the first that is no word
        self.more = tiles.rows - 1  # positions that samplers do not know of
        self._sight, self._tiles, self._place = sight, tiles, place
        self._rows: torch.Tensor | None = None

    def hidden(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: Cache | GrowingCache | None = None,
    ) -> torch.Tensor:
        """See Decoder.hidden. A window of a canvas (``positions`` and ``cache``) lies after the picture. Raises
        ValueError for a cache of a text that only grows."""
        if cache is not None and not isinstance(cache, CanvasCache):
            raise ValueError("A picture is read only by passes over a whole canvas.")
        if cache is not None and positions is not None:
            return super().hidden(ids, positions + self.more, mask, cache)
        hidden = self.everywhere(ids, positions, mask, cache)
        short = torch.arange(ids.shape[1], device=self.device)
        return hidden[:, torch.where(short > self._place, short + self.more, short)]

    def everywhere(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: CanvasCache | None = None,
    ) -> torch.Tensor:
        """As ``hidden`` of a whole canvas, with a hidden state for each row of the picture."""
        place, last = self._place, self._place + self.more
        long = torch.arange(ids.shape[1] + self.more, device=self.device)
        short = torch.where(long > last, long - self.more, long.clamp(max=place))  # long position -> its place in ids
        if positions is not None:
            positions = positions[short] + torch.where(long > last, self.more, (long - place).clamp(min=0))
        if mask is not None:
            mask = mask[..., short, :][..., short]
        return self._hidden(self._embedded(ids[:, short]), positions, mask, cache)

    def _embedded(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        """The embeddings of ids int64 [rows, n], with the picture's rows where its token stands."""
        if self._rows is None:
            self._rows = self._sight.features(self._tiles).to(self.dtype)
        words = self.model.get_submodule("model.embed_tokens")(ids.clamp(max=self.vocabulary - 1))
        seen = slice(self._place, self._place + self.more + 1)
        words[:, seen] = torch.where((ids == self.picture)[:, seen, None], self._rows, words[:, seen])
        return {"inputs_embeds": words}
