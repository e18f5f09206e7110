"""Does what a lane wrote fit the words that stood there before it began? Rules of grammar that anyone can check, no model.

A *seam* is the end of a stretch that the lane wrote, where given words follow: a gap, a place with a word, an ending.
A rule sees some faults of a seam. Whether the text makes sense it cannot see, and the sentences say so. Of a text that
is mended, the original is known, so there the tokens are counted that came back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from playground.metrics.finish import Finish, name_of
from playground.trace.trace import SETTLED, Lane, Trace
from playground.training.text.score import COMMON
from playground.training.text.vocabulary import broken_words

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
CLOSED = re.compile(r"[.!?…][\"”')]*\s*$")
PAUSED = re.compile(r"[,;:\n]\s*$")
SPEAKER = re.compile(r"(?:^|\n)[ ]*(?:User|Assistant)\s*$")
SPOKEN = frozenset(("i", "i'm", "i'd", "i'll", "i've"))  # written large everywhere, so no sign of a new sentence
# A sentence does not end with these, and "I" does not follow them.
DANGLING = frozenset("a an the of to from for with in on at by my your his her our their".split())
# These need their noun at once: "a from", "table for of". Other prepositions may stand before another one: "come in for".
NEEDY = frozenset("a an the my your our their".split())
BINDING = frozenset("to of from for with at by in on".split())  # never right after a word of NEEDY
# Never right before "of", "from" or "to", but for "to to", which is a word said twice.
OPEN_PREPOSITIONS = frozenset("of for from with at to".split())
TWICE = 4  # words in a row that are looked for on both sides of a seam


@dataclass(frozen=True)
class Seam:
    """A stretch that a lane wrote, with the given words around it."""

    left: str  # given words before it, since the stretch before; the prompt where there is none
    written: str
    right: str  # given words after it
    opens: bool = False  # whether these are known to begin a sentence


@dataclass(frozen=True)
class Mended:
    """How a corrupted text came back, in tokens."""

    lost: int  # tokens that were noise
    back: int  # of these, those that are as they were
    changed: int  # other tokens that are not as they were


def seams(trace: Trace, key: str) -> list[Seam]:
    """The seams of a lane, from left to right; none where nothing is given after its prompt."""
    lane, ending = trace.lane(key), str(trace.run.get("ending") or "").strip()
    start = trace.canvas(key, 0)
    given = {at for at, cell in start.items() if at >= lane.prompt and cell.state in SETTLED}
    if not given:
        return []
    cells = [(cell.position < lane.prompt or cell.position in given, cell.text) for cell in _settled(trace, lane)]
    runs = [(kept, "".join(text for _, text in run)) for kept, run in groupby(cells, key=lambda cell: cell[0])]
    found = []
    for n, (kept, text) in enumerate(runs[:-1]):
        if not kept:
            right = runs[n + 1][1]
            opens = right.strip() == ending and ending[:1].isupper()
            found.append(Seam(runs[n - 1][1] if n else "", text, right, opens))
    return found


def _settled(trace: Trace, lane: Lane) -> Iterator:
    return (cell for _, cell in sorted(trace.canvas(lane.key).items()) if cell.state in SETTLED)


def fault(seam: Seam, known: str = "") -> str:
    """What a rule finds wrong with a seam, as the end of a sentence whose subject is the lane; empty if nothing.

    known: text whose words are no broken words, however odd.
    """
    before, after = seam.left + seam.written, seam.right
    tail, head = words(before), words(after)
    if odd := _broken(seam, known):
        return f"wrote “{odd}”, which is no word"
    if SPEAKER.search(before) and not after.startswith(":"):
        return f"broke off at {_quoted(before.split()[-1:])}, before {_quoted(after.split())}"
    if _hangs(before, tail, head) or _unfinished(before, tail, after, head, seam.opens):
        return f"broke off at {_quoted(before.split()[-2:])}, before {_quoted(after.split())}"
    if after.lstrip(" ")[:1].islower() and (CLOSED.search(before) or before.endswith("\n")):
        return f"ended its sentence before {_quoted(after.split())}"
    if twice := _twice(tail, head) or _twice(words(seam.left), words(seam.written)):
        return f"wrote {_quoted(twice)} twice"
    return ""


def words(text: str) -> list[str]:
    """The words of a text, and its numbers."""
    return WORD.findall(text)


def _quoted(some: Sequence[str]) -> str:
    return f"“{' '.join(some[:3])}”"


def _broken(seam: Seam, known: str) -> str:
    """A word that is no word and lies partly in what was written and partly in what was given."""
    text, at = seam.left + seam.written + seam.right, len(seam.left)
    borders = (at, at + len(seam.written))
    for match in WORD.finditer(text):
        across = any(match.start() < border < match.end() for border in borders)
        if across and (odd := broken_words(match[0], known)):
            return odd[0]
    return ""


def _hangs(before: str, tail: Sequence[str], head: Sequence[str]) -> bool:
    """Whether the last word before a seam lacks the noun that it needs."""
    if not tail or not head or not before.rstrip(" ").endswith(tail[-1]):
        return False
    last, first = tail[-1].lower(), head[0].lower()
    open_still = last in OPEN_PREPOSITIONS and first in ("of", "from", "to") and not last == first == "to"
    return (last in NEEDY and first in BINDING) or open_still


def _unfinished(before: str, tail: Sequence[str], after: str, head: Sequence[str], opens: bool) -> bool:
    """Whether a sentence or a turn begins where the one before it has not ended."""
    if CLOSED.search(before) or not tail or not head:
        return False
    if opens or after.startswith("\n"):
        return not PAUSED.search(before) or after.startswith("\n")
    first = head[0].lower().replace("’", "'")
    if first in SPOKEN:
        return tail[-1].lower() in DANGLING
    return head[0][0].isupper() and first in COMMON and not PAUSED.search(before)


def _twice(one: Sequence[str], two: Sequence[str]) -> list[str]:
    """The longest run of words, TWICE at most, with which one text ends and the other begins."""
    lower = ([word.lower() for word in side] for side in (one, two))
    left, right = lower
    sizes = range(min(TWICE, len(left), len(right)), 0, -1)
    return next((list(two[:size]) for size in sizes if left[-size:] == right[:size]), [])


def mended(trace: Trace, key: str, original: Sequence[int]) -> Mended:
    """How the lane's text compares with the original, whose token ids are given, prompt included."""
    start, end = trace.canvas(key, 0), trace.canvas(key)

    def kept(cells: Mapping, at: int) -> bool:
        return at in cells and cells[at].state in SETTLED and cells[at].id == original[at]

    after = range(trace.lane(key).prompt, len(original))
    lost = [at for at in after if not kept(start, at)]
    return Mended(
        len(lost), sum(kept(end, at) for at in lost), sum(not kept(end, at) for at in after if at not in set(lost))
    )


# ---------- in words


def fit(trace: Trace, lanes: Sequence[Lane], originals: Mapping[str, Sequence[int]]) -> Finish | None:
    """Which lane's text fits the given words; None where none were given.

    originals: the token ids of a corrupted text as it was, by key of the lane that mends it.
    """
    if originals and all(lane.key in originals for lane in lanes):
        return of_mended([(name_of(lane), mended(trace, lane.key, originals[lane.key])) for lane in lanes])
    found = faults(trace, lanes)
    whose = "your ending" if trace.run.get("ending") and not trace.run.get("places") else "your words"
    return of_seams([(name_of(lane), found[lane.key]) for lane in lanes], whose) if found else None


def faults(trace: Trace, lanes: Sequence[Lane]) -> dict[str, str]:
    """What a rule finds wrong with each lane's first seam that has a fault, by key; "" for one without. Empty where no
    words were given on both sides."""
    found = {lane.key: seams(trace, lane.key) for lane in lanes}
    if trace.run.get("share") or not all(found.values()):
        return {}
    known = str(trace.run.get("prompt_text") or "") + str(trace.run.get("ending") or "")
    return {key: next(filter(None, (fault(seam, known) for seam in some)), "") for key, some in found.items()}


def of_seams(faults: Sequence[tuple[str, str]], whose: str) -> Finish:
    """faults: of each lane, its name and what it did wrong; whose: the given words, in a sentence."""
    met = [name for name, said in faults if not said]
    missed = "; ".join(f"{name} {said}" for name, said in faults if said)
    limit = "A rule of grammar checked that. Whether it makes sense, only you can tell."
    if not missed:
        return Finish("fit", f"The words of {' and '.join(met)} fit {whose}.", limit)
    if not met:
        return Finish("fit", f"No lane's words fit {whose}: {missed}.", limit)
    return Finish("fit", f"The words of {' and '.join(met)} fit {whose}; {missed}.", limit)


def of_mended(counts: Sequence[tuple[str, Mended]]) -> Finish:
    """counts: of each lane, its name and how it mended the text."""
    (first, one), *others = counts
    same = all(count.lost == one.lost for _, count in others)
    rest = [f"{name} {count.back}{'' if same else f' of {count.lost}'}" for name, count in others]
    changed = [f"{name} changed {count.changed} of your other tokens" for name, count in counts if count.changed]
    tokens = "token" if one.lost == 1 else "tokens"
    said = f"{first} put {one.back} of the {one.lost} lost {tokens} back as you wrote them, {', '.join(rest)}"
    return Finish("fit", f"{'; '.join([said, *changed])}.", "Other words than yours may fit as well.")
