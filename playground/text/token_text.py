"""A detokenizer: the piece of text that a reader sees for each token.

A byte-level token may hold only part of a character. Neighbouring tokens that form whole characters together are
joined: the first shows the text, the others show nothing. Bytes that do not form a whole character yet show as a
placeholder, so no broken character reaches the screen.

A tokenizer of SentencePiece's kind decodes every token as if a text began with it, and takes the space before its word
away. That space is in the token's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BROKEN, PLACEHOLDER = "\N{REPLACEMENT CHARACTER}", "▯"
SPACE = "▁"  # SentencePiece's
LONGEST_CHARACTER = 4  # UTF-8 bytes, and therefore the most tokens that one character can take


class Pieces:
    """Decodes token ids with a transformers tokenizer. Caches the text of each single token."""

    def __init__(self, tokenizer, named: Mapping[int, str] | None = None):
        """named: texts of ids that the tokenizer does not know."""
        self._tokenizer = tokenizer
        self._alone: dict[int, str] = dict(named or {})

    def of(self, token: int) -> str:
        """The text of one token alone. Bytes that form no whole character become a placeholder."""
        return self._text(token).replace(BROKEN, PLACEHOLDER)

    def texts(self, ids: Sequence[int], hidden: frozenset[int] | set[int] = frozenset()) -> list[str]:
        """The piece of each id, in order. ``hidden`` ids (the mask) show nothing and are never joined with others."""
        texts = ["" if token in hidden else self._text(token) for token in ids]
        at = 0
        while at < len(texts):
            if BROKEN not in texts[at]:
                at += 1
                continue
            joined, reach = texts[at].replace(BROKEN, PLACEHOLDER), 1
            for span in range(2, LONGEST_CHARACTER + 1):
                run = ids[at : at + span]
                if len(run) < span or any(token in hidden for token in run):
                    break
                text = self._decode(run)
                if BROKEN not in text:
                    joined, reach = text, span
                    break
            texts[at : at + reach] = [joined] + [""] * (reach - 1)
            at += reach
        return texts

    def _text(self, token: int) -> str:
        if token not in self._alone:
            self._alone[token] = self._spaced(token, self._decode([token]))
        return self._alone[token]

    def _spaced(self, token: int, text: str) -> str:
        """The text of a token with the spaces that its name begins with."""
        name = self._tokenizer.convert_ids_to_tokens(token) or ""
        spaces = len(name) - len(name.lstrip(SPACE))
        return " " * spaces + text.lstrip(" ") if spaces and SPACE not in text else text

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)
