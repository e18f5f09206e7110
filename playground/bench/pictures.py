"""Makes the pictures of README.md and the documents: ``make pictures``. The recorded race becomes a film and a card, as
any run does; the others are taken from the page with the shipped twins. Each file names its run or the hash of the
weights, so that a test can detect an outdated picture.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from playground.bench.chromium import ARGUMENTS, installed
from playground.bench.page import served
from playground.engine.twins import load_twins
from playground.errors import PlaygroundError
from playground.export.card import to_card
from playground.export.gif import to_gif
from playground.server.preview import PICTURE
from playground.ui.components.recorded import recorded_traces
from playground.ui.stage import ASSETS

FOLDER = ASSETS / "pictures"
FILM, CARD = "race.gif", PICTURE.name
SIZE = {"width": 1440, "height": 900}
WEIGHTS = "weights"  # the key of the hash in the file's metadata
PATIENCE_MS = 120_000
OVER = "(() => { const s = window.__stage; return s && s.run && !s.underWay && s.trace && s.trace.verdict && s.trace.frames.length > 8; })()"
SEEK = """(passes) => {
  const s = window.__stage, frames = s.trace.frames.filter(({ lane }) => lane === 'diffusion');
  s.seek(passes ? frames[Math.min(passes, frames.length - 1)].t_ms : s.total);
}"""


@dataclass(frozen=True)
class Picture:
    """One picture of the page."""

    name: str
    theme: str  # light or dark
    settings: Mapping[str, Any] = field(default_factory=dict)  # in the link to the page
    passes: int = 0  # the pass of the diffusion lane that is shown; 0 for the end
    pressed: str = ""  # data-try of a story's button that starts the run; empty if the link starts it


PICTURES = (
    Picture(
        "revision-light",
        "light",
        {"prompt": "Move the meeting with Tom from Monday to Thursday.", "steps": 12, "revise": "wino", "run": 1},
        9,
    ),
    Picture("story-dark", "dark", {"page": "how-it-works"}, pressed="backward"),
)


def take(picture: Picture, address: str, browser: Any) -> bytes:
    """Take one picture as PNG, in a browser with an empty cache."""
    context = browser.new_context(viewport=SIZE, color_scheme=picture.theme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}?{urlencode(picture.settings)}")
    if picture.pressed:
        page.wait_for_function("window.__stage && window.__stage.trace")
        before = page.evaluate("window.__stage.run")
        page.click(f"[data-try={picture.pressed}]")
        page.wait_for_function("(before) => window.__stage.run !== before", arg=before)
    else:
        page.wait_for_function(
            "(prompt) => ((window.__stage || {}).header || {}).prompt === prompt", arg=picture.settings["prompt"]
        )
    page.wait_for_function(OVER)
    page.evaluate(SEEK, picture.passes)
    page.wait_for_timeout(500)  # transitions
    taken = page.screenshot()
    context.close()
    return taken


def of_the_recorded_race() -> None:
    """Write the film that opens README.md, and the card that other sites show of a link to the page."""
    race = recorded_traces()[0]
    with (FOLDER / FILM).open("wb") as film:
        to_gif(race, film)
    with (FOLDER / CARD).open("wb") as picture:
        to_card(race, picture)


def marked(png: bytes, weights: str, to: Path) -> None:
    """Save a PNG with the hash of the weights in its metadata."""
    about = PngInfo()
    about.add_text(WEIGHTS, weights)
    Image.open(io.BytesIO(png)).save(to, pnginfo=about, optimize=True)


def main() -> int:
    """Make all pictures; returns 0, or 2 without a browser or the twins."""
    from playwright.sync_api import sync_playwright

    of_the_recorded_race()
    print(FILM, CARD, sep="\n")
    path = installed()
    if path is None:
        print("No Chromium found. Run .ci/browser, which finds or installs one.", file=sys.stderr)
        return 2
    try:
        engine = load_twins()
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    with served(engine) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for picture in PICTURES:
            marked(take(picture, address, browser), engine.weights, FOLDER / f"{picture.name}.png")
            print(f"{picture.name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
