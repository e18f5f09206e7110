"""Prompts written by hand. The replies to prompts/written.toml are scored; inside.toml and outside.toml test the page's
out-of-domain notice."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from playground.text.prompts import STORY_OPENINGS
from playground.training.text.library import HERE, library
from playground.training.text.score import Check, Request, StoryCheck, key

FILES = ("written", "inside", "outside")
NAMED = re.compile(r"\b(?:named|called) ([A-Z]\w+)")
HEROES = "heroes"  # the table of heroes' names


def entries(name: str) -> list[dict[str, Any]]:
    """The entries of one of FILES; empty if there is no such file."""
    path = HERE / "prompts" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["prompts"] if path.is_file() else []


@cache
def keys() -> frozenset[str]:
    """The keys (score.key) of all prompts written by hand. No training document may contain one of them."""
    return frozenset(key(entry["prompt"]) for name in FILES for entry in entries(name))


def prompts(name: str) -> list[str]:
    """The prompts of one of FILES, as typed."""
    return [entry["prompt"] for entry in entries(name)]


def written() -> list[Request]:
    """The requests of prompts/written.toml with their checks. They have no expected answer."""
    return [Request("written", entry["prompt"], "", check_of(entry)) for entry in entries("written")]


def check_of(entry: dict[str, Any]) -> Check:
    """The check of one entry."""
    prompt = entry["prompt"]
    must = tuple((options,) if isinstance(options, str) else tuple(options) for options in entry.get("must", ()))
    story = story_in(prompt) if entry.get("story") else None
    must_not, numbers = tuple(entry.get("must_not", ())), entry.get("numbers", False)
    return Check(prompt, must=must, must_not=must_not, numbers=numbers, story=story)


def story_in(prompt: str) -> StoryCheck:
    """The check of a story that the prompt asks for or begins."""
    named = NAMED.search(prompt)
    opening = prompt if prompt.lower().startswith(STORY_OPENINGS) else ""
    names = library().tables[HEROES]
    return StoryCheck(named[1] if named else "", "", names.column(names.columns[0]), opening)


def opened_by(prompt: str) -> Check:
    """The check of a reply that continues a story begun by the prompt."""
    return Check(prompt, story=story_in(prompt))
