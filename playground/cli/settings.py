"""The command line options of a race, from the table of settings. RaceRequest.parse checks their values."""

from __future__ import annotations

import argparse
from typing import Any

from playground.request.setting import Branch, Picture, Prompt, Setting, YesNo
from playground.request.settings_table import SHOWN


def listed() -> list[Setting]:
    """The settings that have an option, in the order of the help text."""
    return [setting for setting in SHOWN if not isinstance(setting.type, (Prompt, Branch, Picture))]


def setting_options(command: argparse.ArgumentParser) -> None:
    """Add one option per setting. A yes-or-no setting is a flag that inverts its default."""
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
    """The values of the settings by name, as typed."""
    return {setting.name: getattr(options, setting.name) for setting in listed()}


def spelled(setting: Setting) -> str:
    """The name of a setting's option, without the leading dashes."""
    return setting.name.replace("_", "-")
