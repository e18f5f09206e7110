"""The objectives: which tokens are hidden from each twin, and which it must predict."""

from __future__ import annotations

import math

import pytest
import torch

from playground.errors import TrainingError
from playground.training.loop import TrainSettings, noise_at
from playground.training.objectives import MASK_ONLY, DiffusionNoise, causal_batch, diffusion_batch, reply_starts

END, MASK = 0, 1
VOCABULARY, CHARACTERS = torch.arange(2, 300), torch.arange(2, 20)
OWN = 500  # what the fake model writes; it is in no alphabet and no window
ROWS, LENGTH = 64, 80


def clean_windows() -> torch.Tensor:
    """Windows of distinct ids that are in no alphabet, so that a replaced token is always detected."""
    return 1000 + torch.arange(ROWS)[:, None] * LENGTH + torch.arange(LENGTH)[None]


def own_tokens(inputs: torch.Tensor, where: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """A fake model that is always wrong; it checks that it is called only for masks."""
    assert (inputs[where] == MASK).all() and len(inputs) and temperature.shape == (len(inputs), 1)
    assert (inputs[~where] >= 1000).all()
    return torch.where(where, OWN, inputs)


def corrupted(noise: DiffusionNoise, seed: int = 0):
    """(batch, changed positions bool [rows, length], weights float [rows, length]) of one corrupted batch."""
    clean = clean_windows()
    batch = diffusion_batch(
        clean, MASK, (VOCABULARY, CHARACTERS), noise, torch.Generator().manual_seed(seed), own_tokens
    )
    weights = torch.zeros(ROWS * LENGTH)
    weights[batch.positions] = batch.weights
    assert torch.equal(batch.targets, clean.flatten()[batch.positions])  # always the clean ids
    return batch, batch.inputs != clean, weights.view(ROWS, LENGTH)


def test_only_corrupted_positions_change_and_only_to_noise():
    batch, changed, weights = corrupted(DiffusionNoise())
    replaced = batch.inputs[changed]
    assert ((replaced == MASK) | torch.isin(replaced, VOCABULARY)).all()
    assert (weights[changed] > 0).all()


def test_mask_noise_puts_nothing_but_masks_and_asks_only_there():
    batch, changed, weights = corrupted(MASK_ONLY)
    assert (batch.inputs[changed] == MASK).all()
    assert torch.equal(weights > 0, changed)


def test_a_clean_prefix_stays_clean():
    _, changed, _ = corrupted(DiffusionNoise(prefix=1.0, span=0.0, least=1.0))  # the rest is corrupted
    prefix = changed.long().argmax(1)
    for row in range(ROWS):
        if changed[row].any():
            assert changed[row, prefix[row] :].all() and not changed[row, : prefix[row]].any()
    assert prefix.float().std() > 10 and (prefix > 0).all()


def test_without_prefix_or_span_a_row_is_corrupted_at_its_level():
    _, changed, _ = corrupted(DiffusionNoise(mixed=0, random=0, prefix=0.0, span=0.0))
    shares = changed.float().mean(1).sort().values
    levels = (torch.arange(ROWS) + 0.5) / ROWS  # stratified: one level in every 1/rows
    assert (shares - levels).abs().max() < 0.2
    assert (shares - levels).abs().mean() < 0.05


def test_levels_do_not_depend_on_luck_from_batch_to_batch():
    noise = DiffusionNoise(mixed=0, random=0, prefix=0.0, span=0.0)
    means = [corrupted(noise, seed)[1].float().mean().item() for seed in range(20)]
    assert max(means) - min(means) < 0.05  # unstratified levels would spread by .15


def gap_sizes(row: torch.Tensor) -> list[int]:
    """Lengths of the runs of True in bool [length]."""
    return [len(piece) for piece in "".join("#" if hidden else "." for hidden in row.tolist()).split(".") if piece]


def test_gaps_hide_tokens_side_by_side_in_pieces_of_one_size_a_row_from_one_token_to_half_the_row():
    _, changed, _ = corrupted(DiffusionNoise(mixed=0, random=0, prefix=0.0, span=1.0, lean=3.0))
    rows = [gap_sizes(row) for row in changed]
    assert all(rows)  # at least one gap in each
    whole = [size for sizes in rows for size in sizes[:-1]]  # the last may be cut by the end of the row
    smallest = [min(sizes[:-1]) for sizes in rows if len(sizes) > 1]
    assert min(whole) == 1 and max(smallest) >= 5  # two gaps may meet, but none is cut short
    assert max(sizes[0] for sizes in rows if len(sizes) == 1) > LENGTH // 4
    assert changed.any(0).float().mean() > 0.95  # anywhere in the row


def test_the_gaps_of_a_row_are_of_one_size_where_they_do_not_meet():
    alike = []
    for seed in range(10):
        _, changed, _ = corrupted(DiffusionNoise(mixed=0, random=0, prefix=0.0, span=1.0, least=0.1, lean=1e6), seed)
        alike += [len(set(sizes[:-1])) == 1 for sizes in map(gap_sizes, changed) if len(sizes) == 3]
    assert len(alike) > 50 and sum(alike) > 0.7 * len(alike)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.99])
def test_gaps_hide_more_of_a_row_at_a_higher_level(level):
    shares = [
        corrupted(DiffusionNoise(mixed=0, random=0, prefix=0.0, span=1.0, least=level, lean=1e6), seed)[1]
        .float()
        .mean()
        for seed in range(4)
    ]  # such a lean puts all rows at the least level
    assert torch.stack(shares).mean().item() == pytest.approx(1 - math.exp(-level), abs=0.1)


def test_levels_that_lean_to_little_noise_corrupt_less_of_a_row_on_average():
    plain, leaning = (DiffusionNoise(mixed=0, random=0, prefix=0.0, span=0.0, lean=lean) for lean in (1.0, 2.0))
    shares = [corrupted(noise)[1].float().mean(1) for noise in (plain, leaning)]
    assert shares[0].mean().item() == pytest.approx(0.51, abs=0.04)  # the mean of U(.02, 1)
    assert shares[1].mean().item() == pytest.approx(0.02 + 0.98 / 3, abs=0.04)  # of its square
    assert (shares[1] > 0.9).any()  # high levels still occur
    with pytest.raises(TrainingError, match="lean"):
        DiffusionNoise(lean=0.0)


def test_clean_positions_carry_a_little_loss_where_a_row_has_random_tokens_and_none_elsewhere():
    batch, changed, weights = corrupted(DiffusionNoise(mixed=0.0, random=0.5, clean_weight=0.1))
    random_rows = (changed & (batch.inputs != MASK)).any(1)
    masked_rows = changed.any(1) & ~random_rows
    assert 10 < random_rows.sum() < 54 and masked_rows.any()
    assert (weights[masked_rows][~changed[masked_rows]] == 0).all()
    for row in torch.nonzero(random_rows).flatten():
        clean, noisy = weights[row][~changed[row]], weights[row][changed[row]]
        assert (batch.inputs[row][changed[row]] != MASK).all()
        assert len(clean) == 0 or torch.allclose(clean, 0.1 * noisy[0].expand_as(clean))


def test_a_mixed_row_has_masks_and_random_tokens():
    batch, changed, _ = corrupted(DiffusionNoise(mixed=1.0, random=0.0, prefix=0.0, span=0.0, least=1.0))
    masks = (batch.inputs == MASK).float().mean(1)
    assert (masks > 0.3).all() and masks.mean() < 0.9 and changed.all()


def test_both_alphabets_are_used():
    noise = DiffusionNoise(mixed=0.0, random=1.0, characters=0.5, prefix=0.0, span=0.0, least=1.0)
    batch, _, _ = corrupted(noise)
    from_characters = (batch.inputs < 20).all(1)
    assert 10 < from_characters.sum() < 54
    assert (batch.inputs[~from_characters] >= 20).any(1).all()


def test_rows_with_own_errors_hold_masks_and_the_models_tokens_and_ask_for_all_of_them():
    batch, changed, weights = corrupted(DiffusionNoise(mixed=0.0, random=0.0, own=1.0, prefix=0.0, span=0.0))
    assert set(batch.inputs[changed].unique().tolist()) == {MASK, OWN}
    shares = ((batch.inputs == OWN).sum(1) / changed.sum(1))[changed.sum(1) > 10]
    assert shares.std() > 0.2 and 0.35 < shares.mean() < 0.65  # drawn for every row
    assert (weights[changed] > 0).all() and (weights[~changed] > 0).all()


def test_rows_to_repair_hold_no_mask_and_a_few_wrong_tokens():
    noise = DiffusionNoise(mixed=0.0, random=0.0, repair=1.0, prefix=0.0, span=0.0, least=0.5)
    batch, changed, weights = corrupted(noise)
    assert (batch.inputs != MASK).all() and (batch.inputs[changed] == OWN).all()
    shares = changed.float().mean(1)
    assert 0.09 < shares.mean() < 0.16 and shares.max() < 0.35  # U(.05, .2), with some tolerance
    for row in range(ROWS):
        if changed[row].any():
            assert torch.allclose(weights[row][~changed[row]], 0.1 * weights[row][changed[row]][0])


def test_in_a_share_of_the_rows_to_repair_the_wrong_tokens_are_random_ones_anywhere_in_the_row():
    shares = DiffusionNoise(mixed=0.0, random=0.0, repair=1.0, repair_random=0.5, prefix=0.5, span=0.0, characters=0.5)
    batch, changed, weights = corrupted(shares)
    random_rows = (changed & (batch.inputs != OWN)).any(1)
    assert 15 < random_rows.sum() < 49 and (batch.inputs[~random_rows][changed[~random_rows]] == OWN).all()
    wrong = batch.inputs[random_rows][changed[random_rows]]
    assert torch.isin(wrong, VOCABULARY).all() and (wrong >= 20).any()
    of_a_row = changed[random_rows].float().mean(1)
    assert 0.08 < of_a_row.mean() < 0.17 and of_a_row.max() < 0.35  # U(.05, .2), whatever the row's level and prompt
    assert changed[random_rows][:, :5].any()
    assert (weights[random_rows] > 0).all()  # correct tokens carry loss too


def test_a_batch_in_which_no_row_needs_the_model_does_not_ask_it():
    clean = clean_windows()[:1]
    noise = DiffusionNoise(mixed=0.0, random=0.0, own=1e-6)
    diffusion_batch(clean, MASK, (VOCABULARY, CHARACTERS), noise, torch.Generator().manual_seed(0), own_tokens)


def test_shares_that_do_not_fit_together_are_refused():
    with pytest.raises(TrainingError, match=r"random, mixed, own, repair .* at most 1"):
        DiffusionNoise(random=0.5, own=0.6)
    with pytest.raises(TrainingError, match="at least 0"):
        DiffusionNoise(prefix=-0.1)


EVERYTHING = DiffusionNoise(mixed=0.2, random=0.2, own=0.3, repair=0.2, repair_random=0.5, lean=1.5)


@pytest.mark.parametrize("noise", [DiffusionNoise(), MASK_ONLY, EVERYTHING])
def test_every_row_counts_alike(noise):
    _, _, weights = corrupted(noise)
    of_rows = weights.sum(1)
    asked = of_rows > 0
    assert torch.allclose(of_rows[asked], of_rows[asked][0].expand(asked.sum()))
    assert weights.sum().item() == pytest.approx(1, abs=1e-4)


def test_the_causal_twin_is_asked_for_the_next_token_up_to_the_first_end():
    windows = torch.tensor([[5, 6, 7, END, END, END], [5, 6, 7, 8, 9, 10], [END, END, END, END, END, END]])
    batch = causal_batch(windows, END)
    asked = [(p // 6, p % 6, t) for p, t in zip(batch.positions.tolist(), batch.targets.tolist())]
    assert asked == [(0, 0, 6), (0, 1, 7), (0, 2, END)] + [(1, at, 6 + at) for at in range(5)]
    assert torch.equal(batch.inputs, windows)
    assert batch.weights.sum().item() == pytest.approx(1)
    assert batch.weights[:3].sum().item() == pytest.approx(0.5)


def test_a_clean_prompt_reaches_to_the_first_reply_where_there_is_one():
    replies = torch.where(torch.arange(ROWS) % 2 == 0, 17, 0)
    noise = DiffusionNoise(prefix=1.0, prompt=1.0, span=0.0, least=1.0)
    batch = diffusion_batch(
        clean_windows(),
        MASK,
        (VOCABULARY, CHARACTERS),
        noise.masks_only(),
        torch.Generator().manual_seed(0),
        None,
        replies,
    )
    starts = (batch.inputs == MASK).long().argmax(1)
    assert (starts[::2] == 17).all()
    assert (starts[1::2] != 17).any() and starts[1::2].float().std() > 10


def test_replies_are_found_by_their_marker():
    windows = torch.tensor([[5, 9, 7, 8, 3, 9, 7, 8], [9, 7, 5, 5, 5, 5, 5, 5], [4, 4, 4, 4, 4, 9, 7, 8]])
    assert reply_starts(windows, [9, 7, 8]).tolist() == [4, 0, 8]


def test_complementary_masks_hide_every_token_once():
    noise = DiffusionNoise(prefix=0.5, span=0.0, complementary=True).masks_only()
    clean = clean_windows()
    batch = diffusion_batch(clean, MASK, (VOCABULARY, CHARACTERS), noise, torch.Generator().manual_seed(0))
    first, second = (batch.inputs == MASK).chunk(2)
    both = (
        torch.arange(LENGTH)[None] >= (first | second).long().argmax(1)[:, None]
    )  # the tokens after a clean beginning
    assert torch.equal(first ^ second, both)
    assert first.shape == clean.shape  # every window is there twice, none is left out
    assert torch.isin(batch.targets, clean.flatten()).all() and batch.targets.numel() == both.sum()


def test_wrong_tokens_join_late():
    settings = TrainSettings("diffusion", steps=100, errors_from=0.85, noise=DiffusionNoise(random=0.2, repair=0.3))
    assert noise_at(84, settings) == settings.noise.masks_only() and noise_at(85, settings) == settings.noise
    assert not noise_at(0, settings).own_errors


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": 6},
        {"repair_least": -1},
        {"repair_least": 0.5, "repair_most": 0.2},
        {"temperature_least": 0},
        {"least": 5},
        {"clean_weight": -1},
        {"lean": 0},
    ],
)
def test_noise_out_of_range_is_refused(wrong):
    with pytest.raises(TrainingError):
        DiffusionNoise(**wrong)
