"""Turns off work that gradio repeats without need. Import this module before the page is built.

Gradio imports matplotlib before and after each message of a race, and bokeh for each new visitor. If they are not
installed, Python searches all its folders each time, which takes the interpreter nearly 1 ms while passes are timed.
After each race gradio also aggregates the last 10,000 events with pandas, for a dashboard that this page does not
have.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

for name in ("matplotlib", "bokeh"):
    if find_spec(name) is None:
        # With None in sys.modules an import fails at once, see "The module cache" in Python's reference.
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]

os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
