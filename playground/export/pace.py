"""How fast a film of a run goes: slowed like the stage, faster only where it would be longer than anyone watches."""

from __future__ import annotations

SLOWER = 10.0  # the stage's own default
LONGEST_S = 30.0  # of a film, without its last picture
FRAME_MS = 40  # 25 pictures a second


def factor_for(total_ms: float, wanted: float = SLOWER) -> float:
    """By what factor to slow a run: as asked, or as little less as keeps the film within LONGEST_S."""
    return min(wanted, LONGEST_S * 1000 / total_ms) if total_ms > 0 else wanted


def spoken(factor: float) -> str:
    """The factor as the picture states it."""
    if 0.95 <= factor < 1.05:
        return "real time"
    return f"{_plain(factor)}× slower than real time" if factor > 1 else f"{_plain(1 / factor)}× faster than real time"


def _plain(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 9.95 else f"{factor:.1f}".removesuffix(".0")


def moments(times_ms: list[float], factor: float) -> list[tuple[float, int]]:
    """When to draw, on the run's clock, and for how many ms of film. Passes closer than a picture share one; no picture is
    drawn where nothing happens."""
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
