"""The two training objectives, the only difference between the twins: which tokens are hidden from the model, and which
positions carry loss. Each objective turns clean windows [rows, length] into a Batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from playground.errors import TrainingError
from playground.samplers.noise import random_tokens

# (inputs int64 [n, length], where bool [n, length], temperature float [n, 1]) -> int64 [n, length] with tokens that the
# model sampled at the positions in ``where``; the values elsewhere are undefined.
Sampler = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Batch:
    """The inputs and targets of one training step."""

    inputs: torch.Tensor  # int64 [rows, length], what the model reads
    positions: torch.Tensor  # int64 [n], indices into the flattened windows; only their hidden states reach the head
    targets: torch.Tensor  # int64 [n]
    weights: torch.Tensor  # float [n], they sum to 1; every row with loss has the same sum


# Fields of DiffusionNoise that lie between 0 and 1, each by itself
SHARES = (
    "mixed_most",
    "characters",
    "prompt",
    "clean_weight",
    "least",
    "repair_least",
    "repair_most",
    "repair_random",
    "temperature_least",
)


@dataclass(frozen=True)
class DiffusionNoise:
    """How windows are corrupted; shares lie between 0 and 1. Raises TrainingError for values out of range.

    The defaults follow the mixed noise of GIDD (2503.04482), but the share of random tokens is drawn per row. There are
    four kinds of rows with wrong tokens; the remaining rows have only masks:

    - "random": every corrupted position holds a random token, as on a canvas of random tokens.
    - "mixed": a corrupted position holds a random token with a probability drawn from U(0, mixed_most), else the mask.
    - "own": a corrupted position holds, with a probability drawn from U(0, 1), a token that the model sampled there,
      else the mask. The model's own errors resemble errors in sampling more than random tokens do.
    - "repair": the row has no mask, only a share of wrong tokens, drawn from U(repair_least, repair_most). They are the
      model's own errors (fewer if few positions were corrupted), or random tokens in a share ``repair_random`` of these
      rows.
    """

    mixed: float = 0.18  # share of "mixed" rows
    mixed_most: float = 0.5
    random: float = 0.12  # share of "random" rows
    characters: float = 0.4  # share of rows whose random tokens are single characters
    prefix: float = 0.5  # share of rows with a clean beginning
    prompt: float = 0.0  # share of these whose beginning ends at the first reply, as in use; else its length is random
    span: float = 0.1  # share of rows that hide gaps of 1 token to half of the row, as in infilling
    # Every window is in the batch twice, and each token is hidden in exactly one copy, so every token carries loss (as
    # in LaViDa, 2505.16839). For the same work a step then reads half as many windows; the AR twin reads the same ones.
    complementary: bool = False
    clean_weight: float = 0.1  # weight of the correct tokens in rows with wrong ones, which the model must confirm
    least: float = 0.02  # lowest noise level, eps
    lean: float = 1.0  # levels are U(0, 1) to this power; above 1, low levels are frequent, as in repair and infilling
    own: float = 0.0  # share of "own" rows
    repair: float = 0.0  # share of "repair" rows
    repair_least: float = 0.05
    repair_most: float = 0.2
    repair_random: float = 0.0
    temperature_least: float = 0.7  # the model samples its own errors at a temperature from U(temperature_least, 1)

    def __post_init__(self):
        for names in (("random", "mixed", "own", "repair"), ("prefix", "span")):
            shares = [getattr(self, name) for name in names]
            if min(shares) < 0 or sum(shares) > 1 + 1e-9:
                raise TrainingError(
                    f"The shares {', '.join(names)} of the noise must be at least 0 and together at most 1."
                )
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"The noise's {name} must lie between 0 and 1, not {getattr(self, name):g}.")
        if self.repair_least > self.repair_most:
            raise TrainingError("repair_least must not be above repair_most: a share is drawn between them.")
        if not self.temperature_least > 0:
            raise TrainingError("temperature_least must be above 0: tokens are sampled at a temperature.")
        if not self.lean > 0:
            raise TrainingError("lean must be above 0: it is the power that noise levels are raised to.")

    def masks_only(self) -> DiffusionNoise:
        """The same noise without rows that hold wrong tokens."""
        return replace(self, mixed=0.0, random=0.0, own=0.0, repair=0.0)

    @property
    def copies(self) -> int:
        """How often each window is in a batch."""
        return 2 if self.complementary else 1

    @property
    def own_errors(self) -> bool:
        """Whether the corruption needs a model that samples its own errors."""
        return self.own > 0 or self.repair > 0


MASK_ONLY = DiffusionNoise(mixed=0.0, random=0.0, span=0.0)


def causal_batch(windows: torch.Tensor, end: int) -> Batch:
    """The AR objective for windows int64 [rows, length]: predict the next token, up to and including the first end
    token (id ``end``)."""
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
    ends: torch.Tensor | None = None,
) -> Batch:
    """The diffusion objective: corrupt windows int64 [rows, length] and predict their clean tokens. The batch has
    ``noise.copies`` rows of each window.

    The noise level of a row is t ~ least + (1 - least) U(0, 1)^lean, stratified over the batch. The loss is the mean
    cross-entropy over the corrupted positions of a row; with lean = 1 this is nearly the 1/t-weighted bound (MDLM,
    2406.07524, eq. 10), with far less variance.

    ``alphabets`` are the token ids that random tokens are drawn from, (vocabulary, characters). ``sample`` is needed if
    noise.own_errors. ``replies`` (int64 [rows], from reply_starts) is needed if noise.prompt. From ``ends`` (int64
    [rows]) on, positions are corrupted too and carry no loss; without it all corrupted ones do.
    """
    windows = windows.repeat(noise.copies, 1)
    replies, ends = (None if given is None else given.repeat(noise.copies) for given in (replies, ends))
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
    if noise.complementary:  # both copies of a window have the same clean beginning
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
        if rows_of_own.any():  # a stock decoder fails on a batch of 0 rows
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
    if ends is not None:
        weights *= at < ends[:, None]
    return _collect(inputs, windows, weights > 0, weights)


def reply_starts(windows: torch.Tensor, marker: list[int]) -> torch.Tensor:
    """int64 [rows]: the position after the first ``marker`` (token ids of a line break and the assistant's name) in
    each row; 0 if the row has none."""
    found = (windows.unfold(1, len(marker), 1) == torch.tensor(marker, device=windows.device)).all(2)  # [rows, places]
    return torch.where(found.any(1), found.long().argmax(1) + len(marker), 0)


def _gaps(where: torch.Tensor, size: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """bool [rows, length]: the hidden positions of at least one gap per row.

    Gaps begin anywhere. All gaps of a row have one size, log-uniform from 1 to half of the row. They may overlap, and
    the last may be cut by the end of the row. Together they hide about 1 - exp(-level) of the row. ``where`` [rows,
    length] and ``size`` [rows, 1] are uniform draws in (0, 1); ``level`` [rows, 1] is the noise level in (0, 1).
    """
    length = where.shape[1]
    size = (length / 2) ** size
    begins = where < (level / size).clamp_min(1 / length)
    begins |= where == where.amin(1, keepdim=True)
    last_begin = torch.where(begins, torch.arange(length, device=where.device), -length).cummax(1).values
    return torch.arange(length, device=where.device) - last_begin < size.floor()


def _collect(inputs: torch.Tensor, targets: torch.Tensor, keep: torch.Tensor, weights: torch.Tensor) -> Batch:
    """The batch of the positions in ``keep`` (bool [rows, length]), with weights that give every row the same sum."""
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-9)
    rows = (keep.any(1)).sum().clamp_min(1)
    positions = keep.flatten().nonzero().squeeze(1)
    return Batch(inputs, positions, targets.flatten()[positions], weights.flatten()[positions] / rows)
