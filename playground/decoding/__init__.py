"""A stock causal-LM class as samplers see it: hidden states, logits and caches, by the fastest way that was proved equal."""

from playground.decoding.canvas import CanvasCache
from playground.decoding.decoder import Decoder
from playground.decoding.fast import PackedDecoder, fast
from playground.decoding.graphs import GraphDecoder

__all__ = ["CanvasCache", "Decoder", "GraphDecoder", "PackedDecoder", "fast"]
