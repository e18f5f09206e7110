"""Every rule of the sampler as a record: its name, what it does, its paper, and the one number that tunes it.

Plain data without torch, so that the page, the API and the terminal list exactly the rules that the sampler has. The
rules' code is in playground/samplers, in tables with the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Level:
    """The number that tunes a rule."""

    label: str  # its name on the page, with its unit
    default: float
    low: float  # included
    high: float  # included


Trait = Literal[
    "masked",  # noise: only masks
    "full",  # noise: only random tokens
    "mixed",  # noise: masks and random tokens
    "waits",  # commit rule: commits a guess only after it stayed the same for several passes
    "keeps",  # revision rule: never changes a committed token
    "masks",  # revision rule: masks settled tokens again while other positions are still open
    "clocked",  # revision rule: needs a fixed number of passes
    "redraws",  # revision rule: may change every position in every pass, also settled ones
    "checks",  # revision rule: checks each token against the current text
    "approximate",  # cache: holds keys and values of an earlier text
    "ahead",  # cache: also of what comes after the block
]


@dataclass(frozen=True)
class Rule:
    """One rule of the sampler. Its name is its key in the tables below."""

    label: str  # its name on the page
    what: str  # what it does, in a sentence for the page
    paper: str  # its source: arXiv numbers, with names
    level: Level | None = None  # the number that tunes it
    # commit rules: how many tokens each pass settles (samplers/diffusion/blocks.py); None: as many passes as needed
    pace: Literal["even", "cosine"] | None = None
    finishing: int = 0  # revision rules: the most passes after every position is filled
    traits: tuple[Trait, ...] = ()  # the properties that decide its conflicts (conflicts.py)


NOISES: Mapping[str, Rule] = {
    "mask": Rule(
        "Masks",
        "Every open position holds the mask.",
        "D3PM 2107.03006, MDLM 2406.07524, LLaDA 2502.09992",
        traits=("masked",),
    ),
    "tokens": Rule(
        "Random tokens",
        "Every position is full from the first frame, drawn from the whole vocabulary.",
        "D3PM 2107.03006, UDLM 2412.10193",
        traits=("full",),
    ),
    "characters": Rule(
        "Random characters",
        "Every position is full from the first frame, drawn from single characters.",
        "D3PM 2107.03006, UDLM 2412.10193",
        traits=("full",),
    ),
    "mixed": Rule(
        "Masks and tokens", "Most positions hold the mask, some a random token.", "GIDD 2503.04482", traits=("mixed",)
    ),
}

COMMITS: Mapping[str, Rule] = {
    "confidence": Rule(
        "Surest first", "An even share each pass, the surest guesses first.", "LLaDA 2502.09992", pace="even"
    ),
    "spread": Rule(
        "Spread out",
        "Few at first, many at last, the surest first; of those close together mostly just the surest: neighbours "
        "chosen at once do not see each other.",
        "after DUS 2506.19037; pace of MaskGIT 2202.04200",
        Level("Places kept apart", 5, 1, 32),
        pace="cosine",
    ),
    "random": Rule("Any order", "An even share each pass, at random.", "LLaDA 2502.09992", pace="even"),
    "maskgit": Rule(
        "MaskGIT",
        "Few at first, many at last; the surest, shaken by noise that fades.",
        "MaskGIT 2202.04200",
        Level("Noise at the start", 1.0, 0.0, 10.0),
        pace="cosine",
    ),
    "margin": Rule(
        "Widest margin", "An even share, the widest lead over the runner-up first.", "Dream 2508.15487", pace="even"
    ),
    "entropy": Rule(
        "Lowest entropy", "An even share, the most decided distribution first.", "Dream 2508.15487", pace="even"
    ),
    "threshold": Rule(
        "Threshold",
        "All guesses surer than a threshold, at least one.",
        "Fast-dLLM 2505.22618",
        Level("Threshold", 0.9, 0.0, 1.0),
    ),
    "factor": Rule(
        "Factor",
        "The n surest, where the n-th is at least 1 - f/(n+1) sure.",
        "Fast-dLLM 2505.22618",
        Level("Factor f", 1.0, 0.05, 4.0),
    ),
    "klass": Rule(
        "KLASS",
        "Guesses that are sure and have held still for two passes.",
        "KLASS 2511.05664",
        Level("Threshold", 0.9, 0.0, 1.0),
        traits=("waits",),
    ),
    "entropy_bound": Rule(
        "Entropy bound",
        "The largest set whose entropies, the highest left out, sum to at most a bound.",
        "EB-Sampler 2505.24857",
        Level("Bound, nats", 0.1, 0.0, 10.0),
    ),
}

REVISIONS: Mapping[str, Rule] = {
    "none": Rule("None", "What is committed stays.", "LLaDA 2502.09992", traits=("keeps",)),
    "remdm_cap": Rule(
        "ReMDM, capped",
        "Masks settled tokens again with a small fixed chance.",
        "ReMDM 2503.00307",
        Level("Largest chance", 0.05, 0.0, 1.0),
        traits=("masks", "clocked"),
    ),
    "remdm_rescale": Rule(
        "ReMDM, rescaled",
        "Masks settled tokens again with a share of the largest chance that fits.",
        "ReMDM 2503.00307",
        Level("Share", 0.1, 0.0, 1.0),
        traits=("masks", "clocked"),
    ),
    "remdm_confidence": Rule(
        "ReMDM, by confidence",
        "Masks again what was least sure when it was committed.",
        "ReMDM 2503.00307",
        Level("Share", 1.0, 0.0, 1.0),
        traits=("masks", "clocked"),
    ),
    "remdm_loop": Rule(
        "ReMDM, loop",
        "Stays at nine tenths for half of the passes, masking and filling again.",
        "ReMDM 2503.00307",
        Level("Largest chance", 0.1, 0.0, 1.0),
        traits=("masks", "clocked"),
    ),
    "wino": Rule(
        "WINO",
        "A shadow of each token, which does not see it, checks it; what it doubts is masked again.",
        "WINO 2507.18578",
        Level("Doubt below", 0.5, 0.0, 1.0),
        traits=("masks", "checks"),
    ),
    "edit": Rule(
        "Edit",
        "Replaces a settled token when another is surer than a threshold; goes on when all is full.",
        "LLaDA 2.1 2602.08676",
        Level("Threshold", 0.7, 0.0, 1.0),
        finishing=16,
    ),  # finishing: the paper's number
    "gidd": Rule(
        "Self-correction",
        "When all is full, replaces the one token whose rival is likeliest, pass by pass.",
        "GIDD 2503.04482",
        Level("Patience, passes", 4.0, 1.0, 16.0),
        finishing=32,
    ),
    "second_look": Rule(
        "Second look",
        "When all is full, masks again what it finds unlikely there; what is plausible unseen comes "
        "back, the rest is filled again.",
        "after Mask-Predict 1904.09324, P2 2502.03540",
        Level("Doubt below", 0.1, 0.0, 1.0),
        finishing=10,
    ),  # finishing: one pass doubts, one restores, at most eight fill
    "renoise": Rule(
        "Re-noise",
        "Each pass predicts every token anew, also those it sees; it accepts what it is sure of, and turns all the rest "
        "into fresh noise.",
        "after DiffusionGemma and Mask-Predict 1904.09324; Mask-Predict keeps the tokens it sees",
        Level("Stop below entropy, nats", 0.1, 0.0, 4.0),
        traits=("redraws",),
    ),
}

CACHES: Mapping[str, Rule] = {
    "none": Rule("None, exact", "Every pass reads the whole text.", "LLaDA 2502.09992"),
    "prefix": Rule(
        "Prefix, approximate",
        "One full pass a block; then what lies left of the block is not read again.",
        "Fast-dLLM 2505.22618",
        traits=("approximate",),
    ),
    "dual": Rule(
        "Dual, approximate",
        "One full pass a block; then only the block is read again.",
        "Fast-dLLM 2505.22618",
        traits=("approximate", "ahead"),
    ),
}

AXES: Mapping[str, Mapping[str, Rule]] = {"noise": NOISES, "commit": COMMITS, "revise": REVISIONS, "cache": CACHES}
PRECEDENCE = ("noise", "revise", "commit", "cache")  # an earlier choice limits the later ones


def looks_at_whole(revise: str, cache: str) -> bool:
    """Whether a revision rule or a cache looks at the whole text at once: it checks or changes settled tokens of any
    block, or keeps the keys and values of an earlier text. revise, cache: keys of REVISIONS and CACHES."""
    revision = REVISIONS[revise]
    return bool(
        revision.finishing or {"checks", "redraws"} & {*revision.traits} or "approximate" in CACHES[cache].traits
    )


def level_of(rule: Rule, given: float | None) -> float | None:
    """The given level, or the rule's default if ``given`` is None; None for a rule without a level."""
    if rule.level is None:
        return None
    return rule.level.default if given is None else given


def check_level(rule: Rule, given: float | None) -> None:
    """Raises ValueError with a sentence if a level lies outside the rule's bounds."""
    if rule.level is None or given is None or rule.level.low <= given <= rule.level.high:
        return
    raise ValueError(
        f"{rule.level.label} of {rule.label} must lie between {rule.level.low:g} and {rule.level.high:g}, not {given:g}."
    )
