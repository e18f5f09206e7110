"""The record of a setting, its types, and the way a dataclass field carries it. This file names no setting.

A setting's type decides how Python and the browser read its value, which control shows it and how a title words it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from playground.request.rules import Rule

LaneKind = Literal["diffusion", "ar"]
LAST = 1000  # a row after all others of a group
Value = TypeVar("Value")


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    low: int  # included
    high: int  # included
    step: int | None = None  # of its slider; None for a text field
    unit: tuple[str, str] | None = None  # singular and plural of its unit in titles, e.g. pass and passes
    at_most: str = ""  # the name of a setting whose value it may not exceed
    dice: bool = False  # whether its control has a button that draws a random value


@dataclass(frozen=True)
class Number:
    """A finite number."""

    low: float  # included
    high: float  # included
    step: float  # of its slider


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    flag: str = ""  # the command-line flag that inverts the default


@dataclass(frozen=True)
class Text:
    """One line of text, which may be empty."""

    example: str = ""  # the placeholder of its text field


@dataclass(frozen=True)
class Choice:
    """The name of a rule."""

    rules: Mapping[str, Rule]
    words: Mapping[str, str] = field(default_factory=dict)  # rule -> its words in a title; the default is its label


@dataclass(frozen=True)
class Level:
    """The number that tunes a rule, within the rule's bounds; None for the rule's default."""

    of: str  # the name of the setting that chooses the rule


@dataclass(frozen=True)
class Prompt:
    """The text that both lanes continue; never empty."""


@dataclass(frozen=True)
class Rival:
    """The settings of another sampler, as playground/request/rival.py reads them."""


@dataclass(frozen=True)
class Picture:
    """A picture beside the prompt, as playground/request/picture.py reads it. Links and the command line lack it."""


@dataclass(frozen=True)
class Lanes:
    """The models of a race with their samplers, as playground/request/lanes.py reads them."""


@dataclass(frozen=True)
class Branch:
    """A frame from which a branch continues, as playground/request/branch.py reads it. Links and the command line lack
    it."""


SettingType = Whole | Number | YesNo | Text | Choice | Level | Prompt | Picture | Rival | Lanes | Branch


@dataclass(frozen=True)
class Setting:
    """One setting of a race. ``setting`` and ``entry`` create it; ``settings_in`` fills in its name and default."""

    type: SettingType
    argument: int  # index among the API's arguments, from 0. Public: it never changes; a new setting takes the next
    lanes: tuple[LaneKind, ...]  # the kinds of lane that use it; other lanes ignore it
    label: str = ""  # of its control
    help: str = ""  # the sentence under its control
    command: str = ""  # its help on the command line; empty for ``help``
    group: str = ""  # the heading above its control; empty for a setting without a group, such as the prompt
    row: int = LAST  # its place in the group
    needs: str = ""  # the name of a numeric setting; while that is 0, this setting has no effect
    gives_way: bool = False  # whether a link with conflicting settings drops this one first
    name: str = ""  # in Python, the API, links and run files
    default: Any = None


def setting(default: Value, type: SettingType, argument: int, lanes: tuple[LaneKind, ...], **about: Any) -> Value:
    """A dataclass field with a default that declares a setting. The return type is that of the default, for type
    checkers.

    argument, lanes, about: fields of ``Setting``.
    """
    made: Any = field(default=default, metadata=entry(type, argument, lanes, **about))
    return made


def entry(type: SettingType, argument: int, lanes: tuple[LaneKind, ...], **about: Any) -> dict[str, Setting]:
    """A setting as the metadata of a dataclass field; for fields without a default, call this directly."""
    return {"setting": Setting(type, argument, lanes, **about)}


def settings_in(cls: Any) -> tuple[Setting, ...]:
    """The settings that a dataclass declares, in the order of its fields."""
    return tuple(
        replace(declared.metadata["setting"], name=declared.name, default=declared.default)
        for declared in fields(cls)
        if "setting" in declared.metadata
    )
