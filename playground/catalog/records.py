"""What can be a lane of a race, as data: one record per model. Adding a model begins with adding its record. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.request.race_request import LENGTHS

Kind = Literal["diffusion", "ar"]
PROMPT_ROOM = 64  # tokens of a context that a prompt of ordinary length may need
CAPABILITIES = {  # of a model, in words that follow "cannot"
    "blanks": "fill blanks in a text",
    "places": "keep given words at their places",
    "mend": "mend a text with errors in it",
    "branch": "go on from an edited frame",
    "guidance": "be guided by its prompt",
    "attention": "show what it looked at",
    "score": "score what others wrote",
}
KNOWS = (
    "The twins are tiny: they know everyday requests of some 160 kinds (messages, bookings, sums, single words, "
    "short stories) in the words of templates, and few facts."
)
EXAMPLES = (
    "Write a thank you email to Tom for the flowers.",
    "Book a flight from Boston to Rome on May 3.",
    "Move the meeting with Tom from Monday to Thursday.",
    "What is a diffusion model?",
    "How do I boil an egg?",
)


@dataclass(frozen=True)
class ModelRecord:
    """One model that can be a lane."""

    key: str  # its name in a request, a link and a trace
    kind: Kind  # how it writes: in any order, or from left to right
    title: str  # what its lane is called
    folder: str  # of its checkpoint: in models/, or anywhere as an absolute path
    partner: str = ""  # key of the model that it races where nobody chooses, and that knows which prompts are familiar
    template: str = "turns"  # how a visitor's words become its text: a name of text/prompts.py TEMPLATES
    context: int = 192  # positions that a text may fill, prompt included
    knows: str = KNOWS  # one line: what it knows
    examples: tuple[str, ...] = EXAMPLES  # prompts that it does well
    own: bool = False  # a folder of the visitor's, which did not ship

    @property
    def longest(self) -> int:
        """Tokens of text that fit beside a prompt of ordinary length."""
        return max(LENGTHS[0], min(LENGTHS[1], self.context - PROMPT_ROOM))


# The windows of their training had 128 positions. Up to 160 they read no worse, up to 192 the AR twin somewhat (models/LOG.md).
DIFFUSION_TWIN = ModelRecord("twin-diffusion", "diffusion", "Diffusion", "twin-diffusion", partner="twin-ar")
AR_TWIN = ModelRecord("twin-ar", "ar", "Autoregressive", "twin-ar", partner="twin-diffusion")
TWINS = (DIFFUSION_TWIN, AR_TWIN)

if __name__ == "__main__":
    print(DIFFUSION_TWIN.examples[0])  # the prompt of the recorded race, for `make record`
