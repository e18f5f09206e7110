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


@lru_cache(maxsize=4096)
def system_face(letter: str) -> str | None:
    """A font file of this system that has a letter, by fontconfig's list; None where there is no such file or no such list."""
    if not shutil.which("fc-list"):
        return None
    try:
        listed = subprocess.run(["fc-list", f":charset={ord(letter):x}", "file"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    files = sorted(line.rstrip(": ") for line in listed.stdout.splitlines() if line.rstrip(": ").endswith((".ttf", ".otf", ".ttc")))
    plain = [file for file in files if "Bold" not in file and "Italic" not in file and "Oblique" not in file]
    return next(iter([file for file in plain if "Mono" in file] + plain + files), None)


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
