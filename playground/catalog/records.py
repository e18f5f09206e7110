"""The models that can be lanes of a race, one record each. To add a model, start with its record here. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.request.race_request import LENGTHS

Kind = Literal["diffusion", "ar"]
# What a position sees: everything; what is before it; whole blocks up to its own; what is before its block, each of them
# only what was before it, and all of its own block; or an attention that only the model's own class knows.
Attention = Literal["bidirectional", "causal", "block-causal", "causal-prefix", "own"]
Anchor = Literal["start", "prompt"]  # blocks are counted from position 0, or from the first position after the prompt
Shift = Literal["none", "whole", "block"]  # read at the position; one before it; one before it within a block
SMALL = 100_000_000  # parameters; a smaller model makes room for no other, and computes in float32 on a processor
PROMPT_ROOM = 64  # tokens of the context that are reserved for the prompt
CAPABILITIES = {  # what a model may be able to do, in words that follow "cannot"
    "blanks": "fill blanks in a text",
    "places": "keep given words at their places",
    "mend": "mend a text with errors in it",
    "branch": "go on from an edited frame",
    "guidance": "be guided by its prompt",
    "attention": "show what it looked at",
    "score": "score what others wrote",
    "random": "start from random tokens",
    "whole": "look at its whole text at once, as this revision rule or cache does",
    "picture": "see a picture",
}
KNOWS = (
    "The two models here are tiny twins of one design: they know everyday requests of some 160 kinds (messages, "
    "bookings, sums, single words, short stories) in the words of templates, and few facts."
)
EXAMPLES = (
    "Write a thank you email to Tom for the flowers.",
    "Book a flight from Boston to Rome on May 3.",
    "Move the meeting with Tom from Monday to Thursday.",
    "What is a diffusion model?",
    "Write a haiku about the sea.",
)


@dataclass(frozen=True)
class Served:
    """How a model is asked over the network, in OpenAI's chat protocol."""

    url: str  # base address, without /chat/completions; "" if the host's environment gives it
    model: str  # its name there
    key_variable: str  # of the environment, which holds the host's key
    maker: str = ""  # who serves it
    shape: Literal["text", "snapshots", "blocks"] = "text"  # what a chunk is: more text, the whole text so far, a block
    limit: str = "max_tokens"  # the field that limits the output
    temperatures: tuple[float, float] | None = (0.0, 2.0)  # that it takes; None if it takes none
    seeded: bool = False  # whether it takes a seed
    extra: Mapping[str, Any] = field(default_factory=dict)  # further fields of the request, e.g. {"diffusing": true}
    state: Literal["live", "until", "gone"] = "live"
    until: str = ""  # the last day on which it is served, if that is announced
    successor: str = ""  # key of the record that follows it, or a name


@dataclass(frozen=True)
class ModelRecord:
    """One model that can be a lane. The twins' records stand below, those of published models in models.json."""

    key: str  # its name in requests, links and traces
    kind: Kind  # "diffusion": writes in any order; "ar": writes from left to right
    title: str  # the name of its lane on the page
    folder: str = ""  # of its checkpoint: a name in models/, or an absolute path; "" for a model of the hub
    partner: str = ""  # key of its default opponent, which also judges whether a prompt is familiar
    template: str = "turns"  # the prompt template: a key of text/templates.py TEMPLATES, or "folder" for its own
    ends: tuple[str | int, ...] = ()  # tokens that end a text besides the tokenizer's own, by name or id
    context: int = 192  # the most positions of a text, prompt included
    knows: str = KNOWS  # what it knows, in one line
    examples: tuple[str, ...] = EXAMPLES  # prompts to which it replies well
    called: str = ""  # in a sentence, if not by its title
    family: str = "these models"  # it and its partner, in a sentence
    own: bool = False  # a checkpoint of the visitor's own, which does not ship

    layout: str = "qwen3"  # how its files become a stock class: a key of layouts.json
    tokenizer_class: str = "PreTrainedTokenizerFast"  # of transformers
    config: Mapping[str, Any] = field(default_factory=dict)  # fields of config.json and the values they must have
    # The mask token, by name or id, or names of which a tokenizer has one; None for the tokenizer's own, if it has one.
    mask: str | int | tuple[str, ...] | None = None
    end_text: str = ""  # text that ends a reply, for a model that has no token for it
    attention: Attention = "causal"  # what a position sees
    block: int | None = None  # positions of a block, where attention is causal from block to block
    anchor: Anchor | None = None  # where blocks are counted from
    caches: bool = True  # whether its class keeps keys and values, and takes positions in any order
    shift: Shift = "none"  # where the prediction for a position is read
    noise: Literal["mask", "uniform"] = "mask"  # what an open position holds in its training
    sampler: Mapping[str, Any] = field(default_factory=dict)  # its authors' settings, by name
    repo: str = ""  # on the hub; "" for a local folder
    revision: str = ""  # of the repository, a sha; "" for the one that the first download resolves
    parameters: int = 0  # numbers in the weights, about
    bytes: int = 0  # of the weights' files, about
    licence: str = ""  # as its card names it
    gated: bool = False  # whether the hub asks visitors to accept the licence first
    source: str = ""  # where these facts are from
    checked: str = ""  # the day on which they were last compared with the source
    unsure: str = ""  # what of them is expected and not proved, in a sentence
    served: Served | None = None  # how it is asked over the network; None for a model that runs here

    @property
    def longest(self) -> int:
        """The most tokens that may be written: the context less PROMPT_ROOM, within the bounds of a request's
        length."""
        return max(LENGTHS[0], min(LENGTHS[1], self.context - PROMPT_ROOM))


def is_large(record: ModelRecord) -> bool:
    """Whether a model must make room for others."""
    return record.parameters > SMALL


# Their training windows had 128 positions. Up to 160 positions neither twin reads worse; up to 192 the AR twin reads
# slightly worse (models/LOG.md).
DIFFUSION_TWIN = ModelRecord(
    "twin-diffusion",
    "diffusion",
    "Diffusion",
    "twin-diffusion",
    "twin-ar",
    family="the twins",
    attention="bidirectional",
    config={"is_causal": False},
)
AR_TWIN = ModelRecord(
    "twin-ar",
    "ar",
    "Autoregressive",
    "twin-ar",
    "twin-diffusion",
    called="the AR twin",
    family="the twins",
    config={"is_causal": True},
)
TWINS = (DIFFUSION_TWIN, AR_TWIN)

if __name__ == "__main__":
    print(DIFFUSION_TWIN.examples[0])  # `make record` records a race on this prompt
