"""Engines without models: the page's tests and its development run on these. Times are made up; nothing is measured."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from playground.catalog.catalog import catalog
from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN, TWINS, ModelRecord
from playground.download.machine import Memory
from playground.engine.abilities import abilities
from playground.engine.race import race
from playground.errors import PlaygroundError
from playground.interface import ModelState, NothingToLoad, Room, nobody
from playground.request import lanes
from playground.request.branch import Resume
from playground.request.race_request import RaceRequest
from playground.request.rival import titles
from playground.served.keys import NO_KEYS, Keys
from playground.trace.phases import phase
from playground.trace.trace import Change, Frame, Lane, Trace

END = "<|endoftext|>"
ABSENT, FAILING = "llada-8b-instruct", "llama3-8b-instruct"  # models of a StockedEngine
HERE, PARTNER, BLOCKS, LARGE = "qwen3-0.6b-diffusion-mdlm", "qwen3-0.6b", "sdar-1.7b-chat", "llada2.0-mini"
SHELF = tuple(catalog()[key] for key in (HERE, PARTNER, ABSENT, FAILING, BLOCKS, LARGE))
REPLY = (
    (
        " Sure| ,| I| can| help| you| find| a| dent|ist| in| Fre|mont|.| Do| you| have| a| preferred| appointment| time|?|\n|"
        "User|:| Yes|,| Thursday| morning| would| be| best| for| me|.|\n|Assistant|:| There| are| four| dentists| near|"
        " you|.| Dr|.| Aurelia| Sun| has| an| opening| at| nine| thirty| on| Thursday|.| Would| you| like| me| to| make| the|"
        " appointment|?"
    )
    .replace(" Sure| ,", " Sure|,")
    .split("|")
)
OFFERS = ("I need to find a dentist in Fremont.", "Find me a bus to Sacramento.", "Once upon a time")


class FakeRun:
    """A race of two made-up lanes; ``passed`` counts finished passes, ``asked_to_stop`` and ``over`` tell a test what happened."""

    def __init__(self, request: RaceRequest, pace: float, before_pass: Callable[[str, int], None]):
        self.request, self.pace, self.before_pass = request, pace, before_pass
        self.prompt = ["User", ":", *[f" {word}" for word in request.prompt.split()], "\n", "Assistant", ":"]
        size = {"prompt": len(self.prompt), "length": request.length}
        about = {"model": DIFFUSION_TWIN.key, "steps": request.steps, "commit": request.commit}
        lanes = (
            Lane("diffusion", "diffusion", "Diffusion", about=about, **size),
            Lane("ar", "ar", "Autoregressive", about={"model": AR_TWIN.key}, **size),
        )
        if rival := request.rival:
            a, b = titles(request.to_json(), rival.to_json())
            lanes = (
                Lane("diffusion", "diffusion", a, about={**about, "letter": "A"}, **size),
                Lane("diffusion.b", "diffusion", b, about={**about, "letter": "B", "steps": rival.steps}, **size),
            )
        if request.lanes:
            lanes = tuple(
                Lane(key, record.kind, record.title, about={**about, "model": record.key}, **size)
                for key, record in raced(request).items()
            )
        if request.resume:
            parent = {"parent": request.resume.parent()}
            lanes = tuple(
                replace(lane, about={**lane.about, **parent}) for lane in lanes if lane.kind == request.resume.kind
            )
        self.trace = Trace(
            run={
                "id": uuid.uuid4().hex[:12],
                "prompt_text": "".join(self.prompt),
                "device": "no device",
                **request.to_json(),
            },
            lanes=lanes,
        )
        strange = "quantum" in request.prompt
        self.notice = (
            "The twins were trained on task dialogues and stories; this prompt lies outside." if strange else None
        )
        self.offers = OFFERS if strange else ()
        self.asked_to_stop, self.over, self.passed = threading.Event(), threading.Event(), 0

    def stop(self) -> None:
        self.asked_to_stop.set()

    apart: frozenset[str] = frozenset()  # it has no served lane

    def clocks(self) -> Mapping[str, float]:
        return {}

    def frames(self, freed: Callable = nobody, ended: Callable = nobody) -> Iterator[Frame]:
        try:
            for frame in race(self.lanes(), self.asked_to_stop.is_set):
                self.trace.frames.append(frame)
                self.passed += frame.i > 0
                yield frame
            self.trace.ended = "stopped" if self.asked_to_stop.is_set() else "done"
            if self.trace.ended == "done":
                self.trace.verdict = {"line": self.line(), "lanes": {}}
        finally:
            self.over.set()

    def lanes(self) -> dict[str, Iterator[Frame]]:
        if self.request.resume:
            return {self.request.resume.kind: self.branch(self.request.resume)}
        if self.request.lanes:
            return {
                lane.key: self.diffusion(lane.key) if lane.kind == "diffusion" else self.ar()
                for lane in self.trace.lanes
            }
        if rival := self.request.rival:
            return {"diffusion": self.diffusion(), "diffusion.b": self.diffusion("diffusion.b", rival.steps)}
        return {"diffusion": self.diffusion(), "ar": self.ar()}

    def branch(self, resume: Resume) -> Iterator[Frame]:
        """Open positions are filled two a pass, with words in capitals; edits stay."""
        words = dict(enumerate([*self.prompt, *self.words()]))
        open_, states = (
            set(resume.open),
            {at: "prompt" if at < resume.prompt else "committed" for at in range(len(resume.ids))},
        )
        states |= dict.fromkeys(resume.pinned, "pinned")
        ids = list(resume.ids)
        for edit in resume.edits:
            states[edit.position] = "noise" if edit.remask else "pinned"
            words[edit.position] = edit.text or words[edit.position]
            ids[edit.position] += 2000 if edit.text else 0
            (open_.add if edit.remask else open_.discard)(edit.position)
        if resume.kind == "ar":
            open_ |= set(range(min((edit.position for edit in resume.edits), default=len(words)) + 1, len(words)))
        noise = () if resume.kind == "ar" else sorted(open_)
        kept = [Change(at, words[at], None, states[at], ids[at]) for at in words if at not in open_]
        yield Frame(resume.kind, 0, 0.0, 0.0, (*kept, *(Change(at, "", None, "noise", 1) for at in noise)), len(open_))
        left, i = sorted(open_), 0
        while left:
            i, new, left = i + 1, left[:2], left[2:]
            self.pass_of(resume.kind, i, 20)
            changes = tuple(Change(at, words[at].upper(), 0.8, "committed", 1000 + at) for at in new)
            yield Frame(
                resume.kind,
                i,
                20.0 * i,
                20.0,
                changes,
                len(left),
                1.0,
                {},
                phase(len(words) - len(left), len(words), not left),
            )

    def line(self) -> str:
        if len(self.trace.lanes) < 2:
            return ""
        clocks = {lane.key: self.trace.frames_of(lane.key)[-1].t_ms for lane in self.trace.lanes}
        first, second = sorted(clocks, key=clocks.__getitem__)
        return (
            f"{first.capitalize()} finished first, {clocks[second] / max(clocks[first], 1e-9):.1f} times sooner "
            f"({clocks[first]:.0f} against {clocks[second]:.0f} ms of made-up time)."
        )

    def words(self) -> list[str]:
        text = REPLY[: max(1, self.request.length - 4)]
        return (text + [END] * self.request.length)[: self.request.length]

    def start_frame(self, key: str, noise: bool) -> Frame:
        at = len(self.prompt)
        changes = [Change(i, text, None, "prompt", i) for i, text in enumerate(self.prompt)]
        if noise:
            changes += [Change(at + i, "", None, "noise", 1) for i in range(self.request.length)]
        return Frame(key, 0, 0.0, 0.0, tuple(changes), self.request.length)

    def pass_of(self, key: str, i: int, ms: float) -> None:
        self.before_pass(key, i)
        time.sleep(ms * self.pace / 1000)

    def diffusion(self, key: str = "diffusion", steps: int | None = None) -> Iterator[Frame]:
        yield self.start_frame(key, noise=True)
        words, length, steps, at = self.words(), self.request.length, steps or self.request.steps, len(self.prompt)
        order = sorted(range(length), key=lambda p: (p * 7919 + self.request.seed * 31) % 97 + p // 3)
        done: set[int] = set()
        for i in range(1, steps + 1):
            ms = 24 + (i * 37 % 7)
            self.pass_of(key, i, ms)
            new = order[len(done) : length * i // steps]
            done.update(new)
            changes = [Change(at + p, words[p], 0.35 + 0.64 * ((p * 31 + i) % 17) / 16, "committed", p) for p in new]
            for p in range(length):
                if p not in done:
                    draft = words[p] if (p * 13 + i) % 5 else " the"
                    changes.append(Change(at + p, draft, 0.1 + ((p + i) % 6) / 12, "draft", p))
            top = {at + p: ((" maybe", 0.2), (" or", 0.1)) for p in new}
            yield Frame(
                key,
                i,
                self.clock(key) + ms,
                ms,
                tuple(changes),
                length - len(done),
                1.0,
                top,
                phase(len(done), length, i == steps),
            )

    def ar(self) -> Iterator[Frame]:
        yield self.start_frame("ar", noise=False)
        words, length, at = self.words(), self.request.length, len(self.prompt)
        for i in range(1, length + 1):
            ms = 9 + (i * 29 % 5)
            self.pass_of("ar", i, ms)
            last = i == length or words[i - 1] == END
            change = Change(at + i - 1, words[i - 1], 0.3 + 0.69 * ((i * 23) % 13) / 12, "committed", i)
            yield Frame(
                "ar",
                i,
                self.clock("ar") + ms,
                ms,
                (change,),
                length - i,
                1.0,
                {at + i - 1: ((" but", 0.1),)},
                phase(i, length, last),
            )
            if last:
                return

    def clock(self, key: str) -> float:
        return sum(frame.ms for frame in self.trace.frames_of(key))


def raced(request: RaceRequest) -> dict[str, ModelRecord]:
    """The models of a request's lanes, by key of the lane; at most one AR lane."""
    records = {record.key: record for record in (*TWINS, *SHELF)}
    named = [records[lane.model] for lane in lanes.parse(request.lanes)]
    kinds = [record.kind for record in named]
    return {kind + ("", ".b", ".c")[kinds[:n].count(kind)]: named[n] for n, kind in enumerate(kinds)}


class FakeEngine(NothingToLoad):
    """Makes every prompt into the same reply. ``pace``: real seconds slept per made-up second. A prompt with "quantum" is out
    of domain, one with "explode" breaks in the middle, one with "refuse" is refused."""

    knows = "Task dialogues (restaurants, buses, dentists), small talk and fairy tales, in simple English."
    examples = ("I need to find a dentist in Fremont.", "Book me a table for two tonight.", "Once upon a time")
    kinds = (("find somebody", "I need to find a dentist in Fremont."), ("say <hello>", "Hello & goodbye!"))
    longest = 128
    made: Mapping[str, str] = {"on": "no-machine", "torch": "2.13.0", "transformers": "5.23.0"}
    device, device_kind, weights = "no device", "cpu", "fa4ef00dfa4e"
    models = TWINS
    pair = ("twin-diffusion", "twin-ar")
    can: Mapping[str, frozenset[str]] = {record.key: abilities(record) for record in TWINS}
    checkpoints: Mapping[str, str] = {"twin-diffusion": "fa4ed1f0", "twin-ar": "fa4e0a70"}

    def __init__(self, pace: float = 0.0):
        self.pace = pace
        self.runs: list[FakeRun] = []
        self.asked: list[tuple] = []

    def attention(self, model: str, ids: list[int], position: int) -> list[float]:
        """Nearer positions get more; AR sees only what is left."""
        kind = "ar" if model in ("ar", "twin-ar") else "diffusion"
        self.asked.append((kind, ids, position))
        near = [0.0 if kind == "ar" and at >= position else 1 / (1 + abs(at - position)) ** 2 for at in range(len(ids))]
        return [weight / sum(near) for weight in near]

    def compute(self, function: Callable, *arguments: object) -> object:
        return function(*arguments)

    def start(self, request: RaceRequest, keys: Keys = NO_KEYS) -> FakeRun:
        if "refuse" in request.prompt:
            raise PlaygroundError("This prompt is refused. Try one of these.", OFFERS)
        run = FakeRun(request, self.pace, lambda key, i: self.before_pass(request, key, i))
        self.runs.append(run)
        return run

    def before_pass(self, request: RaceRequest, key: str, i: int) -> None:
        """Called on the worker before each pass."""
        if "explode" in request.prompt and i == 3:
            raise RuntimeError("a kernel went missing")


class BlockingEngine(FakeEngine):
    """With "block" in the prompt, the diffusion lane stops after its third pass until ``release`` is set."""

    def __init__(self, pace: float = 0.0):
        super().__init__(pace)
        self.release = threading.Event()

    def before_pass(self, request: RaceRequest, key: str, i: int) -> None:
        super().before_pass(request, key, i)
        if "block" in request.prompt and key == "diffusion" and i == 4:
            self.release.wait(60)


class StockedEngine(BlockingEngine):
    """Has models on a shelf besides the twins: some are here, one is too large, two must be downloaded. ``share`` is how far
    a download is; a test sets it. The download of FAILING fails at once."""

    models = (*TWINS, *SHELF)
    BYTES = 16_000_000_000
    TOO_LARGE = (
        "It needs 35.8 GB of memory in bfloat16, this machine has 12.0 GB of 16.0 GB free. Pick a smaller model."
    )
    GATED = "Its owner asks for consent to a licence first. Accept it on the model's card, and set HF_TOKEN."

    def __init__(self, pace: float = 0.0, allowed: bool = True):
        super().__init__(pace)
        self.allowed, self.share = allowed, 0.25
        self.loading = threading.Event()  # a model that is not loaded waits for it
        self.reset()

    def reset(self) -> None:
        self.can = {record.key: abilities(record) for record in TWINS}
        self.states = {
            HERE: "here",
            PARTNER: "here",
            BLOCKS: "here",
            LARGE: "here",
            ABSENT: "absent",
            FAILING: "absent",
        }
        self.loading.set()

    def state(self, record: ModelRecord) -> ModelState:
        state = "loaded" if record.key in self.can else self.states.get(record.key, "absent")
        sentence = self.TOO_LARGE if record.key == LARGE else self.GATED if state == "failed" else ""
        share = self.share if state == "running" else None
        done, rate = round((share or 0) * self.BYTES), 41_000_000.0 if share else 0.0
        return ModelState(record.key, state, sentence, share, done, rate, memory=2 * record.parameters)

    def stock(self) -> tuple[ModelState, ...]:
        return tuple(self.state(record) for record in self.models)

    def room(self) -> Room:
        return Room(Memory(12 * 10**9, 16 * 10**9), 80 * 10**9, self.allowed)

    def download(self, model: str) -> None:
        if not self.allowed:
            raise PlaygroundError("Downloads are off here.")
        self.states[model] = "failed" if model == FAILING else "running"

    def stop_download(self, model: str) -> None:
        self.states[model] = "stopped"

    def to_load(self, request: RaceRequest) -> str:
        missing = [record.title for record in raced(request).values() if record.key not in self.can]
        return f"Loading {' and '.join(missing)}, 1.5 GB. This takes a while, once." if missing else ""

    def prepare(self, request: RaceRequest) -> None:
        self.loading.wait(30)
        for one in raced(request).values():
            self.can = {**self.can, one.key: abilities(one)}


def record(prompt: str = OFFERS[0], **settings: object) -> Trace:
    """A whole made-up trace, to stand for a recorded one."""
    run = FakeEngine().start(RaceRequest.parse({"prompt": prompt, **settings}))
    for _ in run.frames():
        pass
    return run.trace.validate()
