"""Derives the signature of the API's function from the table of settings, so that nobody writes its arguments by
hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from playground.request.settings_table import ON_PAGE

GIVEN_BY_GRADIO = {"request": gr.Request, "event": gr.EventData}  # arguments that gradio adds; the API hides them
Function = TypeVar("Function", bound=Callable[..., Any])


def signature() -> inspect.Signature:
    """All settings on the page, in their public order, then the arguments that gradio adds."""
    types: dict[str, Any] = {**dict.fromkeys(ON_PAGE, Any), **GIVEN_BY_GRADIO}
    return inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=type)
            for name, type in types.items()
        ]
    )


def signed(function: Function) -> Function:
    """Give a function of ``*given`` the signature above, which gradio reads. Returns the same function."""
    signed: Any = function
    signed.__signature__ = signature()
    signed.__annotations__ = {name: each.annotation for name, each in signed.__signature__.parameters.items()}
    return function


def by_name(given: tuple[Any, ...]) -> tuple[dict[str, Any], gr.Request, gr.EventData]:
    """The arguments of a call: the values of the settings by name, the request and the event."""
    values = signature().bind(*given).arguments
    request, event = (values.pop(name) for name in GIVEN_BY_GRADIO)
    return values, request, event
