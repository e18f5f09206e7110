"""A stock causal-LM class as samplers see it: hidden states, logits and caches, by the fastest way that was proved equal."""

from playground.decoders.cuda_graphs import GraphDecoder
from playground.decoders.decoder import Decoder
from playground.decoders.fastest import PackedDecoder, fastest_decoder
from playground.decoders.kv_cache import CanvasCache

__all__ = ["CanvasCache", "Decoder", "GraphDecoder", "PackedDecoder", "fastest_decoder"]
