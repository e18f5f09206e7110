"""What a visitor asks for: a prompt and settings, checked before anything runs.

Knows nothing about models or the page; both the page, the API and the command line go through ``RaceRequest.parse``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from playground import versus as rivals
from playground.denoise.settings import DenoiseSettings
from playground.resume import Resume, is_text, settings_of

LENGTHS = (8, 512)  # tokens; a model may hold fewer, and says so
STEPS = (1, 512)
TEMPERATURES = (0.0, 2.0)
BLOCKS = (1, 16)
SEEDS = (0, 2**31 - 1)
GUIDANCES = (0.0, 4.0)
TOP_PS = (0.01, 1.0)
TOP_KS = (0, 1000)  # 0 for no limit
SHARES = (0.0, 1.0)
PROMPT_CHARACTERS = 2000
RULES = ("noise", "commit", "revise", "cache")  # settings that name a rule of denoise/rules.py
LEVELS = ("commit_level", "revise_level")
BLANK = re.compile(r" *___+(?:\{([0-9]{1,3})\})?")  # a blank in a prompt, with its number of tokens
BLANK_TOKENS, LONGEST_BLANK = 3, 64


class PlaygroundError(Exception):
    """Something a visitor can mend. ``str(error)`` says what happened and what to do; ``offers`` are prompts that work."""

    def __init__(self, message: str, offers: tuple[str, ...] = ()):
        super().__init__(message)
        self.offers = offers


class RequestError(PlaygroundError, ValueError):
    """A prompt or a setting that cannot be run."""


@dataclass(frozen=True)
class RaceRequest:
    """One race.

    prompt: what both lanes continue; with blanks (``___``, or ``___{8}`` for eight tokens) a text whose blanks are filled; with
    ``share`` above 0 a text of which that share is turned into noise and mended. length: canvas in tokens, where neither
    is asked. steps, commit, temperature, seed, blocks, noise, revise, cache, guidance and levels: see
    denoise.settings.DenoiseSettings. same_length: bar the end token in both lanes, so that both write ``length`` tokens.
    places: words that must stand at a place, as ``12=dentist; 30=in Fremont`` (tokens from the start of the reply). ending: text
    with which the reply must end. resume: a frame of an earlier run with edits, to go on from. versus: another sampler as rival, in
    place of the AR twin (playground/versus.py). top_p, top_k: of both lanes, where the temperature is above 0: draw from the smallest
    set of the likeliest tokens that holds this share of the probability, and from so many of the likeliest (0: from all).
    """

    prompt: str
    length: int = 64
    steps: int = 16
    commit: str = "spread"
    temperature: float = 0.0
    seed: int = 0
    blocks: int = 1
    same_length: bool = True
    noise: str = "mask"
    commit_level: float | None = None
    revise: str = "none"
    revise_level: float | None = None
    cache: str = "none"
    guidance: float = 0.0
    share: float = 0.0
    places: str = ""
    ending: str = ""
    resume: Resume | None = None
    versus: str = ""
    top_p: float = 1.0
    top_k: int = 0

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RaceRequest:
        """Read untyped values, as from the page, the API or a link. Raises RequestError naming the field."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise RequestError(f"There is no setting called {', '.join(sorted(unknown))}.")
        given = {**{f.name: f.default for f in fields(cls) if f.name != "prompt"}, "prompt": "", **values}
        brought = settings_of(given["resume"])
        given |= {name: value for name, value in brought.items() if name in given and name != "resume"}
        if not isinstance(given["prompt"], str):
            raise RequestError("The prompt must be text.")
        if not given["prompt"].strip():
            raise RequestError("The prompt is empty. Type a request such as “I need to find a dentist in Fremont.”")
        try:
            resume = Resume.parse(given["resume"])
            versus = "" if resume else rivals.read(given["versus"])  # a branch goes on alone
        except ValueError as error:
            raise RequestError(str(error)) from None
        rules: dict[str, Any] = {name: str(given[name]) for name in RULES} | {
            name: level(name, given[name]) for name in LEVELS
        }
        request = cls(
            prompt=text("prompt", given["prompt"]),
            length=whole("length", given["length"], LENGTHS),
            steps=whole("steps", given["steps"], STEPS),
            temperature=number("temperature", given["temperature"], TEMPERATURES),
            seed=whole("seed", given["seed"], SEEDS),
            blocks=whole("blocks", given["blocks"], BLOCKS),
            same_length=yes_or_no("same_length", given["same_length"]),
            guidance=number("guidance", given["guidance"], GUIDANCES),
            share=number("share", given["share"], SHARES),
            places=text("places", given["places"]),
            ending=text("ending", given["ending"]),
            resume=resume,
            versus=versus,
            top_p=number("top_p", given["top_p"], TOP_PS),
            top_k=whole("top_k", given["top_k"], TOP_KS),
            **rules,
        )
        _ = request.pins  # readable
        if request.share and (request.places or request.ending or request.resume):
            raise RequestError(
                "A corrupted text has its own words already: leave places, ending and resume out, or set the share to 0."
            )
        try:
            settings = request.denoising
        except ValueError as error:
            raise RequestError(str(error)) from None
        if request.plain and not settings.adaptive and request.steps > request.length:
            raise RequestError(
                f"{request.steps} steps cannot share {request.length} tokens: each pass must place at least one. "
                f"Ask for at most {request.length} steps or a longer text."
            )
        _ = request.rival  # can be run as well
        return request

    @property
    def plain(self) -> bool:
        """Whether the canvas is nothing but noise behind the prompt."""
        return not (self.share or self.places or self.ending or self.resume or "___" in self.prompt)

    @property
    def rival(self) -> RaceRequest | None:
        """The request of lane B, where another sampler is the rival. Raises RequestError."""
        if not self.versus:
            return None
        try:
            return RaceRequest.parse(rivals.applied(self.to_json(), self.versus))
        except RequestError as error:
            raise RequestError(f"Sampler B: {error}") from None

    @property
    def denoising(self) -> DenoiseSettings:
        """The sampler's settings. Raises ValueError with a sentence where they mean nothing together."""
        return DenoiseSettings(
            self.steps,
            self.noise,
            self.commit,
            self.commit_level,
            self.revise,
            self.revise_level,
            self.blocks,
            self.cache,
            self.temperature,
            self.guidance,
            self.seed,
            bar_end=self.same_length,
            top_p=self.top_p,
            top_k=self.top_k,
        )

    @property
    def pins(self) -> dict[int, str]:
        """``places`` read: words by their place. Raises RequestError."""
        pins = {}
        for part in filter(None, (part.strip() for part in self.places.split(";"))):
            place, equals, words = part.partition("=")
            if not (equals and re.fullmatch(r"[0-9]{1,3}", place.strip()) and words.strip()):
                raise RequestError(
                    f"Places are written as 12=dentist; 30=in Fremont. This cannot be read: {part[:40]!r}."
                )
            if int(place) in pins:
                raise RequestError(f"Two words are to stand at place {int(place)}. Move one of them.")
            pins[int(place)] = words.strip()
        return pins

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def text(name: str, value: Any) -> str:
    """Text that is not too long and holds only characters, or RequestError. Nothing counts as empty."""
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise RequestError(f"The {name} must be text.")
    if not is_text(value):
        raise RequestError(f"The {name} holds bytes that are not text. Type it again.")
    if len(value) > PROMPT_CHARACTERS:
        raise RequestError(f"The {name} has {len(value):,} characters; at most {PROMPT_CHARACTERS:,} fit. Shorten it.")
    return value


def level(name: str, value: Any) -> float | None:
    """A number, or None where nothing is given: the rule's own. Its rule knows the bounds."""
    return None if value is None or value == "" else number(name, value, (-1e9, 1e9))


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
