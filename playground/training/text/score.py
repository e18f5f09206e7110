"""Right, repeated, broken: what a reply is worth, counted from what its request asked for.

A reply is right when it holds every ``must``, no other value that could have stood in its place, ends with a closed
sentence, and is neither repeated nor broken. Repeated: a sentence twice, a word three times in a row, or in a short reply
four words in a row twice. Broken: it has a word that is no word (see vocabulary.py) and that the prompt does not hold.
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
SENTENCE = re.compile(r"(?<=[.!?])[\"”')]*\s+(?![a-z])")  # between two; not in: "Oh!" said Tom
PAUSE = re.compile(r"[,;:.!?]")  # "ninety, one hundred" are two numbers
CLOSED = re.compile(r"[.!?][\"”')]*$")
SIGN = re.compile(r"(?<=\d)\s*([-+*/×÷:])\s*(?=\d)")
SIGNS = {"-": "minus", "+": "plus", "*": "times", "/": "by", "×": "times", "÷": "by", ":": "to"}
SHORT_REPLY = 60  # words; in a longer one four words may come twice
MOST_OF = 2 / 3
LONGEST_VALUE = 6  # words of a table's value that is looked for as another value
NOT_ONLY_NAMES = {"may", "march", "will", "bill", "mark", "rose", "grace", "hope", "joy", "art", "august", "sunny"}
COMMON = set(
    "a an and are as at be but by can do for from had has have he her him his i in is it its me my no not of on or our "
    "she so that the their them then there they this to us was we were what when with you your".split()
)


@dataclass(frozen=True)
class StoryCheck:
    """hero: the name, "" for any; he: "he", "she" or "it", "" for the one that comes first; names: of all heroes; opening:
    what the reply goes on from, "" where it is the whole story."""

    hero: str
    he: str
    names: tuple[str, ...]
    opening: str = ""


@dataclass(frozen=True)
class Check:
    """What a right reply must and must not hold.

    prompt, expected: the request and one right answer; must: of every tuple one string; about: words of which MOST_OF must
    stand in the reply; must_not: strings that may not; columns: values of which none may stand in it but those of the prompt
    and the expected answer; numbers: whether this holds for numbers too; members, count: so many different values, whichever.
    """

    prompt: str
    expected: str = ""
    must: tuple[tuple[str, ...], ...] = ()
    about: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    columns: tuple[tuple[str, ...], ...] = ()
    numbers: bool = False
    members: tuple[str, ...] = ()
    count: int = 0
    story: StoryCheck | None = None


@dataclass(frozen=True)
class Request:
    """kind: its name, "story NAME" for stories, "written" by hand; prompt: what a visitor types; expected: one right answer,
    "" where none is known."""

    kind: str
    prompt: str
    expected: str
    check: Check


@dataclass(frozen=True)
class Score:
    """missing: what a right reply would hold; wrong: what it should not; both empty strings' worth where it is right."""

    right: bool
    repeated: bool
    broken: bool
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def score(reply: str, check: Check) -> Score:
    """Score the reply's first turn: what follows after ``User:`` was not asked for."""
    reply = first_turn(reply)
    broken = bool(broken_words(reply, allowed=f"{check.prompt} {check.expected}"))
    twice = repeated(reply, check.prompt)
    missing = tuple(missing_from(reply, check))
    wrong = tuple(wrong_in(reply, check))
    closed = bool(CLOSED.search(reply))
    return Score(closed and not (missing or wrong or twice or broken), twice, broken, missing, wrong)


def words(text: str) -> list[str]:
    """Lower case, numbers as digits: "Forty-one people, 1,200 pins" -> ["41", "people", "1200", "pins"]."""
    pieces = PAUSE.split(joined_numbers(text.lower()))
    return [word for piece in pieces for word in as_digits(WORD.findall(piece))]


def key(opening: str) -> str:
    """A prompt without letter case and punctuation, but with the signs of sums."""
    return " ".join(words(SIGN.sub(lambda sign: f" {SIGNS[sign[1]]} ", opening)))


def joined_numbers(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)


def holds(have: list[str], phrase: str) -> bool:
    """Whether the words of ``phrase`` stand in a row in ``have``."""
    want = words(phrase)
    return any(have[at : at + len(want)] == want for at in range(len(have) - len(want) + 1))


def missing_from(reply: str, check: Check) -> Iterable[str]:
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
    known, have = f"{check.prompt} ; {check.expected} ; {' ; '.join(map(' ; '.join, check.must))}", words(reply)
    yield from (unwanted for unwanted in check.must_not if holds(have, unwanted))
    for values in check.columns:
        yield from others(reply, values, known)
    if check.numbers:
        spelled = {word.lower() for word in WORD.findall(reply)}
        for number in sorted({word for word in have if word.isdigit()} - set(words(known))):
            if number != "1" or "1" in spelled:  # "one moment" counts nothing
                yield number
    if check.story:
        yield from wrong_in_story(reply, check)


@lru_cache(maxsize=4096)
def phrases(values: tuple[str, ...]) -> dict[str, list[tuple[list[str], str]]]:
    """The values with their words, by the first one, the longest ahead; without those too long to be looked for."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for value in values:
        if 0 < len(phrase := words(value)) <= LONGEST_VALUE:
            found.setdefault(phrase[0], []).append((phrase, value))
    for options in found.values():
        options.sort(key=lambda option: -len(option[0]))
    return found


def others(reply: str, values: tuple[str, ...], known: str) -> Iterable[str]:
    """The values in the reply that the text ``known`` does not hold. In it a name is held only where no longer one is:
    New York does not name York."""
    names = set(found(known.title(), values))
    return (
        value
        for value in found(reply, values)
        if value not in names and (proper(value) or not holds(words(known), value))
    )


def found(text: str, values: tuple[str, ...]) -> Iterable[str]:
    """The values in the text; of two that overlap the longer one counts, and a proper name only with a large letter."""
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
    return value[:1].isupper()


def doubtful(value: str, at: int) -> bool:
    """Whether a word at a sentence's start may be no name: "May I help?"."""
    return at == 0 and value.lower() in NOT_ONLY_NAMES


def about(text: str) -> tuple[str, ...]:
    """The words of a text that say what it is about, each once."""
    return tuple(dict.fromkeys(word for word in words(text) if word not in COMMON))


def repeated(reply: str, prompt: str = "") -> bool:
    """A sentence twice, a word three times in a row, or in a short reply four words in a row twice that the prompt lacks."""
    told = [" ".join(words(sentence)) for sentence in SENTENCE.split(reply)]
    told = [sentence for sentence in told if " " in sentence]  # an initial ends like a sentence
    have = words(reply)
    if len(set(told)) < len(told) or any(have[at] == have[at + 1] == have[at + 2] for at in range(len(have) - 2)):
        return True
    fours = [tuple(have[at : at + 4]) for at in range(len(have) - 3)]
    again = {four for four in fours if fours.count(four) > 1}
    return len(have) <= SHORT_REPLY and not all(holds(words(prompt), " ".join(four)) for four in again)


# --- stories

SENTENCES = 4
TELLS_WHO = 12  # words at a story's start that say what the hero is
SEX = {**dict.fromkeys("he him his himself".split(), "he"), **dict.fromkeys("she her hers herself".split(), "she")}
PEOPLE = set(
    "mother father mom dad mum grandmother grandfather grandma grandpa sister brother aunt uncle friend friends girl "
    "boy man woman king queen prince princess teacher doctor farmer baker neighbor child baby lady".split()
)


@lru_cache(maxsize=64)
def words_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for name in names for word in words(name))


def missing_from_story(reply: str, story: StoryCheck) -> Iterable[str]:
    """Four sentences at least, the hero's name in one of the first two, and again in a later one."""
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
    """Another hero's name at the start; a pronoun of the other sex before anybody else has come in."""
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
