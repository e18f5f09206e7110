"""Evaluates both twins on held-out text. The figures: bits per byte on the same tokens, the diffusion twin's masked
cross-entropy, infilling, repair of errors, right answers, and the quality of generated text under a judge model.

Both twins score every validation token exactly once, in the same windows, except the first token of each document. The
AR twin's likelihood is exact; the diffusion twin's is the bound that it was trained on. This module knows nothing
about training or publishing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from playground.decoders.perplexity import perplexity
from playground.engine.provenance import library_versions
from playground.errors import TrainingError
from playground.files import sha256
from playground.text.prompts import KINDS, USER, kind
from playground.training.corpus import Packed, windows
from playground.training.generation import GenerationSettings, generation
from playground.training.infilling import (
    InfillingSettings,
    filler,
    has_windows,
    infilling,
)
from playground.training.loop import batch_loss, of_kind
from playground.training.notice import NoticeSettings, notice, notice_lines
from playground.training.objectives import MASK_ONLY, diffusion_batch
from playground.training.prepare import Prepared
from playground.training.repairing import RepairSettings, by_rule, repair
from playground.training.right import RightSettings, right_answers, right_lines
from playground.training.runs import Twin
from playground.training.sources import sources_of
from playground.training.tokens import opening

HALF = "windows (the diffusion twin read half of those that AR read, each with two masks)"
UNLIKE = {"objective", "noise", "rescheduled"}  # settings in which matched twins may differ; the card shows the last


@dataclass(frozen=True)
class EvaluateSettings:
    """Sizes, limits and seed of an evaluation; one group of settings per kind of figure."""

    length: int = 192  # tokens of a scored window
    levels: int = 8  # corruption levels per window
    rows: int = 32  # windows per forward pass
    masked_length: int = 96  # tokens of a window for the masked cross-entropy
    masked_batches: int = 64  # batches of ``rows`` windows for the masked cross-entropy
    opening: int = 24  # tokens of a story's opening
    percentile: float = 99.0  # of the openings' perplexities; a prompt above it counts as out of domain
    seed: int = 0
    generation: GenerationSettings = field(default_factory=GenerationSettings)
    infilling: InfillingSettings = field(default_factory=InfillingSettings)
    repair: RepairSettings = field(default_factory=RepairSettings)
    right: RightSettings = field(default_factory=RightSettings)
    notice: NoticeSettings = field(default_factory=NoticeSettings)


@dataclass(frozen=True)
class ScoringWindows:
    """Windows that together score every token once, except the first token of each document."""

    ids: torch.Tensor  # int64 [n, length], padded with end tokens after the document
    first: torch.Tensor  # int64 [n], the first scored position; the positions before it are context
    last: torch.Tensor  # int64 [n], one past the last scored position
    dialogue: np.ndarray  # bool [n], whether the window is cut from a dialogue
    text_bytes: np.ndarray  # int64 [n], UTF-8 bytes of the scored tokens; an end token is scored and has 0 bytes


def scoring_windows(packed: Packed, tokenizer, length: int) -> ScoringWindows:
    """Cut every document into windows of ``length`` tokens.

    The first window starts where the document starts. Each later window starts at the turn or paragraph that the
    previous window cut, but at most half a window before the cut. So every token has context, as in training.
    """
    end, sizes = tokenizer.eos_token_id, token_bytes(tokenizer)
    bounds = np.append(packed.openings, len(packed.ids))
    rows, first, last, dialogue = [], [], [], []
    for begin, stop in pairwise(bounds):
        is_dialogue = tokenizer.decode(packed.ids[begin : begin + 8].tolist()).startswith(USER)
        start, scored = begin, begin + 1
        while scored < stop:
            cut = min(start + length, stop)
            row = np.full(length, end, dtype=np.int64)
            row[: cut - start] = packed.ids[start:cut]
            rows.append(row)
            first.append(scored - start)
            last.append(cut - start)
            dialogue.append(is_dialogue)
            line = packed.line_starts[np.searchsorted(packed.line_starts, cut) - 1]  # the last start before the cut
            start, scored = max(line, cut - length // 2), cut
    scored_bytes = [int(sizes[row[a:b]].sum()) for row, a, b in zip(rows, first, last)]
    return ScoringWindows(
        torch.from_numpy(np.stack(rows)),
        torch.tensor(first),
        torch.tensor(last),
        np.array(dialogue),
        np.array(scored_bytes),
    )


def token_bytes(tokenizer) -> np.ndarray:
    """UTF-8 bytes of every token, int64 [vocabulary]. The byte-level alphabet spells one byte as one character; a
    special token has 0 bytes."""
    special, spelled = set(tokenizer.all_special_ids), tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return np.array([0 if token in special else len(text) for token, text in enumerate(spelled)])


@torch.inference_mode()
def causal_nats(model: torch.nn.Module, scored: ScoringWindows, rows: int) -> np.ndarray:
    """Exact negative log-likelihood in nats of every window's scored tokens under a causal model, float64 [n]."""
    nats = []
    for ids, first, last in _batches(scored, rows):
        at = torch.arange(ids.shape[1])[None]
        keep = ((at >= first[:, None]) & (at < last[:, None]))[:, 1:]  # [rows, length - 1], by target
        hidden = model.model(ids[:, :-1], use_cache=False).last_hidden_state[keep]
        losses = F.cross_entropy(model.lm_head(hidden).float(), ids[:, 1:][keep], reduction="none").double()
        nats.append(_sum_by_row(losses, keep))
    return torch.cat(nats).numpy()


@torch.inference_mode()
def diffusion_nats(model: torch.nn.Module, scored: ScoringWindows, mask: int, settings: EvaluateSettings) -> np.ndarray:
    """Draws of the diffusion bound in nats, float64 [n, levels]; their mean is an upper bound of -log p of a window.

    The bound is the expectation over t of 1/t times the summed cross-entropy at the masked positions (MDLM,
    2406.07524, eq. 10, with alpha = 1 - t). Integrating over t gives the same expectation with less variance: mask k of
    n positions, k uniform on 1..n, with the weight n / k (LLaDA, 2502.09992, eq. 14). k is stratified over the draws
    of a window. Every position from ``first`` on may be masked, also the padding of end tokens, so the model predicts
    the length of the text as well.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    draws = []
    for ids, first, _ in _batches(scored, settings.rows):
        rows, length = ids.shape
        given = torch.arange(length)[None] < first[:, None]  # [rows, length]
        n = length - first
        of_batch = []
        for level in range(settings.levels):
            share = (level + torch.rand(rows, generator=generator)) / settings.levels
            k = ((share * n).long() + 1).minimum(n)  # uniform on 1..n over all levels
            order = torch.rand(rows, length, generator=generator).masked_fill(given, 2.0).argsort(1).argsort(1)
            masked = order < k[:, None]
            hidden = model.model(ids.masked_fill(masked, mask), use_cache=False).last_hidden_state[masked]
            losses = F.cross_entropy(model.lm_head(hidden).float(), ids[masked], reduction="none").double()
            of_batch.append(_sum_by_row(losses, masked) * n / k)
        draws.append(torch.stack(of_batch, dim=1))
    return torch.cat(draws).numpy()


@torch.inference_mode()
def masked_cross_entropy(
    model: torch.nn.Module, packed: Packed, mask: int, settings: EvaluateSettings
) -> dict[str, float]:
    """The training loss in nats with mask noise only, and its standard error over the batches.

    Windows start at a turn or paragraph; half of them have a clean prefix; t ~ U(eps, 1). The loss is the mean over the
    masked positions of a window, then over the windows.
    """
    rng, generator = np.random.default_rng(settings.seed), torch.Generator().manual_seed(settings.seed)
    alphabet = torch.tensor([mask])  # never drawn from: no row has random tokens
    losses = []
    for _ in range(settings.masked_batches):
        drawn = torch.from_numpy(windows(packed, rng, settings.rows, settings.masked_length, opening_share=0.0))
        batch = diffusion_batch(drawn, mask, (alphabet, alphabet), MASK_ONLY, generator)
        losses.append(batch_loss(model, batch).item())
    error = float(np.std(losses, ddof=1)) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    return {"nats": float(np.mean(losses)), "standard_error": error}


def openings(packed: Packed, tokenizer, story_tokens: int) -> dict[str, list[list[int]]]:
    """The prompt that would ask for each validation document, as token ids, by kind (prompts.KINDS)."""
    asked: dict[str, list[list[int]]] = {name: [] for name in KINDS}
    for ids in map(packed.document, range(len(packed.openings))):
        asked[kind(tokenizer.decode(ids))].append(opening(ids, tokenizer, story_tokens))
    return asked


def prompt_perplexities(model: torch.nn.Module, asked: list[list[int]]) -> list[float]:
    """Perplexity per token of every opening under the AR twin. The first token of an opening is not scored."""
    found = (perplexity(model, ids) for ids in asked)
    return [value for value in found if value is not None]


def evaluate(
    diffusion: Twin, ar: Twin, data: Prepared, settings: EvaluateSettings, judge: Twin | None = None
) -> dict[str, Any]:
    """Evaluate both twins on the validation split; returns evaluation.json as plain data.

    Without ``judge`` (an AR model, see generation.load_judge), generated text is not scored. Raises TrainingError if a
    twin has the wrong objective, another tokenizer than ``data``, or fewer positions than the windows need.
    """
    for twin, objective in ((diffusion, "diffusion"), (ar, "ar")):
        if twin.objective != objective:
            raise TrainingError(f"{twin.folder} holds the {twin.objective} twin where the {objective} one is needed.")
        if twin.tokenizer.get_vocab() != data.tokenizer.get_vocab():
            raise TrainingError(f"{twin.folder} and {data.folder} differ in tokenizer. Give --data it learned from.")
        if max(settings.length, settings.masked_length) > twin.model.config.max_position_embeddings:
            raise TrainingError(f"Windows may have {twin.model.config.max_position_embeddings} tokens. Lower --length.")
    valid, mask, end = data.packed("valid"), data.tokenizer.mask_token_id, data.tokenizer.eos_token_id
    scored = scoring_windows(valid, data.tokenizer, settings.length)
    exact = causal_nats(ar.model, scored, settings.rows)
    draws = diffusion_nats(diffusion.model, scored, mask, settings)
    asked = openings(valid, data.tokenizer, settings.opening)
    strangeness = {name: prompt_perplexities(ar.model, rows) for name, rows in asked.items() if rows}
    fillers = {"diffusion": filler(diffusion.sampler), "ar": filler(ar.sampler)}
    kinds = {name: valid.only(chosen) for name in KINDS if (chosen := of_kind(valid, data.tokenizer, name)).any()}
    tokens = (scored.last - scored.first).numpy()
    groups = {"all": np.ones(len(tokens), bool), KINDS[0]: scored.dialogue, KINDS[1]: ~scored.dialogue}
    groups = {name: rows for name, rows in groups.items() if rows.any()}
    return {
        "version": 2,
        "differences": differences(diffusion, ar),
        "prompt_perplexity_limits": {
            name: round(float(np.percentile(values, settings.percentile)), 3) for name, values in strangeness.items()
        },
        "validation": {
            "documents": len(valid.openings),
            "sha256": sha256(data.folder / "valid.npz"),
            "scored": {
                name: {
                    "windows": int(rows.sum()),
                    "tokens": int(tokens[rows].sum()),
                    "bytes": int(scored.text_bytes[rows].sum()),
                }
                for name, rows in groups.items()
            },
            "openings": {
                name: {"count": len(values), "median_perplexity": round(float(np.median(values)), 3)}
                for name, values in strangeness.items()
            },
        },
        "ar": {
            **_identity(ar),
            **{
                name: {
                    "bits_per_byte": _bits_per_byte(exact[rows], scored.text_bytes[rows]),
                    "nats_per_token": round(float(exact[rows].sum() / tokens[rows].sum()), 4),
                }
                for name, rows in groups.items()
            },
        },
        "diffusion": {
            **_identity(diffusion),
            **{
                name: {
                    "bits_per_byte_at_most": _bits_per_byte(draws[rows].mean(1), scored.text_bytes[rows]),
                    "standard_error": _bits_error(draws[rows], scored.text_bytes[rows]),
                }
                for name, rows in groups.items()
            },
            "masked_cross_entropy": {
                name: round(value, 4)
                for name, value in masked_cross_entropy(diffusion.model, valid, mask, settings).items()
            },
        },
        "infilling": infilling(fillers, valid, end, settings.infilling),
        "infilling_by_kind": {
            name: infilling(fillers, text, end, settings.infilling)
            for name, text in kinds.items()
            if has_windows(text, settings.infilling, end)
        },
        "right": right_answers(diffusion, ar, settings.right),
        **({"notice": notice(ar, settings.notice)} if made(data) else {}),
        "repair": repair(diffusion.sampler, diffusion.model, data.tokenizer, valid, settings.repair),
        **({"generation": generation(diffusion, ar, judge, valid, settings.generation)} if judge else {}),
        "settings": asdict(settings),
        "libraries": library_versions(),
    }


def right_anew(
    diffusion: Twin, ar: Twin, kept: dict[str, Any], settings: RightSettings, report: Callable[[str], None] = print
) -> dict[str, Any]:
    """An evaluation with its right answers counted anew, and its notices where it has them, after a change of the page's
    rules or of the score; all else is kept. Raises TrainingError if it is about other weights."""
    for twin in (diffusion, ar):
        if not twin.judged_by(kept):
            raise TrainingError(f"That evaluation is of other weights than those in {twin.folder}. Evaluate all anew.")
    counted = {"right": right_answers(diffusion, ar, settings, report)}
    if "notice" in kept:
        counted["notice"] = notice(ar, NoticeSettings(**kept["settings"].get("notice", {})))
    changed = {
        "differences": differences(diffusion, ar),
        "settings": {**kept["settings"], "right": asdict(settings)},
        "libraries": library_versions(),
    }
    return {**kept, **counted, **changed}


def made(data: Prepared) -> bool:
    """Whether the training text contains text from our templates, so that the twins know its words."""
    return any(source.made for source in sources_of(data.facts()["parts"]))


def differences(diffusion: Twin, ar: Twin) -> list[str]:
    """Names of the settings and training facts in which the twins differ, or the tokens of a further training that only
    the diffusion twin had; empty for matched twins.

    Objective, noise and ``rescheduled`` may differ and are not compared; the card shows ``rescheduled``. A setting that
    an older record lacks counts as equal. A diffusion twin that read half of the windows twice differs in these.
    """
    if more := went_on(diffusion, ar):
        return [f"{more:,} tokens of further training that only the diffusion twin had"]
    left, right = (
        {
            **twin.settings,
            "steps trained": twin.steps,
            "tokens seen": twin.tokens_seen,
            "training text": twin.text_sha256,
            "earlier trainings": [_alike(phase) for phase in twin.earlier],
        }
        for twin in (diffusion, ar)
    )
    told = left.keys() & right.keys() - UNLIKE
    return sorted(name for name in told if left[name] != right[name]) + [HALF] * half_of_the_windows(diffusion)


def half_of_the_windows(diffusion: Twin) -> bool:
    """Whether the twin's last training read half of the windows of its steps, each with two complementary masks, and
    counted both, as trainings did until 2026-11-27. Since then both twins read that half."""
    steps, tokens = diffusion.steps, diffusion.tokens_seen
    for phase in diffusion.earlier:
        steps, tokens = steps - phase["steps"], tokens - phase["tokens_seen"]
    twice = (diffusion.settings.get("noise") or {}).get("complementary", False)
    return twice and tokens > 0.75 * steps * diffusion.settings["batch_tokens"]


def went_on(diffusion: Twin, ar: Twin) -> int:
    """The tokens that the diffusion twin saw after all that both twins were trained on alike; 0 if it was not trained
    on alone, or if their trainings differ before that."""
    both = len(ar.earlier) + 1
    if len(diffusion.earlier) < both:
        return 0
    last = diffusion.earlier[both - 1]
    matched = [_alike(phase) for phase in diffusion.earlier[: both - 1]] == [_alike(phase) for phase in ar.earlier]
    matched &= all(
        ar.settings[name] == value for name, value in last["settings"].items() if name in ar.settings.keys() - UNLIKE
    )
    seen = sum(phase["tokens_seen"] for phase in diffusion.earlier[:both])
    return diffusion.tokens_seen - seen if matched and seen == ar.tokens_seen else 0


def _alike(phase: dict[str, Any]) -> dict[str, Any]:
    """The record of an earlier training without the settings in which matched twins may differ."""
    kept = {name: value for name, value in phase["settings"].items() if name not in UNLIKE}
    return {**phase, "settings": kept}


def table(result: dict[str, Any]) -> str:
    """evaluation.json as a table for a terminal, one figure per line."""
    validation, ar, diffusion = result["validation"], result["ar"], result["diffusion"]
    lines = [f"{'':34}{'AR (exact)':>12}   diffusion (at most)"]
    for name in ("all", *KINDS):
        if name in ar:
            bound = diffusion[name]
            lines.append(
                f"{f'bits per byte, {name}':34}{ar[name]['bits_per_byte']:>12.3f}   "
                f"{bound['bits_per_byte_at_most']:.3f} +- {bound['standard_error']:.3f}"
            )
    masked = diffusion["masked_cross_entropy"]
    rows = (
        ("nats per token", f"{ar['all']['nats_per_token']:.3f}", ""),
        ("masked cross-entropy, nats", "", f"{masked['nats']:.3f} +- {masked['standard_error']:.3f}"),
        ("tokens seen", f"{ar['tokens_seen']:,}", f"{diffusion['tokens_seen']:,}"),
        *(
            (f"prompt perplexity limit, {name}", f"{limit:.1f}", "")
            for name, limit in result["prompt_perplexity_limits"].items()
        ),
    )
    lines += [f"{name:34}{left:>12}   {right}".rstrip() for name, left, right in rows]
    scored = validation["scored"]["all"]
    lines += [f"NOT MATCHED: the twins differ in {', '.join(result['differences'])}"] * bool(result["differences"])
    lines.append(f"scored: {scored['tokens']:,} tokens, {scored['bytes']:,} bytes, {validation['documents']} documents")
    return "\n".join(
        [
            *lines,
            *right_lines(result["right"]),
            *_notice_lines(result),
            *_infilling_lines(result),
            *_repair_lines(result),
            *_generation_lines(result),
        ]
    )


def _notice_lines(result: dict[str, Any]) -> list[str]:
    found = result.get("notice")
    return (
        ["", f"told that they are outside, beyond {found['nats_per_word']} nats a word", *notice_lines(found["told"])]
        if found
        else []
    )


def _infilling_lines(result: dict[str, Any]) -> list[str]:
    lines = ["", f"{'infilling, spans right in every token':40}{'AR, left only':>14}{'diffusion, both sides':>24}"]
    for text, found in (("", result["infilling"]), *result["infilling_by_kind"].items()):
        lines += [
            f"{f'  {text} ' + (f'{span} tokens' if span != 'all' else 'all'):40}{found['ar'][span]['exact']:>14.1%}"
            f"{found['diffusion'][span]['exact']:>24.1%}"
            for span in found["ar"]
        ]
    return lines


def _repair_lines(result: dict[str, Any]) -> list[str]:
    lines = ["", f"{'repair, rule and threshold':40}{'repaired':>14}{'spoiled':>24}"]
    for name, figures in result["repair"].items():
        lines += [
            f"{f'  {name}, {rule} {threshold}':40}{rates['repaired']:>14.1%}{rates['spoiled']:>24.2%}"
            for rule, threshold, rates in by_rule(figures)
        ]
    return lines


def _generation_lines(result: dict[str, Any]) -> list[str]:
    if "generation" not in result:
        return ["", "What the twins write was not scored: no --judge was given."]
    lines = ["", f"{'texts under the judge':34}{'perplexity':>12}{'entropy':>10}{'distinct-2':>12}"]
    for name in KINDS:
        figures = result["generation"].get(name)
        if figures:
            rows = {
                "real": figures["real"],
                "AR": figures["ar"],
                **{f"diffusion, {passes} passes": row for passes, row in figures["diffusion"].items()},
                **{f"surest first, {passes} passes": row for passes, row in figures["plain"].items()},
                **{f"and edits, {row['passes']:g} in all": row for row in figures["edited"].values()},
            }
            lines += [
                f"{f'  {name}: {who}':34}{row['perplexity']:>12.2f}{row['entropy']:>10.3f}{row['distinct_2']:>12.3f}"
                for who, row in rows.items()
            ]
    return lines


def _batches(scored: ScoringWindows, rows: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    for at in range(0, len(scored.ids), rows):
        yield tuple(column[at : at + rows] for column in (scored.ids, scored.first, scored.last))


def _sum_by_row(values: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Sum by row the values [n] that ``keep`` (bool [rows, length]) selected, in row-major order; returns [rows]."""
    rows = keep.nonzero()[:, 0]
    return torch.zeros(len(keep), dtype=values.dtype).index_add_(0, rows, values)


def _bits_per_byte(nats: np.ndarray, sizes: np.ndarray) -> float:
    return round(float(nats.sum() / math.log(2) / sizes.sum()), 4)


def _bits_error(draws: np.ndarray, sizes: np.ndarray) -> float:
    """Standard error of the bound over its draws, in bits per byte. An overestimate, because the draws are
    stratified."""
    if draws.shape[1] < 2:
        return 0.0
    nats = math.sqrt((draws.var(1, ddof=1) / draws.shape[1]).sum())
    return round(nats / math.log(2) / float(sizes.sum()), 4)


def _identity(twin: Twin) -> dict[str, Any]:
    return {"weights_sha256": twin.sha256, "steps": twin.steps, "tokens_seen": twin.tokens_seen}
