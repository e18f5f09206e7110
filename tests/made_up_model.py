"""Models for tests that share nothing with the twins, nor with each other: another tokenizer (a token a word, or a letter),
another vocabulary, another template, no mask and no device. They prove that a race needs no more of a model than
engine/lane_source.py asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from playground.catalog.records import ModelRecord
from playground.engine.lane_source import RunningLane
from playground.metrics.score import Score
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.text.templates import TEMPLATES
from playground.trace.phases import phase
from playground.trace.trace import Change, Frame, Lane

WORDS = ("", "I", "can", "help", "you", "with", "that", "today", ".")
END = 0
PASS_MS = 3.0


class FakeSource:
    """A LaneSource that writes the same reply from left to right, two words a pass."""

    can: frozenset[str] = frozenset({"score"})
    hash = "0f0f0f0f0f0f0f0f"
    kinds: tuple[tuple[str, str], ...] = ()

    def __init__(self, key: str = "word-model", partner: str = "") -> None:
        self.record = ModelRecord(
            key, "ar", "Word model", folder="", partner=partner, template="plain", context=40, examples=("Help me.",)
        )
        self.words, self.cut = WORDS, str.split  # its vocabulary, and how it cuts a prompt
        self.warm, self.scored = 0, []  # for tests: warm-ups, and texts that it scored

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        text = "".join(TEMPLATES[self.record.template].wrap(request.prompt))
        prompt = self.cut(text)
        if len(prompt) + request.length > self.record.context:
            raise RequestError(f"The word model reads {self.record.context} words. Ask for a shorter text.")
        lane = Lane(
            key,
            self.record.kind,
            title,
            len(prompt),
            request.length,
            {"end_id": END, "mask_id": None, "tokenizer": f"{len(self.words)} words", **about},
        )
        return RunningLane(lane, self.frames(lane, prompt), text, text, asked=request.prompt)

    def frames(self, lane: Lane, prompt: list[str]) -> Iterator[Frame]:
        given = tuple(Change(at, self.text(word), None, "prompt", 100 + at) for at, word in enumerate(prompt))
        yield Frame(lane.key, 0, 0.0, 0.0, given, lane.length)
        ids = [1 + at % (len(self.words) - 1) for at in range(lane.length)]
        for i, first in enumerate(range(0, lane.length, 2), start=1):
            new = range(first, min(first + 2, lane.length))
            changes = tuple(
                Change(lane.prompt + at, self.text(self.words[ids[at]]), 0.9, "committed", ids[at]) for at in new
            )
            left = lane.length - new[-1] - 1
            yield Frame(
                lane.key,
                i,
                i * PASS_MS,
                PASS_MS,
                changes,
                left,
                phase=phase(lane.length - left, lane.length, left == 0),
            )

    def text(self, word: str) -> str:
        return f" {word}"

    def warm_up(self) -> None:
        self.warm += 1

    def attention(self, ids: object, position: object) -> list[float]:
        raise AssertionError("nobody asks a model for what it cannot do")

    def score(self, given: str, text: str) -> Score | None:
        self.scored.append((given, text))
        return Score(7.0, 1.5)

    def outside(self, prompt: str, text: str) -> bool:
        return "quantum" in prompt


class LetterSource(FakeSource):
    """A LaneSource whose tokens are single letters, two a pass, and whose prompt has turns."""

    can: frozenset[str] = frozenset()
    hash = "1a1a1a1a1a1a1a1a"

    def __init__(self, key: str = "letter-model", partner: str = "") -> None:
        super().__init__(key, partner)
        self.record = replace(self.record, kind="diffusion", title="Letter model", template="turns", context=80)
        self.words, self.cut = ("", *"I can help."), list

    def text(self, word: str) -> str:
        return word
