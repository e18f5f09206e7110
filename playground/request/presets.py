"""Named samplers of the field, as settings of this page: what a menu sets at once. Plain data without torch.

A preset names a sampler, not a model: how it does with a model that was not made for it is what a visitor can see.
Numbers that a paper gives per token follow the length of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from playground.request.settings_table import SAMPLER, defaults


@dataclass(frozen=True)
class Preset:
    """One named sampler. A setting that it does not name has its default."""

    label: str  # its name in the menu
    what: str  # what it does, in a sentence
    source: str  # where its numbers are from
    settings: Mapping[str, Any] = field(default_factory=dict)
    passes_per_token: float = 0.0  # passes for each token of the text; 0: ``settings`` or the default has the number
    block: int = 0  # tokens of a block; 0: one block

    def of(self, length: int) -> dict[str, Any]:
        """All settings of a sampler for a text of ``length`` tokens. The browser computes the same
        (assets/page/presets.js)."""
        start = {name: value for name, value in defaults().items() if name in SAMPLER}
        made = {**start, **self.settings}
        steps = max(1, round(length * self.passes_per_token)) if self.passes_per_token else min(made["steps"], length)
        blocks = min(16, steps, max(1, length // self.block)) if self.block else 1
        return {**made, "steps": steps, "blocks": blocks}


PRESETS: Mapping[str, Preset] = {
    "llada": Preset(
        "LLaDA as published",
        "One token a pass, the surest first; nothing is taken back.",
        "LLaDA 2502.09992, sec. 2.4; generate.py",
        {"commit": "confidence"},
        passes_per_token=1,
    ),
    "dream": Preset(
        "Dream as published",
        "One token a pass, drawn at temperature 0.2; the most decided first, by the distribution before temperature.",
        "Dream 2508.15487; its card",
        {"commit": "entropy", "temperature": 0.2, "top_p": 0.95},
        passes_per_token=1,
    ),
    "mdlm": Preset(
        "MDLM",
        "In any order, drawn from the whole distribution; nothing is taken back.",
        "MDLM 2406.07524",
        {"commit": "random", "temperature": 1.0},
        passes_per_token=1,
    ),
    "fast_dllm": Preset(
        "Fast-dLLM",
        "All that is surer than 0.9 at once, in blocks of 32, with the dual cache.",
        "Fast-dLLM 2505.22618",
        {"commit": "threshold", "commit_level": 0.9, "cache": "dual"},
        passes_per_token=1,
        block=32,
    ),
    "klass": Preset(
        "KLASS",
        "What is surer than 0.9 and has held still for two passes.",
        "KLASS 2511.05664",
        {"commit": "klass", "commit_level": 0.9},
        passes_per_token=1,
    ),
    "eb": Preset(
        "EB-Sampler",
        "As many tokens as an entropy of 0.1 nats allows.",
        "EB-Sampler 2505.24857",
        {"commit": "entropy_bound", "commit_level": 0.1},
        passes_per_token=1,
    ),
    "remdm": Preset(
        "ReMDM, capped",
        "MDLM that masks settled tokens again with a small chance.",
        "ReMDM 2503.00307",
        {"commit": "random", "temperature": 1.0, "revise": "remdm_cap", "revise_level": 0.05},
        passes_per_token=1,
    ),
    "wino": Preset(
        "WINO",
        "Drafts all that is surer than 0.6, and masks again what a second look doubts below 0.9.",
        "WINO 2507.18578",
        {"commit": "threshold", "commit_level": 0.6, "revise": "wino", "revise_level": 0.9},
        passes_per_token=1,
    ),
    "llada2_1": Preset(
        "LLaDA 2.1 edits",
        "Drafts all that is surer than 0.7, then replaces what it has a better word for.",
        "LLaDA 2.1 2602.08676",
        {"commit": "threshold", "commit_level": 0.7, "revise": "edit", "revise_level": 0.5},
        passes_per_token=1,
    ),
    "gidd": Preset(
        "GIDD",
        "Masks and random tokens; when all is full, the token whose rival is likeliest is replaced, one by one.",
        "GIDD 2503.04482",
        {"noise": "mixed", "commit": "random", "revise": "gidd", "temperature": 0.1},
        passes_per_token=1,
    ),
    "diffusion_gemma": Preset(
        "DiffusionGemma-like",
        "Random tokens, no mask: each pass accepts what it is sure of and turns the rest into fresh noise.",
        "DiffusionGemma: 48 passes, bound 0.1, temperature from 0.8",
        {
            "noise": "tokens",
            "commit": "entropy_bound",
            "commit_level": 0.1,
            "revise": "renoise",
            "temperature": 0.8,
            "steps": 48,
        },
    ),
}


def as_data() -> dict[str, dict[str, Any]]:
    """The presets as JSON values, for the browser."""
    return {name: asdict(preset) for name, preset in PRESETS.items()}
