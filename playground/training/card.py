"""The model card: what a twin is, what it was trained on, how good it is, and unselected samples of what it writes.

The words are in playground/web/templates/card. This module only computes the values that the templates need.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from playground.request.race_request import RaceRequest
from playground.text.prompts import ASSISTANT
from playground.training.objectives import MASK_ONLY
from playground.training.repairing import by_rule
from playground.training.samples import Sample, SampleSettings
from playground.web.templates import text

SINGULAR = {"dialogues": "dialogue", "stories": "story"}
OTHER = {"diffusion": "autoregressive", "ar": "diffusion"}
RIGHT_SETS = {"held-out": "requests of the kinds", "stories": "openings of stories", "by hand": "prompts by hand"}


def card(
    name: str, training: dict[str, Any], figures: dict[str, Any] | None, samples: list[Sample], sampled: SampleSettings
) -> str:
    """The text of README.md from training.json, evaluation.json (None if there is none yet) and samples. The card shows
    every sample in full, because a selection would flatter the model."""
    objective, known = training["objective"], figures or {}
    return text(
        "card/card.md",
        name=name,
        training=training,
        figures=figures,
        samples=samples,
        sampled=sampled,
        diffusion=objective == "diffusion",
        other=OTHER[objective],
        longest=max(training["settings"]["lengths"]),
        harder=stories_are_harder(objective, training, known),
        right=right_at_the_pages_passes(known),
        surprise=surprise(known),
        notice=known.get("notice", {}).get("told"),
        right_sets=RIGHT_SETS.items(),
        least_noise=MASK_ONLY.least,
        made_up=made_up(training["corpus"]),
        alike=share_alike(training["corpus"]["parts"]),
        counted=in_words(samples),
        assistant=ASSISTANT,
        best_repair=best_repair,
        by_rule=by_rule,
        opening=opening,
        **phases(training),
    )


def stories_are_harder(
    objective: str, training: dict[str, Any], figures: dict[str, Any]
) -> dict[str, float | bool] | None:
    """Bits per byte of stories and of dialogues, and whether the twin read fewer stories than dialogues. None if
    stories are not harder than dialogues, or were not scored."""
    key = "bits_per_byte_at_most" if objective == "diffusion" else "bits_per_byte"
    mine = figures.get(objective, {})
    if not {"stories", "dialogues"} <= set(mine) or mine["stories"][key] <= mine["dialogues"][key]:
        return None
    fewer = (training["settings"].get("stories") or 0) < 0.5
    return {"stories": mine["stories"][key], "dialogues": mine["dialogues"][key], "read_fewer": fewer}


def right_at_the_pages_passes(figures: dict[str, Any]) -> dict[str, Any] | None:
    """The shares of right replies of both twins, 0 to 1, at the number of passes that the page starts with, or at the
    nearest number that was evaluated. None if right replies were not counted."""
    found = figures.get("right", {}).get("held-out")
    if not found:
        return None
    passes = min(found["diffusion"], key=lambda tried: abs(int(tried) - RaceRequest.steps))
    return {"passes": passes, "diffusion": found["diffusion"][passes]["right"], "ar": found["ar"]["right"]}


def surprise(figures: dict[str, Any]) -> dict[str, Any] | None:
    """The judge's perplexity of dialogues by people and by both twins; of the diffusion twin at 16 passes, or at the
    largest number that was evaluated. None if there was no judge."""
    judged = figures.get("generation", {}).get("dialogues")
    if not judged:
        return None
    passes = "16" if "16" in judged["diffusion"] else max(judged["diffusion"], key=int)
    rows = {"diffusion": judged["diffusion"][passes], "ar": judged["ar"], "people": judged["real"]}
    return {"passes": passes, **{who: row["perplexity"] for who, row in rows.items()}}


def best_repair(rates: dict[str, Any]) -> tuple[str, str, dict[str, float]]:
    """(rule, threshold, rates) with the highest repair rate among those that spoil under 2% of the correct tokens;
    among all if none is that careful."""
    found = list(by_rule(rates))
    careful = [one for one in found if one[2]["spoiled"] < 0.02]
    return max(careful or found, key=lambda one: one[2]["repaired"])


def made_up(corpus: dict[str, Any]) -> dict[str, Any] | None:
    """The parts of the corpus that are drawn from templates, and their shares of the training text by documents, tokens
    and bytes, 0 to 1. None if there are no such parts or they were not counted."""
    made = [source["part"] for source in corpus["parts"] if source.get("made")]
    counted = corpus.get("by_part", {})
    if not made or not counted:
        return None
    shares = {
        name: sum(counted[part][name] for part in made if part in counted)
        / sum(part[name] for part in counted.values())
        for name in ("documents", "tokens", "text_bytes")
    }
    return {"parts": made, **shares}


def phases(training: dict[str, Any]) -> dict[str, Any]:
    """The earlier trainings, the steps and tokens of this training alone, and whether an earlier training read the
    documents that were later held out for the judge."""
    before = training.get("earlier", [])
    steps, tokens = (training[name] - sum(phase[name] for phase in before) for name in ("steps", "tokens_seen"))
    read_all = any(phase["documents"] > training["corpus"]["train"]["documents"] for phase in before)
    return {
        "before": before,
        "steps": steps,
        "tokens": tokens,
        "before_the_judge": read_all and "judge" in training["corpus"],
    }


def share_alike(parts: list[dict[str, str]]) -> list[str]:
    """The share-alike licences of the training text, sorted."""
    found = {licence for part in parts for licence in part["licence"].split("; ")}
    return sorted(licence for licence in found if "-SA" in licence or "Sharing" in licence)


def opening(sample: Sample) -> str:
    """The prompt of a sample on one line, without the assistant's name at its end."""
    return " ".join(sample.prompt.removesuffix(f"\n{ASSISTANT}").split())


def in_words(samples: list[Sample]) -> str:
    """The number of samples of each kind in words: "20 dialogues and 4 stories"."""
    counts = Counter(sample.kind for sample in samples)
    return " and ".join(f"{count} {name if count > 1 else SINGULAR[name]}" for name, count in counts.items())
