"""Decoders: the hidden states, logits and KV caches of a stock causal-LM class, computed in the fastest proven way."""

from playground.decoders.cuda_graphs import GraphDecoder
from playground.decoders.decoder import Decoder
from playground.decoders.fastest import PackedDecoder, fastest_decoder
from playground.decoders.kv_cache import CanvasCache

__all__ = ["CanvasCache", "Decoder", "GraphDecoder", "PackedDecoder", "fastest_decoder"]
