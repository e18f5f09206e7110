"""The page's table of figures says what the terminal's says, to the letter."""

import json
import shutil
import subprocess

import pytest

from playground.metrics.table import peak_line, rows
from playground.trace.trace import Trace
from playground.web.bundle import bundle
from playground.web.constants import ASSETS, CONSTANTS, MODULE

RECORDED = [Trace.loads(path.read_text(encoding="utf-8")).verdict for path in sorted(ASSETS.glob("traces/*.json"))]
SERVED = {
    "a": {
        "ms": 1234.56,
        "arrivals": 4,
        "unit": "chunks",
        "first_text_ms": 400.04,
        "connect_ms": 41.0,
        "char_per_s": 51234.0,
    },
    "b": {
        "ms": 40.0,
        "passes": 8,
        "remasks": 0,
        "replacements": 3,
        "tok_per_s": 987654.3,
        "right": False,
        "broken": True,
    },
}
ODD = {
    "a": {
        "flops_per_pass": 1125000,
        "entropy": 0.375,
        "tokens_per_pass": 0.5,
        "tok_per_s": 2.5,
        "bytes_per_pass": 5,
        "flops_share": 0.0004,
        "bytes_share": 1.234,
        "repeated": True,
    },
    "b": {
        "distinct_1": 0.5,
        "distinct_2": None,
        "distinct_3": 0.126,
        "bits_per_byte": 1.239,
        "perplexity": 12345.25,
        "entropy": 0.125,
        "tokens_per_pass": 2.35,
    },
}
CASES = [
    *(
        (verdict["lanes"], verdict.get("scorer") or "the AR twin", shared)
        for verdict in RECORDED
        for shared in (True, False)
    ),
    (SERVED, "the AR twin", False),
    (ODD, "a judge", True),
    ({"a": {}}, "a judge", True),
]


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_the_page_has_the_terminals_table():
    assert len(RECORDED) > 0
    peak = {"flops_per_s": 188_900_000_000.0, "bytes_per_s": 23_300_000_000.0}
    given = json.dumps([[list(lanes.values()), shared, scorer] for lanes, scorer, shared in CASES])
    script = bundle(ASSETS, "stage/figures_table.js", {MODULE: CONSTANTS})
    script += f"console.log(JSON.stringify([{given}.map((one) => figureRows(...one)), peakLine({json.dumps(peak)})]))"
    told, line = json.loads(
        subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True).stdout
    )
    for (lanes, scorer, shared), on_page in zip(CASES, told, strict=True):
        assert [(label, texts) for label, texts in on_page] == rows(lanes, scorer, shared)
    assert line == peak_line(peak)
