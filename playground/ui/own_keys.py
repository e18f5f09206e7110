"""A visitor's own keys for models on servers: their fields on the page, and what of them the server takes.

No field is a component's value. Gradio keeps those, writes them to disk for a deep link and shows them to whoever opens
it; the data of an event it keeps nowhere.
"""

from __future__ import annotations

import ipaddress
from typing import Any

import gradio as gr

from playground.interface import Engine
from playground.served.asking import destination
from playground.served.keys import HERE, Keys, given_keys, provider, providers, served_of
from playground.ui.components.bare import Bare
from playground.web.templates import render_part

IN_CLEAR = (
    "This page came over plain http from another machine, so a key typed here could be read on the way, and none is "
    "taken. Open the page over https, or on the machine that serves it."
)
OFF = (
    "This page takes no keys of visitors, so yours was not used. Race a model that runs here, or watch a recorded run."
)


def own_keys(engine: Engine, taken: bool) -> None:
    """The fields, one for each provider of the engine's models; nothing if every model runs here. taken: whether visitors
    may give keys."""
    records = [record for record in engine.models if record.served]
    if not records:
        return
    Bare(html_template=part("settings", "heading", text="Models on servers"))
    for name, record in providers(records).items() if taken else ():
        keys = [one.key for one in records if provider(one) == name]
        Bare(
            html_template=part(
                "own_keys",
                "field",
                name=name,
                maker=served_of(record).maker,
                where=destination(record),
                models=keys,
                raced=bool(set(keys) & set(engine.pair)),
                refused=IN_CLEAR,
            ),
            js_on_load="mountOwnKey(element);",
        )
    for record in records:
        if not taken or provider(record) not in providers([record]):
            Bare(html_template=part("own_keys", "notice", words=f"{record.title}: {destination(record)}"))


def part(file: str, name: str, /, **values: Any) -> str:
    return render_part(f"controls/{file}.html", name, **values)


def keys_of(event_data: Any, engine: Engine, taken: bool, request: gr.Request | None) -> Keys:
    """The keys that came with a run; a reason in their place if none is taken. event_data: of the stage's event. They are
    in neither ``event_data`` nor ``request`` afterwards: gradio's queue keeps its last event until the next one."""
    data = event_data.pop("keys", None) if isinstance(event_data, dict) else None
    forget_body(request)
    if data and not taken:
        return Keys(host="none", refusal=OFF)
    if data and not safe(request):
        return Keys(host="none", refusal=IN_CLEAR)
    return given_keys(data, engine.models)


def forget_body(request: gr.Request | None) -> None:
    """Let go of what a request brought. Starlette keeps it for whoever reads it again; nobody does after the run began."""
    asking = request.request if request else None
    for name in ("_body", "_json"):
        if hasattr(asking, name):
            delattr(asking, name)


def safe(request: gr.Request | None) -> bool:
    """Whether nobody on the way can read a request: it came over https, or from this machine to this machine. A trusted
    proxy says which it was, and from where."""
    asking = request.request if request else None
    if asking is None:
        return False
    return asking.url.scheme == "https" or (
        asking.url.hostname in HERE and is_here(asking.client.host if asking.client else "")
    )


def is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
