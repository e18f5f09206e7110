"""Training data written by a twin itself, so that the next training needs few passes where this twin needed many.

This is sequence-level knowledge distillation (Kim and Rush, 1606.07947), as used for decoders that write many tokens
at once (Gu et al., 1711.02281; Zhou et al., 1911.02727). People might continue an opening in many ways. A text that
the twin writes in many passes, most confident token first, is one likely continuation, so tokens chosen in the same
pass conflict less often. The cost is diversity; therefore some of the documents that people wrote are kept.
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
    """How many texts the twin writes, how, and how much of the old text is kept. Raises TrainingError if ``keep`` is
    outside [0, 1)."""

    texts: int = 1200  # openings that the twin continues, the first of a seeded shuffle
    passes: int = 64  # per text
    length: int = 64  # tokens that the twin writes after an opening, without an end token
    keep: float = 0.5  # share of the new training tokens that come from the old documents
    opening: int = 24  # tokens of a story's opening
    shortest: int = 4  # tokens of the shortest opening that is used
    longest: int = 64  # tokens of the longest opening that is used
    least_entropy: float = 0.0  # nats; texts with less unigram entropy repeat themselves and are dropped
    seed: int = 60

    def __post_init__(self):
        if not 0 <= self.keep < 1:
            raise TrainingError(f"The share that is kept must be at least 0 and below 1, not {self.keep:g}.")


def training_openings(packed: Packed, tokenizer, settings: DistillSettings) -> list[list[int]]:
    """Distinct openings of training documents as token ids, at most ``settings.texts``: of a dialogue the first turn up
    to the assistant's name, of a story the first ``settings.opening`` tokens."""
    found: dict[tuple[int, ...], list[int]] = {}
    for ids in map(packed.document, np.random.default_rng(settings.seed).permutation(len(packed.openings))):
        # one token more than allowed, so that the check below rejects an opening that was cut
        prompt = opening(ids[: settings.longest + 1], tokenizer, settings.opening)
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
    """Token ids of prompts and the twin's continuations, written most confident token first. At least one text, then as
    many as ``minutes`` allow."""
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
    """The texts whose last ``settings.length`` tokens have a unigram entropy of at least ``settings.least_entropy``."""
    return [text for text in texts if unigram_entropy(text[-settings.length :]) >= settings.least_entropy]


def kept_documents(packed: Packed, tokens: float, seed: int) -> Iterator[int]:
    """Numbers of documents in a seeded shuffle; a document is taken if it brings the sum of tokens nearer to
    ``tokens``."""
    sizes, total = np.diff(np.append(packed.openings, len(packed.ids))), 0
    for at in np.random.default_rng(seed + 1).permutation(len(sizes)):
        if abs(tokens - total - sizes[at]) < abs(tokens - total):
            total += sizes[at]
            yield int(at)


def joined(texts: list[list[int]], packed: Packed, kept: list[int], tokenizer) -> Packed:
    """Pack the twin's texts, then the documents of ``packed`` numbered in ``kept`` with their line starts.

    The twin's texts stop at a fixed length, so the end token after them must not be learned. Their only line start is
    the start of the text: a window that starts there and is no longer than the text does not reach the end token.
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
    """Write a data folder like that of ``prepare``, whose training split holds the twin's own texts and some of the old
    documents; the other splits are copied. Returns its prepare.json, with a record of the distillation.

    Raises TrainingError if the twin is not the diffusion twin or does not fit the data, if ``out`` is the data
    folder, if no opening is short enough, or if no text has enough entropy.
    """
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

    (out / "prepare.json").unlink(missing_ok=True)  # it is written last, as in prepare
    shutil.copytree(data.folder / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    others = [name for name in ("valid.npz", f"{JUDGE}.npz") if (data.folder / name).is_file()]
    (out / f"{JUDGE}.npz").unlink(missing_ok=True)  # it may come from other data, written here earlier
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
