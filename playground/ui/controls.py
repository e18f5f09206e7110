"""The controls: the row with the prompt, and the settings behind one click.

Each is a native input in bare HTML, whose value goes to ``RaceRequest.parse`` as it came: nothing is checked here, so
the page and the API give the same messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from playground.request.race_request import RaceRequest
from playground.request.rules import Rule
from playground.request.setting import Branch, Choice, Level, Number, Rival, Setting, Text, Whole, YesNo
from playground.request.settings_table import SETTINGS, SHOWN
from playground.trace.trace import SCHEMA
from playground.ui.bare import Bare
from playground.ui.rules import rules_script
from playground.ui.stage import ASSETS
from playground.ui.template import literal

DEFAULTS = RaceRequest(prompt="")
SCRIPTS = (
    "blanks.js",
    "controls.js",
    "rules.js",
    "settings.js",
    "compare.js",
    "share.js",
    "run_file.js",
    "kept.js",
    "workshops.js",
    "sliders.js",
    "calculator.js",
    "roofline.js",
    "story.js",
)


class Control(Bare):
    """A native input. template: its static markup; mount: the function of assets/controls.js or rules.js that joins it to the
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
    code = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f"{rules_script()}<script>{run_rules()}{code}</script>"


def run_rules() -> str:
    """What a run file may hold, as the browser's own check of it reads it (assets/run_file.js)."""
    return f"const RUN_RULES = {json.dumps(SCHEMA, separators=(',', ':'))};\n"


def settings(longest: int) -> dict[str, Control]:
    """Every setting of a race but the prompt, by name, laid out in groups. longest: tokens of text that the models have room for."""
    controls: dict[str, Control] = {}
    for group, members in groupby(SHOWN, key=lambda setting: setting.group):
        heading(group)
        controls |= {setting.name: control(setting, longest) for setting in members}
    return controls


def control(setting: Setting, longest: int) -> Control:
    """The control of a setting, by its type."""
    name, label, why, needs = setting.name, setting.label, setting.help, setting.needs
    match setting.type:
        case Whole(dice=True) as kind:
            return seed(name, label, (kind.low, kind.high), why)
        case Whole(step=None) as kind:
            return whole(name, label, (kind.low, kind.high), why, needs)
        case Whole(step=int(step), low=low) | Number(step=step, low=low):
            return slider(name, label, (low, ceiling(setting, longest)), step, why, needs)
        case YesNo():
            return check(name, label, why)
        case Text(example=example):
            return line(name, label, example, why)
        case Choice(rules=rules):
            return rule(name, label, rules)
        case Level(of=axis):
            return rule_level(name, label, axis)
        case Rival():
            return compare()
        case Branch():
            return Control("", "<span hidden></span>", "mountResume", "string")
    raise TypeError(f"No control shows {setting.name}.")


def ceiling(setting: Setting, longest: int) -> float:
    """The greatest value that a slider can ever have: a text is at most ``longest``, and what may not exceed it neither."""
    match setting.type:
        case Whole(high=high, at_most=other) if other:
            return min(high, ceiling(SETTINGS[other], longest))
        case Whole(high=high) | Number(high=high):
            return longest if setting.name == "length" else high
    raise TypeError(f"{setting.name} is no number.")


def heading(text: str) -> None:
    Bare(html_template=f'<h2 class="setting-group">{literal(text)}</h2>')


def slider(name: str, label: str, bounds: tuple[float, float], step: float, why: str, needs: str = "") -> Control:
    """needs: a setting while which is 0 this one does nothing and is greyed (assets/controls.js)."""
    value = getattr(DEFAULTS, name)
    low, high = bounds
    kind = SETTINGS[name].type
    top = min(high, getattr(DEFAULTS, kind.at_most)) if isinstance(kind, Whole) and kind.at_most else high
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
    """A rule by name. What does not go with the other choices is greyed out and says why (assets/rules.js)."""
    value = getattr(DEFAULTS, name)
    entries = "".join(
        f'<option value="{key}"{" selected" if key == value else ""}>{literal(entry.label)}</option>'
        for key, entry in rules.items()
    )
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<select id="{name}" data-setting="{name}" data-axis>{entries}</select>
<p class="what">{literal(rules[value].what)}</p><p class="why" role="status"></p></div>"""
    return Control(value, template, "mountRule", "string")


def rule_level(name: str, label: str, axis: str) -> Control:
    """The number that tunes the rule chosen on an axis; empty for the rule's own."""
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<input id="{name}" data-setting="{name}" data-level-of="{axis}" type="number" step="any" disabled><p></p></div>"""
    return Control("", template, "mountLevel", "string")


def line(name: str, label: str, example: str, why: str) -> Control:
    template = f"""<div class="setting"><label for="{name}">{label}</label>
<input id="{name}" data-setting="{name}" type="text" placeholder="{literal(example)}" autocomplete="off" spellcheck="false"><p>{literal(why)}</p></div>"""
    return Control("", template, "mountSetting", "string")


def seed(name: str, label: str, bounds: tuple[int, int], why: str) -> Control:
    value = getattr(DEFAULTS, name)
    template = f"""<div class="setting"><label for="{name}">{label}</label><div class="setting-row">
<input id="{name}" data-setting="{name}" type="number" min="{bounds[0]}" max="{bounds[1]}" step="1" value="{value}">
<button type="button" data-dice>New seed</button></div><p>{literal(why)}</p></div>"""
    return Control(value, template, "mountSetting", "number")


def compare() -> Control:
    """The rival: the AR twin, or another sampler, which is the settings as they stood when it was chosen (assets/compare.js)."""
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
