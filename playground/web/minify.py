"""Minifies scripts and styles: removes comments and spaces, and shortens the names of local variables.

The work is done by tdewolff's minifier. On platforms without a package of it (Apple silicon) the page gets the sources
unchanged.
"""

from __future__ import annotations

import re
from collections import Counter

try:
    import minify
except ImportError:
    minify = None


# tdewolff (at least up to 2.24.12) joins adjacent const declarations. If one of them destructures a value that contains
# an object, tdewolff moves it to the front, before the declarations that the value reads. It does not join a let
# declaration with const declarations.
TAKES_APART = re.compile(r"^([ \t]+)const (?=[{\[].*[}\]] = .*\{)", re.MULTILINE)
# tdewolff shortens no function of the browser's. Those called often get a name of their own, which it shortens.
STRICT = "'use strict';\n"  # begins a bundle's own scope (bundle.py)
GLOBAL = re.compile(r"(?<![\w.$])(?:(?:Math|Object)\.[a-z]\w*|String|Number|Boolean)(?=\()")
OFTEN = 4  # calls from which a name pays
# tdewolff does not minify the contents of nested CSS rules, so this pattern does. Strings stay unchanged, but for the
# quotes around a name in [attribute="name"].
NESTED = re.compile(
    r"""(?<==)"([a-z-]+)"(?=\])|("[^"]*"|'[^']*')|\s*;?\s*(\})\s*|\s*([{;])\s*|(?<=[a-z-])(:)\s+|(,)\s+"""
)


def lean_js(source: str) -> str:
    """A script, minified. The names of top-level declarations and of properties stay unchanged."""
    return minify.string("text/javascript", TAKES_APART.sub(r"\1let ", with_names(source))) if minify else source


def with_names(source: str) -> str:
    """A bundle that calls Math.max and the like, where it does so often, by names of its own."""
    if STRICT not in source:
        return source
    many = {
        each: "_" + each.replace(".", "_") for each, times in Counter(GLOBAL.findall(source)).items() if times >= OFTEN
    }
    named = GLOBAL.sub(lambda call: many.get(call[0], call[0]), source)
    declared = "".join(f"const {name} = {each};\n" for each, name in sorted(many.items()))
    return named.replace(STRICT, STRICT + declared, 1)


def lean_css(source: str) -> str:
    """A style sheet, minified."""
    if not minify:
        return source
    return NESTED.sub(lambda found: "".join(filter(None, found.groups())), minify.string("text/css", source))
