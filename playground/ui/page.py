"""The page: header, story, stage and controls, as gr.Blocks around an ``interface.Engine``. It depends on no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
from markupsafe import Markup
from starlette.middleware import Middleware

from playground.catalog.layouts import layout
from playground.interface import Engine
from playground.request.settings_table import ON_PAGE
from playground.server import later, preview
from playground.server.address import OwnPage
from playground.server.arrivals import Arrivals, turn
from playground.server.headers import AnswerHeaders
from playground.server.page_cache import PageCache
from playground.server.unbuffered import Unbuffered
from playground.story.reading import minutes
from playground.story.slides import whole_talk
from playground.stream.device_queue import Visitor
from playground.stream.messages import Streams
from playground.trace.trace import Trace
from playground.ui.components.answers import Page, Sentences
from playground.ui.components.bare import Bare
from playground.ui.components.left_out import left_out_html, part
from playground.ui.components.pair import pair_of
from playground.ui.components.recorded import said_of
from playground.ui.controls import command, controls_script, picture, settings
from playground.ui.example_cards import ExampleCard, cards_for
from playground.ui.models import Models
from playground.ui.own_keys import keys_of, own_keys
from playground.ui.share import Share
from playground.ui.signature import by_name, signed
from playground.ui.stage import ASSETS, TokenStage, stage_css
from playground.ui.stepping import stepped
from playground.ui.story.column import read_story, story, story_script
from playground.ui.workshops import Workshops, exercises, guide, workshops_script
from playground.web.templates import render_part

TITLE = "Diffusion playground"
LEAD = (
    "Watch a text come out of noise like a photo developing, beside a model that types it."  # also in first_frame.css
)
STYLES = (
    "first_frame.css",
    "touch.css",
    "page.css",
    "cards.css",
    "everyone.css",
    "story.css",
    "calculator.css",
)  # style sheets in assets, added after the stage's
THREADS = 80  # a waiting race holds a thread for half a second at a time
LAYERS = (Unbuffered, AnswerHeaders, Sentences, OwnPage, Arrivals, PageCache)  # ASGI middleware, the outermost first

THEME_TOGGLE = """
const root = document.documentElement, button = element.querySelector('#theme');
const light = matchMedia('(prefers-color-scheme: light)');
const now = () => root.dataset.theme || (light.matches ? 'light' : 'dark');
const label = () => {
  button.textContent = now() === 'light' ? 'Dark' : 'Light';
  button.setAttribute('aria-label', `Switch to ${now() === 'light' ? 'dark' : 'light'}`);
};
button.addEventListener('click', () => {
  root.dataset.theme = now() === 'light' ? 'dark' : 'light';
  label();
  try {
    localStorage.setItem('playground-theme', root.dataset.theme);
  } catch { /* full, or forbidden: it holds until the page is left */ }
});
light.addEventListener('change', label);
label();
"""


def build_page(engine: Engine, recorded: Sequence[Trace] | None = None, streams: Streams | None = None) -> gr.Blocks:
    """The page on which ``engine`` races.

    recorded: traces that the page can replay without the engine; the first plays when the page opens.
    streams: the engine's streams, for a caller that must end its races; None creates them.
    """
    streams, threads = streams or Streams(engine), ThreadPoolExecutor(THREADS, thread_name_prefix="messages")
    named = {record.key: record for record in engine.models}
    racing = [named[key] for key in engine.pair if key in named]
    pair = pair_of(racing or engine.models)
    cards: tuple[ExampleCard, ...] | None = part("The examples are", lambda: cards_for(racing), None)
    told, listed = read_story(engine.device, engine.checkpoints.values()), exercises()
    missing = [*([] if told else ["The story is"]), *([] if listed else ["The workshops are"])]
    missing += ["The examples are"] if cards is None else []
    missing += ["A slide of the talk is"] if part("A slide of the talk is", whole_talk, None) is None else []
    missing += ["The recorded run is"] if recorded is not None and not recorded else []

    @signed
    async def race(*given: Any) -> AsyncIterator[str]:
        """Stream a race as JSON messages: start, wait, lanes, frames, pulse, end or error."""
        values, request, event = by_name(given)
        asked = getattr(event, "_data", None)  # the data of the stage's event; None for a call of the API
        keys = keys_of(asked, engine, streams.budgets.own_keys, request)
        ask = asked.get("ask") if isinstance(asked, dict) else None
        messages = streams.messages(values, ask, visitor_of(request), keys)
        assert request.request is not None, "gradio gives it to every listener"
        in_order = turn(request.request.scope, wait=not streams.is_full())  # if full, the refusal comes at once
        async for message in stepped(messages, in_order, threads):
            yield message

    with Page(title=TITLE, analytics_enabled=False) as page:
        Bare(
            html_template=render_part(
                "page/page.html",
                "header",
                title=TITLE,
                lead=LEAD,
                tagline=pair.tagline,
                tour=minutes(told.pages) if told else 0,
            ),
            js_on_load=THEME_TOGGLE,
        )
        guide()
        if missing:
            Bare(html_template=left_out_html(missing))
        with gr.Row(elem_id="room"):
            if told:
                with gr.Column(elem_id="story", min_width=0):
                    story(told)
            with gr.Column(elem_id="work", min_width=0):
                raced = {key: engine.checkpoints[key] for key in engine.pair if key in engine.checkpoints}
                stage = TokenStage(streams.stop, streams.attention, recorded or (), said_of(recorded or (), raced))
                shown = picture(any(layout(record.layout).sees for record in engine.models))
                prompt = command(engine.knows, engine.examples, engine.kinds, cards or ())
                with gr.Row(elem_id="settings"):
                    chosen = settings(engine.longest, pair)
                    own_keys(engine, streams.budgets.own_keys)
                Models(engine)
                Share(engine, lambda: getattr(page, "server_port", None))
                Workshops(listed)
        begun = stage.begin(
            race,
            [{"prompt": prompt, **shown, **chosen}[name] for name in ON_PAGE],
            stage,
            show_progress="hidden",
            show_progress_on=[],
            trigger_mode="multiple",
            api_name="race",
            concurrency_limit=None,  # our own queue for the device shows each visitor their place
            preprocess=False,
            postprocess=False,  # the values pass unchanged, which saves a switch of threads for each control
        )
        begun.failure(None, None, None, js="() => runFailed()")
    return page


def visitor_of(asking: gr.Request | None) -> Visitor | None:
    """The visitor of a request: gradio's id of the session, and the client's address, which the server has already read
    from the headers of a trusted proxy. None for a request without a session."""
    if asking is None or not asking.session_hash:
        return None
    return Visitor(str(asking.session_hash), asking.client.host if asking.client else "")


def launch_options() -> dict[str, Any]:
    """The arguments of ``launch`` that the page needs: styles, scripts and middleware. The caller adds host and
    port."""
    css = stage_css() + "".join((ASSETS / name).read_text(encoding="utf-8") for name in STYLES)
    scripts = [controls_script(), workshops_script(), story_script()]
    layers = [*(Middleware(layer) for layer in LAYERS), Middleware(preview.Preview, title=TITLE, description=LEAD)]
    return {
        "theme": gr.themes.Base(font=["Source Sans 3", "sans-serif"], font_mono=["IBM Plex Mono", "monospace"]),
        "head": str(render_part("page/scripts.html", "head", css=Markup(css), scripts=scripts)),
        "favicon_path": str(ASSETS / "favicon.svg"),
        "app_kwargs": {"middleware": layers, "routes": [*later.ROUTES, *preview.ROUTES]},
        "max_threads": THREADS,
        "footer_links": [],
        "run_history": False,
        "ssr_mode": False,
    }
