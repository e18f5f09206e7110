"""The sources of the training text and their licences, a table in every model card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One part of the corpus."""

    part: str
    what: str  # the text in a few words
    source: str  # public repositories or places
    licence: str  # of the text, not of the weights
    made: bool = False  # drawn from templates, not written by people


OWN = ("made from templates by this project (playground/training/text)", "Apache-2.0", True)


SOURCES = {
    source.part: source
    for source in (
        Source("everyday", "everyday requests with answers that follow from them", *OWN),
        Source("plain_stories", "short plain stories", *OWN),
        Source(
            "dialog_sgd",
            "task dialogues: restaurants, buses, dentists, tickets",
            "Schema-Guided Dialogue, google-research-datasets/dstc8-schema-guided-dialogue",
            "CC BY-SA 4.0",
        ),
        Source(
            "dialog",
            "small talk",
            "alexa/Topical-Chat; google-research-datasets/Synthetic-Persona-Chat",
            "CDLA-Sharing-1.0; CC BY 4.0",
        ),
        Source("persona", "small talk", "google-research-datasets/Synthetic-Persona-Chat", "CC BY 4.0"),
        Source(
            "tinystories",
            "short stories in the words of small children",
            "TinyStories (roneneldan/TinyStories), as kept in czhou578/train-gpt2, mines-opt-ml/decoding-gpt, "
            "yuninxia/moe-routing-bench and s-ajaykumar/smallGPT",
            "CDLA-Sharing-1.0",
        ),
        Source("coffee", "coffee orders", "google-research-datasets/Taskmaster, TM-4-2024", "CC BY 4.0"),
        Source("open_storybooks", "picture-book stories", "global-asp/asp-source, global-asp/pb-source", "CC BY"),
        Source("fairytales", "fairy tales", "uci-soe/FairytaleQAData", "Apache-2.0, texts in the public domain"),
        Source(
            "pd_children",
            "children's classics",
            "public-domain books (mlschmitt/classic-books-markdown, birmingham-ccr/corpora)",
            "public domain (US)",
        ),
        Source("wiki_leads", "first paragraphs of core articles", "Wikipedia 2015 (jason-feng/wikiVisual)", "CC BY-SA"),
        Source("trivia", "questions with answers", "uberspot/OpenTriviaQA", "CC BY-SA 4.0"),
        Source("gsm8k", "worked sums", "openai/grade-school-math", "MIT"),
    )
}


def sources_of(parts: Iterable[str]) -> list[Source]:
    """The source of every part. A part that is not in the table is listed as "not described", not left out."""
    return [SOURCES.get(part) or Source(part, "not described", "not described", "not described") for part in parts]
