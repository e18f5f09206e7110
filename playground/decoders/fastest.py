"""Finds the fastest decoder for a model when it is loaded, and proves that it computes what the stock class computes.

On a CPU that is packed layers in TorchScript. The reason, measured on two cores with torch 2.13 and transformers
5.23: time of a diffusion pass of the twins divided by the time of its matrix products alone, and time to build the
decoder::

    packed layers, TorchScript        1.27   0.3 s
    Inductor, frozen weights          1.30   13 to 85 s, needs a C++ compiler
    Inductor                          1.37   13 to 85 s, needs a C++ compiler
    packed layers                     1.38
    stock class, traced and frozen    1.57   5 s
    torch.compile, aot_eager          2.10   10 s
    stock class                       2.20
    torch.export                      2.28

``python -m playground.bench floor`` measures the ratio of the decoder in use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch

from playground.decoders.cuda_graphs import GraphDecoder, give_back_memory
from playground.decoders.decoder import Decoder, additive
from playground.decoders.encoder import decoder_of
from playground.decoders.kv_cache import CanvasCache, GrowingCache
from playground.decoders.packed import PackedLayers, Unsuited, check_suited, compiled
from playground.decoders.parity import prove

log = logging.getLogger(__name__)


class PackedDecoder(Decoder):
    """A Decoder that runs packed layers. make: compiles the layers, by default with TorchScript. Raises Unsuited."""

    prepares = True

    def __init__(self, model: torch.nn.Module, make: Callable[[PackedLayers], torch.nn.Module] = compiled) -> None:
        check_suited(model)
        super().__init__(model)
        config = model.config
        self._layers = make(PackedLayers(model))
        self._head = model.get_output_embeddings().weight.detach().t().contiguous()
        self._kv = (config.num_hidden_layers, 2 * config.num_key_value_heads, model.model.layers[0].self_attn.head_dim)

    def hidden(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: CanvasCache | GrowingCache | None = None,
    ) -> torch.Tensor:
        """See Decoder.hidden."""
        rows, n = ids.shape
        layers, heads, dim = self._kv
        first, keys, at, write, read = 0, n, None, None, None
        if isinstance(cache, CanvasCache):
            cache.aim(positions, layers)
            if positions is None:
                cache.kv = self._head.new_empty(layers, rows, heads, n, dim)
            write = read = cache.kv
            at, keys = positions, cache.length
        elif cache is not None:
            first = cache.held
            write, read = cache.extend(n, self._head, (layers, rows, heads, dim))
            keys = cache.held
        causal = False
        if mask is not None:
            mask = additive(mask, self.dtype)
        elif self.causal and keys == n:
            causal = n > 1
        elif self.causal and (n > 1 or at is not None):
            where = torch.arange(first, first + n) if positions is None else positions
            mask = additive(torch.arange(keys) <= where[:, None], self.dtype)
        return self._layers(ids, first, positions, mask, causal, write, at, read)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """See Decoder.logits."""
        return torch.matmul(hidden, self._head)

    def block_cache(self, length: int) -> GrowingCache:
        """See Decoder.block_cache."""
        return GrowingCache(length)


GRAPH_ROUNDS = 2  # of a proof: a graph is captured in the first round and replayed as it is ever after


def _graphs(model: torch.nn.Module) -> Decoder:
    """A GraphDecoder whose first graphs exist. Raises whatever prevents their capture."""
    decoder = GraphDecoder(model)
    decoder.capture_first()
    return decoder


def _ways(model: torch.nn.Module) -> list[Callable[[torch.nn.Module], Decoder]]:
    """The faster decoders that this model might run on its device, fastest first."""
    device = next(model.parameters()).device.type
    if device == "cuda":
        return [_graphs]
    return [PackedDecoder, lambda model: PackedDecoder(model, lambda layers: layers)] if device == "cpu" else []


def fastest_decoder(model: torch.nn.Module) -> Decoder:
    """The fastest decoder that can be built for this model and passes ``parity.prove``; the stock class if there is
    none.

    Call it on the thread that will compute, because it runs the model.
    """
    eager = decoder_of(model)
    for way in _ways(model) if eager.caches else ():  # the faster ways have caches, and a proof uses them
        try:
            return _proved(way(model), eager)
        except Unsuited as reason:
            log.debug("%s runs as it is: %s.", type(model).__name__, reason)
            break
        except Exception as error:  # whatever fails here, the stock class still works
            log.warning(
                "A faster way to run %s was set aside (%s: %s).", type(model).__name__, type(error).__name__, error
            )
        give_back_memory(eager.device)
    return eager


def _proved(decoder: Decoder, eager: Decoder) -> Decoder:
    """The decoder, if it computes what the stock class computes. Raises Unequal."""
    prove(decoder, eager, rounds=GRAPH_ROUNDS if isinstance(decoder, GraphDecoder) else 3)
    return decoder
