"""Writes a run as one HTML file that contains the stage's script, style and fonts and the trace. It opens from disk,
offline."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from playground.export.caption import caption, title
from playground.trace.trace import Trace
from playground.web.stage_code import inspector_script, late_css, stage_css, stage_script
from playground.web.templates import stream

# The page cannot load anything, whatever the trace contains; all scripts and styles are in the file.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)


def to_html(trace: Trace) -> Iterator[str]:
    """The file as text, in pieces, so that a long run is not copied in memory."""
    return stream(
        "files/replay.html",
        policy=POLICY,
        title=title(trace),
        caption=caption(trace),
        css=Markup(stage_css() + late_css()),
        run=(Markup(harmless(piece)) for piece in trace.pieces()),
        script=Markup(stage_script() + inspector_script()),
    )


def harmless(text: str) -> str:
    """Escape JSON so that an HTML parser finds no tag in it, whatever a prompt or a token contains."""
    return text.replace("<", "\\u003c")
