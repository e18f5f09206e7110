"""The arguments of the API's function, from the table of settings: a function of many arguments that nobody writes by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from playground.request.settings_table import ON_PAGE

GIVEN_BY_GRADIO = {"request": gr.Request, "event": gr.EventData}  # the last arguments; the API does not show them
Function = TypeVar("Function", bound=Callable[..., Any])


def signature() -> inspect.Signature:
    """Every setting that the page has, in its public order, then what gradio gives."""
    types: dict[str, Any] = {**dict.fromkeys(ON_PAGE, Any), **GIVEN_BY_GRADIO}
    return inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=type)
            for name, type in types.items()
        ]
    )


def signed(function: Function) -> Function:
    """A function of ``*given``, which gradio from now on takes for one of these arguments."""
    signed: Any = function
    signed.__signature__ = signature()
    signed.__annotations__ = {name: each.annotation for name, each in signed.__signature__.parameters.items()}
    return function


def by_name(given: tuple[Any, ...]) -> tuple[dict[str, Any], gr.Request, gr.EventData]:
    """The arguments of a call: the settings by name, the request and the event."""
    values = signature().bind(*given).arguments
    request, event = (values.pop(name) for name in GIVEN_BY_GRADIO)
    return values, request, event
