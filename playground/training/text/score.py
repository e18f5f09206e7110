"""Scores a reply against the check of its request: right, repeated, broken.

A reply is right if it contains every ``must`` and no other value from the same tables, ends with a closed sentence,
and is neither repeated nor broken. Repeated: it has a sentence twice, a word twice in a row ("the the"), or (a short
reply) the same four words in a row twice. Broken: it has a word that is neither in the vocabulary (vocabulary.py) nor in the
prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from playground.text.prompts import first_turn
from playground.training.text.numbers import as_digits
from playground.training.text.vocabulary import broken_words

WORD = re.compile(r"[^\W\d_]+|\d+")
SENTENCE = re.compile(r"(?<=[.!?])[\"”')]*\s+(?![a-z])")  # the space between two sentences; not in: "Oh!" said Tom
PAUSE = re.compile(r"[,;:.!?]")  # separates numbers: "ninety, one hundred" are two
CLOSED = re.compile(r"[.!?][\"”')]*$")
DOUBLED = re.compile(r"\b([^\W\d_]+)\s+\1\b", re.IGNORECASE)
MAY_DOUBLE = {"that", "had", "very", "really", "so", "no", "bye", "ha", "knock", "night", "many", "long", "far"}
SIGN = re.compile(r"(?<=\d)\s*([-+*/×÷:])\s*(?=\d)")
SIGNS = {"-": "minus", "+": "plus", "*": "times", "/": "by", "×": "times", "÷": "by", ":": "to"}
SHORT_REPLY = 60  # words; a longer reply may repeat four words in a row
MOST_OF = 2 / 3
LONGEST_VALUE = 6  # words; longer values of a table are not searched for
NOT_ONLY_NAMES = {"may", "march", "will", "bill", "mark", "rose", "grace", "hope", "joy", "art", "august", "sunny"}
COMMON = set(
    "a an and are as at be but by can do for from had has have he her him his i in is it its me my no not of on or our "
    "she so that the their them then there they this to us was we were what when with you your".split()
)


@dataclass(frozen=True)
class StoryCheck:
    """What a right story contains."""

    hero: str  # the hero's name; "" for any
    he: str  # the hero's pronoun: "he", "she" or "it"; "" for the first that occurs
    names: tuple[str, ...]  # of all heroes
    opening: str = ""  # the start of the story, which the reply continues; "" if the reply is the whole story


@dataclass(frozen=True)
class Check:
    """What a right reply must contain and must not contain."""

    prompt: str
    expected: str = ""  # one right answer; "" if none is known
    must: tuple[tuple[str, ...], ...] = ()  # the reply contains one string of every tuple
    about: tuple[str, ...] = ()  # the reply contains the share MOST_OF of these words
    must_not: tuple[str, ...] = ()  # the reply contains none of these strings
    # The reply contains no value of these columns, except those in the prompt and the expected answer.
    columns: tuple[tuple[str, ...], ...] = ()
    numbers: bool = False  # the same rule for numbers
    members: tuple[str, ...] = ()  # the reply contains ``count`` distinct ones of these
    count: int = 0
    story: StoryCheck | None = None  # if the reply is a story


@dataclass(frozen=True)
class Request:
    """A prompt and the check of replies to it."""

    kind: str  # the kind's name, "story NAME" for a story, "written" for a prompt written by hand
    prompt: str  # as a visitor would type it
    expected: str  # one right answer; "" if none is known
    check: Check


@dataclass(frozen=True)
class Score:
    """The score of one reply."""

    right: bool
    repeated: bool
    broken: bool
    missing: tuple[str, ...] = ()  # what a right reply would contain
    wrong: tuple[str, ...] = ()  # what a right reply would not contain


def score(reply: str, check: Check) -> Score:
    """Score the first turn of a reply. The text after a next ``User:`` does not count."""
    reply = first_turn(reply)
    broken = bool(broken_words(reply, allowed=f"{check.prompt} {check.expected}"))
    twice = repeated(reply, check.prompt) or doubled(reply, f"{check.prompt} ; {check.expected}")
    missing = tuple(missing_from(reply, check))
    wrong = tuple(wrong_in(reply, check))
    closed = bool(CLOSED.search(reply))
    return Score(closed and not (missing or wrong or twice or broken), twice, broken, missing, wrong)


def words(text: str) -> list[str]:
    """The words of a text in lower case, numbers as digits: "Forty-one people, 1,200 pins" -> ["41", "people", "1200",
    "pins"]."""
    pieces = PAUSE.split(joined_numbers(text.lower()))
    return [word for piece in pieces for word in as_digits(WORD.findall(piece))]


def key(opening: str) -> str:
    """A prompt in a form that ignores letter case and punctuation but keeps arithmetic operators, as words."""
    return " ".join(words(SIGN.sub(lambda sign: f" {SIGNS[sign[1]]} ", opening)))


def joined_numbers(text: str) -> str:
    """Remove the commas between thousands: "1,200" -> "1200"."""
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)


def holds(have: list[str], phrase: str) -> bool:
    """Whether the words of ``phrase`` occur in a row in the list of words ``have``."""
    want = words(phrase)
    return any(have[at : at + len(want)] == want for at in range(len(have) - len(want) + 1))


def missing_from(reply: str, check: Check) -> Iterable[str]:
    """What the reply should contain but does not, in words."""
    have = words(reply)
    if not have:
        yield "a reply"
    for options in check.must:
        if not any(holds(have, option) for option in options):
            yield options[0]
    if len(set(check.about) & set(have)) < MOST_OF * len(check.about):
        yield f"most of: {', '.join(check.about)}"
    if check.count:
        found = sum(holds(have, member) or holds(have, f"{member}s") for member in check.members)
        if found < check.count:
            yield f"{check.count - found} more of {len(check.members)} values"
    if check.story:
        yield from missing_from_story(reply, check.story)


def wrong_in(reply: str, check: Check) -> Iterable[str]:
    """What the reply contains but should not, in words."""
    known, have = f"{check.prompt} ; {check.expected} ; {' ; '.join(map(' ; '.join, check.must))}", words(reply)
    yield from (unwanted for unwanted in check.must_not if holds(have, unwanted))
    for values in check.columns:
        yield from others(reply, values, known)
    if check.numbers:
        spelled = {word.lower() for word in WORD.findall(reply)}
        for number in sorted({word for word in have if word.isdigit()} - set(words(known))):
            if number != "1" or "1" in spelled:  # the "one" in "one moment" is not a number
                yield number
    if check.story:
        yield from wrong_in_story(reply, check)


@lru_cache(maxsize=4096)
def phrases(values: tuple[str, ...]) -> dict[str, list[tuple[list[str], str]]]:
    """(words, value) of each value, by its first word, longest value first. Values of more than LONGEST_VALUE words are
    left out."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for value in values:
        if 0 < len(phrase := words(value)) <= LONGEST_VALUE:
            found.setdefault(phrase[0], []).append((phrase, value))
    for options in found.values():
        options.sort(key=lambda option: -len(option[0]))
    return found


def others(reply: str, values: tuple[str, ...], known: str) -> Iterable[str]:
    """The values that occur in the reply but not in the text ``known``. A name inside a longer name does not occur:
    "New York" does not contain York."""
    names = set(found(known.title(), values))
    return (
        value
        for value in found(reply, values)
        if value not in names and (proper(value) or not holds(words(known), value))
    )


def found(text: str, values: tuple[str, ...]) -> Iterable[str]:
    """The values that occur in the text. Of two overlapping values the longer one counts; a proper name counts only
    with a capital."""
    by_first = phrases(values)
    for sentence in SENTENCE.split(text):
        have, at = words(sentence), 0
        large = {word.lower() for word in WORD.findall(sentence) if word[0].isupper()}
        while at < len(have):
            for phrase, value in by_first.get(have[at], ()):
                written_so = not proper(value) or (phrase[0] in large and not doubtful(value, at))
                if have[at : at + len(phrase)] == phrase and written_so:
                    yield value
                    at += len(phrase) - 1
                    break
            at += 1


def proper(value: str) -> bool:
    """Whether a value is a proper name."""
    return value[:1].isupper()


def doubtful(value: str, at: int) -> bool:
    """Whether a name at a sentence's start may be an ordinary word, as in "May I help?"."""
    return at == 0 and value.lower() in NOT_ONLY_NAMES


def about(text: str) -> tuple[str, ...]:
    """The content words of a text, each once."""
    return tuple(dict.fromkeys(word for word in words(text) if word not in COMMON))


def repeated(reply: str, prompt: str = "") -> bool:
    """Whether a reply has a sentence twice, a word three times in a row, or (a short reply) four words in a row twice
    that are not in the prompt."""
    told = [" ".join(words(sentence)) for sentence in SENTENCE.split(reply)]
    told = [sentence for sentence in told if " " in sentence]  # an initial ("J.") looks like a sentence
    have = words(reply)
    if len(set(told)) < len(told) or any(have[at] == have[at + 1] == have[at + 2] for at in range(len(have) - 2)):
        return True
    fours = [tuple(have[at : at + 4]) for at in range(len(have) - 3)]
    again = {four for four in fours if fours.count(four) > 1}
    return len(have) <= SHORT_REPLY and not all(holds(words(prompt), " ".join(four)) for four in again)


def doubled(reply: str, known: str) -> bool:
    """Whether a reply has a word twice in a row, with only a space between, that does not stand so in the text
    ``known`` ("Bora Bora") and that people do not double ("very very")."""
    fine = MAY_DOUBLE | {word.lower() for word in DOUBLED.findall(known)}
    return any(word.lower() not in fine for word in DOUBLED.findall(reply))


# --- stories

SENTENCES = 4
TELLS_WHO = 12  # words at a story's start, which describe the hero
SEX = {**dict.fromkeys("he him his himself".split(), "he"), **dict.fromkeys("she her hers herself".split(), "she")}
PEOPLE = set(
    "mother father mom dad mum grandmother grandfather grandma grandpa sister brother aunt uncle friend friends girl "
    "boy man woman king queen prince princess teacher doctor farmer baker neighbor child baby lady".split()
)


@lru_cache(maxsize=64)
def words_of(names: tuple[str, ...]) -> frozenset[str]:
    """The words of all names."""
    return frozenset(word for name in names for word in words(name))


def missing_from_story(reply: str, story: StoryCheck) -> Iterable[str]:
    """What a story lacks of these, in words: at least SENTENCES sentences, the hero's name in one of the first two,
    and the name in another sentence."""
    sentences = [words(sentence) for sentence in SENTENCE.split(f"{story.opening} {reply}".strip())]
    if len(sentences) < SENTENCES:
        yield f"{SENTENCES} sentences"
    if not story.hero:
        return
    if not any(holds(sentence, story.hero) for sentence in sentences[:2]):
        yield f"{story.hero} at the start"
    if sum(holds(sentence, story.hero) for sentence in sentences) < 2:
        yield f"{story.hero} later on"


def wrong_in_story(reply: str, check: Check) -> Iterable[str]:
    """What is wrong in a story, in words: another hero's name in the first two sentences, or a pronoun of the other sex
    before another character appears."""
    story = check.story
    if story is None:
        return
    text = f"{story.opening} {reply}".strip()
    start = " ".join(SENTENCE.split(text)[:2])
    if story.hero:
        yield from others(start, story.names, f"{check.prompt} ; {check.expected}")
    own = {*words(f"{check.prompt} {story.opening}"), *words(text)[:TELLS_WHO]}  # "a girl named Mia": the girl is Mia
    company = (PEOPLE - own) | words_of(story.names) - set(words(story.hero))
    he = story.he
    for word in words(text):
        if word in company:
            return
        he = he or SEX.get(word, "")
        if he in SEX and SEX.get(word, he) != he:
            yield f"{word} for {story.hero or 'the hero'}"
            return
