"""Reads the value of a setting according to the setting's type."""

from __future__ import annotations

from typing import Any, assert_never

from playground.request import lanes, picture, rival
from playground.request.branch import Resume
from playground.request.fields import RequestError, level, number, prompt, text, whole, yes_or_no
from playground.request.setting import (
    Branch,
    Choice,
    Lanes,
    Level,
    Number,
    Picture,
    Prompt,
    Rival,
    Setting,
    Text,
    Whole,
    YesNo,
)


def read(setting: Setting, value: Any) -> Any:
    """The checked value of a setting. Raises RequestError with a sentence that names the setting. value: untyped."""
    try:
        return _read(setting, value)
    except RequestError:
        raise
    except ValueError as error:
        raise RequestError(str(error)) from None
    except RecursionError:
        raise RequestError(f"The {setting.name} holds lists in lists, too deep to be read. Leave it out.") from None


def _read(setting: Setting, value: Any) -> Any:
    match setting.type:
        case Whole(low=low, high=high):
            return whole(setting.name, value, (low, high))
        case Number(low=low, high=high):
            return number(setting.name, value, (low, high))
        case YesNo():
            return yes_or_no(setting.name, value)
        case Text():
            return text(setting.name, value)
        case Choice():
            return str(value)  # DenoiseSettings checks the name of the rule
        case Level():
            return level(setting.name, value)
        case Prompt():
            return prompt(value)
        case Picture():
            return picture.read(value)
        case Rival():
            return rival.read(value)
        case Lanes():
            return lanes.read(value)
        case Branch():
            return Resume.parse(value)
        case other:
            assert_never(other)
