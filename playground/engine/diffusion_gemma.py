"""A LaneSource for DiffusionGemma, which has a class and a sampler of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from playground.catalog.records import CAPABILITIES, ModelRecord
from playground.decoders.checkpoint import Checkpoint
from playground.engine.frames import frames
from playground.engine.lane_source import RunningLane
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.settings_table import SAMPLER, SETTINGS
from playground.samplers.diffusion_gemma import CanvasSettings, denoise_canvases
from playground.text.loading import template_of
from playground.text.token_ids import text_ids
from playground.text.token_text import Pieces
from playground.trace.trace import Lane

Read = Callable[[str], tuple[str, list[int]]]  # a visitor's prompt -> what the model reads, as text and as token ids
TAKEN = frozenset({"steps", "noise", "temperature", "guidance"})  # settings that ``lane`` takes, or the engine refuses
NOISE = "tokens"  # the one of rules.NOISES that it has


class DiffusionGemma:
    """A LaneSource: one checkpoint of the class DiffusionGemmaForBlockDiffusion."""

    can = frozenset({"random"})
    kinds: tuple[tuple[str, str], ...] = ()

    def __init__(self, record: ModelRecord, checkpoint: Checkpoint, read: Read | None = None):
        """read: puts a prompt into the model's template; None takes it as it is."""
        room = checkpoint.model.config.get_text_config().max_position_embeddings
        self.record = replace(record, context=min(record.context, room))
        self.model: Any = checkpoint.model
        self.tokenizer, self.special, self.hash = checkpoint.tokenizer, checkpoint.special, checkpoint.hash
        self.template = template_of(record.template, checkpoint.tokenizer, record.title)
        self.read = read or self._as_it_is
        self.pieces = Pieces(checkpoint.tokenizer)
        self.canvas: int = self.model.config.canvas_length  # tokens that it writes at a time

    def _as_it_is(self, prompt: str) -> tuple[str, list[int]]:
        pieces = self.template.wrap(prompt)
        return "".join(pieces), text_ids(pieces, self.tokenizer)

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        """See LaneSource. The length is rounded up to whole canvases."""
        text, prompt = self.read(request.prompt)
        settings = self._settings(request)
        length, room = settings.canvases * self.canvas, self.record.context
        if len(prompt) + length > room:
            raise RequestError(
                f"The prompt is {len(prompt)} tokens long. {self.record.title} reads {room} tokens and writes canvases of "
                f"{self.canvas}: {settings.canvases} of them do not fit. Shorten the prompt or the text."
            )
        about = {**self._about(request, settings), **about}
        lane = Lane(key, self.record.kind, title, len(prompt), length, about)
        passes = denoise_canvases(self.model, prompt, settings, self.special)
        given = str(self.tokenizer.decode(prompt))
        return RunningLane(lane, frames(lane, passes, self.pieces, self.special), text, given, request.prompt)

    def _settings(self, request: RaceRequest) -> CanvasSettings:
        """The authors' settings, with the request's passes, seed and temperature. Temperature 0 leaves the authors':
        at 0 every token would be certain, and the first pass would accept all of them."""
        authors = CanvasSettings(**self.record.sampler)
        if request.temperature:
            authors = replace(authors, t_max=request.temperature, t_min=request.temperature / 2)
        return replace(
            authors,
            canvases=ceil(request.length / self.canvas),
            steps=request.steps,
            seed=request.seed,
            bar_end=request.same_length,
        )

    def _about(self, request: RaceRequest, settings: CanvasSettings) -> dict[str, Any]:
        return {
            "end_id": self.special.end,
            "end_ids": list(self.special.ends),
            "mask_id": self.special.mask,
            "steps": settings.steps * settings.canvases,
            "approximate": False,
            "note": self._note(request, settings),
        }

    def _note(self, request: RaceRequest, settings: CanvasSettings) -> str:
        """What its own sampler does, and which settings of the request it does not take."""
        said = (
            f"Its own sampler writes canvases of {self.canvas} tokens, in at most {settings.steps} passes each: entropy "
            f"bound {settings.entropy_bound:g}, temperature {settings.t_max:g} falling to {settings.t_min:g}, noise of "
            "random tokens."
        )
        changed = [name for name in SAMPLER if getattr(request, name) != SETTINGS[name].default]
        if left := [name for name in changed if name not in TAKEN or (name == "noise" and request.noise != NOISE)]:
            labels = dict.fromkeys(SETTINGS[name].label.lower() for name in left)
            said += f" It does not take the settings {', '.join(labels)}."
        return said

    def warm_up(self) -> None:
        """Run one canvas."""
        for _ in self.lane(RaceRequest("Hello", length=8, steps=2), self.record.kind, "", {}).frames:
            pass

    def attention(self, ids: object, position: object) -> list[float]:
        """See LaneSource. Raises RequestError: it cannot."""
        raise RequestError(f"{self.record.title} cannot {CAPABILITIES['attention']}.")

    def score(self, given: str, text: str) -> None:
        """See LaneSource. It cannot score."""
        return

    def outside(self, prompt: str, text: str) -> bool:
        """See LaneSource. It cannot tell."""
        return False
