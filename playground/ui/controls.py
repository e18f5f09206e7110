"""The controls: the row with the prompt, and the settings behind one click.

Each is a native input in bare HTML, whose value goes to ``RaceRequest.parse`` as it came: nothing is checked here, so
the page and the API give the same messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from playground.request.race_request import (
    BLOCKS,
    GUIDANCES,
    LENGTHS,
    SEEDS,
    SHARES,
    STEPS,
    TEMPERATURES,
    TOP_KS,
    TOP_PS,
    RaceRequest,
)
from playground.request.rules import CACHES, COMMITS, NOISES, REVISIONS, Rule
from playground.ui.bare import Bare
from playground.ui.stage import ASSETS
from playground.web.bundle import bundle
from playground.web.constants import CONSTANTS, MODULE
from playground.web.minify import lean_js
from playground.web.templates import render, render_part

DEFAULTS = RaceRequest(prompt="")
PAGE = "page/main.js"  # the module of all that gradio's components call


class Control(Bare):
    """A native input. template: its static markup, see ``markup``; mount: the function of assets/page/controls.js or rules.js that joins it to the
    value."""

    def __init__(self, value: Any, template: str, mount: str, kind: str, **kwargs: Any):
        self.kind = kind
        super().__init__(
            value=value,
            html_template=template,
            js_on_load=f"{mount}(element, props);",
            **kwargs,
        )

    def postprocess(self, value: Any) -> Any:
        return value

    def api_info(self) -> dict[str, Any]:
        return {"type": self.kind}

    def example_payload(self) -> Any:
        return self.value


def command(knows: str, examples: Sequence[str], kinds: Sequence[tuple[str, str]] = ()) -> Control:
    """Prompt, Run, Stop, the way to the settings, examples, and what the models know, by kind behind one click."""
    first = examples[0] if examples else ""
    template = render("controls/command.html", knows=knows, first=first, examples=examples, kinds=kinds)
    return Control(first, template, "mountCommand", "string")


def controls_script() -> Markup:
    """What the controls run on in the browser, once for all of them; belongs into the head of the page."""
    return render_part("page/scripts.html", "code", code=Markup(lean_js(bundle(ASSETS, PAGE, {MODULE: CONSTANTS}))))


def settings(longest: int) -> dict[str, Control]:
    """Every setting of a race but the prompt, by name, laid out in groups. longest: tokens of text that the models have room for."""
    heading("Race")
    made = {
        "length": slider("length", "Length", (LENGTHS[0], longest), 8, "Tokens that each model writes."),
        "steps": slider(
            "steps",
            "Passes",
            (STEPS[0], min(STEPS[1], longest)),
            1,
            "How often diffusion looks at the text. Fewer is faster and rougher.",
        ),
        "temperature": slider(
            "temperature", "Temperature", TEMPERATURES, 0.1, "0 takes the likeliest token; more is more varied."
        ),
        "top_p": slider(
            "top_p",
            "Top-p",
            TOP_PS,
            0.01,
            "Draws from the fewest likeliest tokens that hold this share of the probability; 1 from all.",
            needs="temperature",
        ),
        "top_k": whole(
            "top_k", "Top-k", TOP_KS, "Draws from so many of the likeliest tokens; 0 from all.", needs="temperature"
        ),
        "seed": seed(),
        "versus": compare(),
        "same_length": check(
            "same_length", "Same length", "Neither model may end early, so both write the same number of tokens."
        ),
    }
    heading("How diffusion denoises")
    made |= {
        "noise": rule("noise", "Noise", NOISES),
        "cache": rule("cache", "Cache", CACHES),
        "blocks": slider("blocks", "Blocks", BLOCKS, 1, "Pieces of the text, finished from left to right."),
        "guidance": slider(
            "guidance",
            "Guidance",
            GUIDANCES,
            0.25,
            "Pulls the text towards the prompt. Each pass then takes about twice as long.",
        ),
        "commit": rule("commit", "Commit rule", COMMITS),
        "commit_level": rule_level("commit_level", "commit"),
        "revise": rule("revise", "Revision rule", REVISIONS),
        "revise_level": rule_level("revise_level", "revise"),
    }
    heading("Words that are given")
    made |= {
        "places": line(
            "places",
            "Words at places",
            "12=dentist; 30=in Fremont",
            "Number=words. Numbers count tokens of the reply, from 0.",
        ),
        "ending": line("ending", "Ending", "Have a great day.", "The reply ends with these words."),
        "share": slider(
            "share", "Corrupt the prompt", SHARES, 0.05, "Turns this share of your own text into noise, and mends it."
        ),
        "resume": Control("", markup("resume"), "mountResume", "string"),
    }
    return made


def heading(text: str) -> None:
    Bare(html_template=markup("heading", text=text))


def slider(name: str, label: str, bounds: tuple[float, float], step: float, why: str, needs: str = "") -> Control:
    """needs: a setting while which is 0 this one does nothing and is greyed (assets/page/controls.js)."""
    value = getattr(DEFAULTS, name)
    low, high = bounds
    top = DEFAULTS.length if name == "steps" else high
    range_ = {"least": low, "most": top, "ceiling": high, "step": step}
    template = markup("slider", name=name, label=label, value=value, **range_, why=why, needs=needs)
    return Control(value, template, "mountSetting", "number")


def whole(name: str, label: str, bounds: tuple[int, int], why: str, needs: str = "") -> Control:
    value = getattr(DEFAULTS, name)
    template = markup("whole", name=name, label=label, value=value, bounds=bounds, why=why, needs=needs)
    return Control(value, template, "mountSetting", "number")


def rule(name: str, label: str, rules: Mapping[str, Rule]) -> Control:
    """A rule by name. What does not go with the other choices is greyed out and says why (assets/page/rules.js)."""
    value = getattr(DEFAULTS, name)
    return Control(
        value,
        markup("rule", name=name, label=label, value=value, what=rules[value].what, rules=rules.items()),
        "mountRule",
        "string",
    )


def rule_level(name: str, axis: str) -> Control:
    """The number that tunes the rule chosen on an axis; empty for the rule's own."""
    return Control("", markup("level", name=name, axis=axis), "mountLevel", "string")


def line(name: str, label: str, example: str, why: str) -> Control:
    template = markup("line", name=name, label=label, example=example, why=why)
    return Control("", template, "mountSetting", "string")


def seed() -> Control:
    return Control(DEFAULTS.seed, markup("seed", value=DEFAULTS.seed, bounds=SEEDS), "mountSetting", "number")


def compare() -> Control:
    """The rival: the AR twin, or another sampler, which is the settings as they stood when it was chosen (assets/page/compare.js)."""
    return Control("", markup("compare"), "mountCompare", "string")


def check(name: str, label: str, why: str) -> Control:
    value = getattr(DEFAULTS, name)
    return Control(value, markup("check", name=name, label=label, value=value, why=why), "mountSetting", "boolean")


def markup(part: str, /, **values: Any) -> Markup:
    return render_part("controls/settings.html", part, **values)
