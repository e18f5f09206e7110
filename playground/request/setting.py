"""What a setting is: plain records, and how a field of a dataclass carries one. No setting is named here.

Python and the browser ask a setting's type what to do with it: how a value is read, which control shows it, how it is worded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from playground.request.rules import Rule

LaneKind = Literal["diffusion", "ar"]
LAST = 1000  # a row below all others of a group
Value = TypeVar("Value")


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    low: int  # included
    high: int  # included
    step: int | None = None  # of its slider; None for a number that is typed
    unit: tuple[str, str] | None = None  # what it counts, for one and for many, where a title counts it
    at_most: str = ""  # the setting that it may not exceed
    dice: bool = False  # whether a button draws another one


@dataclass(frozen=True)
class Number:
    """A finite number."""

    low: float  # included
    high: float  # included
    step: float  # of its slider


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    flag: str = ""  # of the command line: it turns the default round


@dataclass(frozen=True)
class Text:
    """One line of text, which may be empty."""

    example: str = ""


@dataclass(frozen=True)
class Choice:
    """The name of a rule."""

    rules: Mapping[str, Rule]
    words: Mapping[str, str] = field(default_factory=dict)  # rule -> how a title says it, where its label does not do


@dataclass(frozen=True)
class Level:
    """The number that tunes a rule, with the rule's own bounds; None for the rule's own number."""

    of: str  # the setting that names the rule


@dataclass(frozen=True)
class Prompt:
    """The text that both lanes continue; never empty."""


@dataclass(frozen=True)
class Rival:
    """The settings of another sampler, as playground/request/rival.py reads them."""


@dataclass(frozen=True)
class Lanes:
    """The models of a race with their samplers, as playground/request/lanes.py reads them."""


@dataclass(frozen=True)
class Branch:
    """A frame to go on from, as playground/request/branch.py reads it. It is in no link and on no command line."""


SettingType = Whole | Number | YesNo | Text | Choice | Level | Prompt | Rival | Lanes | Branch


@dataclass(frozen=True)
class Setting:
    """One setting of a race. ``setting`` makes it; ``settings_in`` gives it its name and its default."""

    type: SettingType
    argument: (
        int  # its place among the API's arguments, from 0. Public: it never changes, and a new setting takes the next
    )
    lanes: tuple[LaneKind, ...]  # the kinds of lane that take it; to all others it makes no difference
    label: str = ""  # of its control
    help: str = ""  # what it does, under its control
    command: str = ""  # the same on the command line; empty for ``help``
    group: str = (
        ""  # the heading over its control; empty where the page has none, as for the prompt, which stands by itself
    )
    row: int = LAST  # its place under that heading
    needs: str = ""  # a number at whose 0 this setting does nothing
    gives_way: bool = False  # whether a link leaves it out first, where it does not go with another setting
    name: str = ""  # in Python, the API, links and run files
    default: Any = None


def setting(default: Value, type: SettingType, argument: int, lanes: tuple[LaneKind, ...], **about: Any) -> Value:
    """A field of a dataclass that is a setting. about: the other fields of ``Setting``. To a type checker it is its default."""
    made: Any = field(default=default, metadata=entry(type, argument, lanes, **about))
    return made


def entry(type: SettingType, argument: int, lanes: tuple[LaneKind, ...], **about: Any) -> dict[str, Setting]:
    """A setting as metadata of a field, for a field without a default."""
    return {"setting": Setting(type, argument, lanes, **about)}


def settings_in(cls: Any) -> tuple[Setting, ...]:
    """The settings that a dataclass declares, in the order of its fields."""
    return tuple(
        replace(declared.metadata["setting"], name=declared.name, default=declared.default)
        for declared in fields(cls)
        if "setting" in declared.metadata
    )
