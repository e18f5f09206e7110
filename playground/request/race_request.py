"""The request for a race: a prompt and settings, checked before anything runs.

The page, the API and the command line all call ``RaceRequest.parse``. The settings are declared in settings_table.py.
Nothing here depends on the models or the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from playground.request import lanes as lane_requests
from playground.request import rival as rivals
from playground.request.branch import settings_of
from playground.request.fields import RequestError
from playground.request.reading import read
from playground.request.sampler_settings import DenoiseSettings
from playground.request.settings_table import LENGTHS as LENGTHS
from playground.request.settings_table import SAMPLER, SETTINGS, RaceSettings, defaults

BLANK = re.compile(r" *___+(?:\{([0-9]{1,3})\})?")  # a blank in a prompt, with its number of tokens
BLANK_TOKENS, LONGEST_BLANK = 3, 64


@dataclass(frozen=True)
class RaceRequest(RaceSettings):
    """A checked request for one race."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RaceRequest:
        """Read untyped values by name, from the page, the API or a link. Raises RequestError with a sentence."""
        if unknown := set(values) - set(SETTINGS):
            raise RequestError(f"There is no setting called {', '.join(sorted(unknown))}.")
        given = {**defaults(), "prompt": "", **values}
        brought = settings_of(given["resume"])
        given |= {name: value for name, value in brought.items() if name in SETTINGS and name != "resume"}
        if given["resume"]:
            given |= {"versus": "", "lanes": ""}  # a branch has one lane
        request = cls(**{name: read(setting, given[name]) for name, setting in SETTINGS.items()})
        request.validate()
        return request

    def validate(self) -> None:
        """Raises RequestError with a sentence if the settings conflict."""
        read_places(self.places)
        self._check_given_words()
        self._check_sampler()
        self._check_lanes()

    def _check_given_words(self) -> None:
        if self.share and (self.places or self.ending or self.resume):
            raise RequestError(
                "A corrupted text has its own words already: leave places, ending and resume out, or set the share to 0."
            )

    def _check_sampler(self) -> None:
        try:
            sampler = self.denoising
        except ValueError as error:
            raise RequestError(str(error)) from None
        if self.plain and not sampler.adaptive and self.steps > self.length:
            raise RequestError(
                f"{self.steps} steps cannot share {self.length} tokens: each pass must place at least one. "
                f"Ask for at most {self.length} steps or a longer text."
            )

    def _check_lanes(self) -> None:
        if self.lanes and self.versus:
            raise RequestError("The lanes name their samplers already: leave versus out.")
        try:
            lanes = lane_requests.parse(self.lanes)
        except ValueError as error:
            raise RequestError(str(error)) from None
        samplers = [lane.changes for lane in lanes] or ["", self.versus]
        for letter, changes in zip("ABC", samplers):
            if changes:
                self.with_sampler(changes, letter)

    @property
    def plain(self) -> bool:
        """Whether all positions after the prompt start as noise."""
        return not (self.share or self.places or self.ending or self.resume or "___" in self.prompt)

    @property
    def rival(self) -> RaceRequest | None:
        """The request for lane B if ``versus`` names another sampler, else None. Raises RequestError."""
        return self.with_sampler(self.versus, "B") if self.versus else None

    def with_sampler(self, changes: str, letter: str) -> RaceRequest:
        """The request for one lane. Raises RequestError.

        changes: the sampler settings in which the lane differs, as JSON text from rival.read. letter: of the lane, for
        errors.
        """
        if not changes:
            return replace(self, versus="", lanes="")
        try:
            return RaceRequest.parse(rivals.applied(self.to_json(), changes))
        except RequestError as error:
            raise RequestError(f"Sampler {letter}: {error}") from None

    @property
    def denoising(self) -> DenoiseSettings:
        """The sampler's settings. Raises ValueError with a sentence if they conflict."""
        sampler = {name: getattr(self, name) for name in SAMPLER}
        return DenoiseSettings(**sampler, seed=self.seed, bar_end=self.same_length)

    @property
    def pins(self) -> dict[int, str]:
        """The words of ``places``, by their place. Raises RequestError."""
        return read_places(self.places)

    def to_json(self) -> dict[str, Any]:
        """Every setting by name, in the order of the API."""
        values = asdict(self)
        return {name: values[name] for name in SETTINGS}


def read_places(places: str) -> dict[int, str]:
    """The words by their place, from text such as ``12=dentist; 30=in Fremont``. Places count tokens of the reply, from
    0. Raises RequestError."""
    pins = {}
    for part in filter(None, (part.strip() for part in places.split(";"))):
        place, equals, words = part.partition("=")
        if not (equals and re.fullmatch(r"[0-9]{1,3}", place.strip()) and words.strip()):
            raise RequestError(f"Places are written as 12=dentist; 30=in Fremont. This cannot be read: {part[:40]!r}.")
        if int(place) in pins:
            raise RequestError(f"Two words are to stand at place {int(place)}. Move one of them.")
        pins[int(place)] = words.strip()
    return pins
