"""A twin's own texts as training data, so that few passes do for what took it many.

Sequence-level knowledge distillation (Kim and Rush, 1606.07947), as used for decoders that write many tokens at once (Gu et
al., 1711.02281; Zhou et al., 1911.02727): a text written surest first in many passes is one likely text of the many that
people might have written there, so tokens chosen at once disagree less. What that costs is diversity; part of the documents
stay as people wrote them.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playground.errors import TrainingError
from playground.files import sha256, write_whole
from playground.metrics.text_metrics import unigram_entropy
from playground.training.corpus import Packed
from playground.training.prepare import JUDGE, Prepared
from playground.training.runs import Twin
from playground.training.sampling import Sampler
from playground.training.tokens import opening


@dataclass(frozen=True)
class DistillSettings:
    """texts: openings that are answered, the first of a seeded shuffle; passes: per text; length: tokens that the twin
    writes behind an opening, no end token among them; keep: share of the tokens that stay as people wrote them; opening:
    tokens of a story's opening; shortest, longest: tokens of an opening; least_entropy: of what is written, in nats, below
    which a text goes round in circles and is left out."""

    texts: int = 1200
    passes: int = 64
    length: int = 64
    keep: float = 0.5
    opening: int = 24
    shortest: int = 4
    longest: int = 64
    least_entropy: float = 0.0
    seed: int = 60

    def __post_init__(self):
        if not 0 <= self.keep < 1:
            raise TrainingError(f"The share that is kept must be at least 0 and below 1, not {self.keep:g}.")


def training_openings(packed: Packed, tokenizer, settings: DistillSettings) -> list[list[int]]:
    """Different openings of training documents as token ids: a dialogue's first turn up to the assistant's name, a story's
    first tokens. At most ``settings.texts``."""
    found: dict[tuple[int, ...], list[int]] = {}
    for ids in map(packed.document, np.random.default_rng(settings.seed).permutation(len(packed.openings))):
        prompt = opening(
            ids[: settings.longest + 1], tokenizer, settings.opening
        )  # one that is cut here does not fit below
        if (
            settings.shortest <= len(prompt) <= settings.longest
            and len(prompt) < len(ids)
            and ids[: len(prompt)] == prompt
        ):
            found[tuple(prompt)] = prompt
        if len(found) == settings.texts:
            break
    return list(found.values())


def write_texts(
    sampler: Sampler,
    prompts: list[list[int]],
    settings: DistillSettings,
    minutes: float,
    report: Callable[[str], None],
) -> list[list[int]]:
    """The prompts with what the twin writes after them, surest first: at least one, then as many as the minutes allow."""
    began, texts = time.monotonic(), list[list[int]]()
    for prompt in prompts:
        written = sampler.write(prompt, settings.length, settings.passes, commit="confidence", bar_end=True)
        texts.append(prompt + written.ids)
        spent = time.monotonic() - began
        if len(texts) % 100 == 0:
            report(f"{len(texts):,} of {len(prompts):,} texts, {spent:.0f} s")
        if spent >= minutes * 60:
            break
    return texts


def varied(texts: list[list[int]], settings: DistillSettings) -> list[list[int]]:
    """The texts whose written tokens have the least entropy asked for, or more."""
    return [text for text in texts if unigram_entropy(text[-settings.length :]) >= settings.least_entropy]


def kept_documents(packed: Packed, tokens: float, seed: int) -> Iterator[int]:
    """Whole documents of a seeded shuffle, by number, each taken if that brings the sum nearer to so many tokens."""
    sizes, total = np.diff(np.append(packed.openings, len(packed.ids))), 0
    for at in np.random.default_rng(seed + 1).permutation(len(sizes)):
        if abs(tokens - total - sizes[at]) < abs(tokens - total):
            total += sizes[at]
            yield int(at)


def joined(texts: list[list[int]], packed: Packed, kept: list[int], tokenizer) -> Packed:
    """The twin's texts, then documents of ``packed``, lines and all.

    A text was cut and not ended by its writer, so its only line is its opening: no window that starts there and is no longer
    than the text shows the end token that closes every document here.
    """
    end, bounds = tokenizer.eos_token_id, np.append(packed.openings, len(packed.ids))
    rows = [np.asarray([*text, end], dtype=np.uint16) for text in texts]
    lines, sizes = [np.zeros(1, dtype=np.int64) for _ in texts], [len(row) for row in rows]
    text_bytes = sum(len(tokenizer.decode(text).encode()) for text in texts)
    for at in kept:
        start, stop = bounds[at], bounds[at + 1]
        among = slice(*np.searchsorted(packed.line_starts, (start, stop)))
        rows.append(packed.ids[start:stop])
        lines.append(packed.line_starts[among] - start)
        sizes.append(stop - start)
        text_bytes += len(tokenizer.decode(packed.document(at)).encode())
    openings = np.cumsum([0, *sizes[:-1]])
    return Packed(
        ids=np.concatenate(rows),
        line_starts=np.concatenate([own + opening for own, opening in zip(lines, openings)]),
        line_ends=np.repeat(openings + sizes, [len(own) for own in lines]),
        openings=openings,
        text_bytes=text_bytes,
    )


def distill(
    twin: Twin,
    data: Prepared,
    out: Path,
    settings: DistillSettings,
    minutes: float = math.inf,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Write a data folder as ``prepare`` does, whose training split is the twin's own texts and some documents, the other
    splits as they were; returns its prepare.json, with a note on how it came about. Raises TrainingError where there is
    nothing to write with or behind, or nothing worth keeping."""
    facts, packed = data.facts(), data.packed("train")
    if twin.objective != "diffusion":
        raise TrainingError(f"{twin.folder} holds the {twin.objective} twin. Give --model the diffusion twin.")
    if twin.tokenizer.get_vocab() != data.tokenizer.get_vocab():
        raise TrainingError(f"{twin.folder} and {data.folder} differ in tokenizer. Give --data it learned from.")
    if out.resolve() == data.folder.resolve():
        raise TrainingError(f"--out is the data folder {data.folder} itself. Give another, so that its documents stay.")
    if settings.longest + settings.length > twin.model.config.max_position_embeddings:
        raise TrainingError(f"The twin reads {twin.model.config.max_position_embeddings} tokens. Lower --length.")
    prompts = training_openings(packed, data.tokenizer, settings)
    if not prompts:
        raise TrainingError(f"No opening in {data.folder} is short enough to be answered. Give other --data.")
    everything = write_texts(twin.sampler, prompts, settings, minutes, report)
    if not (texts := varied(everything, settings)):
        raise TrainingError(f"Each of {len(everything):,} texts repeats itself too much. Lower --least-entropy.")
    written = sum(len(text) + 1 for text in texts)
    kept = list(kept_documents(packed, written * settings.keep / (1 - settings.keep), settings.seed))
    result = joined(texts, packed, kept, data.tokenizer)

    (out / "prepare.json").unlink(missing_ok=True)  # it is written last, as by prepare
    shutil.copytree(data.folder / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    others = [name for name in ("valid.npz", f"{JUDGE}.npz") if (data.folder / name).is_file()]
    (out / f"{JUDGE}.npz").unlink(missing_ok=True)  # of other data that stood here before
    for name in others:
        shutil.copy(data.folder / name, out / name)
    result.save(out / "train.npz")
    facts["train"] = {"documents": len(result.openings), "tokens": len(result.ids), "text_bytes": result.text_bytes}
    facts["distilled"] = {
        "model_sha256": twin.sha256,
        "steps": twin.steps,
        "tokens_seen": twin.tokens_seen,
        "texts": len(texts),
        "left_out": len(everything) - len(texts),
        "text_tokens": written,
        "shortest_text": min(map(len, texts)),
        "kept_documents": len(kept),
        "kept_tokens": len(result.ids) - written,
        "settings": asdict(settings),
    }
    facts["files"] = {name: sha256(out / name) for name in ("tokenizer/tokenizer.json", "train.npz", *others)}
    write_whole(out / "prepare.json", json.dumps(facts, indent=1) + "\n")
    return facts
