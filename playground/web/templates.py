"""HTML and other texts from templates: the words and tags stand in the folder ``templates`` beside this file, the values come from Python.

A template of HTML escapes every value but Markup, which is HTML that is ours or that a template made already; a Markdown file (.md)
takes values as they are. A name that a template uses and nobody gave is an error. Safe for many threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

FOLDER = Path(__file__).resolve().with_name("templates")
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
WRAP = re.compile(r"\n[ \t]+(?=\S)")
PROSE = ".md"


class NoIndent(Extension):
    """The indents of a template are for those who read it: HTML gets none, and an indented line of prose goes on with the one before."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return INDENT.sub("", source) if escapes(name) else WRAP.sub(" ", source)


def escapes(name: str | None) -> bool:
    """Whether a template escapes its values; None is a macro of any."""
    return not (name or "").endswith(PROSE)


@cache
def templates() -> Environment:
    """All templates, each compiled once."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        extensions=[NoIndent],
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["figure"] = format  # {{ 0.25 | figure(".0%") }} is 25%
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # data in a script keeps its order
    return environment


def render(name: str, /, **values: Any) -> Markup:
    """A template of HTML, no white space around it. name: a path in the folder. Raises jinja2.TemplateError."""
    return Markup(templates().get_template(name).render(values).strip())


def render_part(name: str, part: str, /, **values: Any) -> Markup:
    """A macro of a template, for what is too small for a file of its own. Raises jinja2.TemplateError."""
    return Markup(getattr(templates().get_template(name).module, part)(**values).strip())


def stream(name: str, /, **values: Any) -> Iterator[str]:
    """A template in pieces, so that a long file is never held whole. Raises jinja2.TemplateError."""
    return templates().get_template(name).generate(values)


def text(name: str, /, **values: Any) -> str:
    """A Markdown file. Raises jinja2.TemplateError."""
    return templates().get_template(name).render(values)
