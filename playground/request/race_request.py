"""What a visitor asks for: a prompt and settings, checked before anything runs.

Knows nothing about models or the page; both the page, the API and the command line go through ``RaceRequest.parse``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from playground.request import lanes as lane_requests
from playground.request import rival as rivals
from playground.request.branch import Resume, settings_of
from playground.request.fields import RequestError, level, number, text, whole, yes_or_no
from playground.request.sampler_settings import DenoiseSettings

LENGTHS = (8, 512)  # tokens; a model may hold fewer, and says so
STEPS = (1, 512)
TEMPERATURES = (0.0, 2.0)
BLOCKS = (1, 16)
SEEDS = (0, 2**31 - 1)
GUIDANCES = (0.0, 4.0)
TOP_PS = (0.01, 1.0)
TOP_KS = (0, 1000)  # 0 for no limit
SHARES = (0.0, 1.0)
RULES = ("noise", "commit", "revise", "cache")  # settings that name a rule of request/rules.py
LEVELS = ("commit_level", "revise_level")
BLANK = re.compile(r" *___+(?:\{([0-9]{1,3})\})?")  # a blank in a prompt, with its number of tokens
BLANK_TOKENS, LONGEST_BLANK = 3, 64


@dataclass(frozen=True)
class RaceRequest:
    """One race.

    prompt: what both lanes continue; with blanks (``___``, or ``___{8}`` for eight tokens) a text whose blanks are filled; with
    ``share`` above 0 a text of which that share is turned into noise and mended. length: canvas in tokens, where neither
    is asked. steps, commit, temperature, seed, blocks, noise, revise, cache, guidance and levels: see
    denoise.settings.DenoiseSettings. same_length: bar the end token in both lanes, so that both write ``length`` tokens.
    places: words that must stand at a place, as ``12=dentist; 30=in Fremont`` (tokens from the start of the reply). ending: text
    with which the reply must end. resume: a frame of an earlier run with edits, to go on from. versus: another sampler as rival, in
    place of the AR twin (playground/request/rival.py). lanes: the models of the race, each with its sampler (playground/request/lanes.py); with these versus must be empty. top_p, top_k: of both lanes, where the temperature is above 0: draw from the smallest
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
    lanes: str = ""

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
            lanes = "" if resume else lane_requests.read(given["lanes"])
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
            lanes=lanes,
            **rules,
        )
        _ = request.pins  # readable
        if request.lanes and request.versus:
            raise RequestError("The lanes name their samplers already: leave versus out.")
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
        for n, lane in enumerate(lane_requests.parse(lanes)):
            request.with_sampler(lane.changes, "ABC"[n])
        return request

    @property
    def plain(self) -> bool:
        """Whether the canvas is nothing but noise behind the prompt."""
        return not (self.share or self.places or self.ending or self.resume or "___" in self.prompt)

    @property
    def rival(self) -> RaceRequest | None:
        """The request of lane B, where another sampler is the rival. Raises RequestError."""
        return self.with_sampler(self.versus, "B") if self.versus else None

    def with_sampler(self, changes: str, letter: str) -> RaceRequest:
        """The same request for one lane. changes: JSON text of the sampler's settings in which it differs, as rival.read spells them;
        letter: of the lane, for what is wrong. Raises RequestError."""
        if not changes:
            return replace(self, versus="", lanes="")
        try:
            return RaceRequest.parse(rivals.applied(self.to_json(), changes))
        except RequestError as error:
            raise RequestError(f"Sampler {letter}: {error}") from None

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
