"""The settings of a race on the command line, from their table. Values are checked by RaceRequest.parse."""

from __future__ import annotations

import argparse
from typing import Any

from playground.request.setting import Branch, Prompt, Setting, YesNo
from playground.request.settings_table import SHOWN


def listed() -> list[Setting]:
    """Those that the command line takes, in the order of its help."""
    return [setting for setting in SHOWN if not isinstance(setting.type, (Prompt, Branch))]


def setting_options(command: argparse.ArgumentParser) -> None:
    """One option for each setting; a yes or no is a flag that turns its default round."""
    for setting in listed():
        default, about = setting.default, setting.command or setting.help
        if isinstance(setting.type, YesNo):
            flag = setting.type.flag or f"{'no-' if default else ''}{spelled(setting)}"
            command.add_argument(
                f"--{flag}", dest=setting.name, action="store_const", const=not default, default=default, help=about
            )
            continue
        shown = "" if default in (None, "") else f" (default {default})"
        command.add_argument(f"--{spelled(setting)}", default=default, help=about + shown)


def chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The settings by name, as they were typed."""
    return {setting.name: getattr(options, setting.name) for setting in listed()}


def spelled(setting: Setting) -> str:
    return setting.name.replace("_", "-")
