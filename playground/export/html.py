"""A run as one HTML file: the stage's own script and style, its fonts and the trace inside. It opens from disk, offline."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from playground.export.caption import caption, title
from playground.trace.trace import Trace
from playground.ui.stage_code import stage_css, stage_script

# Nothing may be fetched, whatever the trace holds; scripts and styles are the ones in the file.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)

STYLE = """
html, body { margin: 0; background: var(--ground); color: var(--ink); }
main { max-width: 1760px; margin: 0 auto; padding: 0 32px 20px; }
.file-head { display: flex; align-items: baseline; gap: 14px; padding: 14px 0 12px; font: 15px/1.45 var(--prose); }
.file-head h1 { font-size: 17px; line-height: 1.3; margin: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.file-foot { margin: 12px 0 0; padding-top: 10px; border-top: 1px solid var(--rule); font: 13px/1.5 var(--prose); color: var(--faint); overflow-wrap: anywhere; }
@media (max-width: 760px) { main { padding: 0 14px 14px; } .file-head { padding: 8px 0 6px; } }
"""

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header class="file-head"><h1>{title}</h1></header>
<div class="stage"></div>
<p class="file-foot">{caption}</p>
<noscript><p class="file-foot">This replay needs JavaScript.</p></noscript>
</main>
<script type="application/json" id="run">"""

FOOT = """</script>
<script>
{script}
mountStage(document.querySelector('.stage'), {{ below: 84 }})
  .receive({{ kind: 'trace', trace: JSON.parse(document.querySelector('#run').textContent), recorded: true, words: '' }});
</script>
</body>
</html>
"""


def to_html(trace: Trace) -> Iterator[str]:
    """The whole file as text, in pieces, so that a long run is not held once more."""
    yield HEAD.format(
        policy=POLICY, title=escape(title(trace)), caption=escape(caption(trace)), style=stage_css() + STYLE
    )
    for piece in trace.pieces():
        yield harmless(piece)
    yield FOOT.format(script=stage_script())


def harmless(text: str) -> str:
    """JSON that no HTML parser can take for a tag, whatever a prompt or a token holds."""
    return text.replace("<", "\\u003c")
