"""The models that can be lanes of a race, one record each. To add a model, start with its record here. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.request.race_request import LENGTHS

Kind = Literal["diffusion", "ar"]
PROMPT_ROOM = 64  # tokens of the context that are reserved for the prompt
CAPABILITIES = {  # what a model may be able to do, in words that follow "cannot"
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

    key: str  # its name in requests, links and traces
    kind: Kind  # "diffusion": writes in any order; "ar": writes from left to right
    title: str  # the name of its lane on the page
    folder: str  # of its checkpoint: a name in models/, or an absolute path
    partner: str = ""  # key of its default opponent, which also judges whether a prompt is familiar
    template: str = "turns"  # the prompt template: a key of text/prompts.py TEMPLATES
    ends: tuple[str, ...] = ()  # tokens that end a text besides the tokenizer's own, by name
    context: int = 192  # the most positions of a text, prompt included
    knows: str = KNOWS  # what it knows, in one line
    examples: tuple[str, ...] = EXAMPLES  # prompts to which it replies well
    called: str = ""  # in a sentence, if not by its title
    family: str = "these models"  # it and its partner, in a sentence
    own: bool = False  # a checkpoint of the visitor's own, which does not ship

    @property
    def longest(self) -> int:
        """The most tokens that may be written: the context less PROMPT_ROOM, within the bounds of a request's
        length."""
        return max(LENGTHS[0], min(LENGTHS[1], self.context - PROMPT_ROOM))


# Their training windows had 128 positions. Up to 160 positions neither twin reads worse; up to 192 the AR twin reads
# slightly worse (models/LOG.md).
DIFFUSION_TWIN = ModelRecord(
    "twin-diffusion", "diffusion", "Diffusion", "twin-diffusion", "twin-ar", family="the twins"
)
AR_TWIN = ModelRecord(
    "twin-ar", "ar", "Autoregressive", "twin-ar", "twin-diffusion", called="the AR twin", family="the twins"
)
TWINS = (DIFFUSION_TWIN, AR_TWIN)

if __name__ == "__main__":
    print(DIFFUSION_TWIN.examples[0])  # `make record` records a race on this prompt
