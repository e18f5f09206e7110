"""The speed of a film: slowed like the stage, but faster if the film would be too long."""

from __future__ import annotations

SLOWER = 10.0  # the stage's default factor
LONGEST_S = 30.0  # longest film in seconds, without the time of its last picture
FRAME_MS = 40  # 25 pictures per second


def factor_for(total_ms: float, wanted: float = SLOWER) -> float:
    """The factor that slows a run of ``total_ms``: ``wanted``, or less if the film would be longer than LONGEST_S."""
    return min(wanted, LONGEST_S * 1000 / total_ms) if total_ms > 0 else wanted


def spoken(factor: float) -> str:
    """The factor in words, as the picture shows it."""
    if 0.95 <= factor < 1.05:
        return "real time"
    return f"{_plain(factor)}× slower than real time" if factor > 1 else f"{_plain(1 / factor)}× faster than real time"


def _plain(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 9.95 else f"{factor:.1f}".removesuffix(".0")


def moments(times_ms: list[float], factor: float) -> list[tuple[float, int]]:
    """The pictures of a film as (time on the run's clock in ms, duration in the film in ms). Passes closer together
    than FRAME_MS share a picture; without a pass there is no new picture."""
    times = sorted({0.0, *times_ms})
    shown: list[tuple[float, int]] = []
    begun = 0.0  # ms of film
    for at, now in enumerate(times):
        later = times[at + 1] * factor if at + 1 < len(times) else None
        if later is None:
            shown.append((now, FRAME_MS))
        elif later - begun >= FRAME_MS:
            length = int((later - begun) / FRAME_MS) * FRAME_MS
            shown.append((now, length))
            begun += length
    return shown
