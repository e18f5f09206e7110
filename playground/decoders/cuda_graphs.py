"""CUDA graphs of the passes that lanes repeat.

On a GPU a small model waits for Python to launch kernels, not for the kernels. A CUDA graph launches them all at once.

A graph has fixed shapes and fixed memory. So a pass over a canvas is padded to a multiple of BUCKET positions, and no
position attends to the padding. An AR step attends to a whole KV cache of fixed length, and a mask hides the part
that is not written yet. Every other pass runs as in Decoder, those of a block-causal model too.

Not every pass can be a graph: one whose work depends on numbers on the device (some ways to route to experts) would
make the host wait inside the capture, and a large one may find no room for memory of its own. Such a shape runs as in
Decoder, and the log says so.
"""

from __future__ import annotations

import gc
import logging
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

from playground.decoders.decoder import Decoder
from playground.decoders.kv_cache import CanvasCache

log = logging.getLogger(__name__)

BUCKET = 64  # positions
Capture = Callable[[Callable[[], torch.Tensor]], Callable[[], torch.Tensor]]
Graph = TypeVar("Graph")


def captured(run: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """Capture ``run`` as a CUDA graph. Returns a function that replays its kernels on the same memory and returns the
    same result tensor every time, with new content.

    Raises RuntimeError if ``run`` waits for the device, and torch.OutOfMemoryError if there is no room for the graph.
    """
    with torch.cuda.device(run().device):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries initialise in the first runs; a graph must not contain that
            for _ in range(2):
                run()
            with _no_waiting():
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            result = run()

    def replay() -> torch.Tensor:
        graph.replay()
        return result

    return replay


@contextmanager
def _no_waiting() -> Iterator[None]:
    """Within this context an operation that makes the host wait for the device raises RuntimeError. Found here it does
    no harm; found inside a capture it would break the capture and the device's random numbers. It holds for the whole
    process: all work on a device is on one thread."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def give_back_memory(device: torch.device) -> None:
    """Return memory that nothing refers to any more from torch to the device."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


class GraphDecoder(Decoder):
    """A Decoder whose plain bidirectional passes and AR steps are CUDA graphs.

    capture: makes a graph of a function; tests without a GPU pass one that calls the function again. uncaptured: what
    runs as in Decoder because its capture failed, and why.
    """

    prepares = True

    def __init__(self, model: torch.nn.Module, capture: Capture = captured) -> None:
        super().__init__(model)
        self._capture = capture
        self._passes: dict[tuple[int, int], _PaddedPass] = {}
        self._idle: defaultdict[int, list[_Steps]] = defaultdict(list)
        self.uncaptured: dict[str, str] = {}

    def capture_first(self) -> None:
        """Capture the smallest pass and the smallest AR step. Raises whatever prevents it: a model that fails here
        fails at every other shape too."""
        if not self.causal:
            self._passes[1, BUCKET] = _PaddedPass(self, 1, BUCKET, self._capture)
        self._idle[BUCKET].append(_Steps(self, BUCKET, self._capture))

    def hidden(self, ids, positions=None, mask=None, cache=None) -> torch.Tensor:
        """See Decoder.hidden."""
        if self.causal or positions is not None or mask is not None or cache is not None:
            return super().hidden(ids, positions, mask, cache)
        rows, size = ids.shape[0], bucket(ids.shape[1])
        graph = self._passes.get((rows, size)) or self._made(
            f"passes over {rows} x {size} positions", lambda: _PaddedPass(self, rows, size, self._capture)
        )
        if graph is None:
            return super().hidden(ids)
        self._passes[rows, size] = graph
        return graph(ids)

    def ar_cache(self, length: int) -> Any:
        """See Decoder.ar_cache. Graphs of finished lanes are reused; lanes that run at the same time have one each."""
        size = bucket(length)
        steps = (
            self._idle[size].pop()
            if self._idle[size]
            else self._made(f"AR steps with {size} positions", lambda: _Steps(self, size, self._capture))
        )
        if steps is None:
            return super().ar_cache(length)
        cache = StepCache(steps, length)
        weakref.finalize(cache, self._idle[size].append, steps).atexit = False
        return cache

    def step(self, ids: torch.Tensor, cache: Any) -> torch.Tensor:
        """See Decoder.step."""
        return cache.read(ids) if isinstance(cache, StepCache) else super().step(ids, cache)

    def _made(self, what: str, make: Callable[[], Graph]) -> Graph | None:
        """A new graph; None if it cannot be captured, now or when this was tried before."""
        if what in self.uncaptured:
            return None
        try:
            return make()
        except Exception as error:  # whatever fails here, the pass itself still works
            reason = (str(error).strip().splitlines() or ["no reason given"])[0][:200]
            self.uncaptured[what] = f"{type(error).__name__}: {reason}"
        log.warning("%s runs %s without a CUDA graph (%s).", type(self.model).__name__, what, self.uncaptured[what])
        give_back_memory(self.device)  # here and not above: the error's traceback holds the tensors
        return None


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
