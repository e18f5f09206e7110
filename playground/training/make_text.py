"""Writes the corpus: everyday requests and plain stories drawn from templates, and text that people wrote, in the
shares of mix.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from playground.files import read_json
from playground.training.corpus import SEPARATOR, corpus_files, read_documents
from playground.training.text.draw import everyday, plain_stories
from playground.training.text.library import HERE, Library, library
from playground.training.text.mistakes import TextError
from playground.training.text.real import KEEP, cut_down

MADE = {"everyday": everyday, "plain_stories": plain_stories}
VALID = 0.01  # share of the template documents that is held out for validation, chosen by their openings
MOST_STORIES = 200_000  # drawn at most


@dataclass(frozen=True)
class Part:
    """The size of one part's training file."""

    name: str
    documents: int
    size: int  # UTF-8 bytes
    lines: int


def read_mix(path: Path = HERE / "mix.toml") -> dict[str, Any]:
    """The mix of the parts in mix.toml. Raises TextError if the shares do not add up to 1 or a part is unknown."""
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


def read_factors(path: Path) -> dict[str, float]:
    """Factors of the shares of kinds by name, from a JSON object. Raises TextError if the file holds anything else."""
    found = read_json(path)
    if not isinstance(found, dict) or not all(isinstance(one, int | float) and one > 0 for one in found.values()):
        raise TextError(f'{path.name} must be a JSON object of kinds and factors above 0, such as {{"capital": 3}}.')
    return {name: float(factor) for name, factor in found.items()}


def with_factors(found: Library, factors: Mapping[str, float]) -> Library:
    """The library with the shares of some kinds multiplied. Raises TextError for a kind that does not exist."""
    if unknown := factors.keys() - found.kinds.keys():
        raise TextError(f"There is no kind {', '.join(sorted(unknown))}. The files in kinds/ have the names.")
    kinds = {name: replace(kind, share=kind.share * factors.get(name, 1.0)) for name, kind in found.kinds.items()}
    return replace(found, kinds=kinds)


def make_text(
    folder: Path,
    corpus: Path | None,
    seed: int,
    documents: int | None = None,
    mix: Mapping[str, Any] | None = None,
    factors: Mapping[str, float] = MappingProxyType({}),
) -> list[Part]:
    """Write NAME.train.txt and NAME.valid.txt of every part to ``folder``. The same seed gives the same bytes.

    ``documents`` is the number of everyday requests; every other part gets bytes by its share of the mix. ``corpus`` is
    the folder of the parts that people wrote. Without it only the template parts are written, at the same sizes.
    ``factors`` multiply the shares of kinds in the training text; the validation text keeps the shares of the files.
    """
    mix = mix or read_mix()
    drawn_from = with_factors(library(), factors)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents or mix["documents"]
    requests = list(islice(everyday(seed, found=drawn_from), wanted))
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
    """The documents of a part that people wrote, in order, after its ``keep`` filter. Raises CorpusError if the folder
    has no such part."""
    [path] = corpus_files(corpus, [about.get("of", name)], split)
    keep = KEEP[about.get("keep", "all")]
    return [document for document in read_documents(path) if keep(document) and SEPARATOR not in document]


def few(documents: int) -> int:
    """The number of validation documents for this many training documents."""
    return max(20, round(VALID * documents))


def size_of(documents: list[str]) -> int:
    """UTF-8 bytes of all documents together."""
    return sum(len(document.encode()) for document in documents)


def until(documents: Iterator[str], size: float) -> Iterator[str]:
    """The first documents whose UTF-8 bytes add up to at most ``size``."""
    for document in islice(documents, MOST_STORIES):
        if (size := size - len(document.encode())) < 0:
            return
        yield document


def write(folder: Path, name: str, train: list[str], valid: list[str]) -> Part:
    """Write both files of a part. Raises TextError if a document contains the separator of documents."""
    for split, documents in (("train", train), ("valid", valid)):
        if any(SEPARATOR in document for document in documents):
            raise TextError(f"A document of {name} holds {SEPARATOR}, which separates documents. Take it out.")
        text = "".join(f"{document}\n{SEPARATOR}\n" for document in documents)
        (folder / f"{name}.{split}.txt").write_text(text, encoding="utf-8")
    return Part(name, len(train), size_of(train), sum(document.count("\n") + 1 for document in train))


def table(parts: list[Part]) -> str:
    """The sizes and shares of the written parts as a table for a terminal, one part per line."""
    whole = Part("all", *(sum(getattr(part, name) for part in parts) for name in ("documents", "size", "lines")))
    return "\n".join(
        [f"{'part':<14}{'documents':>11}{'bytes':>13}{'of bytes':>10}{'of lines':>10}"]
        + [
            f"{part.name:<14}{part.documents:>11,}{part.size:>13,}{part.size / whole.size:>10.1%}{part.lines / whole.lines:>10.1%}"
            for part in (*parts, whole)
        ]
    )
