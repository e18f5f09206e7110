"""The controls: the row with the prompt, and the panel of settings.

Each control is a native HTML input. Its value goes to ``RaceRequest.parse`` unchecked, so the page and the API give the
same messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from playground.request.fields import PROMPT_CHARACTERS
from playground.request.presets import PRESETS
from playground.request.race_request import RaceRequest
from playground.request.rules import Rule
from playground.request.setting import Branch, Choice, Lanes, Level, Number, Picture, Rival, Setting, Text, Whole, YesNo
from playground.request.settings_table import DENOISING, SETTINGS, SHOWN
from playground.ui.components.bare import Bare
from playground.ui.components.pair import Pair
from playground.ui.example_cards import ExampleCard
from playground.web.bundle import bundle
from playground.web.constants import ASSETS, CONSTANTS, MODULE
from playground.web.minify import lean_js
from playground.web.templates import render, render_part

DEFAULTS = RaceRequest(prompt="")
TWINS = Pair()
PAGE = "page/main.js"  # the module with all functions that the gradio components call


class Control(Bare):
    """A native input.

    template: its static HTML, see ``markup``. mount: the function in assets/page that connects the input to the
    component's value.
    kind: the type of the value in the API's schema.
    """

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


def command(
    knows: str,
    examples: Sequence[str],
    kinds: Sequence[tuple[str, str]] = (),
    cards: Sequence[ExampleCard] = (),
) -> Control:
    """The row with the prompt: Run, Stop, the button of the settings, examples, and a list of what the models know.

    knows, examples, kinds: as in interface.Engine. cards: take the place of the examples.
    """
    first = examples[0] if examples else ""
    template = render(
        "controls/command.html",
        knows=knows,
        first=first,
        examples=examples,
        kinds=kinds,
        cards=cards,
        most=PROMPT_CHARACTERS,
    )
    return Control(first, template, "mountCommand", "string")


def controls_script() -> Markup:
    """The controls' script, for the head of the page; one script serves all controls."""
    return render_part("page/scripts.html", "code", code=Markup(lean_js(bundle(ASSETS, PAGE, {MODULE: CONSTANTS}))))


def settings(longest: int, pair: Pair = TWINS) -> dict[str, Control]:
    """The controls of all settings except the prompt and the picture, by name, laid out in groups. longest: the longest
    text in tokens; pair: the models that race by default."""
    controls: dict[str, Control] = {}
    for group, members in groupby(SHOWN, key=lambda setting: setting.group):
        heading(group)
        if group == DENOISING:
            presets()
        for setting in members:
            if not isinstance(setting.type, Picture):  # it stands beside the prompt
                controls[setting.name] = control(setting, longest, pair)
    return controls


def picture(sees: bool) -> dict[str, Control]:
    """The control of a picture beside the prompt, by name. sees: whether a model here can see it; else nothing shows."""
    setting = SETTINGS["picture"]
    about = {"name": setting.name, "label": setting.label, "why": setting.help, "sees": sees}
    return {setting.name: Control("", markup("picture", **about), "mountPicture", "string")}


def control(setting: Setting, longest: int, pair: Pair = TWINS) -> Control:
    """The control of a setting, chosen by the setting's type. longest, pair: as for ``settings``."""
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
            return compare(pair)
        case Lanes():
            return Control("", markup("model", name=name), "mountModel", "string")
        case Branch():
            return Control("", markup("resume"), "mountResume", "string")
    raise TypeError(f"No control shows {setting.name}.")


def ceiling(setting: Setting, longest: int) -> float:
    """The greatest possible value of a slider. ``longest`` limits the length of the text and all settings that may not
    exceed it."""
    match setting.type:
        case Whole(high=high, at_most=other) if other:
            return min(high, ceiling(SETTINGS[other], longest))
        case Whole(high=high) | Number(high=high):
            return longest if setting.name == "length" else high
    raise TypeError(f"{setting.name} is no number.")


def heading(text: str) -> None:
    Bare(html_template=markup("heading", text=text))


def presets() -> None:
    """The menu of named samplers. It is no setting of a race: it sets those that are (assets/page/presets.js)."""
    Bare(html_template=markup("presets", presets=PRESETS.items()), js_on_load="mountPresets(element);")


def slider(name: str, label: str, bounds: tuple[float, float], step: float, why: str, needs: str = "") -> Control:
    """A slider. bounds: both included. needs: a setting; while it is 0, the slider is disabled
    (assets/page/controls.js)."""
    value = getattr(DEFAULTS, name)
    low, high = bounds
    kind = SETTINGS[name].type
    top = min(high, getattr(DEFAULTS, kind.at_most)) if isinstance(kind, Whole) and kind.at_most else high
    range_ = {"least": low, "most": top, "ceiling": high, "step": step}
    template = markup("slider", name=name, label=label, value=value, **range_, why=why, needs=needs)
    return Control(value, template, "mountSetting", "number")


def whole(name: str, label: str, bounds: tuple[int, int], why: str, needs: str = "") -> Control:
    value = getattr(DEFAULTS, name)
    template = markup("whole", name=name, label=label, value=value, bounds=bounds, why=why, needs=needs)
    return Control(value, template, "mountSetting", "number")


def rule(name: str, label: str, rules: Mapping[str, Rule]) -> Control:
    """A choice of a rule. Rules that conflict with the other choices are disabled and show the reason
    (assets/page/rules.js)."""
    value = getattr(DEFAULTS, name)
    return Control(
        value,
        markup("rule", name=name, label=label, value=value, what=rules[value].what, rules=rules.items()),
        "mountRule",
        "string",
    )


def rule_level(name: str, label: str, axis: str) -> Control:
    """The number that tunes the rule of an axis; an empty value means the rule's default."""
    return Control("", markup("level", name=name, label=label, axis=axis), "mountLevel", "string")


def line(name: str, label: str, example: str, why: str) -> Control:
    template = markup("line", name=name, label=label, example=example, why=why)
    return Control("", template, "mountSetting", "string")


def seed(name: str, label: str, bounds: tuple[int, int], why: str) -> Control:
    value = getattr(DEFAULTS, name)
    template = markup("seed", name=name, label=label, value=value, bounds=bounds, why=why)
    return Control(value, template, "mountSetting", "number")


def compare(pair: Pair) -> Control:
    """The choice of the rival: the partner, or a sampler with the settings at the time of the choice
    (assets/page/compare.js)."""
    return Control("", markup("compare", partner=pair.partner, what=pair.what), "mountCompare", "string")


def check(name: str, label: str, why: str) -> Control:
    value = getattr(DEFAULTS, name)
    return Control(value, markup("check", name=name, label=label, value=value, why=why), "mountSetting", "boolean")


def markup(part: str, /, **values: Any) -> Markup:
    return render_part("controls/settings.html", part, **values)
