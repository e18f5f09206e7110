"""Lessons: single requests with their replies, for what a diffusion twin does not know.

In a window of the mix most tokens cannot be predicted, so a fact gets a small part of each step. A lesson is one request
with its reply on a canvas that hardly leaves room for more. The request is clean, the reply is hidden, and only the
reply carries loss.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from playground.errors import TrainingError
from playground.files import sha256, whole, write_whole
from playground.text.prompts import USER
from playground.text.token_ids import plain_batch
from playground.training.corpus import CorpusError
from playground.training.make_text import with_factors
from playground.training.objectives import MASK_ONLY
from playground.training.prepare import Prepared
from playground.training.text.draw import TRIES, as_document, choosers, draw_exchange
from playground.training.text.kinds import Kind
from playground.training.text.library import Library, library
from playground.training.text.stories import Story

FILE = "lessons.npz"  # in the data folder
CANVASES = (26, 32, 42, 56)  # tokens; a lesson takes the shortest that holds it
TAILS = 2_000  # other requests, of which one follows each reply
# High levels are frequent, because a reply begins as masks alone.
NOISE = replace(MASK_ONLY, prefix=1.0, prompt=1.0, lean=0.6)


@dataclass(frozen=True)
class Lessons:
    """Token ids by the length of the canvas, in tokens."""

    rows: Mapping[int, np.ndarray]  # uint16 [lessons, canvas]
    ends: Mapping[int, np.ndarray]  # int64 [lessons], one past the last token that carries loss

    def save(self, path: Path) -> None:
        """Write both parts of every canvas to an .npz file."""
        parts = {"rows": self.rows, "ends": self.ends}
        arrays: dict[str, Any] = {f"{name} {c}": a for name, part in parts.items() for c, a in part.items()}
        with whole(path) as part:
            np.savez(part, **arrays)

    @classmethod
    def of(cls, data: Prepared) -> Lessons:
        """Read what ``write_lessons`` wrote to a data folder. Raises CorpusError if there are none, or if they were
        written for other data: their ids are those of its tokenizer."""
        path = data.folder / FILE
        if not path.is_file() or sha256(path) != fingerprint(data):
            raise CorpusError(
                f"{data.folder} has no lessons of its own. Write them with `lessons --data {data.folder}`."
            )
        with np.load(path) as stored:
            canvases = sorted(int(name.split()[1]) for name in stored if name.startswith("rows "))
            return cls(*({c: stored[f"{name} {c}"] for c in canvases} for name in ("rows", "ends")))

    def draw(self, tokens: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(windows int64 [rows, canvas], ends int64 [rows]) of at most ``tokens`` tokens, all of one canvas. Canvases
        come as often as their lessons have tokens."""
        sizes = np.array([rows.size for rows in self.rows.values()], dtype=float)
        canvas = int(rng.choice(list(self.rows), p=sizes / sizes.sum()))
        at = rng.integers(len(self.rows[canvas]), size=max(1, tokens // canvas))
        return self.rows[canvas][at].astype(np.int64), self.ends[canvas][at]


def fingerprint(data: Prepared) -> str:
    """The sha256 of a data folder's lessons by its record; empty if it records none."""
    return data.facts().get("lessons", {}).get("sha256", "")


def draw_lessons(
    tokenizer, count: int, seed: int, factors: Mapping[str, float], found: Library | None = None
) -> Lessons:
    """``count`` requests that are not held out, less those that fit no canvas. ``factors`` multiply the shares of kinds by
    name; with factors only the named kinds are drawn. Raises TrainingError if no request fits, or if those of a kind are
    all held out."""
    known = with_factors(found or library(), factors)
    askable, cumulative = choosers(known)
    kinds = [kind for kind in known.kinds.values() if not factors or kind.name in factors]
    shares = [kind.share for kind in kinds]
    rng = Random(f"lessons {seed}")

    tails = [lesson(one, rng) for one in rng.choices(askable, cum_weights=cumulative, k=min(count, TAILS))]
    lessons = [lesson(kind, rng) for kind in rng.choices(kinds, shares, k=count)]
    heads = plain_batch([f"{lesson}\n{USER}" for lesson in lessons], tokenizer)
    wholes = plain_batch([f"{lesson}\n{rng.choice(tails)}" for lesson in lessons], tokenizer)
    rows: dict[int, list[np.ndarray]] = {canvas: [] for canvas in CANVASES}
    ends: dict[int, list[int]] = {canvas: [] for canvas in CANVASES}
    for head, filled in zip(heads, wholes):
        canvas = next((canvas for canvas in CANVASES if len(head) <= canvas), None)
        if canvas is None:
            continue
        row = np.full(canvas, tokenizer.eos_token_id, dtype=np.uint16)
        row[: len(filled)] = filled[:canvas]
        rows[canvas].append(row)
        ends[canvas].append(len(head))
    if not any(rows.values()):
        raise TrainingError(f"No lesson fits {CANVASES[-1]} tokens. Draw more, or other kinds.")
    return Lessons(
        {canvas: np.stack(some) for canvas, some in rows.items() if some},
        {canvas: np.array(some) for canvas, some in ends.items() if some},
    )


def lesson(of: Kind | Story, rng: Random) -> str:
    """One request that is not held out, with its reply. Raises TrainingError if TRIES draws give none."""
    for _ in range(TRIES):
        if not (exchange := draw_exchange(of, rng)).held_back:
            return as_document(exchange.turns[:1])
    raise TrainingError(f"All requests of {of.name} are held out, so it gives no lesson. Leave it out of --shares.")


def write_lessons(data: Prepared, count: int, seed: int, factors: Mapping[str, float]) -> Lessons:
    """Draw lessons and write them to the data folder, with a record in its prepare.json."""
    lessons = draw_lessons(data.tokenizer, count, seed, factors)
    lessons.save(data.folder / FILE)
    told = {
        "lessons": sum(map(len, lessons.rows.values())),
        "tokens": sum(rows.size for rows in lessons.rows.values()),
        "kinds": dict(factors),
        "seed": seed,
        "sha256": sha256(data.folder / FILE),
    }
    write_whole(data.folder / "prepare.json", json.dumps({**data.facts(), "lessons": told}, indent=1) + "\n")
    return lessons
