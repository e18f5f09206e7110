"""The one thing in which the twins differ: what is hidden from the model, and which positions carry loss.

Each objective takes clean windows [rows, length] and returns (inputs, positions, targets, weights):
inputs int64 [rows, length] for the model, positions int64 [n] into the flattened windows whose hidden state goes
through the output head, targets int64 [n], weights float [n] that sum to 1 when every row counts alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from playground.errors import TrainingError
from playground.samplers.noise import random_tokens

# (inputs int64 [n, length], where bool [n, length], temperature float [n, 1]) -> the model's own tokens, int64
# [n, length], at the positions named by ``where``; anything elsewhere.
Sampler = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Batch:
    inputs: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


@dataclass(frozen=True)
class DiffusionNoise:
    """Shares of the corruption. Defaults follow the mixed noise of GIDD (2503.04482), spread per sequence.

    lean: levels are U(0, 1) to this power, so that above 1 little noise is read more often: few places to guess, much around
    them, as when a text is repaired or a gap is filled; least: the smallest level, eps.

    prefix / span: shares of rows with a clean beginning / with gaps of 1 token to half of the row, where tokens hide side by side as
    for infilling. prompt: share of the rows with a clean beginning in which it is all up to the first reply, as in use, where the row
    has one; in the others it is of any length.

    complementary: every window is read twice in a batch, and each of its tokens is hidden in one of the two readings (as in
    LaViDa, 2505.16839): every token carries loss. Half as many windows a step are read then.

    mixed: share of rows in which a random token replaces the mask with a probability drawn from U(0, mixed_most);
    random: share of rows without any mask, as on a random-token canvas; characters: share of rows with random tokens
    that draw them from single characters; clean_weight: weight of uncorrupted positions in rows with wrong tokens, where the model must also say that
    a token is right.

    Errors of the model's own making match those of sampling better than random ones. own: share of rows in which a
    corrupted position holds, with a probability drawn from U(0, 1), a token that the model samples there instead of
    the mask; repair: share of rows without any mask, right but for a share of wrong tokens, drawn from
    U(repair_least, repair_most): its own, which are fewer where fewer positions were corrupted, or in a share repair_random of
    these rows random ones; temperature_least: its own are sampled at U(temperature_least, 1).
    """

    mixed: float = 0.18
    mixed_most: float = 0.5
    random: float = 0.12
    characters: float = 0.4
    prefix: float = 0.5
    prompt: float = 0.0
    span: float = 0.1
    complementary: bool = False
    clean_weight: float = 0.1
    least: float = 0.02
    lean: float = 1.0
    own: float = 0.0
    repair: float = 0.0
    repair_least: float = 0.05
    repair_most: float = 0.2
    repair_random: float = 0.0
    temperature_least: float = 0.7

    def __post_init__(self):
        for names in (("random", "mixed", "own", "repair"), ("prefix", "span")):
            shares = [getattr(self, name) for name in names]
            if min(shares) < 0 or sum(shares) > 1 + 1e-9:
                raise TrainingError(
                    f"The shares {', '.join(names)} of the noise must be at least 0 and together at most 1."
                )
        if not self.lean > 0:
            raise TrainingError("lean must be above 0: it is the power that noise levels are raised to.")

    def masks_only(self) -> DiffusionNoise:
        """The same without rows that hold wrong tokens."""
        return replace(self, mixed=0.0, random=0.0, own=0.0, repair=0.0)

    @property
    def own_errors(self) -> bool:
        """Whether a model is needed to corrupt with."""
        return self.own > 0 or self.repair > 0


MASK_ONLY = DiffusionNoise(mixed=0.0, random=0.0, span=0.0)


def causal_batch(windows: torch.Tensor, end: int) -> Batch:
    """Next token at every position up to and including the first end token."""
    ended = (windows == end).long().cumsum(1) - (windows == end).long()  # end tokens strictly before each position
    keep = torch.zeros_like(windows, dtype=torch.bool)
    keep[:, :-1] = ended[:, 1:] == 0
    targets = windows.roll(-1, 1)
    return _collect(windows, targets, keep, keep.float())


def diffusion_batch(
    windows: torch.Tensor,
    mask: int,
    alphabets: tuple[torch.Tensor, torch.Tensor],
    noise: DiffusionNoise,
    generator: torch.Generator,
    sample: Sampler | None = None,
    replies: torch.Tensor | None = None,
) -> Batch:
    """Corrupt windows at levels t ~ least + (1 - least) U(0, 1)^lean, stratified over the batch, and ask for the clean tokens.
    replies: int64 [rows], where the first reply of a row begins (reply_starts), 0 where none does; needed where noise.prompt.

    The loss is the mean cross-entropy over corrupted positions per row: with lean 1 nearly the 1/t-weighted bound (MDLM,
    eq. 10), with far lower variance. ``alphabets`` are (vocabulary, characters); ``sample`` is needed where noise.own_errors.
    """
    if noise.complementary:
        windows = windows[: len(windows) // 2].repeat(2, 1)
        replies = None if replies is None else replies[: len(replies) // 2].repeat(2)
    rows, length = windows.shape
    device = windows.device

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator, device=generator.device).to(device)

    quantile = (uniform(1) + torch.arange(rows, device=device) / rows) % 1
    level = noise.least + (1 - noise.least) * quantile**noise.lean
    drawn = uniform(rows, length)
    if noise.complementary:
        half = rows // 2
        level = torch.cat([level[:half], 1 - level[:half]])
        drawn = torch.cat([drawn[:half], 1 - drawn[:half]])
    corrupt = drawn < level[:, None]

    at = torch.arange(length, device=device)[None]
    layout = uniform(rows, 1)
    prefix = (uniform(rows, 1) * (length - 1)).long() + 1
    if noise.prompt:
        at_reply = (uniform(rows, 1) < noise.prompt) & (replies[:, None] > 0)
        prefix = torch.where(at_reply, replies[:, None], prefix)
    gaps = _gaps(uniform(rows, length), uniform(rows, 1), level[:, None])
    if noise.complementary:  # both readings of a window begin alike
        layout, prefix = layout[: rows // 2].repeat(2, 1), prefix[: rows // 2].repeat(2, 1)
    has_prefix = layout < noise.prefix
    is_span = (layout >= noise.prefix) & (layout < noise.prefix + noise.span)
    corrupt = torch.where(is_span, gaps, corrupt & ~(has_prefix & (at < prefix)))

    kind = uniform(rows, 1)
    all_random = kind < noise.random
    mixed = ~all_random & (kind < noise.random + noise.mixed)
    chance = torch.where(all_random, 1.0, torch.where(mixed, uniform(rows, 1) * noise.mixed_most, 0.0))
    vocabulary, characters = (random_tokens((rows, length), a, generator).to(device) for a in alphabets)
    noise_tokens = torch.where(uniform(rows, 1) < noise.characters, characters, vocabulary)
    replacement = torch.where(uniform(rows, length) < chance, noise_tokens, mask)
    inputs = torch.where(corrupt, replacement, windows)
    doubtful = chance > 0  # rows in which a token may be wrong

    if noise.own_errors:
        share = kind - noise.random - noise.mixed
        own, repair = (share >= 0) & (share < noise.own), (share >= noise.own) & (share < noise.own + noise.repair)
        rows_of_own = (own | repair).squeeze(1)
        temperature = noise.temperature_least + (1 - noise.temperature_least) * uniform(rows, 1)
        slips = repair & (uniform(rows, 1) < noise.repair_random)
        rows_of_own &= ~slips.squeeze(1)
        drawn = windows.clone()
        if rows_of_own.any():  # a stock decoder cannot read no rows at all
            drawn[rows_of_own] = sample(inputs[rows_of_own], corrupt[rows_of_own], temperature[rows_of_own])
        swapped = own & corrupt & (uniform(rows, length) < uniform(rows, 1))
        wrong_share = noise.repair_least + (noise.repair_most - noise.repair_least) * uniform(rows, 1)
        drawn = torch.where(slips, noise_tokens, drawn)
        wrong = repair & (corrupt | slips) & (drawn != windows)
        wrong &= uniform(rows, length) < wrong_share * length / wrong.sum(1, keepdim=True).clamp_min(1)
        inputs = torch.where(repair, torch.where(wrong, drawn, windows), torch.where(swapped, drawn, inputs))
        corrupt = torch.where(repair, wrong, corrupt)
        doubtful = doubtful | own | repair

    weights = corrupt.float() + noise.clean_weight * (~corrupt & doubtful).float()
    return _collect(inputs, windows, weights > 0, weights)


def reply_starts(windows: torch.Tensor, marker: list[int]) -> torch.Tensor:
    """int64 [rows]: the position after the first ``marker`` (the ids of a line break and the assistant's name); 0 where none stands."""
    found = (windows.unfold(1, len(marker), 1) == torch.tensor(marker, device=windows.device)).all(2)  # [rows, places]
    return torch.where(found.any(1), found.long().argmax(1) + len(marker), 0)


def _gaps(where: torch.Tensor, size: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """bool [rows, length]: at least one gap a row; those of a row begin anywhere and are of one size, log-uniform from 1 to half
    of the row, so that neighbours may meet and the last may be cut short. They hide about 1 - exp(-level) of the row.

    where [rows, length], size [rows, 1] and level [rows, 1] lie in (0, 1), the first two uniform.
    """
    length = where.shape[1]
    size = (length / 2) ** size
    begins = where < (level / size).clamp_min(1 / length)
    begins |= where == where.amin(1, keepdim=True)
    last_begin = torch.where(begins, torch.arange(length, device=where.device), -length).cummax(1).values
    return torch.arange(length, device=where.device) - last_begin < size.floor()


def _collect(inputs: torch.Tensor, targets: torch.Tensor, keep: torch.Tensor, weights: torch.Tensor) -> Batch:
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-9)  # every row counts alike
    rows = (keep.any(1)).sum().clamp_min(1)
    positions = keep.flatten().nonzero().squeeze(1)
    return Batch(inputs, positions, targets.flatten()[positions], weights.flatten()[positions] / rows)
