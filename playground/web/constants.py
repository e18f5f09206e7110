"""The constants that Python and the browser share. Python defines them; the bundler copies them into the scripts.

``python -m playground.web.constants`` writes them to assets/generated/ for tools that read modules from files: tests
under node, TypeScript's checker, an editor. The page never reads that folder, and git ignores it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from playground.catalog import asks
from playground.catalog.records import CAPABILITIES
from playground.files import ROOT
from playground.metrics import table
from playground.request import conflicts, presets, settings_table
from playground.request.race_request import BLANK, BLANK_TOKENS, LONGEST_BLANK
from playground.request.rules import AXES, PRECEDENCE
from playground.trace.phases import RULES
from playground.trace.trace import ENDINGS, SCHEMA, SETTLED, STATES, VERSION
from playground.web.bundle import constant
from playground.web.types import declarations

ASSETS = ROOT / "assets"
MODULE = "generated/constants.js"
TYPES = "generated/trace.d.ts"

CONSTANTS: dict[str, Any] = {
    "TRACE_VERSION": VERSION,  # of the traces that this code writes and reads
    "TRACE_SCHEMA": SCHEMA,  # of a run file
    "SETTLED": [
        state for state in STATES if state in SETTLED
    ],  # states of a position that holds a given or committed token
    "ENDINGS": list(ENDINGS),  # the ways in which a run can end
    "PHASE_RULES": RULES,  # phase of a lane -> what it means
    "BLANK": BLANK.pattern,  # a blank in a prompt, as a regular expression
    "BLANK_TOKENS": BLANK_TOKENS,  # tokens of a blank without a number
    "LONGEST_BLANK": LONGEST_BLANK,  # tokens
    "SETTINGS": settings_table.as_data(),  # the settings on the page, by name
    "WRITING_ORDER": settings_table.writing_order(),  # their names, each after the settings that limit it
    "SAMPLER_SETTINGS": list(settings_table.SAMPLER),  # names of the settings in which two samplers can differ
    "RULE_AXES": {
        axis: {name: asdict(rule) for name, rule in AXES[axis].items()} for axis in PRECEDENCE
    },  # in order of precedence
    "CAPABILITIES": CAPABILITIES,  # what a model may be able to do, in words that follow "cannot"
    "NEED_OF_SETTING": asks.OF_SETTINGS,  # setting that is not at its default -> capability that it needs
    "NEED_OF_RULE": asks.of_rules(),  # axis -> rule -> capability that it needs
    "PRESETS": presets.as_data(),  # named samplers, by name
    "FIGURE_TABLE": table.as_data(),  # the table of a finished race
    "RULE_CONFLICTS": conflicts.as_data(),  # combinations of rules that the sampler refuses
}


def main() -> None:
    (ASSETS / MODULE).parent.mkdir(exist_ok=True)
    lines = [f"export {constant(name, value)}\n" for name, value in CONSTANTS.items()]
    (ASSETS / MODULE).write_text("".join(lines), encoding="utf-8")
    (ASSETS / TYPES).write_text(declarations(SCHEMA, "Trace"), encoding="utf-8")


if __name__ == "__main__":
    main()
