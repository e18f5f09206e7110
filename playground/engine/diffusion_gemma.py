"""A LaneSource for DiffusionGemma, which has a class and a sampler of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from playground.catalog.records import ModelRecord
from playground.decoders.checkpoint import Checkpoint
from playground.engine.frames import frames
from playground.engine.lane_source import RunningLane, WritesOnly
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.settings_table import SAMPLER, SETTINGS
from playground.samplers.diffusion_gemma import CanvasSettings, denoise_canvases
from playground.text.fingerprint import fingerprint
from playground.text.loading import template_of
from playground.text.token_ids import text_ids
from playground.text.token_text import Pieces
from playground.trace.trace import Lane

TAKEN = frozenset({"steps", "temperature", "guidance"})  # settings that ``lane`` takes, or that the engine refuses
RULES = {"noise": "tokens", "commit": "entropy_bound", "revise": "renoise"}  # those of its own sampler, by axis
LEVELS = {"commit_level": "commit", "revise_level": "revise"}  # setting -> the axis whose rule it tunes
LEAST = 1e-6  # its sampler takes no entropy bound of 0


class DiffusionGemma(WritesOnly):
    """A LaneSource: one checkpoint of the class DiffusionGemmaForBlockDiffusion."""

    can = frozenset({"random", "whole"})
    kinds: tuple[tuple[str, str], ...] = ()

    def __init__(self, record: ModelRecord, checkpoint: Checkpoint):
        room = checkpoint.model.config.get_text_config().max_position_embeddings
        self.record = replace(record, context=min(record.context, room))
        self.model: Any = checkpoint.model
        self.tokenizer, self.hash = checkpoint.tokenizer, checkpoint.hash
        self.special = replace(
            checkpoint.special, mask=None
        )  # if its tokenizer has a mask, that is a token like others
        self.template = template_of(record.template, checkpoint.tokenizer, record.title)
        self.pieces, self.fingerprint = Pieces(checkpoint.tokenizer), fingerprint(checkpoint.tokenizer)
        self.canvas: int = self.model.config.canvas_length  # tokens that it writes at a time

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        """See LaneSource. The length is rounded up to whole canvases."""
        words = self.template.wrap(request.prompt)
        prompt = text_ids(words, self.tokenizer)
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
        return RunningLane(lane, frames(lane, passes, self.pieces, self.special), "".join(words), given, request.prompt)

    def _settings(self, request: RaceRequest) -> CanvasSettings:
        """The authors' settings, with the request's passes, seed and temperature, and with the levels of its own rules.
        Temperature 0 leaves the authors': at 0 every token would be certain, and the first pass would accept all."""
        chosen = CanvasSettings(**self.record.sampler)
        if request.temperature:
            chosen = replace(chosen, t_max=request.temperature, t_min=request.temperature / 2)
        if request.commit == RULES["commit"] and request.commit_level is not None:
            chosen = replace(chosen, entropy_bound=max(LEAST, request.commit_level))
        if request.revise == RULES["revise"] and request.revise_level is not None:
            chosen = replace(chosen, confidence=request.revise_level)
        return replace(
            chosen,
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
            "tokenizer": self.fingerprint,
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
        if left := dict.fromkeys(SETTINGS[name].label.lower() for name in SAMPLER if not self._takes(request, name)):
            said += f" It does not take these settings: {', '.join(left)}."
        return said

    def _takes(self, request: RaceRequest, name: str) -> bool:
        """Whether a setting of the request has its effect here, or is the default and asks for none."""
        value = getattr(request, name)
        if name in LEVELS:  # a level of a rule that is not taken is not worth a word of its own
            return True
        return name in TAKEN or value in (SETTINGS[name].default, RULES.get(name))

    def warm_up(self) -> None:
        """Run one canvas."""
        for _ in self.lane(RaceRequest("Hello", length=8, steps=2), self.record.kind, "", {}).frames:
            pass
