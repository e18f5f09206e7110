"""Reads all data files of the training text, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playground.training.text.kinds import Kind, read_kind
from playground.training.text.mistakes import TextError
from playground.training.text.stories import Story, read_story
from playground.training.text.tables import Table, read_table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Library:
    """The content of the data files, by name and in order of the names."""

    tables: Mapping[str, Table]
    kinds: Mapping[str, Kind]
    stories: Mapping[str, Story]


def read_library(folder: Path = HERE) -> tuple[Library, list[str]]:
    """The usable content of the files in ``folder``, and one sentence per mistake in them."""
    mistakes: list[str] = []

    def files(kind: str, ending: str):
        for path in sorted((folder / kind).glob(f"*{ending}")):
            yield path, lambda sentence, name=f"{kind}/{path.name}": mistakes.append(f"{name}: {sentence}")

    tables = {path.stem: read_table(path, note) for path, note in files("tables", ".tsv")}
    kinds = {path.stem: read_kind(path, tables, note) for path, note in files("kinds", ".toml")}
    stories = {path.stem: read_story(path, tables, note) for path, note in files("stories", ".toml")}
    return Library(
        tables,
        {name: kind for name, kind in kinds.items() if kind.forms},
        {name: story for name, story in stories.items() if story},
    ), mistakes


@cache
def library() -> Library:
    """The content of this project's data files. Raises TextError if there is a mistake in them."""
    found, mistakes = read_library()
    if mistakes:
        raise TextError(f"{mistakes[0]} `python -m playground.training.text check` lists all {len(mistakes)} mistakes.")
    return found
