"""The story beside the stage: a column of pages, one open at a time, with marks that control the stage
(assets/story/story.js).

Charts are gr.Plot components. They stay empty until their page opens, so only readers of the story load plotly.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import gradio as gr
from markupsafe import Markup

from playground.errors import PlaygroundError
from playground.evidence.claims import Claims
from playground.evidence.load import load_claims
from playground.evidence.measured import Measured, load_measured
from playground.story.lookup import claims_of
from playground.story.pages import Embed, Prose, StoryError, StoryPage, story_pages, story_runs
from playground.ui.calculators import calculator
from playground.ui.calculators import roofline as roofline_panel
from playground.ui.calculators.calculator import Calculator
from playground.ui.calculators.last_run import MeasuredRun, read_run, recorded_run
from playground.ui.calculators.roofline import Roofline
from playground.ui.components import left_out
from playground.ui.components.bare import Bare, Plot
from playground.ui.components.left_out import part
from playground.ui.story.cards import cards, claims_list, drawing
from playground.ui.story.charts import CHARTS, FROM_RUN, Chart
from playground.ui.story.plays import PLAYS
from playground.ui.story.prose import prose_html
from playground.web.templates import render_part

COMPONENTS = ("chart", "calculator", "roofline")


class StoryNav(Bare):
    """The navigation between the pages. Its event ``charts`` requests the charts of the open page."""

    def __init__(self, pages: tuple[StoryPage, ...], **kwargs: Any):
        drawn = {
            page.slug: [embed.target for embed in page.embeds if embed.kind == "chart" and embed.target in FROM_RUN]
            for page in pages
        }
        super().__init__(
            html_template=shown("nav", pages=pages),
            js_on_load="mountStory(element, props, (detail) => trigger('charts', detail));",
            runs=json.dumps(story_runs()),
            redrawn=json.dumps(drawn),
            **kwargs,
        )


@dataclass(frozen=True)
class Told:
    """The story, ready for layout."""

    pages: tuple[StoryPage, ...]
    layouts: tuple[tuple[str | Embed, ...], ...]  # of each page: HTML, and the embeds that are components
    claims: Claims
    measured: Measured
    panels: Mapping[str, str]  # name of a panel -> its HTML; empty if the panel is left out


def read_story(device: str | None = None, weights: Collection[str] = ()) -> Told | None:
    """Read the story from its files. None, with a line in the log, if a file is damaged; the page then works without
    it.

    device, weights: of the engine, to show its own measurements if there are any.
    """

    def told() -> Told:
        pages, claims, measured = story_pages(), load_claims(), load_measured(device, weights)
        layouts = tuple(tuple(pieces(page, claims, measured)) for page in pages)
        if not all(isinstance(run, dict) for run in story_runs().values()):
            raise StoryError("The runs of the story (runs.json) are no settings by name.")
        panels = {
            "calculator": part("The calculator is", lambda: calculator.panel(recorded_run()), ""),
            "roofline": part("The roofline is", lambda: roofline_panel.panel(measured), ""),
        }
        return Told(pages, layouts, claims, measured, panels)

    return part("The story is", told, None)


def story(told: Told) -> None:
    """Lay out all pages in the current gradio block."""
    pages, claims, measured = told.pages, told.claims, told.measured
    nav = StoryNav(pages)
    plots: dict[str, Plot] = {}
    for at, page in enumerate(pages):
        with gr.Column(elem_id=f"page-{page.slug}", elem_classes="story-page", min_width=0):
            for piece in told.layouts[at]:
                _lay_out(piece, plots, told.panels)
            html(turn(pages[at - 1] if at else None, pages[at + 1] if at + 1 < len(pages) else None))

    def draw(event: gr.EventData) -> list[Any]:
        """The charts of the open page; all other charts stay unchanged."""
        asked = getattr(event, "_data", None)
        asked = asked if isinstance(asked, dict) else {}
        wanted = {
            embed.target
            for page in pages
            if page.slug == asked.get("page")
            for embed in page.embeds
            if embed.kind == "chart"
        }
        wanted &= set(asked["only"]) if isinstance(asked.get("only"), list) else wanted
        last = race_of(asked.get("run"))
        return [CHARTS[name](claims, measured, last).figure if name in wanted else gr.skip() for name in plots]

    nav.charts(draw, None, list(plots.values()), show_progress="hidden", api_visibility="private", queue=False)


def story_script() -> Markup:
    """A script that sets ``window.playgroundStory`` to the names of the pages, so that the browser knows which pages
    will come. The list is empty if ``read_story`` gives None."""
    told = read_story()
    names = [page.slug for page in told.pages] if told else []
    return render_part("page/scripts.html", "data", name="playgroundStory", value=names)


def pieces(page: StoryPage, claims: Claims, measured: Measured) -> Iterator[str | Embed]:
    """A page as HTML, split only at its charts and panels. Raises StoryError for a mark without a target."""
    try:
        yield shown("title", page=page)
        for is_component, parts in groupby(
            page.parts, key=lambda part: isinstance(part, Embed) and part.kind in COMPONENTS
        ):
            if not is_component:
                yield shown("text", parts=[part_html(part, claims, measured) for part in parts])
                continue
            for embed in cast("Iterator[Embed]", parts):  # the key of the group guarantees the type
                if embed.kind != "chart":
                    yield embed  # folded under its title
                    continue
                yield shown("embed_title", title=embed.title)
                yield embed
                yield chart_sources(embed.target, CHARTS[embed.target](claims, measured, None))
    except KeyError as error:
        raise StoryError(f"The page {page.slug} of the story cannot be shown: {error.args[0]}") from None


def _lay_out(piece: str | Embed, plots: dict[str, Plot], panels: Mapping[str, str]) -> None:
    if isinstance(piece, str):
        html(piece)
    elif piece.kind == "chart":
        plots[piece.target] = Plot(
            show_label=False, container=False, elem_id=f"chart-{piece.target}", elem_classes="chart", min_width=0
        )
    elif not panels[piece.kind]:
        html(shown("left_out", title=piece.title))
    elif piece.kind == "roofline":
        Roofline(shown("fold", title=piece.title, what=panels["roofline"]))
    else:
        Calculator(shown("fold", title=piece.title, what=panels["calculator"]))


def html(text: str) -> None:
    """Add HTML to the current gradio block."""
    Bare(html_template=text)


def chart_sources(name: str, chart: Chart) -> Markup:
    """The sources of a chart's published figures, and the origin of its measured ones."""
    return shown("chart_sources", name=name, chart=chart)


def part_html(part: Prose | Embed, claims: Claims, measured: Measured) -> Markup:
    """The HTML of a text, or of an embed that is not a component."""
    if isinstance(part, Prose):
        prose = prose_html(part, claims, measured)
        return shown("fold", title=part.fold, what=prose) if part.fold else prose
    if part.kind == "legend":
        return shown("legend", title=part.title)
    if part.kind == "play":
        what = left_out.part("A panel of the story is", lambda: PLAYS[part.target](claims), "")
        return shown("titled", title=part.title, what=what)
    if part.kind == "claims":
        return claims_list(part.title, claims_of(part, claims))
    if part.kind == "drawing":
        return drawing(part.title, claims_of(part, claims))
    if part.kind == "cards":
        which = "titled" if part.target in ("twins", "deck") else "fold"
        return shown(which, title=part.title, what=cards(claims, part.target))
    return shown("sentence", run=part.target, title=part.title, start=story_runs()[part.target]["prompt"])


def turn(before: StoryPage | None, after: StoryPage | None) -> Markup:
    """The footer of a page: links to the previous and the next page."""
    return shown("turn", before=before, after=after)


def shown(part: str, /, **values: Any) -> Markup:
    return render_part("story/pages.html", part, **values)


def race_of(run: Any) -> MeasuredRun | None:
    """The last race, from the browser's data; None if that holds no race or impossible figures."""
    try:
        found = read_run(run)
    except PlaygroundError:
        return None
    return found if found and found.is_race else None
