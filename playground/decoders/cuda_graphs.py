"""CUDA graphs of the passes that lanes repeat.

On a GPU a small model waits for Python to launch kernels, not for the kernels. A CUDA graph launches them all at once.

A graph has fixed shapes and fixed memory. So a pass over a canvas is padded to a multiple of BUCKET positions, and no
position attends to the padding. An AR step attends to a whole KV cache of fixed length, and a mask hides the part
that is not written yet. Every other pass runs as in Decoder, those of a block-causal model too.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable

import torch

from playground.decoders.decoder import Decoder
from playground.decoders.kv_cache import CanvasCache

BUCKET = 64  # positions
Capture = Callable[[Callable[[], torch.Tensor]], Callable[[], torch.Tensor]]


def captured(run: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """Capture ``run`` as a CUDA graph. Returns a function that replays its kernels on the same memory and returns the
    same result tensor every time, with new content."""
    with torch.cuda.device(run().device):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries initialise in the first runs; a graph must not contain that
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            result = run()

    def replay() -> torch.Tensor:
        graph.replay()
        return result

    return replay


class GraphDecoder(Decoder):
    """A Decoder whose plain bidirectional passes and AR steps are CUDA graphs.

    capture: makes a graph of a function; tests without a GPU pass one that calls the function again.
    """

    def __init__(self, model: torch.nn.Module, capture: Capture = captured) -> None:
        super().__init__(model)
        self._capture = capture
        self._passes: dict[tuple[int, int], _PaddedPass] = {}
        self._idle: defaultdict[int, list[_Steps]] = defaultdict(list)

    def hidden(self, ids, positions=None, mask=None, cache=None) -> torch.Tensor:
        """See Decoder.hidden."""
        if self.causal or positions is not None or mask is not None or cache is not None:
            return super().hidden(ids, positions, mask, cache)
        key = (ids.shape[0], bucket(ids.shape[1]))
        if key not in self._passes:
            self._passes[key] = _PaddedPass(self, *key, self._capture)
        return self._passes[key](ids)

    def ar_cache(self, length: int) -> StepCache:
        """See Decoder.ar_cache. Graphs of finished lanes are reused; lanes that run at the same time have one each."""
        size = bucket(length)
        steps = self._idle[size].pop() if self._idle[size] else _Steps(self, size, self._capture)
        cache = StepCache(steps, length)
        weakref.finalize(cache, self._idle[size].append, steps).atexit = False
        return cache

    def step(self, ids: torch.Tensor, cache: StepCache) -> torch.Tensor:
        """See Decoder.step."""
        return cache.read(ids)


def bucket(n: int) -> int:
    """n rounded up to a multiple of BUCKET."""
    return -(-n // BUCKET) * BUCKET


class _PaddedPass:
    """The graph of a pass over ``size`` positions, used for canvases of at most that length."""

    @torch.inference_mode()
    def __init__(self, decoder: Decoder, rows: int, size: int, capture: Capture) -> None:
        self._ids = torch.zeros(rows, size, dtype=torch.long, device=decoder.device)
        self._seen = torch.ones(size, size, dtype=torch.bool, device=decoder.device)
        self._length = size
        positions = torch.arange(size, device=decoder.device)
        self._replay = capture(lambda: Decoder.hidden(decoder, self._ids, positions, self._seen))

    @torch.inference_mode()
    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """ids int64 [rows, n] -> hidden states [rows, n, hidden], copied out of the graph's memory."""
        n = ids.shape[1]
        self._ids[:, :n].copy_(ids)
        if n != self._length:
            self._seen.fill_(True)
            self._seen[:, n:] = False
            self._length = n
        return self._replay()[:, :n].clone()


class _Steps:
    """The graph of one AR step, with the KV cache of ``size`` positions that it writes to. Only one lane may use it
    at a time."""

    @torch.inference_mode()
    def __init__(self, decoder: Decoder, size: int, capture: Capture) -> None:
        config, device = decoder.model.config, decoder.device
        heads = config.num_key_value_heads
        dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self._decoder, self._canvas = decoder, CanvasCache()
        # Zeros, not uninitialised memory: attention multiplies hidden values by zero, and NaN times zero is NaN.
        self._canvas.kv = torch.zeros(
            config.num_hidden_layers, 1, 2 * heads, size, dim, dtype=decoder.dtype, device=device
        )
        self._id = torch.zeros(1, 1, dtype=torch.long, device=device)
        self._at = torch.zeros(1, dtype=torch.long, device=device)
        self._all = torch.arange(size, device=device)
        self._replay = capture(self._one)

    def _one(self) -> torch.Tensor:
        """One AR step: read the id, return its hidden state [1, hidden], and advance the position, all on the
        device."""
        hidden = Decoder.hidden(self._decoder, self._id, self._at, self._all <= self._at[:, None], self._canvas)[:, -1]
        self._at.add_(1)
        return hidden

    @torch.inference_mode()
    def read(self, ids: torch.Tensor, held: int) -> torch.Tensor:
        """ids int64 [1, n] that follow ``held`` cached positions -> hidden state of the last id [1, hidden], copied
        out of the graph's memory."""
        n = ids.shape[1]
        if n == 1 and held > 0:
            self._id.copy_(ids)
            return self._replay().clone()
        positions = self._all[held : held + n]
        last = (
            positions[:, None] if self._decoder.causal else positions[-1:, None].expand(n, 1)
        )  # the last key that each position attends to
        hidden = Decoder.hidden(self._decoder, ids, positions, self._all <= last, self._canvas)
        self._at.fill_(held + n)
        return hidden[:, -1]

    @torch.inference_mode()
    def rewind(self, to: int) -> None:
        """The next step writes position ``to``."""
        self._at.fill_(to)


class StepCache:
    """One lane's KV cache, and its claim on a graph of AR steps.

    length: the most positions that it may hold; held: how many it holds now.
    """

    def __init__(self, steps: _Steps, length: int) -> None:
        self.length, self.held, self._steps = length, 0, steps

    def read(self, ids: torch.Tensor) -> torch.Tensor:
        """See Decoder.step. Raises ValueError if the ids do not fit."""
        n = ids.shape[1]
        if self.held + n > self.length:
            raise ValueError(
                f"This cache was made for {self.length} positions and holds {self.held}; {n} more do not fit."
            )
        hidden = self._steps.read(ids, self.held)
        self.held += n
        return hidden

    def rewind(self, to: int) -> None:
        """Take back all positions after the first ``to``."""
        self.held = min(self.held, to)
        self._steps.rewind(self.held)
