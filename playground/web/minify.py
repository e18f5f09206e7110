"""Scripts and styles without what only their readers need: comments, spaces, the long names of local variables.

tdewolff's minifier does it. Where it has no ready package (Apple silicon) they are sent as they are written, and do the same.
"""

from __future__ import annotations

import re

try:
    import minify
except ImportError:
    minify = None


# Up to 2.24.12 at least, tdewolff puts a declaration that takes a value apart before the declarations that the value reads, where
# it joins them and the value holds an object. What is declared with let is not joined to what is declared with const.
TAKES_APART = re.compile(r"^([ \t]+)const (?=[{\[].*[}\]] = .*\{)", re.MULTILINE)
# tdewolff leaves the insides of nested rules as they are written. Strings stay as they are.
NESTED = re.compile(r"""("[^"]*"|'[^']*')|\s*;?\s*(\})\s*|\s*([{;])\s*|(?<=[a-z-])(:)\s+""")


def lean_js(source: str) -> str:
    """The same program. Names of the outermost level and of properties stay as they are."""
    return minify.string("text/javascript", TAKES_APART.sub(r"\1let ", source)) if minify else source


def lean_css(source: str) -> str:
    """The same rules."""
    if not minify:
        return source
    return NESTED.sub(lambda found: "".join(filter(None, found.groups())), minify.string("text/css", source))
