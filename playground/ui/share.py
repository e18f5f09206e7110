"""Sharing: a link that restores prompt, seed and settings, its QR code, and the run as a file.

A link is the page's address with the settings that differ from their defaults, the hash of the weights and the kind of
device. The server stores nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from playground.catalog.catalog import catalog
from playground.errors import PlaygroundError
from playground.export.desk import Desk
from playground.interface import Engine
from playground.request import lanes
from playground.request.lanes import LaneRequest
from playground.request.largest_valid import NO_PROMPT, largest_valid
from playground.request.race_request import RaceRequest
from playground.request.setting import Branch, Picture
from playground.request.settings_table import ON_PAGE, SETTINGS, defaults
from playground.server.lan import network_url
from playground.ui.components.answered import answered
from playground.ui.components.bare import Bare
from playground.ui.models import READY
from playground.web.qr import qr
from playground.web.templates import render

MADE = {
    "on": "on {}",
    "torch": "with torch {}",
    "transformers": "with transformers {}",
}  # key of Engine.made -> its words in a sentence
NOT_SETTINGS = (
    "weights",
    "device",
    *MADE,
    "run",
    "show",
    "workshop",
    "vote",
    "page",
    "talk",
)  # other parameters of our links
FOREIGN = ("__", "utm_", "fbclid", "gclid", "view", "logs", "deep_link")  # prefixes of parameters that other sites add
KEYS = re.compile(r"key|token|secret|password", re.IGNORECASE)  # in the name of a parameter that can only be a key
NO_KEYS = (
    "A link never takes a key: whoever gets the link can read it. Type the key under Settings, and make a new one at its "
    "provider, because an address is kept in many places."
)
LONGEST_QUESTION = 40_000  # characters of a request from the browser, as JSON
LONGEST_ANSWER = 100  # characters of a link's values that a sentence repeats


class Share(Bare):
    """The panel. Its files are made in playground/export/desk.py, apart from the races.

    port: the port on which the page is served, once it is.
    """

    def __init__(self, engine: Engine, port: Callable[[], int | None] = lambda: None, **kwargs: Any):
        desk = Desk()

        def read_link(values: str) -> str:
            return answered(lambda: linked(parsed(values), engine))

        def qr_code(text: str) -> str:
            return answered(lambda: {"code": asdict(qr(text))})

        def on_network(_: str) -> str:
            return answered(lambda: {"url": network_url(port())})

        def make_html(run: str) -> str:
            return answered(lambda: {"file": desk.begin("html", run)})

        def make_gif(run: str) -> str:
            return answered(lambda: {"file": desk.begin("gif", run)})

        def make_png(run: str) -> str:
            return answered(lambda: {"file": desk.begin("png", run)})

        def file_state(file: str) -> str:
            return answered(lambda: desk.state(file))

        def file_part(question: str) -> str:
            return answered(lambda: {"base64": base64.b64encode(desk.part(**parsed(question))).decode("ascii")})

        def stop_file(file: str) -> str:
            return answered(lambda: {"stopped": desk.stop(file)})

        super().__init__(
            html_template=render("page/share.html"),
            js_on_load="mountShare(element, props, server);",
            server_functions=[
                read_link,
                qr_code,
                on_network,
                make_html,
                make_gif,
                make_png,
                file_state,
                file_part,
                stop_file,
            ],
            weights=engine.weights,
            device=engine.device_kind,
            made=json.dumps(dict(engine.made)),
            defaults=json.dumps({name: default for name, default in defaults().items() if name in linkable()}),
            **kwargs,
        )


def parsed(text: str) -> dict[str, Any]:
    """A JSON object from the browser. Raises PlaygroundError."""
    if not isinstance(text, str) or len(text) > LONGEST_QUESTION:
        raise PlaygroundError(
            f"This is longer than any link of this page ({LONGEST_QUESTION:,} characters). Shorten it."
        )
    values = json.loads(text)
    if not isinstance(values, dict):
        raise PlaygroundError("This cannot be read. Load the page again and try once more.")
    return values


def linkable() -> set[str]:
    """The names of the settings that a link can hold: all on the page except a branch and a picture."""
    return {name for name in ON_PAGE if not isinstance(SETTINGS[name].type, (Branch, Picture))}


def linked(values: Mapping[str, str], engine: Engine) -> dict[str, Any]:
    """The settings of a link, as {"settings": the valid ones, "problem": sentence, "differs": sentence}. Invalid
    settings are left out, and the problem names them. values: the link's parameters by name."""
    known = linkable()
    strange = [
        name for name in values if name not in known and name not in NOT_SETTINGS and not name.startswith(FOREIGN)
    ]
    kept, refused = largest_valid({name: value for name, value in values.items() if name in known})
    refused |= {
        name: NO_KEYS
        if KEYS.search(name)
        else f"There is no setting called {name[:40]!r}. Share writes a link with the right names."
        for name in strange
    }
    unknown, problem = unready(lanes.parse(kept.get("lanes")), engine)
    if unknown:
        del kept["lanes"]
    settings = RaceRequest.parse({"prompt": NO_PROMPT, **kept}).to_json()
    settings = {
        name: value for name, value in settings.items() if name in known and (name != "prompt" or "prompt" in kept)
    }
    problem = " ".join(filter(None, (problem, left_out(refused))))
    return {"settings": settings, "problem": problem, "differs": differs(values, engine)}


def unready(named: Sequence[LaneRequest], engine: Engine) -> tuple[bool, str]:
    """Whether the lanes of a link name a model that this page does not have, and a sentence on what to do about models
    that cannot race now; empty if all can."""
    records = {record.key: record for record in engine.models}
    keys = list(dict.fromkeys(lane.model for lane in named))
    if strange := [key for key in keys if key not in records] if records else []:
        titles = {key: record.title for key, record in catalog().items()}
        there = [key for key in strange if key in titles]
        known = f" Its host can load it at the start: PLAYGROUND_MODELS={','.join(there)}." if there else ""
        names = " and ".join(titles.get(key, key[:40]) for key in strange)
        return True, f"This link names {names}, which this page does not have. The default pair is set instead.{known}"
    absent = [key for key in keys if key in records and engine.state(records[key]).state not in READY]
    if not absent:
        return False, ""
    names = " and ".join(records[key].title for key in absent)
    which = "is" if len(absent) == 1 else "are"
    return False, f"{names} {which} not on this machine. Open Models to download what is missing, then press Run."


def left_out(refused: Mapping[str, str]) -> str:
    """A sentence on the settings that were left out of a link, with the reasons; empty if there are none. refused:
    reason by name."""
    if not refused:
        return ""
    why = dict.fromkeys(filter(None, refused.values()))
    return f"Left out of this link: {', '.join(name[:40] for name in refused)[:LONGEST_ANSWER]}. {' '.join(why)[:400]}"


def differs(values: Mapping[str, str], engine: Engine) -> str:
    """A sentence on how the weights, device and libraries of a link's run differ from ours; empty if they do not."""
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
