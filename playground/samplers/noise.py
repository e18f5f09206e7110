"""The noise at a corrupted position: the mask, or a random token from an alphabet.

Masks are absorbing diffusion (D3PM, 2107.03006; MDLM, 2406.07524; LLaDA, 2502.09992). Random tokens are uniform
diffusion (D3PM; UDLM, 2412.10193). A mixture of both is GIDD (2503.04482). There are two alphabets: the whole
vocabulary, and the tokens of a single printable character.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from playground.decoders.special_ids import SpecialIds

NO_MASK = -1  # stands at open positions for a model without a mask token; only AR models, which never read it
MIXED_SHARE = 0.3  # share of random tokens in mixed noise, within the range on which the twins are trained


def vocabulary_alphabet(vocabulary: int, special: set[int]) -> torch.Tensor:
    """All ordinary token ids, int64 [n]."""
    return torch.tensor([i for i in range(vocabulary) if i not in special])


def character_alphabet(tokenizer) -> torch.Tensor:
    """The ids of the tokens that are one printable ASCII character, int64 [n]. tokenizer: a transformers tokenizer."""
    ids = tokenizer.convert_tokens_to_ids([chr(code) for code in range(33, 127)])
    return torch.tensor(sorted(i for i in set(ids) if i is not None and i != tokenizer.unk_token_id))


def random_tokens(shape: tuple[int, ...], alphabet: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Uniform draws from an alphabet, int64 of the given shape, on the generator's device."""
    picks = torch.randint(len(alphabet), shape, generator=generator, device=generator.device)
    return alphabet.to(generator.device)[picks]


@dataclass(frozen=True)
class Noise:
    """The noises of one tokenizer."""

    mask: int  # id of the mask token, or NO_MASK
    vocabulary: torch.Tensor  # alphabet of all ordinary tokens, int64 [n]
    characters: torch.Tensor  # alphabet of single characters, int64 [n]

    @classmethod
    def of(cls, tokenizer, special: SpecialIds) -> Noise:
        """The noises of a transformers tokenizer with these special ids."""
        mask = NO_MASK if special.mask is None else special.mask
        ordinary = vocabulary_alphabet(len(tokenizer), {*tokenizer.all_special_ids, *special.barred, *special.ends})
        return cls(mask, ordinary, character_alphabet(tokenizer))

    def on(self, device: torch.device) -> Noise:
        """The same noises with the alphabets on a device, so that a draw there copies nothing."""
        return Noise(self.mask, self.vocabulary.to(device), self.characters.to(device))

    def draw(self, name: str, count: int, generator: torch.Generator) -> torch.Tensor:
        """``count`` draws of one noise, int64 [count], on the generator's device. name: a key of rules.NOISES."""
        return DRAWS[name](self, count, generator)


def draw_masks(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    """Masks only, int64 [count]."""
    return torch.full((count,), noise.mask, device=generator.device)


def draw_tokens(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    """Random tokens of the whole vocabulary, int64 [count]."""
    return random_tokens((count,), noise.vocabulary, generator)


def draw_characters(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    """Random single characters, int64 [count]."""
    return random_tokens((count,), noise.characters, generator)


def draw_mixed(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    """Masks, and random tokens with probability MIXED_SHARE, int64 [count]."""
    drawn, masks = draw_tokens(noise, count, generator), draw_masks(noise, count, generator)
    return torch.where(torch.rand(count, generator=generator, device=generator.device) < MIXED_SHARE, drawn, masks)


DRAWS: dict[str, Callable[[Noise, int, torch.Generator], torch.Tensor]] = {
    "mask": draw_masks,
    "tokens": draw_tokens,
    "characters": draw_characters,
    "mixed": draw_mixed,
}
