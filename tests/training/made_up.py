"""A made-up corpus, and helpers that run every command on a tiny scale."""

from __future__ import annotations

import random

import torch

from playground.training.__main__ import main
from playground.training.corpus import SEPARATOR

TINY = (
    "--hidden 32 --layers 2 --heads 2 --intermediate 64 --positions 160 --lengths 32,48 --batch-tokens 768 "
    "--rate 0.01 --warmup 5 --seed 3 --device cpu --threads 1"
).split()
STEPS = 60
SMALL = (
    "--length 48 --levels 4 --masked-length 48 --masked-batches 4 --windows 48 --window-length 32 --margin 8 "
    "--spans 1,3 --texts 4 --text-length 12 --passes 2,12 --edited 4 --requests 6 --openings 2 --by-hand 2 "
    "--reply-length 24 --reply-passes 2,8"
).split()  # an evaluation


def made_up_dialogue(rng: random.Random) -> str:
    what = rng.choice(["a dentist", "a bus", "a hotel", "a table", "a doctor"])
    where = rng.choice(["Fremont", "Oakland", "Zürich", "San Jose"])
    price, hour = rng.randint(10, 99), rng.randint(1, 12)
    return (
        f"User: I need to find {what} in {where}.\n"
        f"Assistant: I found {what} in {where} for ${price}. Is {hour} pm good?\n"
        f"User: Yes, that is all set.\nAssistant: Have a great day."
    )


def made_up_story(rng: random.Random) -> str:
    who, where = rng.choice(["girl", "fox", "king"]), rng.choice(["sea", "forest", "hill"])
    return f"Once upon a time there was a {who} who lived by the\n{where}.\n\nThe {who} was happy “ever” after."


def write_corpus(folder) -> None:
    rng = random.Random(5)
    folder.mkdir()
    for part, make, sizes in (("talk", made_up_dialogue, (300, 24)), ("tales", made_up_story, (60, 8))):
        for split, size in zip(("train", "valid"), sizes):
            text = f"\n{SEPARATOR}\n".join(make(rng) for _ in range(size))
            (folder / f"{part}.{split}.txt").write_text(f"{text}\n{SEPARATOR}\n", encoding="utf-8")


def command(*arguments) -> None:
    """Run one command in this process; it must succeed."""
    assert main([str(argument) for argument in arguments]) == 0


def train(out, objective: str, data, *more) -> None:
    command("train", "--objective", objective, "--data", data, "--out", out, "--steps", STEPS, *TINY, *more)


def weights(run) -> dict[str, torch.Tensor]:
    """All tensors and numbers from which a run would resume, by name."""
    state = torch.load(run / "state.pt", weights_only=True)
    return {**state["model"], **{f"averaged {name}": tensor for name, tensor in state["averaged"].items()}}


def publish(made, objective: str, *more) -> None:
    command(
        "publish",
        "--run",
        getattr(made, objective),
        "--to",
        made.models / f"twin-{objective}",
        "--data",
        made.data,
        "--samples",
        3,
        "--sample-length",
        16,
        "--passes",
        "4,8",
        *more,
    )
