"""The tempo of a film, as the stage has it (assets/stage/tempo.js): a race of any length takes about ten seconds. The
noise is held, the first passes are slower, and each named stage is held a beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playground.trace.served import remote_of
from playground.trace.trace import Lane, Trace

SHOW_MS = 9000  # of film, for a whole race
NOISE_MS = 1000  # of film, for which the noise stands
STAGE_MS = 600  # of film, for which each further stage is held when it begins
FIRST = 3  # passes that play slower
SLOWER = 2  # times, than the others
LONGEST_S = 30.0  # longest film of a chosen factor in seconds, without the time of its last picture
FRAME_MS = 40  # 25 pictures per second
BEAT_MS = 200  # of film, between two pictures of the noise, whose signs change


@dataclass(frozen=True)
class Tempo:
    """How a race is spread over a film. All times but those of the film are in ms of the run's clock."""

    factor: float  # times slower than real time
    slow: float = 0.0  # until when it plays SLOWER times slower still
    stops: tuple[float, ...] = ()  # when it is held for STAGE_MS
    noise: float = 0.0  # ms of film for which the first picture is held

    def film_ms(self, t_ms: float) -> float:
        """When a time of the run is reached, in ms of film."""
        if t_ms <= 0:
            return 0.0
        held = STAGE_MS * sum(stop < t_ms for stop in self.stops)
        return self.noise + held + self.factor * (t_ms + (SLOWER - 1) * min(t_ms, self.slow))


def lead_of(trace: Trace) -> Lane | None:
    """The lane whose stages are shown: the first of this device that begins as noise."""
    return next((lane for lane in trace.lanes if lane.kind != "ar" and remote_of(lane) is None), None)


def stages_of(trace: Trace) -> Mapping[str, float]:
    """When each phase of the lead begins, in ms, without those that it never came to. Empty without a lead."""
    lead, begins = lead_of(trace), dict[str, float]()
    for frame in trace.frames_of(lead.key) if lead else ():
        begins.setdefault(frame.phase, frame.t_ms)
    return begins


def tempo_of(trace: Trace, chosen: float | None = None) -> Tempo:
    """The tempo of a run; ``chosen`` is a factor that holds all the way, None for the stage's own tempo."""
    total = max((frame.t_ms for frame in trace.frames), default=0.0)
    if chosen is not None:
        return Tempo(min(chosen, LONGEST_S * 1000 / total) if total > 0 else chosen)
    begins, lead = stages_of(trace), lead_of(trace)
    stops = tuple(sorted({begins[name] for name in ("rough", "clear") if begins.get(name, 0.0) > 0}))
    frames = trace.frames_of(lead.key) if lead else ()
    slow = frames[min(FIRST, len(frames) - 1)].t_ms if frames else 0.0
    length = max(1.0, total) + (SLOWER - 1) * slow
    return Tempo((SHOW_MS - NOISE_MS - STAGE_MS * len(stops)) / length, slow, stops, NOISE_MS)


def spoken(factor: float) -> str:
    """The factor in words, as the picture shows it."""
    if 0.95 <= factor < 1.05:
        return "real time"
    return f"{_plain(factor)}× slower than real time" if factor > 1 else f"{_plain(1 / factor)}× faster than real time"


def _plain(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 9.95 else f"{factor:.1f}".removesuffix(".0")


def moments(times_ms: list[float], film_ms: Callable[[float], float]) -> list[tuple[float, int]]:
    """The pictures of a film as (time on the run's clock in ms, duration in the film in ms). Passes closer together
    than FRAME_MS share a picture; without a pass there is no new picture, except that the noise has several."""
    times = sorted({0.0, *times_ms})
    shown: list[tuple[float, int]] = []
    begun = 0.0  # ms of film
    for at, now in enumerate(times):
        later = film_ms(times[at + 1]) if at + 1 < len(times) else None
        if later is None:
            shown.append((now, FRAME_MS))
        elif later - begun >= FRAME_MS:
            length = int((later - begun) / FRAME_MS) * FRAME_MS
            shown += _beats(length) if now == 0.0 else [(now, length)]
            begun += length
    return shown


def _beats(length: int) -> list[tuple[float, int]]:
    """The pictures of the noise, which stands for ``length`` ms of film."""
    whole = min(length, NOISE_MS) // BEAT_MS
    return [(0.0, BEAT_MS)] * (whole - 1) + [(0.0, length - BEAT_MS * max(whole - 1, 0))]
