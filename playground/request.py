"""What a visitor asks for: a prompt and settings, checked before anything runs.

Knows nothing about models or the page; both the page, the API and the command line go through ``RaceRequest.parse``.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Mapping

ORDERS = ("confidence", "random")
LENGTHS = (8, 128)
STEPS = (1, 128)
TEMPERATURES = (0.0, 2.0)
BLOCKS = (1, 16)
SEEDS = (0, 2**31 - 1)
PROMPT_CHARACTERS = 2000


class PlaygroundError(Exception):
    """Something a visitor can mend. ``str(error)`` says what happened and what to do; ``offers`` are prompts that work."""

    def __init__(self, message: str, offers: tuple[str, ...] = ()):
        super().__init__(message)
        self.offers = offers


class RequestError(PlaygroundError, ValueError):
    """A prompt or a setting that cannot be run."""


@dataclass(frozen=True)
class RaceRequest:
    """One race. length: canvas in tokens; steps: denoising passes; order: which masks are filled first; blocks: pieces of
    the canvas, filled left to right; same_length: bar the end token in both lanes, so that both write ``length`` tokens."""

    prompt: str
    length: int = 64
    steps: int = 16
    order: str = "confidence"
    temperature: float = 0.0
    seed: int = 0
    blocks: int = 1
    same_length: bool = True

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "RaceRequest":
        """Read untyped values, as from the page, the API or a link. Raises RequestError naming the field."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise RequestError(f"There is no setting called {', '.join(sorted(unknown))}.")
        given = {**{f.name: f.default for f in fields(cls) if f.name != "prompt"}, "prompt": "", **values}
        prompt = given["prompt"]
        if not isinstance(prompt, str):
            raise RequestError("The prompt must be text.")
        if not prompt.strip():
            raise RequestError("The prompt is empty. Type a request such as “I need to find a dentist in Fremont.”")
        if any("\ud800" <= letter <= "\udfff" for letter in prompt):
            raise RequestError("The prompt holds bytes that are not text. Type it again.")
        if len(prompt) > PROMPT_CHARACTERS:
            raise RequestError(
                f"The prompt has {len(prompt):,} characters; at most {PROMPT_CHARACTERS:,} fit. Shorten it."
            )
        if given["order"] not in ORDERS:
            raise RequestError(f"The order must be one of {', '.join(ORDERS)}, not {str(given['order'])[:40]!r}.")
        request = cls(
            prompt=prompt,
            length=whole("length", given["length"], LENGTHS),
            steps=whole("steps", given["steps"], STEPS),
            order=given["order"],
            temperature=number("temperature", given["temperature"], TEMPERATURES),
            seed=whole("seed", given["seed"], SEEDS),
            blocks=whole("blocks", given["blocks"], BLOCKS),
            same_length=yes_or_no("same_length", given["same_length"]),
        )
        if request.steps > request.length:
            raise RequestError(
                f"{request.steps} steps cannot share {request.length} tokens: each pass must place at least one. "
                f"Ask for at most {request.length} steps or a longer text."
            )
        if request.blocks > request.steps:
            raise RequestError(
                f"{request.blocks} blocks need at least {request.blocks} steps, one each; there are {request.steps}."
            )
        return request

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def number(name: str, value: Any, bounds: tuple[float, float]) -> float:
    """A finite number within bounds, or RequestError."""
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        raise RequestError(f"The {name} must be a number, not {str(value)[:40]!r}.") from None
    low, high = bounds
    if not low <= read <= high:  # also refuses NaN
        raise RequestError(f"The {name} must lie between {plain(low)} and {plain(high)}, not {plain(read)}.")
    return read


def yes_or_no(name: str, value: Any) -> bool:
    """True or false, also as JSON or a link spells them, or RequestError."""
    spelled = str(value).lower() if isinstance(value, (bool, str, int)) else ""
    if spelled not in ("true", "1", "false", "0"):
        raise RequestError(f"The {name} must be true or false, not {str(value)[:40]!r}.")
    return spelled in ("true", "1")


def plain(value: float) -> str:
    """A number as a reader writes it: 64, 0.5, 2,147,483,647."""
    return f"{value:,.0f}" if 1000 <= abs(value) < float("inf") else f"{value:g}"


def whole(name: str, value: Any, bounds: tuple[int, int]) -> int:
    """A whole number within bounds, or RequestError."""
    read = number(name, value, bounds)
    if read != int(read):
        raise RequestError(f"The {name} must be a whole number, not {read:g}.")
    return int(read)
