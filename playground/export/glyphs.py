"""Letters that the bundled Latin faces do not have: a face of this system that has them, where there is one."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache

from PIL import ImageFont

NOBODY = "\U0010fffe"  # no face has it, so it is drawn as the box that stands for what is missing


@lru_cache(maxsize=4096)
def holds(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether a face has a letter of its own."""
    if letter.isspace():
        return True
    box, drawn = font.getmask(NOBODY), font.getmask(letter)
    return drawn.size != box.size or bytes(drawn) != bytes(box)


@lru_cache(maxsize=1)
def system_faces() -> list[tuple[str, list[tuple[int, int]]]]:
    """(font file, ranges of the letters that it has) of this system, upright and regular ones first; empty where there is no fontconfig.
    Asked once, whatever letters a run holds."""
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
    """fontconfig's "20-7e a0" as first and last letters."""
    return [
        (int(first, 16), int(last or first, 16)) for first, _, last in (part.partition("-") for part in letters.split())
    ]


@lru_cache(maxsize=4096)
def system_face(letter: str) -> str | None:
    """A font file of this system that has a letter; None where there is none."""
    code = ord(letter)
    return next((file for file, known in system_faces() if any(first <= code <= last for first, last in known)), None)


def face_for(text: str, own: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """The bundled face, or one of the system in the same size where only that has the first letter that is missing."""
    missing = next((letter for letter in text if not holds(own, letter)), None)
    file = system_face(missing) if missing else None
    try:
        return ImageFont.truetype(file, own.size) if file else own
    except OSError:
        return own


def drawn_as_boxes(text: str, own: ImageFont.FreeTypeFont) -> list[str]:
    """The letters of a text that no face here has."""
    return sorted({letter for letter in set(text) if not holds(own, letter) and not system_face(letter)})
