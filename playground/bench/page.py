"""Measures in a headless browser what a visitor notices: the time to the first motion after opening and to the first
frames after Run, how smoothly the stage plays, and how soon it draws a received message."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from playground.bench.chromium import ARGUMENTS, installed
from playground.engine.twins import Twins

OPENINGS, RUNS = 5, 7
SHOWINGS = 3

WATCH_FIRST_MOTION = """
const look = () => {
  const stage = window.__stage;
  if (stage && Object.values(stage.shown).some((frame) => frame >= 1)) window.__firstMotion = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
# As who was here before: on a first visit the first frame's sentence comes before the race.
RETURNS = "localStorage['playground-seen'] = 'yes';"
RUN_AND_WATCH = """() => new Promise((done) => {
  const before = window.__stage.run, began = performance.now(), seen = {};
  document.querySelector('#run').click();
  const look = () => {
    const stage = window.__stage;
    if (stage.run !== before && Object.keys(stage.shown).length) {
      seen.noise = seen.noise ?? performance.now() - began;
      if (Object.values(stage.shown).some((frame) => frame >= 1)) { seen.pass = performance.now() - began; done(seen); return; }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


SHOW_LONG_RUN = """([length, steps]) => {
  for (const [name, value] of [['length', length], ['steps', steps]]) {
    const input = document.querySelector(`#${name}`);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
  window.__stage.setSpeed(4);
  Object.assign(window.__stage.meter, { gaps: [], lags: [] });
  window.__before = window.__stage.run;
  document.querySelector('#run').click();
}"""
SHOWN = "window.__stage.run !== window.__before && !window.__stage.underWay && !window.__stage.playing"


@contextmanager
def served(engine: Twins) -> Iterator[str]:
    """Serve the page on a free port of this machine while the block runs; yields its address."""
    from playground.server.server import PageServer
    from playground.stream.messages import Streams
    from playground.ui.components.recorded import recorded_traces
    from playground.ui.page import build_page, launch_options

    streams = Streams(engine)
    server = PageServer(build_page(engine, recorded_traces(), streams), streams, "127.0.0.1", 0, launch_options())
    server.start()
    try:
        yield server.url
    finally:
        server.close()


def first_frames(engine: Twins) -> dict[str, Any]:
    """Milliseconds from opening the page to the race's first motion, for who was here before (target 2,000), and from
    Run to the first frame (the noise) and to the first pass on the screen (target 300)."""
    from playwright.sync_api import sync_playwright

    path = installed()
    if path is None:
        return {"skipped": "no Chromium on this machine"}
    with served(engine) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        openings, noises, passes = [], [], []
        for _ in range(OPENINGS):
            page = browser.new_page()  # in a new context, so nothing is cached from the opening before
            page.add_init_script(RETURNS + WATCH_FIRST_MOTION)
            page.goto(address, wait_until="commit")
            openings.append(page.wait_for_function("window.__firstMotion", timeout=30_000).json_value())
            if len(openings) == OPENINGS:
                for _ in range(RUNS):
                    page.wait_for_function("!window.__stage.underWay")
                    seen = page.evaluate(RUN_AND_WATCH)
                    noises.append(seen["noise"])
                    passes.append(seen["pass"])
            page.close()
        browser.close()
    return {
        "first_motion_after_opening_ms": round(median(openings)),
        "first_motion_target_ms": 2000,
        "first_frame_after_run_ms": round(median(noises)),
        "first_pass_after_run_ms": round(median(passes)),
        "first_frame_target_ms": 300,
        "openings": OPENINGS,
        "runs": RUNS,
    }


def stage_speed(engine: Twins) -> dict[str, Any]:
    """Frames per second while a run of 128 tokens is received and played four times slower than real time (target
    60), and the lag from the receipt of a message to the end of the next drawing (target: 95% under 50 ms). Both come
    from the stage's own counters."""
    from playwright.sync_api import sync_playwright

    path = installed()
    if path is None:
        return {"skipped": "no Chromium on this machine"}
    gaps: list[float] = []
    lags: list[float] = []
    with served(engine) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#steps", state="attached")
        for _ in range(SHOWINGS):
            page.evaluate(SHOW_LONG_RUN, [128, 64])
            page.wait_for_function(SHOWN, timeout=300_000)
            gaps += page.evaluate("window.__stage.meter.gaps")
            lags += page.evaluate("window.__stage.meter.lags")
        browser.close()
    return {
        "frames_per_second_at_128_tokens": round(1000 * len(gaps) / sum(gaps), 1),
        "frames_per_second_target": 60,
        "gap_median_ms": round(median(gaps), 1),
        "gap_p95_ms": round(percentile(gaps, 95), 1),
        "lag_p95_ms": round(percentile(lags, 95), 1),
        "lag_p95_target_ms": 50,
        "frames": len(gaps),
        "messages": len(lags),
        "showings": SHOWINGS,
        "rendering": "software",
    }


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` percent of the values do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * share / 100) - 1, 0)]
