"""Finds a font of this system for letters that the bundled Latin fonts lack."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache

from PIL import ImageFont

NOBODY = "\U0010fffe"  # a code point that no font has, so it is drawn as the box for a missing letter


@lru_cache(maxsize=4096)
def holds(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether a font has a letter."""
    if letter.isspace():
        return True
    box, drawn = font.getmask(NOBODY), font.getmask(letter)
    return drawn.size != box.size or bytes(drawn) != bytes(box)


@lru_cache(maxsize=1)
def system_faces() -> list[tuple[str, list[tuple[int, int]]]]:
    """(font file, ranges of the letters that it has) of this system, upright and regular fonts first. Empty without
    fontconfig. fontconfig is called only once."""
    if not shutil.which("fc-list"):
        return []
    try:
        listed = subprocess.run(
            ["fc-list", "--format", "%{file}\t%{charset}\n"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    faces = sorted(line.split("\t") for line in listed.stdout.splitlines() if line.count("\t") == 1)
    found = [(file, ranges(letters)) for file, letters in faces if file.endswith((".ttf", ".otf", ".ttc"))]
    styled = ("Bold", "Italic", "Oblique")
    return sorted(found, key=lambda face: (any(style in face[0] for style in styled), "Mono" not in face[0]))


def ranges(letters: str) -> list[tuple[int, int]]:
    """Parse fontconfig's list of letters such as "20-7e a0" into (first, last) code points."""
    return [
        (int(first, 16), int(last or first, 16)) for first, _, last in (part.partition("-") for part in letters.split())
    ]


@lru_cache(maxsize=4096)
def system_face(letter: str) -> str | None:
    """A font file of this system that has a letter; None if there is none."""
    code = ord(letter)
    return next((file for file, known in system_faces() if any(first <= code <= last for first, last in known)), None)


def face_for(text: str, own: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """The font to draw a text with: the bundled font ``own``, or, if that lacks a letter, a system font of the same
    size that has the first missing letter."""
    missing = next((letter for letter in text if not holds(own, letter)), None)
    file = system_face(missing) if missing else None
    try:
        return ImageFont.truetype(file, own.size) if file else own
    except OSError:
        return own


def drawn_as_boxes(text: str, own: ImageFont.FreeTypeFont) -> list[str]:
    """The letters of a text that neither the bundled font nor a system font has, sorted."""
    return sorted({letter for letter in set(text) if not holds(own, letter) and not system_face(letter)})
