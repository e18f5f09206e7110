"""Gradio's HTML and Plot components with a cached configuration, and HTML without gradio's style.

Gradio builds the configuration of every component again for each new visitor (state_holder.SessionState): it reads
signatures, searches each script for names of events, and checks whether bokeh is installed. For this page that took 12
ms of the interpreter, possibly during a race. Our components do not change after the page is built, so the first result
is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from playground.ui.components.answers import heard
from playground.ui.components.template import in_template

if TYPE_CHECKING:  # at run time the mixin must not be a Component, because gradio writes files for each such class
    Mixed = gr.components.Component
else:
    Mixed = object


class Settled(Mixed):
    """A mixin that builds a component's configuration once. Each call returns a copy, because gradio modifies the
    dict."""

    _config: dict[str, Any] | None = None

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]  # as gradio's own HTML has it
        if self._config is None:  # the first call comes when the page has been built, with all its events
            # If our script quotes the name of an argument, gradio takes it for an event and adds its listener here. The
            # listener refers to the component, the streams and the engine: gradio copied the weights for each visitor.
            self._config = {name: value for name, value in super().get_config().items() if not callable(value)}
        return dict(self._config)


class Bare(Settled, gr.HTML):
    """HTML without gradio's style.

    html_template: plain HTML; it is escaped so that gradio finds no template code in it.
    server_functions: each takes one text, see ``answers.heard``.
    """

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

    def api_info_as_input(self) -> dict[str, Any]:  # defined here, else gradio searches the script for it each time
        return self.api_info()

    def api_info_as_output(self) -> dict[str, Any]:
        return self.api_info()


class Plot(Settled, gr.Plot):
    """A chart with a cached configuration."""
