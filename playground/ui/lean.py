"""Scripts and styles without what only their readers need: comments, indentation, spaces around signs. Names stay as they are."""
from __future__ import annotations

import re

JS = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    |(?P<tick>`)
    |(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<regex>(?<=[(,=:])[ ]?/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)
    |(?P<line>\s*\n\s*)
    |(?P<space>[ \t]+)
    |(?P<word>[\w$]+)
    |(?P<sign>.)""",
    re.S | re.X,
)
CSS_TEXT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")


def lean_js(source: str) -> str:
    """The same program. Line breaks stay, because a statement may end there, but not behind a sign that cannot end one."""
    made: list[str] = []
    pending, at = "", 0
    while at < len(source):
        match = JS.match(source, at)
        kind, text = match.lastgroup, match[0]
        if kind == "tick":
            text = source[at : _template_end(source, at)]
        at += len(text)
        if kind == "comment":
            continue
        if kind in ("line", "space"):
            pending = "\n" if kind == "line" or pending == "\n" else " "
            continue
        last = made[-1][-1] if made else "{"
        if pending == "\n" and last not in "{,;([=?:&|" and text[0] not in ",)]?:&|.=":
            made.append("\n")
        elif pending == " " and (_word(last) and _word(text[0]) or last + text[0] in ("++", "--") or last == "/" or text[0] == "/"):
            made.append(" ")
        pending = ""
        made.append(text.strip() if kind == "regex" else text)
    return "".join(made)


def _template_end(source: str, at: int) -> int:
    """The place behind a template literal that begins at ``at``; its expressions may hold templates again."""
    at += 1
    while source[at] != "`":
        if source.startswith("${", at):
            at = _expression_end(source, at + 2)
        else:
            at += 2 if source[at] == "\\" else 1
    return at + 1


def _expression_end(source: str, at: int) -> int:
    depth = 1
    while depth:
        match = JS.match(source, at)
        if match.lastgroup == "tick":
            at = _template_end(source, at)
            continue
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        at = match.end()
    return at


def _word(letter: str) -> bool:
    return letter.isalnum() or letter in "_$" or ord(letter) > 127


def lean_css(source: str) -> str:
    """The same rules. Spaces in values and selectors stay: there they mean something."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    parts = CSS_TEXT.split(source)
    for n in range(0, len(parts), 2):
        parts[n] = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", parts[n])).replace(": ", ":").replace(";}", "}")
    return "".join(parts).strip()
