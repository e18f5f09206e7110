"""The points of a sweep: the averages of a plan's runs, and their comparison with AR."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from playground.metrics.lane_metrics import LaneMeasures, percentile
from playground.metrics.table import AR_TWIN
from playground.sweep.plans import Plan


@dataclass(frozen=True)
class Sample:
    """The figures of one run of one lane."""

    figures: LaneMeasures
    gaps_ms: Sequence[float]  # between arrivals of tokens
    judged: float | None  # perplexity under the separate judge; None without one
    judged_bits_per_byte: float | None = None  # under the same judge


@dataclass(frozen=True)
class Point:
    """The averages of a plan over its prompts; means, unless said otherwise. None if a figure is not known."""

    group: str
    family: str
    label: str
    settings: Mapping[str, Any]
    runs: int
    tok_per_s: float  # median
    passes: float
    tokens_per_pass: float
    first_token_p50_ms: float | None  # percentiles over all runs
    first_token_p95_ms: float | None
    between_p50_ms: float | None  # percentiles of the gaps between arrivals over all runs
    between_p95_ms: float | None
    perplexity: float | None  # under the AR lane's model, geometric mean
    judged: float | None  # perplexity under the separate judge, geometric mean
    entropy: float | None  # nats
    distinct_2: float | None
    remasks: float
    replacements: float
    flops_share: float | None  # of the device's measured peak
    bytes_share: float | None  # of the device's measured peak
    right: float | None = None  # share of the replies (metrics/replies.py), as the two below
    repeated: float | None = None
    broken: float | None = None
    char_per_s: float = 0.0  # median
    bits_per_byte: float | None = None  # under the AR lane's model
    judged_bits_per_byte: float | None = None  # under the separate judge


def point(plan: Plan, samples: Sequence[Sample]) -> Point:
    """The averages of one plan."""
    rows = [sample.figures for sample in samples]
    firsts = [row.first_token_ms for row in rows if row.first_token_ms is not None]
    gaps = [gap for sample in samples for gap in sample.gaps_ms]
    return Point(
        plan.group,
        plan.family,
        plan.label,
        dict(plan.settings),
        runs=len(rows),
        tok_per_s=median(row.tok_per_s for row in rows),
        passes=fmean(row.passes for row in rows),
        tokens_per_pass=fmean(row.tokens_per_pass for row in rows),
        first_token_p50_ms=percentile(firsts, 0.5),
        first_token_p95_ms=percentile(firsts, 0.95),
        between_p50_ms=percentile(gaps, 0.5),
        between_p95_ms=percentile(gaps, 0.95),
        perplexity=_geometric(row.perplexity for row in rows),
        judged=_geometric(sample.judged for sample in samples),
        entropy=_mean(row.entropy for row in rows),
        distinct_2=_mean(row.distinct_2 for row in rows),
        remasks=fmean(row.remasks for row in rows),
        replacements=fmean(row.replacements for row in rows),
        flops_share=_mean(row.flops_share for row in rows),
        bytes_share=_mean(row.bytes_share for row in rows),
        right=_mean(row.right for row in rows),
        repeated=_mean(row.repeated for row in rows),
        broken=_mean(row.broken for row in rows),
        char_per_s=median(row.char_per_s for row in rows),
        bits_per_byte=_mean(row.bits_per_byte for row in rows),
        judged_bits_per_byte=_mean(sample.judged_bits_per_byte for sample in samples),
    )


@dataclass(frozen=True)
class Sweep:
    """The result of a sweep."""

    title: str  # length, prompts and device, in words
    judge: str | None  # the separate judge's name; None without one
    ar: Point  # the AR lane
    points: tuple[Point, ...]
    run: Mapping[str, Any]  # the facts needed to cite and repeat it
    scorer: str = AR_TWIN  # the AR lane's model, which scores, in a sentence
    one_tokenizer: bool = True  # whether both lanes cut text into the same tokens; if not, characters and bytes compare

    @property
    def unit(self) -> str:
        """What ``speed`` counts a second."""
        return "tokens" if self.one_tokenizer else "characters"

    def speed(self, point: Point) -> float:
        """Of a point's texts, by which it is compared."""
        return point.tok_per_s if self.one_tokenizer else point.char_per_s

    @property
    def score(self) -> str:
        """What ``scored`` and ``judged`` return."""
        return "perplexity" if self.one_tokenizer else "bits per byte"

    def scored(self, point: Point) -> float | None:
        """The surprise of a point's texts to the AR lane's model."""
        return point.perplexity if self.one_tokenizer else point.bits_per_byte

    def judged(self, point: Point) -> float | None:
        """Their surprise to the separate judge."""
        return point.judged if self.one_tokenizer else point.judged_bits_per_byte

    @property
    def counts_right(self) -> bool:
        """Whether right answers were counted for every point, so that they decide the comparison."""
        return all(point.right is not None for point in (self.ar, *self.points))

    def worse(self, point: Point) -> float | None:
        """The figure that decides the comparison; lower is better. It is the share of replies that are not right. If
        right answers were not counted, it is the score under the separate judge, or without one under the AR lane's
        model."""
        if self.counts_right and point.right is not None:
            return 1 - point.right
        return self.judged(point) if self.judge else self.scored(point)

    def standing(self, point: Point) -> str:
        """The comparison of a point with AR, in words. AR wins if the point is slower and no better; the point wins
        if it is faster and no worse; otherwise it is a trade-off. Empty if a figure is not known."""
        one, ar = self.worse(point), self.worse(self.ar)
        if one is None or ar is None:
            return ""
        if self.speed(point) > self.speed(self.ar):
            return "wins" if one <= ar else "faster, worse"
        return "slower, better" if one < ar else "AR wins"

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data."""
        return {
            "version": 2,
            "run": dict(self.run),
            "judge": self.judge,
            "scorer": self.scorer,
            "compares": self.unit,
            "ar": asdict(self.ar),
            "points": [{**asdict(point), "against_ar": self.standing(point)} for point in self.points],
        }


def _mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return fmean(there) if there else None


def _geometric(values: Iterable[float | None]) -> float | None:
    """The geometric mean of perplexities, because the mean of their logarithms is the mean cross-entropy."""
    mean = _mean(None if value is None else math.log(value) for value in values)
    return None if mean is None else math.exp(mean)
