"""Turns a corpus folder into a data folder: the twins' tokenizer, and the splits as packed token ids.

The data folder holds ``tokenizer/``, ``train.npz``, ``valid.npz``, optionally ``judge.npz``, and ``prepare.json`` (a
record of the sources, the sizes and the sha256 of every file). The same corpus, parts, vocabulary and share give the
same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playground.errors import TrainingError
from playground.files import read_json, sha256, write_whole
from playground.training.corpus import CorpusError, Packed, corpus_files, read_documents
from playground.training.tokenizer import for_transformers, train_tokenizer

SPLITS = ("train", "valid")
JUDGE = "judge"  # the split of training documents for a judge that shares no text with the twins
VOCABULARIES = (258, 65536)  # smallest: 256 bytes and two special tokens; largest: ids are stored as uint16


def set_aside(document: str, share: float) -> bool:
    """Whether a training document belongs to the judge. A hash of its text decides, so the order and the other
    documents do not matter, and equal documents get the same side."""
    return int.from_bytes(hashlib.sha256(document.encode()).digest()[:8]) < share * 2**64


def prepare(
    corpus: Path,
    parts: Iterable[str],
    vocabulary: int,
    out: Path,
    held_out: float = 0.0,
    tokenizer_of: Path | None = None,
) -> dict[str, Any]:
    """Train the tokenizer on the training files, tokenize every split and write the data folder; returns prepare.json.

    ``held_out`` is the share of the training documents that goes to ``judge.npz`` and not to ``train.npz``. The
    tokenizer is trained on both, so it does not depend on the share. Without ``parts``, every part with a training
    file is used. With ``tokenizer_of``, a published twin's folder, that tokenizer is kept and none is trained, so that the
    twin can be trained on. Raises CorpusError for missing or empty parts, TrainingError for a share or vocabulary out of range.
    """
    if not 0 <= held_out < 1:
        raise TrainingError(f"The share held out must be at least 0 and below 1, not {held_out:g}.")
    low, high = VOCABULARIES
    if not low <= vocabulary <= high:
        raise TrainingError(f"The vocabulary must lie between {low} and {high} tokens, not {vocabulary}.")
    files = {"train": corpus_files(corpus, parts, "train")}
    parts = [path.name.split(".")[0] for path in files["train"]]
    files["valid"] = corpus_files(corpus, parts, "valid")
    texts = {
        split: [(part, document) for part, path in zip(parts, files[split]) for document in read_documents(path)]
        for split in SPLITS
    }
    for split in SPLITS:
        if not texts[split]:
            raise CorpusError(f"The {split} files in {corpus} hold no text. Give each at least one document.")

    tokenizer = (
        tokenizer_in(tokenizer_of)
        if tokenizer_of
        else for_transformers(train_tokenizer((document for _, document in texts["train"]), vocabulary))
    )
    # It is written last, so a folder without it is recognised as incomplete.
    (out / "prepare.json").unlink(missing_ok=True)
    tokenizer.save_pretrained(out / "tokenizer")
    if held_out:
        everything = texts["train"]
        texts["train"] = [(part, document) for part, document in everything if not set_aside(document, held_out)]
        texts[JUDGE] = [(part, document) for part, document in everything if set_aside(document, held_out)]
    facts: dict[str, Any] = {
        "parts": parts,
        "vocabulary": len(tokenizer),
        "held_out": held_out,
        "corpus": {
            path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)}
            for split in SPLITS
            for path in files[split]
        },
    }
    (out / f"{JUDGE}.npz").unlink(missing_ok=True)  # an older one's documents may now belong to the twins
    for split in texts:
        packed = Packed.from_documents((document for _, document in texts[split]), tokenizer)
        packed.save(out / f"{split}.npz")
        facts[split] = {"documents": len(packed.openings), "tokens": len(packed.ids), "text_bytes": packed.text_bytes}
        if split == "train":
            facts["by_part"] = sizes(packed, texts[split])
    written = [out / "tokenizer" / "tokenizer.json", *(out / f"{split}.npz" for split in texts)]
    facts["files"] = {str(path.relative_to(out)): sha256(path) for path in written}
    write_whole(out / "prepare.json", json.dumps(facts, indent=1) + "\n")
    return facts


def tokenizer_in(folder: Path) -> Any:
    """The tokenizer of a published twin. Raises TrainingError if the folder has none."""
    from transformers import AutoTokenizer

    if not (folder / "tokenizer.json").is_file():
        raise TrainingError(f"{folder} has no tokenizer.json. Give --tokenizer a folder written by `publish`.")
    return AutoTokenizer.from_pretrained(folder)


def sizes(packed: Packed, texts: list[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Documents, tokens and UTF-8 bytes of each part. ``texts`` are the (part, document) pairs that ``packed`` was made
    from, in order; tokens include the end token of every document."""
    lengths = np.diff([*packed.openings, len(packed.ids)])
    found: dict[str, dict[str, int]] = {}
    for (part, document), tokens in zip(texts, lengths.tolist()):
        of_part = found.setdefault(part, {"documents": 0, "tokens": 0, "text_bytes": 0})
        of_part["documents"] += 1
        of_part["tokens"] += tokens
        of_part["text_bytes"] += len(document.encode())
    return found


@dataclass(frozen=True)
class Prepared:
    """An open data folder."""

    folder: Path
    tokenizer: Any  # of transformers

    @classmethod
    def open(cls, folder: Path) -> Prepared:
        """Open a folder that ``prepare`` wrote. Raises TrainingError if a file is missing."""
        from transformers import AutoTokenizer

        needed = ("tokenizer/tokenizer.json", "train.npz", "valid.npz")
        missing = [name for name in needed if not (folder / name).is_file()]
        if missing:
            raise TrainingError(
                f"{folder} is no data folder: it has no {missing[0]}. Write one with "
                f"`python -m playground.training prepare --corpus FOLDER --out {folder}`."
            )
        return cls(folder, AutoTokenizer.from_pretrained(folder / "tokenizer"))

    def packed(self, split: str) -> Packed:
        """The token ids of a split: train, valid or judge. Raises TrainingError if the folder has no such split."""
        self._needs(split)
        return Packed.load(self.folder / f"{split}.npz")

    def _needs(self, split: str) -> None:
        if not (self.folder / f"{split}.npz").is_file():
            raise TrainingError(f"{self.folder} has no {split}.npz. Write it with `prepare --held-out 0.25`.")

    def facts(self) -> dict[str, Any]:
        """The content of prepare.json. Raises TrainingError if it is missing or truncated."""
        path = self.folder / "prepare.json"
        if not path.is_file():
            raise TrainingError(
                f"{path} is missing, so the sources of the text are unknown. Run `prepare` on the same corpus again."
            )
        if (facts := read_json(path)) is None:
            raise TrainingError(f"{path} is empty or cut off. Run `prepare` on the same corpus again.")
        return facts

    def fingerprint(self, split: str) -> str:
        """The sha256 of a split's file. It changes with the text and with the tokenizer. Raises TrainingError if the
        folder has no such split."""
        self._needs(split)
        return sha256(self.folder / f"{split}.npz")
