"""A model's thinking that stands within its text, between <think> and </think> at the start: it is not the reply."""

from __future__ import annotations

from dataclasses import dataclass

OPENED, CLOSED = "<think>", "</think>"
LEAKED = "<|think_end|>"  # Mercury lets it slip now and then


@dataclass
class Thinking:
    """Takes the thinking off a text that grows chunk by chunk. A tag may be cut between two chunks."""

    held: str = ""  # text that may still turn out to be a tag
    inside: bool = False  # whether the text is within the thinking now
    over: bool = False  # whether the reply has begun
    seen: bool = False  # whether there was any thinking
    after: bool = False  # whether nothing but blanks came since the thinking; they are none of the reply

    def reply(self, text: str) -> str:
        """The part of a chunk that belongs to the reply."""
        text, self.held = self.held + text, ""
        if self.over:
            return self._unleaked(text)
        if not self.inside:
            start = text.lstrip()
            if not start.startswith(OPENED):
                if OPENED.startswith(start):
                    self.held = text
                    return ""
                self.over = True
                return self._unleaked(text)
            self.inside = self.seen = True
            text = start[len(OPENED) :]
        _, closed, after = text.partition(CLOSED)
        if not closed:
            self.held = _cut_tag(text, CLOSED)
            return ""
        self.inside, self.over, self.after = False, True, True
        return self._unleaked(after)

    def rest(self) -> str:
        """What was held back, once no more text comes."""
        held, self.held = self.held, ""
        return "" if self.inside else held

    def _unleaked(self, text: str) -> str:
        """Text without LEAKED, and without what is blank after thinking. A part of LEAKED at the end is held back."""
        text = text.replace(LEAKED, "")
        if self.after:
            text = text.lstrip()
            self.after = not text
        self.held = _cut_tag(text, LEAKED)
        return text[: len(text) - len(self.held)]


def _cut_tag(text: str, tag: str) -> str:
    """The end of a text that may be the start of a tag."""
    return next((tag[:size] for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), "")


def reply_of(text: str) -> tuple[str, bool]:
    """The reply in a whole text, and whether there was thinking before it."""
    thinking = Thinking()
    reply = thinking.reply(text)
    return reply + thinking.rest(), thinking.seen
