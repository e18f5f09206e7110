"""Gradio's components as this page uses them: HTML without gradio's own style, and plots, that describe themselves once.

Gradio makes the configuration of every component anew for each new visitor (state_holder.SessionState): it reads signatures, looks
through each script for names of events, and asks whether bokeh is installed. For this page that took 12 ms of the interpreter, in
the middle of somebody's race. Nothing in ours changes after the page is built, so the first answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from playground.ui.components.answers import heard
from playground.ui.components.template import in_template

if TYPE_CHECKING:  # what it is mixed into; gradio makes files for every class that is a component
    Mixed = gr.components.Component
else:
    Mixed = object


class Settled(Mixed):
    """A component whose configuration is made once. Gradio writes values into what it gets, so everyone gets a dict of their own."""

    _config: dict[str, Any] | None = None

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]  # as gradio's own HTML has it
        if self._config is None:  # asked for the first time when the page is built, with all its events
            # An argument of ours that our script names in quotes is an event to gradio, and its listener would stand here, which
            # holds the component, the streams and the engine: gradio copied all of it, weights included, for each page opened.
            self._config = {name: value for name, value in super().get_config().items() if not callable(value)}
        return dict(self._config)


class Bare(Settled, gr.HTML):
    """What the template holds, and no more. html_template: HTML, in which gradio finds no code; server_functions: each takes text, see
    ``answers.heard``."""

    def __init__(
        self,
        value: Any = None,
        html_template: str = "",
        server_functions: Sequence[Callable[[str], Any]] = (),
        **kwargs: Any,
    ):
        super().__init__(
            value=value,
            html_template=in_template(html_template),
            apply_default_css=False,
            server_functions=[heard(one) for one in server_functions],
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}

    def api_info_as_input(self) -> dict[str, Any]:  # gradio would look for this name in the script, each time
        return self.api_info()

    def api_info_as_output(self) -> dict[str, Any]:
        return self.api_info()


class Plot(Settled, gr.Plot):
    """A chart."""
