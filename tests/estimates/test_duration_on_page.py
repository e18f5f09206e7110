"""A time that the page plays is written as the calculator writes it, to the letter."""

import json
import shutil
import subprocess

import pytest

from playground.estimates.scenarios import duration
from playground.web.bundle import bundle
from playground.web.constants import ASSETS

TIES = [n / 4 for n in range(1, 400)]  # each lies just between two at one digit
SECONDS = [
    *(tie / 1000 for tie in TIES),
    *TIES,
    *(60 * tie for tie in TIES),
    *(3600 * tie for tie in TIES),
    3.6e6,
    1 / 3,
]


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_the_page_writes_the_calculators_times():
    script = bundle(ASSETS, "panels/paces.js") + f"console.log(JSON.stringify({json.dumps(SECONDS)}.map(duration)))"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [duration(seconds) for seconds in SECONDS]
