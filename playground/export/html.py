"""A run as one HTML file: the stage's own script and style, its fonts and the trace inside. It opens from disk, offline."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from playground.export.caption import caption, title
from playground.trace.trace import Trace
from playground.web.stage_code import stage_css, stage_script
from playground.web.templates import stream

# Nothing may be fetched, whatever the trace holds; scripts and styles are the ones in the file.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)


def to_html(trace: Trace) -> Iterator[str]:
    """The whole file as text, in pieces, so that a long run is not held once more."""
    return stream(
        "files/replay.html",
        policy=POLICY,
        title=title(trace),
        caption=caption(trace),
        css=Markup(stage_css()),
        run=(Markup(harmless(piece)) for piece in trace.pieces()),
        script=Markup(stage_script()),
    )


def harmless(text: str) -> str:
    """JSON that no HTML parser can take for a tag, whatever a prompt or a token holds."""
    return text.replace("<", "\\u003c")
