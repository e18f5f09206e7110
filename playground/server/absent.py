"""What gradio does again and again for nothing, told once that it need not. Imported before the page is built.

Before and after each message of a race gradio imports matplotlib, and for each new visitor bokeh; where they are not installed,
Python looks through all its folders each time, close to 1 ms of the interpreter beside somebody's timed passes. After each race gradio
sums up the last 10,000 for a dashboard that this page does not have, in pandas.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

for name in ("matplotlib", "bokeh"):
    if find_spec(name) is None:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # an import fails at once, see "The module cache" of Python's reference

os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
