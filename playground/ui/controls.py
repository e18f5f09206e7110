"""The controls: the row with the prompt, and the settings behind one click.

Each is a native input in bare HTML, whose value goes to ``RaceRequest.parse`` as it came: nothing is checked here, so
the page and the API give the same messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.denoise.rules import CACHES, COMMITS, NOISES, REVISIONS, Rule
from playground.request import (
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
from playground.ui.bare import Bare
from playground.ui.lean import lean_js
from playground.ui.stage import ASSETS
from playground.ui.template import literal
from playground.web.bundle import bundle
from playground.web.constants import CONSTANTS, MODULE

DEFAULTS = RaceRequest(prompt="")
PAGE = "page/main.js"  # the module of all that gradio's components call


class Control(Bare):
    """A native input. template: its static markup; mount: the function of assets/page/controls.js or rules.js that joins it to the
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
    chips = "".join(f'<button type="button" data-example>{literal(example)}</button>' for example in examples)
    tried = f"<span>Try</span>{chips}" if chips else ""
    known = "".join(
        f'<li>{literal(about)}: <button type="button" data-example>{literal(example)}</button></li>'
        for about, example in kinds
    )
    listed = (
        f'<details class="kinds"><summary>All {len(kinds)} kinds of requests they know</summary><ul>{known}</ul></details>'
        if kinds
        else ""
    )
    template = f"""<div class="command"><div class="command-row">
<label for="prompt">Prompt</label>
<textarea id="prompt" rows="1" placeholder="Type a request and press Enter, or leave blanks: The cat ___ on the mat." spellcheck="false">{literal(first)}</textarea>
<button type="button" class="action primary" id="run">Run</button>
<button type="button" class="action" id="stop" disabled>Stop</button>
<button type="button" class="action" id="settings-toggle" aria-expanded="false" aria-controls="settings">Settings</button>
</div><div class="command-notes">{tried}<span class="more">
<button type="button" id="workshops-toggle" aria-expanded="false" aria-controls="workshops">Workshops</button>
<button type="button" id="share-toggle" aria-expanded="false" aria-controls="share-panel">Share</button></span>
<span class="knows">{literal(knows)}</span>{listed}</div></div>"""
    return Control(first, template, "mountCommand", "string")


def controls_script() -> str:
    """What the controls run on in the browser, once for all of them; belongs into the head of the page."""
    return f"<script>{lean_js(bundle(ASSETS, PAGE, {MODULE: CONSTANTS}))}</script>"


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
        "resume": Control("", "<span hidden></span>", "mountResume", "string"),
    }
    return made


def heading(text: str) -> None:
    Bare(html_template=f'<h2 class="setting-group">{literal(text)}</h2>')


def slider(name: str, label: str, bounds: tuple[float, float], step: float, why: str, needs: str = "") -> Control:
    """needs: a setting while which is 0 this one does nothing and is greyed (assets/page/controls.js)."""
    value = getattr(DEFAULTS, name)
    low, high = bounds
    top = DEFAULTS.length if name == "steps" else high
    template = f"""<div class="setting"><div class="setting-head"><label for="{name}">{label}</label><output>{value:g}</output></div>
<input id="{name}" data-setting="{name}" type="range" min="{low:g}" max="{top:g}" data-ceiling="{high:g}" step="{step:g}" value="{value:g}"{needing(needs)}>
<p>{literal(why)}</p></div>"""
    return Control(value, template, "mountSetting", "number")


def whole(name: str, label: str, bounds: tuple[int, int], why: str, needs: str = "") -> Control:
    value = getattr(DEFAULTS, name)
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<input id="{name}" data-setting="{name}" type="number" min="{bounds[0]}" max="{bounds[1]}" step="1" value="{value}"{needing(needs)}>
<p>{literal(why)}</p></div>"""
    return Control(value, template, "mountSetting", "number")


def needing(name: str) -> str:
    return f' data-needs="{name}"' if name else ""


def rule(name: str, label: str, rules: Mapping[str, Rule]) -> Control:
    """A rule by name. What does not go with the other choices is greyed out and says why (assets/page/rules.js)."""
    value = getattr(DEFAULTS, name)
    entries = "".join(
        f'<option value="{key}"{" selected" if key == value else ""}>{literal(entry.label)}</option>'
        for key, entry in rules.items()
    )
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<select id="{name}" data-setting="{name}" data-axis>{entries}</select>
<p class="what">{literal(rules[value].what)}</p><p class="why" role="status"></p></div>"""
    return Control(value, template, "mountRule", "string")


def rule_level(name: str, axis: str) -> Control:
    """The number that tunes the rule chosen on an axis; empty for the rule's own."""
    template = f"""<div class="setting"><label for="{name}">Level</label>
<input id="{name}" data-setting="{name}" data-level-of="{axis}" type="number" step="any" disabled><p></p></div>"""
    return Control("", template, "mountLevel", "string")


def line(name: str, label: str, example: str, why: str) -> Control:
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<input id="{name}" data-setting="{name}" type="text" placeholder="{literal(example)}" autocomplete="off" spellcheck="false"><p>{literal(why)}</p></div>"""
    return Control("", template, "mountSetting", "string")


def seed() -> Control:
    low, high = SEEDS
    template = f"""<div class="setting"><label for="seed">Seed</label><div class="setting-row">
<input id="seed" data-setting="seed" type="number" min="{low}" max="{high}" step="1" value="{DEFAULTS.seed}">
<button type="button" data-dice>New seed</button></div><p>The same seed and settings give the same text.</p></div>"""
    return Control(DEFAULTS.seed, template, "mountSetting", "number")


def compare() -> Control:
    """The rival: the AR twin, or another sampler, which is the settings as they stood when it was chosen (assets/page/compare.js)."""
    template = """<div class="setting"><label for="rival">Compare with</label>
<select id="rival"><option value="">AR twin</option><option value="sampler">Another sampler</option></select>
<p class="what">The autoregressive model of the same size.</p>
<button type="button" data-snapshot class="not-shown">Use these settings as B</button></div>"""
    return Control("", template, "mountCompare", "string")


def check(name: str, label: str, why: str) -> Control:
    value = getattr(DEFAULTS, name)
    template = f"""<div class="setting"><div class="setting-check">
<input id="{name}" data-setting="{name}" type="checkbox"{" checked" if value else ""}><label for="{name}">{label}</label></div>
<p>{literal(why)}</p></div>"""
    return Control(value, template, "mountSetting", "boolean")
