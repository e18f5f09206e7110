"""Writes a run as an MP4. Needs ffmpeg on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from playground.errors import PlaygroundError
from playground.export.limits import check_film
from playground.export.pace import FRAME_MS
from playground.export.picture import Film
from playground.trace.trace import Trace

HOLD_MS = 3000  # how long the last picture stays
# One thread and no buffered pictures: ffmpeg then takes 150 MB for the largest pictures; by default it takes 410 MB.
FRUGAL = ["-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"]


def to_mp4(trace: Trace, path: Path, slower: float | None = None) -> None:
    """Write the film to ``path``. ``slower`` is the factor that slows it down; None for the stage's default. Raises
    PlaygroundError if there is no encoder, if the encoder fails, or, before anything is written, if the film is too
    large."""
    encoder = shutil.which("ffmpeg")
    if encoder is None:
        raise PlaygroundError("No MP4 was made: there is no ffmpeg on this machine. Install it, or export a GIF.")
    film = Film(trace, slower)
    check_film(film, "MP4")
    command = [
        encoder,
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        "{}x{}".format(*film.size),
        "-r",
        str(1000 // FRAME_MS),
        "-threads",
        "1",
        "-i",
        "-",
        "-filter_threads",
        "1",
        "-c:v",
        "libx264",
        *FRUGAL,
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
        str(path),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as encoding:
        assert encoding.stdin and encoding.stderr, "both are pipes"
        try:
            feed(film, encoding.stdin)
            encoding.stdin.close()
        except BrokenPipeError:
            pass  # the encoder failed; its exit status and error message are read below
        said = encoding.stderr.read().decode("utf-8", "replace").strip()
    if encoding.returncode:
        last = said.splitlines()[-1] if said else f"exit status {encoding.returncode}"
        raise PlaygroundError(f"No MP4 was made: ffmpeg failed ({last}). Export a GIF, or mend ffmpeg.")


def feed(film: Film, pipe) -> None:
    """Write every picture to the encoder's input as often as it is shown, and the last one for HOLD_MS more."""
    pixels = b""
    for picture, length in film.pictures():
        pixels = picture.tobytes()
        for _ in range(max(1, length // FRAME_MS)):
            pipe.write(pixels)
    for _ in range(HOLD_MS // FRAME_MS):
        pipe.write(pixels)
