"""What a visitor waits for, in a headless browser: first motion after opening, first frames after Run."""
from __future__ import annotations

import shutil
from contextlib import contextmanager
from statistics import median
from typing import Any, Iterator

from playground.engine import TwinEngine

OPENINGS, RUNS = 5, 7
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]

WATCH_FIRST_MOTION = """
const look = () => {
  const stage = window.__stage;
  if (stage && Object.values(stage.shown).some((frame) => frame >= 1)) window.__firstMotion = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
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


@contextmanager
def served(engine: TwinEngine) -> Iterator[str]:
    """The page on a free port of this machine; yields its address."""
    from playground.ui.page import build_page, launch_options
    from playground.ui.recorded import recorded_traces

    page = build_page(engine, recorded_traces())
    _, address, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
    try:
        yield address
    finally:
        page.close(verbose=False)


def first_frames(engine: TwinEngine) -> dict[str, Any]:
    """Milliseconds to the first moving frame after opening (target 2,000), and from Run to the first frame (the noise) and
    to the first pass on the screen (target 300)."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        return {"skipped": "no Chromium on this machine"}
    with served(engine) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        openings, noises, passes = [], [], []
        for _ in range(OPENINGS):
            page = browser.new_page()  # a context of its own, so nothing is cached from the opening before
            page.add_init_script(WATCH_FIRST_MOTION)
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
        "first_motion_after_opening_ms": round(median(openings)), "first_motion_target_ms": 2000,
        "first_frame_after_run_ms": round(median(noises)), "first_pass_after_run_ms": round(median(passes)),
        "first_frame_target_ms": 300, "openings": OPENINGS, "runs": RUNS,
    }
