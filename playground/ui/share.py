"""Sharing: a link that restores prompt, seed and settings, its QR code, and the run as a file. Text in, text out.

A link is the page's own address with the fields of RaceRequest that differ from what the page starts with, the weights'
hash and the kind of device. Nothing is stored on the server.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import segno

from playground.errors import PlaygroundError
from playground.export.desk import Desk
from playground.interface import Engine
from playground.request.largest_valid import NO_PROMPT, largest_valid
from playground.request.race_request import RaceRequest
from playground.request.setting import Branch
from playground.request.settings_table import ON_PAGE, SETTINGS, defaults
from playground.ui.bare import Bare
from playground.web.templates import render

MADE = {
    "on": "on {}",
    "torch": "with torch {}",
    "transformers": "with transformers {}",
}  # what a link says of its maker, in words
NOT_SETTINGS = ("weights", "device", *MADE, "run", "show", "workshop", "page")  # what a link may say besides
FOREIGN = ("__", "utm_", "fbclid", "gclid", "view", "logs", "deep_link")  # what others put into addresses
LONGEST_QUESTION = 40_000  # characters of a link's settings as JSON
LONGEST_CODE = 2953  # bytes that the largest QR code holds
LONGEST_ANSWER = 100  # characters of a visitor's own words in a sentence


class Share(Bare):
    """The panel. Files are made at a desk of their own (playground/export/desk.py), never beside the races."""

    def __init__(self, engine: Engine, **kwargs: Any):
        desk = Desk()

        def read_link(values: str) -> str:
            return answered(lambda: linked(parsed(values), engine))

        def qr_code(text: str) -> str:
            return answered(lambda: {"code": qr(text)})

        def make_html(run: str) -> str:
            return answered(lambda: {"file": desk.begin("html", run)})

        def make_gif(run: str) -> str:
            return answered(lambda: {"file": desk.begin("gif", run)})

        def file_state(file: str) -> str:
            return answered(lambda: desk.state(file))

        def file_part(question: str) -> str:
            return answered(lambda: {"base64": base64.b64encode(desk.part(**parsed(question))).decode("ascii")})

        def stop_file(file: str) -> str:
            return answered(lambda: {"stopped": desk.stop(file)})

        super().__init__(
            html_template=render("page/share.html"),
            js_on_load="mountShare(element, props, server);",
            server_functions=[read_link, qr_code, make_html, make_gif, file_state, file_part, stop_file],
            weights=engine.weights,
            device=engine.device_kind,
            made=json.dumps(dict(engine.made)),
            defaults=json.dumps({name: default for name, default in defaults().items() if name in linkable()}),
            **kwargs,
        )


def answered(function: Callable[[], Mapping[str, Any]]) -> str:
    """JSON text of what a function gives, or of a sentence where it cannot. Never raises."""
    try:
        return json.dumps(function(), ensure_ascii=False)
    except PlaygroundError as error:
        return json.dumps({"message": str(error)})
    except (json.JSONDecodeError, RecursionError, TypeError, AttributeError, KeyError):
        return json.dumps({"message": "This cannot be read. Load the page again and try once more."})


def parsed(text: str) -> dict[str, Any]:
    """A JSON object off the browser. Raises PlaygroundError."""
    if not isinstance(text, str) or len(text) > LONGEST_QUESTION:
        raise PlaygroundError(
            f"This is longer than any link of this page ({LONGEST_QUESTION:,} characters). Shorten it."
        )
    values = json.loads(text)
    if not isinstance(values, dict):
        raise PlaygroundError("This cannot be read. Load the page again and try once more.")
    return values


def linkable() -> set[str]:
    """The settings that a link can hold: those that the page can show."""
    return {name for name in ON_PAGE if not isinstance(SETTINGS[name].type, Branch)}


def linked(values: Mapping[str, str], engine: Engine) -> dict[str, Any]:
    """What a link asks for, as {"settings": those that can be, "problem": sentence, "differs": sentence}. What cannot be is left
    out and named; it keeps nothing else from being taken over."""
    known = linkable()
    strange = [
        name for name in values if name not in known and name not in NOT_SETTINGS and not name.startswith(FOREIGN)
    ]
    kept, refused = largest_valid({name: value for name, value in values.items() if name in known})
    refused |= {
        name: f"There is no setting called {name[:40]!r}. Share writes a link with the right names." for name in strange
    }
    settings = RaceRequest.parse({"prompt": NO_PROMPT, **kept}).to_json()
    settings = {
        name: value for name, value in settings.items() if name in known and (name != "prompt" or "prompt" in kept)
    }
    return {"settings": settings, "problem": left_out(refused), "differs": differs(values, engine)}


def left_out(refused: Mapping[str, str]) -> str:
    """What was left out of a link and why, as a sentence or two; empty where nothing was."""
    if not refused:
        return ""
    why = dict.fromkeys(filter(None, refused.values()))
    return f"Left out of this link: {', '.join(name[:40] for name in refused)[:LONGEST_ANSWER]}. {' '.join(why)[:400]}"


def differs(values: Mapping[str, str], engine: Engine) -> str:
    """In what the link's makers computed otherwise, as a sentence; empty where they did not."""
    weights, device = str(values.get("weights", ""))[:LONGEST_ANSWER], str(values.get("device", ""))[:LONGEST_ANSWER]
    parts = []
    if weights and weights != engine.weights:
        parts.append(f"other weights ({weights[:12]}, here {engine.weights or 'none'})")
    if device and device != engine.device_kind:
        parts.append(f"another device ({device[:12]}, here {engine.device_kind or 'none'})")
    others = [
        f"{words.format(made[:40])} (here {engine.made[name]})"
        for name, words in MADE.items()
        if (made := str(values.get(name, ""))) and engine.made.get(name, made) != made
    ]
    made_with = [f"with {' and '.join(parts)}"] * bool(parts) + others
    return f"This link was made {', '.join(made_with)}, so tokens may differ." if made_with else ""


def qr(text: str) -> dict[str, Any]:
    """A QR code as an SVG path in units of modules. Raises PlaygroundError for text that no code holds."""
    try:
        if not isinstance(text, str) or len(text) > LONGEST_CODE:
            raise ValueError
        code = segno.make_qr(text, error="m" if len(text) < 1500 else "l")
    except (segno.DataOverflowError, ValueError):
        raise PlaygroundError("The link is too long for a QR code. Shorten the prompt.") from None
    rows = list(code.matrix_iter(border=4))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"size": len(rows), "path": path}
