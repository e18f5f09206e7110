"""The corpus: everyday requests and plain stories drawn from templates, and text that people wrote, mixed as mix.toml says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from playground.training.corpus import SEPARATOR, corpus_files, read_documents
from playground.training.text.draw import everyday, plain_stories
from playground.training.text.library import HERE
from playground.training.text.mistakes import TextError
from playground.training.text.real import KEEP, cut_down

MADE = {"everyday": everyday, "plain_stories": plain_stories}
VALID = 0.01  # of the made documents, held out of training by their openings
MOST_STORIES = 200_000


@dataclass(frozen=True)
class Part:
    """What was written of one part. documents, size (bytes), lines: of its training file."""

    name: str
    documents: int
    size: int
    lines: int


def read_mix(path: Path = HERE / "mix.toml") -> dict[str, Any]:
    """Raises TextError where the shares make no whole or a part is unknown."""
    mix = tomllib.loads(path.read_text(encoding="utf-8"))
    shares = [*mix["made"].values(), *(part["share"] for part in mix["real"].values())]
    if abs(sum(shares) - 1) > 1e-6:
        raise TextError(f"{path.name}: the shares add up to {sum(shares):g}. Make it 1.")
    if (
        unknown := (mix["made"].keys() - MADE.keys())
        | {part.get("keep", "all") for part in mix["real"].values()} - KEEP.keys()
    ):
        raise TextError(f"{path.name}: nobody knows {', '.join(sorted(unknown))}.")
    return mix


def make_text(
    folder: Path, corpus: Path | None, seed: int, documents: int | None = None, mix: Mapping[str, Any] | None = None
) -> list[Part]:
    """Write NAME.train.txt and NAME.valid.txt of every part into ``folder``; the same seed gives the same bytes.

    ``documents`` everyday requests are drawn, and every other part gets bytes by its share of the mix. Without ``corpus``,
    a folder of the real parts, only the made parts are written, as large as they would be beside the others.
    """
    mix = mix or read_mix()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents or mix["documents"]
    requests = list(islice(everyday(seed), wanted))
    whole = size_of(requests) / mix["made"]["everyday"]
    parts = [write(folder, "everyday", requests, list(islice(everyday(seed, held_out=True), few(wanted))))]
    stories = list(until(plain_stories(seed), whole * mix["made"]["plain_stories"]))
    parts.append(
        write(folder, "plain_stories", stories, list(islice(plain_stories(seed, held_out=True), few(len(stories)))))
    )
    if corpus is None:
        return parts
    for name, about in mix["real"].items():
        train, valid = (real_part(corpus, name, about, split) for split in ("train", "valid"))
        parts.append(write(folder, name, cut_down(train, whole * about["share"]), valid))
    return parts


def real_part(corpus: Path, name: str, about: Mapping[str, Any], split: str) -> list[str]:
    """The documents of a real part that are kept, in their order. Raises CorpusError where the folder lacks it."""
    [path] = corpus_files(corpus, [about.get("of", name)], split)
    keep = KEEP[about.get("keep", "all")]
    return [document for document in read_documents(path) if keep(document) and SEPARATOR not in document]


def few(documents: int) -> int:
    return max(20, round(VALID * documents))


def size_of(documents: list[str]) -> int:
    return sum(len(document.encode()) for document in documents)


def until(documents: Iterator[str], size: float) -> Iterator[str]:
    """Documents of ``size`` bytes together."""
    for document in islice(documents, MOST_STORIES):
        if (size := size - len(document.encode())) < 0:
            return
        yield document


def write(folder: Path, name: str, train: list[str], valid: list[str]) -> Part:
    """Raises TextError where a document holds the mark between documents."""
    for split, documents in (("train", train), ("valid", valid)):
        if any(SEPARATOR in document for document in documents):
            raise TextError(f"A document of {name} holds {SEPARATOR}, which separates documents. Take it out.")
        text = "".join(f"{document}\n{SEPARATOR}\n" for document in documents)
        (folder / f"{name}.{split}.txt").write_text(text, encoding="utf-8")
    return Part(name, len(train), size_of(train), sum(document.count("\n") + 1 for document in train))


def table(parts: list[Part]) -> str:
    """The mix as it came out, a part a line."""
    whole = Part("all", *(sum(getattr(part, name) for part in parts) for name in ("documents", "size", "lines")))
    return "\n".join(
        [f"{'part':<14}{'documents':>11}{'bytes':>13}{'of bytes':>10}{'of lines':>10}"]
        + [
            f"{part.name:<14}{part.documents:>11,}{part.size:>13,}{part.size / whole.size:>10.1%}{part.lines / whole.lines:>10.1%}"
            for part in (*parts, whole)
        ]
    )
