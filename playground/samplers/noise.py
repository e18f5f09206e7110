"""What a corrupted position holds: the mask, or a random token from an alphabet.

Mask noise is absorbing diffusion (D3PM, 2107.03006; MDLM, 2406.07524; LLaDA, 2502.09992). Random tokens are uniform
diffusion (D3PM; UDLM, 2412.10193); both mixed is GIDD (2503.04482). Two alphabets: the whole vocabulary, and the
printable single characters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

MIXED_SHARE = 0.3  # of the positions of mixed noise that hold a random token; within what the twins are trained on


def vocabulary_alphabet(vocabulary: int, special: set[int]) -> torch.Tensor:
    """All ordinary token ids, int64 [n]."""
    return torch.tensor([i for i in range(vocabulary) if i not in special])


def character_alphabet(tokenizer) -> torch.Tensor:
    """Ids of the printable ASCII single-character tokens, int64 [n]; ``tokenizer`` is a transformers tokenizer."""
    ids = tokenizer.convert_tokens_to_ids([chr(code) for code in range(33, 127)])
    return torch.tensor(sorted(i for i in set(ids) if i is not None and i != tokenizer.unk_token_id))


def random_tokens(shape: tuple[int, ...], alphabet: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Uniform draws from an alphabet, int64 of the given shape, on the generator's device."""
    picks = torch.randint(len(alphabet), shape, generator=generator, device=generator.device)
    return alphabet.to(generator.device)[picks]


@dataclass(frozen=True)
class Noise:
    """Every noise of one tokenizer. mask: its mask id; vocabulary, characters: alphabets, int64 [n]."""

    mask: int
    vocabulary: torch.Tensor
    characters: torch.Tensor

    @classmethod
    def of(cls, tokenizer) -> Noise:
        """From a transformers tokenizer with a mask token."""
        special = set(tokenizer.all_special_ids)
        return cls(tokenizer.mask_token_id, vocabulary_alphabet(len(tokenizer), special), character_alphabet(tokenizer))

    def on(self, device: torch.device) -> Noise:
        """The same with its alphabets on a device, so that no draw there waits for them."""
        return Noise(self.mask, self.vocabulary.to(device), self.characters.to(device))

    def draw(self, name: str, count: int, generator: torch.Generator) -> torch.Tensor:
        """``count`` draws of the noise called ``name`` in rules.NOISES, int64 [count], on the generator's device."""
        return DRAWS[name](self, count, generator)


def draw_masks(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    return torch.full((count,), noise.mask, device=generator.device)


def draw_tokens(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    return random_tokens((count,), noise.vocabulary, generator)


def draw_characters(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    return random_tokens((count,), noise.characters, generator)


def draw_mixed(noise: Noise, count: int, generator: torch.Generator) -> torch.Tensor:
    drawn, masks = draw_tokens(noise, count, generator), draw_masks(noise, count, generator)
    return torch.where(torch.rand(count, generator=generator, device=generator.device) < MIXED_SHARE, drawn, masks)


DRAWS: dict[str, Callable[[Noise, int, torch.Generator], torch.Tensor]] = {
    "mask": draw_masks,
    "tokens": draw_tokens,
    "characters": draw_characters,
    "mixed": draw_mixed,
}
