"""DiffusionGemma's own sampler as passes. It writes canvas after canvas, and denoises each from random tokens.

The class's ``generate`` calls back, so only a thread could hold it between two passes. This is its loop again, built
from the class's public parts: the model, its sampler, its temperature schedule and its stopping rule. The tokens are
those of ``generate`` with the same seed and settings, pass by pass. ``generate`` draws from torch's global random
generator; here each run has its own, so that the lanes of a race do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    DiffusionGemmaForBlockDiffusion,
    DynamicCache,
    EntropyBoundSampler,
    EntropyBoundSamplerConfig,
    LinearTemperatureScheduleLogitsProcessor,
    LogitsProcessorList,
    StableAndConfidentStoppingCriteria,
    SuppressTokensLogitsProcessor,
)

from playground.decoders.special_ids import SpecialIds
from playground.device.clock import Stopwatch
from playground.samplers.choice import choose, on_device
from playground.samplers.diffusion.renoise import SURE
from playground.samplers.passes import NO_WORK, Guess, Outcome, Pass, Standing, Work, outcomes, to_host


@dataclass(frozen=True)
class CanvasSettings:
    """How DiffusionGemma denoises. The defaults are its authors'."""

    canvases: int = 1  # the most that are written
    steps: int = 48  # the most passes over one canvas
    t_max: float = 0.8  # temperature of the first pass over a canvas
    t_min: float = 0.4  # temperature towards which it falls, in equal steps
    entropy_bound: float = 0.1  # see EntropyBoundSampler.accept_canvas
    confidence: float = 0.005  # mean entropy, in nats, below which a canvas that no longer changes is done
    stability: int = 1  # passes for which its likeliest tokens must stay the same
    seed: int = 0
    bar_end: bool = False  # never choose an end token, nor one that stands for no text


def denoise_canvases(
    model: DiffusionGemmaForBlockDiffusion, prompt: Sequence[int], settings: CanvasSettings, special: SpecialIds
) -> Iterator[Pass]:
    """Write up to ``settings.canvases`` canvases after a prompt, which must not be empty.

    Yields the start, then one Pass per forward pass. The first pass over a canvas also encodes what the encoder has not
    read yet: the prompt, or the canvas before. A token counts as settled as in the re-noise rule (renoise.py): it was
    accepted, and was the likeliest in two passes in a row with a probability of SURE. The last pass over a canvas
    settles the likeliest tokens. The text ends with the canvas that holds an end token.
    """
    denoiser = _Denoiser(model, settings, special)
    return _passes(denoiser, _Text(prompt, denoiser.size, settings.canvases))


@torch.inference_mode()
def _passes(denoiser: _Denoiser, text: _Text) -> Iterator[Pass]:
    text.put_noise(text.canvases[0], denoiser.begin())
    yield text.passed(0.0, (), NO_WORK, last=False)
    unread = text.ids_at(range(text.canvases[0].start))
    for number, canvas in enumerate(text.canvases):
        done = last = False
        while not done:
            denoiser.clock.start()
            rows, done = denoiser.step(unread)
            ms = denoiser.clock.stop()
            work = Work(1, len(unread) + len(canvas), canvas.stop, len(canvas))
            found, unread = outcomes(canvas, rows), []
            text.take(found)
            if done:
                unread = text.ids_at(canvas)
                last = canvas is text.canvases[-1] or not denoiser.ends.isdisjoint(unread)
                if not last:
                    text.put_noise(text.canvases[number + 1], denoiser.begin())
            yield text.passed(ms, tuple(outcome.guess for outcome in found), work, last)
        if last:
            return


class _Text:
    """The text on the host. A canvas that has not begun has no ids yet."""

    def __init__(self, prompt: Sequence[int], size: int, count: int):
        begin, end = len(prompt), len(prompt) + size * count
        self.canvases = [range(start, start + size) for start in range(begin, end, size)]
        self._ids: list[int | None] = [*prompt, *[None] * (end - begin)]
        self._open, self._noise, self._made = set(range(begin, end)), set[int](), -1

    def ids_at(self, positions: range) -> list[int]:
        """The ids at positions that have been written."""
        return [token for token in self._ids[positions.start : positions.stop] if token is not None]

    def put_noise(self, canvas: range, ids: Sequence[int]) -> None:
        """A canvas begins with these random ids."""
        self._ids[canvas.start : canvas.stop] = ids
        self._noise.update(canvas)

    def take(self, found: Sequence[Outcome]) -> None:
        """Update the canvas from the outcomes of a pass."""
        for outcome in found:
            at = outcome.guess.position
            self._ids[at] = outcome.id
            (self._open.discard if outcome.standing is Standing.SETTLED else self._open.add)(at)
            (self._noise.add if outcome.standing is Standing.OPEN else self._noise.discard)(at)

    def passed(self, ms: float, guesses: tuple[Guess, ...], work: Work, last: bool) -> Pass:
        """The next Pass. Positions that are open in the last one are after the end of the text."""
        self._made += 1
        still_open = frozenset(self._open)
        past = still_open if last else frozenset()
        return Pass(
            self._made, ms, tuple(self._ids), guesses, still_open, last, frozenset(self._noise), work=work, past=past
        )


class _Sampler(EntropyBoundSampler):
    """The class's sampler, which accepts and re-noises, with a random generator of its own."""

    def __init__(self, settings: CanvasSettings, size: int, vocabulary: int, generator: torch.Generator):
        bound = EntropyBoundSamplerConfig(entropy_bound=settings.entropy_bound)
        super().__init__(bound, size, vocabulary, settings.steps)
        self.generator = generator

    def initialize_canvas(self, batch_size: int, device: torch.device) -> Any:
        """Random tokens, int64 [batch_size, canvas]."""
        shape = (batch_size, self.canvas_length)
        return torch.randint(self.vocab_size, shape, generator=self.generator, device=device)


class _Denoiser:
    """The device's side: the canvas, int64 [1, canvas], and what each pass over it leaves to the next.

    size: positions of a canvas. ends: ids that may end the text; none if they are barred.
    """

    _model: Any  # transformers' annotations name narrower types than these take
    _sampler: Any
    _adjust: Any
    _calm: Any

    def __init__(self, model: DiffusionGemmaForBlockDiffusion, settings: CanvasSettings, special: SpecialIds):
        config: Any = model.config
        text, device = config.get_text_config(), model.device
        self.size: int = config.canvas_length
        self.ends = frozenset[int]() if settings.bar_end else frozenset(special.ends)
        self.clock = Stopwatch(device)
        self._model, self._device, self._cache = model, device, DynamicCache(config=text)
        self._generator = torch.Generator(device).manual_seed(settings.seed)
        self._sampler = _Sampler(settings, self.size, text.vocab_size, self._generator)
        # Where the text may end, nothing is barred: the model fills the rest of a canvas with padding, as it was trained.
        barred = sorted({*special.ends, *special.unwritten}) if settings.bar_end else []
        self._barred = on_device(barred, device)
        bar = [SuppressTokensLogitsProcessor(barred, device=str(device))] if barred else []
        schedule = LinearTemperatureScheduleLogitsProcessor(settings.t_min, settings.t_max, settings.steps)
        self._adjust = LogitsProcessorList([*bar, schedule])
        self._calm = StableAndConfidentStoppingCriteria(settings.stability, settings.confidence)
        self._countdown = torch.arange(settings.steps, 0, -1, dtype=torch.int32, device=device)

    def begin(self) -> list[int]:
        """Begin a new canvas of random tokens. Returns their ids."""
        self._canvas = self._sampler.initialize_canvas(1, self._device)
        self._made = 0  # passes over it
        self._memory: torch.Tensor | None = None  # logits of the pass before, [1, canvas, vocabulary]
        self._led = torch.full_like(self._canvas, -1)  # its likeliest ids
        self._settled = torch.zeros_like(self._canvas, dtype=torch.bool)
        self._calm.reset()
        return self._canvas[0].tolist()

    def step(self, unread: Sequence[int]) -> tuple[list[list[float]], bool]:
        """One pass. Returns the rows of ``to_host`` for the canvas, and whether the canvas is done.

        unread: ids that the encoder has not read yet; the decoder sees all that it has read.
        """
        raw = self._model(
            input_ids=on_device(unread, self._device)[None] if unread else None,
            past_key_values=self._cache,
            decoder_input_ids=self._canvas,
            self_conditioning_logits=self._memory,
        ).logits
        left = self._countdown[self._made]
        logits = self._adjust(self._canvas, raw, cur_step=left)
        probability = torch.softmax(logits[0], dim=-1, dtype=torch.float32)
        drawn = torch.multinomial(probability, 1, generator=self._generator).T
        leads = logits.argmax(-1)
        kept = self._sampler.accept_canvas(self._canvas, drawn, logits, left)
        accepted = self._sampler.accepted_token_mask
        self._canvas = self._sampler.renoise_canvas(kept, left)
        self._memory = logits.to(self._model.get_input_embeddings().weight.dtype)
        self._made += 1
        done = bool(self._calm(leads, logits)) or self._made == len(self._countdown)
        return self._rows(raw[0], leads, accepted & (drawn == leads), accepted, done), done

    def _rows(
        self, raw: torch.Tensor, leads: torch.Tensor, led: torch.Tensor, accepted: torch.Tensor, done: bool
    ) -> list[list[float]]:
        """raw: logits [canvas, vocabulary] at temperature 1, from which probabilities and entropy are shown. leads: the
        likeliest ids; led: bool, where the likeliest id was accepted; accepted: bool; all [1, canvas]."""
        choice = choose(raw, self._barred, 0.0, self._generator)
        stable = led & (leads == self._led) & (choice.best_probability[:, 0] >= SURE)
        now = torch.ones_like(stable) if done else stable
        unsettled = torch.where(accepted, int(Standing.DRAFT), int(Standing.OPEN))
        standing = torch.where(now, int(Standing.SETTLED), unsettled)
        ids = leads if done else self._canvas
        rows = to_host(choice, ids[0], standing[0], (now & ~self._settled)[0])
        self._led, self._settled = leads, now
        return rows
