"""Whether the lanes of a run cut text into the same tokens. assets/stage/diff.js does the same."""

from __future__ import annotations

from collections.abc import Iterable

from playground.trace.served import remote_of
from playground.trace.trace import Lane


def share_tokenizer(lanes: Iterable[Lane]) -> bool:
    """Whether all lanes have the same ``about["tokenizer"]``. Lanes without it share one: older runs do not name it.
    A branch has the tokenizer of the lane that it goes on from. That of a served lane is unknown, so it shares none."""
    own = [lane for lane in lanes if not lane.about.get("parent")]
    return not any(map(remote_of, own)) and len({lane.about.get("tokenizer") for lane in own}) < 2
