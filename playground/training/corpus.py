"""Reads text files, packs their token ids, and draws windows from them.

A corpus is a folder of UTF-8 files named ``*.train.txt`` and ``*.valid.txt``, plain or packed as ``.xz``. A line
``<|endoftext|>`` separates documents. This module knows nothing about models or objectives.

Windows are a pure function of (seed, step). So a resumed run continues exactly where it stopped, and both twins see the
same tokens in the same order.
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from playground.errors import TrainingError
from playground.files import text_of, whole
from playground.text.prompts import ASSISTANT, USER
from playground.text.token_ids import plain_batch

SEPARATOR = "<|endoftext|>"
PARAGRAPH = re.compile(rf"\n\n|\n(?={USER}|{ASSISTANT})")
# the separator on a line of its own; elsewhere it is text
BETWEEN = re.compile(rf"^[^\S\n]*{re.escape(SEPARATOR)}[^\S\n]*$", re.MULTILINE)


class CorpusError(TrainingError):
    """The corpus folder cannot be used; the message says what to do."""


def corpus_files(folder: Path, parts: Iterable[str], split: str) -> list[Path]:
    """The files of one split (``train`` or ``valid``), one per part; of all parts in the folder if ``parts`` is empty.
    Raises CorpusError if a part has no file."""
    parts = tuple(parts) or tuple(sorted({p.name.split(".")[0] for p in folder.glob(f"*.{split}.txt*")}))
    found = [next(iter(sorted(folder.glob(f"{part}.{split}.txt*"))), None) for part in parts]
    if not parts or None in found:
        missing = [part for part, path in zip(parts, found) if path is None] or ["any part"]
        raise CorpusError(
            f"No {split} text for {', '.join(missing)} in {folder}. Put files named NAME.{split}.txt (or .txt.xz) "
            f"there, documents separated by a line {SEPARATOR}."
        )
    return [path for path in found if path]


def read_documents(path: Path) -> Iterator[str]:
    """Documents of one file, in order. Lines of a paragraph are joined, because picture books break them to fit a page;
    dialogues keep theirs. Raises CorpusError if the file is not UTF-8 text."""
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rb") as stream:
            text = text_of(stream.read())
    except (UnicodeDecodeError, lzma.LZMAError, EOFError):  # EOFError: a truncated .xz file
        raise CorpusError(f"{path} is no UTF-8 text. Save it as plain UTF-8, or pack it with xz.") from None
    for part in BETWEEN.split(text):
        if document := part.replace("\ufeff", "").strip():  # joined files may contain byte order marks
            yield document if document.startswith("User:") else unwrap(document)


def unwrap(text: str) -> str:
    """Join the lines of each paragraph. A blank line becomes one line break; a line break before a turn stays."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in PARAGRAPH.split(text)]
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


@dataclass(frozen=True)
class Packed:
    """Token ids of whole documents, concatenated; an end token closes each document."""

    ids: np.ndarray  # uint16 [tokens]
    line_starts: np.ndarray  # int64 [lines], where a turn or paragraph starts
    line_ends: np.ndarray  # int64 [lines], one past the end token of that line's document
    openings: np.ndarray  # int64 [documents], where a document starts
    text_bytes: int  # UTF-8 bytes of the text, without the end tokens

    @classmethod
    def from_documents(cls, documents: Iterable[str], tokenizer) -> Packed:
        """Tokenize documents with the twins' tokenizer, without special tokens inside a document. A line starts at the
        start of a document and after every line break token. Raises CorpusError if there are no documents."""
        documents = list(documents)
        end = tokenizer.convert_tokens_to_ids(SEPARATOR)
        newline = tokenizer.convert_tokens_to_ids("Ċ")  # the byte-level alphabet's name for a line break
        ids, starts, ends, openings, offset = [], [], [], [], 0
        for encoded in plain_batch(documents, tokenizer):
            row = np.asarray([*encoded, end], dtype=np.uint16)
            lines = np.concatenate(([0], np.flatnonzero(row == newline) + 1))
            ids.append(row)
            starts.append(lines + offset)
            ends.append(np.full(len(lines), offset + len(row)))
            openings.append(offset)
            offset += len(row)
        if not ids:
            raise CorpusError("The corpus has no documents. Give text files with at least one document.")
        return cls(
            ids=np.concatenate(ids),
            line_starts=np.concatenate(starts),
            line_ends=np.concatenate(ends),
            openings=np.asarray(openings),
            text_bytes=sum(len(d.encode()) for d in documents),
        )

    def document(self, at: int) -> list[int]:
        """Token ids of one document, without its end token."""
        stop = self.openings[at + 1] if at + 1 < len(self.openings) else len(self.ids)
        return self.ids[self.openings[at] : stop - 1].tolist()

    def only(self, wanted: np.ndarray) -> Packed:
        """The same text, but windows are drawn only from the documents in ``wanted``, bool [documents]. ids and
        text_bytes still cover all documents."""
        of_line = np.searchsorted(self.openings, self.line_starts, side="right") - 1
        kept = wanted[of_line]
        return replace(
            self, line_starts=self.line_starts[kept], line_ends=self.line_ends[kept], openings=self.openings[wanted]
        )

    def save(self, path: Path) -> None:
        """Write all fields to an .npz file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            np.savez(part, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> Packed:
        """Read what ``save`` wrote. Raises CorpusError if the file is truncated."""
        try:
            with np.load(path) as stored:
                arrays = {name: stored[name] for name in cls.__dataclass_fields__}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            raise CorpusError(f"{path} cannot be read; it may be cut off. Write it again with `prepare`.") from None
        return cls(**{**arrays, "text_bytes": int(arrays["text_bytes"])})


def windows(packed: Packed, rng: np.random.Generator, rows: int, length: int, opening_share: float) -> np.ndarray:
    """Draw int64 [rows, length] windows that start at a turn or paragraph and never cross into the next document.

    A share ``opening_share`` of the rows starts at the start of a document. After the document's end token the row is
    padded with end tokens, so that a model which predicts every position learns where to stop.
    """
    lines = rng.integers(len(packed.line_starts), size=rows)
    document = np.searchsorted(packed.line_starts, packed.openings[rng.integers(len(packed.openings), size=rows)])
    lines = np.where(rng.random(rows) < opening_share, document, lines)
    stop = packed.line_ends[lines][:, None]  # [rows, 1]
    at = packed.line_starts[lines][:, None] + np.arange(length)
    return packed.ids[np.minimum(at, stop - 1)].astype(np.int64)
