"""Renders HTML and Markdown from the templates in the folder ``templates`` beside this file, with values from Python.

An HTML template escapes every value except Markup, which is trusted HTML or the output of another template. A Markdown
template (.md) inserts values unchanged. A name without a value raises an error. All functions are safe to call from
several threads.
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
    """Removes a template's indentation, which only helps readers of the template. In Markdown, an indented line is
    joined to the line before it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return INDENT.sub("", source) if escapes(name) else WRAP.sub(" ", source)


def escapes(name: str | None) -> bool:
    """Whether a template escapes its values. name: of the file; None, for templates without a file, means yes."""
    return not (name or "").endswith(PROSE)


@cache
def templates() -> Environment:
    """The Jinja environment of all templates; it compiles each template once."""
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
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # keep the order of keys in scripts
    return environment


def render(name: str, /, **values: Any) -> Markup:
    """An HTML template, rendered, without white space around it. name: a path in the folder. Raises
    jinja2.TemplateError."""
    return Markup(templates().get_template(name).render(values).strip())


def render_part(name: str, part: str, /, **values: Any) -> Markup:
    """One macro of a template, rendered. Macros serve parts too small for a file of their own. Raises
    jinja2.TemplateError."""
    return Markup(getattr(templates().get_template(name).module, part)(**values).strip())


def stream(name: str, /, **values: Any) -> Iterator[str]:
    """A template, rendered piece by piece, so that memory never holds a long file whole. Raises
    jinja2.TemplateError."""
    return templates().get_template(name).generate(values)


def text(name: str, /, **values: Any) -> str:
    """A Markdown template, rendered. Raises jinja2.TemplateError."""
    return templates().get_template(name).render(values)
