"""HTML from templates: the tags stand in the folder ``templates`` beside this file, the values come from Python.

A template escapes every value but Markup, which is HTML that a template made already. A name that a template uses and nobody gave is
an error. Safe for many threads.
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


class NoIndent(Extension):
    """The indents of a template are for those who read it; what it makes has none."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return INDENT.sub("", source)


@cache
def templates() -> Environment:
    """All templates, each compiled once."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        extensions=[NoIndent],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # data in a script keeps its order
    return environment


def render(name: str, /, **values: Any) -> Markup:
    """A template with some values, no white space around it. name: a path in the folder. Raises jinja2.TemplateError."""
    return Markup(templates().get_template(name).render(values).strip())


def render_part(name: str, part: str, /, **values: Any) -> Markup:
    """A macro of a template, for what is too small for a file of its own. Raises jinja2.TemplateError."""
    return Markup(getattr(templates().get_template(name).module, part)(**values).strip())


def stream(name: str, /, **values: Any) -> Iterator[str]:
    """A template in pieces, so that a long file is never held whole. Raises jinja2.TemplateError."""
    return templates().get_template(name).generate(values)
