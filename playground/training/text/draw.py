"""Draws documents from kinds and stories, as a pure function of the seed.

The opening of a document is its request without letter case and punctuation, or the first sentence of a story. An
opening is held out of training if its hash is among the lowest share HELD_OUT of all hashes. So no training document
contains a held-out prompt, at any place, and held-out prompts can be drawn again at any time.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from playground.text.prompts import ASSISTANT, USER
from playground.training.text.alternatives import also_right
from playground.training.text.kinds import Form, Kind
from playground.training.text.library import Library, library
from playground.training.text.mistakes import TextError
from playground.training.text.prompts import keys
from playground.training.text.score import SENTENCE, Check, Request, StoryCheck, about, holds, key, words
from playground.training.text.slots import Slot, Values, any_of
from playground.training.text.stories import Story
from playground.training.text.templates import Template

HELD_OUT = 0.02  # share of the openings
FOLLOWED = 0.5  # share of the exchanges with follow-up turns that get one
STORIES = 0.15  # share of the requests that ask for a story
TYPED = 0.15  # share of the requests that are written as people type: no capitals, no full stop
# Shares of the documents with one, two, three and four requests. The page writes a fixed length, so twins must go on.
REQUESTS = (
    0.4,
    0.3,
    0.2,
    0.1,
)
GOES_ON = 0.4  # share of the stories that a request follows
IN_VAIN = 20_000  # draws in a row without a new document, after which drawing stops
TRIES = 1000  # draws of one kind without a held-out request, after which it counts as having none
LONG_VALUE = 5  # words; of a longer value only most of the content words are required


@dataclass(frozen=True)
class Exchange:
    """One drawn request and its answer."""

    of: Kind | Story
    form: Form | None  # None for a story
    ask: Template  # the wording of the request
    values: Values  # of the slots
    turns: tuple[tuple[str, str], ...]  # (user, assistant) pairs, the request first

    @property
    def held_back(self) -> bool:
        """Whether the request, or the first sentence of the story that answers it, is held out of training."""
        asked, answered = self.turns[0]
        return held_back(asked) or (isinstance(self.of, Story) and held_back(first_sentence(answered)))

    def request(self) -> Request:
        """The request with the check of its answer."""
        prompt, expected = self.turns[0]
        if isinstance(self.of, Story):
            check = story_check(self.of, self.values, prompt, expected, asked=self.ask)
            return Request(f"story {self.of.name}", prompt, expected, check)
        assert self.form is not None, "a kind has forms"
        return Request(self.of.name, prompt, expected, check_of(self.form, self.values, prompt, expected))


def draw_values(slots: Sequence[Slot], rng: Random) -> Values:
    """Draw a value for every slot, in order; later slots may depend on earlier ones."""
    values: Values = []
    for slot in slots:
        values.append(slot.draw(rng, values))
    return values


def draw_exchange(of: Kind | Story, rng: Random) -> Exchange:
    """Draw a request of a kind, or for a story, with its answer and perhaps a follow-up turn."""
    values = draw_values(of.slots, rng)
    if isinstance(of, Story):
        form, ask = None, any_of(rng, of.asks)
        turns = [(ask.fill(values), told(of, values, rng))]
    else:
        form = any_of(rng, of.forms)
        ask = any_of(rng, form.asks)
        turns = [(ask.fill(values), any_of(rng, form.answers).fill(values))]
        if form.follows and rng.random() < FOLLOWED:
            turns.append(tuple(turn.fill(values) for turn in any_of(rng, form.follows)))
    if rng.random() < TYPED:
        turns[0] = (as_typed(turns[0][0]), turns[0][1])
    return Exchange(of, form, ask, values, tuple(turns))


def told(story: Story, values: Values, rng: Random) -> str:
    """The text of a story with these values; optional parts come half of the time."""
    return " ".join(any_of(rng, part.says).fill(values) for part in story.parts if not part.maybe or rng.random() < 0.5)


def as_typed(request: str) -> str:
    """A request as people type it: lower case, without punctuation at its end."""
    return request.lower().rstrip(".!? ")


# --- checks of replies


def check_of(form: Form, values: Values, prompt: str, expected: str) -> Check:
    """The check of a request. If the form has no ``must``, the reply must contain every value that all wordings of the
    answer use. Of a value with alternatives any one will do."""
    if form.must is not None:
        fields = [field for template in form.must for field in template.fields]
        short, long = list(dict.fromkeys(template.fill(values) for template in form.must)), list[str]()
    else:
        shared = [{(field.slot.name, field.path) for field in answer.fields} for answer in form.answers]
        fields = [
            field
            for field in form.answers[0].fields
            if all((field.slot.name, field.path) in of_answer for of_answer in shared)
        ]
        asked = dict.fromkeys(value for field in fields for value in field.values(values))
        short = [value for value in asked if len(value.split()) <= LONG_VALUE]
        long = [value for value in asked if len(value.split()) > LONG_VALUE]
    telling = about(" ".join(long)) if long else () if short or form.count else about(expected)
    others = {value: also_right(field, values) for field in fields for value in field.values(values)}
    must = [(value, *others.get(value, ())) for value in short]
    return Check(
        prompt,
        expected,
        must=tuple(must + [form.sign] * bool(form.sign)),
        about=telling,
        columns=tuple(dict.fromkeys(field.column_values for field in fields if field.column_values)),
        numbers=any(field.column is None for field in fields),
        members=form.members,
        count=form.count,
    )


def story_check(
    story: Story, values: Values, prompt: str, expected: str, opening: str = "", asked: Template | None = None
) -> Check:
    """The check of a story. ``opening`` is the start of the story that the prompt already contains. ``asked`` is the
    wording of a request whose details the story must contain."""
    hero = values[story.hero.at]
    columns = story.hero.lines.columns
    have = words(expected)
    details = dict.fromkeys(value for field in (asked.fields if asked else ()) for value in field.values(values))
    return Check(
        prompt,
        expected,
        must=tuple((value,) for value in details if holds(have, value)),
        story=StoryCheck(hero[0], hero[columns.index("he")].lower(), story.hero.lines.column(columns[0]), opening),
    )


# --- held-out openings


def held_back(opening: str) -> bool:
    """Whether an opening is held out of training: by its hash, or because it is a prompt written by hand."""
    opening = key(opening)
    return (
        opening in keys()
        or int.from_bytes(hashlib.blake2b(opening.encode(), digest_size=8).digest()) < HELD_OUT * 2**64
    )


def first_sentence(story: str) -> str:
    """The first sentence of a story, with a closing quotation mark."""
    end = SENTENCE.search(story)
    return story[: end.end()].rstrip() if end else story


# --- documents


def as_document(turns: Sequence[tuple[str, str]]) -> str:
    """A dialogue as text, one turn per line."""
    return "\n".join(f"{USER} {asked}\n{ASSISTANT} {answered}" for asked, answered in turns)


def choosers(found: Library) -> tuple[list[Kind | Story], list[float]]:
    """All kinds and stories that can be requested, and the cumulative sum of their shares. Stories together have the
    share STORIES. Raises TextError if there is no kind."""
    kinds = list(found.kinds.values())
    stories = [story for story in found.stories.values() if story.asks and story.length == "short"]
    if not kinds:
        raise TextError("There is no kind to draw. Write one: playground/training/text/kinds/NAME.toml.")
    of_kinds, of_stories = (sum(one.share for one in these) for these in (kinds, stories))
    each = STORIES / (1 - STORIES) * of_kinds / of_stories if stories else 0.0
    shares = [*(kind.share for kind in kinds), *(each * story.share for story in stories)]
    return [*kinds, *stories], list(itertools.accumulate(shares))


def everyday(seed: int, held_out: bool = False, found: Library | None = None) -> Iterator[str]:
    """Distinct documents of requests and answers, one turn per line, until IN_VAIN draws in a row give no new one.

    Other requests may come before the drawn one. A request that occurred before always gets some, so no document
    occurs twice and a kind with few requests still gets its share. The last request is held out if ``held_out``, else
    no request and no opening of a story is; the earlier ones are never held out.
    """
    askable, shares = choosers(found or library())
    rng = Random(f"everyday {seed} {held_out}")
    seen: set[str] = set()
    vain = 0
    while vain < IN_VAIN:
        vain += 1
        one = rng.choices(askable, cum_weights=shares)[0]
        exchange = draw_exchange(one, rng)
        if not (held_back(exchange.turns[0][0]) if held_out else not exchange.held_back):
            continue
        document = as_document(exchange.turns)
        before = rng.choices(range(len(REQUESTS)), weights=REQUESTS)[0] or int(document in seen)
        others = [draw_exchange(rng.choices(askable, cum_weights=shares)[0], rng) for _ in range(before)]
        if len({one.name, *(other.of.name for other in others)}) <= before or any(other.held_back for other in others):
            continue
        document = "\n".join([*(as_document(other.turns[:1]) for other in others), document])
        if document in seen:
            continue
        seen.add(document)
        vain = 0
        yield document


def plain_stories(seed: int, held_out: bool = False, found: Library | None = None) -> Iterator[str]:
    """Distinct stories, one per line, until IN_VAIN draws in a row give no new one. A request follows some of them,
    because the page writes a fixed length, so twins must go on after a story. Raises TextError if there is no story."""
    stories = list((found or library()).stories.values())
    askable, askable_shares = choosers(found or library())
    if not stories:
        raise TextError("There is no story to draw. Write one: playground/training/text/stories/NAME.toml.")
    shares = list(itertools.accumulate(story.share for story in stories))
    rng = Random(f"plain stories {seed} {held_out}")
    seen: set[str] = set()
    vain = 0
    while vain < IN_VAIN:
        vain += 1
        story = rng.choices(stories, cum_weights=shares)[0]
        text = told(story, draw_values(story.slots, rng), rng)
        if text not in seen and held_back(first_sentence(text)) == held_out:
            seen.add(text)
            vain = 0
            after = draw_exchange(rng.choices(askable, cum_weights=askable_shares)[0], rng)
            goes_on = rng.random() < GOES_ON and not after.held_back
            yield f"{text}\n{as_document(after.turns[:1])}" if goes_on else text


# --- held-out prompts for the evaluation


def held_out(count: int, seed: int, found: Library | None = None) -> list[Request]:
    """``count`` distinct held-out requests in a random order. The share STORIES asks for stories; the others are spread
    evenly over all kinds. A kind with so few requests that none is held out is skipped."""
    rng = Random(f"held out {seed}")
    askable = choosers(found or library())[0]
    stories = [one for one in askable if isinstance(one, Story)]
    kinds = [one for one in askable if isinstance(one, Kind)]
    of_stories = round(STORIES * count) if stories else 0
    drawn = [
        exchange
        for many, of in ((of_stories, stories), (count - of_stories, kinds))
        for exchange in by_turns(many, of, rng, draw_exchange, lambda exchange: exchange.turns[0][0])
    ]
    return [exchange.request() for exchange in rng.sample(drawn, len(drawn))]


def held_out_stories(count: int, seed: int, found: Library | None = None) -> list[Request]:
    """``count`` distinct held-out openings of stories, as a visitor would type them."""
    rng = Random(f"held-out stories {seed}")
    return [
        opened(*drawn)
        for drawn in by_turns(
            count, list((found or library()).stories.values()), rng, draw_story, lambda drawn: first_sentence(drawn[2])
        )
    ]


def draw_story(story: Story, rng: Random) -> tuple[Story, Values, str]:
    """Draw a story: (story, values of its slots, text)."""
    values = draw_values(story.slots, rng)
    return story, values, told(story, values, rng)


def opened(story: Story, values: Values, text: str) -> Request:
    """A story as a request: its first sentence is the prompt, and the rest is the expected answer."""
    opening = first_sentence(text)
    rest = text.removeprefix(opening).strip()
    return Request(f"story {story.name}", opening, rest, story_check(story, values, opening, rest, opening))


def by_turns(count: int, of: Sequence, rng: Random, draw: Callable, prompt_of: Callable) -> list:
    """``count`` draws with distinct held-out prompts, from the members of ``of`` in turn, in a random order. A member
    that gives no new prompt in TRIES draws is dropped."""
    out: list = []
    seen: set[str] = set()
    of = rng.sample(of, len(of))
    while of and len(out) < count:
        for one in list(of):
            for _ in range(TRIES):
                drawn = draw(one, rng)
                prompt = prompt_of(drawn)
                if held_back(prompt) and key(prompt) not in seen:
                    seen.add(key(prompt))
                    out.append(drawn)
                    break
            else:
                of.remove(one)
            if len(out) == count:
                break
    return out
