"""Text from a server, made safe for the screen, for files and for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable

KEY = "[key]"  # stands for a key
HIDDEN = "░"  # stands for a character that has no picture, as in the noise of a snapshot
LOST = "�"  # stands for what was no text
# Controls but tab and line breaks, overrides of the direction of writing, and characters that are none.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
SECRETS = re.compile(r"(?:sk|pk|key)[-_][\w*.-]{4,}|AIza[\w*.-]{4,}|hf_\w{4,}|(?:bearer|basic)\s+[^\s\"',;]+", re.I)
SHORTEST = 8  # characters of a key that must not be repeated
QUOTED = 200  # characters of a server's words in a message


def joined(text: str) -> str:
    """Text whose halves of a character, as JSON may escape them, are one character; a half without the other is LOST."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def shown(text: str) -> str:
    """Text for the screen: every character that has no picture is HIDDEN."""
    return UNSEEN.sub(HIDDEN, text)


def quoted(text: str, key: str = "") -> str:
    """A server's words for a message, at most QUOTED characters: no key, nothing like a key, no markup, no controls."""
    if re.search(r"<\s*(!doctype|html|head|body|script)\b", text, re.I):
        return ""
    clean = SECRETS.sub(KEY, without(joined(text[: 20 * QUOTED]), [key]))
    clean = " ".join(shown(re.sub(r"<[^<>]*>", " ", clean)).split())
    return clean if len(clean) <= QUOTED else f"{clean[: QUOTED - 1]}…"


def without(text: str, keys: Iterable[str], parts: bool = True) -> str:
    """Text without these keys; with ``parts`` also without any run of SHORTEST characters of one. A shorter key protects
    nothing ("none", "EMPTY"), and its letters stand in every text.

    Where a visitor reads what they typed, give ``parts=False`` for keys that are not theirs: a run that is taken out
    tells that the key has it, and so one can ask for the key character by character.
    """
    for key in sorted((key for key in keys if len(key) >= SHORTEST), key=len, reverse=True):
        text = _without(text, key) if parts else text.replace(key, KEY)
    return text


def _without(text: str, key: str) -> str:
    size = SHORTEST
    runs = {key[at : at + size] for at in range(len(key) - size + 1)}
    kept, gone = [], 0  # gone: up to here the text is part of the key
    for at, char in enumerate(text):
        if text[at : at + size] in runs:
            kept += [KEY] if at >= gone else []
            gone = at + size
        elif at >= gone:
            kept.append(char)
    return "".join(kept)
