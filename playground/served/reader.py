"""The one reader of served models: checked events in, pieces of text out.

A server speaks OpenAI's chat protocol, more or less. Each event is a chunk. What a chunk is, is decided chunk by chunk:
with ``diffusion_meta`` its text replaces all text before it (a snapshot, as Inception sends them), otherwise it is added
at the end. What servers do otherwise is named beside the line that deals with it; tests/served/deviations.py has all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.served.clean import LOST, joined, shown
from playground.served.thinking import Thinking, reply_of
from playground.served.trouble import Trouble, words_of

DONE = "[DONE]"
HALVES = range(0xD800, 0xDC00)  # first halves of a character in UTF-16, as JSON escapes them
REASONING = ("reasoning", "reasoning_content")  # fields of a delta that hold thinking
REASONS = {"max_tokens": "length", "end_turn": "stop", "stop_sequence": "stop", "safety": "content_filter"}
# Reasons with which a server says that it broke off: vLLM and SGLang, DeepSeek, Gemini, and those of gateways.
BROKEN_OFF = {"error", "abort", "aborted", "cancelled", "canceled", "timeout", "insufficient_system_resource"}
BROKEN_OFF |= {"malformed_function_call", "network_error", "server_error"}
COUNTED = {  # our name of a count -> where usage may have it
    "prompt_tokens": (("prompt_tokens",),),
    "completion_tokens": (("completion_tokens",),),
    "reasoning_tokens": (("reasoning_tokens",), ("completion_tokens_details", "reasoning_tokens")),
    "cached_tokens": (("cached_input_tokens",), ("prompt_tokens_details", "cached_tokens")),
}
MOST_TOKENS = 1 << 31
NAME, OTHER = re.compile(r"[a-z_]{1,30}"), "other"  # a reason goes into run files, so it is a name and nothing else


@dataclass(frozen=True)
class Piece:
    """Text that came with one chunk, safe for the screen."""

    text: str
    whole: bool  # whether it replaces all text before it


@dataclass
class Reader:
    """What one reply has said so far."""

    text: str = ""  # of the reply, safe for the screen
    finish: str = ""  # why the model stopped, in lower case; "" while it has not said so
    usage: dict[str, int] | None = None  # the last whole one
    model: str = ""  # the name by which the server calls the model
    done: bool = False  # whether [DONE] came
    thought: bool = False  # whether the model was thinking
    appended: int = 0  # chunks that added text
    snapshots: int = 0  # chunks that replaced it
    once: bool = False  # whether the reply came as one JSON object
    half: str = field(
        default="", repr=False
    )  # the first half of a character whose second half comes with the next chunk
    thinking: Thinking = field(default_factory=Thinking, repr=False)

    @property
    def lost(self) -> int:
        """Characters of the reply that were no text."""
        return self.text.count(LOST)

    @property
    def at_once(self) -> bool:
        """Whether all text came in one chunk: something held it back on the way."""
        return self.once or self.appended + self.snapshots == 1

    def take(self, name: str, data: str) -> Piece | None:
        """Read one event. None if it brought no text. Raises Trouble.

        name: of the event, "message" if it has none.
        """
        if self.done or not data.strip():
            return None
        if data.strip() == DONE:
            self.done = True
            return None
        if name == "error":
            raise Trouble("error", said=_said(data))
        return self._chunk(parsed(data))

    def take_whole(self, text: str) -> Piece | None:
        """Read a whole completion that came as JSON in place of a stream. Raises Trouble."""
        data = parsed(text)
        if not isinstance(data, dict) or not isinstance(data.get("choices"), list):
            raise Trouble("error" if words_of(data) else "type", said=words_of(data))
        choices = [{**choice, "delta": choice.get("message")} for choice in data["choices"] if isinstance(choice, dict)]
        self.once = self.done = True
        return self._chunk({**data, "choices": choices})

    def close(self) -> Piece | None:
        """The end of the stream. Text that was held back, if any. Raises Trouble if the reply is not whole."""
        rest = joined(self.thinking.rest() + self.half)
        self.half = ""
        if rest:
            self.text += shown(rest)
        if not self.finish and not self.done:
            raise Trouble("unfinished")
        if not self.text.strip():
            raise Trouble(self._why_empty())
        return Piece(shown(rest), False) if rest else None

    def _why_empty(self) -> str:
        if self.finish in ("tool_calls", "function_call"):
            return "tools"
        if self.finish == "content_filter":
            return "filtered"
        return "thought" if self.thought else "empty"

    def _chunk(self, data: Any) -> Piece | None:
        if isinstance(data, list) and words_of(data):
            raise Trouble("error", said=words_of(data))
        if not isinstance(data, dict):
            raise Trouble("broken")
        choice = _choice(data)
        if _is_error(data, choice):
            raise Trouble("error", said=words_of(data) or words_of(choice))
        if isinstance(data.get("model"), str):
            self.model = shown(joined(data["model"]))[:100]
        self.usage = counts(data.get("usage")) or self.usage
        piece = self._text(data, choice)
        self.finish = _reason(choice) or self.finish  # some say it in every chunk, or twice: the last one counts
        return piece

    def _text(self, data: Mapping[str, Any], choice: Mapping[str, Any]) -> Piece | None:
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        if _thinks(delta):
            self.thought = True
            self.thinking.after = not self.text
        text = content(delta.get("content"))
        if isinstance(data.get("diffusion_meta"), dict):
            return self._snapshot(text, ended=bool(_reason(choice)))
        return self._addition(text) if text else None

    def _snapshot(self, text: str | None, ended: bool) -> Piece | None:
        if text is None or (not text and ended):  # an empty closing chunk wipes nothing
            return None
        reply, thought = reply_of(joined(text))
        self.thought = self.thought or thought
        self.half, self.thinking = "", Thinking(over=True)
        self.text = shown(reply)
        self.snapshots += 1
        return Piece(self.text, True)

    def _addition(self, text: str) -> Piece | None:
        text, self.half = self.half + text, ""
        if ord(text[-1]) in HALVES:
            text, self.half = text[:-1], text[-1]
        new = shown(self.thinking.reply(joined(text)))
        self.thought = self.thought or self.thinking.seen
        if not new:
            return None
        self.text += new
        self.appended += 1
        return Piece(new, False)


def parsed(text: str) -> Any:
    """JSON. Raises Trouble for anything else, NaN among it."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        pass
    raise Trouble("broken", said=text)


def content(value: Any) -> str | None:
    """The text of a delta: a string, or a list of parts; None if there is none. Raises Trouble."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [part.get("text") for part in value if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    raise Trouble("broken")


def _thinks(delta: Mapping[str, Any]) -> bool:
    """Whether a delta holds thinking: in a field of its own, or as a part of its content, as Mistral sends it."""
    parts = delta.get("content")
    named = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return any(isinstance(delta.get(name), str) and delta[name] for name in REASONING) or any(
        part.get("type") == "thinking" for part in named
    )


def counts(usage: Any) -> dict[str, int] | None:
    """The counts of a usage by our names; None unless it has whole numbers for prompt and reply."""
    if not isinstance(usage, dict):
        return None
    found = {name: _count(usage, paths) for name, paths in COUNTED.items()}
    if found["prompt_tokens"] is None or found["completion_tokens"] is None:
        return None
    return {name: number for name, number in found.items() if number is not None}


def _count(usage: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]) -> int | None:
    for path in paths:
        value: Any = usage
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS:
            return value
    return None


def _choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of the replies; {} if a chunk has none. Only one was asked for."""
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
            return choice
    return {}


def _is_error(data: Mapping[str, Any], choice: Mapping[str, Any]) -> bool:
    return bool(
        data.get("error")
        or choice.get("error")
        or "error" in (data.get("object"), data.get("type"))
        or _reason(choice) in BROKEN_OFF
        or (data.get("detail") and "choices" not in data)
    )


def _reason(choice: Mapping[str, Any]) -> str:
    """Why the model stopped, in lower case; "" if it did not."""
    reason = choice.get("finish_reason") or choice.get("finishReason")
    if not isinstance(reason, str):
        return ""
    known = reason.strip().lower()
    return REASONS.get(known, known if NAME.fullmatch(known) else OTHER)


def _said(data: str) -> str:
    try:
        return words_of(parsed(data))
    except Trouble:
        return data


def _no_number(name: str) -> Any:
    raise ValueError(name)
