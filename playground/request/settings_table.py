"""Every setting of a race, declared once. To add a setting, declare it here and use it in the engine.

This table drives the reading of values (reading.py), the API's arguments (ui/signature.py), the controls
(ui/controls.py), the command line (cli/settings.py), links (largest_valid.py), the titles of the A/B panel (rival.py)
and the browser's copy (``as_data`` and ``writing_order``, through web/constants.py). The name of a field is the name of
the setting everywhere.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from playground.request.branch import Resume
from playground.request.rules import CACHES, COMMITS, NOISES, PRECEDENCE, REVISIONS
from playground.request.setting import (
    Branch,
    Choice,
    LaneKind,
    Lanes,
    Level,
    Number,
    Picture,
    Prompt,
    Rival,
    Setting,
    Text,
    Whole,
    YesNo,
    entry,
    setting,
    settings_in,
)

LENGTHS = (8, 512)  # tokens; a model with a shorter context refuses longer texts
RACE, DENOISING, WORDS = GROUPS = ("Race", "How diffusion denoises", "Words that are given")  # headings, in order
DIFFUSION: tuple[LaneKind, ...] = ("diffusion",)
BOTH: tuple[LaneKind, ...] = ("diffusion", "ar")


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """The settings in which two samplers of one race can differ, in the order of a lane's title."""

    steps: int = setting(
        8,
        Whole(1, 512, step=1, unit=("pass", "passes"), at_most="length"),
        argument=2,
        lanes=DIFFUSION,
        label="Passes",
        help="How often diffusion looks at the text. Fewer is faster and rougher.",
        command="denoising passes; the most, for a commit rule that takes as many as it needs",
        group=RACE,
        row=4,
        gives_way=True,
    )
    noise: str = setting(
        "mask",
        Choice(NOISES),
        argument=8,
        lanes=DIFFUSION,
        label="Noise",
        command=f"what open positions hold: {', '.join(NOISES)}",
        group=DENOISING,
        row=1,
    )
    commit: str = setting(
        "spread",
        Choice(COMMITS),
        argument=3,
        lanes=DIFFUSION,
        label="Commit rule",
        command=f"which positions settle in a pass: {', '.join(COMMITS)}",
        group=DENOISING,
        row=5,
    )
    commit_level: float | None = setting(
        None,
        Level("commit"),
        argument=9,
        lanes=DIFFUSION,
        label="Level",
        command="the number that tunes the commit rule; without it the rule's own",
        group=DENOISING,
        row=6,
        gives_way=True,
    )
    revise: str = setting(
        "none",
        Choice(REVISIONS, {"none": "no revision"}),
        argument=10,
        lanes=DIFFUSION,
        label="Revision rule",
        command=f"how settled tokens are doubted: {', '.join(REVISIONS)}",
        group=DENOISING,
        row=7,
    )
    revise_level: float | None = setting(
        None,
        Level("revise"),
        argument=11,
        lanes=DIFFUSION,
        label="Level",
        command="the number that tunes the revision rule; without it the rule's own",
        group=DENOISING,
        row=8,
        gives_way=True,
    )
    blocks: int = setting(
        1,
        Whole(1, 16, step=1, unit=("block", "blocks"), at_most="steps"),
        argument=6,
        lanes=DIFFUSION,
        label="Blocks",
        help="Pieces of the text, finished from left to right.",
        command="pieces, left to right",
        group=DENOISING,
        row=3,
    )
    cache: str = setting(
        "none",
        Choice(CACHES, {"none": "no cache", "prefix": "prefix cache", "dual": "dual cache"}),
        argument=12,
        lanes=DIFFUSION,
        label="Cache",
        command=f"{', '.join(CACHES)}; all but none are approximate",
        group=DENOISING,
        row=2,
        gives_way=True,
    )
    temperature: float = setting(
        0.0,
        Number(0.0, 2.0, step=0.1),
        argument=4,
        lanes=BOTH,
        label="Temperature",
        help="0 takes the likeliest token; more is more varied.",
        command="0 takes the likeliest token",
        group=RACE,
        row=5,
    )
    guidance: float = setting(
        0.0,
        Number(0.0, 4.0, step=0.25),
        argument=13,
        lanes=DIFFUSION,
        label="Guidance",
        help="Pulls the text towards the prompt. Each pass then takes about twice as long.",
        command="classifier-free guidance; 0 for none",
        group=DENOISING,
        row=4,
    )
    top_p: float = setting(
        1.0,
        Number(0.01, 1.0, step=0.01),
        argument=19,
        lanes=BOTH,
        label="Top-p",
        help="Draws from the fewest likeliest tokens that hold this share of the probability; 1 from all.",
        command="draw from the fewest likeliest tokens that hold this share of the probability; 1 for all",
        group=RACE,
        row=6,
        needs="temperature",
    )
    top_k: int = setting(
        0,
        Whole(0, 1000),
        argument=20,
        lanes=BOTH,
        label="Top-k",
        help="Draws from so many of the likeliest tokens; 0 from all.",
        command="draw from so many of the likeliest tokens; 0 for all",
        group=RACE,
        row=7,
        needs="temperature",
    )


@dataclass(frozen=True)
class RaceSettings(SamplerSettings):
    """The settings of a race: those of lane A's sampler, and those that all lanes share."""

    # A prompt may be a text with blanks, which the lanes fill: ``___``, or ``___{8}`` for eight tokens.
    prompt: str = field(metadata=entry(Prompt(), argument=0, lanes=BOTH))
    length: int = setting(  # positions after the prompt, unless blanks, a corrupted prompt or a frame decide it
        64,
        Whole(*LENGTHS, step=8),
        argument=1,
        lanes=BOTH,
        label="Length",
        help="Tokens that each model writes.",
        command="tokens to write",
        group=RACE,
        row=3,
    )
    seed: int = setting(
        0,
        Whole(0, 2**31 - 1, dice=True),
        argument=5,
        lanes=BOTH,
        label="Seed",
        help="The same seed and settings give the same text.",
        command="same seed, same tokens",
        group=RACE,
        row=8,
    )
    same_length: bool = setting(  # if True, no lane may choose the end token
        True,
        YesNo(flag="natural-length"),
        argument=7,
        lanes=BOTH,
        label="Same length",
        help="Neither model may end early, so both write the same number of tokens. Without effect where their tokens differ.",
        command="let each model end its text where it wants",
        group=RACE,
        row=9,
    )
    share: float = setting(  # fraction of the prompt's tokens that noise replaces
        0.0,
        Number(0.0, 1.0, step=0.05),
        argument=14,
        lanes=BOTH,
        label="Corrupt the prompt",
        help="Turns this share of your own text into noise, and mends it.",
        command="turn this share of the prompt itself into noise, and mend it",
        group=WORDS,
        row=3,
        gives_way=True,
    )
    places: str = setting(
        "",
        Text("12=dentist; 30=in Fremont"),
        argument=15,
        lanes=BOTH,
        label="Words at places",
        help="Number=words. Numbers count tokens of the reply, from 0.",
        command="words that must stand at a place, as '12=dentist; 30=in Fremont'",
        group=WORDS,
        row=1,
    )
    ending: str = setting(
        "",
        Text("Have a great day."),
        argument=16,
        lanes=BOTH,
        label="Ending",
        help="The reply ends with these words.",
        command="text with which the reply must end",
        group=WORDS,
        row=2,
    )
    resume: Resume | None = field(default=None, metadata=entry(Branch(), argument=17, lanes=BOTH, group=WORDS))
    versus: str = setting(  # JSON text of the rival's sampler settings; empty if the rival is the first model's partner
        "",
        Rival(),
        argument=18,
        lanes=DIFFUSION,
        command="race another sampler in place of the partner: a JSON object of its settings, as '{\"steps\": 32}'",
        group=RACE,
        row=2,
        gives_way=True,
    )
    lanes: str = setting(  # JSON text of the lanes (lanes.py); empty for the default pair
        "",
        Lanes(),
        argument=21,
        lanes=BOTH,
        command='the models of the race, each with its sampler: a JSON list, as \'[{"model": "twin-ar"}]\'',
        group=RACE,
        row=1,
        gives_way=True,
    )
    picture: str = setting(  # a data URL; lanes of models that cannot see run without it
        "",
        Picture(),
        argument=22,
        lanes=BOTH,
        label="Picture",
        help="Models that can see look at it beside the prompt. PNG, JPEG or WebP.",
        group=WORDS,
        row=4,
    )


SETTINGS = {each.name: each for each in sorted(settings_in(RaceSettings), key=lambda each: each.argument)}
SAMPLER = tuple(each.name for each in settings_in(SamplerSettings))  # names of the settings of one sampler
SHOWN = tuple(  # the settings with a group, in the order of the page and the command line
    sorted((each for each in SETTINGS.values() if each.group), key=lambda each: (GROUPS.index(each.group), each.row))
)
ON_PAGE = tuple(
    name for name, each in SETTINGS.items() if each.group or isinstance(each.type, Prompt)
)  # names of the settings that the page and the API have
if [each.argument for each in SETTINGS.values()] != list(range(len(SETTINGS))):
    raise ValueError("The arguments of the settings must be 0, 1, 2 and so on. Give a new setting the next number.")


def defaults() -> dict[str, Any]:
    """The default of every setting that has one, by name: all but the prompt."""
    return {each.name: each.default for each in SETTINGS.values() if each.default is not MISSING}


def limits_of(one: Setting) -> tuple[str, ...]:
    """The names of the settings that limit the value of this one."""
    limits = (one.needs,) if one.needs else ()
    if one.name == "length":
        return (*limits, "lanes")  # a text must fit the contexts of the models
    match one.type:
        case Whole(at_most=other) if other:
            return (*limits, other)
        case Level(of=rule):
            return (*limits, rule)
        case Choice() if one.name in PRECEDENCE:
            return (*limits, *PRECEDENCE[: PRECEDENCE.index(one.name)])
    return limits


def writing_order() -> list[str]:
    """The names of the page's settings, each after the settings that limit it, so that the page can set them one by
    one."""
    order = TopologicalSorter({name: limits_of(SETTINGS[name]) for name in ON_PAGE}).static_order()
    return list(order)


def as_data() -> dict[str, dict[str, Any]]:
    """The browser's record of each setting on the page, by name, as JSON values."""
    return {name: _record(SETTINGS[name]) for name in ON_PAGE}


def _record(one: Setting) -> dict[str, Any]:
    record: dict[str, Any] = {"type": type(one.type).__name__.lower()}
    if one.default is not MISSING:
        record["default"] = one.default
    if one.needs:
        record["needs"] = one.needs
    if one.lanes != BOTH:
        record["lanes"] = list(one.lanes)
    match one.type:
        case Whole(unit=unit, at_most=other):
            record |= {"unit": unit} if unit else {}
            record |= {"at_most": other} if other else {}
        case Choice(words=words) if words:
            record["words"] = dict(words)
    return record
