"""Text files in, packed token ids out, and windows drawn from them.

A corpus is a folder of UTF-8 ``*.train.txt`` and ``*.valid.txt`` files (``.xz`` packed or not) whose documents are
separated by a line ``<|endoftext|>``. Knows nothing about models or objectives.

Windows are a pure function of (seed, step), so a resumed run continues exactly where it stopped and both twins see the
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
BETWEEN = re.compile(
    rf"^[^\S\n]*{re.escape(SEPARATOR)}[^\S\n]*$", re.MULTILINE
)  # a line of its own; anywhere else it is text


class CorpusError(TrainingError):
    """The corpus folder cannot be used; the message says what to do."""


def corpus_files(folder: Path, parts: Iterable[str], split: str) -> list[Path]:
    """The files of one split (``train`` or ``valid``), all parts of the folder where ``parts`` is empty."""
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
    """Documents of one file, in order. Picture books break lines for the page: their paragraphs are joined again. Raises
    CorpusError for what is no text."""
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rb") as stream:
            text = text_of(stream.read())
    except (UnicodeDecodeError, lzma.LZMAError, EOFError):  # the last of a packed file that is cut off
        raise CorpusError(f"{path} is no UTF-8 text. Save it as plain UTF-8, or pack it with xz.") from None
    for part in BETWEEN.split(text):
        if document := part.replace("\ufeff", "").strip():  # a byte order mark, of files that were joined
            yield document if document.startswith("User:") else unwrap(document)


def unwrap(text: str) -> str:
    """Join the lines of each paragraph, leaving blank lines as single line breaks, and a line break before every turn."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in PARAGRAPH.split(text)]
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


@dataclass(frozen=True)
class Packed:
    """Token ids of whole documents end to end, each closed by the end token.

    ids: uint16 [tokens]; line_starts: int64 [lines], where a turn or paragraph begins; line_ends: int64 [lines], one
    past the end token of that line's document; openings: int64 [documents], where a document begins;
    text_bytes: UTF-8 bytes of the text, without the end tokens.
    """

    ids: np.ndarray
    line_starts: np.ndarray
    line_ends: np.ndarray
    openings: np.ndarray
    text_bytes: int

    @classmethod
    def from_documents(cls, documents: Iterable[str], tokenizer) -> Packed:
        """Tokenize as transformers reads the twins' tokenizer, no special token inside a document; a line starts at the beginning and
        after every line break token."""
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
        """The documents named by bool [documents] for windows to be drawn from; ids and text_bytes stay those of all."""
        of_line = np.searchsorted(self.openings, self.line_starts, side="right") - 1
        kept = wanted[of_line]
        return replace(
            self, line_starts=self.line_starts[kept], line_ends=self.line_ends[kept], openings=self.openings[wanted]
        )

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            np.savez(part, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> Packed:
        """Raises CorpusError where the file is cut off."""
        try:
            with np.load(path) as stored:
                arrays = {name: stored[name] for name in cls.__dataclass_fields__}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            raise CorpusError(f"{path} cannot be read; it may be cut off. Write it again with `prepare`.") from None
        return cls(**{**arrays, "text_bytes": int(arrays["text_bytes"])})


def windows(packed: Packed, rng: np.random.Generator, rows: int, length: int, opening_share: float) -> np.ndarray:
    """Draw int64 [rows, length] windows that start at a turn or paragraph and never cross into the next document.

    ``opening_share`` of the rows start a document. Past the document's end token the row is filled with end tokens, so
    that a model which predicts every position learns where to stop.
    """
    lines = rng.integers(len(packed.line_starts), size=rows)
    document = np.searchsorted(packed.line_starts, packed.openings[rng.integers(len(packed.openings), size=rows)])
    lines = np.where(rng.random(rows) < opening_share, document, lines)
    stop = packed.line_ends[lines][:, None]  # [rows, 1]
    at = packed.line_starts[lines][:, None] + np.arange(length)
    return packed.ids[np.minimum(at, stop - 1)].astype(np.int64)
